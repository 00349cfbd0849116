//! Walking through the problems of a report, one place after the other.

use analysis::{Finding, Place, Report, Rule};

/// Where one stands in a report: a finding, and one of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssueStop {
    pub rule: Rule,
    /// 0 for a finding without places.
    pub place: usize,
}

impl IssueStop {
    pub fn finding(self, report: &Report) -> Option<&Finding> {
        report.finding(self.rule)
    }

    pub fn place(self, report: &Report) -> Option<&Place> {
        self.finding(report)?.places.get(self.place)
    }
}

/// Every place of every finding, in the order of the report.
pub fn stops(report: &Report) -> impl Iterator<Item = IssueStop> {
    report
        .findings
        .iter()
        .flat_map(|f| (0..f.places.len().max(1)).map(|place| IssueStop { rule: f.rule, place }))
}

/// The `at`-th stop is where one stands, of how many; `None` before the first step.
pub fn position(report: &Report, at: Option<IssueStop>) -> (Option<usize>, usize) {
    let at = at.and_then(|at| stops(report).position(|stop| stop == at));
    (at, stops(report).count())
}

/// The next stop, or the previous one, round the report. From nowhere it is the first or the last.
pub fn neighbor(report: &Report, at: Option<IssueStop>, forward: bool) -> Option<IssueStop> {
    let (at, n) = position(report, at);
    let next = match (at, forward) {
        _ if n == 0 => return None,
        (None, true) => 0,
        (None, false) => n - 1,
        (Some(i), true) => (i + 1) % n,
        (Some(i), false) => (i + n - 1) % n,
    };
    stops(report).nth(next)
}

#[cfg(test)]
mod tests {
    use analysis::{AnalyzeOptions, analyze};
    use glam::Vec3;
    use scene::{Faces, Mesh, Node, Primitive, Scene};

    use super::*;

    /// Two open quads, each with a face of no area.
    fn report() -> Report {
        let positions = [Vec3::ZERO, Vec3::X, Vec3::new(1.0, 1.0, 0.0), Vec3::Y];
        let quad = |z: f32| Primitive {
            vertex_positions: positions.iter().map(|p| *p + z * Vec3::Z).collect(),
            faces: Faces::triangles(vec![0, 1, 2, 0, 2, 3, 0, 1, 1]),
            ..Primitive::default()
        };
        let mesh = |z| Mesh { primitives: vec![quad(z)], ..Mesh::default() };
        let node = |mesh| Node { mesh: Some(mesh), ..Node::default() };
        let scene = Scene {
            nodes: vec![node(0), node(1)],
            roots: vec![0, 1],
            meshes: vec![mesh(0.0), mesh(3.0)],
            ..Scene::default()
        };
        analyze(&scene, &AnalyzeOptions::default(), &work::WorkCtx::quiet()).unwrap()
    }

    #[test]
    fn every_place_is_a_stop_and_the_way_goes_round() {
        let report = report();
        let n: usize = report.findings.iter().map(|f| f.places.len().max(1)).sum();
        assert!(n >= 2 && report.finding(Rule::FacesZeroArea).unwrap().places.len() == 2);
        let mut at = None;
        for i in 0..n {
            at = neighbor(&report, at, true);
            assert_eq!(position(&report, at), (Some(i), n));
        }
        assert_eq!(position(&report, neighbor(&report, at, true)), (Some(0), n));
        assert_eq!(position(&report, neighbor(&report, None, false)), (Some(n - 1), n));
        let gone = IssueStop { rule: Rule::SceneEmpty, place: 0 };
        assert_eq!(position(&report, Some(gone)), (None, n));
    }
}
