use std::cell::Cell;
use std::collections::HashMap;

use roxmltree::{Node as XmlNode, ParsingOptions};

use super::damaged;
use crate::ReadFault;

pub(super) type Element<'a> = XmlNode<'a, 'a>;

/// How often the bytes of the file may be turned into numbers. Real files do it once or twice; one
/// that instances a large geometry with thousands of different materials does not.
const MAX_READINGS: usize = 64;
const MIN_ALLOWANCE_N_BYTES: usize = 1 << 20;

/// The XML tree with its ids.
pub(super) struct Document<'a> {
    pub(super) root: Element<'a>,
    by_id: HashMap<&'a str, Element<'a>>,
    /// Bytes of number lists that may still be read.
    allowance_n_bytes: Cell<usize>,
    is_exhausted: Cell<bool>,
    has_commas: Cell<bool>,
}

/// # Errors
/// Text that is no XML, and XML with a document type: its entities can grow without end.
pub(super) fn parse(text: &str) -> Result<roxmltree::Document<'_>, ReadFault> {
    // Even an empty element with a line break takes four bytes.
    let nodes_limit = u32::try_from(text.len() / 4).unwrap_or(u32::MAX).saturating_add(1024);
    let options = ParsingOptions { nodes_limit, ..Default::default() };
    let text = text.trim_start().trim_end_matches('\0');
    roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => {
            damaged("it declares a document type (DTD), which no exporter writes; export it again")
        }
        error => damaged(format!("{error}; export it again")),
    })
}

impl<'a> Document<'a> {
    /// # Errors
    /// XML that is something else.
    pub(super) fn new(xml: &'a roxmltree::Document<'a>) -> Result<Self, ReadFault> {
        let root = xml.root_element();
        if root.tag_name().name() != "COLLADA" {
            let name = root.tag_name().name();
            return Err(damaged(format!("its root element is {name}, not COLLADA; export it again")));
        }
        let mut by_id = HashMap::new();
        for element in xml.descendants() {
            if let Some(id) = element.attribute("id") {
                by_id.entry(id).or_insert(element);
            }
        }
        let allowance = xml.input_text().len().saturating_mul(MAX_READINGS).max(MIN_ALLOWANCE_N_BYTES);
        Ok(Self {
            root,
            by_id,
            allowance_n_bytes: Cell::new(allowance),
            is_exhausted: Cell::new(false),
            has_commas: Cell::new(false),
        })
    }

    /// What `#id` or a bare id names; nothing in other files.
    pub(super) fn get(&self, url: &str) -> Option<Element<'a>> {
        self.by_id.get(url.strip_prefix('#').unwrap_or(url)).copied()
    }

    pub(super) fn by_id_len(&self) -> usize {
        self.by_id.len()
    }

    /// What `url` of an element names, if it is a `tag`.
    pub(super) fn target(&self, element: Element<'a>, attribute: &str, tag: &str) -> Option<Element<'a>> {
        self.get(element.attribute(attribute)?.trim()).filter(|e| is(*e, tag))
    }

    /// All elements called `tag` in libraries called `library`.
    pub(super) fn library(
        &self,
        library: &'static str,
        tag: &'static str,
    ) -> impl Iterator<Item = Element<'a>> {
        children(self.root, library).flat_map(move |library| children(library, tag))
    }

    /// Words that are no number become NaN, for the checks to find.
    pub(super) fn floats(&self, element: Element<'a>) -> Vec<f32> {
        let value = |word: &str| {
            self.has_commas.set(self.has_commas.get() || word.contains(','));
            value(word).unwrap_or(f32::NAN)
        };
        self.words(element).map(value).collect()
    }

    /// Words that are no index, and negative ones, become `u32::MAX`.
    pub(super) fn indices(&self, element: Element<'a>) -> Vec<u32> {
        self.words(element).map(|word| word.parse().unwrap_or(u32::MAX)).collect()
    }

    pub(super) fn words(&self, element: Element<'a>) -> impl Iterator<Item = &'a str> {
        let texts = element.children().filter(|child| child.is_text()).filter_map(|child| child.text());
        let n_bytes = texts.clone().map(str::len).sum();
        let rest = self.allowance_n_bytes.get().checked_sub(n_bytes);
        self.allowance_n_bytes.set(rest.unwrap_or(0));
        self.is_exhausted.set(self.is_exhausted.get() || rest.is_none());
        texts.filter(move |_| rest.is_some()).flat_map(str::split_ascii_whitespace)
    }

    /// Whether numbers were written as "0,5".
    pub(super) fn has_commas(&self) -> bool {
        self.has_commas.get()
    }

    /// Whether something was left out because it was read too often.
    pub(super) fn is_exhausted(&self) -> bool {
        self.is_exhausted.get()
    }
}

pub(super) fn is(element: Element<'_>, tag: &str) -> bool {
    element.is_element() && element.tag_name().name() == tag
}

pub(super) fn children<'a>(element: Element<'a>, tag: &'static str) -> impl Iterator<Item = Element<'a>> {
    element.children().filter(move |child| is(*child, tag))
}

pub(super) fn child<'a>(element: Element<'a>, tag: &'static str) -> Option<Element<'a>> {
    children(element, tag).next()
}

/// The first element called `tag` anywhere below.
pub(super) fn below<'a>(element: Element<'a>, tag: &'static str) -> Option<Element<'a>> {
    element.descendants().skip(1).find(|e| is(*e, tag))
}

pub(super) fn text(element: Element<'_>) -> &str {
    element.text().unwrap_or_default().trim()
}

/// Some exporters write the decimal commas of their user's language.
fn value(word: &str) -> Option<f32> {
    let with_point = || fast_float2::parse(word.replacen(',', ".", 1)).ok();
    fast_float2::parse(word).ok().or_else(|| word.contains(',').then(with_point)?)
}

/// The numbers that an element begins with, in place of those of `default`.
pub(super) fn numbers<const N: usize>(element: Element<'_>, default: [f32; N]) -> [f32; N] {
    let mut numbers = default;
    for (number, word) in numbers.iter_mut().zip(text(element).split_ascii_whitespace()) {
        *number = value(word).filter(|value| value.is_finite()).unwrap_or(*number);
    }
    numbers
}

/// The finite number that an element consists of.
pub(super) fn number(element: Element<'_>) -> Option<f32> {
    let word = element.text()?.split_ascii_whitespace().next()?;
    value(word).filter(|value| value.is_finite())
}

/// What a person calls it.
pub(super) fn name_of<'a>(element: Element<'a>) -> &'a str {
    ["name", "id", "sid"].iter().find_map(|key| element.attribute(*key)).unwrap_or_default()
}
