//! Overlapping triangles to overlaps as a person counts them: per pair of objects and patch.

use std::collections::HashMap;

use glam::{DVec3, Vec3};
use scene::Aabb;

use super::contact::Contact;
use super::soup::{Soup, Triangle};
use crate::quantities::length;
use crate::report::{MAX_FACES, MAX_PLACES, Part};
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Stage, Where};
use crate::view::object_name;

/// Two objects are the same when this much of each is covered by the other.
const SAME_SHARE: f64 = 0.999;

/// One overlap: two objects that are the same, or a patch of contacts of two objects, or of one
/// with itself.
pub(crate) struct Group {
    pub(crate) rule: Rule,
    /// Never empty.
    pub(crate) contacts: Vec<Contact>,
    /// Square metres.
    pub(crate) area: f64,
}

/// Whole objects first, in the order of the scene; then patches by rule, the largest first.
pub(crate) fn groups(stage: &Stage, soup: &Soup, mut contacts: Vec<Contact>, radius: f64) -> Vec<Group> {
    let owner = |index: u32| &soup.owners[soup.triangles[index as usize].owner as usize];
    for contact in &mut contacts {
        let place =
            |index: u32| (owner(index).instance, owner(index).primitive, soup.triangles[index as usize].face);
        if place(contact.other) < place(contact.one) {
            std::mem::swap(&mut contact.one, &mut contact.other);
        }
    }
    let objects = |contact: &Contact| [contact.one, contact.other].map(|t| owner(t).instance);
    contacts.sort_by_cached_key(|contact| (objects(contact), contact.one, contact.other));
    let sizes = Sizes::of(stage, soup, &contacts);
    let mut duplicate_of: HashMap<usize, usize> = HashMap::new();
    let mut patches: Vec<Group> = Vec::new();
    let mut groups = Vec::new();
    for pair in contacts.chunk_by(|a, b| objects(a) == objects(b)) {
        let [one, other] = objects(&pair[0]);
        if one != other && sizes.is_same(pair, one, other) {
            // Of three copies in one place two are too many, not three pairs.
            if *duplicate_of.entry(other).or_insert(one) == one {
                let area = pair.iter().map(|contact| f64::from(contact.overlap.area)).sum();
                groups.push(Group { rule: Rule::ObjectDuplicate, contacts: pair.to_vec(), area });
            }
            continue;
        }
        let mut by_rule: Vec<(Rule, &Contact)> =
            pair.iter().map(|contact| (rule(soup, contact, radius), contact)).collect();
        by_rule.sort_by_key(|(rule, _)| *rule);
        for group in by_rule.chunk_by(|a, b| a.0 == b.0) {
            let contacts: Vec<&Contact> = group.iter().map(|(_, contact)| *contact).collect();
            patches.extend(split(soup, &contacts, group[0].0));
        }
    }
    patches.sort_by(|a, b| a.rule.cmp(&b.rule).then(b.area.total_cmp(&a.area)));
    groups.extend(patches);
    groups
}

/// The first of each rule with their places; the rest only counts.
pub(crate) fn spots(stage: &Stage, soup: &Soup, groups: &[Group]) -> Vec<Spot> {
    let mut spots = Vec::with_capacity(groups.len());
    for of_rule in groups.chunk_by(|a, b| a.rule == b.rule) {
        for (i, group) in of_rule.iter().enumerate() {
            let subject = subject(stage, soup, &group.contacts);
            let (label, place) = if i < MAX_PLACES {
                (group.label(&subject), place(stage, soup, &group.contacts))
            } else {
                (String::new(), Where::Nowhere)
            };
            spots.push(Spot {
                rule: group.rule,
                severity: group.severity(),
                count: 1,
                subject,
                label,
                place,
            });
        }
    }
    spots
}

impl Group {
    /// Largest distance between the two, metres.
    pub(crate) fn separation(&self) -> f64 {
        self.contacts.iter().map(|c| f64::from(c.overlap.separation)).fold(0.0, f64::max)
    }

    fn severity(&self) -> Severity {
        match self.rule {
            Rule::ZFighting | Rule::ZFightingNear | Rule::ObjectDuplicate => Severity::Warning,
            _ => Severity::Info,
        }
    }

    fn label(&self, subject: &str) -> String {
        match self.rule {
            Rule::ObjectDuplicate => subject.into(),
            Rule::ZFightingNear => {
                format!("{subject}: {}, {} apart", area(self.area), length(self.separation()))
            }
            _ => format!("{subject}: {}, in one plane", area(self.area)),
        }
    }
}

/// How much surface each object that takes part has.
struct Sizes {
    areas: HashMap<usize, (f64, usize)>,
}

impl Sizes {
    fn of(stage: &Stage, soup: &Soup, contacts: &[Contact]) -> Self {
        let mut takes_part = vec![false; stage.instances.len()];
        for contact in contacts {
            for index in [contact.one, contact.other] {
                takes_part[soup.owners[soup.triangles[index as usize].owner as usize].instance] = true;
            }
        }
        let mut areas: HashMap<usize, (f64, usize)> = HashMap::new();
        if !contacts.is_empty() {
            for triangle in &soup.triangles {
                let instance = soup.owners[triangle.owner as usize].instance;
                if takes_part[instance] {
                    let [a, b, c] = triangle.points.map(|p| p.as_dvec3());
                    let of = areas.entry(instance).or_default();
                    of.0 += 0.5 * (b - a).cross(c - a).length();
                    of.1 += 1;
                }
            }
        }
        Self { areas }
    }

    fn is_same(&self, pair: &[Contact], one: usize, other: usize) -> bool {
        let (Some(one), Some(other)) = (self.areas.get(&one), self.areas.get(&other)) else { return false };
        let covered: f64 =
            pair.iter().filter(|c| c.overlap.is_same_facing).map(|c| f64::from(c.overlap.area)).sum();
        one.1 == other.1 && covered >= SAME_SHARE * one.0 && covered >= SAME_SHARE * other.0
    }
}

fn rule(soup: &Soup, contact: &Contact, radius: f64) -> Rule {
    let [one, other] =
        [contact.one, contact.other].map(|t| &soup.owners[soup.triangles[t as usize].owner as usize]);
    // What single precision loses on the way through files and transforms.
    let rounding = 4.0 * f64::from(f32::EPSILON) * radius;
    if !contact.overlap.is_same_facing {
        Rule::OverlapBackToBack
    } else if one.looks_like(other) {
        Rule::OverlapSameLook
    } else if f64::from(contact.overlap.separation) <= rounding {
        Rule::ZFighting
    } else {
        Rule::ZFightingNear
    }
}

/// Contacts of two objects that hang together.
fn split(soup: &Soup, contacts: &[&Contact], rule: Rule) -> Vec<Group> {
    let mut sets = Sets::default();
    let mut members = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let [one, other] = [contact.one, contact.other].map(|t| &soup.triangles[t as usize]);
        let set = sets.join(Link::of_face(one), Link::of_face(other));
        for triangle in [one, other] {
            for point in triangle.points {
                sets.join(Link::of_face(triangle), Link::of_corner(triangle, point));
            }
        }
        members.push(set);
    }
    let mut patch_of: HashMap<usize, usize> = HashMap::new();
    let mut patches: Vec<Group> = Vec::new();
    for (contact, member) in contacts.iter().zip(members) {
        let patch = *patch_of.entry(sets.find(member)).or_insert(patches.len());
        if patch == patches.len() {
            patches.push(Group { rule, contacts: Vec::new(), area: 0.0 });
        }
        patches[patch].contacts.push(**contact);
        patches[patch].area += f64::from(contact.overlap.area);
    }
    patches
}

/// What makes contacts hang together: the same face, or a corner of faces that look the same way.
#[derive(PartialEq, Eq, Hash)]
enum Link {
    Face { owner: u32, face: u32 },
    Corner { point: [u32; 3], direction: [i32; 3] },
}

impl Link {
    fn of_face(triangle: &Triangle) -> Self {
        Self::Face { owner: triangle.owner, face: triangle.face }
    }

    fn of_corner(triangle: &Triangle, point: Vec3) -> Self {
        // Either way round, and coarse: the sides of a box must differ, rounding must not.
        let steps = (8.0 * triangle.normal).round().as_ivec3().to_array();
        let is_negative = steps.iter().find(|step| **step != 0).is_some_and(|step| *step < 0);
        let direction = if is_negative { steps.map(|step| -step) } else { steps };
        Self::Corner { point: (point + Vec3::ZERO).to_array().map(f32::to_bits), direction }
    }
}

/// Disjoint sets of links.
#[derive(Default)]
struct Sets {
    numbers: HashMap<Link, usize>,
    leader: Vec<usize>,
}

impl Sets {
    /// Makes one set of two, and names it by one of its members.
    fn join(&mut self, a: Link, b: Link) -> usize {
        let [a, b] = [a, b].map(|link| {
            let next = self.leader.len();
            let number = *self.numbers.entry(link).or_insert(next);
            if number == next {
                self.leader.push(next);
            }
            self.find(number)
        });
        self.leader[a.max(b)] = a.min(b);
        a
    }

    fn find(&mut self, mut item: usize) -> usize {
        while self.leader[item] != item {
            self.leader[item] = self.leader[self.leader[item]];
            item = self.leader[item];
        }
        item
    }
}

fn subject(stage: &Stage, soup: &Soup, contacts: &[Contact]) -> String {
    let name = |t: u32| {
        let instance = &stage.instances[soup.owners[soup.triangles[t as usize].owner as usize].instance];
        (instance.node, object_name(stage.scene, instance.mesh, Some(instance)))
    };
    let Some([one, other]) = contacts.first().map(|c| [c.one, c.other].map(name)) else {
        return String::new();
    };
    if one.0 == other.0 { format!("{} with itself", one.1) } else { format!("{} with {}", one.1, other.1) }
}

fn place(stage: &Stage, soup: &Soup, contacts: &[Contact]) -> Where {
    let Some(first) = contacts.first() else { return Where::Nowhere };
    let triangle = |index: u32| &soup.triangles[index as usize];
    let part = |index: fn(&Contact) -> u32| {
        let owner = &soup.owners[triangle(index(first)).owner as usize];
        let instance = &stage.instances[owner.instance];
        let is_here = |t: &&Triangle| soup.owners[t.owner as usize].primitive == owner.primitive;
        let mut faces: Vec<u32> =
            contacts.iter().map(|c| triangle(index(c))).filter(is_here).map(|t| t.face).collect();
        faces.sort_unstable();
        faces.dedup();
        faces.truncate(MAX_FACES);
        Part { node: instance.node, mesh: instance.mesh, primitive: owner.primitive, faces }
    };
    let total: f64 = contacts.iter().map(|c| f64::from(c.overlap.area)).sum();
    let center: DVec3 =
        contacts.iter().map(|c| c.overlap.center.as_dvec3() * f64::from(c.overlap.area)).sum::<DVec3>()
            / total;
    let mut bounds = Aabb::EMPTY;
    for contact in contacts {
        bounds.add(contact.overlap.center.as_dvec3());
    }
    Where::Between {
        one: part(|c| c.one),
        other: part(|c| c.other),
        point: soup.origin + center,
        radius: bounds.radius() + 0.5 * total.sqrt(),
    }
}

fn area(square_meters: f64) -> String {
    match square_meters {
        a if a >= 0.1 => format!("{a:.1} m²"),
        a if a >= 1e-5 => format!("{:.1} cm²", a * 1e4),
        a => format!("{:.2} mm²", a * 1e6),
    }
}
