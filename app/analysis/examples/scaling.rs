//! `cargo run --workspace --example scaling`: how the time of overlaps and orientation grows with the triangles.
//!
//! Processor time of all threads, which other work on the machine hardly changes; the mean of as many
//! runs as take a second. Beside it: how it grew since the row before, as a share of what
//! n log n would have grown; above 1 is worse.

use std::time::Instant;

use analysis::AnalyzeOptions;
use analysis::facts::{orientation, overlaps};
use glam::Vec3;
use scene::{Faces, Mesh, Node, Primitive, Scene};
use work::WorkCtx;

const SIZES: [usize; 5] = [10_000, 30_000, 100_000, 300_000, 1_000_000];

type Make = fn(usize) -> Vec<[Vec3; 3]>;

const SHAPES: [(&str, Make); 7] = [
    ("terrain", |n| sheet(n, 0.0)),
    ("two terrains on each other", |n| sheet(n / 2, 0.0).into_iter().chain(sheet(n / 2, 0.0)).collect()),
    ("boxes side by side", boxes),
    ("cards every way", cards),
    ("layers in one plane", layers),
    ("all within one cell of a large scene", |n| {
        let far = Vec3::splat(1e3);
        let small = sheet(n, 0.0).into_iter().map(|t| t.map(|p| 0.01 * p));
        small.chain([[far, far + Vec3::X, far + Vec3::Y]]).collect()
    }),
    ("one huge triangle under small ones", |n| {
        let huge = [Vec3::new(-50.0, 0.0, -50.0), Vec3::new(-50.0, 0.0, 150.0), Vec3::new(150.0, 0.0, -50.0)];
        flat(n).into_iter().chain([huge]).collect()
    }),
];

fn main() {
    println!("| shape | triangles | overlaps s | to n log n | complete | orientation s | to n log n |");
    println!("|---|---|---|---|---|---|---|");
    for (name, make) in SHAPES {
        let mut before: Option<(f64, f64, f64)> = None;
        for n in SIZES {
            let scene = scene(&make(n));
            let mut is_complete = true;
            let of_overlaps = mean(|| {
                let found = overlaps(&scene, &AnalyzeOptions::default(), &WorkCtx::quiet());
                is_complete = found.is_ok_and(|found| found.is_complete);
            });
            let of_orientation = mean(|| {
                std::hint::black_box(
                    orientation(&scene, &AnalyzeOptions::default(), &WorkCtx::quiet()).is_ok(),
                );
            });
            let work = n as f64 * (n as f64).log2();
            let growth = |now: f64, then: fn(&(f64, f64, f64)) -> f64| {
                before.map_or("–".into(), |b| format!("{:.2}", now / then(&b) / (work / b.0)))
            };
            let complete = if is_complete { "yes" } else { "gave up" };
            println!(
                "| {name} | {n} | {of_overlaps:.4} | {} | {complete} | {of_orientation:.4} | {} |",
                growth(of_overlaps, |b| b.1),
                growth(of_orientation, |b| b.2),
            );
            before = Some((work, of_overlaps, of_orientation));
        }
    }
}

fn mean(mut run: impl FnMut()) -> f64 {
    let (start, before) = (Instant::now(), cpu_seconds());
    let mut n_runs = 0;
    loop {
        run();
        n_runs += 1;
        let used = match (before, cpu_seconds()) {
            (Some(before), Some(now)) => now - before,
            _ => start.elapsed().as_secs_f64(),
        };
        if used > 1.0 {
            return used / f64::from(n_runs);
        }
    }
}

/// As Linux counts it, in hundredths.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit(')').next()?;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|n| n.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? / 100.0)
}

fn scene(triangles: &[[Vec3; 3]]) -> Scene {
    let mut known = std::collections::HashMap::new();
    let mut primitive = Primitive::default();
    let mut corners = Vec::with_capacity(3 * triangles.len());
    for &point in triangles.iter().flatten() {
        let next = known.len() as u32;
        let vertex = *known.entry(point.to_array().map(f32::to_bits)).or_insert(next);
        if vertex == next {
            primitive.vertex_positions.push(point);
        }
        corners.push(vertex);
    }
    primitive.faces = Faces::triangles(corners);
    let mesh = Mesh { primitives: vec![primitive], ..Mesh::default() };
    let node = Node { mesh: Some(0), ..Node::default() };
    Scene { roots: vec![0], nodes: vec![node], meshes: vec![mesh], ..Scene::default() }
}

/// About `n` triangles of a grid over [0, 100]².
fn grid(n: usize, height: impl Fn(f32, f32) -> f32) -> Vec<[Vec3; 3]> {
    let side = (n / 2).isqrt();
    let at = |i: usize, k: usize| {
        let [x, z] = [i, k].map(|i| 100.0 * i as f32 / side as f32);
        Vec3::new(x, height(x, z), z)
    };
    let cells = (0..side).flat_map(|i| (0..side).map(move |k| (i, k)));
    let faces = cells.flat_map(|(i, k)| {
        let [a, b, c, d] = [at(i, k), at(i, k + 1), at(i + 1, k + 1), at(i + 1, k)];
        [[a, b, c], [a, c, d]]
    });
    faces.collect()
}

fn sheet(n: usize, up: f32) -> Vec<[Vec3; 3]> {
    grid(n, |x, z| up + 3.0 * (0.2 * x).sin() * (0.17 * z).cos())
}

fn flat(n: usize) -> Vec<[Vec3; 3]> {
    grid(n, |_, _| 0.0)
}

fn boxes(n: usize) -> Vec<[Vec3; 3]> {
    let side = ((n / 12) as f64).cbrt().ceil() as usize;
    let places = (0..side.pow(3))
        .map(|i| Vec3::new((i % side) as f32, (i / side % side) as f32, (i / side / side) as f32));
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let corner = |i: usize| Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32);
    let faces = places.take(n / 12).flat_map(|at| {
        quads
            .into_iter()
            .flat_map(move |[a, b, c, d]| [[a, b, c], [a, c, d]].map(|t| t.map(|i| 1.5 * at + corner(i))))
    });
    faces.collect()
}

fn cards(n: usize) -> Vec<[Vec3; 3]> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1u32 << 24) as f32
    };
    let size = 100.0 / (n as f32).cbrt();
    let card = |_| {
        let at = 100.0 * Vec3::new(next(), next(), next());
        let [u, v] = [0, 1].map(|_| size * (Vec3::new(next(), next(), next()) - 0.5));
        [[at, at + u, at + u + v], [at, at + u + v, at + v]]
    };
    (0..n / 2).flat_map(card).collect()
}

/// Eight sheets in one plane, each cut differently.
fn layers(n: usize) -> Vec<[Vec3; 3]> {
    (0..8).flat_map(|i| flat(n / 8 + 97 * i)).collect()
}
