//! Whether the size is one that a thing has which somebody models.

use scene::Aabb;

use crate::quantities::length;
use crate::rules::Rule;
use crate::severity::Severity;
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
        0.0 => "a single point".into(),
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

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};

    use crate::Rule::{SceneEmpty, UnitsImplausible};
    use crate::test_scenes::{check, cube, place, scene};

    #[test]
    fn sizes_that_nobody_models() {
        for (size, expected) in [
            (0.9e-3, vec![(UnitsImplausible, 1)]),
            (1.1e-3, vec![]),
            (0.9e4, vec![]),
            (1.1e4, vec![(UnitsImplausible, 1)]),
        ] {
            let mut scene = scene(vec![cube(Vec3::ZERO, 1.0)]);
            place(&mut scene, 0, Mat4::from_scale(Vec3::splat(size)));
            check(&scene, &expected);
        }
        check(&scene(vec![]), &[(SceneEmpty, 1)]);
    }
}
