//! Less of a scene, for devices that cannot hold all of it.

use meshopt::{SimplifyOptions, VertexDataAdapter};
use scene::{Scene, Topology};

use super::arena::ALL_EDGES;
use super::geometry::Geometry;
use super::{GpuScene, TexturePacking, UploadOptions};
use crate::vertex::PlainVertex;
use crate::{Gpu, RenderError, RenderWarning, Renderer};

/// Triangles are quartered and textures halved that many times before it is given up.
const MOST_REDUCTIONS: u32 = 5;
/// Smaller surfaces stay as they are.
const FEWEST_TRIANGLES: usize = 2048;
pub(super) const SMALLEST_TEXTURE_PX: u32 = 128;

impl GpuScene {
    /// Like [`GpuScene::upload`]; a scene that does not fit the device comes in less: first with packed
    /// textures, where the device knows them, then with simplified surfaces and smaller textures, which
    /// [`RenderWarning::Reduced`] tells.
    ///
    /// # Errors
    /// When the device has not even room for that.
    pub fn upload_what_fits(
        gpu: &Gpu,
        renderer: &Renderer,
        scene: &Scene,
        options: &UploadOptions,
    ) -> Result<(Self, Vec<RenderWarning>), RenderError> {
        const PACKED: TexturePacking = TexturePacking::BlocksAbove(0);
        let mut reduced = *options;
        loop {
            match Self::upload(gpu, renderer, scene, &reduced) {
                Err(RenderError::OutOfMemory)
                    if reduced.texture_packing != PACKED
                        && gpu.takes_blocks()
                        && !scene.textures.is_empty() =>
                {
                    reduced.texture_packing = PACKED;
                }
                Err(RenderError::TooLarge { .. } | RenderError::OutOfMemory)
                    if reduced.reduction < MOST_REDUCTIONS =>
                {
                    reduced.reduction += 1;
                }
                Ok((made, mut warnings)) => {
                    if reduced.reduction > options.reduction {
                        let n_triangles = made.n_triangles;
                        let max_texture_px = reduced.texture_px();
                        warnings.push(RenderWarning::Reduced { n_triangles, max_texture_px });
                    }
                    return Ok((made, warnings));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl UploadOptions {
    /// Longest side of a texture.
    pub(super) fn texture_px(&self) -> u32 {
        let halved = self.max_texture_px >> self.reduction.min(31);
        halved.max(SMALLEST_TEXTURE_PX.min(self.max_texture_px))
    }
}

impl Geometry {
    /// Keeps about one triangle in `4^reduction`, and the vertices that those need.
    pub(super) fn reduce(&mut self, reduction: u32) {
        if self.topology != Topology::Faces || self.indices.len() / 3 < FEWEST_TRIANGLES {
            return;
        }
        let bytes: &[u8] = bytemuck::cast_slice(&self.vertices);
        let Ok(adapter) = VertexDataAdapter::new(bytes, size_of::<PlainVertex>(), 0) else { return };
        // Where two materials meet, no gap may open.
        let borders = if self.runs.len() > 1 { SimplifyOptions::LockBorder } else { SimplifyOptions::Prune };
        let options = borders | SimplifyOptions::Sparse;
        let mut kept = Vec::new();
        for run in &mut self.runs {
            let range = run.indices.start as usize..run.indices.end as usize;
            let all = self.indices.get(range).unwrap_or_default();
            let target = 3 * ((all.len() / 3) >> (2 * reduction).min(31));
            let mut fewer = meshopt::simplify(all, &adapter, target, 1.0, options, None);
            // Loose triangles have no edges to collapse; clusters of vertices they have.
            if fewer.len() > 2 * target {
                fewer = meshopt::simplify_sloppy(&fewer, &adapter, target, 1.0, None);
            }
            let start = kept.len() as u32;
            kept.append(&mut fewer);
            run.indices = start..kept.len() as u32;
        }
        self.indices = kept;
        self.edge_flags = vec![ALL_EDGES; self.indices.len() / 3];
        self.drop_unused_vertices();
    }

    fn drop_unused_vertices(&mut self) {
        const UNUSED: u32 = u32::MAX;
        let mut new_place = vec![UNUSED; self.vertices.len()];
        let mut used: Vec<usize> = Vec::new();
        for index in &mut self.indices {
            let Some(place) = new_place.get_mut(*index as usize) else { continue };
            if *place == UNUSED {
                *place = used.len() as u32;
                used.push(*index as usize);
            }
            *index = *place;
        }
        keep(&mut self.vertices, &used);
        keep(&mut self.textured, &used);
        keep(&mut self.sources, &used);
    }
}

/// An empty list has nothing for any vertex.
fn keep<T: Copy>(list: &mut Vec<T>, used: &[usize]) {
    *list = used.iter().filter_map(|&i| list.get(i).copied()).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pass, StillOptions, View, bumpy_ball, render_still};

    #[test]
    fn a_model_too_large_for_the_device_comes_in_less() {
        // Room for a tenth of the ball's vertices in one buffer.
        let Ok(gpu) = Gpu::headless_with_limits(|limits| limits.max_buffer_size = 256 << 10) else {
            return;
        };
        let renderer = Renderer::new(&gpu).unwrap();
        let ball = bumpy_ball(160, 256);
        let whole = GpuScene::upload(&gpu, &renderer, &ball, &UploadOptions::default());
        assert!(matches!(whole, Err(RenderError::TooLarge { .. })), "{:?}", whole.err());
        let (on_device, warnings) =
            GpuScene::upload_what_fits(&gpu, &renderer, &ball, &UploadOptions::default()).unwrap();
        assert!(matches!(warnings.as_slice(), [RenderWarning::Reduced { .. }]), "{warnings:?}");
        let n_triangles = on_device.n_triangles();
        assert!((500..2 * 160 * 256 / 3).contains(&n_triangles), "{n_triangles}");
        let view = View::fit(&ball, &crate::FitOptions::default());
        let options = StillOptions::new(48, 48, &[Pass::Textured]);
        let still = render_still(&gpu, &renderer, &on_device, &view, &options).unwrap();
        let n_covered = still.ids.iter().filter(|&&id| id != 0).count();
        assert!(n_covered > 48 * 48 / 2, "{n_covered}");
    }

    #[test]
    fn a_lost_device_is_an_error_and_a_new_one_draws_the_same() {
        let Ok(gpu) = Gpu::headless() else { return };
        let draw = |gpu: &Gpu| {
            let renderer = Renderer::new(gpu)?;
            let ball = bumpy_ball(12, 24);
            let (on_device, _) = GpuScene::upload(gpu, &renderer, &ball, &UploadOptions::default())?;
            let view = View::fit(&ball, &crate::FitOptions::default());
            render_still(gpu, &renderer, &on_device, &view, &StillOptions::new(32, 32, &[Pass::Textured]))
        };
        let before = draw(&gpu).unwrap();
        gpu.device.destroy();
        let lost = draw(&gpu);
        assert!(matches!(lost, Err(RenderError::Device(_))), "{:?}", lost.err());
        let after = draw(&Gpu::headless().unwrap()).unwrap();
        assert_eq!(before.textured, after.textured);
    }
}
