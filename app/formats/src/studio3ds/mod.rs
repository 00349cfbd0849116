//! 3DS, the files of 3D Studio for DOS that many programs still write (Autodesk's 3D Studio File
//! Toolkit, release 2).
//!
//! Vertices stand in the world as modelled; the keyframer places them anew, around pivots and below
//! parents, and its first frame is what is shown. Normals come from the smoothing groups. +Z is up;
//! a root node turns it. A master scale other than 1 is taken as metres per unit.

mod chunk;
mod keyframer;
mod material;
mod mesh;

use std::collections::HashMap;

use glam::{DMat4, DVec3};
use scene::{Authored, Camera, Light, LightKind, Mesh, Node, NodeId, Projection, Scene, Transform, UpAxis};

use crate::format::Format;
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning};

use chunk::{Chunk, chunks};
use keyframer::Placing;
use material::Materials;
use mesh::StatedMesh;

const NAME: &str = "3DS";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["3ds"], read: Some(read), sniff, hint: "" };

const MAIN: u16 = 0x4D4D;
const VERSION: u16 = 0x0002;
const EDITOR: u16 = 0x3D3D;
const KEYFRAMER: u16 = 0xB000;
const MASTER_SCALE: u16 = 0x0100;
const MATERIAL: u16 = 0xAFFF;
const OBJECT: u16 = 0x4000;
const MESH: u16 = 0x4100;
const LIGHT: u16 = 0x4600;
const SPOT: u16 = 0x4610;
const MULTIPLIER: u16 = 0x465B;
const CAMERA: u16 = 0x4700;

/// The main chunk, and in it one that stands first in such files: other formats begin with "MM" too.
fn sniff(bytes: &[u8]) -> bool {
    let main = chunks(bytes).next().filter(|chunk| chunk.id == MAIN);
    let first = main.and_then(|main| main.chunks().next());
    first.is_some_and(|chunk| matches!(chunk.id, VERSION | EDITOR | KEYFRAMER))
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let Some(main) = chunks(source.bytes).next().filter(|chunk| chunk.id == MAIN) else {
        let cause = "it does not begin with the main chunk; export it again".into();
        return Err(ReadFault::Damaged { format: NAME, cause });
    };
    let mut draft = Draft::default();
    let editor: Vec<_> = main.child(EDITOR).into_iter().flat_map(Chunk::chunks).collect();
    let mut meters_per_unit = None;
    for chunk in &editor {
        match chunk.id {
            MATERIAL => {
                draft.materials.read(*chunk, source, &mut draft.scene, &mut draft.warnings);
            }
            MASTER_SCALE => {
                let scale = chunk.values().f32().filter(|s| s.is_finite() && *s > 0.0 && *s != 1.0);
                meters_per_unit = scale.map(f64::from);
            }
            _ => {}
        }
    }
    let root = draft.root(source.stem(), meters_per_unit.unwrap_or(1.0));
    for chunk in editor.iter().filter(|chunk| chunk.id == OBJECT) {
        source.ctx.check_cancelled()?;
        draft.object(*chunk, root, meters_per_unit.unwrap_or(1.0) as f32);
    }
    let placings = main.child(KEYFRAMER).map(keyframer::placings).unwrap_or_default();
    draft.place(&placings, root);
    draft.scene.authored = Authored { meters_per_unit, up: Some(UpAxis::Z), ..Default::default() };
    Ok(draft.finish())
}

#[derive(Default)]
struct Draft {
    scene: Scene,
    materials: Materials,
    meshes: Vec<(String, StatedMesh)>,
    n_bad_faces: usize,
    warnings: Vec<ReadWarning>,
}

impl Draft {
    fn root(&mut self, name: String, meters: f64) -> NodeId {
        let up = DMat4::from_cols_array_2d(&[
            [meters, 0.0, 0.0, 0.0],
            [0.0, 0.0, -meters, 0.0],
            [0.0, meters, 0.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]);
        self.scene.roots.push(0);
        self.add(None, Node { name, transform: trs(&up), ..Default::default() })
    }

    fn add(&mut self, parent: Option<NodeId>, node: Node) -> NodeId {
        let id = self.scene.nodes.len();
        self.scene.nodes.push(node);
        if let Some(parent) = parent.and_then(|parent| self.scene.nodes.get_mut(parent)) {
            parent.children.push(id);
        }
        id
    }

    fn object(&mut self, chunk: Chunk<'_>, root: NodeId, meters: f32) {
        let mut values = chunk.values();
        let name = values.text();
        for part in chunks(values.rest()) {
            match part.id {
                MESH => {
                    let Some(mesh) = mesh::read(part, &mut self.materials, &mut self.scene) else { continue };
                    self.n_bad_faces += mesh.n_bad_faces;
                    self.meshes.push((name.clone(), mesh));
                }
                LIGHT => self.light(part, &name, root),
                CAMERA => self.camera(part, &name, root, meters),
                _ => {}
            }
        }
    }

    fn light(&mut self, chunk: Chunk<'_>, name: &str, root: NodeId) {
        let mut values = chunk.values();
        let Some(position) = values.vec3().filter(|p| p.is_finite()) else { return };
        let parts = Chunk { id: LIGHT, body: values.rest() };
        let mut transform = DMat4::from_translation(position.as_dvec3());
        let mut kind = LightKind::Point;
        if let Some(spot) = parts.child(SPOT) {
            let mut values = spot.values();
            let Some(target) = values.vec3().filter(|p| p.is_finite()) else { return };
            transform = looking(position.as_dvec3(), target.as_dvec3());
            let mut half = || values.f32().map(|degrees| 0.5 * degrees.to_radians());
            let largest = std::f32::consts::FRAC_PI_2;
            let inner = half().filter(|a| a.is_finite()).unwrap_or(0.0).clamp(0.0, largest - 0.01);
            let outer = half().filter(|a| a.is_finite()).unwrap_or(largest).clamp(inner + 0.001, largest);
            kind = LightKind::Spot { inner_cone_radians: inner, outer_cone_radians: outer };
        }
        let strength = parts.child(MULTIPLIER).and_then(|c| c.values().f32()).filter(|m| m.is_finite());
        let light = Light {
            name: name.to_owned(),
            kind,
            color_linear: material::color(parts).unwrap_or(glam::Vec3::ONE),
            intensity: strength.unwrap_or(1.0).max(0.0),
            range: None,
        };
        let light_id = Some(self.scene.lights.len());
        self.scene.lights.push(light);
        let node =
            Node { name: name.into(), transform: trs(&transform), light: light_id, ..Default::default() };
        self.add(Some(root), node);
    }

    fn camera(&mut self, chunk: Chunk<'_>, name: &str, root: NodeId, meters: f32) {
        let mut values = chunk.values();
        let (Some(position), Some(target)) = (values.vec3(), values.vec3()) else { return };
        let (bank, lens) = (values.f32().unwrap_or(0.0), values.f32().unwrap_or(48.0));
        if !(position.is_finite() && target.is_finite() && bank.is_finite()) {
            return;
        }
        // A 36 × 24 mm negative.
        let fov_y_radians = if lens.is_finite() && lens > 1.0 { 2.0 * (12.0 / lens).atan() } else { 0.5 };
        let projection = Projection::Perspective { fov_y_radians, aspect: None };
        let camera = Camera { name: name.to_owned(), projection, near: 0.1 * meters, far: None };
        let camera_id = Some(self.scene.cameras.len());
        self.scene.cameras.push(camera);
        let roll = DMat4::from_rotation_z(-f64::from(bank).to_radians());
        let transform = trs(&(looking(position.as_dvec3(), target.as_dvec3()) * roll));
        self.add(Some(root), Node { name: name.into(), transform, camera: camera_id, ..Default::default() });
    }

    /// Puts the meshes where the keyframer says; those that it does not name stay where they are.
    fn place(&mut self, placings: &[Placing], root: NodeId) {
        let meshes = std::mem::take(&mut self.meshes);
        let mut ids: HashMap<u16, NodeId> = HashMap::new();
        let mut made: HashMap<usize, (usize, DVec3)> = HashMap::new();
        let mut off_pivot = Vec::new();
        let mut is_placed = vec![false; meshes.len()];
        let first = self.scene.nodes.len();
        for placing in placings {
            let is_dummy = placing.object == keyframer::DUMMY;
            let name = if placing.instance.is_empty() { &placing.object } else { &placing.instance };
            let found = meshes.iter().position(|(name, _)| *name == placing.object).filter(|_| !is_dummy);
            let mesh = found.map(|m| {
                is_placed[m] = true;
                let (name, stated) = &meshes[m];
                *made.entry(m).or_insert_with(|| {
                    let local = DMat4::from_translation(-placing.pivot) * stated.matrix.inverse();
                    (push_mesh(&mut self.scene, name, stated, &local), placing.pivot)
                })
            });
            let transform = trs(&placing.parent_from_node);
            let id = self.add(None, Node { name: name.clone(), transform, ..Default::default() });
            match mesh {
                Some((mesh, pivot)) if pivot == placing.pivot => self.scene.nodes[id].mesh = Some(mesh),
                Some((mesh, pivot)) => off_pivot.push((id, mesh, pivot - placing.pivot)),
                None => {}
            }
            ids.entry(placing.id).or_insert(id);
        }
        for (i, placing) in placings.iter().enumerate() {
            let id = first + i;
            let parent = placing.parent.and_then(|parent| ids.get(&parent).copied());
            // Parents come first; one that does not could close a circle.
            let parent = parent.filter(|&parent| parent < id).unwrap_or(root);
            self.scene.nodes[parent].children.push(id);
        }
        // Copies of an object share its mesh, whatever their own pivots are.
        for (parent, mesh, offset) in off_pivot {
            let transform = trs(&DMat4::from_translation(offset));
            let name = self.scene.nodes[parent].name.clone();
            self.add(Some(parent), Node { name, transform, mesh: Some(mesh), ..Default::default() });
        }
        for ((name, stated), _) in meshes.iter().zip(is_placed).filter(|(_, is_placed)| !is_placed) {
            let mesh = push_mesh(&mut self.scene, name, stated, &DMat4::IDENTITY);
            self.add(Some(root), Node { name: name.clone(), mesh: Some(mesh), ..Default::default() });
        }
        if placings.iter().any(|placing| placing.is_animated) {
            let text = "the animation is not read; the first frame is shown";
            self.warnings.push(ReadWarning::Repaired(text.into()));
        }
    }

    fn finish(mut self) -> Parsed {
        if self.n_bad_faces > 0 {
            let reason = "they point to vertices that do not exist";
            self.warnings.push(ReadWarning::Skipped { what: "faces", n: self.n_bad_faces, reason });
        }
        Parsed { scene: self.scene, warnings: self.warnings }
    }
}

/// The mesh in the coordinates of its node.
fn push_mesh(scene: &mut Scene, name: &str, stated: &StatedMesh, local: &DMat4) -> usize {
    let mut primitive = stated.primitive.clone();
    for position in &mut primitive.vertex_positions {
        *position = local.transform_point3(position.as_dvec3()).as_vec3();
    }
    let normals_local = local.inverse().transpose();
    if let Some(scene::Layer::PerCorner(normals)) = &mut primitive.normals {
        for normal in normals {
            let turned = normals_local.transform_vector3(normal.as_dvec3()).normalize_or(DVec3::Z);
            *normal = turned.as_vec3();
        }
    }
    scene.meshes.push(Mesh { name: name.to_owned(), primitives: vec![primitive], ..Default::default() });
    scene.meshes.len() - 1
}

/// Looks along -Z at `target`, with the file's +Z up.
fn looking(from: DVec3, target: DVec3) -> DMat4 {
    let z = (from - target).normalize_or(DVec3::Z);
    let x = DVec3::Z.cross(z).try_normalize().unwrap_or(DVec3::X);
    let y = z.cross(x);
    DMat4::from_cols(x.extend(0.0), y.extend(0.0), z.extend(0.0), from.extend(1.0))
}

fn trs(matrix: &DMat4) -> Transform {
    let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
    if !(scale.is_finite() && rotation.is_finite() && translation.is_finite()) {
        return Transform::IDENTITY;
    }
    Transform::Trs {
        translation: translation.as_vec3(),
        rotation: rotation.normalize().as_quat(),
        scale: scale.as_vec3(),
    }
}

#[cfg(test)]
mod tests;
