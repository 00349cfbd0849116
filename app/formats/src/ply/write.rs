use std::io::Write;
use std::path::Path;

use glam::{Vec2, Vec3, Vec4};
use scene::{Layer, Scene, Split, Topology};
use work::WorkCtx;

use crate::placed::{each_placed, z_up};
use crate::{WriteError, WriteReport, srgb, unfinished};

/// A row of the vertex list.
struct Vertex {
    position: Vec3,
    normal: Option<Vec3>,
    uv: Option<Vec2>,
    color: Option<Vec4>,
}

/// Writes the default pose as one binary PLY, +Z up, in metres: polygons with normals, the first
/// texture coordinates and the first colours. Points are written as vertices, lines are left out.
///
/// # Errors
/// A scene that does not validate, a disk that refuses, a cancel.
pub(crate) fn write_ply(scene: &Scene, path: &Path, ctx: &WorkCtx) -> Result<WriteReport, WriteError> {
    ctx.stage("writing");
    scene.validate()?;
    let mut vertices: Vec<Vertex> = Vec::new();
    let mut faces: Vec<u8> = Vec::new();
    let mut n_faces = 0;
    each_placed(scene, ctx, |placed| {
        let split = Split::of(placed.primitive);
        let first = vertices.len() as u32;
        let normals = placed.normals(&split);
        let uvs = placed.primitive.uvs.first().map(|layer: &Layer<Vec2>| split.layer(layer));
        let colors = placed.primitive.colors.first().map(|layer| split.layer(layer));
        vertices.extend(split.vertices.iter().enumerate().map(|(i, &v)| Vertex {
            position: z_up(placed.positions[v as usize]),
            normal: normals.as_ref().map(|normals| z_up(normals[i])),
            uv: uvs.as_ref().and_then(|uvs| uvs[i]),
            color: colors.as_ref().and_then(|colors| colors[i]),
        }));
        if placed.primitive.topology != Topology::Faces {
            return;
        }
        for corners in placed.faces().filter(|corners| corners.len() >= 3) {
            n_faces += 1;
            faces.extend((corners.len() as u32).to_le_bytes());
            faces.extend(corners.iter().flat_map(|&c| (first + split.corner_vertices[c]).to_le_bytes()));
        }
    })?;
    let has_normals = vertices.iter().any(|v| v.normal.is_some());
    let has_uvs = vertices.iter().any(|v| v.uv.is_some());
    let has_colors = vertices.iter().any(|v| v.color.is_some());
    let mut header = format!(
        "ply\nformat binary_little_endian 1.0\ncomment Kiln\nelement vertex {}\n\
         property float x\nproperty float y\nproperty float z\n",
        vertices.len()
    );
    if has_normals {
        header += "property float nx\nproperty float ny\nproperty float nz\n";
    }
    if has_uvs {
        header += "property float s\nproperty float t\n";
    }
    if has_colors {
        header += "property uchar red\nproperty uchar green\nproperty uchar blue\nproperty uchar alpha\n";
    }
    header += &format!("element face {n_faces}\nproperty list uint uint vertex_indices\nend_header\n");
    let n_bytes = unfinished::save(path, ctx, |out| {
        out.write_all(header.as_bytes())?;
        for vertex in &vertices {
            let mut row: Vec<f32> = vertex.position.to_array().to_vec();
            if has_normals {
                row.extend(vertex.normal.unwrap_or(Vec3::Z).to_array());
            }
            if has_uvs {
                // Counted from the bottom there.
                let uv = vertex.uv.unwrap_or_default();
                row.extend([uv.x, 1.0 - uv.y]);
            }
            for value in row {
                out.write_all(&value.to_le_bytes())?;
            }
            if has_colors {
                let color = vertex.color.unwrap_or(Vec4::ONE);
                let [r, g, b] = [color.x, color.y, color.z].map(srgb::code);
                out.write_all(&[r, g, b, (color.w.clamp(0.0, 1.0) * 255.0 + 0.5) as u8])?;
            }
        }
        out.write_all(&faces)
    })?;
    Ok(WriteReport { n_bytes, ..WriteReport::default() })
}
