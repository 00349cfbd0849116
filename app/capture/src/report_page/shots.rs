//! Pictures for a report: the whole model, and the places of its graver findings, in colour.

use analysis::{Finding, Place, Report, Rule, Severity};
use glam::{DVec3, Vec4};
use render::{
    Angle, FitOptions, Gpu, GpuScene, Pass, Purpose, Renderer, StillOptions, UploadOptions, View,
    render_still,
};
use scene::{Aabb, Material, MaterialId, MaterialRun, Primitive, Scene};

const SIZE_PX: [u32; 2] = [560, 420];
const WHOLE_PX: [u32; 2] = [880, 600];

/// Findings that get a picture: the gravest.
const MAX_PICTURES: usize = 12;

/// Least distance around a place, as a share of the model's.
const SURROUNDINGS: f64 = 0.04;

/// A place that reaches over more of the model is shown as the whole of it.
const EVERYWHERE: f64 = 0.6;

const JPEG_QUALITY: u8 = 86;

/// JPEG files, the second list in the order of the findings.
pub(super) struct Shots {
    pub(super) whole: Vec<u8>,
    pub(super) findings: Vec<Option<Vec<u8>>>,
}

/// # Errors
/// When the scene cannot be drawn.
pub(super) fn shoot(
    scene: &Scene,
    report: &Report,
    gpu: &Gpu,
    renderer: &Renderer,
) -> Result<Shots, render::RenderError> {
    let upload = UploadOptions {
        max_texture_px: 1024,
        purpose: Purpose::Stills,
        all_uvs: false,
        ..UploadOptions::default()
    };
    let photograph = |scene: &GpuScene, view: &View, [width, height]: [u32; 2]| {
        let still =
            render_still(gpu, renderer, scene, view, &StillOptions::new(width, height, &[Pass::Textured]))?;
        Ok(jpeg(still.textured.unwrap_or_default()))
    };
    let aspect = |[width, height]: [u32; 2]| f64::from(width) / f64::from(height);
    let fit = FitOptions { aspect: aspect(WHOLE_PX), ..FitOptions::default() };
    let (plain, _) = GpuScene::upload(gpu, renderer, scene, &upload)?;
    let whole = photograph(&plain, &View::fit(scene, &fit), WHOLE_PX)?;
    drop(plain);
    let wanted = |finding: &&Finding| finding.severity > Severity::Info && shown_place(finding).is_some();
    let mut findings = vec![None; report.findings.len()];
    if report.findings.iter().any(|finding| wanted(&finding)) {
        let colored = highlight(scene, report);
        let (on_device, _) = GpuScene::upload(gpu, renderer, &colored, &upload)?;
        let numbered = report.findings.iter().enumerate().filter(|(_, finding)| wanted(finding));
        for (i, finding) in numbered.take(MAX_PICTURES) {
            if let Some(place) = shown_place(finding) {
                let view = view_of(scene, finding.rule, place, &report.bounds, aspect(SIZE_PX));
                findings[i] = Some(photograph(&on_device, &view, SIZE_PX)?);
            }
        }
    }
    Ok(Shots { whole, findings })
}

fn jpeg(picture: image::RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    // Writing into memory cannot fail, and no picture is too large for the format here.
    let _ = image::DynamicImage::from(picture).into_rgb8().write_with_encoder(encoder);
    bytes
}

fn shown_place(finding: &Finding) -> Option<&Place> {
    finding.places.iter().find(|place| place.node.is_some() && place.point.is_finite() && place.radius > 0.0)
}

/// From the side that the place's faces are on, near enough to see them, with what stands before them
/// cut away.
fn view_of(scene: &Scene, rule: Rule, place: &Place, bounds: &Aabb, aspect: f64) -> View {
    let reach = (1.3 * place.radius).max(SURROUNDINGS * bounds.radius());
    let is_everywhere = reach > EVERYWHERE * bounds.radius();
    let around = match is_everywhere {
        true => *bounds,
        false => Aabb { min: place.point - reach, max: place.point + reach },
    };
    let mut options = FitOptions { aspect, ..FitOptions::default() };
    if let Some(front) = front_of(scene, place) {
        let front = if turns_its_back(rule) { -front } else { front };
        let toward_eye = (front + 0.35 * Angle::THREE_QUARTER.direction()).normalize_or(DVec3::Z);
        options.angle = Angle {
            azimuth_radians: toward_eye.x.atan2(toward_eye.z),
            elevation_radians: toward_eye.y.clamp(-1.0, 1.0).asin().clamp(-1.2, 1.2),
        };
    }
    let mut view = View::fit_bounds(&around, &options).with_depth_of(bounds);
    let distance = view.eye.distance(place.point);
    if !is_everywhere {
        view.near = view.near.max(distance - 2.0 * reach);
    }
    view
}

/// Whether the faces of such findings look away from whoever should see them.
fn turns_its_back(rule: Rule) -> bool {
    matches!(rule, Rule::WindingInconsistent | Rule::ShellInsideOut | Rule::PartFacesAway)
}

/// Mean direction of the place's faces, world space, unless they look everywhere.
fn front_of(scene: &Scene, place: &Place) -> Option<DVec3> {
    let primitive = scene.meshes.get(place.mesh?)?.primitives.get(place.primitive?)?;
    let world_from_node = scene.world_transforms().world_from_node.get(place.node?).copied()?;
    let mut sum = DVec3::ZERO;
    let mut all = 0.0;
    for &face in &place.faces {
        let corners = primitive.faces.corners(face as usize);
        let vertices = primitive.faces.corner_vertices.get(corners)?;
        let point = |v: &u32| {
            Some(world_from_node.transform_point3(primitive.vertex_positions.get(*v as usize)?.as_dvec3()))
        };
        if let [a, b, c, ..] = vertices {
            let (a, b, c) = (point(a)?, point(b)?, point(c)?);
            let normal = (b - a).cross(c - a);
            sum += normal;
            all += normal.length();
        }
    }
    let mean = sum / all;
    (mean.is_finite() && mean.length() > 0.5).then(|| mean.normalize_or_zero())
}

/// The scene with the faces of its graver findings in the colours of their severities.
fn highlight(scene: &Scene, report: &Report) -> Scene {
    let mut scene = scene.clone();
    let first = scene.materials.len();
    for color in [Vec4::new(0.95, 0.45, 0.02, 1.0), Vec4::new(0.85, 0.02, 0.03, 1.0)] {
        let base = Material { base_color: color, double_sided: true, unlit: true, ..Material::default() };
        scene.materials.push(Material { metallic: 0.0, ..base });
    }
    // The gravest last, so that it stays on top.
    for finding in report.findings.iter().rev().filter(|finding| finding.severity > Severity::Info) {
        let material = first + usize::from(finding.severity == Severity::Error);
        for place in &finding.places {
            // Of two that lie on each other the second, so that they can be told apart.
            // Of an object that is there twice the first would flicker through.
            let is_alone = place.other.is_none() || finding.rule == Rule::ObjectDuplicate;
            if let Some(part) = &place.other {
                paint(&mut scene, part.mesh, part.primitive, &part.faces, material);
            }
            if !is_alone {
                continue;
            }
            if let (Some(mesh), Some(primitive)) = (place.mesh, place.primitive) {
                paint(&mut scene, mesh, primitive, &place.faces, material);
            }
        }
    }
    scene
}

fn paint(scene: &mut Scene, mesh: usize, primitive: usize, faces: &[u32], material: MaterialId) {
    let primitive = scene.meshes.get_mut(mesh).and_then(|mesh| mesh.primitives.get_mut(primitive));
    let Some(primitive) = primitive.filter(|_| !faces.is_empty()) else { return };
    let n_faces = primitive.faces.n_faces();
    let mut runs = Vec::new();
    let mut painted = faces.iter().map(|&face| face as usize).filter(|&face| face < n_faces).peekable();
    for run in primitive.runs() {
        let end = run.first_face + run.n_faces;
        let mut at = run.first_face;
        while let Some(face) = painted.next_if(|&face| face < end) {
            push(&mut runs, at, face, run.material);
            push(&mut runs, face, face + 1, Some(material));
            at = face + 1;
        }
        push(&mut runs, at, end, run.material);
    }
    replace(primitive, runs);
}

fn replace(primitive: &mut Primitive, runs: Vec<MaterialRun>) {
    let n_covered: usize = runs.iter().map(|run| run.n_faces).sum();
    if n_covered == primitive.faces.n_faces() {
        primitive.material_runs = runs;
    }
}

/// Goes on with the run before where it can.
fn push(runs: &mut Vec<MaterialRun>, start: usize, end: usize, material: Option<MaterialId>) {
    match runs.last_mut() {
        _ if start >= end => {}
        Some(last) if last.material == material => last.n_faces += end - start,
        _ => runs.push(MaterialRun { first_face: start, n_faces: end - start, material }),
    }
}
