//! `cargo run -p convert --example scramble -- [--out FOLDER] MODEL…`: turns faces and whole parts of
//! models around at random, asks for the orientation back, and prints how much of it came.
//!
//! Truth is the model as it came, where the checks have no quarrel with it. `--out` writes what was
//! turned for other programs: `NAME.MODE.bin` holds, little-endian, the numbers of vertices and
//! triangles (u32), positions (f32), corners (u32), and a byte a triangle: bit 0 turned, bit 1
//! closed, bit 2 open and decidable.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use analysis::AnalyzeOptions;
use analysis::facts::{Evidence, NO_PATCH, Orientation, PatchShape, Turn, orientation};
use formats::ReadOptions;
use scene::{Faces, Scene};
use work::WorkCtx;

#[derive(Clone, Copy)]
enum Mode {
    /// Share of the faces.
    Faces(f64),
    /// Share of the connected parts.
    Parts(f64),
}

const MODES: [(&str, Mode); 5] = [
    ("faces-10", Mode::Faces(0.1)),
    ("faces-25", Mode::Faces(0.25)),
    ("faces-50", Mode::Faces(0.5)),
    ("parts-25", Mode::Parts(0.25)),
    ("parts-50", Mode::Parts(0.5)),
];

fn main() {
    let mut out = None;
    let mut models = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" => out = arguments.next().map(PathBuf::from),
            _ => models.push(PathBuf::from(argument)),
        }
    }
    println!(
        "| model | mode | closed faces | right | left alone | open, decidable | right | left alone | undecidable | ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for model in models {
        let ctx = WorkCtx::quiet();
        match formats::read_with(&model, &ReadOptions::default(), &ctx) {
            Ok(import) => measure(&model, import.scene, out.as_deref(), &ctx),
            Err(error) => eprintln!("{error}"),
        }
    }
}

fn measure(model: &Path, mut scene: Scene, out: Option<&Path>, ctx: &WorkCtx) {
    let name = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    // One of two equal faces turned around is a card with two sides, not a fault.
    if convert::Step::RemoveDuplicates(Default::default()).apply(&mut scene, ctx).is_err() {
        return;
    }
    let Ok(truth) = orientation(&scene, &AnalyzeOptions::default(), ctx) else { return };
    if std::env::var_os("KILN_SHOW_FLIPS").is_some() {
        show_flips(&name, &scene, &truth);
    }
    // Normals would give the answer away.
    for primitive in scene.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives) {
        primitive.normals = None;
        primitive.tangents = None;
    }
    for (mode_name, mode) in MODES {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut scrambled = scene.clone();
        let turned: Vec<Vec<Vec<bool>>> =
            truth.iter().map(|mesh| scramble(&mut scrambled, mesh, mode, &mut random)).collect();
        let start = Instant::now();
        let Ok(found) = orientation(&scrambled, &AnalyzeOptions::default(), ctx) else { return };
        let score = Score::of(&truth, &turned, &found, start.elapsed());
        if std::env::var_os("KILN_SHOW_MISSES").is_some() {
            show_misses(&format!("{name} {mode_name}"), &truth, &turned, &found);
        }
        println!("| {name} | {mode_name} | {score} |");
        if let Some(folder) = out {
            write(folder, &format!("{name}.{mode_name}"), &scrambled, &truth, &turned);
        }
    }
}

fn show_flips(name: &str, scene: &Scene, truth: &[Orientation]) {
    for mesh in truth {
        for patch in mesh.patches.iter().filter(|patch| patch.n_flips > 0) {
            let of = &scene.meshes[mesh.mesh].name;
            println!("{name} {of}: {patch:?}");
        }
    }
}

/// Parts with faces that did not come back.
fn show_misses(name: &str, truth: &[Orientation], turned: &[Vec<Vec<bool>>], found: &[Orientation]) {
    for ((truth, turned), found) in truth.iter().zip(turned).zip(found) {
        let mut missed = std::collections::BTreeMap::<u32, usize>::new();
        for (p, turned) in turned.iter().enumerate() {
            for (face, &is_turned) in turned.iter().enumerate() {
                let is_asked = matches!(kind(truth, p, face), Some(Kind::Closed | Kind::Open));
                if is_asked && is_turned != (found.turns[p][face] == Turn::Flip) {
                    *missed.entry(found.patch_of_face[p][face]).or_default() += 1;
                }
            }
        }
        for (patch, n) in missed {
            let [was, is] = [truth, found].map(|of| of.patches.get(patch as usize));
            println!("{name} mesh {}: {n} missed, was {was:?}, is {is:?}", truth.mesh);
        }
    }
}

/// Turns faces around and says which.
fn scramble(scene: &mut Scene, mesh: &Orientation, mode: Mode, random: &mut Random) -> Vec<Vec<bool>> {
    let of_patch: Vec<bool> = match mode {
        Mode::Parts(share) => mesh.patches.iter().map(|_| random.next() < share).collect(),
        Mode::Faces(_) => Vec::new(),
    };
    let mut turned = Vec::new();
    for (p, patches) in mesh.patch_of_face.iter().enumerate() {
        let is_turned = |patch: &u32| match mode {
            Mode::Faces(share) => random.next() < share,
            Mode::Parts(_) => of_patch.get(*patch as usize).copied().unwrap_or(false),
        };
        let of_primitive: Vec<bool> = patches.iter().map(is_turned).collect();
        let faces = &mut scene.meshes[mesh.mesh].primitives[p].faces;
        for (face, _) in of_primitive.iter().enumerate().filter(|(_, turned)| **turned) {
            reverse(faces, face);
        }
        turned.push(of_primitive);
    }
    turned
}

fn reverse(faces: &mut Faces, face: usize) {
    let corners = faces.corners(face);
    faces.corner_vertices[corners].reverse();
}

#[derive(Default)]
struct Score {
    closed: Tally,
    open: Tally,
    undecidable: usize,
    elapsed: Duration,
}

impl Score {
    fn of(
        truth: &[Orientation],
        turned: &[Vec<Vec<bool>>],
        found: &[Orientation],
        elapsed: Duration,
    ) -> Self {
        let mut score = Self { elapsed, ..Self::default() };
        for ((truth, turned), found) in truth.iter().zip(turned).zip(found) {
            for (p, turned) in turned.iter().enumerate() {
                for (face, &is_turned) in turned.iter().enumerate() {
                    let is_right = is_turned == (found.turns[p][face] == Turn::Flip);
                    match kind(truth, p, face) {
                        Some(Kind::Closed) => score.closed.count(is_right, is_left(found, p, face)),
                        Some(Kind::Open) => score.open.count(is_right, is_left(found, p, face)),
                        Some(Kind::Undecidable) => score.undecidable += 1,
                        None => {}
                    }
                }
            }
        }
        score
    }
}

/// Whether the verdict was to keep a part as it came, for want of evidence against it.
fn is_left(found: &Orientation, p: usize, face: usize) -> bool {
    let patch = found.patches.get(found.patch_of_face[p][face] as usize);
    patch.is_some_and(|patch| {
        patch.n_flips == 0 && !matches!(patch.evidence, Evidence::Volume | Evidence::Visibility)
    })
}

#[derive(Default)]
struct Tally {
    right: usize,
    left: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, is_right: bool, is_left: bool) {
        self.right += usize::from(is_right);
        self.left += usize::from(!is_right && is_left);
        self.all += 1;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.all == 0 {
            return write!(f, "0 | – | –");
        }
        let share = |n: usize| 100.0 * n as f64 / self.all as f64;
        write!(f, "{} | {:.3} % | {:.3} %", self.all, share(self.right), share(self.left))
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { closed, open, undecidable, elapsed } = self;
        write!(f, "{closed} | {open} | {undecidable} | {}", elapsed.as_millis())
    }
}

#[derive(PartialEq)]
enum Kind {
    Closed,
    Open,
    Undecidable,
}

/// `None` for faces that the checks would turn in the model as it came, and such of no patch.
fn kind(truth: &Orientation, p: usize, face: usize) -> Option<Kind> {
    let patch = truth.patch_of_face[p][face];
    let patch = truth.patches.get((patch != NO_PATCH).then_some(patch as usize)?)?;
    if patch.n_flips > 0 {
        return None;
    }
    Some(match (patch.shape, patch.evidence) {
        // A hollow or a thing inside out within another: only its author knows.
        (_, Evidence::Cavity | Evidence::Enclosure) => Kind::Undecidable,
        (PatchShape::Closed, _) => Kind::Closed,
        (_, Evidence::Visibility | Evidence::Interior) => Kind::Open,
        _ => Kind::Undecidable,
    })
}

fn write(folder: &Path, name: &str, scene: &Scene, truth: &[Orientation], turned: &[Vec<Vec<bool>>]) {
    for (mesh, turned) in truth.iter().zip(turned) {
        let (mut positions, mut corners, mut flags) = (Vec::new(), Vec::new(), Vec::new());
        for (p, primitive) in scene.meshes[mesh.mesh].primitives.iter().enumerate() {
            let first = (positions.len() / 12) as u32;
            positions.extend(
                primitive.vertex_positions.iter().flat_map(|v| v.to_array()).flat_map(f32::to_le_bytes),
            );
            let mut face = 0;
            for triangle in primitive.triangle_corners() {
                while primitive.faces.corners(face).end <= triangle[0] as usize {
                    face += 1;
                }
                let Some(turned) = turned[p].get(face) else { continue };
                let vertex = |c: u32| first + primitive.faces.corner_vertices[c as usize];
                corners.extend(triangle.map(vertex).into_iter().flat_map(u32::to_le_bytes));
                let kind = kind(mesh, p, face);
                let bit = |is: bool, value: u8| if is { value } else { 0 };
                flags.push(
                    bit(*turned, 1) | bit(kind == Some(Kind::Closed), 2) | bit(kind == Some(Kind::Open), 4),
                );
            }
        }
        let counts = [positions.len() / 12, flags.len()].map(|n| (n as u32).to_le_bytes()).concat();
        let path = folder.join(format!("{name}.{}.bin", mesh.mesh));
        if let Err(error) = fs::write(&path, [counts, positions, corners, flags].concat()) {
            eprintln!("{}: {error}", path.display());
        }
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
