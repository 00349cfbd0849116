//! Which side of an open part is seen, told by rays from both of its sides.
//!
//! After Takayama, Jacobson, Kavan & Sorkine-Hornung, "A Simple Method for Correcting Facet
//! Orientations in Polygon Meshes Based on Ray Casting", JCGT 3(4), 2014: from points spread over a
//! part by area, one ray goes to either side, and what counts is which side gets out of the scene
//! more often, then on which side there is more room. Unlike there, both numbers are kept, so that
//! whoever decides can leave alone what looks the same from both sides.

use glam::{Vec2, Vec3};
use rayon::prelude::*;
use work::WorkCtx;

use crate::overlap::{Sight, Soup, Tree};
use crate::spots::Stage;
use crate::view::MeshView;

/// What rays from a shell met; the first number of a pair is the front of the shell's first face.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Share of the rays that left the scene.
    pub(crate) escapes: [f64; 2],
    /// Mean free way, as a share of the scene's size; 1 for those that left it.
    pub(crate) room: [f64; 2],
    /// Rays to each side.
    pub(crate) n_rays: usize,
}

/// Of each mesh, of each of its shells; `None` for those nobody asked about.
pub(crate) type SeenShells = Vec<Vec<Option<Seen>>>;

/// Placings of one mesh that are looked at.
const MAX_INSTANCES: usize = 4;

/// As the paper, at least; more for parts of many faces.
const FEWEST_RAYS: usize = 10;
const MOST_RAYS: usize = 512;

/// Rays to each side for all shells together, beyond which each gets fewer, and beyond which the
/// last ones get none.
const RAYS_WANTED: usize = 100_000;
const RAYS_AT_MOST: usize = 1_000_000;

/// A triangle on a shell that is asked about.
struct Member {
    shell: u32,
    triangle: u32,
    is_reversed: bool,
}

/// Looks at every shell that holds no volume. `radius`: of the scene, metres.
pub(crate) fn look(
    stage: &Stage,
    views: &[Option<MeshView>],
    soup: &Soup,
    tree: &Tree,
    radius: f64,
    ctx: &WorkCtx,
) -> SeenShells {
    let mut first_shells = Vec::with_capacity(views.len());
    let mut is_asked = Vec::new();
    for view in views {
        first_shells.push(is_asked.len() as u32);
        let shells = view.iter().flat_map(|view| &view.shells.list);
        is_asked.extend(shells.map(|shell| shell.outward().is_none() && !shell.is_one_sided));
    }
    let members = if is_asked.contains(&true) {
        members(stage, views, soup, &first_shells, &is_asked)
    } else {
        Vec::new()
    };
    let groups: Vec<&[Member]> = members.chunk_by(|a, b| a.shell == b.shell).collect();
    let wanted: usize = groups.iter().map(|group| n_rays(group.len())).sum();
    let share = (RAYS_WANTED as f64 / wanted.max(1) as f64).min(1.0);
    let seen: Vec<(u32, Seen)> = groups
        .into_par_iter()
        .take(RAYS_AT_MOST / FEWEST_RAYS)
        .filter(|_| !ctx.is_cancelled())
        .map(|group| {
            let n = ((n_rays(group.len()) as f64 * share) as usize).max(FEWEST_RAYS);
            (group[0].shell, look_from(group, n, soup, tree, radius))
        })
        .collect();
    let mut by_shell = vec![None; is_asked.len()];
    for (shell, of_shell) in seen {
        by_shell[shell as usize] = Some(of_shell);
    }
    let mut rest = by_shell.into_iter();
    let n_shells = |view: &Option<MeshView>| view.as_ref().map_or(0, |view| view.shells.list.len());
    views.iter().map(|view| rest.by_ref().take(n_shells(view)).collect()).collect()
}

fn n_rays(n_triangles: usize) -> usize {
    (16 + 2 * n_triangles.isqrt()).min(MOST_RAYS)
}

/// In the order of the shells, and of the soup within one.
fn members(
    stage: &Stage,
    views: &[Option<MeshView>],
    soup: &Soup,
    first_shells: &[u32],
    is_asked: &[bool],
) -> Vec<Member> {
    let mut n_placed = vec![0; views.len()];
    let is_looked_at: Vec<bool> = stage
        .instances
        .iter()
        .map(|instance| {
            n_placed[instance.mesh] += 1;
            n_placed[instance.mesh] <= MAX_INSTANCES
        })
        .collect();
    let of_triangle = |(i, triangle): (usize, &crate::overlap::Triangle)| {
        let owner = &soup.owners[triangle.owner as usize];
        if !is_looked_at[owner.instance] {
            return None;
        }
        let mesh = stage.instances[owner.instance].mesh;
        let view = views[mesh].as_ref()?;
        let face = view.surface.faces_of_primitive(owner.primitive).start + triangle.face as usize;
        let shell = view.shells.of_face[face];
        if shell == crate::shells::NO_SHELL {
            return None;
        }
        let shell = first_shells[mesh] + shell;
        let is_reversed = view.shells.is_reversed[face];
        is_asked[shell as usize].then_some(Member { shell, triangle: i as u32, is_reversed })
    };
    let triangles = soup.triangles.par_iter().with_min_len(4096).enumerate();
    let mut members: Vec<Member> = triangles.filter_map(of_triangle).collect();
    members.par_sort_by_key(|member| (member.shell, member.triangle));
    members
}

fn look_from(group: &[Member], n_rays: usize, soup: &Soup, tree: &Tree, radius: f64) -> Seen {
    let mut ends = Vec::with_capacity(group.len());
    let mut total = 0.0;
    for member in group {
        let [a, b, c] = soup.triangles[member.triangle as usize].points;
        total += f64::from((b - a).cross(c - a).length());
        ends.push(total);
    }
    let mut seen = Seen { n_rays, ..Seen::default() };
    for i in 0..n_rays {
        let at = total * (i as f64 + 0.5) / n_rays as f64;
        let member = &group[ends.partition_point(|&end| end < at).min(group.len() - 1)];
        let triangle = &soup.triangles[member.triangle as usize];
        let normal = if member.is_reversed { -triangle.normal } else { triangle.normal };
        let direction = around(normal, spread(i, 0));
        let from = within(&triangle.points, spread(i, 1));
        for side in 0..2 {
            let direction = if side == 0 { direction } else { -direction };
            let sight = Sight { origin: from, direction, nearest: (4e-6 * radius) as f32 };
            match tree.first_hit(&sight, member.triangle) {
                None => {
                    seen.escapes[side] += 1.0;
                    seen.room[side] += 1.0;
                }
                Some(distance) => seen.room[side] += (f64::from(distance) / (2.0 * radius)).min(1.0),
            }
        }
    }
    for sums in [&mut seen.escapes, &mut seen.room] {
        *sums = sums.map(|sum| sum / n_rays as f64);
    }
    seen
}

/// The `i`th of evenly spread points of the unit square (the R2 sequence of M. Roberts), two series
/// that have nothing to do with each other.
fn spread(i: usize, series: usize) -> Vec2 {
    let step = [[0.754_877_7, 0.569_840_3], [0.819_172_5, 0.671_043_6]][series];
    let at = |step: f64| (0.5 + step * (i + 1) as f64).fract() as f32;
    Vec2::new(at(step[0]), at(step[1]))
}

fn within([a, b, c]: &[Vec3; 3], at: Vec2) -> Vec3 {
    let at = if at.x + at.y > 1.0 { 1.0 - at } else { at };
    *a + at.x * (*b - *a) + at.y * (*c - *a)
}

/// Over the half space of a normal, by the cosine to it; without zero components.
fn around(normal: Vec3, at: Vec2) -> Vec3 {
    let (u, v) = normal.any_orthonormal_pair();
    let (radius, angle) = (at.x.sqrt(), std::f32::consts::TAU * at.y);
    let direction = radius * angle.cos() * u + radius * angle.sin() * v + (1.0 - at.x).sqrt() * normal;
    let away_from_zero = |x: f32| if x.abs() < 1e-7 { 1e-7 } else { x };
    Vec3::from_array(direction.to_array().map(away_from_zero))
}
