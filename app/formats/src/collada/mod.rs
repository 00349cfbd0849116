//! COLLADA 1.4.1 and 1.5 (Khronos, "COLLADA – Digital Asset Schema Release 1.4.1").
//!
//! Polygons stay as authored; a hole in one is left out and told. The file's unit and up axis become
//! a root node above its own. Materials are `profile_COMMON`, turned into dielectrics; animations
//! are sampled into translation, rotation and scale.

mod accessor;
mod animation;
mod controller;
mod curve;
mod document;
mod effect;
mod geometry;
mod optics;
mod polygons;
mod text;
mod transform;
mod tree;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use roxmltree::NodeId as XmlId;
use scene::{Authored, MaterialId, Mesh, Node, NodeId};

use crate::format::{Format, head};
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning};

use document::{Document, Element, name_of};
use effect::Materials;
use tree::{Frame, Tree};

const NAME: &str = "COLLADA";

pub(crate) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["dae"],
    read: Some(read),
    sniff: |bytes| head(bytes).contains("<COLLADA"),
    hint: "",
};

fn damaged(cause: impl Into<String>) -> ReadFault {
    ReadFault::Damaged { format: NAME, cause: cause.into() }
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let text = text::decode(source.bytes);
    let xml = document::parse(&text)?;
    let document = Document::new(&xml)?;
    source.ctx.check_cancelled()?;
    let frame = Frame::read(&document);
    let shown = tree::visual_scene(&document);
    let mut warnings = Vec::new();
    let mut tree = Tree::build(&document, shown, frame.scene_from_file(), &mut warnings);
    if shown.is_none() {
        place_all_geometries(&document, &mut tree);
    }
    let mut reader = Reader {
        document: &document,
        source,
        materials: Materials::new(&document, source),
        meters: frame.meters_per_unit.unwrap_or(1.0) as f32,
        outlines: HashMap::new(),
        meshes: HashMap::new(),
        losses: Losses::default(),
    };
    reader.place_instances(&mut tree)?;
    let Reader { materials, losses, .. } = reader;
    let Materials { mut scene, warnings: of_materials, .. } = materials;
    scene.animations = animation::read(&document, &mut tree, &mut warnings);
    scene.name = shown.map(name_of).unwrap_or_default().to_owned();
    scene.nodes = tree.nodes;
    scene.roots = tree.roots;
    scene.authored = Authored {
        program: frame.program,
        copyright: frame.copyright,
        meters_per_unit: frame.meters_per_unit,
        up: Some(frame.up),
    };
    warnings.extend(of_materials.into_inner());
    losses.tell(&document, &mut warnings);
    Ok(Parsed { scene, warnings })
}

/// A file without any scene is a library of shapes: all of them are shown.
fn place_all_geometries<'a>(document: &Document<'a>, tree: &mut Tree<'a>) {
    let parent = tree.roots.first().copied();
    for geometry in document.library("library_geometries", "geometry") {
        let node = Node { name: name_of(geometry).to_owned(), ..Default::default() };
        let id = tree.add(None, parent, node);
        tree.instances.push((id, geometry));
    }
}

/// What makes a mesh its own: geometry, controller, and the materials it wears.
#[derive(PartialEq, Eq, Hash)]
struct MeshKey<'a> {
    geometry: XmlId,
    controller: Option<XmlId>,
    bindings: Vec<(&'a str, MaterialId)>,
}

/// What of a geometry its materials depend on.
struct Outline<'a> {
    uv_sets: Vec<u32>,
    /// Without repetition, in file order.
    symbols: Vec<&'a str>,
}

impl<'a> Outline<'a> {
    fn of(document: &Document<'a>, geometry: Element<'a>) -> Self {
        let elements = document::child(geometry, "mesh").into_iter().flat_map(|mesh| mesh.children());
        let mut known = HashSet::new();
        let symbols = elements.filter_map(geometry::symbol).filter(|symbol| known.insert(*symbol)).collect();
        Self { uv_sets: geometry::uv_sets(document, geometry), symbols }
    }
}

struct Reader<'a> {
    document: &'a Document<'a>,
    source: &'a Source<'a>,
    materials: Materials<'a>,
    meters: f32,
    outlines: HashMap<XmlId, Rc<Outline<'a>>>,
    meshes: HashMap<MeshKey<'a>, usize>,
    losses: Losses,
}

#[derive(Default)]
struct Losses {
    geometry: geometry::Losses,
    n_no_mesh: usize,
    n_absent: usize,
    n_ambient: usize,
    warnings: Vec<ReadWarning>,
}

impl<'a> Reader<'a> {
    fn place_instances(&mut self, tree: &mut Tree<'a>) -> Result<(), ReadFault> {
        for (node, instance) in std::mem::take(&mut tree.instances) {
            self.source.ctx.check_cancelled()?;
            match instance.tag_name().name() {
                "instance_camera" => self.place_camera(tree, node, instance),
                "instance_light" => self.place_light(tree, node, instance),
                _ => self.place_mesh(tree, node, instance),
            }
        }
        Ok(())
    }

    fn place_camera(&mut self, tree: &mut Tree<'a>, node: NodeId, instance: Element<'a>) {
        let stated = self.document.target(instance, "url", "camera");
        let Some(camera) = stated.and_then(|camera| optics::camera(camera, self.meters)) else {
            self.losses.n_absent += 1;
            return;
        };
        let node = free_node(tree, node, &camera.name, |node| node.camera.is_none());
        tree.nodes[node].camera = Some(self.materials.scene.cameras.len());
        self.materials.scene.cameras.push(camera);
    }

    fn place_light(&mut self, tree: &mut Tree<'a>, node: NodeId, instance: Element<'a>) {
        let Some(stated) = self.document.target(instance, "url", "light") else {
            self.losses.n_absent += 1;
            return;
        };
        let Some(light) = optics::light(stated) else {
            self.losses.n_ambient += 1;
            return;
        };
        let node = free_node(tree, node, &light.name, |node| node.light.is_none());
        tree.nodes[node].light = Some(self.materials.scene.lights.len());
        self.materials.scene.lights.push(light);
    }

    fn place_mesh(&mut self, tree: &mut Tree<'a>, node: NodeId, instance: Element<'a>) {
        let document = self.document;
        let controlled = if document::is(instance, "geometry") {
            Some(controller::Controlled { geometry: instance, skin: None, morph: None })
        } else {
            controller::resolve(document, instance)
        };
        let Some(controlled) = controlled else {
            self.losses.n_absent += 1;
            return;
        };
        let geometry = controlled.geometry;
        let outline = self.outlines.entry(geometry.id());
        let outline = Rc::clone(outline.or_insert_with(|| Rc::new(Outline::of(document, geometry))));
        let bind = |symbol: &&'a str| (*symbol, self.materials.bound(instance, symbol, &outline.uv_sets));
        let bindings: Vec<(&'a str, MaterialId)> = outline.symbols.iter().map(bind).collect();
        // Two skins over one geometry have their own weights.
        let controller = controlled.skin.or(controlled.morph).map(|e| e.id());
        let key = MeshKey { geometry: geometry.id(), controller, bindings };
        let known = self.meshes.get(&key).copied();
        let needs_weights = controlled.skin.is_some();
        if let Some(mesh) = known.filter(|_| !needs_weights) {
            let node = free_node(tree, node, name_of(geometry), |node| node.mesh.is_none());
            tree.nodes[node].mesh = Some(mesh);
            return;
        }
        let Some(mut mesh) = self.mesh(&controlled, &key.bindings) else { return };
        let node = free_node(tree, node, &mesh.name, |node| node.mesh.is_none());
        if let Some(skin) = controlled.skin {
            let skeletons = tree::skeletons(document, instance);
            let warnings = &mut self.losses.warnings;
            let skin = controller::skin(document, tree, skin, &skeletons, &mut mesh, warnings);
            match skin {
                Some(skin) => {
                    tree.nodes[node].skin = Some(self.materials.scene.skins.len());
                    self.materials.scene.skins.push(skin);
                }
                None => {
                    let text = format!("the skin of {} has no joints; it does not move", mesh.name);
                    self.losses.warnings.push(ReadWarning::Repaired(text));
                }
            }
        }
        let id = self.materials.scene.meshes.len();
        self.materials.scene.meshes.push(mesh);
        self.meshes.insert(key, id);
        tree.nodes[node].mesh = Some(id);
    }

    fn mesh(
        &mut self,
        controlled: &controller::Controlled<'a>,
        bindings: &[(&'a str, MaterialId)],
    ) -> Option<Mesh> {
        let geometry = controlled.geometry;
        let material_of =
            |symbol: &str| bindings.iter().find(|(known, _)| *known == symbol).map(|(_, id)| *id);
        let Some(read) = geometry::read(self.document, geometry, material_of) else {
            self.losses.n_no_mesh += 1;
            return None;
        };
        self.losses.geometry.n_bad_faces += read.losses.n_bad_faces;
        self.losses.geometry.n_holes += read.losses.n_holes;
        if read.primitives.is_empty() {
            return None;
        }
        let name = name_of(geometry).to_owned();
        let mut mesh = Mesh { name, primitives: read.primitives, ..Default::default() };
        if let Some(morph) = controlled.morph {
            controller::morph(self.document, morph, geometry, &mut mesh, &mut self.losses.warnings);
        }
        Some(mesh)
    }
}

/// The node itself, or a new child of it where its own place is taken.
fn free_node(tree: &mut Tree<'_>, node: NodeId, name: &str, is_free: impl Fn(&Node) -> bool) -> NodeId {
    if is_free(&tree.nodes[node]) {
        return node;
    }
    tree.add(None, Some(node), Node { name: name.to_owned(), ..Default::default() })
}

impl Losses {
    fn tell(self, document: &Document<'_>, warnings: &mut Vec<ReadWarning>) {
        warnings.extend(self.warnings);
        let skipped = [
            (
                "faces or lines",
                self.geometry.n_bad_faces,
                "they have too few corners, or point to vertices that do not exist",
            ),
            ("holes in polygons", self.geometry.n_holes, "only the outline of such a polygon is kept"),
            (
                "geometries",
                self.n_no_mesh,
                "they are curves or solids instead of meshes; export them as meshes",
            ),
            ("instances", self.n_absent, "what they show is in another file, or nowhere"),
            ("ambient lights", self.n_ambient, "light from everywhere comes from the viewer here"),
        ];
        for (what, n, reason) in skipped.into_iter().filter(|(_, n, _)| *n > 0) {
            warnings.push(ReadWarning::Skipped { what, n, reason });
        }
        if document.has_commas() {
            let text = "the file writes its numbers with decimal commas, which other programs refuse; read as points";
            warnings.push(ReadWarning::Repaired(text.into()));
        }
        if document.is_exhausted() {
            let text = "the file shows the same large geometries over and over; some were left out";
            warnings.push(ReadWarning::Repaired(text.into()));
        }
    }
}

#[cfg(test)]
mod tests;
