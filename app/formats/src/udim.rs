//! UDIM: one texture in tiles of the UV plane, numbered `1001 + u + 10 v` with `u` from 0 to 9.

/// What stands for the tile's number in a name.
const MARK: &str = "<udim>";
const FIRST: u32 = 1001;
const N_COLUMNS: u32 = 10;
/// Far more than any character has.
const N_ROWS: u32 = 100;

/// A name with a place for the tile's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TiledName {
    before: String,
    after: String,
}

impl TiledName {
    /// `wood.<UDIM>.png`.
    pub(crate) fn marked(name: &str) -> Option<Self> {
        let at = name.to_ascii_lowercase().find(MARK)?;
        let (before, after) = (name.get(..at)?, name.get(at + MARK.len()..)?);
        Some(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// `wood.1001.png`, the first tile by its own name.
    pub(crate) fn of_first_tile(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let before = stem.strip_suffix("1001")?;
        let is_number = before.ends_with(['.', '_', '-']);
        is_number.then(|| Self { before: before.to_owned(), after: format!(".{extension}") })
    }

    pub(crate) fn tile(&self, number: u32) -> String {
        format!("{}{number}{}", self.before, self.after)
    }

    /// Calls `is_there` with the tiles' numbers, row by row, until two rows are empty.
    pub(crate) fn for_each_tile(&self, mut is_there: impl FnMut(u32) -> bool) {
        let mut n_empty_rows = 0;
        for row in 0..N_ROWS {
            let numbers = (0..N_COLUMNS).map(|column| FIRST + N_COLUMNS * row + column);
            let n_there = numbers.filter(|&number| is_there(number)).count();
            n_empty_rows = if n_there == 0 { n_empty_rows + 1 } else { 0 };
            if n_empty_rows == 2 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_numbers() {
        let marked = TiledName::marked("tex/wood.<UDIM>.png").unwrap();
        assert_eq!(marked.tile(1012), "tex/wood.1012.png");
        assert_eq!(TiledName::of_first_tile("tex/wood.1001.png"), Some(marked));
        for name in ["wood.png", "year1001.png", "wood_1002.png", "1001"] {
            assert_eq!(TiledName::of_first_tile(name), None, "{name}");
        }
    }

    #[test]
    fn rows_are_asked_until_two_are_empty() {
        let name = TiledName::marked("<udim>").unwrap();
        let mut asked = Vec::new();
        name.for_each_tile(|number| {
            asked.push(number);
            [1001, 1015].contains(&number)
        });
        assert_eq!((asked.first(), asked.last(), asked.len()), (Some(&1001), Some(&1040), 40));
    }
}
