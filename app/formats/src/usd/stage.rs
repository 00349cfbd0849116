//! The walk over the composed prims, and what it gathers.

use std::collections::BTreeMap;

use glam::{DMat4, DVec3};
use openusd::pcp;
use openusd::sdf;
use openusd::usd::{PrimStatus, Stage, TimeCode};
use scene::{Authored, Node, NodeId, Scene, UpAxis};

use crate::source::Parsed;
use crate::{ReadFault, ReadWarning};

use super::animation::Timeline;
use super::layer_files::LayerFiles;
use super::material::Materials;
use super::object::Object;
use super::resolver::LayerResolver;
use super::skin::PendingSkin;
use super::xform::{Xform, decompose, transform_of};
use super::{damaged, skeleton, value};

/// References may multiply: ten layers that hold each other ten times are ten milliards of prims.
const MAX_N_PRIMS: usize = 1 << 20;

/// Everything that is known and made while walking.
pub(super) struct Walk<'f, 'a> {
    pub(super) files: &'f LayerFiles<'a>,
    pub(super) stage: Stage,
    /// The moment that is shown.
    pub(super) time: TimeCode,
    pub(super) meters_per_unit: f64,
    pub(super) scene: Scene,
    pub(super) warnings: Vec<ReadWarning>,
    pub(super) lost: Lost,
    pub(super) materials: Materials,
    pub(super) timeline: Timeline,
    /// Meshes of prototypes, by the prim that every instance shows and by what it inherits.
    pub(super) shared_meshes: BTreeMap<(String, String), Option<scene::MeshId>>,
    /// The skinned meshes, whose skeletons may come later.
    pub(super) skins: Vec<PendingSkin>,
    pub(super) skeletons: BTreeMap<String, skeleton::Skeleton>,
    n_prims: usize,
}

/// Things left out or simplified, counted so that each is told once.
#[derive(Default)]
pub(super) struct Lost(BTreeMap<&'static str, (usize, &'static str)>);

impl Lost {
    pub(super) fn add(&mut self, what: &'static str, n: usize, reason: &'static str) {
        if n > 0 {
            self.0.entry(what).or_insert((0, reason)).0 += n;
        }
    }
}

/// What a prim hands down to its children.
#[derive(Clone)]
pub(super) struct Inherited {
    pub(super) parent: NodeId,
    /// The proxy or guide, or what somebody made invisible.
    is_hidden: bool,
    purpose: String,
    pub(super) binding: super::binding::Binding,
    /// The relationship's target; an animation is handed down likewise.
    pub(super) skeleton: Option<sdf::Path>,
    pub(super) animation: Option<sdf::Path>,
    /// Inside an instance: its path, and that of the prototype it shows.
    instance: Option<(sdf::Path, sdf::Path)>,
}

/// # Errors
/// A root layer that cannot be opened; and when the work is cancelled.
pub(super) fn read(files: &LayerFiles<'_>, resolver: LayerResolver) -> Result<Parsed, ReadFault> {
    let stage = Stage::builder().resolver(resolver).open(files.root());
    let stage = stage.map_err(|error| damaged(format!("{error:#}")))?;
    let start = first_moment(&stage);
    let mut walk = Walk {
        files,
        time: TimeCode::new(start),
        meters_per_unit: 1.0,
        scene: Scene::default(),
        warnings: Vec::new(),
        lost: Lost::default(),
        materials: Materials::default(),
        timeline: Timeline::new(start, stage.time_codes_per_second()),
        shared_meshes: BTreeMap::new(),
        skins: Vec::new(),
        skeletons: BTreeMap::new(),
        n_prims: 0,
        stage,
    };
    walk.place_world();
    let roots = walk.stage.root_prims().map_err(|error| damaged(format!("{error:#}")))?;
    let root = sdf::Path::abs_root();
    let paths = roots.iter().filter_map(|name| root.append_path(name.as_str()).ok()).collect();
    walk.descend(paths, &Inherited::at(0))?;
    walk.finish()
}

/// The start of the range that the stage plays, or frame 0; a value that only has other samples
/// is shown as in the nearest.
fn first_moment(stage: &Stage) -> f64 {
    let start = if stage.has_authored_time_code_range() { stage.start_time_code() } else { 0.0 };
    if start.is_finite() { start } else { 0.0 }
}

impl Inherited {
    fn at(parent: NodeId) -> Self {
        Self {
            parent,
            is_hidden: false,
            purpose: "default".into(),
            binding: Default::default(),
            skeleton: None,
            animation: None,
            instance: None,
        }
    }

    /// The path under which all instances of `path` share what they show.
    fn shared_path(&self, path: &sdf::Path) -> Option<sdf::Path> {
        let (instance, prototype) = self.instance.as_ref()?;
        path.replace_prefix(instance, prototype)
    }
}

impl Walk<'_, '_> {
    /// The node that turns the file's axes and unit into ours.
    fn place_world(&mut self) {
        let metadata = |key: &str| self.stage.stage_metadata(key).ok().flatten();
        let stated = metadata("metersPerUnit").as_ref().and_then(value::number);
        let stated = stated.filter(|m| m.is_finite() && *m > 0.0);
        // Centimetres, says UsdGeom of files that do not say.
        self.meters_per_unit = stated.unwrap_or(0.01);
        let up = match metadata("upAxis").as_ref().and_then(value::text) {
            Some("Z") => Some(UpAxis::Z),
            Some("Y") => Some(UpAxis::Y),
            _ => None,
        };
        let program = metadata("documentation").or_else(|| metadata("comment"));
        let program = program.as_ref().and_then(value::text).unwrap_or_default();
        self.scene.authored = Authored {
            program: program.lines().next().unwrap_or_default().chars().take(120).collect(),
            copyright: String::new(),
            meters_per_unit: stated,
            up,
        };
        let turn = match up {
            Some(UpAxis::Z) => DMat4::from_rotation_x(-std::f64::consts::FRAC_PI_2),
            _ => DMat4::IDENTITY,
        };
        let matrix = turn * DMat4::from_scale(DVec3::splat(self.meters_per_unit));
        let name = self.stage.default_prim().map(String::from);
        self.scene.name = name.unwrap_or_else(|| self.files.source.stem());
        self.scene.nodes.push(Node {
            name: self.files.source.stem(),
            transform: decompose(matrix),
            ..Default::default()
        });
        self.scene.roots = vec![0];
    }

    /// Makes nodes of the prims and of all below them.
    pub(super) fn descend(&mut self, paths: Vec<sdf::Path>, from: &Inherited) -> Result<(), ReadFault> {
        let mut stack: Vec<_> = paths.into_iter().rev().map(|path| (path, from.clone())).collect();
        while let Some((path, inherited)) = stack.pop() {
            self.files.source.ctx.check_cancelled()?;
            self.n_prims += 1;
            if self.n_prims > MAX_N_PRIMS {
                return Err(damaged(format!("it is composed of more than {MAX_N_PRIMS} parts")));
            }
            let shown = PrimStatus::ACTIVE | PrimStatus::LOADED | PrimStatus::DEFINED;
            let status = self.stage.prim_status(path.clone()).unwrap_or_default();
            if !status.contains(shown) || status.contains(PrimStatus::ABSTRACT) {
                continue;
            }
            let object = Object::new(&self.stage, &path, self.time);
            let mut inherited = inherited;
            if status.contains(PrimStatus::INSTANCE)
                && let Ok(Some(prototype)) = object.prim.prototype()
            {
                inherited.instance = Some((path, prototype));
            }
            if let Some(below) = self.visit(&object, inherited)? {
                stack.extend(object.children().into_iter().rev().map(|child| (child, below.clone())));
            }
        }
        Ok(())
    }

    /// Makes the prim's node; returns what its children inherit, if they are to be visited.
    fn visit(&mut self, object: &Object, mut inherited: Inherited) -> Result<Option<Inherited>, ReadFault> {
        match object.type_name.as_str() {
            "Material" | "Shader" | "NodeGraph" | "GeomSubset" | "SkelAnimation" | "BlendShape"
            | "RenderSettings" | "RenderProduct" | "RenderVar" | "PhysicsScene" => return Ok(None),
            _ => {}
        }
        self.inherit(object, &mut inherited);
        let xform = Xform::read(object);
        let parent = if xform.resets { 0 } else { inherited.parent };
        let node = self.scene.nodes.len();
        self.scene.nodes[parent].children.push(node);
        let transform = transform_of(xform.matrix(self.time.value()));
        self.scene.nodes.push(Node { name: object.name(), transform, ..Default::default() });
        self.timeline.add_xform(node, &xform, &mut self.scene);
        inherited.parent = node;
        if inherited.is_hidden {
            // Joints move what is shown elsewhere, so they count even unseen.
            if object.type_name == "Skeleton" {
                self.add_skeleton(object, &inherited);
            } else if is_shape(&object.type_name) {
                let what = if inherited.purpose == "default" || inherited.purpose == "render" {
                    ("invisible shapes", "the file hides them")
                } else {
                    ("proxy and guide shapes", "they stand in for what is rendered")
                };
                self.lost.add(what.0, 1, what.1);
            }
            return Ok((object.type_name != "PointInstancer").then_some(inherited));
        }
        self.fill(object, node, &inherited)
    }

    fn inherit(&self, object: &Object, inherited: &mut Inherited) {
        if object.token("visibility").is_some_and(|v| v == "invisible") {
            inherited.is_hidden = true;
        }
        if let Some(purpose) = object.token("purpose") {
            inherited.is_hidden |= purpose == "proxy" || purpose == "guide";
            inherited.purpose = purpose;
        }
        inherited.binding.inherit(object);
        if let Some(skeleton) = object.targets("skel:skeleton").pop() {
            inherited.skeleton = Some(skeleton);
        }
        if let Some(animation) = object.targets("skel:animationSource").pop() {
            inherited.animation = Some(animation);
        }
    }

    /// Gives the node what its prim shows.
    fn fill(
        &mut self,
        object: &Object,
        node: NodeId,
        inherited: &Inherited,
    ) -> Result<Option<Inherited>, ReadFault> {
        match object.type_name.as_str() {
            "Skeleton" => self.add_skeleton(object, inherited),
            "Camera" => self.add_camera(object, node),
            "PointInstancer" => {
                self.add_instances(object, node, inherited)?;
                return Ok(None);
            }
            type_name if type_name.ends_with("Light") => self.add_light(object, node),
            type_name if is_shape(type_name) => {
                let shared = inherited.shared_path(object.path());
                let bound = inherited.binding.material(object.path()).map(|path| path.as_str().to_owned());
                let key = shared.map(|path| (path.as_str().to_owned(), bound.unwrap_or_default()));
                let known = key.as_ref().and_then(|key| self.shared_meshes.get(key)).copied();
                let mesh = match known {
                    Some(mesh) => mesh,
                    None => {
                        let mesh = self.add_shape(object, node, inherited);
                        // A skin belongs to one place alone.
                        let is_skinned = self.skins.last().is_some_and(|skin| skin.node == node);
                        if let Some(key) = key.filter(|_| !is_skinned) {
                            self.shared_meshes.insert(key, mesh);
                        }
                        mesh
                    }
                };
                self.scene.nodes[node].mesh = mesh;
            }
            "NurbsPatch" | "TetMesh" | "Volume" | "HermiteCurves" => {
                self.lost.add("NURBS patches, volumes and the like", 1, "they are not shown yet");
            }
            _ => {}
        }
        Ok(Some(inherited.clone()))
    }

    fn add_shape(&mut self, object: &Object, node: NodeId, inherited: &Inherited) -> Option<scene::MeshId> {
        let primitive = match object.type_name.as_str() {
            "Mesh" => return self.add_mesh(object, node, inherited),
            "Points" => super::curve::points(object),
            "BasisCurves" | "NurbsCurves" => super::curve::lines(object),
            _ => super::shape::primitive(object),
        };
        self.add_primitive(object, primitive?, inherited)
    }

    fn finish(mut self) -> Result<Parsed, ReadFault> {
        self.bind_skins();
        let name = self.scene.name.clone();
        self.timeline.finish(name, &mut self.scene);
        for (what, (n, reason)) in std::mem::take(&mut self.lost.0) {
            self.warnings.push(ReadWarning::Skipped { what, n, reason });
        }
        self.warnings.extend(composition_warnings(&self.stage.composition_errors()));
        Ok(Parsed { scene: self.scene, warnings: self.warnings })
    }
}

fn is_shape(type_name: &str) -> bool {
    matches!(
        type_name,
        "Mesh"
            | "Points"
            | "BasisCurves"
            | "NurbsCurves"
            | "Cube"
            | "Sphere"
            | "Cylinder"
            | "Cylinder_1"
            | "Cone"
            | "Capsule"
            | "Capsule_1"
            | "Plane"
    )
}

/// Each layer that is missing once, and what else did not compose.
fn composition_warnings(errors: &[pcp::Error]) -> Vec<ReadWarning> {
    const MAX_N_WARNINGS: usize = 20;
    let mut texts: Vec<String> = Vec::new();
    for error in errors {
        let text = match error {
            pcp::Error::UnresolvedLayer { asset_path, .. } => missing(asset_path),
            pcp::Error::UnresolvedSublayer { asset_path, .. } => missing(asset_path),
            pcp::Error::MalformedLayer { asset_path, reason, .. } => {
                format!("the layer {asset_path} is damaged and left out: {reason}")
            }
            other => format!("a part of the stage is left out: {other}"),
        };
        if !texts.contains(&text) && texts.len() < MAX_N_WARNINGS {
            texts.push(text);
        }
    }
    texts.into_iter().map(ReadWarning::Repaired).collect()
}

fn missing(asset_path: &str) -> String {
    format!("the layer {asset_path} is missing, and so is what it holds; put it beside the model")
}
