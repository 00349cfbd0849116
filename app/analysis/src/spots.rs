//! What the checks hand in, and how it becomes the findings of a report.

use glam::DVec3;
use rayon::prelude::*;
use scene::{
    Aabb, FaceSizes, Layer, Mesh, MeshId, MeshInstance, MorphTarget, NodeId, Primitive, Scene, Topology,
    WorldTransforms,
};

use crate::report::{Finding, MAX_PLACES, Mending, Part, Place};
use crate::rules::Rule;
use crate::sentences::{Who, sentence};
use crate::severity::Severity;

/// One place where a rule is broken, not yet located in the world.
pub(crate) struct Spot {
    pub(crate) rule: Rule,
    pub(crate) severity: Severity,
    pub(crate) count: usize,
    /// Whose trouble it is, as sentences name it.
    pub(crate) subject: String,
    pub(crate) label: String,
    pub(crate) place: Where,
}

/// Faces of a place that are asked where it lies.
const MAX_ASKED: usize = 256;

pub(crate) enum Where {
    Nowhere,
    Mesh { mesh: MeshId, primitive: Option<usize>, faces: Vec<u32> },
    Node { node: NodeId, mesh: MeshId, point: DVec3, radius: f64 },
    Between { one: Part, other: Part, point: DVec3, radius: f64 },
}

/// Where the meshes of a scene stand.
pub(crate) struct Stage<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) transforms: WorldTransforms,
    pub(crate) instances: Vec<MeshInstance>,
    /// First instance of each mesh.
    pub(crate) shown_by: Vec<Option<usize>>,
    /// World box of each instance.
    pub(crate) boxes: Vec<Aabb>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(scene: &'a Scene) -> Self {
        let transforms = scene.world_transforms();
        let instances = scene.mesh_instances(&transforms);
        let mut shown_by = vec![None; scene.meshes.len()];
        for (i, instance) in instances.iter().enumerate() {
            shown_by[instance.mesh].get_or_insert(i);
        }
        let mut stage = Self { scene, transforms, instances, shown_by, boxes: Vec::new() };
        stage.boxes = stage.instances.par_iter().map(|instance| stage.world_box(instance)).collect();
        stage
    }

    pub(crate) fn first_instance(&self, mesh: MeshId) -> Option<&MeshInstance> {
        self.shown_by[mesh].map(|i| &self.instances[i])
    }

    /// World box of the vertices that an instance shows.
    fn world_box(&self, instance: &MeshInstance) -> Aabb {
        let mut bounds = Aabb::EMPTY;
        for primitive in &self.scene.meshes[instance.mesh].primitives {
            let mut is_used = vec![false; primitive.vertex_positions.len()];
            for &vertex in &primitive.faces.corner_vertices {
                is_used[vertex as usize] = true;
            }
            let world = self.scene.world_positions(instance, primitive, &self.transforms);
            for (point, _) in world.into_iter().zip(is_used).filter(|(_, used)| *used) {
                bounds.add(point);
            }
        }
        bounds
    }

    pub(crate) fn n_drawn_triangles(&self) -> usize {
        self.instances.iter().map(|instance| n_triangles(&self.scene.meshes[instance.mesh])).sum()
    }

    fn locate(&self, spot: Spot) -> Place {
        let Spot { count, label, place, .. } = spot;
        match place {
            Where::Nowhere => Place {
                node: None,
                mesh: None,
                primitive: None,
                faces: Vec::new(),
                other: None,
                point: DVec3::ZERO,
                radius: 0.0,
                count,
                label,
            },
            Where::Node { node, mesh, point, radius } => Place {
                node: Some(node),
                mesh: Some(mesh),
                primitive: None,
                faces: Vec::new(),
                other: None,
                point,
                radius,
                count,
                label,
            },
            Where::Between { one, other, point, radius } => Place {
                node: Some(one.node),
                mesh: Some(one.mesh),
                primitive: Some(one.primitive),
                faces: one.faces,
                other: Some(other),
                point,
                radius,
                count,
                label,
            },
            Where::Mesh { mesh, primitive, faces } => {
                let (point, radius) = self.view_of(mesh, primitive.unwrap_or(0), &faces);
                let node = self.first_instance(mesh).map(|i| i.node);
                Place { node, mesh: Some(mesh), primitive, faces, other: None, point, radius, count, label }
            }
        }
    }

    /// A point on the faces, the one nearest to their middle, and how far they spread around it;
    /// of the whole primitive when no faces are given.
    fn view_of(&self, mesh: MeshId, primitive: usize, faces: &[u32]) -> (DVec3, f64) {
        let Some(primitive) = self.scene.meshes[mesh].primitives.get(primitive) else {
            return (DVec3::ZERO, 0.0);
        };
        let mut centers = Vec::new();
        let mut bounds = Aabb::EMPTY;
        let mut add = |vertices: &[u32]| {
            let points = self.world_points(mesh, primitive, vertices);
            let finite: Vec<DVec3> = points.into_iter().filter(|p| p.is_finite()).collect();
            for &point in &finite {
                bounds.add(point);
            }
            if !finite.is_empty() {
                centers.push(finite.iter().sum::<DVec3>() / finite.len() as f64);
            }
        };
        for &face in faces.iter().step_by(faces.len() / MAX_ASKED + 1) {
            add(primitive
                .faces
                .corner_vertices
                .get(primitive.faces.corners(face as usize))
                .unwrap_or_default());
        }
        if faces.is_empty() {
            let n_vertices = primitive.vertex_positions.len() as u32;
            add(&(0..n_vertices).step_by(n_vertices as usize / 1024 + 1).collect::<Vec<_>>());
        }
        let middle = bounds.center();
        let nearest = centers
            .into_iter()
            .min_by(|a, b| a.distance_squared(middle).total_cmp(&b.distance_squared(middle)));
        (nearest.unwrap_or(middle), bounds.radius())
    }

    /// Some vertices of a primitive as its first instance shows them, skinned and morphed.
    fn world_points(&self, mesh: MeshId, primitive: &Primitive, vertices: &[u32]) -> Vec<DVec3> {
        let pick = |v: &u32| *v as usize;
        let Some(instance) = self.first_instance(mesh) else {
            return vertices.iter().map(|v| primitive.vertex_positions[pick(v)].as_dvec3()).collect();
        };
        let few = Primitive {
            vertex_positions: vertices.iter().map(|v| primitive.vertex_positions[pick(v)]).collect(),
            joints: primitive
                .joints
                .iter()
                .map(|set| vertices.iter().map(|v| set[pick(v)]).collect())
                .collect(),
            weights: primitive
                .weights
                .iter()
                .map(|set| vertices.iter().map(|v| set[pick(v)]).collect())
                .collect(),
            morph_targets: primitive
                .morph_targets
                .iter()
                .map(|target| MorphTarget {
                    positions: vertices
                        .iter()
                        .filter_map(|v| target.positions.get(pick(v)).copied())
                        .collect(),
                    ..MorphTarget::default()
                })
                .collect(),
            ..Primitive::default()
        };
        self.scene.world_positions(instance, &few, &self.transforms)
    }
}

/// One finding a rule, the gravest first, then in the order of the rules; within it the places
/// with the largest share first.
pub(crate) fn gather(stage: &Stage, mut spots: Vec<Spot>) -> Vec<Finding> {
    // Stable, so that equal counts stay in the order of the scene.
    spots.sort_by(|a, b| a.rule.cmp(&b.rule).then(b.count.cmp(&a.count)));
    let mut findings = Vec::new();
    let mut rest = spots.into_iter().peekable();
    while let Some(rule) = rest.peek().map(|spot| spot.rule) {
        let mut group = Vec::new();
        while let Some(spot) = rest.next_if(|spot| spot.rule == rule) {
            group.push(spot);
        }
        let count = group.iter().map(|spot| spot.count).sum();
        let severity = group.iter().map(|spot| spot.severity).max().unwrap_or(Severity::Info);
        let who = Who::of(group.iter().map(|spot| spot.subject.as_str()));
        group.truncate(MAX_PLACES);
        let (title, sentence) = (rule.title_of(count), sentence(rule, count, &who));
        let mend = rule.mend().map(|(step, effect)| Mending { step, effect });
        let places = group
            .into_iter()
            .filter(|spot| !matches!(spot.place, Where::Nowhere) || !spot.label.is_empty())
            .map(|spot| stage.locate(spot))
            .collect();
        findings.push(Finding { rule, severity, count, title, mend, sentence, places });
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)));
    findings
}

fn n_triangles(mesh: &Mesh) -> usize {
    let polygonal = mesh.primitives.iter().filter(|p| p.topology == Topology::Faces);
    polygonal
        .map(|primitive| match primitive.faces.sizes {
            FaceSizes::Uniform(size) => primitive.faces.n_faces() * (size as usize).saturating_sub(2),
            FaceSizes::Starts(_) => primitive.faces.iter().map(|face| face.len().saturating_sub(2)).sum(),
        })
        .sum()
}

/// A layer's values as stored.
pub(crate) fn values<T>(layer: &Layer<T>) -> &[T] {
    match layer {
        Layer::PerVertex(values) | Layer::PerCorner(values) | Layer::Indexed { values, .. } => values,
    }
}
