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

use crate::overlap::{Sight, SightTree, Soup, Triangle};
use crate::shells::{NO_SHELL, Shell};
use crate::spots::Stage;
use crate::view::MeshView;

/// What rays from a shell met; the first number of a pair is the front of the shell's first face.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Share of the rays that left the scene.
    pub(crate) escapes: [f64; 2],
    /// Mean free way, as a share of the scene's size; 1 for those that left it.
    pub(crate) room: [f64; 2],
    /// Share of the rays that met the same shell again: high on the side that it bends around.
    pub(crate) own: [f64; 2],
    /// Share of the rays that met what is no outer wall of the scene.
    pub(crate) contents: [f64; 2],
    /// Rays to each side.
    pub(crate) n_rays: usize,
}

/// Of each mesh, of each of its shells; `None` for those nobody asked about.
pub(crate) type SeenShells = Vec<Vec<Option<Seen>>>;

/// Placings of one mesh that are looked at.
const MAX_INSTANCES: usize = 4;

/// As the paper, at least; more for parts of many faces.
const FEWEST_RAYS: usize = 10;
const MOST_RAYS: usize = 256;

/// Rays to each side for all shells together, beyond which each gets fewer, and beyond which the
/// last ones get none.
const RAYS_WANTED: usize = 30_000;
const RAYS_AT_MOST: usize = 1_000_000;

/// A triangle on a shell that is asked about.
struct Member {
    shell: u32,
    triangle: u32,
    is_reversed: bool,
}

/// Looks at every shell of which volume alone does not tell the outside. `radius`: of the scene, metres.
pub(crate) fn look(
    stage: &Stage,
    views: &[Option<MeshView>],
    soup: &Soup,
    radius: f64,
    ctx: &WorkCtx,
) -> SeenShells {
    let mut first_shells = Vec::with_capacity(views.len());
    let (mut is_asked, mut is_uniform) = (Vec::new(), Vec::new());
    for view in views {
        first_shells.push(is_asked.len() as u32);
        let shells = view.iter().flat_map(|view| &view.shells.list);
        is_asked.extend(shells.clone().map(Shell::may_look_inwards));
        is_uniform.extend(shells.map(|shell| shell.n_wound.contains(&0)));
    }
    if !is_asked.contains(&true) {
        return views.iter().map(|_| Vec::new()).collect();
    }
    let shell_of = shells_of(stage, views, soup, &first_shells);
    let members = members(stage, soup, &shell_of, &is_asked);
    let scene = Sighted { soup, tree: SightTree::new(soup), shell_of: &shell_of, radius };
    let groups: Vec<&[Member]> = members.chunk_by(|a, b| a.shell == b.shell).collect();
    let wanted: usize = groups.iter().map(|group| n_rays(group.len())).sum();
    let share = (RAYS_WANTED as f64 / wanted.max(1) as f64).min(1.0);
    let mut looks: Vec<(&[Member], Look)> = groups
        .into_par_iter()
        .take(RAYS_AT_MOST / FEWEST_RAYS)
        .filter(|_| !ctx.is_cancelled())
        .filter(|group| !(is_uniform[group[0].shell as usize] && scene.is_small_and_flat(group)))
        .map(|group| {
            let n = ((n_rays(group.len()) as f64 * share) as usize).max(FEWEST_RAYS);
            let mut look = Look::new(group[0].shell);
            scene.look_from(group, n, &mut look);
            (group, look)
        })
        .collect();
    let n_unclear = looks.iter().filter(|(_, look)| look.is_unclear()).count();
    let n_more = (RAYS_WANTED / n_unclear.max(1)).min(MOST_RAYS);
    if n_more >= FEWEST_RAYS {
        let unclear = looks.par_iter_mut().filter(|(_, look)| look.is_unclear() && !ctx.is_cancelled());
        unclear.for_each(|(group, look)| scene.look_from(group, n_more, look));
    }
    let mut is_wall = vec![false; is_asked.len()];
    for (_, look) in &looks {
        is_wall[look.shell as usize] = look.seen().outside().is_some();
    }
    let mut by_shell = vec![None; is_asked.len()];
    for (_, look) in &looks {
        let mut seen = look.seen();
        seen.contents = look.contents(|met| is_wall.get(met as usize) == Some(&true));
        by_shell[look.shell as usize] = Some(seen);
    }
    let mut rest = by_shell.into_iter();
    let n_shells = |view: &Option<MeshView>| view.as_ref().map_or(0, |view| view.shells.list.len());
    views.iter().map(|view| rest.by_ref().take(n_shells(view)).collect()).collect()
}

fn n_rays(n_triangles: usize) -> usize {
    (16 + 2 * n_triangles.isqrt()).min(MOST_RAYS)
}

/// Shell of each triangle, numbered through the views, with the highest bit set for those that are
/// wound against the first face of theirs; `NO_SHELL` for those of none.
fn shells_of(stage: &Stage, views: &[Option<MeshView>], soup: &Soup, first_shells: &[u32]) -> Vec<u32> {
    let of_triangle = |triangle: &Triangle| {
        let owner = &soup.owners[triangle.owner as usize];
        let mesh = stage.instances[owner.instance].mesh;
        let Some(view) = &views[mesh] else { return NO_SHELL };
        let face = view.surface.faces_of_primitive(owner.primitive).start + triangle.face as usize;
        match view.shells.of_face[face] {
            NO_SHELL => NO_SHELL,
            shell => {
                let reversed = if view.shells.is_reversed[face] { REVERSED } else { 0 };
                (first_shells[mesh] + shell) | reversed
            }
        }
    };
    soup.triangles.par_iter().with_min_len(4096).map(of_triangle).collect()
}

const REVERSED: u32 = 1 << 31;

/// In the order of the shells, and of the soup within one.
fn members(stage: &Stage, soup: &Soup, shell_of: &[u32], is_asked: &[bool]) -> Vec<Member> {
    let mut n_placed = vec![0; stage.scene.meshes.len()];
    let is_looked_at: Vec<bool> = stage
        .instances
        .iter()
        .map(|instance| {
            n_placed[instance.mesh] += 1;
            n_placed[instance.mesh] <= MAX_INSTANCES
        })
        .collect();
    let member = |(i, triangle): (usize, &Triangle)| {
        let marked = shell_of[i];
        let shell = marked & !REVERSED;
        let is_asked = marked != NO_SHELL && is_asked[shell as usize];
        let is_wanted = is_asked && is_looked_at[soup.owners[triangle.owner as usize].instance];
        let is_reversed = marked & REVERSED != 0;
        is_wanted.then_some(Member { shell, triangle: i as u32, is_reversed })
    };
    let triangles = soup.triangles.par_iter().with_min_len(4096).enumerate();
    let mut members: Vec<Member> = triangles.filter_map(member).collect();
    members.par_sort_by_key(|member| (member.shell, member.triangle));
    members
}

/// What rays from one shell met, summed up, with the shells they met on either side.
struct Look {
    sums: Seen,
    shell: u32,
    met: [Vec<u32>; 2],
}

impl Look {
    fn new(shell: u32) -> Self {
        Self { sums: Seen::default(), shell, met: [Vec::new(), Vec::new()] }
    }

    fn seen(&self) -> Seen {
        let n = self.sums.n_rays.max(1) as f64;
        let mean = |sums: [f64; 2]| sums.map(|sum| sum / n);
        Seen {
            escapes: mean(self.sums.escapes),
            room: mean(self.sums.room),
            own: mean(self.sums.own),
            ..self.sums
        }
    }

    /// More rays may tell more: of what is alike from both sides, or holds things that few rays meet.
    fn is_unclear(&self) -> bool {
        let seen = self.seen();
        seen.preferred().is_none() || seen.outside().is_some()
    }

    fn contents(&self, is_wall: impl Fn(u32) -> bool) -> [f64; 2] {
        let n = self.sums.n_rays.max(1) as f64;
        let is_content = |met: &&u32| **met != self.shell && !is_wall(**met);
        [0, 1].map(|side| self.met[side].iter().filter(is_content).count() as f64 / n)
    }
}

/// What rays are shot through.
struct Sighted<'a> {
    soup: &'a Soup,
    tree: SightTree<'a>,
    shell_of: &'a [u32],
    /// Metres.
    radius: f64,
}

/// An outer wall: one side sees out nearly everywhere, the other nearly nowhere.
const OUTSIDE_ABOVE: f64 = 0.85;
const INSIDE_BELOW: f64 = 0.25;

/// What a wall of a room has before it: something that is no wall, and space.
const CONTENTS_ABOVE: f64 = 0.03;
const ROOM_ABOVE: f64 = 0.1;

/// The side that rays prefer, and by how much of all they do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preference {
    pub(crate) right: usize,
    pub(crate) difference: f64,
    /// The part bends around something: it sees itself on the other side.
    pub(crate) is_bent: bool,
}

/// How much more of one side than of the other must be seen: a margin, and what chance makes of so
/// many rays.
const MARGIN: f64 = 0.1;

/// Shares of the scene's size.
const COVERED_WITHIN: f64 = 0.005;
const SEEN_FROM: f64 = 0.03;

impl Seen {
    /// The outer side of a part that bends around something, unless that is the hidden one, as of the
    /// inner wall of a cup; else the side that sees more, or has more room before it. `None` where both
    /// sides are alike.
    pub(crate) fn preferred(&self) -> Option<Preference> {
        let n = self.n_rays.max(1) as f64;
        let by = |[one, other]: [f64; 2], is_bent: bool| {
            let all = if one + other > 1.0 || is_bent { 1.0 } else { one + other };
            let difference = if all > 0.0 { (one - other).abs() / all } else { 0.0 };
            let right = usize::from((other > one) != is_bent);
            // Of few rays that tell at all, a few say nothing.
            let chance = if all < 1.0 { 1.5 / (n * all).max(1.0).sqrt() } else { 1.0 / n.sqrt() };
            (difference > MARGIN + chance).then_some(Preference { right, difference, is_bent })
        };
        let (bent, in_sight) = (by(self.own, true), by(self.escapes, false));
        let bent = bent.filter(|bent| in_sight.is_none_or(|in_sight| in_sight.right == bent.right));
        bent.or(in_sight).or_else(|| by(self.room, false))
    }

    /// Something lies so close on that side that the two may be layers of one thing, or there is room
    /// enough to look at it from.
    pub(crate) fn may_be_meant(&self, side: usize) -> bool {
        self.room[side] < COVERED_WITHIN || self.room[side] > SEEN_FROM
    }

    /// The side of an outer wall that looks out of the scene; `None` when it is not one.
    fn outside(&self) -> Option<usize> {
        (0..2).find(|&side| self.escapes[side] >= OUTSIDE_ABOVE && self.escapes[1 - side] <= INSIDE_BELOW)
    }

    /// The same, of a wall with things behind it that stand in free space, as in a furnished room.
    pub(crate) fn outside_of_room(&self) -> Option<usize> {
        let has_room =
            |inside: usize| self.contents[inside] >= CONTENTS_ABOVE && self.room[inside] >= ROOM_ABOVE;
        self.outside().filter(|&outside| has_room(1 - outside))
    }
}

/// A flat part that covers less of the scene than this, as a share of the square around it, is left
/// to its author: blades of grass stand every way.
const SMALL_EXTENT: f64 = 1e-3;

impl Sighted<'_> {
    fn is_small_and_flat(&self, group: &[Member]) -> bool {
        let mut sum = Vec3::ZERO;
        let mut all = 0.0;
        for member in group {
            let [a, b, c] = self.soup.triangles[member.triangle as usize].points;
            let double_area = (b - a).cross(c - a);
            sum += if member.is_reversed { -double_area } else { double_area };
            all += double_area.length();
        }
        let extent = 0.5 * f64::from(all) / (2.0 * self.radius).powi(2);
        extent < SMALL_EXTENT && sum.length() > 0.999 * all
    }

    /// Adds `n_rays` to either side.
    fn look_from(&self, group: &[Member], n_rays: usize, look: &mut Look) {
        let mut ends = Vec::with_capacity(group.len());
        let mut total = 0.0;
        for member in group {
            let [a, b, c] = self.soup.triangles[member.triangle as usize].points;
            total += f64::from((b - a).cross(c - a).length());
            ends.push(total);
        }
        for i in 0..n_rays {
            let at = total * (i as f64 + 0.5) / n_rays as f64;
            let member = &group[ends.partition_point(|&end| end < at).min(group.len() - 1)];
            self.look_both_ways(member, look.sums.n_rays, look);
            look.sums.n_rays += 1;
        }
    }

    fn look_both_ways(&self, member: &Member, i: usize, look: &mut Look) {
        let seen = &mut look.sums;
        let triangle = &self.soup.triangles[member.triangle as usize];
        // The same rays whichever way the triangle is wound, so that what is seen does not depend on
        // what is asked.
        let (normal, is_other_way) = upright(triangle.normal);
        let direction = around(normal, spread(i, 0));
        let from = within(sorted(triangle.points), spread(i, 1));
        let instance = |triangle: &Triangle| self.soup.owners[triangle.owner as usize].instance;
        for side in 0..2 {
            let is_along = (side == 0) != (member.is_reversed != is_other_way);
            let direction = if is_along { direction } else { -direction };
            let sight = Sight { origin: from, direction, nearest: (4e-6 * self.radius) as f32 };
            let Some((distance, met)) = self.tree.first_hit(&sight, member.triangle) else {
                seen.escapes[side] += 1.0;
                seen.room[side] += 1.0;
                continue;
            };
            seen.room[side] += (f64::from(distance) / (2.0 * self.radius)).min(1.0);
            let is_own = self.shell_of[met] & !REVERSED == member.shell
                && instance(&self.soup.triangles[met]) == instance(triangle);
            seen.own[side] += if is_own { 1.0 } else { 0.0 };
            look.met[side].push(self.shell_of[met] & !REVERSED);
        }
    }
}

/// The `i`th of evenly spread points of the unit square (the R2 sequence of M. Roberts), two series
/// that have nothing to do with each other.
fn spread(i: usize, series: usize) -> Vec2 {
    let step = [[0.754_877_7, 0.569_840_3], [0.819_172_5, 0.671_043_6]][series];
    let at = |step: f64| (0.5 + step * (i + 1) as f64).fract() as f32;
    Vec2::new(at(step[0]), at(step[1]))
}

/// Of a normal and its opposite always the same one, and whether that is the opposite.
fn upright(normal: Vec3) -> (Vec3, bool) {
    let first = normal.to_array().into_iter().find(|x| *x != 0.0);
    if first.is_some_and(|x| x < 0.0) { (-normal, true) } else { (normal, false) }
}

fn sorted(mut points: [Vec3; 3]) -> [Vec3; 3] {
    let by_place =
        |a: &Vec3, b: &Vec3| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)).then(a.z.total_cmp(&b.z));
    points.sort_by(by_place);
    points
}

fn within([a, b, c]: [Vec3; 3], at: Vec2) -> Vec3 {
    let at = if at.x + at.y > 1.0 { 1.0 - at } else { at };
    a + at.x * (b - a) + at.y * (c - a)
}

/// Over the half space of a normal, by the cosine to it; without zero components.
fn around(normal: Vec3, at: Vec2) -> Vec3 {
    let (u, v) = normal.any_orthonormal_pair();
    let (radius, angle) = (at.x.sqrt(), std::f32::consts::TAU * at.y);
    let direction = radius * angle.cos() * u + radius * angle.sin() * v + (1.0 - at.x).sqrt() * normal;
    let away_from_zero = |x: f32| if x.abs() < 1e-7 { 1e-7 } else { x };
    Vec3::from_array(direction.to_array().map(away_from_zero))
}
