use super::document::{Document, Element, child, children};

/// A `source` as the table that its accessor makes of a number list.
pub(super) struct Table {
    floats: Vec<f32>,
    offset: usize,
    stride: usize,
    /// Places of the values within a row, in the order of the named parameters.
    columns: Vec<usize>,
    n_rows: usize,
}

impl Table {
    /// `None` without numbers, or with an accessor that leads nowhere.
    pub(super) fn read<'a>(document: &Document<'a>, source: Element<'a>) -> Option<Self> {
        let accessor = child(source, "technique_common").and_then(|common| child(common, "accessor"));
        let own = || child(source, "float_array").or_else(|| child(source, "int_array"));
        let array = accessor.and_then(|a| document.get(a.attribute("source")?)).or_else(own)?;
        let attribute = |key: &str| accessor.and_then(|a| a.attribute(key)?.trim().parse::<usize>().ok());
        let columns = accessor.map(columns).unwrap_or_default();
        let width = columns.last().map_or(1, |last| last + 1);
        let stride = attribute("stride").filter(|&stride| stride > 0).unwrap_or(width);
        let offset = attribute("offset").unwrap_or(0);
        let columns = if columns.is_empty() { (0..stride.min(16)).collect() } else { columns };
        let floats = document.floats(array);
        let n_there = floats.len().saturating_sub(offset).div_ceil(stride);
        let n_rows = attribute("count").unwrap_or(n_there).min(n_there);
        Some(Self { floats, offset, stride, columns, n_rows })
    }

    /// Values a row.
    pub(super) fn width(&self) -> usize {
        self.columns.len().max(1)
    }

    /// All rows one after the other.
    pub(super) fn flat(&self) -> Vec<f64> {
        let value = |place: usize| f64::from(self.floats.get(place).copied().unwrap_or_default());
        let row = |r: usize| self.columns.iter().map(move |column| self.offset + r * self.stride + column);
        (0..self.n_rows).flat_map(row).map(value).collect()
    }

    /// Rows of `N` values; what a row lacks is filled from `default`.
    pub(super) fn rows<const N: usize>(&self, default: [f32; N]) -> Vec<[f32; N]> {
        let row = |r: usize| {
            let start = self.offset + r * self.stride;
            let mut row = default;
            for (value, column) in row.iter_mut().zip(&self.columns) {
                *value = self.floats.get(start + column).copied().unwrap_or(*value);
            }
            row
        };
        (0..self.n_rows).map(row).collect()
    }
}

/// A parameter without name takes its place in the row and is not read (COLLADA 1.4.1, "accessor");
/// exporters that name none at all mean all of them.
fn columns(accessor: Element<'_>) -> Vec<usize> {
    let params: Vec<_> = children(accessor, "param").take(16).collect();
    if let [param] = params[..]
        && param.attribute("type").is_some_and(|t| t.eq_ignore_ascii_case("float4x4"))
    {
        return (0..16).collect();
    }
    let is_named = |param: &Element<'_>| param.attribute("name").is_some_and(|name| !name.is_empty());
    let any_named = params.iter().any(is_named);
    (0..params.len()).filter(|&i| !any_named || is_named(&params[i])).collect()
}

/// The words of a `Name_array`, `IDREF_array` or `SIDREF_array`.
pub(super) fn names<'a>(document: &Document<'a>, source: Element<'a>) -> Vec<&'a str> {
    let array = ["Name_array", "IDREF_array", "SIDREF_array"].iter().find_map(|tag| child(source, tag));
    array.map(|array| document.words(array).collect()).unwrap_or_default()
}

/// One `input` of a geometry, skin or sampler.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) semantic: &'a str,
    pub(super) source: Element<'a>,
    pub(super) offset: usize,
    pub(super) set: Option<u32>,
}

/// Those whose source exists.
pub(super) fn inputs<'a>(document: &Document<'a>, element: Element<'a>) -> Vec<Input<'a>> {
    let input = |input: Element<'a>| {
        let number = |key: &str| input.attribute(key)?.trim().parse::<u32>().ok();
        Some(Input {
            semantic: input.attribute("semantic")?,
            source: document.get(input.attribute("source")?.trim())?,
            offset: number("offset").or_else(|| number("idx")).unwrap_or(0) as usize,
            set: number("set"),
        })
    };
    children(element, "input").filter_map(input).collect()
}

/// The source that `element` takes for one meaning.
pub(super) fn input_of<'a>(
    document: &Document<'a>,
    element: Element<'a>,
    semantic: &str,
) -> Option<Element<'a>> {
    inputs(document, element).into_iter().find(|input| input.semantic == semantic).map(|input| input.source)
}
