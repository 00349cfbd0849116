//! What bends vertices on the device: for each bent primitive its vertices at rest, which joints move
//! them, and the offsets of its morph targets. Made once at upload and shared by every
//! [`crate::Puppet`] of the scene.

use glam::{Vec3, Vec4};
use scene::{Layer, MeshInstance, Primitive, Scene, SkinId};

use super::arena::Place;
use super::geometry::Geometry;
use crate::Gpu;

/// Everything bent of one scene.
pub(crate) struct Rig {
    pub bends: Vec<Bend>,
    pub blocks: Vec<MatrixBlock>,
    pub n_matrices: u32,
    pub buffers: RigBuffers,
}

/// Read by shaders/passes/bend.wgsl, in which their contents are laid down.
pub(crate) struct RigBuffers {
    pub rest: wgpu::Buffer,
    pub influences: wgpu::Buffer,
    pub deltas: wgpu::Buffer,
}

/// One primitive as one instance bends it.
pub(crate) struct Bend {
    pub instance: MeshInstance,
    /// Into `Rig::blocks`.
    pub block: usize,
    pub arena: usize,
    pub uniform: BendUniform,
    pub n_targets: usize,
    /// The boxes of the vertices that each matrix of the block moves, at rest, in mesh space.
    pub boxes: Vec<(u32, [Vec3; 2])>,
}

/// The matrices of one instance: one a joint, then the one of what no joint moves.
pub(crate) struct MatrixBlock {
    pub instance: MeshInstance,
    /// `None`: its node alone places it.
    pub skin: Option<SkinId>,
    pub first_matrix: u32,
    /// Middle of the mesh at rest, in mesh space.
    pub center: Vec3,
}

/// Twin of `Bend` in shaders/passes/bend.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct BendUniform {
    pub n_vertices: u32,
    pub base_vertex: u32,
    pub first_rest: u32,
    pub first_influence: u32,
    pub n_sets: u32,
    pub first_delta: u32,
    pub n_source_vertices: u32,
    pub n_delta_kinds: u32,
    pub first_matrix: u32,
    pub rigid_matrix: u32,
    pub first_shape: u32,
    pub n_shapes: u32,
    pub flags: u32,
    pub pad_0: u32,
    pub pad_1: u32,
    pub pad_2: u32,
}

const HAS_NORMALS: u32 = 1;
const IS_TEXTURED: u32 = 2;

/// A geometry that an instance bends.
pub(crate) struct Bent<'a> {
    pub instance: MeshInstance,
    /// As the file has it.
    pub primitive: &'a Primitive,
    pub geometry: &'a Geometry,
    pub place: Place,
}

impl Rig {
    /// `None` when it is larger than the device lets a shader read; the scene then keeps its pose.
    pub(crate) fn new(gpu: &Gpu, scene: &Scene, bent: &[Bent<'_>]) -> Option<Self> {
        let mut data = RigData::default();
        let mut blocks: Vec<MatrixBlock> = Vec::new();
        let mut n_matrices = 0;
        let mut bends = Vec::with_capacity(bent.len());
        for item in bent {
            let node = scene.nodes.get(item.instance.node)?;
            let skin = node.skin.filter(|_| !item.primitive.joints.is_empty());
            let n_joints = skin.and_then(|s| scene.skins.get(s)).map_or(0, |s| s.joints.len()) as u32;
            let same = |b: &MatrixBlock| b.instance.node == item.instance.node && b.skin == skin;
            let block = blocks.iter().position(same).unwrap_or_else(|| {
                let first_matrix = n_matrices;
                n_matrices += n_joints + 1;
                let center = center_of(scene, &item.instance);
                blocks.push(MatrixBlock { instance: item.instance, skin, first_matrix, center });
                blocks.len() - 1
            });
            let mut uniform = data.add(item, skin.map(|_| n_joints))?;
            uniform.first_matrix = blocks[block].first_matrix;
            uniform.rigid_matrix = n_joints;
            bends.push(Bend {
                instance: item.instance,
                block,
                arena: item.place.arena,
                uniform,
                n_targets: item.primitive.morph_targets.len(),
                boxes: boxes(item.primitive, skin.map(|_| n_joints)),
            });
        }
        Some(Self { bends, blocks, n_matrices, buffers: data.upload(gpu)? })
    }
}

/// Middle of the box of all vertices, in mesh space.
fn center_of(scene: &Scene, instance: &MeshInstance) -> Vec3 {
    let primitives = &scene.meshes[instance.mesh].primitives;
    let finite = primitives.iter().flat_map(|p| &p.vertex_positions).filter(|p| p.is_finite());
    let (low, high) =
        finite.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(*p), high.max(*p)));
    if low.x <= high.x { 0.5 * low + 0.5 * high } else { Vec3::ZERO }
}

/// Of what each joint moves; the last matrix moves what no joint does. Offsets of morph targets are
/// not in them.
fn boxes(primitive: &Primitive, n_joints: Option<u32>) -> Vec<(u32, [Vec3; 2])> {
    let rigid = n_joints.unwrap_or(0);
    let mut boxes = vec![[Vec3::INFINITY, Vec3::NEG_INFINITY]; rigid as usize + 1];
    for (v, position) in primitive.vertex_positions.iter().enumerate().filter(|(_, p)| p.is_finite()) {
        let mut add = |matrix: u32| {
            let [low, high] = &mut boxes[matrix as usize];
            (*low, *high) = (low.min(*position), high.max(*position));
        };
        let influences = influences_of(primitive, v, n_joints);
        influences.iter().flatten().filter(|(_, weight)| *weight != 0.0).for_each(|(joint, _)| add(*joint));
        if influences.is_empty() {
            add(rigid);
        }
    }
    let filled = boxes.into_iter().zip(0..).filter(|([low, high], _)| low.x <= high.x);
    filled.map(|(corners, matrix)| (matrix, corners)).collect()
}

/// Joints and weights of a vertex, set by set; the weights add up to 1. A vertex without any stands on
/// the matrix after the joints. Empty without a skin.
fn influences_of(primitive: &Primitive, vertex: usize, n_joints: Option<u32>) -> Vec<[(u32, f32); 4]> {
    let Some(n_joints) = n_joints else { return Vec::new() };
    let sets = primitive.joints.iter().zip(&primitive.weights);
    let mut all: Vec<[(u32, f32); 4]> = sets
        .map(|(joints, weights)| {
            let (joints, weights) = (
                joints.get(vertex).copied().unwrap_or_default(),
                weights.get(vertex).copied().unwrap_or_default(),
            );
            std::array::from_fn(|i| {
                let (joint, weight) = (u32::from(joints[i]), weights[i]);
                if joint < n_joints && weight.is_finite() { (joint, weight) } else { (n_joints, 0.0) }
            })
        })
        .collect();
    let total: f64 = all.iter().flatten().map(|(_, weight)| f64::from(*weight)).sum();
    if total == 0.0 {
        all.iter_mut().for_each(|set| *set = [(n_joints, 0.0); 4]);
        if let Some(first) = all.first_mut() {
            first[0].1 = 1.0;
        }
    } else {
        all.iter_mut().flatten().for_each(|(_, weight)| *weight = (f64::from(*weight) / total) as f32);
    }
    all
}

#[derive(Default)]
struct RigData {
    rest: Vec<[u32; 12]>,
    influences: Vec<u32>,
    deltas: Vec<f32>,
}

impl RigData {
    /// `None` when the counts leave what 32 bits hold.
    fn add(&mut self, bent: &Bent<'_>, n_joints: Option<u32>) -> Option<BendUniform> {
        let Bent { primitive, geometry, place, .. } = bent;
        let first_rest = u32::try_from(self.rest.len()).ok()?;
        let first_influence = u32::try_from(self.influences.len()).ok()?;
        let first_delta = u32::try_from(self.deltas.len()).ok()?;
        self.rest.extend(geometry.sources.iter().map(|&[vertex, corner]| rest_of(primitive, vertex, corner)));
        let n_sets = if n_joints.is_some() { primitive.joints.len() } else { 0 };
        if n_sets > 0 {
            for v in 0..primitive.vertex_positions.len() {
                for set in influences_of(primitive, v, n_joints) {
                    self.influences.extend(set.map(|(joint, _)| joint));
                    self.influences.extend(set.map(|(_, weight)| weight.to_bits()));
                }
            }
        }
        let n_delta_kinds = self.add_deltas(primitive);
        let has_normals = if primitive.normals.is_some() { HAS_NORMALS } else { 0 };
        let is_textured = if geometry.textured.is_empty() { 0 } else { IS_TEXTURED };
        Some(BendUniform {
            n_vertices: u32::try_from(geometry.sources.len()).ok()?,
            base_vertex: place.base_vertex,
            first_rest,
            first_influence,
            n_sets: n_sets as u32,
            first_delta,
            n_source_vertices: u32::try_from(primitive.vertex_positions.len()).ok()?,
            n_delta_kinds,
            flags: has_normals | is_textured,
            ..BendUniform::default()
        })
    }

    fn add_deltas(&mut self, primitive: &Primitive) -> u32 {
        let targets = &primitive.morph_targets;
        if targets.is_empty() {
            return 0;
        }
        let n_kinds = if targets.iter().any(|t| !t.tangents.is_empty()) {
            3
        } else if targets.iter().any(|t| !t.normals.is_empty()) {
            2
        } else {
            1
        };
        for target in targets {
            for kind in [&target.positions, &target.normals, &target.tangents].into_iter().take(n_kinds) {
                let offsets = (0..primitive.vertex_positions.len())
                    .flat_map(|v| finite(kind.get(v).copied().unwrap_or_default()).to_array());
                self.deltas.extend(offsets);
            }
        }
        n_kinds as u32
    }

    fn upload(self, gpu: &Gpu) -> Option<RigBuffers> {
        let limits = gpu.device.limits();
        let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let buffer = |label, bytes: &[u8]| {
            // A binding may not be empty.
            let size = (bytes.len() as u64).max(48);
            let buffer = (size <= limit).then(|| {
                gpu.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size,
                    usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            })?;
            gpu.queue.write_buffer(&buffer, 0, bytes);
            Some(buffer)
        };
        Some(RigBuffers {
            rest: buffer("vertices at rest", bytemuck::cast_slice(&self.rest))?,
            influences: buffer("influences", bytemuck::cast_slice(&self.influences))?,
            deltas: buffer("morph offsets", bytemuck::cast_slice(&self.deltas))?,
        })
    }
}

fn rest_of(primitive: &Primitive, vertex: u32, corner: u32) -> [u32; 12] {
    let position = primitive.vertex_positions.get(vertex as usize).copied().unwrap_or_default();
    let at = |layer: &Layer<Vec3>| layer.at(corner as usize, vertex);
    let normal = finite(primitive.normals.as_ref().and_then(at).unwrap_or_default());
    let tangents = primitive.tangents.as_ref();
    let tangent = tangents.and_then(|layer| layer.at(corner as usize, vertex)).unwrap_or(Vec4::X);
    let handedness = if tangent.w < 0.0 { -1.0_f32 } else { 1.0 };
    let [position, tangent] = [position, tangent.truncate()].map(|v| finite(v).to_array().map(f32::to_bits));
    let normal = normal.to_array().map(f32::to_bits);
    let [[px, py, pz], [nx, ny, nz], [tx, ty, tz]] = [position, normal, tangent];
    [px, py, pz, vertex, nx, ny, nz, handedness.to_bits(), tx, ty, tz, 0]
}

fn finite(v: Vec3) -> Vec3 {
    if v.is_finite() { v } else { Vec3::ZERO }
}
