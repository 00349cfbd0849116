//! How textures lie on the faces: outside the picture, on one point of it, stretched, on each other.
//!
//! Overlaps are counted on a grid of points over the picture: a point inside two faces is a texel
//! that both show. Shared edges hold no points, so neighbours never count.

use glam::DVec2;
use scene::{Layer, Material, MaterialId, MaterialTexture, Primitive, UvTransform, Wrap};

use crate::faces::FaceKind;
use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::Spot;
use crate::view::MeshView;

/// UVs this far outside are rounding.
const OUTSIDE: f64 = 1e-3;

/// Longest over shortest way that a texel is drawn out on the surface.
const STRETCHED: f64 = 8.0;

/// UV area, as a share of the whole picture, below which a face shows one colour.
const COLLAPSED: f64 = 1e-10;

/// Points looked at for overlaps, a point of the grid; tiling beyond that is not followed.
const MAX_LAYERS: usize = 32;

pub(crate) fn check(view: &MeshView) -> Vec<Spot> {
    let mut found = Found::default();
    let mut by_material: Vec<(MaterialId, Run)> = Vec::new();
    for (p, primitive) in view.primitives() {
        let first = view.surface.faces_of_primitive(p).start;
        for run in primitive.runs() {
            let Some(id) = run.material else { continue };
            let material = &view.stage.scene.materials[id];
            if let Some(mapping) = Mapping::of(primitive, material) {
                let faces = run.first_face..run.first_face + run.n_faces;
                by_material.push((id, Run { primitive, first, faces, mapping }));
            }
        }
    }
    by_material.sort_by_key(|(id, _)| *id);
    let mut is_overlapping = vec![false; if by_material.is_empty() { 0 } else { view.surface.n_faces() }];
    for group in by_material.chunk_by(|a, b| a.0 == b.0) {
        let n_faces = group.iter().map(|(_, run)| run.faces.len()).sum();
        let mut grid = Grid::new(n_faces, &mut is_overlapping);
        for (id, run) in group {
            let wraps = wraps(view, &view.stage.scene.materials[*id]);
            look(view, run, wraps, &mut grid, &mut found);
        }
    }
    let overlapping = is_overlapping.iter().enumerate().filter(|(_, is)| **is);
    found.overlapping = overlapping.map(|(face, _)| face).collect();
    found.spots(view)
}

/// Faces of one material of a primitive, with the way their texture lies.
struct Run<'a> {
    primitive: &'a Primitive,
    /// The primitive's first face in the surface.
    first: usize,
    faces: std::ops::Range<usize>,
    mapping: Mapping<'a>,
}

pub(crate) struct Mapping<'a> {
    layer: &'a Layer<glam::Vec2>,
    transform: UvTransform,
}

impl<'a> Mapping<'a> {
    /// Of the texture that is seen most; `None` without one, or without UVs for it.
    pub(crate) fn of(primitive: &'a Primitive, material: &Material) -> Option<Self> {
        let texture = main_texture(material)?;
        Some(Self { layer: primitive.uvs.get(texture.uv_set)?, transform: texture.uv_transform })
    }

    /// Where a corner lies in the picture; `None` where that is nowhere.
    pub(crate) fn at(&self, corner: usize, vertex: u32) -> Option<DVec2> {
        let uv = self.layer.at(corner, vertex)?;
        let UvTransform { offset, rotation_radians, scale } = self.transform;
        let (sin, cos) = rotation_radians.sin_cos();
        let scaled = uv * scale;
        let turned = glam::Vec2::new(cos * scaled.x + sin * scaled.y, cos * scaled.y - sin * scaled.x);
        Some((turned + offset).as_dvec2()).filter(|uv| uv.is_finite())
    }
}

/// The base colour's, or else the first there is.
pub(crate) fn main_texture(material: &Material) -> Option<&MaterialTexture> {
    material.base_color_texture.as_ref().or_else(|| material.textures().next().map(|(_, texture)| texture))
}

fn wraps(view: &MeshView, material: &Material) -> [Wrap; 2] {
    let texture = main_texture(material).and_then(|of| view.stage.scene.textures.get(of.texture));
    texture.map_or([Wrap::Repeat; 2], |texture| [texture.wrap_u, texture.wrap_v])
}

/// Faces by their numbers in the surface.
#[derive(Default)]
struct Found {
    clamped: Vec<usize>,
    tiled: Vec<usize>,
    collapsed: Vec<usize>,
    stretched: Vec<usize>,
    overlapping: Vec<usize>,
}

impl Found {
    fn spots(self, view: &MeshView) -> Vec<Spot> {
        let rules = [
            (Rule::UvsOutOfRange, Severity::Info, self.clamped),
            (Rule::UvsTiled, Severity::Info, self.tiled),
            (Rule::UvsCollapsed, Severity::Info, self.collapsed),
            (Rule::UvsStretched, Severity::Info, self.stretched),
            (Rule::UvsOverlapping, Severity::Info, self.overlapping),
        ];
        let rules = rules.into_iter().filter(|(_, _, faces)| !faces.is_empty());
        rules
            .map(|(rule, severity, mut faces)| {
                faces.sort_unstable();
                faces.dedup();
                let n = faces.len();
                view.spot(rule, severity, n, faces, count(n, "face", "faces"))
            })
            .collect()
    }
}

fn look(view: &MeshView, run: &Run, wraps: [Wrap; 2], grid: &mut Grid, found: &mut Found) {
    let mut uvs: Vec<DVec2> = Vec::new();
    for number in run.faces.clone() {
        let face = run.first + number;
        if !matches!(view.kinds[face], FaceKind::Sound | FaceKind::TwoSided) {
            continue;
        }
        let corners = run.primitive.faces.corners(number);
        let vertices = &run.primitive.faces.corner_vertices;
        uvs.clear();
        uvs.extend(corners.clone().filter_map(|c| run.mapping.at(c, vertices[c])));
        if uvs.len() != corners.len() {
            continue;
        }
        let (low, high) =
            uvs.iter().fold((DVec2::INFINITY, DVec2::NEG_INFINITY), |(l, h), uv| (l.min(*uv), h.max(*uv)));
        let is_outside = |axis: usize| low[axis] < -OUTSIDE || high[axis] > 1.0 + OUTSIDE;
        let is_clamped = (0..2).any(|axis| is_outside(axis) && wraps[axis] == Wrap::ClampToEdge);
        if is_clamped {
            found.clamped.push(face);
        } else if (high - low).max_element() > 1.0 + OUTSIDE {
            found.tiled.push(face);
        }
        let double_area: f64 =
            (1..uvs.len() - 1).map(|i| (uvs[i] - uvs[0]).perp_dot(uvs[i + 1] - uvs[0])).sum();
        if double_area.abs() < COLLAPSED {
            found.collapsed.push(face);
            continue;
        }
        if stretch(view, face, &uvs) > STRETCHED {
            found.stretched.push(face);
        }
        for i in 1..uvs.len() - 1 {
            grid.cover(face as u32, [uvs[0], uvs[i], uvs[i + 1]]);
        }
    }
}

/// Longest over shortest picture of a unit circle of the texture on the face; the largest of its
/// triangles. 1 keeps shapes (Sander, Snyder, Gortler & Hoppe 2001, Γ over γ).
fn stretch(view: &MeshView, face: usize, uvs: &[DVec2]) -> f64 {
    let corners = view.surface.face_corners(face);
    let origin = view.surface.point(corners.start);
    let of_triangle = |i: usize| {
        let [p, q] = [i, i + 1].map(|k| view.surface.point(corners.start + k) - origin);
        let [s, t] = [uvs[i] - uvs[0], uvs[i + 1] - uvs[0]];
        let area = s.perp_dot(t);
        let [du, dv] = [(p * t.y - q * s.y) / area, (q * s.x - p * t.x) / area];
        let (a, b, c) = (du.length_squared(), du.dot(dv), dv.length_squared());
        let root = ((a - c).powi(2) + 4.0 * b * b).sqrt();
        let [most, least] = [(a + c + root).sqrt(), (a + c - root).max(0.0).sqrt()];
        if least > 0.0 && most.is_finite() { most / least } else { 1.0 }
    };
    (1..uvs.len() - 1).map(of_triangle).fold(1.0, f64::max)
}

/// Which face shows each point of a picture.
struct Grid<'a> {
    side: usize,
    /// Number of a face and one; 0 where none is yet.
    faces: Vec<u32>,
    /// Of the surface's faces.
    is_overlapping: &'a mut [bool],
    n_left: usize,
}

impl<'a> Grid<'a> {
    fn new(n_faces: usize, is_overlapping: &'a mut [bool]) -> Self {
        let side = match n_faces {
            0..200 => 128,
            200..2_000 => 256,
            2_000..20_000 => 512,
            _ => 1024,
        };
        Self { side, faces: vec![0; side * side], is_overlapping, n_left: MAX_LAYERS * side * side }
    }

    /// Tiling faces are left out: they lie on themselves by design.
    fn cover(&mut self, face: u32, triangle: [DVec2; 3]) {
        let low = triangle[0].min(triangle[1]).min(triangle[2]);
        let high = triangle[0].max(triangle[1]).max(triangle[2]);
        if (high - low).max_element() > 1.0 + OUTSIDE {
            return;
        }
        let side = self.side as f64;
        let tile = low.floor();
        let [a, b, c] = triangle.map(|uv| (uv - tile) * side);
        let sign = (b - a).perp_dot(c - a).signum();
        let first = ((low - tile) * side - 0.5).ceil().max(DVec2::ZERO);
        let last = ((high - tile) * side - 0.5).floor();
        let rows = first.y as usize..(last.y.max(-1.0) + 1.0) as usize;
        let columns = first.x as usize..(last.x.max(-1.0) + 1.0) as usize;
        for y in rows {
            for x in columns.clone() {
                if self.n_left == 0 {
                    return;
                }
                self.n_left -= 1;
                let point = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
                let is_inside = |from: DVec2, to: DVec2| sign * (to - from).perp_dot(point - from) > 1e-9;
                if is_inside(a, b) && is_inside(b, c) && is_inside(c, a) {
                    self.take(x % self.side, y % self.side, face);
                }
            }
        }
    }

    fn take(&mut self, x: usize, y: usize, face: u32) {
        let at = &mut self.faces[y * self.side + x];
        match *at {
            0 => *at = face + 1,
            taken if taken == face + 1 => {}
            taken => {
                for face in [face, taken - 1] {
                    self.is_overlapping[face as usize] = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec2;
    use scene::{Image, ImageData, Layer, MaterialTexture, Scene, Texture, UvTransform, Wrap};

    use crate::Rule::{EdgesOpen, UvsCollapsed, UvsOutOfRange, UvsOverlapping, UvsStretched, UvsTiled};
    use crate::test_scenes::{check, material, quad, scene, with_materials};

    /// A unit square of two triangles.
    fn textured(uvs: [[f32; 2]; 4]) -> Scene {
        let mut painted = material("painted");
        painted.base_color_texture =
            Some(MaterialTexture { texture: 0, uv_set: 0, uv_transform: UvTransform::default() });
        let mut scene = with_materials(scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]), vec![painted]);
        scene.meshes[0].primitives[0].uvs = vec![Layer::PerVertex(uvs.map(Vec2::from).to_vec())];
        let data = ImageData::Embedded(Vec::new().into());
        scene.images.push(Image { name: "paint".into(), mime_type: String::new(), data });
        scene.textures.push(Texture {
            image: 0,
            fallback: None,
            wrap_u: Wrap::Repeat,
            wrap_v: Wrap::ClampToEdge,
            mag_filter: Default::default(),
            min_filter: Default::default(),
        });
        scene
    }

    #[test]
    fn a_sound_layout_is_left_alone() {
        check(&textured([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), &[(EdgesOpen, 4)]);
        // Further along a repeating picture is the same picture.
        check(&textured([[5.0, 0.0], [6.0, 0.0], [6.0, 1.0], [5.0, 1.0]]), &[(EdgesOpen, 4)]);
    }

    #[test]
    fn outside_tiled_on_a_point_and_drawn_out() {
        let clamped = textured([[0.0, 0.0], [1.0, 0.0], [1.0, 1.5], [0.0, 1.5]]);
        check(&clamped, &[(EdgesOpen, 4), (UvsOutOfRange, 2)]);
        let tiled = textured([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [0.0, 1.0]]);
        check(&tiled, &[(EdgesOpen, 4), (UvsTiled, 2)]);
        check(&textured([[0.3, 0.3]; 4]), &[(EdgesOpen, 4), (UvsCollapsed, 2)]);
        let drawn_out = textured([[0.0, 0.0], [1.0, 0.0], [1.0, 0.1], [0.0, 0.1]]);
        check(&drawn_out, &[(EdgesOpen, 4), (UvsStretched, 2)]);
    }

    #[test]
    fn folded_over_itself() {
        // The second triangle lies mirrored on the first.
        let folded = textured([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.8, 0.1]]);
        check(&folded, &[(EdgesOpen, 4), (UvsOverlapping, 2)]);
    }
}
