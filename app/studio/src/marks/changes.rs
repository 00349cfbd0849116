//! Which faces a conversion changed: those of one model that the other does not have, at the same
//! place and wound the same way. Whatever renumbers or splits vertices changes nothing here.

use std::collections::HashMap;
use std::sync::Arc;

use glam::{DVec3, I64Vec3};
use scene::{Scene, Topology};
use work::{Cancelled, WorkCtx};

use super::surface::borders;
use super::{MAX_TRIANGLES, Marked, Marks, Patch, Tone};

/// Points this near to each other, as a share of the model's diagonal, are one.
const SAME: f64 = 1e-6;

/// The two sides of a comparison.
#[derive(Debug, Default)]
pub struct Changes {
    /// Of the original: faces that its result does not have.
    pub gone: Arc<Marks>,
    pub n_gone: usize,
    /// Of the result: faces that its original does not have.
    pub made: Arc<Marks>,
    pub n_made: usize,
}

impl Changes {
    /// Triangles are counted as drawn. Near-linear in their number.
    ///
    /// # Errors
    /// When `ctx` was cancelled.
    pub fn between(original: &Scene, result: &Scene, ctx: &WorkCtx) -> Result<Self, Cancelled> {
        let (before, after) = (triangles(original), triangles(result));
        ctx.check_cancelled()?;
        let diagonal = 2.0 * original.bounds().union(result.bounds()).radius();
        let mut points = Points::new(SAME * diagonal);
        let [before_keys, after_keys] =
            [&before, &after].map(|all| all.iter().map(|t| points.key(t)).collect::<Vec<_>>());
        ctx.check_cancelled()?;
        let (gone, made) =
            (without(&before, &before_keys, &after_keys), without(&after, &after_keys, &before_keys));
        Ok(Self {
            n_gone: gone.len(),
            gone: Arc::new(marks(gone, Tone::Gone)),
            n_made: made.len(),
            made: Arc::new(marks(made, Tone::Made)),
        })
    }
}

type Triangle = [DVec3; 3];
/// The numbers of a triangle's points, the smallest first, in the order of its winding.
type Key = [u32; 3];

fn triangles(scene: &Scene) -> Vec<Triangle> {
    let transforms = scene.world_transforms();
    let mut all = Vec::new();
    for instance in scene.mesh_instances(&transforms) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            if primitive.topology != Topology::Faces {
                continue;
            }
            let points = scene.world_positions(&instance, primitive, &transforms);
            // A mirrored placing turns the faces with it.
            let is_mirrored = instance.world_from_mesh.determinant() < 0.0;
            let corner = |c: u32| points[primitive.faces.corner_vertices[c as usize] as usize];
            for [a, b, c] in primitive.triangle_corners() {
                let triangle = if is_mirrored { [a, c, b] } else { [a, b, c] }.map(corner);
                all.extend(triangle.iter().all(|p| p.is_finite()).then_some(triangle));
            }
        }
    }
    all
}

/// Numbers for points; those that are one have the same.
struct Points {
    exact: HashMap<[u64; 3], u32>,
    cells: HashMap<I64Vec3, Vec<(DVec3, u32)>>,
    distance: f64,
    n: u32,
}

impl Points {
    fn new(distance: f64) -> Self {
        let distance = distance.max(1e-12);
        Self { exact: HashMap::new(), cells: HashMap::new(), distance, n: 0 }
    }

    fn key(&mut self, triangle: &Triangle) -> Key {
        let [a, b, c] = triangle.map(|point| self.number(point));
        // Turned until the smallest is first: the same triangle has the same key.
        if a <= b && a <= c {
            [a, b, c]
        } else if b <= a && b <= c {
            [b, c, a]
        } else {
            [c, a, b]
        }
    }

    fn number(&mut self, point: DVec3) -> u32 {
        let bits = point.to_array().map(|x| (x + 0.0).to_bits());
        if let Some(&known) = self.exact.get(&bits) {
            return known;
        }
        let number = self.near(point).unwrap_or(self.n);
        if number == self.n {
            self.n += 1;
            self.cells.entry(self.cell(point)).or_default().push((point, number));
        }
        self.exact.insert(bits, number);
        number
    }

    fn cell(&self, point: DVec3) -> I64Vec3 {
        (point / (2.0 * self.distance)).floor().as_i64vec3()
    }

    fn near(&self, point: DVec3) -> Option<u32> {
        // The eight cells that lie within the distance.
        let first = self.cell(point - self.distance);
        let cells = (0..8).map(|i| first + I64Vec3::new(i & 1, i >> 1 & 1, i >> 2 & 1));
        let close = cells.filter_map(|cell| self.cells.get(&cell)).flatten();
        close.filter(|(other, _)| other.distance(point) <= self.distance).map(|(_, number)| *number).min()
    }
}

/// Those of `all` that are not among `others`, each as often as it is missing there.
fn without(all: &[Triangle], keys: &[Key], others: &[Key]) -> Vec<Triangle> {
    let mut left: HashMap<Key, usize> = HashMap::with_capacity(others.len());
    others.iter().for_each(|key| *left.entry(*key).or_default() += 1);
    let is_missing = |key: &Key| match left.get_mut(key) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    };
    let missing: Vec<bool> = keys.iter().map(is_missing).collect();
    all.iter().zip(missing).filter(|(_, missing)| *missing).map(|(triangle, _)| *triangle).collect()
}

fn marks(mut triangles: Vec<Triangle>, tone: Tone) -> Marks {
    triangles.truncate(MAX_TRIANGLES);
    if triangles.is_empty() {
        return Marks::default();
    }
    let patch = Patch { borders: borders(&triangles), triangles };
    Marks(vec![Marked { tone, is_chosen: false, patch }])
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use scene::{Faces, Mesh, Node, Primitive};

    use super::*;

    fn scene(positions: &[[f32; 3]], corners: &[u32]) -> Scene {
        let primitive = Primitive {
            vertex_positions: positions.iter().map(|&p| Vec3::from(p)).collect(),
            faces: Faces::triangles(corners.to_vec()),
            ..Primitive::default()
        };
        Scene {
            nodes: vec![Node { mesh: Some(0), ..Node::default() }],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![primitive], ..Mesh::default() }],
            ..Scene::default()
        }
    }

    const QUAD: [[f32; 3]; 4] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]];

    fn counts(original: &Scene, result: &Scene) -> (usize, usize) {
        let changes = Changes::between(original, result, &WorkCtx::quiet()).unwrap();
        (changes.n_gone, changes.n_made)
    }

    #[test]
    fn renumbered_vertices_change_nothing_and_turned_faces_do() {
        let original = scene(&QUAD, &[0, 1, 2, 0, 2, 3]);
        let mut turned_around = QUAD;
        turned_around.reverse();
        assert_eq!(counts(&original, &scene(&turned_around, &[3, 2, 1, 1, 0, 3])), (0, 0));
        assert_eq!(counts(&original, &scene(&QUAD, &[0, 1, 2, 3, 2, 0])), (1, 1));
    }

    #[test]
    fn what_is_deleted_moved_or_there_twice_is_told() {
        let twice = scene(&QUAD, &[0, 1, 2, 0, 1, 2, 0, 2, 3]);
        assert_eq!(counts(&twice, &scene(&QUAD, &[0, 1, 2, 0, 2, 3])), (1, 0));
        let mut moved = QUAD;
        moved[3][2] = 0.01;
        let original = scene(&QUAD, &[0, 1, 2, 0, 2, 3]);
        assert_eq!(counts(&original, &scene(&moved, &[0, 1, 2, 0, 2, 3])), (1, 1));
        // Less than a text file of seven digits rounds away.
        moved[3][2] = 1e-7;
        assert_eq!(counts(&original, &scene(&moved, &[0, 1, 2, 0, 2, 3])), (0, 0));
    }
}
