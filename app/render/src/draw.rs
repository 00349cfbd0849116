//! The geometry pass: everything of a scene into all targets at once.

use crate::gpu_scene::{Cull, GpuScene, OBJECT_MIRRORED, Part, PartKind, Shape};
use crate::inspection::{Inspection, InspectionUniform};
use crate::pipelines::Write;
use crate::targets::{FrameBindings, Targets};
use crate::variant::Variant;
use crate::{Gpu, Look, ModeOptions, Pass, Renderer, View, Walls};

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

/// Draws into the upper left `area` of the targets. `bindings` were written for the same view.
#[expect(
    clippy::too_many_arguments,
    reason = "one call site each in stills and viewport, all of it borrowed"
)]
pub(crate) fn encode(
    encoder: &mut wgpu::CommandEncoder,
    gpu: &Gpu,
    renderer: &Renderer,
    scene: &GpuScene,
    (view, look): (&View, &Look),
    (surfaces, detail, walls): (Surfaces, Detail, Walls),
    bindings: &FrameBindings,
    targets: &Targets,
    area: [u32; 2],
) {
    let attachment = |view| {
        Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                store: wgpu::StoreOp::Store,
            },
        })
    };
    let color_attachments: [_; 5] = std::array::from_fn(|i| attachment(&targets.views[i]));
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("geometry"),
        color_attachments: &color_attachments,
        depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
            view: &targets.depth_buffer,
            depth_ops: Some(wgpu::Operations {
                load: wgpu::LoadOp::Clear(0.0),
                store: wgpu::StoreOp::Discard,
            }),
            stencil_ops: None,
        }),
        ..Default::default()
    });
    pass.set_viewport(0.0, 0.0, area[0] as f32, area[1] as f32, 0.0, 1.0);
    pass.set_scissor_rect(0, 0, area[0], area[1]);
    pass.set_bind_group(0, &bindings.frame_group, &[]);
    let variant = Variant::of(look);
    let hides_backs = scene.room.hides_backs(walls);
    let drawing = Drawing { gpu, renderer, scene, bindings, detail, variant, hides_backs };
    match surfaces {
        Surfaces::Materials => drawing.materials(&mut pass, view),
        Surfaces::Wireframe => drawing.wireframe(&mut pass),
        Surfaces::Inspection(inspection, uniform) => drawing.inspection(&mut pass, inspection, &uniform),
    }
}

struct Drawing<'a> {
    gpu: &'a Gpu,
    renderer: &'a Renderer,
    scene: &'a GpuScene,
    bindings: &'a FrameBindings,
    detail: Detail,
    variant: Variant,
    hides_backs: bool,
}

impl Drawing<'_> {
    fn materials(&self, pass: &mut wgpu::RenderPass<'_>, view: &View) {
        pass.set_bind_group(2, &self.bindings.objects_group, &[]);
        for draw in &self.scene.opaque {
            if let Some(part) = self.scene.parts.get(draw.objects.start as usize) {
                self.part(pass, part, Write::Everything, draw.objects.clone());
            }
        }
        let order = self.scene.blended_back_to_front(view.eye, view.forward());
        // Data after all colours: they write the depth buffer, which would hide colours behind.
        for write in [Write::BlendedColor, Write::BlendedData] {
            for &i in &order {
                if let Some(part) = self.scene.parts.get(i) {
                    self.part(pass, part, write, i as u32..i as u32 + 1);
                }
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
            let blended = self.scene.blended.iter().map(|&i| i as u32..i as u32 + 1);
            for objects in self.scene.opaque.iter().map(|draw| draw.objects.clone()).chain(blended) {
                if let Some(part) = self.scene.parts.get(objects.start as usize) {
                    self.inspected_part(pass, part, (inspection, write), objects);
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
