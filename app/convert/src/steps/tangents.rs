use meshopt::tangents::{TangentOptions, generate_tangents};
use scene::{Layer, Material, Primitive, Scene, Topology};
use serde::{Deserialize, Serialize};
use work::{Cancelled, WorkCtx};

use crate::edit::split_corners;
use crate::receipt::StepLog;
use crate::step::Apply;

/// Tangents by MikkTSpace (Mikkelsen 2008), which normal maps are baked for, where a material has a
/// normal map and the mesh no tangents. Vertices split along mirrored UVs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tangents {
    pub which: WhichTangents,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhichTangents {
    /// Authored ones stay.
    #[default]
    Missing,
    All,
}

impl Apply for Tangents {
    fn apply(&self, scene: &mut Scene, log: &mut StepLog, ctx: &WorkCtx) -> Result<(), Cancelled> {
        for mesh in &mut scene.meshes {
            ctx.check_cancelled()?;
            for primitive in &mut mesh.primitives {
                let wants = self.which == WhichTangents::All || primitive.tangents.is_none();
                let Some(uv_set) = normal_map_uvs(primitive, &scene.materials).filter(|_| wants) else {
                    continue;
                };
                if set_tangents(primitive, uv_set) {
                    log.count("primitives with new tangents", 1);
                }
            }
        }
        Ok(())
    }
}

/// Which UV set the primitive's normal map uses; `None`: it has no normal map.
fn normal_map_uvs(primitive: &Primitive, materials: &[Material]) -> Option<usize> {
    let of_runs = primitive.material_runs.iter().filter_map(|run| materials.get(run.material?));
    let maps = of_runs.filter_map(|material| {
        let clearcoat = material.clearcoat.as_ref().and_then(|c| c.normal_texture);
        material.normal_texture.or(clearcoat)
    });
    maps.map(|map| map.uv_set).next()
}

/// False where nothing changed, or where normals or UVs are missing, without which there are no tangents.
fn set_tangents(primitive: &mut Primitive, uv_set: usize) -> bool {
    if primitive.topology != Topology::Faces || primitive.normals.is_none() || uv_set >= primitive.uvs.len() {
        return false;
    }
    let before = primitive.tangents.take();
    split_corners(primitive);
    let (Some(Layer::PerVertex(normals)), Layer::PerVertex(uvs)) =
        (&primitive.normals, &primitive.uvs[uv_set])
    else {
        primitive.tangents = before;
        return false;
    };
    let triangles = primitive.triangle_corners();
    let indices: Vec<u32> =
        triangles.iter().flatten().map(|&c| primitive.faces.corner_vertices[c as usize]).collect();
    let positions: Vec<[f32; 3]> = primitive.vertex_positions.iter().map(|p| p.to_array()).collect();
    let normals: Vec<[f32; 3]> = normals.iter().map(|n| n.to_array()).collect();
    let uvs: Vec<[f32; 2]> = uvs.iter().map(|uv| uv.to_array()).collect();
    let tangents = generate_tangents(Some(&indices), &positions, &normals, &uvs, TangentOptions::Compatible);
    let mut of_corners = vec![glam::Vec4::new(1.0, 0.0, 0.0, 1.0); primitive.faces.corner_vertices.len()];
    for (&corner, tangent) in triangles.iter().flatten().zip(tangents) {
        of_corners[corner as usize] = tangent.into();
    }
    primitive.tangents = Some(Layer::PerCorner(of_corners));
    split_corners(primitive);
    primitive.tangents != before
}
