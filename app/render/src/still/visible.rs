//! Triangles that change no sample, left out before they are drawn.
//!
//! A card rejects them by the thousand in parallel; a processor fetches, shades and sorts every one,
//! and a dense scan has several to each sample. What is left out faces away, lies between the samples,
//! or lies behind others at every sample it touches: always by more than all that rounding could move
//! it, so that the picture is the same to the bit.

mod hidden;
mod sieve;

use rayon::prelude::*;

use self::hidden::Depths;
use self::sieve::{Footprint, Sieve};
use crate::draw::Surfaces;
use crate::draw_list::{Call, DrawList, IndexSource};
use crate::gpu_scene::{Cull, DenseSurface, DenseSurfaces, GpuScene, IndexBuffers, Part};
use crate::inspection::Inspection;
use crate::{Gpu, RenderError, View, Walls};

/// Triangles and vertices that one task looks at.
const CHUNK: usize = 16_384;

/// What a still shows, and how large.
pub(super) struct Shown<'a> {
    pub scene: &'a GpuScene,
    pub view: &'a View,
    pub walls: Walls,
    pub surfaces: Surfaces,
    /// In samples.
    pub size: [u32; 2],
}

/// Puts what the picture may show of the scene's dense surfaces into the list's own indices.
///
/// # Errors
/// More indices than a buffer of the device can hold.
pub(super) fn resolve(list: &mut DrawList, gpu: &Gpu, shown: &Shown<'_>) -> Result<(), RenderError> {
    let Some(dense) = &shown.scene.dense else { return Ok(()) };
    let depths = shown.may_hide().then(|| Depths::new(shown.size)).flatten();
    let calls = list.solid.iter().chain(&list.seen_through);
    let pieces: Vec<Piece<'_>> = calls.flat_map(|call| shown.pieces(dense, call)).collect();
    let wants_flags = shown.surfaces == Surfaces::Wireframe;
    let sieved: Vec<Vec<Triangles>> =
        pieces.par_iter().map(|piece| piece.sieved(depths.as_ref(), wants_flags)).collect();
    let sieved = match &depths {
        None => sieved,
        Some(depths) => {
            let both = pieces.par_iter().zip(sieved);
            both.map(|(piece, triangles)| piece.unhidden(depths, triangles)).collect()
        }
    };
    let (mut indices, mut edge_flags, mut n_indices) = (Vec::new(), Vec::new(), 0);
    let ranges: Vec<std::ops::Range<u32>> = sieved
        .into_iter()
        .map(|triangles| {
            let start = n_indices;
            for Triangles { indices: kept, edge_flags: flags } in triangles {
                n_indices += kept.len() as u32;
                indices.push(kept);
                edge_flags.push(flags);
            }
            start..n_indices
        })
        .collect();
    let mut resolved = pieces.iter().zip(ranges);
    for calls in [&mut list.solid, &mut list.seen_through] {
        let mut left = Vec::with_capacity(calls.len());
        for call in calls.drain(..) {
            if call.source != IndexSource::Dense {
                left.push(call);
                continue;
            }
            let of_call = resolved.by_ref().take(call.objects.len()).filter(|(_, range)| !range.is_empty());
            left.extend(of_call.map(|(piece, indices)| Call {
                objects: piece.object..piece.object + 1,
                indices,
                source: IndexSource::Own,
            }));
        }
        *calls = left;
    }
    if n_indices > 0 {
        list.own = Some(IndexBuffers::new(gpu, "visible", &indices, &edge_flags)?);
    }
    Ok(())
}

impl Shown<'_> {
    /// Whether what lies behind a solid surface can be told to be hidden.
    fn may_hide(&self) -> bool {
        let is_cut = self.scene.room.cuts(self.view, self.walls).iter().any(Option::is_some);
        self.surfaces == Surfaces::Materials && !is_cut && !self.scene.room.hides_backs(self.walls)
    }

    /// One for each object of a call, because each shows other triangles.
    fn pieces<'a>(&'a self, dense: &'a DenseSurfaces, call: &Call) -> impl Iterator<Item = Piece<'a>> {
        let objects = if call.source == IndexSource::Dense { call.objects.clone() } else { 0..0 };
        objects.map(|object| {
            let found = self.scene.parts.get(object as usize).and_then(|p| Some((p, dense.surface(p)?)));
            let Some((part, surface)) = found else {
                return Piece { object, surface: DenseSurface::NONE, sieve: None, hides: false };
            };
            let material = self.scene.materials.get(part.material);
            Piece {
                object,
                surface,
                sieve: Sieve::new(self.view, self.size, part, self.sides(part)),
                hides: !part.kind.is_blended && material.is_some_and(|m| m.is_solid),
            }
        })
    }

    /// Which sides of a part are left out.
    fn sides(&self, part: &Part) -> Cull {
        match self.surfaces {
            Surfaces::Wireframe | Surfaces::Inspection(Inspection::FaceOrientation, _) => Cull::None,
            Surfaces::Materials | Surfaces::Inspection(..) => part.kind.cull,
        }
    }
}

/// A dense surface as one object places it.
struct Piece<'a> {
    object: u32,
    surface: DenseSurface<'a>,
    /// `None` when all of it has to be drawn.
    sieve: Option<Sieve>,
    /// Nothing is seen through it.
    hides: bool,
}

/// Some triangles of a piece, in the order they came.
struct Triangles {
    indices: Vec<u32>,
    /// Empty where nobody asked for them.
    edge_flags: Vec<u8>,
}

impl Piece<'_> {
    /// Triangles that touch a sample; their depths are noted.
    fn sieved(&self, depths: Option<&Depths>, wants_flags: bool) -> Vec<Triangles> {
        let DenseSurface { vertices, indices, edge_flags } = self.surface;
        let Some(sieve) = &self.sieve else {
            let edge_flags = if wants_flags { edge_flags.to_vec() } else { Vec::new() };
            return vec![Triangles { indices: indices.to_vec(), edge_flags }];
        };
        let places = sieve.places(vertices);
        let depths = depths.filter(|_| self.hides);
        let chunks = indices.par_chunks(3 * CHUNK).zip(edge_flags.par_chunks(CHUNK));
        let kept = chunks.map(|(indices, edges)| {
            let mut kept = Triangles { indices: Vec::with_capacity(indices.len()), edge_flags: Vec::new() };
            for (triangle, edges) in indices.as_chunks::<3>().0.iter().zip(edges) {
                let corners = places.corners(*triangle);
                let touches_any = match depths {
                    Some(depths) => depths.note(sieve, corners),
                    None => sieve.footprint(corners, |_, _, _| {}) != Footprint::None,
                };
                if touches_any {
                    kept.indices.extend_from_slice(triangle);
                    if wants_flags {
                        kept.edge_flags.push(*edges);
                    }
                }
            }
            kept.indices.shrink_to_fit();
            kept
        });
        kept.collect()
    }

    /// What of the triangles others do not hide.
    fn unhidden(&self, depths: &Depths, mut triangles: Vec<Triangles>) -> Vec<Triangles> {
        let Some(sieve) = &self.sieve else { return triangles };
        let places = sieve.places(self.surface.vertices);
        triangles.par_iter_mut().for_each(|Triangles { indices, .. }| {
            let mut n_kept = 0;
            let triangles = indices.as_chunks_mut::<3>().0;
            for i in 0..triangles.len() {
                let triangle = triangles[i];
                if !depths.hide(sieve, places.corners(triangle)) {
                    triangles[n_kept] = triangle;
                    n_kept += 1;
                }
            }
            indices.truncate(3 * n_kept);
            indices.shrink_to_fit();
        });
        triangles
    }
}
