//! A scene on the device that can be moved: clips are played on it. Nodes are placed on the processor,
//! vertices are morphed and skinned on the device, into copies of the buffers that are drawn from; so
//! the shaders that draw know nothing of it, and the scene it was made from keeps its default pose.

use std::sync::Arc;

use glam::{DMat3, DMat4, DVec3, Mat4, Vec3};
use scene::{Aabb, MeshInstance, Pose, Scene, Topology, WorldTransforms};

use crate::cull::ObjectBox;
use crate::gpu_scene::{
    Arena, BendUniform, Casters, Cull, GpuScene, MatrixBlock, OBJECT_MIRRORED, Rig, RigBuffers, draws,
    partly_solid,
};
use crate::{Gpu, Renderer};

#[cfg(test)]
mod tests;

/// One model in the pose it was last given. Its pictures are those of [`Puppet::scene`].
pub struct Puppet {
    scene: GpuScene,
    rig: Arc<Rig>,
    /// The group of each arena that is bent.
    groups: Vec<(usize, wgpu::BindGroup)>,
    moment: Moment,
    casters: Vec<Caster>,
}

/// A primitive that throws a shadow.
struct Caster {
    instance: MeshInstance,
    /// Of the instance's mesh.
    primitive: usize,
    triangles: Vec<u32>,
}

/// With more the shadow stays that of the default pose, because it is drawn by the processor.
const MAX_CASTING_VERTICES: usize = 20_000;

/// What the device is told of each pose.
struct Moment {
    uniforms: wgpu::Buffer,
    matrices: wgpu::Buffer,
    shapes: wgpu::Buffer,
}

/// Each bend's uniform starts at a multiple of what devices ask for.
const UNIFORM_STRIDE: usize = 256;
const GROUP_SIZE: u32 = 64;
const MAX_GROUPS: u32 = 65_535;

impl Puppet {
    /// Copies the vertices that bend, and shares everything else. `None` when the scene was uploaded
    /// without [`crate::UploadOptions::keeps_rig`], or bends more than the device lets a shader read.
    pub fn new(gpu: &Gpu, renderer: &Renderer, scene: &Scene, on_device: &GpuScene) -> Option<Self> {
        let rig = Arc::clone(on_device.rig.as_ref()?);
        let mut posed = on_device.clone();
        for part in posed.parts.iter_mut().filter(|part| part.stand.bend.is_some()) {
            part.bounds = ObjectBox::EVERYWHERE;
        }
        posed.floor = on_device.floor.copy(gpu, renderer);
        let moment = Moment::new(gpu, &rig);
        let mut arenas: Vec<usize> = rig.bends.iter().map(|b| b.arena).collect();
        arenas.sort_unstable();
        arenas.dedup();
        let mut groups = Vec::with_capacity(arenas.len());
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for i in arenas {
            let arena = posed.arenas.get_mut(i).filter(|arena| arena.is_bindable)?;
            arena.vertices = copy_of(gpu, &mut encoder, &arena.vertices);
            arena.textured = arena.textured.as_ref().map(|original| copy_of(gpu, &mut encoder, original));
            groups.push((i, bend_group(gpu, renderer, arena, &rig, &moment)));
        }
        gpu.queue.submit([encoder.finish()]);
        if !groups.is_empty() {
            // Software Vulkan takes its time to compile it, and the first frame should not wait.
            renderer.pipelines.bend(gpu, &renderer.layouts);
        }
        Some(Self { scene: posed, rig, groups, moment, casters: casters(scene) })
    }

    /// As it was last posed.
    pub fn scene(&self) -> &GpuScene {
        &self.scene
    }

    /// World bounds of what will be shown, such as [`Scene::bounds_over`] a clip: cameras and pictures
    /// take their depth from them.
    pub fn set_bounds(&mut self, bounds: Aabb) {
        self.scene.bounds = bounds;
    }

    /// Moves everything; never waits for the device. `scene` is the one that was uploaded. What is drawn
    /// from now on shows the pose. Linear in the nodes and parts on the processor.
    pub fn set_pose(&mut self, gpu: &Gpu, renderer: &Renderer, scene: &Scene, pose: &Pose) {
        self.scene.stamp = GpuScene::next_stamp();
        let transforms = scene.world_transforms_at(pose);
        let origins: Vec<DVec3> =
            self.rig.blocks.iter().map(|block| origin(block, scene, &transforms)).collect();
        let matrices = matrices(&self.rig, scene, &transforms, &origins);
        self.place(&transforms, &origins, &matrices);
        if !self.groups.is_empty() {
            self.bend(gpu, renderer, scene, pose, &matrices);
        }
        let thrown = self.casters.iter().filter_map(|caster| {
            let world_from_mesh = *transforms.world_from_node.get(caster.instance.node)?;
            let instance = MeshInstance { world_from_mesh, ..caster.instance };
            let primitive = scene.meshes.get(instance.mesh)?.primitives.get(caster.primitive)?;
            let positions = scene.world_positions_at(&instance, primitive, &transforms, pose);
            Some((positions, caster.triangles.as_slice()))
        });
        let thrown: Vec<_> = thrown.collect();
        let triangles = thrown.iter().map(|(positions, triangles)| (positions.as_slice(), *triangles));
        self.scene.casters = Arc::new(Casters::of_triangles(&self.scene.bounds, triangles));
        if !self.casters.is_empty() {
            self.scene.floor.redraw(gpu, &self.scene.bounds, thrown.into_iter());
        }
    }

    fn place(&mut self, transforms: &WorldTransforms, origins: &[DVec3], matrices: &[Mat4]) {
        let mut is_regrouped = false;
        for part in &mut self.scene.parts {
            let Some(world_from_node) = transforms.world_from_node.get(part.stand.node) else { continue };
            let bend = part.stand.bend.and_then(|b| self.rig.bends.get(b));
            let block = bend.and_then(|b| self.rig.blocks.get(b.block));
            let skinned = block.zip(bend).filter(|(block, _)| block.skin.is_some());
            if let Some((block, bend)) = skinned {
                let origin = origins.get(bend.block).copied().unwrap_or_default();
                part.world_from_object = DMat4::from_translation(origin);
                let bent = bent_box(&bend.boxes, block, matrices);
                part.center =
                    origin + bent.map_or(DVec3::ZERO, |[low, high]| (0.5 * (low + high)).as_dvec3());
                continue;
            }
            let center = block.map_or(part.stand.center, |block| block.center.as_dvec3());
            part.world_from_object = *world_from_node * DMat4::from_translation(center);
            part.center = part.world_from_object.transform_point3(DVec3::ZERO);
            let is_mirrored = DMat3::from_mat4(part.world_from_object).determinant() < 0.0;
            if is_mirrored != (part.flags & OBJECT_MIRRORED != 0) {
                part.flags ^= OBJECT_MIRRORED;
                part.kind.cull = match part.kind.cull {
                    Cull::None => Cull::None,
                    Cull::Back => Cull::Front,
                    Cull::Front => Cull::Back,
                };
                is_regrouped = true;
            }
        }
        if is_regrouped {
            let GpuScene { parts, materials, .. } = &self.scene;
            let (opaque, blended) = draws(parts);
            self.scene.partly_solid = partly_solid(&blended, parts, materials);
            (self.scene.opaque, self.scene.blended) = (opaque, blended);
        }
    }

    fn bend(&self, gpu: &Gpu, renderer: &Renderer, scene: &Scene, pose: &Pose, matrices: &[Mat4]) {
        let mut shapes: Vec<[u32; 2]> = Vec::new();
        let mut bytes = vec![0_u8; UNIFORM_STRIDE * self.rig.bends.len()];
        for (bend, slot) in self.rig.bends.iter().zip(bytes.chunks_exact_mut(UNIFORM_STRIDE)) {
            let first_shape = shapes.len() as u32;
            let weights = pose.morph_weights_of(&bend.instance, scene).iter().take(bend.n_targets).zip(0..);
            let used = weights.filter(|(weight, _)| **weight != 0.0 && weight.is_finite());
            shapes.extend(used.map(|(weight, target)| [target, weight.to_bits()]));
            let n_shapes = shapes.len() as u32 - first_shape;
            let uniform = BendUniform { first_shape, n_shapes, ..bend.uniform };
            slot[..size_of::<BendUniform>()].copy_from_slice(bytemuck::bytes_of(&uniform));
        }
        gpu.queue.write_buffer(&self.moment.uniforms, 0, &bytes);
        gpu.queue.write_buffer(&self.moment.matrices, 0, bytemuck::cast_slice(matrices));
        gpu.queue.write_buffer(&self.moment.shapes, 0, bytemuck::cast_slice(&shapes));
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("bend") });
        let mut pass = encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("bend"), timestamp_writes: None });
        pass.set_pipeline(renderer.pipelines.bend(gpu, &renderer.layouts));
        for (i, bend) in self.rig.bends.iter().enumerate() {
            let Some((_, group)) = self.groups.iter().find(|(arena, _)| *arena == bend.arena) else {
                continue;
            };
            pass.set_bind_group(0, group, &[(i * UNIFORM_STRIDE) as u32]);
            let n_groups = bend.uniform.n_vertices.div_ceil(GROUP_SIZE);
            let n_rows = n_groups.div_ceil(MAX_GROUPS).max(1);
            pass.dispatch_workgroups(n_groups.div_ceil(n_rows), n_rows, 1);
        }
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
    }
}

impl Moment {
    fn new(gpu: &Gpu, rig: &Rig) -> Self {
        let n_shapes: usize = rig.bends.iter().map(|b| b.n_targets).sum();
        Self {
            uniforms: buffer(
                gpu,
                "bends",
                UNIFORM_STRIDE * rig.bends.len().max(1),
                wgpu::BufferUsages::UNIFORM,
            ),
            matrices: buffer(
                gpu,
                "joint matrices",
                size_of::<Mat4>() * rig.n_matrices.max(1) as usize,
                wgpu::BufferUsages::STORAGE,
            ),
            shapes: buffer(gpu, "shapes", 8 * n_shapes.max(1), wgpu::BufferUsages::STORAGE),
        }
    }
}

fn buffer(gpu: &Gpu, label: &str, n_bytes: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: n_bytes as u64,
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Vertices that a shader may write.
fn copy_of(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, original: &wgpu::Buffer) -> wgpu::Buffer {
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_SRC;
    let copy = buffer(gpu, "bent vertices", original.size() as usize, usage);
    encoder.copy_buffer_to_buffer(original, 0, &copy, 0, original.size());
    copy
}

fn bend_group(gpu: &Gpu, renderer: &Renderer, arena: &Arena, rig: &Rig, moment: &Moment) -> wgpu::BindGroup {
    let no_textures = buffer(gpu, "no textured vertices", 4, wgpu::BufferUsages::STORAGE);
    let RigBuffers { rest, influences, deltas } = &rig.buffers;
    let textured = arena.textured.as_ref().unwrap_or(&no_textures);
    let storage = [&arena.vertices, textured, rest, influences, deltas, &moment.matrices, &moment.shapes];
    let uniform = wgpu::BindGroupEntry {
        binding: 0,
        resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &moment.uniforms,
            offset: 0,
            size: wgpu::BufferSize::new(size_of::<BendUniform>() as u64),
        }),
    };
    let storage = storage
        .iter()
        .zip(1..)
        .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() });
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("bend"),
        layout: &renderer.layouts.bend,
        entries: &[uniform].into_iter().chain(storage).collect::<Vec<_>>(),
    })
}

/// None where they are too many.
fn casters(scene: &Scene) -> Vec<Caster> {
    let mut casters = Vec::new();
    let mut n_vertices = 0;
    for instance in scene.mesh_instances(&scene.world_transforms()) {
        let primitives = scene.meshes[instance.mesh].primitives.iter().enumerate();
        for (i, primitive) in primitives.filter(|(_, p)| p.topology == Topology::Faces) {
            n_vertices += primitive.vertex_positions.len();
            if n_vertices > MAX_CASTING_VERTICES {
                return Vec::new();
            }
            let corners = primitive.triangle_corners().into_iter().flatten();
            let vertex = |corner: u32| primitive.faces.corner_vertices.get(corner as usize).copied();
            casters.push(Caster { instance, primitive: i, triangles: corners.filter_map(vertex).collect() });
        }
    }
    casters
}

/// World position that a block's vertices are relative to, near where its joints carry them, so that they
/// are small numbers however far the model walks.
fn origin(block: &MatrixBlock, scene: &Scene, transforms: &WorldTransforms) -> DVec3 {
    let center = block.center.as_dvec3();
    let carried = world_from_mesh(block, scene, transforms).map(|matrix| matrix.transform_point3(center));
    let (sum, n) =
        carried.filter(|p| p.is_finite()).fold((DVec3::ZERO, 0.0), |(sum, n), p| (sum + p, n + 1.0));
    if n > 0.0 { sum / n } else { DVec3::ZERO }
}

/// By way of each joint, or of the node where there are none.
fn world_from_mesh<'a>(
    block: &'a MatrixBlock,
    scene: &'a Scene,
    transforms: &'a WorldTransforms,
) -> impl Iterator<Item = DMat4> + 'a {
    let of_node = |node: usize| transforms.world_from_node.get(node).copied().unwrap_or_default();
    let skin = block.skin.and_then(|s| scene.skins.get(s));
    let joints = skin.into_iter().flat_map(|skin| skin.joints.iter().zip(&skin.inverse_bind_matrices));
    let by_joint = joints.map(move |(&joint, inverse)| of_node(joint) * inverse.as_dmat4());
    let rigid = skin.is_none().then(|| of_node(block.instance.node));
    by_joint.chain(rigid)
}

/// `object_from_mesh` of every block, in the order of `MatrixBlock::first_matrix`.
fn matrices(rig: &Rig, scene: &Scene, transforms: &WorldTransforms, origins: &[DVec3]) -> Vec<Mat4> {
    let mut all = Vec::with_capacity(rig.n_matrices as usize);
    for (block, origin) in rig.blocks.iter().zip(origins) {
        let Some(_) = block.skin else {
            all.push(Mat4::from_translation(-block.center));
            continue;
        };
        let of_node = transforms.world_from_node.get(block.instance.node).copied().unwrap_or_default();
        let object_from_world = DMat4::from_translation(-*origin);
        let by_joint = world_from_mesh(block, scene, transforms).chain([of_node]);
        all.extend(by_joint.map(|world_from_mesh| finite(object_from_world * world_from_mesh)));
    }
    all
}

/// What leads nowhere draws its vertices together in one point.
fn finite(matrix: DMat4) -> Mat4 {
    let matrix = matrix.as_mat4();
    if matrix.is_finite() { matrix } else { Mat4::ZERO }
}

/// A box in object space that holds every vertex however it is weighted: a weighted mean of places lies
/// between them. Morphs may reach beyond.
fn bent_box(boxes: &[(u32, [Vec3; 2])], block: &MatrixBlock, matrices: &[Mat4]) -> Option<[Vec3; 2]> {
    let corners = boxes.iter().flat_map(|(i, [low, high])| {
        let matrix = matrices.get((block.first_matrix + i) as usize).copied().unwrap_or_default();
        (0..8).map(move |c| {
            let pick = |bit: i32, low: f32, high: f32| if c >> bit & 1 == 1 { high } else { low };
            let corner = Vec3::new(pick(0, low.x, high.x), pick(1, low.y, high.y), pick(2, low.z, high.z));
            matrix.transform_point3(corner)
        })
    });
    corners.map(|p| [p, p]).reduce(|[low, high], [p, _]| [low.min(p), high.max(p)])
}
