//! The faces of a material in the plane of its texture, drawn on the processor into a picture of what is
//! in view: sharp at any scale, and the UI thread only shows it.

use glam::Vec2;
use image::{Rgba, RgbaImage};
use scene::{MaterialId, NodeId, Scene, Topology, UvTransform};
use work::{Cancelled, WorkCtx};

use crate::model::Picture;

/// Corners beyond this many are left out, and that is said.
pub const MAX_CORNERS: usize = 3_000_000;
/// Pixels that fills may touch in one drawing; piles of huge faces would take seconds.
const MAX_FILLED: usize = 120_000_000;
const LINE: [u8; 3] = [255, 196, 150];
const FILL: [u8; 3] = [240, 125, 62];
/// Where faces lie upon each other.
const OVERLAP: [u8; 3] = [127, 176, 220];

/// In texture coordinates: u to the right, v down, the slot's own transform applied.
#[derive(Debug, Default)]
pub struct UvFaces {
    /// Of the polygons as authored, each once.
    edges: Vec<[Vec2; 2]>,
    triangles: Vec<[Vec2; 3]>,
    pub n_faces: usize,
    /// Not all are here.
    pub is_cut_off: bool,
    /// Faces without coordinates in the set that the map uses.
    pub n_without: usize,
    pub low: Vec2,
    pub high: Vec2,
}

/// The part of the plane that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UvFrame {
    /// At the upper left corner.
    pub min: Vec2,
    pub px_per_unit: f32,
    pub size_px: [u32; 2],
}

#[derive(Debug)]
pub struct UvDrawing {
    pub frame: UvFrame,
    pub picture: Picture,
    /// Fills were left out because the faces are too many and too large.
    pub is_lines_only: bool,
}

impl UvFaces {
    /// Those of one object, or of all that wear the material. `map` counts the material's textures; the
    /// first UV set stands in where there is no such map.
    ///
    /// # Errors
    /// Only when cancelled.
    pub(super) fn of(
        scene: &Scene,
        material: MaterialId,
        node: Option<NodeId>,
        map: usize,
        ctx: &WorkCtx,
    ) -> Result<Self, Cancelled> {
        let slot = scene.materials.get(material).and_then(|m| m.textures().nth(map)).map(|(_, t)| *t);
        let (set, transform) = slot.map_or((0, UvTransform::default()), |t| (t.uv_set, t.uv_transform));
        let mut faces = Self { low: Vec2::INFINITY, high: Vec2::NEG_INFINITY, ..Self::default() };
        let mut meshes: Vec<_> = match node {
            Some(node) => scene.nodes.get(node).and_then(|n| n.mesh).into_iter().collect(),
            None => scene.nodes.iter().filter_map(|n| n.mesh).collect(),
        };
        meshes.sort_unstable();
        meshes.dedup();
        let primitives = meshes.iter().filter_map(|&m| scene.meshes.get(m)).flat_map(|m| &m.primitives);
        for primitive in primitives.filter(|p| p.topology == Topology::Faces) {
            for run in primitive.runs().iter().filter(|run| run.material == Some(material)) {
                ctx.check_cancelled()?;
                let Some(layer) = primitive.uvs.get(set) else {
                    faces.n_without += run.n_faces;
                    continue;
                };
                for face in run.first_face..run.first_face + run.n_faces {
                    let corners = primitive.faces.corners(face);
                    let uvs: Option<Vec<Vec2>> = corners
                        .map(|c| {
                            let vertex = *primitive.faces.corner_vertices.get(c)?;
                            layer.at(c, vertex).filter(|uv| uv.is_finite()).map(|uv| placed(uv, &transform))
                        })
                        .collect();
                    match uvs {
                        Some(uvs) => faces.add(&uvs),
                        None => faces.n_without += 1,
                    }
                }
            }
        }
        faces.drop_shared_edges();
        Ok(faces)
    }

    fn add(&mut self, uvs: &[Vec2]) {
        if self.edges.len() + uvs.len() > MAX_CORNERS {
            self.is_cut_off = true;
            return;
        }
        self.n_faces += 1;
        for (i, &uv) in uvs.iter().enumerate() {
            self.low = self.low.min(uv);
            self.high = self.high.max(uv);
            self.edges.push([uv, uvs[(i + 1) % uvs.len()]]);
        }
        // A fan is right for all but hollow polygons, and this is a tint.
        self.triangles.extend(uvs.windows(2).skip(1).map(|pair| [uvs[0], pair[0], pair[1]]));
    }

    fn drop_shared_edges(&mut self) {
        let bits = |uv: Vec2| (uv.x.to_bits(), uv.y.to_bits());
        for edge in &mut self.edges {
            if bits(edge[0]) > bits(edge[1]) {
                edge.swap(0, 1);
            }
        }
        self.edges.sort_unstable_by_key(|[a, b]| (bits(*a), bits(*b)));
        self.edges.dedup();
    }

    /// # Errors
    /// Only when cancelled.
    pub(super) fn draw(&self, frame: UvFrame, ctx: &WorkCtx) -> Result<UvDrawing, Cancelled> {
        let [width, height] = frame.size_px.map(|side| side.clamp(1, 4096));
        let size = [width as usize, height as usize];
        let to_px = |uv: Vec2| (uv - frame.min) * frame.px_per_unit;
        let mut layers = vec![0_u8; size[0] * size[1]];
        let mut n_left = MAX_FILLED;
        for chunk in self.triangles.chunks(4096) {
            ctx.check_cancelled()?;
            for triangle in chunk {
                fill(&mut layers, size, triangle.map(to_px), &mut n_left);
            }
        }
        let is_lines_only = n_left == 0;
        let mut ink = vec![0_u8; layers.len()];
        for chunk in self.edges.chunks(4096) {
            ctx.check_cancelled()?;
            for [from, to] in chunk {
                line(&mut ink, size, to_px(*from), to_px(*to));
            }
        }
        let pixels = layers.iter().zip(&ink).flat_map(|(layers, ink)| {
            let (tint, cover): (_, u8) = match layers {
                _ if is_lines_only => (FILL, 0),
                0 => (FILL, 0),
                1 => (FILL, 56),
                _ => (OVERLAP, 110),
            };
            let share = f32::from(*ink) / 255.0;
            let mixed = |i: usize| f32::from(tint[i]) + (f32::from(LINE[i]) - f32::from(tint[i])) * share;
            let alpha = f32::from(*ink).max(f32::from(cover));
            Rgba([mixed(0) as u8, mixed(1) as u8, mixed(2) as u8, alpha as u8]).0
        });
        let picture = RgbaImage::from_raw(width, height, pixels.collect()).unwrap_or_default();
        Ok(UvDrawing { frame, picture: Picture::new(picture), is_lines_only })
    }
}

/// KHR_texture_transform.
fn placed(uv: Vec2, transform: &UvTransform) -> Vec2 {
    let (sin, cos) = transform.rotation_radians.sin_cos();
    let scaled = uv * transform.scale;
    transform.offset + Vec2::new(cos * scaled.x + sin * scaled.y, cos * scaled.y - sin * scaled.x)
}

/// Counts the faces over each pixel's middle.
fn fill(layers: &mut [u8], [width, height]: [usize; 2], [a, b, c]: [Vec2; 3], n_left: &mut usize) {
    let area = (b - a).perp_dot(c - a);
    let (low, high) = (a.min(b).min(c), a.max(b).max(c));
    let is_outside = high.x < 0.0 || high.y < 0.0 || low.x >= width as f32 || low.y >= height as f32;
    if is_outside || area.abs() < 1e-9 || !area.is_finite() {
        return;
    }
    let first = |low: f32| low.max(0.0) as usize;
    let end = |high: f32, side: usize| (high.min(side as f32).max(0.0).ceil() as usize).min(side);
    let (columns, rows) = (first(low.x)..end(high.x, width), first(low.y)..end(high.y, height));
    let n_touched = columns.len() * rows.len();
    if n_touched > *n_left {
        *n_left = 0;
        return;
    }
    *n_left -= n_touched;
    for y in rows {
        for x in columns.clone() {
            let p = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
            let weight = |from: Vec2, to: Vec2| (to - from).perp_dot(p - from) / area;
            // One of two neighbours owns their shared border.
            if weight(a, b) >= 0.0 && weight(b, c) > 0.0 && weight(c, a) > 0.0 {
                let layer = &mut layers[y * width + x];
                *layer = layer.saturating_add(1);
            }
        }
    }
}

/// One pixel wide, its cover shared by the two pixels it runs between (Xiaolin Wu, "An efficient
/// antialiasing technique", 1991).
fn line(ink: &mut [u8], [width, height]: [usize; 2], from: Vec2, to: Vec2) {
    let size = Vec2::new(width as f32, height as f32);
    let Some((from, to)) = clipped(from - 0.5, to - 0.5, size) else { return };
    let is_steep = (to.y - from.y).abs() > (to.x - from.x).abs();
    let turn = |p: Vec2| if is_steep { Vec2::new(p.y, p.x) } else { p };
    let (mut a, mut b) = (turn(from), turn(to));
    if a.x > b.x {
        std::mem::swap(&mut a, &mut b);
    }
    let slope = if b.x - a.x > 0.0 { (b.y - a.y) / (b.x - a.x) } else { 0.0 };
    let mut put = |along: i32, across: i32, cover: f32| {
        let (x, y) = if is_steep { (across, along) } else { (along, across) };
        if x >= 0 && y >= 0 && (x as usize) < width && (y as usize) < height {
            let pixel = &mut ink[y as usize * width + x as usize];
            *pixel = (*pixel).max((cover * 235.0) as u8);
        }
    };
    for along in a.x.round() as i32..=b.x.round() as i32 {
        let across = a.y + slope * (along as f32 - a.x);
        let below = across.floor();
        put(along, below as i32, 1.0 - (across - below));
        put(along, below as i32 + 1, across - below);
    }
}

/// The part of a line within the picture and a pixel around it (Liang and Barsky, 1984).
fn clipped(from: Vec2, to: Vec2, size: Vec2) -> Option<(Vec2, Vec2)> {
    if !(from.is_finite() && to.is_finite()) {
        return None;
    }
    let along = to - from;
    let (mut enter, mut leave) = (0.0_f32, 1.0_f32);
    let (low, high) = (Vec2::splat(-1.0), size);
    for (way, room) in [
        (-along.x, from.x - low.x),
        (along.x, high.x - from.x),
        (-along.y, from.y - low.y),
        (along.y, high.y - from.y),
    ] {
        if way == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if way < 0.0 {
            enter = enter.max(room / way);
        } else {
            leave = leave.min(room / way);
        }
    }
    (enter <= leave).then(|| (from + along * enter, from + along * leave))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Faces, Layer, Material, MaterialRun, Mesh, Node, Primitive};

    fn board(uvs: Vec<Vec2>) -> Scene {
        let faces =
            Faces { corner_vertices: (0..uvs.len() as u32).collect(), sizes: scene::FaceSizes::Uniform(4) };
        let primitive = Primitive {
            vertex_positions: vec![glam::Vec3::ZERO; uvs.len()],
            material_runs: vec![MaterialRun { first_face: 0, n_faces: uvs.len() / 4, material: Some(0) }],
            uvs: vec![Layer::PerVertex(uvs)],
            faces,
            ..Primitive::default()
        };
        Scene {
            nodes: vec![Node { mesh: Some(0), ..Node::default() }, Node { mesh: Some(0), ..Node::default() }],
            roots: vec![0, 1],
            meshes: vec![Mesh { primitives: vec![primitive], ..Mesh::default() }],
            materials: vec![Material::default()],
            ..Scene::default()
        }
    }

    fn square(x: f32, y: f32) -> Vec<Vec2> {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(u, v)| Vec2::new(u + x, v + y) * 0.5).to_vec()
    }

    #[test]
    fn faces_are_gathered_once_and_shared_edges_too() {
        let scene = board([square(0.0, 0.0), square(1.0, 0.0)].concat());
        let faces = UvFaces::of(&scene, 0, None, 0, &WorkCtx::quiet()).unwrap();
        assert_eq!((faces.n_faces, faces.edges.len(), faces.triangles.len()), (2, 7, 4));
        assert_eq!((faces.low, faces.high), (Vec2::ZERO, Vec2::new(1.0, 0.5)));
        assert_eq!(UvFaces::of(&scene, 3, None, 0, &WorkCtx::quiet()).unwrap().n_faces, 0);
        let mut broken = square(0.0, 0.0);
        broken[2].x = f32::NAN;
        assert_eq!(UvFaces::of(&board(broken), 0, Some(1), 0, &WorkCtx::quiet()).unwrap().n_without, 1);
    }

    #[test]
    fn a_square_covers_its_pixels_once_and_a_pile_is_told_apart() {
        let frame = UvFrame { min: Vec2::ZERO, px_per_unit: 64.0, size_px: [64, 64] };
        let draw = |uvs| {
            let faces = UvFaces::of(&board(uvs), 0, None, 0, &WorkCtx::quiet()).unwrap();
            faces.draw(frame, &WorkCtx::quiet()).unwrap().picture.rgba
        };
        let one = draw(square(0.0, 0.0));
        let tinted = |picture: &RgbaImage, tint: [u8; 3]| {
            picture.pixels().filter(|p| p.0[..3] == tint && p.0[3] > 0).count()
        };
        // 32 × 32, less the border's lines.
        let n = tinted(&one, FILL);
        assert!((900..=1024).contains(&n), "{n}");
        assert_eq!(one.get_pixel(50, 50).0[3], 0);
        assert_eq!(tinted(&one, OVERLAP), 0);
        let two = draw([square(0.0, 0.0), square(0.0, 0.0)].concat());
        assert_eq!(tinted(&two, OVERLAP), n);
    }

    #[test]
    fn a_line_far_outside_costs_nothing_and_one_through_is_clipped() {
        let size = Vec2::splat(100.0);
        assert!(clipped(Vec2::new(-50.0, 300.0), Vec2::new(200.0, 300.0), size).is_none());
        let (from, to) = clipped(Vec2::new(-1e7, 50.0), Vec2::new(1e7, 50.0), size).unwrap();
        assert!(from.x >= -2.0 && to.x <= 101.0, "{from} {to}");
        assert!(clipped(Vec2::splat(f32::NAN), Vec2::ZERO, size).is_none());
    }

    #[test]
    fn a_transform_scales_turns_and_moves() {
        let quarter = UvTransform {
            offset: Vec2::new(0.5, 0.0),
            rotation_radians: std::f32::consts::FRAC_PI_2,
            scale: Vec2::new(2.0, 1.0),
        };
        let uv = placed(Vec2::new(0.25, 0.0), &quarter);
        assert!(uv.distance(Vec2::new(0.5, -0.5)) < 1e-6, "{uv}");
    }
}
