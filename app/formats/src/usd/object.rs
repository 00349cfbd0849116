//! One prim with the properties somebody wrote for it.

use openusd::sdf::{self, TimeSampleMap, Value};
use openusd::tf::Token;
use openusd::usd::{Prim, Stage, TimeCode};

use super::value;

pub(super) struct Object {
    pub(super) prim: Prim,
    pub(super) type_name: String,
    /// As composed; asking for one that is not there costs as much as for one that is.
    pub(super) properties: Vec<Token>,
    time: TimeCode,
}

impl Object {
    /// What cannot be composed is an object without properties.
    pub(super) fn new(stage: &Stage, path: &sdf::Path, time: TimeCode) -> Self {
        let prim = stage.prim(path.clone());
        let type_name = prim.type_name().ok().flatten().map(String::from).unwrap_or_default();
        let properties = prim.property_names().unwrap_or_default();
        Self { prim, type_name, properties, time }
    }

    pub(super) fn path(&self) -> &sdf::Path {
        self.prim.path()
    }

    pub(super) fn name(&self) -> String {
        self.path().name().unwrap_or_default().to_owned()
    }

    pub(super) fn has(&self, property: &str) -> bool {
        self.properties.iter().any(|p| p.as_str() == property)
    }

    /// At the moment that is shown; `None` where nobody wrote a value.
    pub(super) fn value(&self, property: &str) -> Option<Value> {
        if !self.has(property) {
            return None;
        }
        self.prim.attribute(property).get_at::<Value>(self.time).ok().flatten()
    }

    pub(super) fn number(&self, property: &str) -> Option<f64> {
        self.value(property).as_ref().and_then(value::number).filter(|v| v.is_finite())
    }

    pub(super) fn token(&self, property: &str) -> Option<String> {
        self.value(property).as_ref().and_then(value::text).map(str::to_owned)
    }

    pub(super) fn tokens(&self, property: &str) -> Option<Vec<String>> {
        self.value(property).and_then(value::tokens)
    }

    pub(super) fn metadata(&self, property: &str, key: &str) -> Option<Value> {
        self.prim.attribute(property).get_metadata::<Value>(key).ok().flatten()
    }

    /// `None` unless there are at least two.
    pub(super) fn samples(&self, property: &str) -> Option<TimeSampleMap> {
        if !self.has(property) {
            return None;
        }
        let samples = self.prim.attribute(property).time_samples().ok().flatten()?;
        (samples.len() > 1).then_some(samples)
    }

    pub(super) fn targets(&self, relationship: &str) -> Vec<sdf::Path> {
        if !self.has(relationship) {
            return Vec::new();
        }
        self.prim.relationship(relationship).targets().unwrap_or_default()
    }

    pub(super) fn children(&self) -> Vec<sdf::Path> {
        let names = self.prim.child_names().unwrap_or_default();
        names.iter().filter_map(|name| self.path().append_path(name.as_str()).ok()).collect()
    }
}
