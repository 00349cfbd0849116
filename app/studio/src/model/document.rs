use std::path::PathBuf;
use std::sync::Arc;

use analysis::{Inspection, Preset, Report};
use farm::FileChoices;
use formats::relink::Relinks;
use formats::{Import, ReadOptions};
use glam::DVec3;
use scene::{Aabb, NodeId, Scene, Topology};

use super::{History, Picture, Request};
use crate::viewport::{FileCamera, file_cameras};

/// Stays with a document as long as the window lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocId(pub u64);

/// One file of the list.
pub struct Document {
    pub id: DocId,
    pub path: PathBuf,
    pub n_bytes: Option<u64>,
    /// Read and measured; only while it is on stage or was lately.
    pub load: Request<Arc<Loaded>>,
    /// As found, before any preset.
    pub report: Request<Arc<Report>>,
    judged: Option<Judged>,
    /// What was mended; its newest state is what `load` holds.
    pub history: History,
    pub pictures: Request<Arc<PassPictures>>,
    /// At which count of reloads they were drawn, or are being drawn.
    pub pictures_of: Option<u32>,
    /// The short look that every file of the list gets.
    pub survey: Request<Arc<Survey>>,
    /// At which count of reloads Blender was asked for the whole of it.
    pub whole_of: Option<u32>,
    /// Counts the times the file was read anew because it changed on disk.
    pub n_reloads: u32,
    /// What was said about its missing files.
    pub choices: FileChoices,
    /// For missing files, in a folder.
    pub search: Request<Relinks>,
}

/// A report as a preset sees it.
struct Judged {
    preset: &'static str,
    of: Arc<Report>,
    report: Arc<Report>,
}

/// A model in memory.
pub struct Loaded {
    pub import: Import,
    pub inspection: Inspection,
    /// World space, metres.
    pub bounds: Aabb,
    /// World bounds of every node with what hangs below it; empty where nothing is drawn.
    pub node_bounds: Vec<Aabb>,
    pub n_triangles: usize,
    /// Points as far out as any, in every direction; what the camera fits.
    pub outline: Arc<[DVec3]>,
    pub cameras: Vec<FileCamera>,
    /// Blender has worked it out, or there is nothing for it to work out.
    pub is_whole: bool,
}

/// What the list says about a model that is not on stage.
pub struct Survey {
    pub inspection: Inspection,
    pub n_warnings: usize,
    /// Files that the model names and nobody found, in its own words.
    pub missing: Vec<String>,
    pub thumbnail: Option<Picture>,
}

/// The four thumbnails of the model on stage.
pub struct PassPictures {
    pub textured: Picture,
    pub normal: Picture,
    pub depth: Picture,
    pub edge: Picture,
}

impl Document {
    pub fn new(id: DocId, path: PathBuf) -> Self {
        Self {
            id,
            path,
            n_bytes: None,
            load: Request::Idle,
            report: Request::Idle,
            judged: None,
            history: History::default(),
            pictures: Request::Idle,
            pictures_of: None,
            whole_of: None,
            survey: Request::Idle,
            n_reloads: 0,
            choices: FileChoices::default(),
            search: Request::Idle,
        }
    }

    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    pub fn inspection(&self) -> Option<&Inspection> {
        let loaded = self.load.value().map(|l| &l.inspection);
        loaded.or_else(|| self.survey.value().map(|s| &s.inspection))
    }

    /// The report as the chosen preset sees it.
    pub fn shown_report(&self) -> Option<&Arc<Report>> {
        let found = self.report.value()?;
        let judged = self.judged.as_ref().filter(|judged| Arc::ptr_eq(&judged.of, found));
        Some(judged.map_or(found, |judged| &judged.report))
    }

    /// Holds the report against a shipped preset, once.
    pub(crate) fn judge(&mut self, preset: Option<&'static str>) {
        let (Some(found), Some(preset)) = (self.report.value(), preset) else {
            self.judged = None;
            return;
        };
        let is_known = |judged: &Judged| judged.preset == preset && Arc::ptr_eq(&judged.of, found);
        if self.judged.as_ref().is_some_and(is_known) {
            return;
        }
        let mut report = (**found).clone();
        // How large a file would be that nobody has written is not known.
        let is_as_read = self.history.shown() == 0;
        let n_bytes = self.load.value().filter(|_| is_as_read).map(|loaded| loaded.import.n_bytes);
        match Preset::find(preset) {
            Ok(it) => it.judge(&mut report, n_bytes),
            Err(error) => tracing::warn!("{error}"),
        }
        self.judged = Some(Judged { preset, of: Arc::clone(found), report: Arc::new(report) });
    }

    pub fn thumbnail(&self) -> Option<&Picture> {
        let of_pictures = self.pictures.value().map(|p| &p.textured);
        of_pictures.or_else(|| self.survey.value().and_then(|s| s.thumbnail.as_ref()))
    }

    /// How the file is read.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions {
            relinks: self.choices.relinks.clone(),
            bridge: crate::loading::bridge(),
            ..Default::default()
        }
    }

    /// Files that are missing and were not said to be nothing to speak of.
    pub fn missing(&self) -> Vec<String> {
        let of_load = self.load.value().map(|l| l.missing());
        let mut all = of_load.or_else(|| Some(self.survey.value()?.missing.clone())).unwrap_or_default();
        all.retain(|named| !self.choices.ignored.contains(named));
        all
    }

    pub fn failure(&self) -> Option<&str> {
        self.load.failure().or_else(|| self.survey.failure())
    }

    /// Reading or taking its first look.
    pub fn is_busy(&self) -> bool {
        self.load.is_running() || self.survey.is_running()
    }

    /// Frees what only the model on stage needs.
    pub fn leave_stage(&mut self) {
        self.report.cancel();
        if self.pictures.is_running() {
            self.pictures.cancel();
            self.pictures_of = None;
        }
        if self.load.is_running() {
            self.load.cancel();
            self.whole_of = None;
        }
    }

    /// Frees the model itself; report, pictures and counts stay.
    pub fn unload(&mut self) {
        if let Some(loaded) = self.load.value()
            && self.survey.value().is_none()
        {
            let survey = Survey {
                inspection: loaded.inspection.clone(),
                n_warnings: loaded.import.warnings.len(),
                missing: loaded.missing(),
                thumbnail: None,
            };
            self.survey = Request::Ready(Arc::new(survey));
        }
        self.history.free();
        self.load = Request::Idle;
    }
}

impl Loaded {
    pub fn new(import: Import, filename: &str, is_whole: bool) -> Self {
        let inspection = analysis::inspect(&import.scene, filename);
        let (bounds, node_bounds) = bounds_of_nodes(&import.scene);
        let n_triangles = n_drawn_triangles(&import.scene);
        let outline = outline_of(&import.scene, &bounds);
        let cameras = file_cameras(&import.scene, &bounds);
        Self { import, inspection, bounds, node_bounds, n_triangles, outline, cameras, is_whole }
    }

    /// In the model's own words, each once.
    pub fn missing(&self) -> Vec<String> {
        missing_of(&self.import)
    }
}

pub(crate) fn missing_of(import: &Import) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for dependency in import.missing() {
        if !all.contains(&dependency.named) {
            all.push(dependency.named.clone());
        }
    }
    all
}

/// Triangles of every placing; a face of n corners makes n - 2.
fn n_drawn_triangles(scene: &Scene) -> usize {
    let transforms = scene.world_transforms();
    let instances = scene.mesh_instances(&transforms);
    let primitives = instances.iter().flat_map(|i| &scene.meshes[i.mesh].primitives);
    let faces = primitives.filter(|p| p.topology == Topology::Faces).map(|p| &p.faces);
    faces.map(|f| f.corner_vertices.len().saturating_sub(2 * f.n_faces())).sum()
}

/// The farthest vertex from the middle in each of some thousand directions: a stand-in for the convex
/// hull that is quick to project. Linear in vertices.
fn outline_of(scene: &Scene, bounds: &Aabb) -> Arc<[DVec3]> {
    /// Cells along the sides of a cube around the model.
    const N: usize = 20;
    let (center, scale) = (bounds.center(), bounds.size().max(DVec3::splat(1e-9)));
    let mut farthest: Vec<Option<(f64, DVec3)>> = vec![None; 6 * N * N];
    let transforms = scene.world_transforms();
    for instance in scene.mesh_instances(&transforms) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            for point in scene.world_positions(&instance, primitive, &transforms) {
                let p = (point - center) / scale;
                let size = p.abs().max_element();
                if !size.is_finite() || size == 0.0 {
                    continue;
                }
                let axis = (0..3).find(|&axis| p[axis].abs() == size).unwrap_or_default();
                let side = 2 * axis + usize::from(p[axis] < 0.0);
                let cell = |x: f64| ((0.5 + 0.5 * x / size) * N as f64).min(N as f64 - 1.0) as usize;
                let (u, v) = (cell(p[(axis + 1) % 3]), cell(p[(axis + 2) % 3]));
                let place = &mut farthest[(side * N + u) * N + v];
                if place.is_none_or(|(known, _)| known < p.length_squared()) {
                    *place = Some((p.length_squared(), point));
                }
            }
        }
    }
    farthest.into_iter().flatten().map(|(_, point)| point).collect()
}

/// World bounds of the whole and of each node with its descendants. Linear in vertices and nodes.
fn bounds_of_nodes(scene: &Scene) -> (Aabb, Vec<Aabb>) {
    let transforms = scene.world_transforms();
    let mut bounds = vec![Aabb::EMPTY; scene.nodes.len()];
    for instance in scene.mesh_instances(&transforms) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            for point in scene.world_positions(&instance, primitive, &transforms) {
                bounds[instance.node].add(point);
            }
        }
    }
    let mut order: Vec<NodeId> = Vec::with_capacity(scene.nodes.len());
    let mut stack = scene.roots.clone();
    while let Some(node) = stack.pop() {
        order.push(node);
        stack.extend(&scene.nodes[node].children);
    }
    for &node in order.iter().rev() {
        let below = scene.nodes[node].children.iter().map(|&c| bounds[c]);
        bounds[node] = below.fold(bounds[node], Aabb::union);
    }
    let whole = scene.roots.iter().map(|&r| bounds[r]).fold(Aabb::EMPTY, Aabb::union);
    (whole, bounds)
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use scene::{Faces, Mesh, Node, Primitive, Transform};

    use super::*;

    #[test]
    fn a_parent_is_as_large_as_its_children() {
        let triangle = Primitive {
            vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y],
            faces: Faces::triangles(vec![0, 1, 2]),
            ..Default::default()
        };
        let moved = Transform::Matrix(glam::Mat4::from_translation(Vec3::new(5.0, 0.0, 0.0)));
        let scene = Scene {
            nodes: vec![
                Node { children: vec![1, 2], ..Default::default() },
                Node { mesh: Some(0), ..Default::default() },
                Node { mesh: Some(0), transform: moved, ..Default::default() },
            ],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![triangle], ..Default::default() }],
            ..Default::default()
        };
        let (whole, nodes) = bounds_of_nodes(&scene);
        assert_eq!(whole.max, DVec3::new(6.0, 1.0, 0.0));
        assert_eq!(nodes[0], whole);
        assert_eq!(nodes[2].min.x, 5.0);
    }
}
