//! What can be chosen of a step or of an output, read off the type itself, so that a form for people
//! needs to know no step by name.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, Visitor};

/// One option, as a plan names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionField {
    pub name: &'static str,
    pub kind: OptionKind,
    /// It may be left out, which means something of its own.
    pub is_optional: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionKind {
    Switch,
    /// From 0 up to this.
    Whole(u64),
    Number,
    /// One of these.
    Choice(&'static [&'static str]),
    Text,
    List(Box<OptionKind>),
    /// Something with parts of its own.
    Other,
}

/// The options of a type, in its own order; none for what has no named ones.
pub(crate) fn options_of<T: DeserializeOwned>() -> Vec<OptionField> {
    let names = names_of::<T>();
    let field = |&name: &&'static str| {
        let (kind, is_optional) = kind_of::<T>(name);
        OptionField { name, kind, is_optional }
    };
    names.iter().map(field).collect()
}

fn names_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names = &[][..];
    // What was asked for stands in the names; there is nothing to be read.
    let _ = T::deserialize(Struct { names: &mut names, field: None });
    names
}

fn kind_of<T: DeserializeOwned>(name: &'static str) -> (OptionKind, bool) {
    let mut found = (OptionKind::Other, false);
    let _ = T::deserialize(Struct { names: &mut &[][..], field: Some((name, &mut found)) });
    found
}

/// Nothing is ever read here; asking is all that is done.
#[derive(Debug)]
struct Asked;

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only the shape was asked for")
    }
}

impl std::error::Error for Asked {}

impl de::Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Is asked for a struct: remembers the names of its fields, or hands out one of them.
struct Struct<'a> {
    names: &'a mut &'static [&'static str],
    field: Option<(&'static str, &'a mut (OptionKind, bool))>,
}

impl<'de> de::Deserializer<'de> for Struct<'_> {
    type Error = Asked;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Asked> {
        *self.names = fields;
        match self.field {
            Some((name, found)) => visitor.visit_map(OneField { name, found, is_named: false }),
            None => Err(Asked),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct OneField<'a> {
    name: &'static str,
    found: &'a mut (OptionKind, bool),
    is_named: bool,
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = Asked;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Asked> {
        if std::mem::replace(&mut self.is_named, true) {
            return Ok(None);
        }
        seed.deserialize(StrDeserializer::<Asked>::new(self.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Asked> {
        seed.deserialize(Value { found: self.found })
    }
}

/// Is asked for a value: remembers what it is asked for.
struct Value<'a> {
    found: &'a mut (OptionKind, bool),
}

impl Value<'_> {
    fn is<T>(self, kind: OptionKind) -> Result<T, Asked> {
        self.found.0 = kind;
        Err(Asked)
    }
}

macro_rules! kinds {
    ($($method:ident: $kind:expr,)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
            self.is($kind)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Value<'_> {
    type Error = Asked;

    kinds! {
        deserialize_any: OptionKind::Other,
        deserialize_bool: OptionKind::Switch,
        deserialize_u8: OptionKind::Whole(u8::MAX.into()),
        deserialize_u16: OptionKind::Whole(u16::MAX.into()),
        deserialize_u32: OptionKind::Whole(u32::MAX.into()),
        deserialize_u64: OptionKind::Whole(u64::MAX),
        deserialize_f32: OptionKind::Number,
        deserialize_f64: OptionKind::Number,
        deserialize_str: OptionKind::Text,
        deserialize_string: OptionKind::Text,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        self.found.1 = true;
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        self.is(OptionKind::Choice(variants))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Asked> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        visitor.visit_seq(Items { found: self.found })
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A list whose first item is asked for.
struct Items<'a> {
    found: &'a mut (OptionKind, bool),
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Asked;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Asked> {
        let mut item = (OptionKind::Other, false);
        let asked = seed.deserialize(Value { found: &mut item }).map(Some);
        self.found.0 = OptionKind::List(Box::new(item.0));
        asked
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde::Deserialize;

    use super::*;
    use crate::Step;

    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    struct Everything {
        is_on: bool,
        max_side_px: u32,
        error: Option<f64>,
        which: Option<Which>,
        ratios: Vec<f32>,
        folder: PathBuf,
        parts: std::collections::BTreeMap<String, u8>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Which {
        ThisOne,
        That,
    }

    #[test]
    fn a_type_tells_its_options() {
        let field = |name, kind, is_optional| OptionField { name, kind, is_optional };
        let expected = [
            field("is-on", OptionKind::Switch, false),
            field("max-side-px", OptionKind::Whole(u32::MAX.into()), false),
            field("error", OptionKind::Number, true),
            field("which", OptionKind::Choice(&["this-one", "that"]), true),
            field("ratios", OptionKind::List(Box::new(OptionKind::Number)), false),
            field("folder", OptionKind::Text, false),
            field("parts", OptionKind::Other, false),
        ];
        assert_eq!(options_of::<Everything>(), expected);
        // The variants are there to be named, and this is where they are.
        assert!(matches!(Which::That, Which::ThisOne | Which::That));
        assert_eq!(options_of::<u32>(), []);
    }

    /// Whatever a step writes down is one of its options, so that no form shows less than the plan.
    #[test]
    fn every_step_tells_all_that_it_writes() {
        for step in Step::all() {
            let written = serde_json::to_value(&step).unwrap();
            let options = step.options();
            for name in written.as_object().unwrap().keys().filter(|name| *name != "do") {
                assert!(options.iter().any(|option| option.name == name), "{} {name}", step.id());
            }
        }
        let orient = Step::all().into_iter().find(|step| step.id() == "orient").unwrap();
        assert_eq!(orient.options()[0].kind, OptionKind::Choice(&["show-both-sides", "leave-alone"]));
    }
}
