//! Light on the six faces of a cube.

use glam::Vec3;
use rayon::prelude::*;

/// Faces as WebGPU orders them: +X, -X, +Y, -Y, +Z, -Z, rows from the top seen from inside.
#[derive(Clone)]
pub(super) struct Cube {
    pub side: usize,
    pub light: Vec<Vec3>,
}

/// The most a half float holds.
const BRIGHTEST: f32 = 65_504.0;

impl Cube {
    /// An equirectangular picture on faces of `side` pixels.
    pub(super) fn of_picture(width: usize, height: usize, light: &[[f32; 3]], side: usize) -> Self {
        let tame = |c: f32| if c.is_nan() { 0.0 } else { c.clamp(0.0, BRIGHTEST) };
        let mut size = [width, height];
        let mut picture: Vec<Vec3> = light.iter().map(|p| Vec3::from_array(p.map(tame))).collect();
        // A face shows a quarter of the width; finer pixels would be skipped.
        while size[0] >= 8 * side {
            (size, picture) = halved(size, &picture);
        }
        Self::from_directions(side, |d| bilinear(size, &picture, d))
    }

    pub(super) fn from_directions(side: usize, light: impl Fn(Vec3) -> Vec3 + Sync) -> Self {
        let texel = |i: usize| {
            let (face, y, x) = (i / (side * side), i / side % side, i % side);
            light(face_direction(face, place(x, side), place(y, side)).normalize_or(Vec3::Y))
        };
        Self { side, light: (0..6 * side * side).into_par_iter().map(texel).collect() }
    }

    /// Each pixel the mean of four by their share of the sphere: a face's middle counts for five times
    /// its corners.
    pub(super) fn halved(&self) -> Self {
        let side = self.side / 2;
        let weighed = |i: usize| {
            let (u, v) = (place(i % self.side, self.side), place(i / self.side % self.side, self.side));
            let share = (1.0 + u * u + v * v).powf(-1.5);
            (self.light[i] * share, share)
        };
        let texel = |i: usize| {
            let (face, y, x) = (i / (side * side), i / side % side, i % side);
            let first = (face * self.side + 2 * y) * self.side + 2 * x;
            let below = first + self.side;
            let four = [first, first + 1, below, below + 1].map(weighed);
            let (light, total) = four.iter().fold((Vec3::ZERO, 0.0), |(l, t), (a, b)| (l + *a, t + b));
            light / total
        };
        Self { side, light: (0..6 * side * side).into_par_iter().map(texel).collect() }
    }

    pub(super) fn of_side_at_most(self, side: usize) -> Self {
        let mut cube = self;
        while cube.side > side {
            cube = cube.halved();
        }
        cube
    }

    /// Interpolated within a face.
    pub(super) fn light_from(&self, d: Vec3) -> Vec3 {
        let (face, u, v) = face_of(d);
        let last = self.side as f32 - 1.0;
        let at = |c: f32| (0.5 * (c + 1.0) * self.side as f32 - 0.5).clamp(0.0, last);
        let (x, y) = (at(u), at(v));
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.side - 1), (y0 + 1).min(self.side - 1));
        let texel = |x: usize, y: usize| self.light[(face * self.side + y) * self.side + x];
        let upper = texel(x0, y0).lerp(texel(x1, y0), x - x0 as f32);
        let lower = texel(x0, y1).lerp(texel(x1, y1), x - x0 as f32);
        upper.lerp(lower, y - y0 as f32)
    }

    /// Each pixel's direction, light and share of the sphere.
    pub(super) fn rays(&self) -> impl Iterator<Item = (Vec3, Vec3, f32)> {
        let side = self.side;
        self.light.iter().enumerate().map(move |(i, light)| {
            let (face, y, x) = (i / (side * side), i / side % side, i % side);
            let d = face_direction(face, place(x, side), place(y, side));
            let squared = d.length_squared();
            (d / squared.sqrt(), *light, 1.0 / (squared * squared.sqrt()))
        })
    }

    #[cfg(test)]
    pub(super) fn mean(&self) -> Vec3 {
        let (sum, total) = self.rays().fold((Vec3::ZERO, 0.0), |(s, t), (_, l, w)| (s + l * w, t + w));
        sum / total
    }
}

/// Middle of pixel `i`, from -1 to 1.
fn place(i: usize, side: usize) -> f32 {
    2.0 * (i as f32 + 0.5) / side as f32 - 1.0
}

fn face_direction(face: usize, u: f32, v: f32) -> Vec3 {
    match face {
        0 => Vec3::new(1.0, -v, -u),
        1 => Vec3::new(-1.0, -v, u),
        2 => Vec3::new(u, 1.0, v),
        3 => Vec3::new(u, -1.0, -v),
        4 => Vec3::new(u, -v, 1.0),
        _ => Vec3::new(-u, -v, -1.0),
    }
}

/// The face a direction meets, and where.
fn face_of(d: Vec3) -> (usize, f32, f32) {
    let a = d.abs();
    let (face, u, v, depth) = if a.x >= a.y && a.x >= a.z {
        if d.x > 0.0 { (0, -d.z, -d.y, a.x) } else { (1, d.z, -d.y, a.x) }
    } else if a.y >= a.z {
        if d.y > 0.0 { (2, d.x, d.z, a.y) } else { (3, d.x, -d.z, a.y) }
    } else if d.z > 0.0 {
        (4, d.x, -d.y, a.z)
    } else {
        (5, -d.x, -d.y, a.z)
    };
    let scale = 1.0 / depth.max(1e-20);
    (face, u * scale, v * scale)
}

/// Of a point of the picture, 0 to 1 to the right and down.
#[cfg(test)]
pub(super) fn direction_of(u: f32, v: f32) -> Vec3 {
    let (sin, cos) = ((u - 0.5) * std::f32::consts::TAU).sin_cos();
    let (around, y) = (v * std::f32::consts::PI).sin_cos();
    Vec3::new(around * cos, y, around * sin)
}

fn bilinear([width, height]: [usize; 2], picture: &[Vec3], d: Vec3) -> Vec3 {
    let u = 0.5 + d.z.atan2(d.x) / std::f32::consts::TAU;
    let v = d.y.clamp(-1.0, 1.0).acos() / std::f32::consts::PI;
    let x = (u * width as f32 - 0.5).rem_euclid(width as f32);
    let y = (v * height as f32 - 0.5).clamp(0.0, height as f32 - 1.0);
    let (x0, y0) = ((x as usize).min(width - 1), y as usize);
    let (x1, y1) = ((x0 + 1) % width, (y0 + 1).min(height - 1));
    let at = |x: usize, y: usize| picture[y * width + x];
    let (tx, ty) = (x - x0 as f32, y - y0 as f32);
    at(x0, y0).lerp(at(x1, y0), tx).lerp(at(x0, y1).lerp(at(x1, y1), tx), ty)
}

fn halved([width, height]: [usize; 2], picture: &[Vec3]) -> ([usize; 2], Vec<Vec3>) {
    let size = [width / 2, (height / 2).max(1)];
    let texel = |i: usize| {
        let (x, y) = (2 * (i % size[0]), 2 * (i / size[0]));
        let below = (y + 1).min(height - 1);
        let at = |x: usize, y: usize| picture[y * width + x];
        0.25 * (at(x, y) + at(x + 1, y) + at(x, below) + at(x + 1, below))
    };
    (size, (0..size[0] * size[1]).into_par_iter().map(texel).collect())
}
