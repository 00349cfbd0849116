//! Which material is bound to a prim.

use std::rc::Rc;

use openusd::sdf;
use openusd::usd::{Collection, MembershipQuery, is_collection_api_path};

use super::object::Object;
use super::value;

/// What is bound to a prim: by itself, or handed down.
#[derive(Clone, Default)]
pub(super) struct Binding {
    /// Of each ancestor that binds, the nearest last; of one ancestor in the order of their strength.
    levels: Vec<Rc<Vec<Bound>>>,
}

struct Bound {
    material: sdf::Path,
    /// `None`: the prim and all below it.
    members: Option<MembershipQuery>,
    /// Than what descendants say.
    is_stronger: bool,
}

/// Of the purposes a material can be bound for, what a preview prefers.
const PURPOSES: [&str; 3] = ["material:binding:preview", "material:binding", "material:binding:full"];
const COLLECTION: &str = "material:binding:collection:";

impl Binding {
    pub(super) fn inherit(&mut self, object: &Object) {
        let is_stronger = |name: &str| {
            let strength = object.metadata(name, "bindMaterialAs");
            strength.as_ref().and_then(value::text) == Some("strongerThanDescendants")
        };
        let mut level = Vec::new();
        for name in object.properties.iter().map(|p| p.as_str()).filter(|p| p.starts_with(COLLECTION)) {
            let targets = object.targets(name);
            let [collection, material] = targets.as_slice() else { continue };
            let Some((prim, collection)) = is_collection_api_path(collection) else { continue };
            let members = Collection::new(prim, collection).compute_membership_query(object.prim.stage());
            let Ok(members) = members else { continue };
            let is_stronger = is_stronger(name);
            level.push(Bound { material: material.clone(), members: Some(members), is_stronger });
        }
        let direct = PURPOSES.iter().find_map(|name| Some((object.targets(name).into_iter().next()?, *name)));
        if let Some((material, name)) = direct {
            level.push(Bound { material, members: None, is_stronger: is_stronger(name) });
        }
        if !level.is_empty() {
            self.levels.push(Rc::new(level));
        }
    }

    /// The nearest binding counts, unless one further up is stronger
    /// (UsdShadeMaterialBindingAPI::ComputeBoundMaterial).
    pub(super) fn material(&self, prim: &sdf::Path) -> Option<&sdf::Path> {
        let holds = |bound: &&Bound| bound.members.as_ref().is_none_or(|m| m.is_path_included(prim));
        let mut winner = None;
        for level in self.levels.iter().rev() {
            if let Some(bound) = level.iter().find(holds)
                && (winner.is_none() || bound.is_stronger)
            {
                winner = Some(&bound.material);
            }
        }
        winner
    }
}
