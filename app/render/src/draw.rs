//! The geometry pass: everything of a scene into all targets at once.

use crate::gpu_scene::{Cull, Draw, GpuScene, OBJECT_MIRRORED, Part, PartKind, Shape};
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
}

/// How dense meshes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Full,
    /// By their stand-ins.
    Coarse,
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
    pub detail: Detail,
    pub variant: Variant,
    /// Faces seen from behind are left out.
    pub hides_backs: bool,
}

/// Draws all surfaces that nothing is seen through; [`crate::see_through`] goes on from there.
pub(crate) fn encode(encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>, surfaces: Surfaces) {
    let keeps_depth = surfaces == Surfaces::Materials && drawing.scene.is_seen_through();
    let mut pass = begin(
        encoder,
        drawing,
        wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
        wgpu::Operations {
            load: wgpu::LoadOp::Clear(0.0),
            store: if keeps_depth { wgpu::StoreOp::Store } else { wgpu::StoreOp::Discard },
        },
    );
    match surfaces {
        Surfaces::Materials => {
            drawing.parts(&mut pass, &drawing.scene.opaque, Write::Everything);
            drawing.parts(&mut pass, &drawing.scene.partly_solid, Write::Everything);
        }
        Surfaces::Wireframe => drawing.wireframe(&mut pass),
        Surfaces::Inspection(inspection, uniform) => drawing.inspection(&mut pass, inspection, &uniform),
    }
}

/// Distance, normals and ids of what is seen through.
pub(crate) fn encode_data(encoder: &mut wgpu::CommandEncoder, drawing: &Drawing<'_>) {
    let load = wgpu::LoadOp::Load;
    let depth = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Discard };
    let mut pass = begin(encoder, drawing, load, depth);
    drawing.parts(&mut pass, &drawing.scene.blended, Write::BlendedData);
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
    drawing.parts(pass, &drawing.scene.blended, write);
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

impl Drawing<'_> {
    fn set_up(&self, pass: &mut wgpu::RenderPass<'_>) {
        let [width, height] = self.area;
        pass.set_viewport(0.0, 0.0, width as f32, height as f32, 0.0, 1.0);
        pass.set_scissor_rect(0, 0, width, height);
        pass.set_bind_group(0, &self.bindings.frame_group, &[]);
    }

    fn parts(&self, pass: &mut wgpu::RenderPass<'_>, draws: &[Draw], write: Write) {
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
        for draw in draws {
            if let Some(part) = self.scene.parts.get(draw.objects.start as usize) {
                self.part(pass, part, write, draw.objects.clone());
            }
        }
    }

    fn part(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        part: &Part,
        write: Write,
        objects: std::ops::Range<u32>,
    ) {
        let (Some(arena), Some(material)) =
            (self.scene.arenas.get(part.arena), self.scene.materials.get(part.material))
        else {
            return;
        };
        let Renderer { pipelines, layouts, .. } = self.renderer;
        pass.set_pipeline(&pipelines.geometry(self.gpu, layouts, self.kind(part), write, self.variant));
        pass.set_vertex_buffer(0, arena.vertices.slice(..));
        match (part.kind.shape, &material.textured, &arena.textured) {
            (Shape::TexturedFaces, Some(material), Some(textured)) => {
                pass.set_bind_group(1, material, &[]);
                pass.set_vertex_buffer(1, textured.slice(..));
            }
            _ => pass.set_bind_group(1, &material.plain, &[]),
        }
        pass.set_index_buffer(arena.indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(self.indices(part), part.base_vertex as i32, objects);
    }

    fn kind(&self, part: &Part) -> PartKind {
        let is_two_sided = part.kind.cull == Cull::None && part.kind.shape <= Shape::TexturedFaces;
        match (self.hides_backs && is_two_sided, part.flags & OBJECT_MIRRORED != 0) {
            (false, _) => part.kind,
            (true, false) => PartKind { cull: Cull::Back, ..part.kind },
            (true, true) => PartKind { cull: Cull::Front, ..part.kind },
        }
    }

    fn indices(&self, part: &Part) -> std::ops::Range<u32> {
        match self.detail {
            Detail::Full => part.indices.clone(),
            Detail::Coarse => part.coarse_indices.clone(),
        }
    }

    /// Blended or not, every surface is drawn as solid.
    fn inspection(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        inspection: Inspection,
        uniform: &InspectionUniform,
    ) {
        let Renderer { pipelines, layouts, .. } = self.renderer;
        let options = pipelines.inspections.bind(self.gpu, layouts, uniform);
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
        pass.set_bind_group(3, &options, &[]);
        for &write in inspection.writes() {
            for Draw { objects } in self.scene.opaque.iter().chain(&self.scene.blended) {
                if let Some(part) = self.scene.parts.get(objects.start as usize) {
                    self.inspected_part(pass, part, (inspection, write), objects.clone());
                }
            }
        }
    }

    fn inspected_part(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        part: &Part,
        (inspection, write): (Inspection, Write),
        objects: std::ops::Range<u32>,
    ) {
        let (Some(arena), Some(material)) =
            (self.scene.arenas.get(part.arena), self.scene.materials.get(part.material))
        else {
            return;
        };
        let Renderer { pipelines, layouts, .. } = self.renderer;
        // A side that is culled cannot be seen to be the wrong one.
        let kind = match inspection {
            Inspection::FaceOrientation if !self.hides_backs => PartKind { cull: Cull::None, ..part.kind },
            _ => self.kind(part),
        };
        let uvs = material.textured.as_ref().zip(arena.textured.as_ref());
        let (pipeline, shape) = pipelines.inspections.pipeline(self.gpu, layouts, write, kind, uvs.is_some());
        pass.set_pipeline(pipeline);
        pass.set_vertex_buffer(0, arena.vertices.slice(..));
        match uvs {
            Some((material, uvs)) if shape == Shape::TexturedFaces => {
                pass.set_bind_group(1, material, &[]);
                pass.set_vertex_buffer(1, uvs.slice(..));
            }
            _ => pass.set_bind_group(1, &material.plain, &[]),
        }
        pass.set_index_buffer(arena.indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(self.indices(part), part.base_vertex as i32, objects);
    }

    /// Blended or not, every face is drawn from both sides.
    fn wireframe(&self, pass: &mut wgpu::RenderPass<'_>) {
        let groups = self.bindings.wireframe_groups(self.gpu, self.renderer, self.scene);
        pass.set_pipeline(self.renderer.pipelines.wireframe(self.gpu, &self.renderer.layouts));
        for (i, part) in self.scene.parts.iter().enumerate() {
            let is_faces = matches!(part.kind.shape, Shape::PlainFaces | Shape::TexturedFaces);
            if let (true, Some(Some(group))) = (is_faces, groups.get(part.arena)) {
                pass.set_bind_group(2, group, &[]);
                pass.draw(self.indices(part), i as u32..i as u32 + 1);
            }
        }
    }
}
