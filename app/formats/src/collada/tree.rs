use std::collections::HashMap;

use glam::{DMat4, DVec3};
use roxmltree::NodeId as XmlId;
use scene::{Node, NodeId, UpAxis};

use super::document::{Document, Element, child, children, is, name_of};
use super::transform::{compose, steps, to_transform};
use crate::ReadWarning;

/// Deeper than any rig; what lies below is left out.
const MAX_DEPTH: usize = 1024;
/// Nodes beyond what the file could list by itself: instances of instances multiply.
const MAX_EXTRA_NODES: usize = 100_000;

/// Nodes of one name among which a skin looks for its joint.
const MAX_NAMESAKES: usize = 64;

/// The shown scene's nodes, and where in the file each comes from.
#[derive(Default)]
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<NodeId>,
    /// Geometries, controllers, cameras and lights, each with the node that instances it.
    pub(super) instances: Vec<(NodeId, Element<'a>)>,
    parents: Vec<Option<NodeId>>,
    origins: Vec<Option<Element<'a>>>,
    /// Every node that stands for one of the file, which instancing may multiply.
    by_origin: HashMap<XmlId, Vec<NodeId>>,
    by_joint_name: HashMap<&'a str, Vec<NodeId>>,
}

#[derive(Default)]
struct Losses {
    n_cyclic: usize,
    n_elsewhere: usize,
    n_too_many: usize,
}

struct Pending<'a> {
    element: Element<'a>,
    parent: Option<NodeId>,
    depth: usize,
}

impl<'a> Tree<'a> {
    /// Builds the nodes of a `visual_scene`; `scene_from_file` becomes a root above them unless it
    /// changes nothing.
    pub(super) fn build(
        document: &Document<'a>,
        visual_scene: Option<Element<'a>>,
        scene_from_file: DMat4,
        warnings: &mut Vec<ReadWarning>,
    ) -> Self {
        let mut tree = Self::default();
        let mut losses = Losses::default();
        let max_nodes = document.by_id_len().saturating_add(MAX_EXTRA_NODES);
        let root = (scene_from_file != DMat4::IDENTITY).then(|| {
            let name = visual_scene.map(name_of).unwrap_or_default().to_owned();
            let transform = to_transform(&scene_from_file);
            tree.add(None, None, Node { name, transform, ..Default::default() })
        });
        let top = visual_scene.map(|scene| Pending { element: scene, parent: root, depth: 0 });
        let mut stack: Vec<Pending<'a>> = Vec::new();
        if let Some(top) = top {
            tree.push_children(document, &top, &mut stack, &mut losses);
        }
        while let Some(pending) = stack.pop() {
            if tree.nodes.len() >= max_nodes || pending.depth > MAX_DEPTH {
                losses.n_too_many += 1;
                continue;
            }
            let transform = to_transform(&compose(&steps(document, pending.element)));
            let name = name_of(pending.element).to_owned();
            let id = tree.add(
                Some(pending.element),
                pending.parent,
                Node { name, transform, ..Default::default() },
            );
            let here = Pending { element: pending.element, parent: Some(id), depth: pending.depth };
            tree.push_children(document, &here, &mut stack, &mut losses);
        }
        losses.tell(warnings);
        tree
    }

    pub(super) fn add(&mut self, origin: Option<Element<'a>>, parent: Option<NodeId>, node: Node) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(node);
        self.parents.push(parent);
        self.origins.push(origin);
        match parent.and_then(|parent| self.nodes.get_mut(parent)) {
            Some(parent) => parent.children.push(id),
            None => self.roots.push(id),
        }
        if let Some(origin) = origin {
            self.by_origin.entry(origin.id()).or_default().push(id);
            let mut names: Vec<_> =
                ["sid", "id", "name"].iter().filter_map(|key| origin.attribute(*key)).collect();
            names.dedup();
            for name in names {
                let all = self.by_joint_name.entry(name).or_default();
                if all.len() < MAX_NAMESAKES {
                    all.push(id);
                }
            }
        }
        id
    }

    /// Puts the nodes below onto the stack, the first one on top, and notes what else is instanced.
    fn push_children(
        &mut self,
        document: &Document<'a>,
        of: &Pending<'a>,
        stack: &mut Vec<Pending<'a>>,
        losses: &mut Losses,
    ) {
        let n_before = stack.len();
        for element in of.element.children().filter(Element::is_element) {
            match element.tag_name().name() {
                "node" => stack.push(Pending { element, parent: of.parent, depth: of.depth + 1 }),
                "instance_node" => match document.target(element, "url", "node") {
                    Some(target) if self.is_within(of.parent, target) => losses.n_cyclic += 1,
                    Some(target) => {
                        stack.push(Pending { element: target, parent: of.parent, depth: of.depth + 1 });
                    }
                    None => losses.n_elsewhere += 1,
                },
                "instance_geometry" | "instance_controller" | "instance_camera" | "instance_light" => {
                    self.instances.extend(of.parent.map(|parent| (parent, element)));
                }
                _ => {}
            }
        }
        stack[n_before..].reverse();
    }

    fn is_within(&self, node: Option<NodeId>, origin: Element<'a>) -> bool {
        self.chain(node).any(|id| self.origins[id] == Some(origin))
    }

    /// A node and those above it.
    fn chain(&self, node: Option<NodeId>) -> impl Iterator<Item = NodeId> {
        std::iter::successors(node, |&id| self.parents.get(id).copied().flatten())
    }

    pub(super) fn nodes_of(&self, origin: Element<'a>) -> &[NodeId] {
        self.by_origin.get(&origin.id()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The node that a skin calls by its scoped id, its id or its name: below one of the skeletons
    /// if there is one.
    pub(super) fn joint(&self, name: &str, skeletons: &[Element<'a>]) -> Option<NodeId> {
        let all = self.by_joint_name.get(name)?;
        let is_below = |&&id: &&NodeId| {
            self.chain(Some(id)).any(|above| self.origins[above].is_some_and(|o| skeletons.contains(&o)))
        };
        // Names are the least of the three keys.
        let is_scoped = |&&id: &&NodeId| {
            let origin = self.origins[id];
            origin.is_some_and(|o| o.attribute("sid") == Some(name) || o.attribute("id") == Some(name))
        };
        let mut ranked = [all.iter().filter(is_below).find(is_scoped), all.iter().find(is_below)].into_iter();
        ranked.find_map(|id| id).or_else(|| all.iter().find(is_scoped)).or(all.first()).copied()
    }
}

impl Losses {
    fn tell(self, warnings: &mut Vec<ReadWarning>) {
        let reasons = [
            (self.n_cyclic, "they would contain themselves"),
            (self.n_elsewhere, "they are in another file, or nowhere"),
            (self.n_too_many, "they are nested too deep, or too many"),
        ];
        for (n, reason) in reasons.into_iter().filter(|(n, _)| *n > 0) {
            warnings.push(ReadWarning::Skipped { what: "node instances", n, reason });
        }
    }
}

/// The scene that the file says to show, or its first.
pub(super) fn visual_scene<'a>(document: &Document<'a>) -> Option<Element<'a>> {
    let instance = child(document.root, "scene").and_then(|scene| child(scene, "instance_visual_scene"));
    let stated = instance.and_then(|instance| document.target(instance, "url", "visual_scene"));
    stated.or_else(|| document.library("library_visual_scenes", "visual_scene").next())
}

/// Axes and unit of the file.
pub(super) struct Frame {
    pub(super) up: UpAxis,
    /// `None` when the file does not say; then metres hold.
    pub(super) meters_per_unit: Option<f64>,
    pub(super) program: String,
    pub(super) copyright: String,
}

impl Frame {
    pub(super) fn read(document: &Document<'_>) -> Self {
        let asset = child(document.root, "asset");
        let below = |tag: &'static str| asset.and_then(|asset| super::document::below(asset, tag));
        let words = |tag| below(tag).map(super::document::text).unwrap_or_default().to_owned();
        let up = match words("up_axis").as_str() {
            "X_UP" => UpAxis::X,
            "Z_UP" => UpAxis::Z,
            _ => UpAxis::Y,
        };
        let meter = below("unit").and_then(|unit| unit.attribute("meter")?.trim().parse::<f64>().ok());
        let meters_per_unit = meter.filter(|m| m.is_finite() && *m > 0.0);
        Self { up, meters_per_unit, program: words("authoring_tool"), copyright: words("copyright") }
    }

    /// COLLADA 1.4.1, "up_axis".
    pub(super) fn scene_from_file(&self) -> DMat4 {
        let columns = match self.up {
            UpAxis::X => [DVec3::Y, DVec3::NEG_X, DVec3::Z],
            UpAxis::Y => DVec3::AXES,
            UpAxis::Z => [DVec3::X, DVec3::NEG_Z, DVec3::Y],
        };
        let [x, y, z] = columns.map(|column| (column * self.meters_per_unit.unwrap_or(1.0)).extend(0.0));
        DMat4::from_cols(x, y, z, DVec3::ZERO.extend(1.0))
    }
}

/// `skeleton` elements of a controller's instance, as the nodes they name.
pub(super) fn skeletons<'a>(document: &Document<'a>, instance: Element<'a>) -> Vec<Element<'a>> {
    let named = children(instance, "skeleton").filter_map(|skeleton| document.get(skeleton.text()?.trim()));
    named.filter(|e| is(*e, "node")).collect()
}
