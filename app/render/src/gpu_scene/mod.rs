//! A scene on the device: vertices in a few large buffers, one record a placed part.

mod arena;
mod bindings;
mod blocks;
mod casters;
mod clusters;
mod coarse;
mod corners;
mod dense;
mod detail;
mod extensions;
mod floor;
mod geometry;
mod levels;
mod material;
mod mips;
mod objects_of_ids;
mod pose;
mod reduction;
mod rig;
mod room;
mod spacing;
mod textures;
mod upload;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use glam::{DMat4, DVec3};
use scene::{Aabb, NodeId};

use crate::Look;
use crate::punctual::PlacedLight;

pub(crate) use arena::Arena;
pub(crate) use casters::{Caster, Casters};
pub(crate) use dense::{DenseSurface, DenseSurfaces};
pub(crate) use detail::{Detail, IndexBuffers, Level};
pub(crate) use extensions::{
    Extensions, FIRST_SAMPLER_BINDING, FIRST_TEXTURE_BINDING, N_SAMPLERS, UNIFORM_BINDING, n_slots,
    texture_functions,
};
#[cfg(test)]
pub(crate) use extensions::{ExtensionsUniform, N_SLOTS};
pub(crate) use floor::{Floor, N_CELLS as N_FLOOR_CELLS};
#[cfg(test)]
pub(crate) use material::MaterialUniform;
pub(crate) use mips::{Encoding, mip_levels, upload_levels};
pub(crate) use objects_of_ids::ObjectsOfIds;
pub(crate) use rig::{BendUniform, MatrixBlock, Rig, RigBuffers};
pub(crate) use room::{Room, Shell};
pub(crate) use textures::Fallbacks;
pub(crate) use upload::{draws, partly_solid};

use crate::cull::ObjectBox;

/// A scene on the device, in its default pose. It keeps nothing of the [`scene::Scene`] it was made
/// of, and may be drawn by several threads at a time. A clone shares the device's memory.
#[derive(Clone)]
pub struct GpuScene {
    pub(crate) bounds: Aabb,
    pub(crate) arenas: Vec<Arena>,
    /// The scene's materials, then the one of surfaces without.
    pub(crate) materials: Vec<MaterialBindings>,
    /// Parts that a draw call shows together stand together.
    pub(crate) parts: Vec<Part>,
    /// Opaque and masked parts, in an order that changes state seldom.
    pub(crate) opaque: Vec<Draw>,
    /// What something is seen through.
    pub(crate) blended: Vec<Draw>,
    /// Those of `blended` that hide somewhere all that is behind them, as far as one can tell.
    pub(crate) partly_solid: Vec<Draw>,
    /// Whether some of it is transmissive.
    pub(crate) refracts: bool,
    /// Node of each id, which counts pairs (node, material) from 1.
    pub(crate) node_of_id: Arc<[NodeId]>,
    pub(crate) objects_of_ids: ObjectsOfIds,
    pub(crate) n_triangles: usize,
    pub(crate) floor: Floor,
    pub(crate) casters: Arc<Casters>,
    /// The file's own, in the picture's exposure.
    pub(crate) lights: Arc<[PlacedLight]>,
    /// What a [`crate::Puppet`] is made from; only where it was asked for.
    pub(crate) rig: Option<Arc<Rig>>,
    pub(crate) room: Room,
    /// Where a processor draws stills.
    pub(crate) dense: Option<Arc<DenseSurfaces>>,
    detail: Arc<detail::DetailSlot>,
    /// Another one for each scene and each pose of it.
    pub(crate) stamp: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadOptions {
    /// Larger textures are scaled down to this many pixels a side.
    pub max_texture_px: u32,
    pub purpose: Purpose,
    /// Keeps what a [`crate::Puppet`] of the scene needs. Skins and morphs take memory for it.
    pub keeps_rig: bool,
    /// Bring UVs of surfaces without textures as well, for the passes that show them.
    pub all_uvs: bool,
    /// How many times triangles are quartered and textures halved; see
    /// [`GpuScene::upload_what_fits`].
    pub reduction: u32,
    pub texture_packing: TexturePacking,
}

/// How exact textures are on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TexturePacking {
    Exact,
    /// Where all together would take more bytes than this, the large ones come as blocks (BC7), if the
    /// device knows them: a quarter of the memory, by eye the same.
    BlocksAbove(u64),
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            max_texture_px: 2048,
            purpose: Purpose::Frames { stand_in_above: 200_000 },
            keeps_rig: false,
            all_uvs: true,
            reduction: 0,
            texture_packing: TexturePacking::Exact,
        }
    }
}

/// What is drawn of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever a window wants. Meshes of more triangles get a coarser stand-in for frames that must
    /// be quick, and scenes of more keep what [`GpuScene::refine`] needs.
    Frames { stand_in_above: usize },
    /// Stills alone, each in one go; a [`crate::Viewport`] may show nothing of it.
    Stills,
}

impl UploadOptions {
    /// Triangles from which on a mesh gets a stand-in. One of what is simplified anyway would only
    /// take room.
    fn stand_in_above(&self) -> usize {
        match self.purpose {
            Purpose::Frames { stand_in_above } if self.reduction == 0 => stand_in_above,
            _ => usize::MAX,
        }
    }
}

/// One material run of one primitive, placed by one node.
#[derive(Clone)]
pub(crate) struct Part {
    pub world_from_object: DMat4,
    /// World space, near the middle.
    pub center: DVec3,
    pub id: u32,
    /// Of points, in the object's units.
    pub point_radius: f32,
    /// Bits of `Object` in shaders/common/object.wgsl.
    pub flags: u32,
    /// sRGB in pictures of ids, red lowest.
    pub tint: u32,
    pub arena: usize,
    pub indices: Range<u32>,
    /// Around its vertices; [`ObjectBox::EVERYWHERE`] for what bends on the device.
    pub bounds: ObjectBox,
    /// Of the stand-in; `indices` when there is none.
    pub coarse_indices: Range<u32>,
    pub base_vertex: u32,
    /// Into `GpuScene::materials`.
    pub material: usize,
    pub kind: PartKind,
    pub stand: Stand,
}

/// What a part's place follows while a clip plays.
#[derive(Clone, Copy)]
pub(crate) struct Stand {
    pub node: NodeId,
    /// Where in the mesh the part's origin is.
    pub center: DVec3,
    /// Of `Rig::bends`, when the device bends it.
    pub bend: Option<usize>,
}

/// What decides on the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartKind {
    pub is_blended: bool,
    pub shape: Shape,
    pub cull: Cull,
    pub extensions: Extensions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    PlainFaces,
    TexturedFaces,
    /// With material extensions, textured or not.
    RichFaces,
    Lines,
    Points,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cull {
    None,
    Back,
    /// The transform mirrors, so that front faces are wound clockwise on screen.
    Front,
}

/// A material for either kind of surface.
#[derive(Clone)]
pub(crate) struct MaterialBindings {
    pub plain: wgpu::BindGroup,
    /// `None` when it has no textures and nobody asks for UVs.
    pub textured: Option<wgpu::BindGroup>,
    /// Whether what is blended may hide all that is behind it somewhere.
    pub may_be_solid: bool,
    /// Nothing is seen through it anywhere.
    pub is_solid: bool,
    /// `None` without extensions.
    pub rich: Option<wgpu::BindGroup>,
}

/// One draw call: the parts `objects` differ in their placing only.
#[derive(Clone)]
pub(crate) struct Draw {
    pub objects: Range<u32>,
}

pub(crate) const OBJECT_MIRRORED: u32 = 1;
pub(crate) const OBJECT_FLAT: u32 = 2;
pub(crate) const OBJECT_HAS_TANGENTS: u32 = 4;
pub(crate) const OBJECT_UNLIT: u32 = 8;
pub(crate) const OBJECT_HAS_COLORS: u32 = 16;
pub(crate) const OBJECT_HAS_UVS: u32 = 32;

impl GpuScene {
    /// World bounds of what is drawn, exact.
    pub fn bounds(&self) -> Aabb {
        self.bounds
    }

    /// The air of a closed interior: a scene that shows nothing but its walls from outside.
    pub fn interior(&self) -> Option<Aabb> {
        (self.room.shell != Shell::Open).then_some(self.room.air)
    }

    /// For a scene that is new, or stands in a new pose.
    pub(crate) fn next_stamp() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether lights of the file shine under this look.
    pub(crate) fn is_lit_by_file(&self, look: &Look) -> bool {
        look.uses_file_lights && !self.lights.is_empty()
    }

    /// A closed interior whose walls hide it unless they are cut off.
    pub fn has_thick_walls(&self) -> bool {
        self.room.shell == Shell::Thick
    }

    /// What is left out of a picture: planes as a normal and a distance along it, of which what lies
    /// above is cut away, and whether surfaces are missing that turn their back.
    pub fn unseen(&self, view: &crate::View, walls: crate::Walls) -> (Vec<glam::DVec4>, bool) {
        (self.room.cuts(view, walls).into_iter().flatten().collect(), self.room.hides_backs(walls))
    }

    pub fn n_triangles(&self) -> usize {
        self.n_triangles
    }

    pub(crate) fn is_seen_through(&self) -> bool {
        !self.blended.is_empty()
    }

    pub(crate) fn node_of(&self, id: u32) -> Option<NodeId> {
        self.node_of_id.get((id as usize).checked_sub(1)?).copied()
    }
}
