//! From the targets to the viewport's picture, on the device.

use std::sync::OnceLock;

use super::outline::Outline;
use super::shadow_maps::ShadowMaps;
use crate::cull::Rows;
use crate::ground::Ground;
use crate::pipelines::{MARK_FORMAT, PICTURE_FORMAT};
use crate::still::{BACKGROUND_CENTER, BACKGROUND_RIM, Edges, occlusion_lens, picture_from_view};
use crate::targets::{ALBEDO, DEPTH, ID, LIT, NORMALS, Targets};
use crate::{
    Background, Behind, FrameOptions, Gpu, GpuScene, Pass, Quality, Renderer, Surroundings, View, backdrop,
};

/// Twin of `Picture` in shaders/common/picture.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct PictureUniform {
    pub normal_x: [f32; 4],
    pub normal_y: [f32; 4],
    pub normal_z: [f32; 4],
    pub background_center: [f32; 4],
    pub background_rim: [f32; 4],
    pub size: [f32; 2],
    pub samples: u32,
    pub is_orthographic: u32,
    pub near: f32,
    pub far: f32,
    pub sample_size: f32,
    pub occlusion_radius: f32,
    pub ground: Ground,
    pub edges: Edges,
    pub overdraw_hottest: f32,
    pub pad_0: u32,
    pub pad_1: u32,
    pub pad_2: u32,
}

impl PictureUniform {
    /// What is behind is a picture of surroundings.
    pub(crate) fn shows_surroundings(&mut self) {
        self.background_rim[3] = SURROUNDINGS;
    }

    /// For what is seen of the background through glass in a picture of `size_px`.
    pub(crate) fn backdrop(
        scene: &GpuScene,
        view: &View,
        size_px: [u32; 2],
        samples: u32,
        background: Background,
    ) -> Self {
        let alpha = if background == Background::Transparent { 0.0 } else { 1.0 };
        Self {
            background_center: BACKGROUND_CENTER.extend(alpha).into(),
            background_rim: BACKGROUND_RIM.extend(alpha).into(),
            size: size_px.map(|side| side as f32),
            samples,
            ground: Ground::new(view, &scene.floor),
            ..bytemuck::Zeroable::zeroed()
        }
    }
}

/// How much of the passes from targets to picture is drawn.
#[derive(Clone, Copy)]
pub(super) enum PostStep {
    All,
    /// Some rows of one of them; what is in the others stays.
    Rows {
        pass: usize,
        rows: Rows,
    },
}

pub(super) struct Post {
    pub picture: wgpu::TextureView,
    marks: wgpu::TextureView,
    uniform: wgpu::Buffer,
    uniform_group: wgpu::BindGroup,
    /// Made when surroundings are first shown: their picture, and the group with it.
    surroundings: OnceLock<(wgpu::TextureView, wgpu::BindGroup)>,
    occlusion: wgpu::TextureView,
    /// The lit colour, before and after the occlusion is known.
    unoccluded: wgpu::BindGroup,
    lit: wgpu::BindGroup,
    albedo: wgpu::BindGroup,
    marked: wgpu::BindGroup,
    outline: Outline,
    shadow_maps: ShadowMaps,
}

impl Post {
    pub(super) fn new(gpu: &Gpu, renderer: &Renderer, targets: &Targets, size_px: [u32; 2]) -> Self {
        let view = |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let picture = view(&picture_texture(gpu, size_px));
        let marks = view(&texture(gpu, "edge marks", targets.size, MARK_FORMAT));
        let uniform = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
            size: size_of::<PictureUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let uniform_group = uniform_group(gpu, renderer, &uniform, &backdrop::texture(gpu, [1, 1]));
        let occlusion = view(&texture(gpu, "occlusion", size_px, MARK_FORMAT));
        let shadow_maps = ShadowMaps::new(gpu);
        let bind = |color: &wgpu::TextureView, occlusion: &wgpu::TextureView| {
            let data = [&targets.views[NORMALS], &targets.views[DEPTH], &targets.views[ID]];
            let views = [color, data[0], data[1], data[2], occlusion, &shadow_maps.view];
            let resources = views.map(wgpu::BindingResource::TextureView);
            let resources = resources.into_iter().chain([shadow_maps.uniform.as_entire_binding()]);
            let entries = (0..).zip(resources);
            let entries: Vec<_> =
                entries.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("pictures"),
                layout: &renderer.layouts.pictures,
                entries: &entries,
            })
        };
        let lit_color = &targets.views[LIT];
        // What a pass draws into must not be bound in it.
        let unoccluded = bind(lit_color, lit_color);
        let lit = bind(lit_color, &occlusion);
        let albedo = bind(&targets.views[ALBEDO], &occlusion);
        let marked = bind(&marks, &occlusion);
        let outline = Outline::new(gpu, size_px, bind);
        Self {
            picture,
            marks,
            uniform,
            uniform_group,
            surroundings: OnceLock::new(),
            occlusion,
            unoccluded,
            lit,
            albedo,
            marked,
            outline,
            shadow_maps,
        }
    }

    /// The `Picture` uniform.
    pub(super) fn picture_group(&self) -> &wgpu::BindGroup {
        self.surroundings.get().map_or(&self.uniform_group, |(_, group)| group)
    }

    /// Draws the surroundings where they are to be seen; false where there are none.
    fn draw_surroundings(&self, gpu: &Gpu, renderer: &Renderer, view: &View, frame: &FrameOptions) -> bool {
        let Behind::Surroundings { blur } = frame.scenery.behind else { return false };
        if frame.pass != Pass::Textured || !matches!(frame.look.surroundings, Surroundings::Picture(_)) {
            return false;
        }
        let (texture, _) = self.surroundings.get_or_init(|| {
            let texture = backdrop::texture(gpu, frame.size_px);
            let group = uniform_group(gpu, renderer, &self.uniform, &texture);
            (texture, group)
        });
        backdrop::on_device(gpu, renderer, view, &frame.look, blur, texture)
    }

    pub(super) fn write(
        &self,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        view: &View,
        frame: &FrameOptions,
        samples: u32,
    ) {
        let normals = picture_from_view(view, frame.normals);
        let [normal_x, normal_y, normal_z] =
            [normals.x_axis, normals.y_axis, normals.z_axis].map(|axis| axis.extend(0.0).into());
        let [near, far] = frame.modes.depth_range.unwrap_or([view.near as f32, view.far as f32]);
        let [background_center, background_rim] = background(&frame.scenery.behind);
        let mut uniform = PictureUniform {
            normal_x,
            normal_y,
            normal_z,
            background_center,
            background_rim,
            size: frame.size_px.map(|side| side as f32),
            samples,
            is_orthographic: u32::from(view.is_orthographic()),
            near,
            far,
            sample_size: view.sample_size(frame.size_px[0] * samples),
            occlusion_radius: if has_occlusion(gpu, frame) {
                occlusion_lens(scene, view).radius
            } else {
                0.0
            },
            ground: if frame.scenery.has_shadow { Ground::new(view, &scene.floor) } else { Ground::NONE },
            edges: Edges::new(&frame.modes.edges, samples),
            overdraw_hottest: frame.modes.overdraw.hottest,
            pad_0: 0,
            pad_1: 0,
            pad_2: 0,
        };
        if self.draw_surroundings(gpu, renderer, view, frame) {
            uniform.shows_surroundings();
        }
        gpu.queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
        if has_occlusion(gpu, frame) {
            self.shadow_maps.write(gpu, scene, view, frame);
        }
    }

    /// Returns how many passes there are.
    pub(super) fn encode(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &GpuScene,
        frame: &FrameOptions,
        which: PostStep,
    ) -> usize {
        let pipelines = renderer.pipelines.post(gpu, &renderer.layouts);
        let mut n_passes = 0;
        let mut draw_with = |target, pipeline, pictures, ids, keeps: bool| {
            let rows = match which {
                PostStep::All => Some(keeps.then_some(Rows::ALL)),
                PostStep::Rows { pass, rows } => (pass == n_passes).then_some(Some(rows)),
            };
            if let Some(rows) = rows {
                self.draw(encoder, target, pipeline, (scene, ids), pictures, rows);
            }
            n_passes += 1;
        };
        let mut draw = |target, pipeline, pictures| {
            draw_with(target, pipeline, pictures, &scene.objects_of_ids.group, false);
        };
        match frame.pass {
            Pass::Textured | Pass::Clay => {
                if has_occlusion(gpu, frame) {
                    draw(&self.occlusion, &pipelines.occlusion, &self.unoccluded);
                }
                draw(&self.picture, &pipelines.lit, &self.lit);
            }
            Pass::Wireframe
            | Pass::UvChecker
            | Pass::VertexColor
            | Pass::Roughness
            | Pass::Metallic
            | Pass::Occlusion
            | Pass::ObjectId
            | Pass::MaterialId
            | Pass::FaceOrientation
            | Pass::TexelDensity => draw(&self.picture, &pipelines.color, &self.lit),
            Pass::Overdraw => draw(&self.picture, &pipelines.overdraw, &self.lit),
            Pass::Albedo => draw(&self.picture, &pipelines.color, &self.albedo),
            Pass::Normal => draw(&self.picture, &pipelines.normal, &self.lit),
            Pass::Depth => draw(&self.picture, &pipelines.depth, &self.lit),
            Pass::Edge => {
                draw(&self.marks, &pipelines.edge_mark, &self.lit);
                draw(&self.picture, &pipelines.edge, &self.marked);
            }
        }
        if let Some(selected) = self.outline.selected(gpu, renderer, scene, &frame.outlined) {
            let Outline { coverage, covered, .. } = &self.outline;
            draw_with(coverage, &pipelines.outline_mark, &self.lit, &selected, false);
            draw_with(&self.picture, &pipelines.outline, covered, &selected, true);
        }
        n_passes
    }

    fn draw(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::TextureView,
        pipeline: &wgpu::RenderPipeline,
        (scene, ids): (&GpuScene, &wgpu::BindGroup),
        pictures: &wgpu::BindGroup,
        rows: Option<Rows>,
    ) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("picture"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: match rows {
                        None => wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        Some(_) => wgpu::LoadOp::Load,
                    },
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        if let Some(rows) = rows {
            let size = target.texture().size();
            let [top, bottom] =
                [rows.top, rows.bottom].map(|part| (part * f64::from(size.height)).round() as u32);
            pass.set_scissor_rect(0, top, size.width, bottom.saturating_sub(top));
        }
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, self.picture_group(), &[]);
        pass.set_bind_group(1, &scene.floor.group, &[]);
        pass.set_bind_group(2, ids, &[]);
        pass.set_bind_group(3, pictures, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// A processor that draws has no time for it while the camera moves.
fn has_occlusion(gpu: &Gpu, frame: &FrameOptions) -> bool {
    let is_wanted = frame.scenery.has_occlusion && frame.pass.is_lit();
    is_wanted && (frame.quality == Quality::Still || !gpu.is_software())
}

/// Middle and rim of what stands behind the model.
fn background(behind: &Behind) -> [[f32; 4]; 2] {
    const DARK_SQUARE: glam::Vec3 = glam::Vec3::splat(0.075);
    const LIGHT_SQUARE: glam::Vec3 = glam::Vec3::splat(0.115);
    match *behind {
        Behind::Studio | Behind::Surroundings { .. } => {
            [BACKGROUND_CENTER.extend(1.0).into(), BACKGROUND_RIM.extend(1.0).into()]
        }
        Behind::Plain([r, g, b]) => [[r, g, b, 1.0]; 2],
        Behind::Checker => [LIGHT_SQUARE.extend(1.0).into(), DARK_SQUARE.extend(IN_SQUARES).into()],
    }
}

/// Twins of the numbers in shaders/common/picture.wgsl.
const IN_SQUARES: f32 = 2.0;
const SURROUNDINGS: f32 = 3.0;

fn uniform_group(
    gpu: &Gpu,
    renderer: &Renderer,
    uniform: &wgpu::Buffer,
    behind: &wgpu::TextureView,
) -> wgpu::BindGroup {
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("picture"),
        layout: &renderer.layouts.picture,
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(behind) },
        ],
    })
}

pub(super) fn picture_texture(gpu: &Gpu, size_px: [u32; 2]) -> wgpu::Texture {
    texture(gpu, "viewport picture", size_px, PICTURE_FORMAT)
}

pub(super) fn texture(
    gpu: &Gpu,
    label: &'static str,
    size: [u32; 2],
    format: wgpu::TextureFormat,
) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}
