//! The XML of one model part, read as a stream: parts of a hundred megabytes are common.

use glam::{Mat4, Vec2, Vec3, Vec4};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use scene::{Filter, Wrap};
use work::WorkCtx;

use super::damaged;
use super::part::{
    Base, Object, Painted, Part, Placing, Properties, ResourceId, Texture, color, meters_per_unit, transform,
};
use crate::ReadFault;

/// How many elements pass between two looks at whether to go on.
const CANCEL_INTERVAL: usize = 1 << 16;

/// # Errors
/// Text that is no XML, or is cut off; a cancel.
pub(super) fn parse(bytes: &[u8], path: &str, ctx: &WorkCtx) -> Result<Part, ReadFault> {
    let mut reader = Reader::from_reader(bytes);
    reader.config_mut().check_end_names = false;
    let mut parser = Parser::default();
    for i in 0.. {
        if i % CANCEL_INTERVAL == 0 {
            ctx.check_cancelled()?;
        }
        let event = reader.read_event().map_err(|error| damaged(format!("{path} is no XML ({error})")))?;
        match event {
            Event::Start(element) => parser.start(&element),
            Event::Empty(element) => {
                parser.start(&element);
                parser.end(element.local_name().as_ref());
            }
            Event::End(element) => parser.end(element.local_name().as_ref()),
            Event::Text(text) if parser.in_application => {
                parser.part.program = text.decode().unwrap_or_default().trim().to_owned();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !parser.is_closed {
        return Err(damaged(format!("{path} breaks off; copy or export it again")));
    }
    Ok(parser.part)
}

#[derive(Default)]
struct Parser {
    part: Part,
    object: Option<(ResourceId, Object)>,
    group: Option<(ResourceId, Properties)>,
    /// Where the bases of the open group have their metalness.
    display: Option<ResourceId>,
    /// Inside a mesh; slices and other extensions call their own things vertices too.
    in_mesh: bool,
    in_application: bool,
    is_closed: bool,
}

type Attributes<'a, 'b> = &'a BytesStart<'b>;

/// Each attribute's local name and raw value.
fn attributes<'a>(element: Attributes<'a, '_>) -> impl Iterator<Item = (&'a [u8], Attribute<'a>)> {
    let mut all = element.attributes();
    // Names are compared pair by pair otherwise, for every vertex.
    all.with_checks(false);
    all.flatten().map(|a| (a.key.local_name().into_inner(), a))
}

fn text(attribute: &Attribute<'_>) -> String {
    attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_default().into_owned()
}

fn find(element: Attributes<'_, '_>, name: &str) -> Option<String> {
    attributes(element).find(|(key, _)| *key == name.as_bytes()).map(|(_, attribute)| text(&attribute))
}

fn index(value: &[u8]) -> Option<u32> {
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

fn float(value: &[u8]) -> f32 {
    fast_float2::parse(value.trim_ascii()).unwrap_or(0.0)
}

impl Parser {
    fn start(&mut self, element: Attributes<'_, '_>) {
        match element.local_name().as_ref() {
            b"vertex" if self.in_mesh => self.vertex(element),
            b"triangle" if self.in_mesh => self.triangle(element),
            b"mesh" => self.in_mesh = true,
            b"model" => self.model(element),
            b"metadata" => {
                self.in_application = find(element, "name").is_some_and(|name| name == "Application");
            }
            b"object" => self.object(element),
            b"component" => {
                let placing = placing(element);
                if let Some((_, object)) = &mut self.object {
                    object.components.extend(placing);
                }
            }
            b"item" => self.part.items.extend(placing(element)),
            b"basematerials" => {
                self.display = id(element, "displaypropertiesid");
                self.open_group(element, Properties::Bases(Vec::new()));
            }
            b"colorgroup" => self.open_group(element, Properties::Colors(Vec::new())),
            b"pbmetallicdisplayproperties" => self.open_group(element, Properties::Metallic(Vec::new())),
            b"texture2dgroup" => {
                let texture = id(element, "texid").unwrap_or(ResourceId::MAX);
                self.open_group(element, Properties::Coordinates { texture, uvs: Vec::new() });
            }
            b"texture2d" => {
                if let (Some(id), Some(texture)) = (id(element, "id"), texture(element)) {
                    self.part.properties.insert(id, Properties::Texture(texture));
                }
            }
            b"compositematerials" | b"multiproperties" => self.part.n_unknown_properties += 1,
            name => self.group_entry(name, element),
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"mesh" => self.in_mesh = false,
            b"metadata" => self.in_application = false,
            b"object" => self.part.objects.extend(self.object.take()),
            b"basematerials" | b"colorgroup" | b"texture2dgroup" | b"pbmetallicdisplayproperties" => {
                self.part.properties.extend(self.group.take());
            }
            b"model" => self.is_closed = true,
            _ => {}
        }
    }

    fn model(&mut self, element: Attributes<'_, '_>) {
        self.part.meters_per_unit = match find(element, "unit") {
            Some(unit) => meters_per_unit(&unit),
            None => meters_per_unit("millimeter"),
        };
        let prefixes = find(element, "requiredextensions").unwrap_or_default();
        for prefix in prefixes.split_whitespace() {
            let declares = |a: &Attribute<'_>| a.key.as_ref() == format!("xmlns:{prefix}").as_bytes();
            let declared = attributes(element).map(|(_, a)| a).find(declares);
            self.part.required.push(declared.map_or_else(|| prefix.to_owned(), |a| text(&a)));
        }
    }

    fn object(&mut self, element: Attributes<'_, '_>) {
        let mut object = Object::default();
        let name = find(element, "name").or_else(|| find(element, "partnumber"));
        let Some(id) = id(element, "id") else { return };
        object.name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("object {id}"));
        object.default_property =
            self::id(element, "pid").map(|pid| (pid, self::id(element, "pindex").unwrap_or(0)));
        self.object = Some((id, object));
    }

    fn vertex(&mut self, element: Attributes<'_, '_>) {
        let Some((_, object)) = &mut self.object else { return };
        let mut position = Vec3::ZERO;
        for (key, attribute) in attributes(element) {
            match key {
                b"x" => position.x = float(&attribute.value),
                b"y" => position.y = float(&attribute.value),
                b"z" => position.z = float(&attribute.value),
                _ => {}
            }
        }
        object.vertices.push(position);
    }

    fn triangle(&mut self, element: Attributes<'_, '_>) {
        let Some((_, object)) = &mut self.object else { return };
        let mut corners = [None; 3];
        let mut properties = None;
        let mut of_corners = [None; 3];
        for (key, attribute) in attributes(element) {
            let value = index(&attribute.value);
            match key {
                b"v1" => corners[0] = value,
                b"v2" => corners[1] = value,
                b"v3" => corners[2] = value,
                b"pid" => properties = value,
                b"p1" => of_corners[0] = value,
                b"p2" => of_corners[1] = value,
                b"p3" => of_corners[2] = value,
                _ => {}
            }
        }
        // Vertices come before triangles, by the schema.
        let is_there = |v: &u32| (*v as usize) < object.vertices.len();
        let [Some(a), Some(b), Some(c)] = corners.map(|v| v.filter(is_there)) else {
            object.n_bad += 1;
            return;
        };
        let t = object.triangles.len();
        object.triangles.push([a, b, c]);
        let properties = properties.or(object.default_property.map(|(properties, _)| properties));
        let (Some(properties), Some(first)) = (properties, of_corners[0]) else { return };
        let corners = of_corners.map(|p| p.unwrap_or(first));
        match object.painted.last_mut() {
            Some(last)
                if last.triangles.end == t && last.properties == properties && last.corners == corners =>
            {
                last.triangles.end = t + 1;
            }
            _ => object.painted.push(Painted { triangles: t..t + 1, properties, corners }),
        }
    }

    fn open_group(&mut self, element: Attributes<'_, '_>, properties: Properties) {
        self.group = id(element, "id").map(|id| (id, properties));
    }

    fn group_entry(&mut self, name: &[u8], element: Attributes<'_, '_>) {
        let shown = |key: &str| find(element, key).and_then(|text| color(&text)).unwrap_or(Vec4::ONE);
        let number = |key: &str| find(element, key).map(|text| float(text.as_bytes()));
        match (&mut self.group, name) {
            (Some((_, Properties::Bases(bases))), b"base") => {
                let display = self.display.map(|id| (id, bases.len()));
                let name = find(element, "name").unwrap_or_default();
                bases.push(Base { name, color: shown("displaycolor"), display });
            }
            (Some((_, Properties::Colors(colors))), b"color") => colors.push(shown("color")),
            (Some((_, Properties::Coordinates { uvs, .. })), b"tex2coord") => {
                uvs.push(Vec2::new(number("u").unwrap_or(0.0), number("v").unwrap_or(0.0)));
            }
            (Some((_, Properties::Metallic(all))), b"pbmetallic") => {
                all.push([number("metallicness").unwrap_or(0.0), number("roughness").unwrap_or(1.0)]);
            }
            _ => {}
        }
    }
}

fn id(element: Attributes<'_, '_>, name: &str) -> Option<ResourceId> {
    index(find(element, name)?.as_bytes())
}

fn placing(element: Attributes<'_, '_>) -> Option<Placing> {
    let transform = find(element, "transform").and_then(|text| transform(&text)).unwrap_or(Mat4::IDENTITY);
    Some(Placing { part: find(element, "path"), object: id(element, "objectid")?, transform })
}

fn texture(element: Attributes<'_, '_>) -> Option<Texture> {
    let wrap = |key: &str| match find(element, key).as_deref() {
        Some("mirror") => Wrap::MirroredRepeat,
        Some("clamp" | "none") => Wrap::ClampToEdge,
        _ => Wrap::Repeat,
    };
    let is_nearest = find(element, "filter").is_some_and(|filter| filter == "nearest");
    Some(Texture {
        path: find(element, "path")?,
        wrap_u: wrap("tilestyleu"),
        wrap_v: wrap("tilestylev"),
        filter: if is_nearest { Filter::Nearest } else { Filter::Linear },
    })
}
