//! The big files that reading is measured on, made once: a rough ball of 1,310,720 triangles.

use std::f32::consts::{PI, TAU};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const N_RINGS: u32 = 640;
const N_SEGMENTS: u32 = 1024;

type Writer = BufWriter<File>;
type WriteModel = fn(&mut Writer) -> io::Result<()>;

/// Their paths; each is written when it is not there yet.
pub(super) fn make(folder: &Path) -> Result<Vec<PathBuf>, String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let kinds: [(&str, WriteModel); 5] = [
        ("ball.obj", write_obj),
        ("ball_binary.stl", write_stl),
        ("ball_ascii.stl", write_ascii_stl),
        ("ball_binary.ply", write_ply),
        ("ball_ascii.ply", write_ascii_ply),
    ];
    let mut paths = Vec::new();
    for (name, write) in kinds {
        let path = folder.join(name);
        if !path.exists() {
            let half = path.with_extension("half");
            let written = File::create(&half).and_then(|file| {
                let mut out = BufWriter::with_capacity(1 << 20, file);
                write(&mut out)?;
                out.flush()?;
                std::fs::rename(&half, &path)
            });
            written.map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        }
        paths.push(path);
    }
    Ok(paths)
}

fn vertex(ring: u32, segment: u32) -> [f32; 3] {
    let (polar, around) =
        (PI * ring as f32 / N_RINGS as f32, TAU * (segment % N_SEGMENTS) as f32 / N_SEGMENTS as f32);
    let radius = 1.0 + 0.05 * (7.0 * polar).sin() * (9.0 * around).cos() + 0.01 * (53.0 * polar).cos();
    [radius * polar.sin() * around.cos(), radius * polar.cos(), radius * polar.sin() * around.sin()]
}

fn vertices() -> impl Iterator<Item = [f32; 3]> {
    (0..=N_RINGS).flat_map(|ring| (0..N_SEGMENTS).map(move |segment| vertex(ring, segment)))
}

/// Indices of each quad's corners.
fn quads() -> impl Iterator<Item = [u32; 4]> {
    let at = |ring: u32, segment: u32| ring * N_SEGMENTS + segment % N_SEGMENTS;
    let quad = move |ring, s| [at(ring, s), at(ring, s + 1), at(ring + 1, s + 1), at(ring + 1, s)];
    (0..N_RINGS).flat_map(move |ring| (0..N_SEGMENTS).map(move |segment| quad(ring, segment)))
}

fn triangles() -> impl Iterator<Item = [u32; 3]> {
    quads().flat_map(|[a, b, c, d]| [[a, b, c], [a, c, d]])
}

fn corner_points([a, b, c]: [u32; 3]) -> [[f32; 3]; 3] {
    [a, b, c].map(|v| vertex(v / N_SEGMENTS, v % N_SEGMENTS))
}

fn write_obj(out: &mut Writer) -> io::Result<()> {
    for [x, y, z] in vertices() {
        writeln!(out, "v {x:.6} {y:.6} {z:.6}\nvn {x:.4} {y:.4} {z:.4}\nvt {x:.5} {y:.5}")?;
    }
    for quad in quads() {
        let [a, b, c, d] = quad.map(|v| v + 1);
        writeln!(out, "f {a}/{a}/{a} {b}/{b}/{b} {c}/{c}/{c} {d}/{d}/{d}")?;
    }
    Ok(())
}

fn write_stl(out: &mut Writer) -> io::Result<()> {
    out.write_all(&[b' '; 80])?;
    out.write_all(&(2 * N_RINGS * N_SEGMENTS).to_le_bytes())?;
    for triangle in triangles() {
        out.write_all(&[0; 12])?;
        for value in corner_points(triangle).as_flattened() {
            out.write_all(&value.to_le_bytes())?;
        }
        out.write_all(&[0; 2])?;
    }
    Ok(())
}

fn write_ascii_stl(out: &mut Writer) -> io::Result<()> {
    writeln!(out, "solid ball")?;
    for triangle in triangles() {
        writeln!(out, "facet normal 0 0 0\n  outer loop")?;
        for [x, y, z] in corner_points(triangle) {
            writeln!(out, "    vertex {x:.6e} {y:.6e} {z:.6e}")?;
        }
        writeln!(out, "  endloop\nendfacet")?;
    }
    writeln!(out, "endsolid ball")
}

fn ply_header(encoding: &str) -> String {
    format!(
        "ply\nformat {encoding} 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n\
         element face {}\nproperty list uchar int vertex_indices\nend_header\n",
        (N_RINGS + 1) * N_SEGMENTS,
        2 * N_RINGS * N_SEGMENTS
    )
}

fn write_ply(out: &mut Writer) -> io::Result<()> {
    out.write_all(ply_header("binary_little_endian").as_bytes())?;
    for value in vertices().flatten() {
        out.write_all(&value.to_le_bytes())?;
    }
    for triangle in triangles() {
        out.write_all(&[3])?;
        for corner in triangle {
            out.write_all(&corner.to_le_bytes())?;
        }
    }
    Ok(())
}

fn write_ascii_ply(out: &mut Writer) -> io::Result<()> {
    out.write_all(ply_header("ascii").as_bytes())?;
    for [x, y, z] in vertices() {
        writeln!(out, "{x:.6} {y:.6} {z:.6}")?;
    }
    for [a, b, c] in triangles() {
        writeln!(out, "3 {a} {b} {c}")?;
    }
    Ok(())
}
