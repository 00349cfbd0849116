//! What a frame draws: the parts in sight, in clusters where they are dense, at the level of detail
//! that the frame has time for.

use std::ops::Range;

use crate::View;
use crate::cull::{Frustum, ObjectBox, ObjectFrustum, Rows};
use crate::draw::Surfaces;
use crate::gpu_scene::{Detail, Draw, GpuScene, IndexBuffers, Level, Part};

/// One draw call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Equal parts but for their placing; the first one tells everything else.
    pub objects: Range<u32>,
    pub indices: Range<u32>,
    pub source: IndexSource,
}

/// Which buffer a call's indices are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IndexSource {
    Arena,
    Levels,
    /// None: those of a [`crate::gpu_scene::DenseSurface`], to be resolved before they are drawn.
    Dense,
    /// The list's own.
    Own,
}

/// How much of it a frame may draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fidelity {
    /// Every triangle that can be seen.
    Full,
    /// About so many triangles; small and far things lose theirs first.
    Budget { n_triangles: usize, height_px: u32 },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct DrawList {
    /// What is drawn as solid: for modes that show all surfaces alike, all of them.
    pub solid: Vec<Call>,
    /// What else is to be seen behind.
    pub seen_through: Vec<Call>,
    /// Made for this list.
    pub own: Option<IndexBuffers>,
}

impl Call {
    fn n_triangles(&self) -> usize {
        self.indices.len() / 3 * self.objects.len()
    }
}

impl DrawList {
    /// What is in sight within `rows` of the picture.
    pub(crate) fn of(
        scene: &GpuScene,
        view: &View,
        surfaces: Surfaces,
        rows: Rows,
        fidelity: Fidelity,
    ) -> Self {
        let frustum = Frustum::of(view, rows);
        let mut choices: Vec<Choice<'_>> =
            scene.parts.iter().map(|part| Choice::of(scene, part, view, &frustum)).collect();
        if let Fidelity::Budget { n_triangles, height_px } = fidelity {
            spend(&mut choices, n_triangles, 2.0 * view.half_extent()[1] / f64::from(height_px.max(1)));
        }
        let calls = |draws: &mut dyn Iterator<Item = &Draw>| {
            let mut calls = Vec::new();
            for draw in draws {
                let start = calls.len();
                for i in draw.objects.clone() {
                    if let Some(choice) = choices.get(i as usize) {
                        choice.add_to(&mut calls, start, i);
                    }
                }
            }
            calls
        };
        let also_solid = if surfaces == Surfaces::Materials { &scene.partly_solid } else { &scene.blended };
        Self {
            solid: calls(&mut scene.opaque.iter().chain(also_solid)),
            seen_through: calls(&mut scene.blended.iter()),
            own: None,
        }
    }

    pub(crate) fn n_triangles(&self) -> usize {
        self.solid.iter().chain(&self.seen_through).map(Call::n_triangles).sum()
    }

    /// Cuts the solid calls so that none draws many more than `n_triangles`.
    pub(crate) fn split_solid(&mut self, n_triangles: usize) {
        if self.solid.iter().all(|call| call.n_triangles() <= n_triangles) {
            return;
        }
        // Whole triangles, lines and points alike.
        let step = (3 * n_triangles.max(4)).next_multiple_of(6);
        let mut pieces = Vec::with_capacity(2 * self.solid.len());
        for call in self.solid.drain(..) {
            let per_object = (call.indices.len() / 3).max(1);
            let objects_a_piece = (n_triangles / per_object).max(1);
            for objects in call.objects.clone().step_by(objects_a_piece) {
                let end = (objects + objects_a_piece as u32).min(call.objects.end);
                for start in call.indices.clone().step_by(step) {
                    pieces.push(Call {
                        objects: objects..end,
                        indices: start..(start + step as u32).min(call.indices.end),
                        source: call.source,
                    });
                }
            }
        }
        self.solid = pieces;
    }

    /// From `first` on, as many solid calls as come to about `n_triangles`; at least one.
    pub(crate) fn solid_end(&self, first: usize, n_triangles: usize) -> usize {
        let mut sum = 0;
        let rest = self.solid.get(first..).unwrap_or_default();
        let n_fitting = rest.iter().take_while(|call| {
            let fits = sum == 0 || sum + call.n_triangles() <= n_triangles;
            sum += call.n_triangles();
            fits
        });
        first + n_fitting.count()
    }
}

/// How one part is to be drawn.
struct Choice<'a> {
    part: &'a Part,
    levels: Option<&'a [Level]>,
    /// `None`: out of sight.
    frustum: Option<ObjectFrustum>,
    /// Into `levels`; 0 when there are none.
    level: usize,
    is_left_out: bool,
    /// Only the stand-in from before the detail was made.
    is_stand_in: bool,
    /// Where the part's own indices are.
    source: IndexSource,
    /// Metres at distance 1 that a metre of the object takes in the picture.
    nearness: f64,
}

/// A frame that must be quick leaves out what is smaller than this many times the error it allows.
const SIZE_OF_LEFT_OUT: f64 = 2.0;
/// Errors in pixels that are tried, doubled each time.
const SMALLEST_ERROR_PX: f64 = 0.5;
const LARGEST_ERROR_PX: f64 = 32.0;

impl<'a> Choice<'a> {
    fn of(scene: &'a GpuScene, part: &'a Part, view: &View, frustum: &Frustum) -> Self {
        let frustum = frustum.in_object(&part.world_from_object);
        let frustum = frustum.sees(&part.bounds).then_some(frustum);
        let scale = largest_scale(part);
        let radius = f64::from(part.bounds.radius()) * scale;
        // Of what bends, only the middle is known.
        let radius = if radius.is_finite() { radius } else { 0.0 };
        let nearness = if view.is_orthographic() {
            scale
        } else {
            let center = part.center;
            scale / ((center - view.eye).length() - radius).max(view.near).max(f64::MIN_POSITIVE)
        };
        let levels = scene.detail().and_then(|detail: &Detail| detail.levels(part));
        let is_dense = scene.dense.as_ref().is_some_and(|dense| dense.surface(part).is_some());
        let source = if is_dense { IndexSource::Dense } else { IndexSource::Arena };
        Self { part, levels, frustum, level: 0, is_left_out: false, is_stand_in: false, source, nearness }
    }

    /// Takes the coarsest level that is off by no more than `error`, in metres at distance 1.
    fn allow(&mut self, error: f64) {
        let size = 2.0 * f64::from(self.part.bounds.radius()) * self.nearness;
        self.is_left_out = error > 0.0 && size < SIZE_OF_LEFT_OUT * error;
        match self.levels {
            Some(levels) => {
                let fits = |level: &Level| f64::from(level.error) * self.nearness <= error;
                self.level = levels.iter().rposition(fits).unwrap_or(0);
            }
            None => self.is_stand_in = true,
        }
    }

    fn n_triangles(&self) -> usize {
        let mut n_indices = 0;
        self.for_each_range(|range, _| n_indices += range.len());
        n_indices / 3
    }

    /// Neighbouring clusters in one range.
    fn for_each_range(&self, mut draw: impl FnMut(Range<u32>, IndexSource)) {
        let Some(frustum) = self.frustum.as_ref().filter(|_| !self.is_left_out) else { return };
        let Some(level) = self.levels.and_then(|levels| levels.get(self.level)) else {
            let indices = if self.is_stand_in { &self.part.coarse_indices } else { &self.part.indices };
            return draw(indices.clone(), self.source);
        };
        let source = if self.level == 0 { IndexSource::Arena } else { IndexSource::Levels };
        if self.part.bounds == ObjectBox::EVERYWHERE {
            return draw(level.indices(), source);
        }
        let mut open: Option<Range<u32>> = None;
        for cluster in &level.clusters {
            if !frustum.sees(&cluster.bounds) {
                continue;
            }
            match &mut open {
                Some(range) if range.end == cluster.indices.start => range.end = cluster.indices.end,
                _ => open.replace(cluster.indices.clone()).into_iter().for_each(|range| draw(range, source)),
            }
        }
        open.into_iter().for_each(|range| draw(range, source));
    }

    /// As instance of the call before where that is the same; calls before `start` are others'.
    fn add_to(&self, calls: &mut Vec<Call>, start: usize, object: u32) {
        self.for_each_range(|indices, source| {
            let same = calls.get_mut(start..).and_then(<[Call]>::last_mut).filter(|call| {
                call.objects.end == object && call.indices == indices && call.source == source
            });
            match same {
                Some(call) => call.objects.end += 1,
                None => calls.push(Call { objects: object..object + 1, indices, source }),
            }
        });
    }
}

/// Allows more error until the triangles fit. `pixel`: its side in metres at distance 1.
fn spend(choices: &mut [Choice<'_>], n_triangles: usize, pixel: f64) {
    let mut error_px = SMALLEST_ERROR_PX;
    loop {
        let total: usize = choices.iter().map(Choice::n_triangles).sum();
        if total <= n_triangles || error_px > LARGEST_ERROR_PX {
            return;
        }
        choices.iter_mut().for_each(|choice| choice.allow(error_px * pixel));
        error_px *= 2.0;
    }
}

/// The longest that a unit of the object becomes in the world.
fn largest_scale(part: &Part) -> f64 {
    let m = &part.world_from_object;
    [m.x_axis, m.y_axis, m.z_axis].iter().map(|axis| axis.truncate().length()).fold(0.0, f64::max)
}
