//! The geometry pass: everything of a scene into all targets at once.

use std::collections::BTreeMap;

use crate::draw_list::{Call, DrawList, IndexSource};
use crate::gpu_scene::{Arena, Cull, GpuScene, MaterialBindings, OBJECT_MIRRORED, Part, PartKind, Shape};
use crate::inspection::{Inspection, InspectionUniform};
use crate::pipelines::Write;
use crate::targets::{FrameBindings, Targets};
use crate::variant::Variant;
use crate::{Gpu, ModeOptions, Pass, Renderer};

/// What the geometry pass shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Surfaces {
    Materials,
    Wireframe,
    Inspection(Inspection, InspectionUniform),
}

impl Surfaces {
    pub(crate) fn of(pass: Pass, options: &ModeOptions) -> Self {
        match pass.inspection() {
            Some(inspection) => Self::Inspection(inspection, InspectionUniform::new(inspection, options)),
            None if pass == Pass::Wireframe => Self::Wireframe,
            None => Self::Materials,
        }
    }

    /// Whether the calls of a picture run through several states that must not mix.
    pub(crate) fn is_in_one_go(&self) -> bool {
        matches!(self, Self::Inspection(inspection, _) if inspection.writes().len() > 1)
    }
}

/// What one geometry pass draws: all of a list, or a step on the way.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub calls: &'a [Call],
    /// Rows of samples of the targets that are drawn, from the top.
    pub rows: [u32; 2],
    /// Nothing was drawn before; else what is there stays.
    pub is_first: bool,
    /// Nothing will be drawn after it; the depth buffer may go.
    pub is_last: bool,
}

/// What drawing a scene takes. `bindings` were written for the same view.
#[derive(Clone, Copy)]
pub(crate) struct Drawing<'a> {
    pub gpu: &'a Gpu,
    pub renderer: &'a Renderer,
    pub scene: &'a GpuScene,
    pub bindings: &'a FrameBindings,
    pub targets: &'a Targets,
    /// Upper left part of the targets that is drawn, in samples.
    pub area: [u32; 2],
    /// Of a pixel along each side.
    pub samples: u32,
    /// Made for the same surfaces.
    pub list: &'a DrawList,
    pub variant: Variant,
    /// Faces seen from behind are left out.
    pub hides_backs: bool,
}

/// Draws all surfaces that nothing is seen through; [`crate::see_through`] goes on from there.
pub(crate) fn encode(encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>, surfaces: Surfaces) {
    let keeps_depth = surfaces == Surfaces::Materials && drawing.scene.is_seen_through();
    let step = Step {
        calls: &drawing.list.solid,
        rows: [0, drawing.area[1]],
        is_first: true,
        is_last: !keeps_depth,
    };
    encode_step(encoder, drawing, surfaces, step);
}

pub(crate) fn encode_step(
    encoder: &mut wgpu::CommandEncoder,
    drawing: &Drawing<'_>,
    surfaces: Surfaces,
    step: Step<'_>,
) {
    let (colors, depth) = if step.is_first {
        (wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT), wgpu::LoadOp::Clear(0.0))
    } else {
        (wgpu::LoadOp::Load, wgpu::LoadOp::Load)
    };
    let store = if step.is_last { wgpu::StoreOp::Discard } else { wgpu::StoreOp::Store };
    let mut pass = begin(encoder, drawing, colors, wgpu::Operations { load: depth, store });
    let [top, bottom] = step.rows;
    pass.set_scissor_rect(0, top, drawing.area[0], bottom.saturating_sub(top));
    match surfaces {
        Surfaces::Materials => drawing.calls(&mut pass, step.calls, Write::Everything),
        Surfaces::Wireframe => drawing.wireframe(&mut pass, step.calls),
        Surfaces::Inspection(inspection, uniform) => {
            drawing.inspection(&mut pass, step.calls, inspection, &uniform);
        }
    }
}

/// Distance, normals and ids of what is seen through.
pub(crate) fn encode_data(encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>) {
    let load = wgpu::LoadOp::Load;
    let depth = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Discard };
    let mut pass = begin(encoder, drawing, load, depth);
    drawing.calls(&mut pass, &drawing.list.seen_through, Write::BlendedData);
}

/// Draws what is seen through into a pass over layers; `group` tells which fragments.
pub(crate) fn layers(
    pass: &mut wgpu::RenderPass<'_>,
    drawing: &Drawing<'_>,
    write: Write,
    group: &wgpu::BindGroup,
) {
    drawing.set_up(pass);
    pass.set_bind_group(3, group, &[]);
    drawing.calls(pass, &drawing.list.seen_through, write);
}

fn begin<'e>(
    encoder: &'e mut wgpu::CommandEncoder,
    drawing: &Drawing<'_>,
    load: wgpu::LoadOp<wgpu::Color>,
    depth_ops: wgpu::Operations<f32>,
) -> wgpu::RenderPass<'e> {
    let targets = drawing.targets;
    let color_attachments: [_; 5] = std::array::from_fn(|i| {
        let ops = wgpu::Operations { load, store: wgpu::StoreOp::Store };
        let view = &targets.views[i];
        Some(wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops })
    });
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("geometry"),
        color_attachments: &color_attachments,
        depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
            view: &targets.depth_buffer,
            depth_ops: Some(depth_ops),
            stencil_ops: None,
        }),
        ..Default::default()
    });
    drawing.set_up(&mut pass);
    pass
}

/// What a call draws with.
struct Bound<'a> {
    part: &'a Part,
    arena: &'a Arena,
    material: &'a MaterialBindings,
    indices: &'a wgpu::Buffer,
}

impl Drawing<'_> {
    fn set_up(&self, pass: &mut wgpu::RenderPass<'_>) {
        let [width, height] = self.area;
        pass.set_viewport(0.0, 0.0, width as f32, height as f32, 0.0, 1.0);
        pass.set_scissor_rect(0, 0, width, height);
        pass.set_bind_group(0, &self.bindings.frame_group, &[]);
    }

    fn calls(&self, pass: &mut wgpu::RenderPass<'_>, calls: &[Call], write: Write) {
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
        for call in calls {
            self.call(pass, call, write);
        }
    }

    /// Indices and edge flags.
    fn index_buffers(&self, part: &Part, call: &Call) -> Option<(&wgpu::Buffer, &wgpu::Buffer)> {
        match call.source {
            IndexSource::Own => self.list.own.as_ref().map(|own| (&own.indices, &own.edge_flags)),
            source => self.scene.index_buffers(part.arena, source),
        }
    }

    fn wireframe_group(&self, part: &Part, call: &Call) -> Option<wgpu::BindGroup> {
        let arena = self.scene.arenas.get(part.arena)?;
        let indices = self.index_buffers(part, call)?;
        self.bindings.wireframe_group(self.gpu, self.renderer, arena, indices)
    }

    fn bound(&self, call: &Call) -> Option<Bound<'_>> {
        let part = self.scene.parts.get(call.objects.start as usize)?;
        let (indices, _) = self.index_buffers(part, call)?;
        Some(Bound {
            part,
            arena: self.scene.arenas.get(part.arena)?,
            material: self.scene.materials.get(part.material)?,
            indices,
        })
    }

    fn call(&self, pass: &mut wgpu::RenderPass<'_>, call: &Call, write: Write) {
        let Some(Bound { part, arena, material, indices }) = self.bound(call) else { return };
        let Renderer { pipelines, layouts, .. } = self.renderer;
        if matches!(part.kind.shape, Shape::Lines | Shape::Points)
            && let Some(group) = self.wireframe_group(part, call)
        {
            pass.set_bind_group(1, &material.plain, &[]);
            self.thin(pass, call, part.kind.shape, &group);
            return;
        }
        pass.set_pipeline(&pipelines.geometry(self.gpu, layouts, self.kind(part), write, self.variant));
        pass.set_vertex_buffer(0, arena.vertices.slice(..));
        let group = match part.kind.shape {
            Shape::TexturedFaces => &material.textured,
            Shape::RichFaces => &material.rich,
            _ => &None,
        };
        match (group, &arena.textured) {
            (Some(material), Some(textured)) => {
                pass.set_bind_group(1, material, &[]);
                pass.set_vertex_buffer(1, textured.slice(..));
            }
            _ => pass.set_bind_group(1, &material.plain, &[]),
        }
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(call.indices.clone(), part.base_vertex as i32, call.objects.clone());
    }

    /// Points and lines as faces towards the eye.
    fn thin(&self, pass: &mut wgpu::RenderPass<'_>, call: &Call, shape: Shape, group: &wgpu::BindGroup) {
        let Renderer { pipelines, layouts, .. } = self.renderer;
        pass.set_pipeline(&pipelines.thin.pipeline(self.gpu, layouts, shape, self.variant));
        self.bands_and_discs(pass, call, group);
    }

    fn bands_and_discs(&self, pass: &mut wgpu::RenderPass<'_>, call: &Call, group: &wgpu::BindGroup) {
        pass.set_bind_group(2, group, &[]);
        // Three corners for one index of a point, six for two of a line.
        pass.draw(3 * call.indices.start..3 * call.indices.end, call.objects.clone());
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
    }

    fn kind(&self, part: &Part) -> PartKind {
        let is_two_sided = part.kind.cull == Cull::None && part.kind.shape <= Shape::RichFaces;
        match (self.hides_backs && is_two_sided, part.flags & OBJECT_MIRRORED != 0) {
            (false, _) => part.kind,
            (true, false) => PartKind { cull: Cull::Back, ..part.kind },
            (true, true) => PartKind { cull: Cull::Front, ..part.kind },
        }
    }

    /// Blended or not, every surface is drawn as solid.
    fn inspection(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        calls: &[Call],
        inspection: Inspection,
        uniform: &InspectionUniform,
    ) {
        let Renderer { pipelines, layouts, .. } = self.renderer;
        let options = pipelines.inspections.bind(self.gpu, layouts, uniform);
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
        pass.set_bind_group(3, &options, &[]);
        for &write in inspection.writes() {
            for call in calls {
                self.inspected(pass, call, (inspection, write));
            }
        }
    }

    fn inspected(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        call: &Call,
        (inspection, write): (Inspection, Write),
    ) {
        let Some(Bound { part, arena, material, indices }) = self.bound(call) else { return };
        let Renderer { pipelines, layouts, .. } = self.renderer;
        // A side that is culled cannot be seen to be the wrong one.
        let kind = match inspection {
            Inspection::FaceOrientation if !self.hides_backs => PartKind { cull: Cull::None, ..part.kind },
            _ => self.kind(part),
        };
        let uvs = material.textured.as_ref().zip(arena.textured.as_ref());
        let (pipeline, shape) = pipelines.inspections.pipeline(self.gpu, layouts, write, kind, uvs.is_some());
        if matches!(shape, Shape::Lines | Shape::Points) {
            if let Some(group) = self.wireframe_group(part, call) {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(1, &material.plain, &[]);
                self.bands_and_discs(pass, call, &group);
            }
            return;
        }
        pass.set_pipeline(pipeline);
        pass.set_vertex_buffer(0, arena.vertices.slice(..));
        match uvs {
            Some((material, uvs)) if shape == Shape::TexturedFaces => {
                pass.set_bind_group(1, material, &[]);
                pass.set_vertex_buffer(1, uvs.slice(..));
            }
            _ => pass.set_bind_group(1, &material.plain, &[]),
        }
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(call.indices.clone(), part.base_vertex as i32, call.objects.clone());
    }

    /// Blended or not, every face is drawn from both sides; lines and points look as they always do.
    fn wireframe(&self, pass: &mut wgpu::RenderPass<'_>, calls: &[Call]) {
        let mut groups = BTreeMap::new();
        pass.set_pipeline(self.renderer.pipelines.wireframe(self.gpu, &self.renderer.layouts));
        for call in calls {
            let Some(part) = self.scene.parts.get(call.objects.start as usize) else { continue };
            if part.kind.shape > Shape::RichFaces {
                continue;
            }
            let group =
                groups.entry((part.arena, call.source)).or_insert_with(|| self.wireframe_group(part, call));
            if let Some(group) = group {
                pass.set_bind_group(2, &*group, &[]);
                pass.draw(call.indices.clone(), call.objects.clone());
            }
        }
        let is_thin = |call: &&Call| {
            let part = self.scene.parts.get(call.objects.start as usize);
            part.is_some_and(|part| matches!(part.kind.shape, Shape::Lines | Shape::Points))
        };
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
        for call in calls.iter().filter(is_thin) {
            self.call(pass, call, Write::Everything);
        }
    }
}
