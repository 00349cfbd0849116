//! From the file's objects to nodes, each mesh once.

use std::collections::{HashMap, HashSet};

use glam::{DMat4, Vec3};
use scene::{Camera, Light, LightKind, MaterialId, MaterialRun, Mesh, Node, Projection, Scene, Topology};

use super::contents::LeftOut;
use super::file::File;
use super::image::Images;
use super::mesh::Modelled;
use super::node::{Y_UP, relative, world_from_object};
use super::record::Record;
use super::{WorkCtx, material, mesh};
use crate::ReadFault;
use crate::plain_material::plain_material;

/// `Object.type`.
const EMPTY: i64 = 0;
const MESH: i64 = 1;
const LAMP: i64 = 10;
const CAMERA: i64 = 11;
const SPEAKER: i64 = 12;
const LIGHT_PROBE: i64 = 13;
const LATTICE: i64 = 22;
const ARMATURE: i64 = 25;

const OBJECT_HIDDEN_IN_RENDER: i64 = 1 << 2;
const COLLECTION_HIDDEN_IN_RENDER: i64 = 1 << 3;
const LAYER_COLLECTION_EXCLUDED: i64 = 1 << 4;
const INSTANCES_COLLECTION: i64 = 1 << 8;
const MODIFIER_ARMATURE: i64 = 8;
const MODIFIER_IN_RENDER: i64 = 2;

const MAX_DEPTH: usize = 64;
const MAX_PARENTS: usize = 1000;

/// The scene that was open when the file was saved.
pub(super) fn current_scene<'a>(file: &'a File<'a>) -> Option<Record<'a>> {
    let current = file.first(b"GLOB").and_then(|global| global.follow("curscene"));
    current.or_else(|| file.all(b"SC").next())
}

/// Its objects that are rendered, in file order, and how many are not.
fn objects_of<'a>(scene: &Record<'a>) -> (Vec<Record<'a>>, usize) {
    let mut all = Vec::new();
    let layers = scene.list("view_layers").next();
    let mut hidden = HashSet::new();
    match layers {
        Some(layer) => {
            for collection in layer.list("layer_collections") {
                gather(&collection, false, 0, &mut all, &mut hidden);
            }
        }
        None => all.extend(scene.list("base").filter_map(|base| base.follow("object"))),
    }
    let mut seen = HashSet::new();
    all.retain(|object| seen.insert(object.block));
    hidden.retain(|block| !seen.contains(block));
    let is_shown =
        |object: &Record<'_>| object.int("restrictflag").unwrap_or(0) & OBJECT_HIDDEN_IN_RENDER == 0;
    let n_before = all.len();
    all.retain(is_shown);
    let n_hidden = hidden.len() + n_before - all.len();
    (all, n_hidden)
}

fn gather<'a>(
    layer: &Record<'a>,
    is_in_hidden: bool,
    depth: usize,
    all: &mut Vec<Record<'a>>,
    hidden: &mut HashSet<usize>,
) {
    let Some(collection) = layer.follow("collection").filter(|_| depth < MAX_DEPTH) else { return };
    let has = |record: &Record<'_>, bit| record.int("flag").unwrap_or(0) & bit != 0;
    let is_hidden = is_in_hidden || has(&collection, COLLECTION_HIDDEN_IN_RENDER);
    let objects = collection.list("gobject").filter_map(|member| member.follow("ob"));
    if is_hidden || has(layer, LAYER_COLLECTION_EXCLUDED) {
        hidden.extend(objects.map(|object| object.block));
    } else {
        all.extend(objects);
    }
    for child in layer.list("layer_collections") {
        gather(&child, is_hidden, depth + 1, all, hidden);
    }
}

pub(super) struct Builder<'a, 's> {
    pub(super) scene: Scene,
    pub(super) left_out: LeftOut,
    pub(super) images: Images<'s>,
    ctx: &'s WorkCtx,
    meshes: HashMap<usize, (usize, Vec<u16>)>,
    /// A mesh whose materials an object replaces is one more mesh.
    variants: HashMap<(usize, Vec<Option<MaterialId>>), usize>,
    materials: HashMap<usize, MaterialId>,
    plain: Option<MaterialId>,
    objects: Vec<Record<'a>>,
}

impl<'a, 's> Builder<'a, 's> {
    pub(super) fn new(scene: &Record<'a>, images: Images<'s>, ctx: &'s WorkCtx) -> Self {
        let (objects, n_hidden) = objects_of(scene);
        Self {
            scene: Scene { name: scene.name(), ..Default::default() },
            left_out: LeftOut { n_hidden, ..Default::default() },
            images,
            ctx,
            meshes: HashMap::new(),
            variants: HashMap::new(),
            materials: HashMap::new(),
            plain: None,
            objects,
        }
    }

    /// # Errors
    /// Only a cancel.
    pub(super) fn place_all(&mut self) -> Result<(), ReadFault> {
        let objects = std::mem::take(&mut self.objects);
        let index: HashMap<usize, usize> = objects.iter().enumerate().map(|(i, o)| (o.block, i)).collect();
        let worlds: Vec<DMat4> = objects.iter().map(world_from_object).collect();
        let parents: Vec<Option<usize>> = objects
            .iter()
            .enumerate()
            .map(|(i, object)| {
                let parent = index.get(&object.follow("parent")?.block).copied();
                parent.filter(|&p| p != i && !is_above(i, p, &objects, &index))
            })
            .collect();
        let mut family = Vec::new();
        for (i, object) in objects.iter().enumerate() {
            self.ctx.check_cancelled()?;
            let (transform, parent) =
                match parents[i].and_then(|p| Some((relative(worlds[p], worlds[i])?, p))) {
                    Some((transform, parent)) => (transform, Some(parent)),
                    None => (relative(DMat4::IDENTITY, worlds[i]).unwrap_or_default(), None),
                };
            self.scene.nodes.push(Node { name: object.name(), transform, ..Default::default() });
            family.push(parent);
        }
        for (i, object) in objects.iter().enumerate() {
            match family[i] {
                Some(parent) => self.scene.nodes[parent].children.push(i),
                None => self.scene.roots.push(i),
            }
            self.fill(i, object)?;
        }
        Ok(())
    }

    fn fill(&mut self, node: usize, object: &Record<'a>) -> Result<(), ReadFault> {
        if object.is_linked("data") {
            self.left_out.n_linked += 1;
            return Ok(());
        }
        match object.int("type") {
            Some(MESH) => {
                self.note_modifiers(object);
                if let Some(data) = object.follow("data") {
                    self.scene.nodes[node].mesh = Some(self.mesh(object, &data)?);
                }
            }
            Some(CAMERA | LAMP) => {
                if let Some(data) = object.follow("data") {
                    self.place_looking(node, &data);
                }
            }
            Some(EMPTY) => {
                let is_instance = object.int("transflag").unwrap_or(0) & INSTANCES_COLLECTION != 0;
                self.left_out.n_instances += usize::from(is_instance && object.address("dup_group") != 0);
            }
            Some(SPEAKER | LIGHT_PROBE | LATTICE | ARMATURE) => {}
            _ => self.left_out.n_other_shapes += 1,
        }
        Ok(())
    }

    fn note_modifiers(&mut self, object: &Record<'a>) {
        let mut is_skinned = false;
        let mut is_modified = false;
        for modifier in object.list("modifiers") {
            let base = modifier.inner("modifier").unwrap_or(modifier);
            if base.int("mode").unwrap_or(0) & MODIFIER_IN_RENDER == 0 {
                continue;
            }
            match base.int("type") {
                Some(MODIFIER_ARMATURE) => is_skinned = true,
                _ => is_modified = true,
            }
        }
        self.left_out.n_skinned += usize::from(is_skinned);
        self.left_out.n_modified += usize::from(is_modified);
    }

    fn mesh(&mut self, object: &Record<'a>, data: &Record<'a>) -> Result<usize, ReadFault> {
        let (id, slots) = match self.meshes.get(&data.block) {
            Some(known) => known.clone(),
            None => {
                self.ctx.stage("reading meshes");
                let Modelled { mesh, material_slots, n_bad_faces } = mesh::read(data, self.ctx)?;
                self.left_out.n_bad_faces += n_bad_faces;
                self.left_out.n_shape_keys += usize::from(data.address("key") != 0);
                self.scene.meshes.push(mesh);
                let made = (self.scene.meshes.len() - 1, material_slots);
                self.meshes.insert(data.block, made.clone());
                made
            }
        };
        let materials = self.materials_of(object, data);
        let key = (data.block, materials);
        if let Some(&variant) = self.variants.get(&key) {
            return Ok(variant);
        }
        let is_first = !self.variants.keys().any(|(block, _)| *block == data.block);
        let variant = if is_first {
            id
        } else {
            self.scene.meshes.push(self.scene.meshes[id].clone());
            self.scene.meshes.len() - 1
        };
        let fallback = self.plain_material();
        let runs = |mesh: &Mesh| runs_of(mesh, &slots, &key.1, fallback);
        let runs = runs(&self.scene.meshes[variant]);
        if let Some(primitive) = self.scene.meshes[variant].primitives.first_mut()
            && primitive.topology == Topology::Faces
        {
            primitive.material_runs = runs;
        }
        self.variants.insert(key, variant);
        Ok(variant)
    }

    /// The object's own material where its slot says so, else the mesh's.
    fn materials_of(&mut self, object: &Record<'a>, data: &Record<'a>) -> Vec<Option<MaterialId>> {
        let (own, shared) = (object.pointers("mat"), data.pointers("mat"));
        let is_own = object.data("matbits").unwrap_or_default();
        let n = own.len().max(shared.len()).min(usize::from(u16::MAX));
        let pick = |slot: usize| {
            let own = own.get(slot).copied().flatten();
            let shared = shared.get(slot).copied().flatten();
            if is_own.get(slot).is_some_and(|&bit| bit != 0) { own } else { shared }
        };
        (0..n).map(|slot| pick(slot).map(|record| self.material(&record))).collect()
    }

    fn material(&mut self, record: &Record<'a>) -> MaterialId {
        if let Some(&known) = self.materials.get(&record.block) {
            return known;
        }
        let made = material::read(record, &mut self.images);
        self.scene.materials.push(made);
        let id = self.scene.materials.len() - 1;
        self.materials.insert(record.block, id);
        id
    }

    fn plain_material(&mut self) -> MaterialId {
        *self.plain.get_or_insert_with(|| {
            self.scene.materials.push(plain_material(""));
            self.scene.materials.len() - 1
        })
    }

    /// Cameras and lights look along -Z in both worlds, so a node of their own turns them back.
    fn place_looking(&mut self, node: usize, data: &Record<'a>) {
        let transform = scene::Transform::Trs {
            translation: Vec3::ZERO,
            rotation: glam::Quat::from_mat4(&Y_UP.as_mat4()),
            scale: Vec3::ONE,
        };
        let mut holder = Node { name: data.name(), transform, ..Default::default() };
        match data.struct_name() {
            "Camera" => {
                self.scene.cameras.push(camera(data));
                holder.camera = Some(self.scene.cameras.len() - 1);
            }
            _ => match light(data) {
                Some(light) => {
                    self.scene.lights.push(light);
                    holder.light = Some(self.scene.lights.len() - 1);
                }
                None => return,
            },
        }
        let child = self.scene.nodes.len();
        self.scene.nodes.push(holder);
        self.scene.nodes[node].children.push(child);
    }
}

/// Whether object `i` is among the parents of `p`: then the file's parents go in a circle.
fn is_above(i: usize, p: usize, objects: &[Record<'_>], index: &HashMap<usize, usize>) -> bool {
    let up = |at: usize| index.get(&objects[at].follow("parent")?.block).copied();
    std::iter::successors(Some(p), |&at| up(at)).take(MAX_PARENTS).any(|at| at == i)
}

/// Consecutive faces of one slot.
fn runs_of(
    mesh: &Mesh,
    slots: &[u16],
    materials: &[Option<MaterialId>],
    fallback: MaterialId,
) -> Vec<MaterialRun> {
    let n_faces = mesh.primitives.first().map_or(0, |p| p.faces.n_faces());
    // A slot beyond the last means the last.
    let of_slot = |slot: u16| {
        let slot = usize::from(slot).min(materials.len().saturating_sub(1));
        Some(materials.get(slot).copied().flatten().unwrap_or(fallback))
    };
    let mut runs = Vec::new();
    let mut first_face = 0;
    for run in slots[..n_faces.min(slots.len())].chunk_by(|a, b| a == b) {
        runs.push(MaterialRun { first_face, n_faces: run.len(), material: of_slot(run[0]) });
        first_face += run.len();
    }
    runs
}

fn camera(data: &Record<'_>) -> Camera {
    let number = |name: &str, default| data.float(name).filter(|v| v.is_finite()).unwrap_or(default);
    let projection = if data.int("type") == Some(1) {
        let half = 0.5 * number("ortho_scale", 6.0);
        Projection::Orthographic { x_mag: half, y_mag: half }
    } else {
        // The sensor's width spans the longer side of the picture, which is 16 by 9 by default.
        let fov_x = 2.0 * (0.5 * number("sensor_x", 32.0) / number("lens", 35.0).max(0.1)).atan();
        let fov_y_radians = 2.0 * ((0.5 * fov_x).tan() * 9.0 / 16.0).atan();
        Projection::Perspective { fov_y_radians, aspect: Some(16.0 / 9.0) }
    };
    let near = number("clipsta", 0.1).max(1e-4);
    Camera { name: data.name(), projection, near, far: Some(number("clipend", 1000.0).max(near * 2.0)) }
}

/// `None` for kinds that no viewer here draws. Watts become candela over the sphere, for 683 lm/W.
fn light(data: &Record<'_>) -> Option<Light> {
    let number = |name: &str, default| data.float(name).filter(|v| v.is_finite()).unwrap_or(default);
    let (kind, factor) = match data.int("type")? {
        0 => (LightKind::Point, 683.0 / (4.0 * std::f32::consts::PI)),
        1 => (LightKind::Directional, 683.0),
        2 => {
            let outer = 0.5 * number("spotsize", 0.8).clamp(0.01, 3.1);
            let inner = outer * (1.0 - number("spotblend", 0.15).clamp(0.0, 1.0));
            let kind = LightKind::Spot { inner_cone_radians: inner, outer_cone_radians: outer };
            (kind, 683.0 / (4.0 * std::f32::consts::PI))
        }
        _ => return None,
    };
    let energy = data.float("energy_new").unwrap_or_else(|| number("energy", 1.0));
    let color_linear = Vec3::new(number("r", 1.0), number("g", 1.0), number("b", 1.0));
    Some(Light { name: data.name(), kind, color_linear, intensity: energy.max(0.0) * factor, range: None })
}
