//! Shadows of the file's own lamps: what a lamp sees is lit (Williams, "Casting Curved Shadows on Curved
//! Surfaces", 1978). Maps of depth are drawn from the brightest lamps, anew when the scene or its pose
//! changes or other walls are cut, and read with taps around a place (Reeves, Salesin and Cook,
//! "Rendering Antialiased Shadows with Depth Maps", 1987).

mod pipelines;
mod seats;

use glam::DVec4;

use crate::cull::Rows;
use crate::draw::Surfaces;
use crate::draw_list::{DrawList, Fidelity, IndexSource};
use crate::gpu_scene::{Cull, GpuScene, OBJECT_MIRRORED, Shape};
use crate::still::visible_triangles;
use crate::targets::{DEPTH_FORMAT, FrameBindings};
use crate::{Gpu, Look, RenderError, Renderer, View, Walls};

pub(crate) use pipelines::{CasterKind, LampPipelines};
pub(crate) use seats::{MAX_MAPS, Seat, Seats};

pub(crate) struct LampShadows {
    /// The depths of all maps, one after the other; little where nothing throws shadows.
    pub depths: wgpu::Buffer,
    made: Option<Made>,
    /// For the lamps' own views.
    bindings: Option<Box<FrameBindings>>,
}

struct Made {
    key: Key,
    seats: Seats,
}

/// What the maps depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    stamp: u64,
    cuts: [Option<DVec4>; 3],
    hides_backs: bool,
}

impl Key {
    /// Whether what is left out of the picture may hide something from a lamp.
    fn walls(&self) -> Walls {
        let is_whole = !self.hides_backs && self.cuts.iter().all(Option::is_none);
        if is_whole { Walls::Kept } else { Walls::CutAway }
    }
}

impl LampShadows {
    pub(crate) fn new(gpu: &Gpu) -> Self {
        Self { depths: depths(gpu, 4), made: None, bindings: None }
    }

    /// Draws the maps where they are not those of the scene, and tells which lamp has which of them.
    ///
    /// # Errors
    /// More objects or triangles than the device can hold.
    pub(crate) fn write(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        (look, walls): (&Look, Walls),
    ) -> Result<&Seats, RenderError> {
        let key = Key {
            stamp: scene.stamp,
            cuts: scene.room.cuts(view, walls),
            hides_backs: scene.room.hides_backs(walls),
        };
        let made = match self.made.take().filter(|made| made.key == key) {
            Some(made) => made,
            None => {
                let seats = Seats::of(&scene.lights, &scene.bounds(), scene.n_triangles(), gpu.is_software());
                self.draw(gpu, renderer, scene, look, &key, &seats)?;
                Made { key, seats }
            }
        };
        Ok(&self.made.insert(made).seats)
    }

    fn draw(
        &mut self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        look: &Look,
        key: &Key,
        seats: &Seats,
    ) -> Result<(), RenderError> {
        let n_maps = seats.views.len();
        if n_maps == 0 {
            return Ok(());
        }
        let side_px = seats.side_px();
        let map_n_bytes = 4 * u64::from(side_px) * u64::from(side_px);
        self.depths = depths(gpu, map_n_bytes * n_maps as u64);
        let target = target(gpu, side_px);
        let bindings = self.bindings.get_or_insert_with(|| Box::new(FrameBindings::new(gpu, renderer)));
        for (map, view) in (0_u64..).zip(&seats.views) {
            bindings.write_place(gpu, renderer, scene, view, look, &key.cuts)?;
            let mut list = DrawList::of(scene, view, Surfaces::Materials, Rows::ALL, Fidelity::Full);
            visible_triangles(&mut list, gpu, (scene, view, key.walls()), [side_px; 2])?;
            let mut encoder =
                gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("lamp") });
            encode(&mut encoder, &target, (gpu, renderer, scene), bindings, &list, key);
            let layout = wgpu::TexelCopyBufferLayout {
                offset: map * map_n_bytes,
                bytes_per_row: Some(4 * side_px),
                rows_per_image: None,
            };
            let map = wgpu::TexelCopyBufferInfo { buffer: &self.depths, layout };
            encoder.copy_texture_to_buffer(target.as_image_copy(), map, target.size());
            gpu.queue.submit([encoder.finish()]);
        }
        Ok(())
    }
}

/// What a lamp sees of the scene's solid surfaces.
fn encode(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::Texture,
    (gpu, renderer, scene): (&Gpu, &Renderer, &GpuScene),
    bindings: &FrameBindings,
    list: &DrawList,
    key: &Key,
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("lamp"),
        color_attachments: &[],
        depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
            view: &target.create_view(&wgpu::TextureViewDescriptor::default()),
            depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(0.0), store: wgpu::StoreOp::Store }),
            stencil_ops: None,
        }),
        ..Default::default()
    });
    pass.set_bind_group(0, &bindings.frame_group, &[]);
    pass.set_bind_group(2, &bindings.objects_group, &[]);
    let is_cut = key.cuts.iter().any(Option::is_some);
    for call in &list.solid {
        let Some(part) = scene.parts.get(call.objects.start as usize) else { continue };
        let (Some(arena), Some(material)) =
            (scene.arenas.get(part.arena), scene.materials.get(part.material))
        else {
            continue;
        };
        let indices = match call.source {
            IndexSource::Own => list.own.as_ref().map(|own| &own.indices),
            source => scene.index_buffers(part.arena, source).map(|(indices, _)| indices),
        };
        let Some(indices) = indices.filter(|_| part.kind.shape <= Shape::RichFaces) else { continue };
        let cull = match (key.hides_backs, part.flags & OBJECT_MIRRORED != 0) {
            (false, _) => Cull::None,
            (true, false) => Cull::Back,
            (true, true) => Cull::Front,
        };
        let textured = material.textured.as_ref().zip(arena.textured.as_ref()).filter(|_| !material.is_solid);
        let kind = match (&textured, material.is_solid && !is_cut) {
            (Some(_), _) => CasterKind::Textured,
            (None, true) => CasterKind::Solid,
            (None, false) => CasterKind::Plain,
        };
        pass.set_pipeline(&renderer.pipelines.lamps.pipeline(gpu, &renderer.layouts, kind, cull));
        pass.set_vertex_buffer(0, arena.vertices.slice(..));
        match textured {
            Some((material, uvs)) => {
                pass.set_bind_group(1, material, &[]);
                pass.set_vertex_buffer(1, uvs.slice(..));
            }
            None => pass.set_bind_group(1, &material.plain, &[]),
        }
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(call.indices.clone(), part.base_vertex as i32, call.objects.clone());
    }
}

fn depths(gpu: &Gpu, n_bytes: u64) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("lamp maps"),
        size: n_bytes,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Where one map after the other is drawn.
fn target(gpu: &Gpu, side_px: u32) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("lamp map"),
        size: wgpu::Extent3d { width: side_px, height: side_px, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: DEPTH_FORMAT,
        usage: wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    })
}
