//! Surgery on one primitive that keeps everything else as it was: attributes, materials, skins and
//! morphs follow the corners and vertices they belong to.

mod faces;
mod points;
mod turn;
mod vertices;

pub(crate) use faces::{FaceList, material_of, retain_faces, set_materials};
pub(crate) use points::weld_points;
pub(crate) use turn::turn_faces;
pub(crate) use vertices::{
    keep_vertices, merge_values, merge_vertices, remove_unused_vertices, split_corners,
};
