//! The measuring tape: distances between points of the surface.

use glam::DVec3;
use scene::RayHit;

use crate::viewport::{Projector, Question};

/// How near the pointer must come to a vertex or an edge's middle, in points of the screen.
const SNAP_REACH: f32 = 16.0;

/// What is measured on the model on stage.
#[derive(Debug, Default)]
pub struct TapeView {
    /// Clicks set points instead of selecting.
    pub is_on: bool,
    /// The first end of a tape that has no second one yet.
    pub start: Option<DVec3>,
    /// Where a click would set a point.
    pub hover: Option<Mark>,
    pub tapes: Vec<Tape>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tape {
    pub from: DVec3,
    pub to: DVec3,
}

/// A point of the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    pub point: DVec3,
    pub kind: MarkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    Surface,
    Vertex,
    EdgeMiddle,
}

impl Tape {
    /// Metres.
    pub fn length(&self) -> f64 {
        self.from.distance(self.to)
    }

    /// Along Blender's axes: right, away, up.
    pub fn along_axes(&self) -> DVec3 {
        let d = self.to - self.from;
        DVec3::new(d.x, -d.z, d.y)
    }
}

impl TapeView {
    pub fn clear(&mut self) {
        *self = Self { is_on: self.is_on, ..Self::default() };
    }

    /// Takes back the last step: a begun tape, then whole ones. False when there was nothing.
    pub fn take_back(&mut self) -> bool {
        self.start.take().is_some() || self.tapes.pop().is_some()
    }

    pub fn set_point(&mut self, point: DVec3) {
        match self.start.take() {
            None => self.start = Some(point),
            // A double click makes no tape.
            Some(from) if from == point => self.start = Some(from),
            Some(from) => self.tapes.push(Tape { from, to: point }),
        }
    }
}

impl Mark {
    /// The point that was met, or, if asked for, what is near it of the face's corners and the middles
    /// of its edges.
    pub fn of(hit: &RayHit, question: &Question, projector: &Projector) -> Self {
        let surface = Self { point: hit.point, kind: MarkKind::Surface };
        if !question.snaps {
            return surface;
        }
        let n = hit.face.len();
        let vertices = hit.face.iter().map(|&point| Self { point, kind: MarkKind::Vertex });
        let middles = (0..n).map(|i| {
            let point = 0.5 * (hit.face[i] + hit.face[(i + 1) % n]);
            Self { point, kind: MarkKind::EdgeMiddle }
        });
        let away = |mark: &Self| {
            let [x, y] = projector.project(mark.point)?;
            Some((x - question.at[0]).hypot(y - question.at[1]))
        };
        let near = vertices.chain(middles).filter_map(|mark| Some((away(&mark)?, mark)));
        let near = near.filter(|(distance, _)| *distance <= SNAP_REACH);
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(surface, |(_, mark)| mark)
    }
}

#[cfg(test)]
mod tests {
    use scene::{Faces, Mesh, Node, Primitive, Ray, Scene, Unseen};

    use super::*;
    use crate::viewport::{Optics, Pose, Projection, Purpose};

    /// A cube of 1.25 m a side, far from the origin.
    fn cube() -> Scene {
        let corner = |i: u32| {
            let side = |bit: u32| if i >> bit & 1 == 1 { 1.25 } else { 0.0 };
            glam::Vec3::new(side(0), side(1), side(2))
        };
        let sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let primitive = Primitive {
            vertex_positions: (0..8).map(corner).collect(),
            faces: Faces { corner_vertices: sides.concat(), sizes: scene::FaceSizes::Uniform(4) },
            ..Default::default()
        };
        let place = glam::Mat4::from_translation(glam::Vec3::new(100.0, 0.0, 0.0));
        Scene {
            nodes: vec![Node {
                mesh: Some(0),
                transform: scene::Transform::Matrix(place),
                ..Default::default()
            }],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            ..Default::default()
        }
    }

    fn mark(projector: &Projector, at: [f32; 2], snaps: bool) -> Option<Mark> {
        let question = Question { purpose: Purpose::Mark, sight: projector.sight(at), at, snaps };
        let ray = Ray { origin: question.sight.origin, direction: question.sight.direction };
        let hit = cube().cast(&ray, &Unseen::default(), &scene::Pose::default())?;
        Some(Mark::of(&hit, &question, projector))
    }

    #[test]
    fn a_cubes_edge_is_as_long_as_it_is_from_any_lens() {
        for projection in [Projection::Perspective, Projection::Orthographic] {
            let pose = Pose {
                eye: DVec3::new(103.0, 2.5, 4.0),
                target: DVec3::new(100.6, 0.6, 0.6),
                up: DVec3::Y,
                optics: Optics { projection, ..Optics::default() },
            };
            let projector = Projector::new(&pose, [1200.0, 900.0]);
            let ends = [DVec3::new(100.0, 1.25, 1.25), DVec3::new(101.25, 1.25, 1.25)];
            let mut view = TapeView::default();
            for end in ends {
                // A few points beside the corner, on the front face.
                let inside = end.lerp(DVec3::new(100.625, 0.625, 1.25), 0.02);
                let mark = mark(&projector, projector.project(inside).unwrap(), true).unwrap();
                assert_eq!(mark.kind, MarkKind::Vertex, "{projection:?}");
                view.set_point(mark.point);
            }
            assert!((view.tapes[0].length() - 1.25).abs() < 1e-6, "{projection:?}");
            assert!(view.tapes[0].along_axes().distance(DVec3::new(1.25, 0.0, 0.0)) < 1e-6);
        }
    }

    #[test]
    fn without_snapping_the_point_is_where_the_pointer_is() {
        let pose = Pose {
            eye: DVec3::new(100.3, 0.4, 6.0),
            target: DVec3::new(100.3, 0.4, 0.0),
            up: DVec3::Y,
            optics: Optics::default(),
        };
        let projector = Projector::new(&pose, [1200.0, 900.0]);
        let points = [DVec3::new(100.2, 0.3, 1.25), DVec3::new(100.9, 1.1, 1.25)];
        let marks = points.map(|p| mark(&projector, projector.project(p).unwrap(), false).unwrap());
        let tape = Tape { from: marks[0].point, to: marks[1].point };
        assert!((tape.length() - points[0].distance(points[1])).abs() < 1e-4);
        let middle = DVec3::new(100.625, 1.25, 1.25);
        let near = projector.project(middle - 0.004 * DVec3::Y).unwrap();
        assert_eq!(mark(&projector, near, true).unwrap().kind, MarkKind::EdgeMiddle);
        assert_eq!(mark(&projector, [3.0, 3.0], true), None);
    }

    #[test]
    fn steps_are_taken_back_one_by_one() {
        let mut view = TapeView::default();
        for x in [0.0, 1.0, 1.0, 3.0] {
            view.set_point(DVec3::new(x, 0.0, 0.0));
        }
        assert_eq!(
            view.tapes,
            [Tape { from: DVec3::ZERO, to: DVec3::X }, Tape { from: DVec3::X, to: 3.0 * DVec3::X },]
        );
        view.set_point(DVec3::Y);
        assert!(view.take_back() && view.take_back() && view.take_back());
        assert!(!view.take_back());
    }
}
