//! Every triangle that the scene draws, in world space and in an order where neighbours in space
//! are neighbours in memory.

use glam::{DVec3, Vec3, Vec4};
use rayon::prelude::*;
use scene::{MaterialId, Primitive, Topology};

use crate::spots::{Stage, values};

pub(crate) struct Soup {
    /// Sorted along a Morton curve; without those that have no area or are not finite.
    pub(crate) triangles: Vec<Triangle>,
    pub(crate) owners: Vec<Owner>,
    /// What `Triangle::points` are relative to.
    pub(crate) origin: DVec3,
}

#[derive(Clone, Copy)]
pub(crate) struct Triangle {
    /// World space, relative to the soup's origin, so that single precision is enough.
    pub(crate) points: [Vec3; 3],
    /// Unit length, towards the front as the instance shows it.
    pub(crate) normal: Vec3,
    /// Index into `Soup::owners`.
    pub(crate) owner: u32,
    /// Of the owner's primitive.
    pub(crate) face: u32,
}

/// One material's faces of one placed primitive.
pub(crate) struct Owner {
    /// Index into `Stage::instances`.
    pub(crate) instance: usize,
    pub(crate) primitive: usize,
    pub(crate) material: Option<MaterialId>,
    pub(crate) is_double_sided: bool,
    /// Its instance is the first of its mesh, which stands for all in what concerns the mesh alone.
    pub(crate) is_first: bool,
    /// The colour of its vertices, where that and no texture makes it one colour all over.
    pub(crate) plain_color: Option<Vec4>,
}

impl Owner {
    /// Whether nobody can tell one from the other.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.material == other.material && self.plain_color.is_some() && self.plain_color == other.plain_color
    }
}

/// A primitive of an instance, while the soup is made.
struct Placed<'a> {
    primitive: &'a Primitive,
    is_mirrored: bool,
    positions: Vec<Vec3>,
    /// Corners and face of each triangle; empty for triangle meshes, where both are implied.
    triangles: Vec<([u32; 3], u32)>,
    n_triangles: usize,
    first_owner: u32,
}

impl Soup {
    pub(crate) fn new(stage: &Stage, origin: DVec3, radius: f64) -> Self {
        let (placed, owners) = place(stage, origin);
        let keys: Vec<Vec<Key>> =
            placed.par_iter().enumerate().map(|(p, of)| keys(p as u32, of, radius)).collect();
        let keys = keys.into_iter().reduce(|mut all, more| {
            all.extend(more);
            all
        });
        let keys = sort(keys.unwrap_or_default());
        let triangles = keys
            .par_iter()
            .with_min_len(4096)
            .map(|key| {
                let placed = &placed[key.placed as usize];
                let [a, b, c] = placed.points(key.triangle);
                let normal = (b - a).cross(c - a).normalize_or_zero();
                let face = placed.face(key.triangle);
                let runs = &placed.primitive.material_runs;
                let run = runs.partition_point(|run| run.first_face <= face as usize).saturating_sub(1);
                Triangle {
                    points: [a, b, c],
                    normal: if placed.is_mirrored { -normal } else { normal },
                    owner: placed.first_owner + run as u32,
                    face,
                }
            })
            .collect();
        Self { triangles, owners, origin }
    }
}

fn place<'a>(stage: &Stage<'a>, origin: DVec3) -> (Vec<Placed<'a>>, Vec<Owner>) {
    let mut owners = Vec::new();
    let mut pieces = Vec::new();
    for (i, instance) in stage.instances.iter().enumerate() {
        for (p, primitive) in stage.scene.meshes[instance.mesh].primitives.iter().enumerate() {
            if primitive.topology != Topology::Faces {
                continue;
            }
            pieces.push((instance, primitive, owners.len() as u32));
            for run in primitive.runs() {
                let material = run.material.and_then(|id| stage.scene.materials.get(id));
                owners.push(Owner {
                    instance: i,
                    primitive: p,
                    is_first: stage.shown_by[instance.mesh] == Some(i),
                    material: run.material,
                    is_double_sided: material.is_some_and(|m| m.double_sided),
                    plain_color: material
                        .is_none_or(|m| m.textures().next().is_none())
                        .then(|| plain_color(primitive))
                        .flatten(),
                });
            }
        }
    }
    let placed = pieces
        .into_par_iter()
        .map(|(instance, primitive, first_owner)| {
            let world = stage.scene.world_positions(instance, primitive, &stage.transforms);
            let triangles = triangles(primitive);
            let is_triangles = primitive.faces.sizes == scene::FaceSizes::Uniform(3);
            Placed {
                primitive,
                is_mirrored: instance.world_from_mesh.determinant() < 0.0,
                positions: world.into_iter().map(|p| (p - origin).as_vec3()).collect(),
                n_triangles: if is_triangles { primitive.faces.n_faces() } else { triangles.len() },
                triangles,
                first_owner,
            }
        })
        .collect();
    (placed, owners)
}

/// White without colours; `None` where they differ.
fn plain_color(primitive: &Primitive) -> Option<Vec4> {
    let mut colors = primitive.colors.iter().flat_map(values);
    let Some(&first) = colors.next() else { return Some(Vec4::ONE) };
    colors.all(|color| *color == first).then_some(first)
}

/// Corners and face of each triangle of a primitive with larger polygons.
fn triangles(primitive: &Primitive) -> Vec<([u32; 3], u32)> {
    if primitive.faces.sizes == scene::FaceSizes::Uniform(3) {
        return Vec::new();
    }
    let mut face = 0;
    let with_face = primitive.triangle_corners().into_iter().map(|corners| {
        while primitive.faces.corners(face).end <= corners[0] as usize {
            face += 1;
        }
        (corners, face as u32)
    });
    with_face.collect()
}

impl Placed<'_> {
    fn points(&self, triangle: u32) -> [Vec3; 3] {
        let corners = match self.triangles.get(triangle as usize) {
            Some((corners, _)) => *corners,
            None => [3 * triangle, 3 * triangle + 1, 3 * triangle + 2],
        };
        corners.map(|c| self.positions[self.primitive.faces.corner_vertices[c as usize] as usize])
    }

    fn face(&self, triangle: u32) -> u32 {
        self.triangles.get(triangle as usize).map_or(triangle, |(_, face)| *face)
    }
}

#[derive(Clone, Copy, Default)]
struct Key {
    code: u64,
    placed: u32,
    triangle: u32,
}

/// Bits of the Morton code an axis.
const CODE_BITS: u32 = 20;

fn keys(p: u32, placed: &Placed, radius: f64) -> Vec<Key> {
    let scale = (f64::from(1u32 << (CODE_BITS - 1)) / radius) as f32;
    let half = (1u32 << (CODE_BITS - 1)) as f32;
    let key = |triangle: u32| {
        let [a, b, c] = placed.points(triangle);
        let double_area = (b - a).cross(c - a).length_squared();
        if !(double_area.is_finite() && double_area > 0.0) {
            return None;
        }
        let cell = ((a + b + c) * (scale / 3.0) + half).clamp(Vec3::ZERO, Vec3::splat(2.0 * half - 1.0));
        let code = spread(cell.x as u64) << 2 | spread(cell.y as u64) << 1 | spread(cell.z as u64);
        Some(Key { code, placed: p, triangle })
    };
    (0..placed.n_triangles as u32).into_par_iter().with_min_len(4096).filter_map(key).collect()
}

/// Two zero bits between the bits of a number of up to 21 bits.
fn spread(mut bits: u64) -> u64 {
    bits = (bits | bits << 32) & 0x001f_0000_0000_ffff;
    bits = (bits | bits << 16) & 0x001f_0000_ff00_00ff;
    bits = (bits | bits << 8) & 0x100f_00f0_0f00_f00f;
    bits = (bits | bits << 4) & 0x10c3_0c30_c30c_30c3;
    (bits | bits << 2) & 0x1249_2492_4924_9249
}

/// By code, keeping the order of equal ones: radix sort in five passes of 12 bits.
fn sort(mut keys: Vec<Key>) -> Vec<Key> {
    const DIGIT: usize = 4096;
    let mut other = vec![Key::default(); keys.len()];
    for pass in 0..CODE_BITS * 3 / 12 {
        let digit = |key: &Key| (key.code >> (12 * pass)) as usize & (DIGIT - 1);
        let mut next = vec![0u32; DIGIT];
        for key in &keys {
            next[digit(key)] += 1;
        }
        let mut sum = 0;
        for slot in &mut next {
            sum += std::mem::replace(slot, sum);
        }
        for key in &keys {
            let slot = &mut next[digit(key)];
            other[*slot as usize] = *key;
            *slot += 1;
        }
        std::mem::swap(&mut keys, &mut other);
    }
    keys
}
