//! From a [`Scene`] to a [`GpuScene`].

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use glam::{DMat4, DVec3};
use rayon::prelude::*;
use scene::{AlphaMode, Material, MeshInstance, NodeId, Primitive, Scene, Topology, WorldTransforms};

use super::arena::{self, Place};
use super::bindings::bind;
use super::casters::{Casters, Casting};
use super::dense::{self, DenseSurfaces};
use super::detail::DetailSlot;
use super::extensions::{self, Extensions};
use super::floor::Floor;
use super::geometry::Geometry;
use super::material::{clay, transmission};
use super::pose;
use super::rig::{Bent, Rig};
use super::room::Room;
use super::textures::Textures;
use super::{
    Cull, Draw, GpuScene, MaterialBindings, OBJECT_MIRRORED, ObjectsOfIds, Part, PartKind, Purpose, Shape,
    Stand, UploadOptions,
};
use crate::punctual;
use crate::variant::Variant;
use crate::{Gpu, RenderError, RenderWarning, Renderer, heat};

impl GpuScene {
    /// Decodes textures and copies everything to the device. May run on any thread while another
    /// one draws. Expects a validated scene.
    ///
    /// # Errors
    /// When the scene does not fit the device. Missing or broken textures are warnings.
    pub fn upload(
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &Scene,
        options: &UploadOptions,
    ) -> Result<(Self, Vec<RenderWarning>), RenderError> {
        if gpu.is_lost() {
            return Err(RenderError::lost());
        }
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let clay = clay();
        let materials: Vec<&Material> = scene.materials.iter().chain([&clay]).collect();
        let transforms = scene.world_transforms();
        let instances = scene.mesh_instances(&transforms);
        let ((textures, mut warnings), (mut geometries, bounds)) = rayon::join(
            || Textures::upload(gpu, scene, &materials, options),
            || {
                rayon::join(
                    || geometries(scene, &instances, &transforms, &materials, options),
                    || scene.bounds(),
                )
            },
        );
        warnings.append(&mut geometries.warnings);
        let keeps_dense = options.purpose == Purpose::Stills && gpu.is_software();
        let stays_here = |geometry: &Geometry| keeps_dense && dense::is_dense(geometry);
        let (arenas, places) = arena::fill(gpu, &geometries.list, stays_here)?;
        let rig = options.keeps_rig.then(|| rig(gpu, scene, &geometries, &places)).flatten();
        let (mut parts, node_of_id) = parts(&geometries, &places, &materials);
        // Parts that differ in their placing only come together and are drawn with one call.
        parts.sort_by_key(|p| (p.kind, p.material, p.arena, p.base_vertex, p.indices.start, p.id));
        let (lights, n_dark) = punctual::lights_of(scene, &transforms, &surfaces(&geometries));
        warnings.extend((n_dark > 0).then_some(RenderWarning::LightsLeftOut(n_dark)));
        let variant = Variant { has_lights: !lights.is_empty(), ..Variant::default() };
        let faces = parts.iter().filter(|p| p.kind.shape <= Shape::RichFaces);
        let n_triangles = faces.map(|p| p.indices.len() / 3).sum();
        let hides_nothing: Vec<bool> = materials.iter().map(|m| lets_through(m)).collect();
        let casting: Vec<Casting> = materials.iter().map(|m| casting(m)).collect();
        let refracts = parts.iter().any(|p| p.kind.is_blended && transmission(materials[p.material]) > 0.0);
        warnings.extend(left_out(gpu, &materials));
        let materials = bind(gpu, renderer, scene, &materials, &textures, options);
        let (opaque, blended) = draws(&parts);
        let partly_solid = partly_solid(&blended, &parts, &materials);
        let placed = geometries.placings.iter().map(|p| (&geometries.list[p.geometry], p.world_from_object));
        let (floor, room, casters) = {
            let shadow = || Floor::new(gpu, renderer, &bounds, placed.clone());
            let room = || Room::of(&bounds, placed.clone(), &hides_nothing);
            let shaders = || {
                for part in &parts {
                    renderer.pipelines.prepare(gpu, &renderer.layouts, part.kind, variant);
                }
            };
            let casters = || Arc::new(Casters::of(&bounds, placed.clone(), &casting));
            let (((), floor), (room, casters)) =
                rayon::join(|| rayon::join(shaders, shadow), || rayon::join(room, casters));
            (floor, room, casters)
        };
        let objects_of_ids = ObjectsOfIds::new(gpu, renderer, &node_of_id);
        let node_of_id = node_of_id.into();
        let (dense, detail) = if keeps_dense {
            (Some(DenseSurfaces::of(geometries.list, &places).into()), DetailSlot::default())
        } else {
            (None, DetailSlot::new(geometries.list, &places, options.stand_in_above()))
        };
        let made = Self {
            bounds,
            arenas,
            materials,
            parts,
            opaque,
            blended,
            partly_solid,
            refracts,
            node_of_id,
            objects_of_ids,
            n_triangles,
            floor,
            casters,
            rig,
            room,
            dense,
            detail: detail.into(),
            stamp: GpuScene::next_stamp(),
            lights: lights.into(),
        };
        if gpu.is_lost() {
            return Err(RenderError::lost());
        }
        match crate::gpu::ready(scope.pop()) {
            Some(_) => Err(RenderError::OutOfMemory),
            None => Ok((made, warnings)),
        }
    }
}

/// What is drawn, before it is on the device.
struct Geometries {
    list: Vec<Geometry>,
    placings: Vec<Placing>,
    /// Those that the device is going to bend.
    bent: Vec<BentGeometry>,
    warnings: Vec<RenderWarning>,
}

struct BentGeometry {
    geometry: usize,
    instance: MeshInstance,
    /// Of the instance's mesh.
    primitive: usize,
}

struct Placing {
    geometry: usize,
    node: NodeId,
    world_from_object: DMat4,
    is_mirrored: bool,
    stand: Stand,
}

/// One geometry for each primitive, and one for each instance that bends it.
fn geometries(
    scene: &Scene,
    instances: &[MeshInstance],
    transforms: &WorldTransforms,
    materials: &[&Material],
    options: &UploadOptions,
) -> Geometries {
    struct Source<'a> {
        mesh: usize,
        index: usize,
        primitive: &'a Primitive,
        bent_by: Option<MeshInstance>,
    }
    let mut sources: Vec<Source<'_>> = Vec::new();
    let mut shared = BTreeMap::new();
    // Source, node and the node's matrix.
    let mut placed: Vec<(usize, NodeId, DMat4)> = Vec::new();
    for instance in instances {
        for (p, primitive) in scene.meshes[instance.mesh].primitives.iter().enumerate() {
            let is_deformed = if options.keeps_rig {
                pose::is_deformable(scene, instance, primitive)
            } else {
                pose::is_deformed(scene, instance, primitive)
            };
            let mut add = |bent_by| {
                sources.push(Source { mesh: instance.mesh, index: p, primitive, bent_by });
                sources.len() - 1
            };
            let source = if is_deformed {
                add(Some(*instance))
            } else {
                *shared.entry((instance.mesh, p)).or_insert_with(|| add(None))
            };
            placed.push((source, instance.node, instance.world_from_mesh));
        }
    }
    let stand_in_above = options.stand_in_above();
    let mut made: Vec<(Geometry, Option<(DMat4, bool)>)> = sources
        .par_iter()
        .map(|source| {
            let needs_uvs = needs_uvs(source.primitive, materials, options);
            match &source.bent_by {
                None => (Geometry::of(source.primitive, needs_uvs, stand_in_above), None),
                Some(instance) => {
                    let posed = pose::deform(scene, instance, source.primitive, transforms);
                    let geometry = Geometry::of(&posed.primitive, needs_uvs, stand_in_above);
                    let is_kept = options.keeps_rig;
                    let geometry = if is_kept { geometry.with_sources(&posed.primitive) } else { geometry };
                    (geometry, Some((posed.world_from_object, posed.is_mirrored)))
                }
            }
        })
        .collect();
    if options.reduction > 0 {
        made.par_iter_mut().for_each(|(geometry, _)| geometry.reduce(options.reduction));
    }
    let warnings = sources.iter().zip(&made).filter(|(_, (g, _))| g.n_dropped_triangles > 0);
    let warnings = warnings.map(|(source, (geometry, _))| RenderWarning::NotFinite {
        mesh: scene.meshes[source.mesh].name.clone(),
        n_triangles: geometry.n_dropped_triangles,
    });
    let warnings = warnings.collect();
    let bent = sources.iter().zip(&made).enumerate().filter(|(_, (_, (g, _)))| !g.sources.is_empty());
    let bent: Vec<_> = bent
        .filter_map(|(geometry, (source, _))| {
            Some(BentGeometry { geometry, instance: source.bent_by?, primitive: source.index })
        })
        .collect();
    let placings = placed.into_iter().map(|(source, node, world_from_mesh)| {
        let (geometry, posed) = &made[source];
        let center = geometry.center.as_dvec3();
        let (from_centered, is_turned) = posed.unwrap_or((world_from_mesh, false));
        let world_from_object = from_centered * DMat4::from_translation(center);
        let is_mirrored = (glam::DMat3::from_mat4(world_from_object).determinant() < 0.0) != is_turned;
        let bend = bent.binary_search_by_key(&source, |b| b.geometry).ok();
        Placing {
            geometry: source,
            node,
            world_from_object,
            is_mirrored,
            stand: Stand { node, center, bend },
        }
    });
    let placings = placings.collect();
    Geometries { list: made.into_iter().map(|(geometry, _)| geometry).collect(), placings, bent, warnings }
}

fn rig(gpu: &Gpu, scene: &Scene, geometries: &Geometries, places: &[Place]) -> Option<Arc<Rig>> {
    let bent: Vec<_> = geometries
        .bent
        .iter()
        .map(|bent| Bent {
            instance: bent.instance,
            primitive: &scene.meshes[bent.instance.mesh].primitives[bent.primitive],
            geometry: &geometries.list[bent.geometry],
            place: places[bent.geometry],
        })
        .collect();
    Rig::new(gpu, scene, &bent).map(Arc::new)
}

/// Whether some run of the primitive needs UVs, and the primitive has them.
fn needs_uvs(primitive: &Primitive, materials: &[&Material], options: &UploadOptions) -> bool {
    let has_uvs = !primitive.uvs.is_empty();
    let needs =
        |material: &&Material| !Extensions::of(material).is_none() || (has_uvs && has_textures(material));
    let is_needed = || primitive.runs().iter().filter_map(|run| materials.get(run.material?)).any(needs);
    primitive.topology == Topology::Faces && ((has_uvs && options.all_uvs) || is_needed())
}

/// Textures that the device has no room for.
fn left_out(gpu: &Gpu, materials: &[&Material]) -> Vec<RenderWarning> {
    let n_slots = extensions::n_slots(&gpu.device.limits());
    let lost = materials.iter().filter_map(|material| {
        let mut slots = extensions::SLOTS[n_slots..].iter();
        let slot = slots.find(|slot| slot.texture_of(material).is_some())?;
        Some(RenderWarning::TextureLeftOut { material: material.name.clone(), slot: slot.name })
    });
    lost.collect()
}

/// Places of the surfaces with their normals, at most a few thousand over all of them.
fn surfaces(geometries: &Geometries) -> Vec<(DVec3, DVec3)> {
    const MAX_PLACES: usize = 4096;
    let n_vertices: usize =
        geometries.placings.iter().map(|p| geometries.list[p.geometry].vertices.len()).sum();
    let step = n_vertices.div_ceil(MAX_PLACES).max(1);
    let mut places = Vec::new();
    let mut skip = 0;
    for placing in &geometries.placings {
        let vertices = &geometries.list[placing.geometry].vertices;
        let world_from_object = &placing.world_from_object;
        let turned = glam::DMat3::from_mat4(*world_from_object);
        places.extend(vertices.iter().skip(skip).step_by(step).map(|vertex| {
            let normal = turned * glam::Vec3::from(vertex.unit_normal()).as_dvec3();
            let position = world_from_object.transform_point3(glam::Vec3::from(vertex.position).as_dvec3());
            (position, normal.normalize_or(DVec3::Y))
        }));
        skip = (skip + step - vertices.len() % step) % step;
    }
    places
}

pub(super) fn has_textures(material: &Material) -> bool {
    material.textures().next().is_some()
}

/// The parts in file order with the node of each id.
fn parts(geometries: &Geometries, places: &[Place], materials: &[&Material]) -> (Vec<Part>, Vec<NodeId>) {
    let default_material = materials.len() - 1;
    let mut id_of_pair = BTreeMap::new();
    let mut node_of_id = Vec::new();
    let mut parts = Vec::new();
    for placing in &geometries.placings {
        let geometry = &geometries.list[placing.geometry];
        let place = places[placing.geometry];
        let is_mirrored = placing.is_mirrored;
        for run in &geometry.runs {
            let material = run.material.filter(|&m| m < default_material).unwrap_or(default_material);
            let id = *id_of_pair.entry((placing.node, material)).or_insert_with(|| {
                node_of_id.push(placing.node);
                node_of_id.len() as u32
            });
            parts.push(Part {
                world_from_object: placing.world_from_object,
                center: placing.world_from_object.transform_point3(DVec3::ZERO),
                id,
                point_radius: geometry.point_radius,
                flags: geometry.flags | if is_mirrored { OBJECT_MIRRORED } else { 0 },
                tint: heat::packed(heat::id_color(placing.node)),
                arena: place.arena,
                indices: offset(&run.indices, place.first_index),
                bounds: geometry.bounds,
                coarse_indices: if geometry.coarse_indices.is_empty() {
                    offset(&run.indices, place.first_index)
                } else {
                    offset(&run.coarse, place.first_coarse_index)
                },
                base_vertex: place.base_vertex,
                material,
                kind: kind(geometry, materials[material], is_mirrored),
                stand: placing.stand,
            });
        }
    }
    (parts, node_of_id)
}

fn offset(range: &Range<u32>, by: u32) -> Range<u32> {
    range.start + by..range.end + by
}

fn kind(geometry: &Geometry, material: &Material, is_mirrored: bool) -> PartKind {
    let extensions = Extensions::of(material);
    let shape = match geometry.topology {
        Topology::Lines => Shape::Lines,
        Topology::Points => Shape::Points,
        Topology::Faces if !extensions.is_none() && !geometry.textured.is_empty() => Shape::RichFaces,
        Topology::Faces if has_textures(material) && !geometry.textured.is_empty() => Shape::TexturedFaces,
        Topology::Faces => Shape::PlainFaces,
    };
    let cull = match (material.double_sided, is_mirrored) {
        _ if geometry.topology != Topology::Faces => Cull::None,
        (true, _) => Cull::None,
        (false, false) => Cull::Back,
        (false, true) => Cull::Front,
    };
    let is_blended = lets_through(material) && geometry.topology == Topology::Faces;
    let extensions = if shape == Shape::RichFaces { extensions } else { Extensions::default() };
    PartKind { is_blended, shape, cull, extensions }
}

/// What is drawn without light is a picture, and throws no shadow.
fn casting(material: &Material) -> Casting {
    let is_no_body = lets_through(material) || material.unlit || is_lamp(material);
    match (is_no_body, material.double_sided) {
        (true, _) => Casting::LetsThrough,
        (false, true) => Casting::TwoSided,
        (false, false) => Casting::OneSided,
    }
}

/// What glows all over is where light comes from.
fn is_lamp(material: &Material) -> bool {
    material.emissive_texture.is_none() && material.emissive.max_element() >= 0.5
}

fn lets_through(material: &Material) -> bool {
    material.alpha_mode == AlphaMode::Blend || transmission(material) > 0.0
}

/// Draw calls over sorted parts: what hides all behind it, and what something is seen through.
pub(crate) fn draws(parts: &[Part]) -> (Vec<Draw>, Vec<Draw>) {
    let (mut opaque, mut blended): (Vec<Draw>, Vec<Draw>) = (Vec::new(), Vec::new());
    let mut last: Option<&Part> = None;
    for (i, part) in (0..).zip(parts) {
        let draws = if part.kind.is_blended { &mut blended } else { &mut opaque };
        let is_same = last.is_some_and(|last| {
            last.kind == part.kind
                && last.material == part.material
                && last.arena == part.arena
                && last.base_vertex == part.base_vertex
                && last.indices == part.indices
        });
        match draws.last_mut() {
            Some(draw) if is_same => draw.objects.end += 1,
            _ => draws.push(Draw { objects: i..i + 1 }),
        }
        last = Some(part);
    }
    (opaque, blended)
}

/// Those of the blended draw calls that may hide somewhere all that is behind them.
pub(crate) fn partly_solid(blended: &[Draw], parts: &[Part], materials: &[MaterialBindings]) -> Vec<Draw> {
    let is_partly_solid = |draw: &&Draw| {
        let part = parts.get(draw.objects.start as usize);
        part.and_then(|p| materials.get(p.material)).is_some_and(|m| m.may_be_solid)
    };
    blended.iter().filter(is_partly_solid).cloned().collect()
}
