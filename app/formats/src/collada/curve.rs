use super::accessor::{Table, input_of, names};
use super::document::{Document, Element};

/// Keys over time and how values run between them (COLLADA 1.4.1, chapter 4, "Curve Interpolation").
pub(super) struct Curve {
    times: Vec<f64>,
    /// `width` values a key.
    values: Vec<f64>,
    width: usize,
    interpolations: Vec<Between>,
    /// Control points of Bézier stretches: time and value for each value of each key.
    in_tangents: Vec<f64>,
    out_tangents: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Between {
    Step,
    Linear,
    Bezier,
    Hermite,
}

impl Curve {
    /// `None` without keys, or with keys that do not go forward.
    pub(super) fn read<'a>(document: &Document<'a>, sampler: Element<'a>) -> Option<Self> {
        let table = |semantic: &str| Table::read(document, input_of(document, sampler, semantic)?);
        let times = table("INPUT")?.flat();
        let output = table("OUTPUT")?;
        let width = output.width();
        let values = output.flat();
        let n = times.len().min(values.len() / width.max(1));
        let times: Vec<f64> = times.into_iter().take(n).collect();
        let is_forward = times.is_sorted() && times.iter().all(|time| time.is_finite());
        if n == 0 || !is_forward || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let words = input_of(document, sampler, "INTERPOLATION").map(|source| names(document, source));
        let of_word = |word: &&str| match *word {
            "STEP" => Between::Step,
            "BEZIER" => Between::Bezier,
            "HERMITE" | "CARDINAL" | "BSPLINE" => Between::Hermite,
            _ => Between::Linear,
        };
        let mut interpolations: Vec<_> = words.unwrap_or_default().iter().map(of_word).collect();
        interpolations.resize(n, Between::Linear);
        let tangents = |semantic| table(semantic).map(|table| table.flat()).unwrap_or_default();
        let (in_tangents, out_tangents) = (tangents("IN_TANGENT"), tangents("OUT_TANGENT"));
        // Without a time and a value for each, the stretch is drawn straight.
        let has_points = |list: &[f64]| list.len() >= 2 * n * width && list.iter().all(|v| v.is_finite());
        if !has_points(&in_tangents) || !has_points(&out_tangents) {
            let straight = |between: &mut Between| {
                if *between != Between::Step {
                    *between = Between::Linear;
                }
            };
            interpolations.iter_mut().for_each(straight);
        }
        Some(Self { times, values, width, interpolations, in_tangents, out_tangents })
    }

    pub(super) fn times(&self) -> &[f64] {
        &self.times
    }

    pub(super) fn is_stepped(&self) -> bool {
        self.interpolations.iter().all(|between| *between == Between::Step)
    }

    pub(super) fn is_curved(&self) -> bool {
        self.interpolations.iter().any(|between| matches!(between, Between::Bezier | Between::Hermite))
    }

    /// Writes the values at a time over those in `to`, as far as both reach. Before the first and
    /// after the last key the value stays.
    pub(super) fn at(&self, time: f64, to: &mut [f64]) {
        let after = self.times.partition_point(|&key| key <= time);
        for (value, i) in to.iter_mut().zip(0..self.width) {
            *value = match after {
                0 => self.value(0, i),
                after if after == self.times.len() => self.value(after - 1, i),
                after => self.between(after - 1, i, time),
            };
        }
    }

    fn value(&self, key: usize, i: usize) -> f64 {
        self.values.get(key * self.width + i).copied().unwrap_or_default()
    }

    /// Time and value of a control point.
    fn tangent(&self, list: &[f64], key: usize, i: usize) -> (f64, f64) {
        let place = 2 * (key * self.width + i);
        match list.get(place..place + 2) {
            Some(&[time, value]) => (time, value),
            _ => (0.0, 0.0),
        }
    }

    fn between(&self, key: usize, i: usize, time: f64) -> f64 {
        let (t0, t1) = (self.times[key], self.times[key + 1]);
        let (v0, v1) = (self.value(key, i), self.value(key + 1, i));
        let share = if t1 > t0 { (time - t0) / (t1 - t0) } else { 0.0 };
        match self.interpolations[key] {
            Between::Step => v0,
            Between::Linear => v0 + share * (v1 - v0),
            Between::Bezier => {
                let out = self.tangent(&self.out_tangents, key, i);
                let back = self.tangent(&self.in_tangents, key + 1, i);
                let s = root_of([t0, out.0, back.0, t1], time);
                bezier([v0, out.1, back.1, v1], s)
            }
            Between::Hermite => {
                let out = self.tangent(&self.out_tangents, key, i).1;
                let back = self.tangent(&self.in_tangents, key + 1, i).1;
                bezier([v0, v0 + out / 3.0, v1 - back / 3.0, v1], share)
            }
        }
    }
}

fn bezier([a, b, c, d]: [f64; 4], s: f64) -> f64 {
    let r = 1.0 - s;
    r * r * r * a + 3.0 * r * r * s * b + 3.0 * r * s * s * c + s * s * s * d
}

/// Where the curve of times reaches `time`; the control points are kept within their stretch, so
/// that it only rises.
fn root_of([t0, t1, t2, t3]: [f64; 4], time: f64) -> f64 {
    let points = [t0, t1.clamp(t0, t3), t2.clamp(t0, t3), t3];
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if bezier(points, middle) < time {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
