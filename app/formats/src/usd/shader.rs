//! Shading networks: where the value of an input comes from (UsdShade connections).

use openusd::sdf::{self, Value};
use openusd::usd::{Stage, TimeCode};

use super::value;

/// One node of a network.
#[derive(Clone)]
pub(super) struct Shader {
    pub(super) path: sdf::Path,
    pub(super) id: String,
}

/// What feeds an input.
pub(super) enum Input {
    Value(Value),
    /// An output of another node, by its name without `outputs:`.
    Node(Shader, String),
}

/// Connections may lead in circles.
const MAX_N_HOPS: usize = 32;

pub(super) struct Network<'a> {
    pub(super) stage: &'a Stage,
    pub(super) time: TimeCode,
}

impl Network<'_> {
    /// The surface of a material: the universal one, or that of any renderer.
    pub(super) fn surface(&self, material: &sdf::Path) -> Option<Shader> {
        let names = self.stage.prim(material.clone()).property_names().unwrap_or_default();
        let rank = |name: &str| match name {
            "outputs:surface" => Some(0),
            "outputs:mtlx:surface" => Some(1),
            _ if name.starts_with("outputs:") && name.ends_with(":surface") => Some(2),
            _ => None,
        };
        let mut outputs: Vec<_> = names.iter().filter_map(|n| Some((rank(n.as_str())?, n))).collect();
        outputs.sort_by_key(|(rank, _)| *rank);
        outputs.into_iter().find_map(|(_, name)| {
            let output = material.append_property(name.as_str()).ok()?;
            match self.follow(output)? {
                Input::Node(shader, _) => Some(shader),
                Input::Value(_) => None,
            }
        })
    }

    pub(super) fn input(&self, shader: &Shader, name: &str) -> Option<Input> {
        self.follow(shader.path.append_property(format!("inputs:{name}")).ok()?)
    }

    /// The value that somebody wrote at the input, or where it leads to.
    pub(super) fn value(&self, shader: &Shader, name: &str) -> Option<Value> {
        match self.input(shader, name)? {
            Input::Value(value) => Some(value),
            Input::Node(..) => None,
        }
    }

    pub(super) fn number(&self, shader: &Shader, name: &str) -> Option<f64> {
        self.value(shader, name).as_ref().and_then(value::number).filter(|v| v.is_finite())
    }

    pub(super) fn text(&self, shader: &Shader, name: &str) -> Option<String> {
        self.value(shader, name).as_ref().and_then(value::text).map(str::to_owned)
    }

    fn follow(&self, mut property: sdf::Path) -> Option<Input> {
        for _ in 0..MAX_N_HOPS {
            let attribute = self.stage.attribute(property.clone());
            let Some(source) = attribute.connections().unwrap_or_default().into_iter().next() else {
                return attribute.get_at::<Value>(self.time).ok().flatten().map(Input::Value);
            };
            let prim = source.prim_path();
            let output = source.property_suffix().trim_start_matches('.').to_owned();
            if let (Some(output), Some(id)) = (output.strip_prefix("outputs:"), self.id_of(&prim)) {
                return Some(Input::Node(Shader { path: prim, id }, output.to_owned()));
            }
            // An interface input, or an output of a node graph: whatever feeds that.
            property = source;
        }
        None
    }

    /// What kind of shader a prim is; `None` for a prim that only passes on.
    fn id_of(&self, prim: &sdf::Path) -> Option<String> {
        let id = self.stage.attribute(prim.append_property("info:id").ok()?).get_at::<Value>(self.time);
        if let Some(id) = id.ok().flatten().as_ref().and_then(value::text) {
            return Some(id.to_owned());
        }
        let type_name = self.stage.prim(prim.clone()).type_name().ok().flatten()?;
        (type_name.as_str() == "Shader").then(String::new)
    }
}
