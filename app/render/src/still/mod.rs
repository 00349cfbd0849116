//! Finished pictures and exact data of one view.

mod edges;
mod light;
mod occlusion;
mod readback;
mod resolve;
mod visible;

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use scene::NodeId;

use crate::backdrop;
use crate::cull::Rows;
use crate::draw::{self, Drawing, Surfaces};
use crate::draw_list::{DrawList, Fidelity};
use crate::ground::Ground;
use crate::see_through;
use crate::shadows::{Asked, Shadows};
use crate::targets::{ALBEDO, DEPTH, ID, LIT, NORMALS};
use crate::variant::Variant;
use crate::viewport::PictureUniform;
use crate::{Gpu, GpuScene, Look, ModeOptions, Pass, RenderError, Renderer, View, Walls};

use self::visible::Shown;
pub(crate) use edges::Edges;
pub(crate) use occlusion::{OcclusionLens, RADIUS as OCCLUSION_RADIUS};

pub(crate) use readback::StillTargets;
pub(crate) use resolve::{BACKGROUND_CENTER, BACKGROUND_RIM, picture_from_view};

#[derive(Clone, Debug, PartialEq)]
pub struct StillOptions {
    pub width_px: u32,
    pub height_px: u32,
    pub background: Background,
    /// Which pictures are wanted; the others stay `None`.
    pub passes: Vec<Pass>,
    /// Axes of the normals, in numbers and in colours.
    pub normals: Normals,
    pub look: Look,
    pub walls: Walls,
    pub modes: ModeOptions,
    /// Wants [`Still::light`] with the textured picture.
    pub wants_light: bool,
}

impl StillOptions {
    pub fn new(width_px: u32, height_px: u32, passes: &[Pass]) -> Self {
        Self {
            width_px,
            height_px,
            background: Background::Studio,
            passes: passes.to_vec(),
            normals: Normals::Camera,
            look: Look::default(),
            walls: Walls::default(),
            modes: ModeOptions::default(),
            wants_light: false,
        }
    }
}

/// What stands behind the model in the textured, albedo and wireframe pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Background {
    /// A soft grey gradient.
    #[default]
    Studio,
    /// Nothing: alpha tells where the model is. Straight alpha.
    Transparent,
    /// In the textured picture what lights it, where that is a picture, blurred from 0 (as sharp as there
    /// is) to 1; the others are before the gradient.
    Surroundings { blur: f32 },
}

/// The space of normals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normals {
    /// +X right, +Y up, +Z towards the camera.
    #[default]
    Camera,
    /// The scene's axes: +Y up.
    World,
    /// Blender's axes: +Z up.
    WorldZUp,
}

/// Pictures of one view. Rows run from top to bottom; every list holds width times height values.
///
/// Colours are averages of four samples a pixel. Depth, normal and id are those of one of the four,
/// the upper left, and never an average.
#[derive(Clone, Debug)]
pub struct Still {
    pub width_px: u32,
    pub height_px: u32,
    /// sRGB.
    pub textured: Option<RgbaImage>,
    /// The textured picture as linear light, exposed, without a tone curve and not cut off at white;
    /// red, green and blue premultiplied by alpha.
    pub light: Option<Vec<[f32; 4]>>,
    pub albedo: Option<RgbaImage>,
    pub wireframe: Option<RgbaImage>,
    /// Each component from -1..1 to 0..255; the background is 128 in all three.
    pub normal: Option<RgbImage>,
    /// `255 * (depth - near) / (far - near)` with the two distances of `depth_range`; background 255.
    pub depth: Option<GrayImage>,
    /// Black lines on white, anti-aliased.
    pub edge: Option<GrayImage>,
    /// The wanted passes that have no field of their own, sRGB, in the order of the options. Ids and
    /// what else is exact is one of the four samples; the others are averages.
    pub inspections: Vec<(Pass, RgbaImage)>,
    /// Distances in metres that the depth picture maps to black and white: those of the options, or
    /// else what is visible lies between them. `None` when nothing is visible.
    pub depth_range: Option<[f32; 2]>,
    /// Unit shading normals; zero where there is nothing.
    pub normals: Vec<[f32; 3]>,
    /// Distance along the line of sight in metres; infinite where there is nothing.
    pub depth_m: Vec<f32>,
    /// 0: nothing, otherwise the node's index + 1.
    pub ids: Vec<u32>,
}

impl Still {
    /// Where in its pixel, from the upper left corner, depth, normal and id are taken.
    pub const DATA_SAMPLE: [f64; 2] = [0.25; 2];

    /// The node seen at a pixel.
    pub fn node_at(&self, x_px: u32, y_px: u32) -> Option<NodeId> {
        if x_px >= self.width_px || y_px >= self.height_px {
            return None;
        }
        let id = self.ids.get(y_px as usize * self.width_px as usize + x_px as usize)?;
        id.checked_sub(1).map(|node| node as NodeId)
    }
}

impl Still {
    /// The picture of any pass that was asked for.
    pub fn picture(&self, pass: Pass) -> Option<DynamicImage> {
        match pass {
            Pass::Textured => self.textured.clone().map(Into::into),
            Pass::Albedo => self.albedo.clone().map(Into::into),
            Pass::Wireframe => self.wireframe.clone().map(Into::into),
            Pass::Normal => self.normal.clone().map(Into::into),
            Pass::Depth => self.depth.clone().map(Into::into),
            Pass::Edge => self.edge.clone().map(Into::into),
            _ => {
                let found = self.inspections.iter().find(|(found, _)| *found == pass);
                found.map(|(_, picture)| picture.clone().into())
            }
        }
    }
}

/// Samples a pixel along each side.
const SAMPLES: u32 = 2;

/// Draws one view and waits for the pictures. Callable on any thread, several at a time.
/// `view.aspect` is replaced by the size's.
///
/// # Errors
/// A picture size of zero or beyond the device, too little memory, a lost device.
pub fn render_still(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    view: &View,
    options: &StillOptions,
) -> Result<Still, RenderError> {
    let limit_px = gpu.device.limits().max_texture_dimension_2d / SAMPLES;
    let [width_px, height_px] = [options.width_px, options.height_px];
    if [width_px, height_px].iter().any(|side| !(1..=limit_px).contains(side)) {
        return Err(RenderError::PictureSize { width_px, height_px, limit_px });
    }
    let view = View { aspect: f64::from(width_px) / f64::from(height_px), ..*view };
    let samples = [width_px * SAMPLES, height_px * SAMPLES];
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let targets = renderer.take_targets(gpu, samples);
    if crate::gpu::ready(scope.pop()).is_some() {
        return Err(RenderError::OutOfMemory);
    }
    let mut targets = targets?;
    let wants = |pass: Pass| options.passes.contains(&pass);
    let mut still = shaded(gpu, renderer, scene, &view, options, &mut targets)?;
    if wants(Pass::Wireframe) {
        draw_into(gpu, renderer, scene, &view, (Surfaces::Wireframe, options), &mut targets)?;
        let read = targets.read(gpu, &[LIT])?;
        still.wireframe =
            Some(resolve::color(&read.bytes(LIT)?, samples, options.background, &resolve::Shade::NONE));
    }
    for &pass in options.passes.iter().filter(|pass| pass.inspection().is_some()) {
        let surfaces = Surfaces::of(pass, &options.modes);
        draw_into(gpu, renderer, scene, &view, (surfaces, options), &mut targets)?;
        still.inspections.push((pass, inspected(gpu, scene, &view, pass, options, &mut targets)?));
    }
    renderer.give_back(targets);
    if options.wants_light && wants(Pass::Textured) {
        still.light = Some(light::draw(gpu, renderer, scene, &view, options)?);
    }
    if gpu.is_lost() {
        return Err(RenderError::lost());
    }
    Ok(still)
}

/// How surfaces of the scene hide the sky from each other.
pub(crate) fn occlusion_lens(scene: &GpuScene, view: &View) -> OcclusionLens {
    OcclusionLens {
        radius: (OCCLUSION_RADIUS * scene.bounds().size().length()) as f32,
        half_width: view.half_extent()[0] as f32,
        is_orthographic: view.is_orthographic(),
    }
}

/// Puts what another view of the scene may show of its dense surfaces into the list's own indices.
/// `walls`: [`Walls::Kept`] when nothing is left out of it.
pub(crate) fn visible_triangles(
    list: &mut DrawList,
    gpu: &Gpu,
    (scene, view, walls): (&GpuScene, &View, Walls),
    size: [u32; 2],
) -> Result<(), RenderError> {
    visible::resolve(list, gpu, &Shown { scene, view, walls, surfaces: Surfaces::Materials, size })
}

fn draw_into(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    view: &View,
    (surfaces, options): (Surfaces, &StillOptions),
    targets: &mut StillTargets,
) -> Result<(), RenderError> {
    let variant = Variant::of(&options.look, scene);
    draw_variant(gpu, renderer, scene, view, (surfaces, variant, options), targets)
}

fn draw_variant(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    view: &View,
    (surfaces, variant, options): (Surfaces, Variant, &StillOptions),
    targets: &mut StillTargets,
) -> Result<(), RenderError> {
    let (look, walls) = (&options.look, options.walls);
    targets.bindings.write(gpu, renderer, scene, view, (look, walls))?;
    targets.bindings.set_grid(gpu, targets.size()[1], SAMPLES);
    let mut encoder =
        gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("still") });
    let mut list = DrawList::of(scene, view, surfaces, Rows::ALL, Fidelity::Full);
    visible::resolve(&mut list, gpu, &Shown { scene, view, walls, surfaces, size: targets.size() })?;
    let drawing = Drawing {
        gpu,
        renderer,
        scene,
        bindings: &targets.bindings,
        targets: &targets.targets,
        area: targets.size(),
        samples: SAMPLES,
        list: &list,
        variant,
        hides_backs: scene.room.hides_backs(walls),
    };
    draw::encode(&mut encoder, &drawing, surfaces);
    gpu.queue.submit([encoder.finish()]);
    if surfaces == Surfaces::Materials && scene.is_seen_through() {
        let picture = picture(gpu, renderer, scene, view, targets.size(), options);
        see_through::draw_exactly(&drawing, view, &picture)?;
    }
    Ok(())
}

/// The `Picture` uniform, for what glass shows of the background.
fn picture(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    view: &View,
    samples: [u32; 2],
    options: &StillOptions,
) -> wgpu::BindGroup {
    let size_px = samples.map(|side| side / SAMPLES);
    let behind = match options.background {
        Background::Surroundings { blur } => {
            let texture = backdrop::texture(gpu, size_px);
            backdrop::on_device(gpu, renderer, view, &options.look, blur, &texture).then_some(texture)
        }
        Background::Studio | Background::Transparent => None,
    };
    let mut uniform = PictureUniform::backdrop(scene, view, size_px, SAMPLES, options.background);
    if behind.is_some() {
        uniform.shows_surroundings();
    }
    let behind = behind.unwrap_or_else(|| backdrop::texture(gpu, [1, 1]));
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture"),
        size: size_of::<PictureUniform>() as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, bytemuck::bytes_of(&uniform));
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("picture"),
        layout: &renderer.layouts.picture,
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&behind) },
        ],
    })
}

/// The picture of an inspection that lies in the targets.
fn inspected(
    gpu: &Gpu,
    scene: &GpuScene,
    view: &View,
    pass: Pass,
    options: &StillOptions,
    targets: &mut StillTargets,
) -> Result<RgbaImage, RenderError> {
    let size = targets.size();
    if pass.is_lit() {
        let read = targets.read(gpu, &[LIT, NORMALS, DEPTH])?;
        let (normals, depths) = (read.bytes(NORMALS)?, read.bytes(DEPTH)?);
        let shadows = Shadows::new(scene, view, &options.look, options.walls);
        let field = occlusion::Field {
            size,
            depths: bytemuck::cast_slice(&depths),
            normals: bytemuck::cast_slice(&normals),
            shadows: Asked::new(&shadows, shadows.uniform(scene, view, &options.look)),
        };
        let sky = occlusion::light(&field, occlusion_lens(scene, view));
        let ground = Ground::new(view, &scene.floor);
        let floor = &scene.floor.darkness;
        let shade = resolve::Shade { sky: Some(&sky), surroundings: None, ground, floor };
        return Ok(resolve::color(&read.bytes(LIT)?, size, options.background, &shade));
    }
    let read = targets.read(gpu, &[LIT])?;
    let mut samples = read.bytes(LIT)?.to_vec();
    match pass {
        Pass::Overdraw => resolve::heat_layers(&mut samples, options.modes.overdraw.hottest),
        Pass::ObjectId | Pass::MaterialId => resolve::spread_first_sample(&mut samples, size),
        _ => {}
    }
    Ok(resolve::color(&samples, size, options.background, &resolve::Shade::NONE))
}

/// Everything that comes of the materials.
fn shaded(
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    view: &View,
    options: &StillOptions,
    targets: &mut StillTargets,
) -> Result<Still, RenderError> {
    let wants = |pass: Pass| options.passes.contains(&pass);
    let samples = targets.size();
    draw_into(gpu, renderer, scene, view, (Surfaces::Materials, options), targets)?;
    let mut wanted = vec![NORMALS, DEPTH, ID];
    wanted.extend(wants(Pass::Textured).then_some(LIT));
    wanted.extend(wants(Pass::Albedo).then_some(ALBEDO));
    let read = targets.read(gpu, &wanted)?;
    let color = |target: usize, shade: &resolve::Shade<'_>| -> Result<RgbaImage, RenderError> {
        Ok(resolve::color(&read.bytes(target)?, samples, options.background, shade))
    };
    let albedo = wants(Pass::Albedo).then(|| color(ALBEDO, &resolve::Shade::NONE)).transpose()?;
    let (normal_bytes, depth_bytes, id_bytes) = (read.bytes(NORMALS)?, read.bytes(DEPTH)?, read.bytes(ID)?);
    let encoded_normals: &[[u16; 4]] = bytemuck::cast_slice(&normal_bytes);
    let depth_samples: &[f32] = bytemuck::cast_slice(&depth_bytes);
    let id_samples: &[u32] = bytemuck::cast_slice(&id_bytes);
    let lit = || {
        let shadows = Shadows::new(scene, view, &options.look, options.walls);
        let field = occlusion::Field {
            size: samples,
            depths: depth_samples,
            normals: encoded_normals,
            shadows: Asked::new(&shadows, shadows.uniform(scene, view, &options.look)),
        };
        let sky = occlusion::light(&field, occlusion_lens(scene, view));
        let ground = Ground::new(view, &scene.floor);
        let surroundings = match options.background {
            Background::Surroundings { blur } => {
                let size_px = [options.width_px, options.height_px];
                backdrop::on_processor(view, &options.look, blur, size_px, options.look.tone_map)
            }
            Background::Studio | Background::Transparent => None,
        };
        let (surroundings, floor) = (surroundings.as_deref(), &scene.floor.darkness[..]);
        color(LIT, &resolve::Shade { sky: Some(&sky), surroundings, ground, floor })
    };
    let textured = wants(Pass::Textured).then(lit).transpose()?;
    let pixels = resolve::Pixels { samples };
    let depth_m = pixels.pick(depth_samples, |d| if d == 0.0 { f32::INFINITY } else { d });
    let ids = pixels.pick(id_samples, |id| scene.node_of(id).map_or(0, |node| node as u32 + 1));
    let normals =
        resolve::normals(&pixels, encoded_normals, id_samples, &picture_from_view(view, options.normals));
    let depth_range = options.modes.depth_range.or_else(|| resolve::depth_range(depth_samples));
    let edge = wants(Pass::Edge).then(|| {
        let lens = edges::Lens::of(view, samples[0]);
        edges::draw(
            &edges::Samples {
                size: samples,
                ids: id_samples,
                object_of_id: &scene.objects_of_ids.list,
                depths: depth_samples,
                normals: encoded_normals,
            },
            lens,
            &Edges::new(&options.modes.edges, SAMPLES),
        )
    });
    Ok(Still {
        width_px: options.width_px,
        height_px: options.height_px,
        textured,
        light: None,
        albedo,
        wireframe: None,
        normal: wants(Pass::Normal).then(|| resolve::normal_picture(&normals, options.width_px)),
        depth: wants(Pass::Depth).then(|| resolve::depth_picture(&depth_m, depth_range, options.width_px)),
        edge,
        inspections: Vec::new(),
        depth_range,
        normals,
        depth_m,
        ids,
    })
}
