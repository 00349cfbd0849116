//! Objects, components and build items become nodes below one that holds unit and axes.

use std::collections::HashMap;
use std::f32::consts::FRAC_PI_2;

use glam::{Quat, Vec3};
use scene::{Authored, Faces, Mesh, MeshId, Node, NodeId, Primitive, Scene, Transform, UpAxis};

use super::package::{Package, part_name};
use super::paint::{Painter, Paints};
use super::part::{Object, Part, Placing, ResourceId};
use crate::source::{Parsed, Source};
use crate::{ReadFault, ReadWarning};

/// Components of components multiply; what is beyond this is a trap.
pub(super) const MAX_NODES: usize = 200_000;
/// Deeper than any assembly; ends the chains of objects that contain themselves.
const MAX_DEPTH: usize = 64;

pub(super) fn build(source: &Source<'_>, package: &Package<'_>) -> Result<Parsed, ReadFault> {
    let mut builder = Builder {
        source,
        package,
        paints: Paints::default(),
        meshes: HashMap::new(),
        parsed: Parsed::default(),
        n_lost: 0,
    };
    let Some(root) = package.parts.get(&package.root) else { return Ok(builder.parsed) };
    let meters_per_unit = root.meters_per_unit;
    builder.parsed.scene = Scene {
        nodes: vec![Node {
            name: source.stem(),
            transform: to_scene(meters_per_unit.unwrap_or(1e-3) as f32),
            ..Default::default()
        }],
        roots: vec![0],
        authored: Authored {
            program: root.program.clone(),
            meters_per_unit,
            up: Some(UpAxis::Z),
            ..Default::default()
        },
        ..Default::default()
    };
    builder.place_all(root)?;
    builder.warn(root);
    Ok(builder.parsed)
}

/// From +Z up to +Y up, and to metres.
fn to_scene(meters_per_unit: f32) -> Transform {
    Transform::Trs {
        translation: Vec3::ZERO,
        rotation: Quat::from_rotation_x(-FRAC_PI_2),
        scale: Vec3::splat(meters_per_unit),
    }
}

struct Builder<'a> {
    source: &'a Source<'a>,
    package: &'a Package<'a>,
    paints: Paints,
    /// By part and object.
    meshes: HashMap<(&'a str, ResourceId), MeshId>,
    parsed: Parsed,
    /// Placings of objects that are not there, and those beyond the limits.
    n_lost: usize,
}

/// One placing that waits for its turn.
struct Task<'a> {
    part_name: &'a str,
    placing: &'a Placing,
    parent: NodeId,
    depth: usize,
}

impl<'a> Builder<'a> {
    fn place_all(&mut self, root: &'a Part) -> Result<(), ReadFault> {
        let task = |placing| Task { part_name: &self.package.root, placing, parent: 0, depth: 0 };
        // From the end, so that nodes come in the file's order.
        let mut tasks: Vec<_> = root.items.iter().rev().map(task).collect();
        while let Some(task) = tasks.pop() {
            self.source.ctx.check_cancelled()?;
            let (name, placing) = (task.part_name, task.placing);
            let Some((part_name, part)) = self.part(name, placing) else {
                self.n_lost += 1;
                continue;
            };
            let Some(object) = part.objects.get(&placing.object) else {
                self.n_lost += 1;
                continue;
            };
            if self.parsed.scene.nodes.len() >= MAX_NODES || task.depth > MAX_DEPTH {
                self.n_lost += 1;
                continue;
            }
            let mesh =
                (!object.triangles.is_empty()).then(|| self.mesh(part_name, part, placing.object, object));
            let id = self.parsed.scene.nodes.len();
            self.parsed.scene.nodes[task.parent].children.push(id);
            self.parsed.scene.nodes.push(Node {
                name: object.name.clone(),
                transform: Transform::Matrix(placing.transform),
                mesh,
                ..Default::default()
            });
            let inner = object.components.iter().rev();
            tasks.extend(inner.map(|placing| Task { part_name, placing, parent: id, depth: task.depth + 1 }));
        }
        Ok(())
    }

    fn part(&self, own: &'a str, placing: &Placing) -> Option<(&'a str, &'a Part)> {
        let package = self.package;
        let name = placing.part.as_deref().map_or_else(|| own.to_owned(), part_name);
        package.parts.get_key_value(&name).map(|(name, part)| (name.as_str(), part))
    }

    fn mesh(&mut self, part_name: &'a str, part: &'a Part, id: ResourceId, object: &'a Object) -> MeshId {
        if let Some(&mesh) = self.meshes.get(&(part_name, id)) {
            return mesh;
        }
        let mut primitive = Primitive {
            vertex_positions: object.vertices.clone(),
            faces: Faces::triangles(object.triangles.as_flattened().to_vec()),
            ..Default::default()
        };
        let painter = Painter { source: self.source, package: self.package, part_name, part };
        let Parsed { scene, warnings } = &mut self.parsed;
        painter.paint(object, &mut primitive, &mut self.paints, scene, warnings);
        if object.n_bad > 0 {
            let reason = "they point to vertices that do not exist";
            warnings.push(ReadWarning::Skipped { what: "triangles", n: object.n_bad, reason });
        }
        let mesh = scene.meshes.len();
        scene.meshes.push(Mesh {
            name: object.name.clone(),
            primitives: vec![primitive],
            ..Default::default()
        });
        self.meshes.insert((part_name, id), mesh);
        mesh
    }

    fn warn(&mut self, root: &Part) {
        let warnings = &mut self.parsed.warnings;
        if root.meters_per_unit.is_none() {
            let text = "the file's unit is none that 3MF has; its lengths were taken as millimetres";
            warnings.push(ReadWarning::Repaired(text.into()));
        }
        if self.n_lost > 0 {
            let reason = "their objects are not in the file, or contain themselves";
            warnings.push(ReadWarning::Skipped { what: "placed objects", n: self.n_lost, reason });
        }
        if self.paints.n_unpainted > 0 {
            let reason = "they name colours or materials that do not exist or are not shown yet";
            let n = self.paints.n_unpainted;
            warnings.push(ReadWarning::Skipped { what: "triangles' colours", n, reason });
        }
        let n_mixed: usize = self.package.parts.values().map(|part| part.n_unknown_properties).sum();
        if n_mixed > 0 {
            let extension = "composite materials or multi-properties".into();
            let lost = "mixed and layered colours; those triangles are plain";
            warnings.push(ReadWarning::ExtensionIgnored { extension, lost });
        }
        let mut required: Vec<_> = self.package.parts.values().flat_map(|part| &part.required).collect();
        required.sort_unstable();
        required.dedup();
        for namespace in required {
            if let Some(lost) = lost(namespace) {
                warnings.push(ReadWarning::ExtensionIgnored { extension: namespace.clone(), lost });
            }
        }
        for name in &self.package.missing {
            let text = format!("the package lacks its part {name}; what it holds is not shown");
            warnings.push(ReadWarning::Repaired(text));
        }
    }
}

/// What a required extension brings that is not shown; `None` for those that are read.
fn lost(namespace: &str) -> Option<&'static str> {
    let has = |word: &str| namespace.contains(word);
    match () {
        () if has("/production/") || has("/material/") || has("/core/") => None,
        () if has("/beamlattice/") => Some("beam lattices"),
        () if has("/slice/") => Some("slices"),
        () if has("/securecontent/") => Some("encrypted parts"),
        () if has("/volumetric/") || has("/implicit/") => Some("volumetric data"),
        () if has("/displacement/") => Some("displacement maps"),
        () if has("/booleanoperations/") => Some("boolean operations"),
        () => Some("whatever the extension brings"),
    }
}
