use convert::{Plan, Receipt};

use super::DocId;

/// A run of a plan on this machine: what went in, what came out.
pub struct Conversion {
    /// The model that was converted.
    pub source: DocId,
    pub plan: Plan,
    pub receipt: Receipt,
    /// It wrote down this many changes of the source's history.
    pub saves: Option<usize>,
    /// The result, once it is in the list.
    pub result: Option<DocId>,
}

/// What writing came to.
pub struct Exported {
    /// For people.
    pub text: String,
    pub conversion: Option<Box<Conversion>>,
}

impl Exported {
    pub fn told(text: String) -> Self {
        Self { text, conversion: None }
    }
}
