use rayon::prelude::*;
use scene::{Aabb, FaceSizes, Primitive, Scene, Topology};
use work::{Cancelled, WorkCtx};

use crate::options::AnalyzeOptions;
use crate::overlap::{self, Space, Tree};
use crate::pictures::{self, Picture};
use crate::report::{Counts, Report};
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Stage, Where, gather};
use crate::view::{MeshView, object_name};
use crate::visibility::{self, SeenShells};
use crate::{
    borders, clips, copies, degenerate, loose, manifold, materials, needles, normals, positions, scale,
    skins, t_junctions, texels, transforms, uv_layout, uvs, winding,
};

/// Runs every check. Near-linear in the triangles drawn, over all threads; takes about 200 bytes
/// for each while it runs.
///
/// A scene whose indices point nowhere ([`Scene::validate`]) gives a report that says just that.
///
/// # Errors
/// When `ctx` was cancelled; never because of the model.
pub fn analyze(scene: &Scene, options: &AnalyzeOptions, ctx: &WorkCtx) -> Result<Report, Cancelled> {
    ctx.progress(0.0, "checking");
    if let Err(error) = scene.validate() {
        return Ok(invalid(&error.0));
    }
    let stage = Stage::new(scene);
    let bounds = stage.boxes.iter().copied().fold(Aabb::EMPTY, Aabb::union);
    ctx.check_cancelled()?;
    let ((views, pictures), space) =
        rayon::join(|| (views(&stage, ctx), pictures::look(scene)), || Space::new(&stage, &bounds, options));
    ctx.check_cancelled()?;
    let tree = space.as_ref().map(Space::tree);
    let (of_meshes, of_space) = rayon::join(
        || check_meshes(&views, ctx),
        || check_space(&stage, &views, space.as_ref().zip(tree.as_ref()), ctx),
    );
    ctx.check_cancelled()?;
    let mut spots = of_meshes;
    spots.extend(of_space.spots);
    spots.extend(check_sides(&views, &of_space.seen, ctx));
    let is_too_much = stage.n_drawn_triangles() > options.max_overlap_triangles;
    spots.extend(is_too_much.then(overlap::incomplete));
    spots.extend(too_large(&stage, &views));
    spots.extend(transforms::check(&stage));
    spots.extend(copies::check(scene));
    spots.extend(materials::check(scene));
    spots.extend(pictures::check(scene, &pictures));
    spots.extend(skins::check(&stage));
    let (texel_density, uneven) = texels::check(&views, &pictures);
    spots.extend(uneven);
    spots.extend(scale::check(&bounds));
    let findings = gather(&stage, spots);
    let clips = clips::measure(scene, ctx);
    ctx.check_cancelled()?;
    ctx.progress(1.0, "checking");
    Ok(Report { counts: count(&stage, &pictures), bounds, texel_density, clips, findings, verdict: None })
}

/// Every mesh prepared; after a cancel the rest is missing, as are those too large to be numbered.
pub(crate) fn views<'a>(stage: &'a Stage<'a>, ctx: &WorkCtx) -> Vec<Option<MeshView<'a>>> {
    let meshes = (0..stage.scene.meshes.len()).into_par_iter();
    meshes.map(|id| if ctx.is_cancelled() { None } else { MeshView::new(stage, id) }).collect()
}

fn check_meshes(views: &[Option<MeshView>], ctx: &WorkCtx) -> Vec<Spot> {
    let of_meshes: Vec<Vec<Spot>> = views.par_iter().flatten().map(|view| check_mesh(view, ctx)).collect();
    of_meshes.into_iter().flatten().collect()
}

fn check_mesh(view: &MeshView, ctx: &WorkCtx) -> Vec<Spot> {
    let mut spots = Vec::new();
    let checks: [fn(&MeshView) -> Vec<Spot>; 9] = [
        positions::check,
        degenerate::check,
        needles::check,
        borders::check,
        t_junctions::check,
        manifold::check,
        loose::check,
        uvs::check,
        uv_layout::check,
    ];
    for check in checks {
        if ctx.is_cancelled() {
            return spots;
        }
        spots.extend(check(view));
    }
    spots
}

struct OfSpace {
    spots: Vec<Spot>,
    seen: SeenShells,
}

fn check_space(
    stage: &Stage,
    views: &[Option<MeshView>],
    space: Option<(&Space, &Tree)>,
    ctx: &WorkCtx,
) -> OfSpace {
    let Some((space, tree)) = space else {
        return OfSpace { spots: Vec::new(), seen: vec![Vec::new(); views.len()] };
    };
    let (spots, seen) = rayon::join(
        || overlap::check(stage, views, space, tree, ctx),
        || visibility::look(stage, views, space.soup(), space.radius(), ctx),
    );
    OfSpace { spots, seen }
}

/// What depends on which side of a shell is meant to be seen.
fn check_sides(views: &[Option<MeshView>], seen: &SeenShells, ctx: &WorkCtx) -> Vec<Spot> {
    let premises = winding::Premises::new(views, seen);
    let of_meshes: Vec<Vec<Spot>> = views
        .par_iter()
        .zip(seen)
        .filter(|_| !ctx.is_cancelled())
        .filter_map(|(view, seen)| {
            let view = view.as_ref()?;
            let winding = winding::check(view, &winding::verdicts(view, seen, premises));
            let mut spots = winding.spots;
            spots.extend(normals::check(view, &winding.is_wrong));
            Some(spots)
        })
        .collect();
    of_meshes.into_iter().flatten().collect()
}

fn too_large(stage: &Stage, views: &[Option<MeshView>]) -> Vec<Spot> {
    let missing = views.iter().enumerate().filter(|(_, view)| view.is_none());
    let spot = |(id, _): (usize, &Option<MeshView>)| Spot {
        rule: Rule::MeshTooLarge,
        severity: Severity::Warning,
        count: 1,
        subject: object_name(stage.scene, id, stage.first_instance(id)),
        label: String::new(),
        place: Where::Mesh { mesh: id, primitive: None, faces: Vec::new() },
    };
    missing.map(spot).collect()
}

fn invalid(message: &str) -> Report {
    let spot = Spot {
        rule: Rule::SceneInvalid,
        severity: Severity::Error,
        count: 1,
        subject: message.into(),
        label: String::new(),
        place: Where::Nowhere,
    };
    let nothing = Scene::default();
    let findings = gather(&Stage::new(&nothing), vec![spot]);
    let bounds = Aabb::EMPTY;
    Report {
        counts: Counts::default(),
        bounds,
        texel_density: None,
        clips: Vec::new(),
        findings,
        verdict: None,
    }
}

fn count(stage: &Stage, pictures: &[Picture]) -> Counts {
    let scene = stage.scene;
    let mut n_placed = vec![0usize; scene.meshes.len()];
    for instance in &stage.instances {
        n_placed[instance.mesh] += 1;
    }
    let mut counts = Counts {
        meshes: scene.meshes.len(),
        instances: stage.instances.len(),
        drawn_triangles: stage.n_drawn_triangles(),
        shared_meshes: n_placed.iter().filter(|n| **n > 1).count(),
        materials: scene.materials.len(),
        textures: scene.textures.len(),
        images: scene.images.len(),
        texture_bytes: pictures.iter().map(Picture::memory_bytes).sum(),
        largest_texture_px: pictures.iter().filter_map(Picture::longest_side_px).max().unwrap_or(0),
        joints: scene.skins.iter().map(|skin| skin.joints.len()).sum(),
        influences: skins::most_influences(scene),
        ..Counts::default()
    };
    for (mesh, n_placed) in scene.meshes.iter().zip(n_placed) {
        for primitive in &mesh.primitives {
            counts.vertices += primitive.vertex_positions.len();
            counts.drawn_vertices += n_placed * primitive.vertex_positions.len();
            counts.draw_calls += n_placed * primitive.runs().iter().filter(|run| run.n_faces > 0).count();
            counts.morph_targets += primitive.morph_targets.len();
            count_faces(primitive, &mut counts);
        }
    }
    counts
}

fn count_faces(primitive: &Primitive, counts: &mut Counts) {
    if primitive.topology != Topology::Faces {
        return;
    }
    match primitive.faces.sizes {
        FaceSizes::Uniform(3) => counts.triangles += primitive.faces.n_faces(),
        FaceSizes::Uniform(4) => counts.quads += primitive.faces.n_faces(),
        _ => {
            for face in primitive.faces.iter() {
                match face.len() {
                    0..=2 => {}
                    3 => counts.triangles += 1,
                    4 => counts.quads += 1,
                    _ => counts.ngons += 1,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use scene::{FaceSizes, Faces};

    use super::*;
    use crate::test_scenes::{check, cube, flip, mesh, scene};

    #[test]
    fn a_cancelled_check_says_so() {
        let ctx = WorkCtx::quiet();
        ctx.cancel();
        let cubes = scene(vec![cube(Vec3::ZERO, 1.0)]);
        assert_eq!(analyze(&cubes, &AnalyzeOptions::default(), &ctx), Err(Cancelled));
    }

    #[test]
    fn a_scene_that_contradicts_itself_is_a_result() {
        let broken = scene(vec![mesh("broken", vec![Vec3::ZERO], &[[0, 1, 2]])]);
        let report = analyze(&broken, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap();
        let found: Vec<_> = report.findings.iter().map(|f| f.rule).collect();
        assert_eq!(found, [Rule::SceneInvalid]);
    }

    #[test]
    fn counts_polygons_as_stored_and_triangles_as_drawn() {
        let mut model = scene(vec![cube(Vec3::ZERO, 1.0)]);
        let twin = scene::Node { mesh: Some(0), transform: far_away(), ..scene::Node::default() };
        model.nodes.push(twin);
        model.roots.push(1);
        let faces = &mut model.meshes[0].primitives[0].faces;
        // A pyramid: a quad and four triangles; and a pentagon that stays open.
        *faces = Faces {
            corner_vertices: vec![0, 2, 3, 1, 0, 1, 7, 1, 3, 7, 3, 2, 7, 2, 0, 7, 0, 1, 3, 2, 6],
            sizes: FaceSizes::Starts(vec![0, 4, 7, 10, 13, 16, 21]),
        };
        let report = analyze(&model, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap();
        let counts = &report.counts;
        assert_eq!((counts.triangles, counts.quads, counts.ngons), (4, 1, 1));
        assert_eq!((counts.drawn_triangles, counts.instances, counts.meshes), (2 * 9, 2, 1));
    }

    fn far_away() -> scene::Transform {
        scene::Transform::Matrix(glam::Mat4::from_translation(50.0 * Vec3::X))
    }

    #[test]
    fn the_json_keeps_its_shape() {
        let mut model = cube(Vec3::ZERO, 1.0);
        flip(&mut model, &[4]);
        let report = check(&scene(vec![model]), &[(Rule::WindingInconsistent, 1)]);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["bounds"]["min"], serde_json::json!([-0.5, -0.5, -0.5]));
        let finding = &json["findings"][0];
        assert_eq!(finding["rule"], "winding-inconsistent");
        assert_eq!(finding["severity"], "error");
        assert_eq!(finding["places"][0]["faces"], serde_json::json!([4]));
        assert_eq!(finding["places"][0]["label"], "'cube': 1 of 12 faces");
        assert!(finding["places"][0]["point"].is_array());
        for finding in &report.findings {
            assert_eq!(serde_json::to_value(finding.rule).unwrap(), finding.rule.id());
        }
        let empty = check(&scene(vec![]), &[(Rule::SceneEmpty, 1)]);
        assert!(serde_json::to_value(&empty).unwrap()["bounds"].is_null());
    }
}
