//! Corners with the same coordinates become one vertex.
//!
//! Every thread walks over all corners in file order, and looks after those whose hash falls to
//! it, in a table of its own: no locks, and the first corner of each vertex is known without
//! sorting. A second walk numbers the vertices by first appearance.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;
use work::{Cancelled, WorkCtx};

use super::Corners;

pub(super) struct Welded {
    /// By first appearance.
    pub(super) positions: Vec<[u32; 3]>,
    pub(super) corner_vertices: Vec<u32>,
}

/// How many triangles pass between two looks at whether to go on.
const CANCEL_INTERVAL: usize = 1 << 16;

/// `triangle` is called with every number below `n_triangles`, more than once.
pub(super) fn weld(
    n_triangles: usize,
    triangle: impl Fn(usize) -> Corners + Sync,
    ctx: &WorkCtx,
) -> Result<Welded, Cancelled> {
    // Corner numbers are 32 bits wide; a file beyond that has 71 GB.
    let n_triangles = n_triangles.min(u32::MAX as usize / 3);
    let n_parts = rayon::current_num_threads().next_power_of_two().min(64);
    let first_corners: Vec<AtomicU32> =
        (0..3 * n_triangles).into_par_iter().map(|_| AtomicU32::new(0)).collect();
    (0..n_parts).into_par_iter().try_for_each(|part| {
        let mut table = Table::with_room_for(n_triangles / 2 / n_parts);
        for t in 0..n_triangles {
            if t % CANCEL_INTERVAL == 0 {
                ctx.check_cancelled()?;
            }
            for (c, position) in triangle(t).into_iter().enumerate() {
                let position = position.map(without_sign_of_zero);
                let hash = hash(position);
                if hash as usize & (n_parts - 1) == part {
                    let corner = (3 * t + c) as u32;
                    first_corners[corner as usize]
                        .store(table.first(position, hash, corner), Ordering::Relaxed);
                }
            }
        }
        Ok(())
    })?;
    let mut positions = Vec::with_capacity(n_triangles / 2 + 16);
    let mut corner_vertices: Vec<u32> = Vec::with_capacity(3 * n_triangles);
    for t in 0..n_triangles {
        let mut corners = None;
        for c in 0..3 {
            let corner = 3 * t + c;
            let first = first_corners[corner].load(Ordering::Relaxed) as usize;
            if first == corner {
                corner_vertices.push(positions.len() as u32);
                positions.push(corners.get_or_insert_with(|| triangle(t))[c].map(without_sign_of_zero));
            } else {
                corner_vertices.push(corner_vertices[first]);
            }
        }
    }
    Ok(Welded { positions, corner_vertices })
}

/// -0 and 0 are one place.
fn without_sign_of_zero(bits: u32) -> u32 {
    if bits == 0x8000_0000 { 0 } else { bits }
}

/// Multiply and fold; coordinates differ in their upper bits, tables are addressed by lower ones.
fn hash(position: [u32; 3]) -> u64 {
    let [x, y, z] = position.map(u64::from);
    let mixed = (x | y << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ z.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    let folded = (mixed ^ mixed >> 32).wrapping_mul(0x9FB2_1C65_1E98_DF25);
    folded ^ folded >> 29
}

/// Open addressing with the positions beside the numbers, so that a look-up touches one place.
struct Table {
    /// Position and corner number; the number is `FREE` where nothing stands.
    slots: Vec<([u32; 3], u32)>,
    n_taken: usize,
}

const FREE: u32 = u32::MAX;

impl Table {
    fn with_room_for(n: usize) -> Self {
        let n_slots = (2 * n).next_power_of_two().max(1024);
        Self { slots: vec![([0; 3], FREE); n_slots], n_taken: 0 }
    }

    /// The corner that brought `position` first, which may be `corner` itself.
    fn first(&mut self, position: [u32; 3], hash: u64, corner: u32) -> u32 {
        if 2 * self.n_taken > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = (hash >> 8) as usize & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.1 == FREE {
                *slot = (position, corner);
                self.n_taken += 1;
                return corner;
            }
            if slot.0 == position {
                return slot.1;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let n_slots = 2 * self.slots.len();
        let old = std::mem::replace(&mut self.slots, vec![([0; 3], FREE); n_slots]);
        for (position, corner) in old.into_iter().filter(|slot| slot.1 != FREE) {
            let mut at = (hash(position) >> 8) as usize & (n_slots - 1);
            while self.slots[at].1 != FREE {
                at = (at + 1) & (n_slots - 1);
            }
            self.slots[at] = (position, corner);
        }
    }
}
