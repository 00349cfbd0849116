//! STL, binary and ASCII (the StereoLithography interface specification of 3D Systems).
//!
//! An STL is a soup of triangles: corners with the very same coordinates become one vertex, and
//! faces that collapse by that stay in, for the checks to find. Its axes are taken as +Z up and
//! turned to the scene's +Y up; its unit is unknown and taken as metres. Facet normals and colours
//! are passed over: the winding says the same.

mod ascii;
mod weld;
mod write;

use glam::Vec3;
use scene::{Faces, MaterialRun, Mesh, Node, Primitive, Scene};

use crate::format::Format;
use crate::plain_material::plain_material;
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning};

pub(crate) use write::write_stl;

const NAME: &str = "STL";

pub(crate) const FORMAT: Format =
    Format { name: NAME, extensions: &["stl"], read: Some(read), sniff, hint: "" };

const HEADER_N_BYTES: usize = 84;
const RECORD_N_BYTES: usize = 50;

/// One triangle as the file has it: three corners of x, y, z as bits.
type Corners = [[u32; 3]; 3];

fn sniff(bytes: &[u8]) -> bool {
    stated_count(bytes).is_some_and(|n| n > 0 && is_exact(bytes, n)) || is_ascii(bytes)
}

fn stated_count(bytes: &[u8]) -> Option<usize> {
    let four = bytes.get(80..HEADER_N_BYTES)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]) as usize)
}

fn is_exact(bytes: &[u8], n_triangles: usize) -> bool {
    n_triangles.checked_mul(RECORD_N_BYTES).and_then(|n| n.checked_add(HEADER_N_BYTES)) == Some(bytes.len())
}

/// Binary files begin with "solid" too, so the word alone proves nothing.
fn is_ascii(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&head, word).is_some();
    head.trim_ascii_start().starts_with(b"solid") && (has(b"facet") || has(b"endsolid")) && !head.contains(&0)
}

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let bytes = source.bytes;
    let stated = stated_count(bytes);
    let mut warnings = Vec::new();
    let welded = if !stated.is_some_and(|n| is_exact(bytes, n)) && is_ascii(bytes) {
        let soup = ascii::parse(source, &mut warnings)?;
        weld::weld(soup.len(), |i| soup[i], source.ctx)?
    } else {
        let Some(stated) = stated else {
            let cause = "it is neither text nor long enough for a binary STL; export it again".into();
            return Err(ReadFault::Damaged { format: NAME, cause });
        };
        let records = binary_records(bytes, stated, &mut warnings);
        weld::weld(records.len(), |i| corners(&records[i]), source.ctx)?
    };
    Ok(Parsed { scene: one_mesh(source.stem(), welded), warnings })
}

fn binary_records<'a>(
    bytes: &'a [u8],
    n_stated: usize,
    warnings: &mut Vec<ReadWarning>,
) -> &'a [[u8; RECORD_N_BYTES]] {
    let (records, rest) = bytes.get(HEADER_N_BYTES..).unwrap_or_default().as_chunks::<RECORD_N_BYTES>();
    if n_stated == records.len() && rest.is_empty() {
        return records;
    }
    // What a wrong count leaves behind the last triangle may be padding.
    let mut records = records.get(..n_stated).unwrap_or(records);
    while let Some((last, others)) = records.split_last()
        && last.iter().all(|&byte| byte == 0)
    {
        records = others;
    }
    let n_found = records.len();
    let text = format!("the header promises {n_stated} triangles, the file holds {n_found}; read those");
    warnings.push(ReadWarning::Repaired(text));
    records
}

fn corners(record: &[u8; RECORD_N_BYTES]) -> Corners {
    let bits = |offset: usize| {
        u32::from_le_bytes([record[offset], record[offset + 1], record[offset + 2], record[offset + 3]])
    };
    std::array::from_fn(|corner| std::array::from_fn(|axis| bits(12 + 12 * corner + 4 * axis)))
}

/// From +Z up to +Y up.
fn to_scene(position: [u32; 3]) -> Vec3 {
    let [x, y, z] = position.map(f32::from_bits);
    Vec3::new(x, z, -y)
}

fn one_mesh(name: String, welded: weld::Welded) -> Scene {
    let faces = Faces::triangles(welded.corner_vertices);
    let run = MaterialRun { first_face: 0, n_faces: faces.n_faces(), material: Some(0) };
    let primitive = Primitive {
        vertex_positions: welded.positions.into_iter().map(to_scene).collect(),
        faces,
        material_runs: vec![run],
        ..Default::default()
    };
    Scene {
        nodes: vec![Node { name: name.clone(), mesh: Some(0), ..Default::default() }],
        roots: vec![0],
        meshes: vec![Mesh { name, primitives: vec![primitive], ..Default::default() }],
        materials: vec![plain_material("")],
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
