use crate::ReadFault;
use crate::import::{Parsed, Source};
use crate::registry::Format;

pub(crate) const FORMAT: Format =
    Format { name: "STL", extensions: &["stl"], read: Some(read), sniff: |_| false, hint: "" };

fn read(_source: &Source<'_>) -> Result<Parsed, ReadFault> {
    Ok(Parsed::default())
}
