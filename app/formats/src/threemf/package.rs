//! The package around the parts: an Open Packaging Conventions zip (ECMA-376 part 2).

use std::collections::{BTreeMap, VecDeque};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::part::Part;
use super::{damaged, xml};
use crate::ReadFault;
use crate::archive::Archive;
use crate::source::Source;

/// The model parts that the root part leads to, by their names in the archive.
pub(super) struct Package<'a> {
    pub(super) archive: Archive<'a>,
    pub(super) root: String,
    pub(super) parts: BTreeMap<String, Part>,
    /// Parts that are named and not there.
    pub(super) missing: Vec<String>,
}

impl<'a> Package<'a> {
    /// # Errors
    /// No zip, a bomb, no model part in it, or a part that is no XML.
    pub(super) fn open(source: &Source<'a>) -> Result<Self, ReadFault> {
        let archive = Archive::open(source.bytes)?;
        let root = root_part(&archive)?;
        let mut package = Self { archive, root: root.clone(), parts: BTreeMap::new(), missing: Vec::new() };
        let mut wanted = VecDeque::from([root]);
        while let Some(name) = wanted.pop_front() {
            if package.parts.contains_key(&name) || package.missing.contains(&name) {
                continue;
            }
            let Some(entry) = package.archive.find(&name) else {
                package.missing.push(name);
                continue;
            };
            source.ctx.stage("reading");
            let part = xml::parse(&package.archive.unpack(entry)?, &name, source.ctx)?;
            let components = part.objects.values().flat_map(|object| &object.components);
            let named = components.chain(&part.items).filter_map(|placing| placing.part.as_deref());
            wanted.extend(named.map(part_name));
            package.parts.insert(name, part);
        }
        Ok(package)
    }
}

/// Part names begin with a slash, names in an archive do not.
pub(super) fn part_name(path: &str) -> String {
    path.trim_start_matches('/').to_owned()
}

/// The part that the package's own relationships name, or the only place it can be.
fn root_part(archive: &Archive<'_>) -> Result<String, ReadFault> {
    let related = match archive.find("_rels/.rels") {
        Some(entry) => related_model(&archive.unpack(entry)?),
        None => None,
    };
    let related = related.filter(|name| archive.find(name).is_some());
    let usual = || archive.find("3D/3dmodel.model").map(|entry| entry.name.clone());
    let any = || archive.entries().iter().find(|entry| entry.name.ends_with(".model"));
    related
        .or_else(usual)
        .or_else(|| any().map(|entry| entry.name.clone()))
        .ok_or_else(|| damaged("the package holds no model; export it again"))
}

fn related_model(relationships: &[u8]) -> Option<String> {
    const MODEL: &[u8] = b"/3dmodel";
    let mut reader = Reader::from_reader(relationships);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                let attribute = |name: &str| element.try_get_attribute(name).ok().flatten();
                if attribute("Type").is_some_and(|kind| kind.value.ends_with(MODEL)) {
                    let target = attribute("Target")?;
                    return Some(part_name(&String::from_utf8_lossy(&target.value)));
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
