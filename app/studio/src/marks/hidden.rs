//! Which marks lie behind something: their middles are held against the depths of a small picture.

use std::sync::Arc;

use glam::DVec3;
use render::{Gpu, GpuScene, Pass, Renderer, StillOptions, Walls, render_still};
use work::{Lane, Pool};

use super::{HiddenKey, Marks};
use crate::model::{DocId, Kept};
use crate::viewport::{Pose, Projector, Stage};

/// Of the depth picture's longer side; marks are told apart by their middles, which needs no more.
const LONGER_SIDE_PX: u32 = 480;
/// Nearer behind the surface than this, as a share of the distance, a mark lies on it.
const SLACK: f64 = 4e-3;

/// One answer for every triangle of every mark.
#[derive(Debug)]
pub struct Hidden {
    marks: Arc<Marks>,
    is_hidden: Vec<Vec<bool>>,
}

impl Hidden {
    pub(super) fn is_of(&self, marks: &Arc<Marks>) -> bool {
        Arc::ptr_eq(&self.marks, marks)
    }

    pub fn is_hidden(&self, mark: usize, triangle: usize) -> bool {
        self.is_hidden.get(mark).and_then(|of_mark| of_mark.get(triangle)).copied().unwrap_or(false)
    }
}

/// Asks anew when the eye has come to rest somewhere else.
pub(super) fn want(
    hidden: &mut Kept<HiddenKey, Arc<Hidden>>,
    marks: &Arc<Marks>,
    doc: DocId,
    stage: &Stage,
    pool: &Pool,
) {
    let Some(shown_px) = stage.shown_px().filter(|_| stage.is_at_rest()) else { return };
    let pose = stage.camera.pose();
    let key = (Arc::as_ptr(marks) as usize, pose, shown_px);
    if hidden.of.as_ref() == Some(&key) {
        return;
    }
    let share = f64::from(LONGER_SIDE_PX) / f64::from(shown_px[0].max(shown_px[1]).max(1));
    let size_px = shown_px.map(|side| ((f64::from(side) * share.min(1.0)) as u32).max(1));
    let (Some(tools), Some(shown)) = (stage.tools(), stage.shown(doc, size_px)) else { return };
    let (marks, walls) = (Arc::clone(marks), stage.walls());
    hidden.want(&key, || {
        pool.spawn(Lane::Interactive, "what hides marks", move |_| {
            let depths = depths((&tools.0, &tools.1), &shown, size_px, walls)?;
            let is_hidden = hold_against(&marks, &pose, size_px, &depths);
            Ok::<_, render::RenderError>(Arc::new(Hidden { marks, is_hidden }))
        })
    });
}

/// Row by row, metres.
fn depths(
    (gpu, renderer): (&Gpu, &Renderer),
    (scene, view): &(GpuScene, render::View),
    [width_px, height_px]: [u32; 2],
    walls: Walls,
) -> Result<Vec<f32>, render::RenderError> {
    let mut options = StillOptions::new(width_px, height_px, &[Pass::Depth]);
    options.walls = walls;
    render_still(gpu, renderer, scene, view, &options).map(|still| still.depth_m)
}

fn hold_against(marks: &Marks, pose: &Pose, size_px: [u32; 2], depths: &[f32]) -> Vec<Vec<bool>> {
    let projector = Projector::new(pose, size_px.map(|side| side as f32));
    let back = pose.axes()[2];
    let is_behind = |triangle: &[DVec3; 3]| {
        let middle = triangle.iter().sum::<DVec3>() / 3.0;
        let distance = (pose.eye - middle).dot(back);
        let Some(farthest) = projector.project(middle).map(|at| farthest_around(at, size_px, depths)) else {
            return false;
        };
        distance * (1.0 - SLACK) > farthest
    };
    marks.0.iter().map(|mark| mark.patch.triangles.iter().map(is_behind).collect()).collect()
}

/// The farthest of the nine depths around a place, so that slopes and outlines hide nothing of
/// themselves.
fn farthest_around([x, y]: [f32; 2], [width, height]: [u32; 2], depths: &[f32]) -> f64 {
    let mut farthest = 0.0;
    for dy in -1..=1_i64 {
        for dx in -1..=1_i64 {
            let (column, row) = (x as i64 + dx, y as i64 + dy);
            if (0..i64::from(width)).contains(&column) && (0..i64::from(height)).contains(&row) {
                let at = row as usize * width as usize + column as usize;
                farthest = f64::max(farthest, depths.get(at).map_or(0.0, |&depth| depth.into()));
            }
        }
    }
    // Beside the picture nothing is known to hide it.
    if farthest == 0.0 { f64::INFINITY } else { farthest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::{Marked, Patch, Tone};
    use crate::viewport::Optics;

    #[test]
    fn what_lies_behind_a_wall_is_hidden_and_what_lies_on_it_is_not() {
        let pose = Pose { eye: 5.0 * DVec3::Z, target: DVec3::ZERO, up: DVec3::Y, optics: Optics::default() };
        let triangle = |z: f64| [DVec3::new(-0.1, 0.0, z), DVec3::new(0.1, 0.0, z), DVec3::new(0.0, 0.1, z)];
        let patch =
            Patch { triangles: vec![triangle(0.0), triangle(-1.0), triangle(2.0)], ..Patch::default() };
        let tone = Tone::Problem(analysis::Severity::Error);
        let marks = Marks(vec![Marked { tone, is_chosen: false, patch }]);
        // A wall five metres away, everywhere.
        let hidden = hold_against(&marks, &pose, [32, 20], &vec![5.0; 32 * 20]);
        assert_eq!(hidden, [[false, true, false]]);
    }
}
