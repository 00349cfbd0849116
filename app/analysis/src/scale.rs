//! Whether the size is one that a thing has which somebody models.

use scene::Aabb;

use crate::report::{Rule, Severity};
use crate::sentences::length;
use crate::spots::{Spot, Where};

/// Metres.
const SMALLEST: f64 = 1e-3;
const LARGEST: f64 = 1e4;

pub(crate) fn check(bounds: &Aabb) -> Option<Spot> {
    if bounds.is_empty() {
        return Some(spot(Rule::SceneEmpty, String::new()));
    }
    let largest = bounds.size().max_element();
    let subject = match largest {
        size if size == 0.0 => "a single point".into(),
        size if size < SMALLEST => format!("only {} large", length(size)),
        size if size > LARGEST => format!("{} large", length(size)),
        _ => return None,
    };
    Some(spot(Rule::UnitsImplausible, subject))
}

fn spot(rule: Rule, subject: String) -> Spot {
    Spot {
        rule,
        severity: Severity::Warning,
        count: 1,
        label: subject.clone(),
        subject,
        place: Where::Nowhere,
    }
}
