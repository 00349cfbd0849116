use std::io::Write;
use std::path::Path;

use scene::{Scene, Topology};
use work::WorkCtx;

use crate::placed::{each_placed, z_up};
use crate::{WriteError, WriteReport, unfinished};

/// Writes the default pose as one binary STL, +Z up, in metres: positions only.
///
/// # Errors
/// A scene that does not validate, more triangles than the format counts, a disk that refuses, a
/// cancel.
pub(crate) fn write_stl(scene: &Scene, path: &Path, ctx: &WorkCtx) -> Result<WriteReport, WriteError> {
    ctx.stage("writing");
    scene.validate()?;
    let mut records: Vec<u8> = Vec::new();
    each_placed(scene, ctx, |placed| {
        if placed.primitive.topology != Topology::Faces {
            return;
        }
        let corner_vertices = &placed.primitive.faces.corner_vertices;
        for triangle in placed.primitive.triangle_corners() {
            let mut points = triangle.map(|c| z_up(placed.positions[corner_vertices[c as usize] as usize]));
            if placed.is_mirrored {
                points.swap(1, 2);
            }
            let [a, b, c] = points;
            let normal = (b - a).cross(c - a).normalize_or_zero();
            for vector in [normal, a, b, c] {
                records.extend(vector.to_array().iter().flat_map(|x: &f32| x.to_le_bytes()));
            }
            records.extend([0, 0]);
        }
    })?;
    let Ok(n_triangles) = u32::try_from(records.len() / super::RECORD_N_BYTES) else {
        return Err(WriteError::TooBig(path.into()));
    };
    let n_bytes = unfinished::save(path, ctx, |out| {
        // Not "solid", by which readers know the other kind of STL.
        let mut header = [b' '; 80];
        header[..16].copy_from_slice(b"binary STL, Kiln");
        out.write_all(&header)?;
        out.write_all(&n_triangles.to_le_bytes())?;
        out.write_all(&records)
    })?;
    Ok(WriteReport { n_bytes, ..WriteReport::default() })
}
