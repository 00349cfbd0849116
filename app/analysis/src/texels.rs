//! How fine the texture of each object is, in texels a metre of its surface.

use rayon::prelude::*;

use crate::pictures::Picture;
use crate::report::TexelDensity;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Where};
use crate::uv_layout::{Mapping, main_texture};
use crate::view::MeshView;

/// Finest over coarsest object from which on they look as if they did not belong together.
const UNEVEN: f64 = 8.0;

/// Objects that cover less of all textured surface are passed over.
const SMALLEST_SHARE: f64 = 0.01;

struct Object<'v> {
    view: &'v MeshView<'v>,
    /// World space, square metres, of one placing.
    area: f64,
    texels: f64,
}

impl Object<'_> {
    fn per_meter(&self) -> f64 {
        (self.texels / self.area).sqrt()
    }
}

/// The spread over the objects, and whether it is uneven. Meshes count as their first instance
/// stands; `None` without textured surface.
pub(crate) fn check(
    views: &[Option<MeshView>],
    pictures: &[Picture],
) -> (Option<TexelDensity>, Option<Spot>) {
    let objects: Vec<Object> =
        views.par_iter().flatten().filter_map(|view| measure(view, pictures)).collect();
    let all: f64 = objects.iter().map(|object| object.area).sum();
    let mut objects: Vec<Object> =
        objects.into_iter().filter(|object| object.area >= SMALLEST_SHARE * all).collect();
    objects.sort_by(|a, b| a.per_meter().total_cmp(&b.per_meter()));
    let (Some(coarsest), Some(finest)) = (objects.first(), objects.last()) else { return (None, None) };
    let density = TexelDensity {
        least: coarsest.per_meter(),
        median: objects[objects.len() / 2].per_meter(),
        most: finest.per_meter(),
    };
    let spot = (density.most > UNEVEN * density.least).then(|| {
        let [coarse, fine] = [coarsest, finest].map(|o| format!("{} with {:.0}", o.view.name, o.per_meter()));
        Spot {
            rule: Rule::TexelDensityUneven,
            severity: Severity::Info,
            count: objects.len(),
            subject: format!("{fine} texels a metre, {coarse}"),
            label: format!("{coarse} texels a metre"),
            place: Where::Mesh { mesh: coarsest.view.id, primitive: None, faces: Vec::new() },
        }
    });
    (Some(density), spot)
}

fn measure<'v>(view: &'v MeshView<'v>, pictures: &[Picture]) -> Option<Object<'v>> {
    let scene = view.stage.scene;
    let placed = view.stage.first_instance(view.id)?;
    let scale = placed.world_from_mesh.determinant().abs().cbrt().powi(2);
    let mut object = Object { view, area: 0.0, texels: 0.0 };
    for (p, primitive) in view.primitives() {
        let first = view.surface.faces_of_primitive(p).start;
        for run in primitive.runs() {
            let Some(material) = run.material.map(|id| &scene.materials[id]) else { continue };
            let texture = main_texture(material).and_then(|of| scene.textures.get(of.texture));
            let size_px = texture.and_then(|texture| pictures.get(texture.image)?.size_px);
            let (Some(mapping), Some([width, height])) = (Mapping::of(primitive, material), size_px) else {
                continue;
            };
            let n_texels = f64::from(width) * f64::from(height);
            for number in run.first_face..run.first_face + run.n_faces {
                let corners = primitive.faces.corners(number);
                let uv = |c: usize| mapping.at(c, primitive.faces.corner_vertices[c]);
                let Some(origin) = corners.clone().next().and_then(uv) else { continue };
                let mut doubled = 0.0;
                for corner in corners.start + 1..corners.end.max(corners.start + 2) - 1 {
                    let (Some(a), Some(b)) = (uv(corner), uv(corner + 1)) else { continue };
                    doubled += (a - origin).perp_dot(b - origin);
                }
                let area = 0.5 * scale * view.surface.double_area(first + number).length();
                // Faces that show one colour of a palette say nothing of its fineness.
                if area.is_finite() && doubled.abs() * n_texels > 2.0 {
                    object.area += area;
                    object.texels += 0.5 * doubled.abs() * n_texels;
                }
            }
        }
    }
    (object.area > 0.0 && object.texels > 0.0).then_some(object)
}
