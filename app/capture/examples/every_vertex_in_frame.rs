//! Whether all of every model in a folder is inside its frame: `cargo run -p capture --example
//! every_vertex_in_frame -- FOLDER…` projects every drawn vertex with the cameras of stills, draws one
//! still of each model, and prints a row for each.

use std::path::{Path, PathBuf};

use formats::ReadOptions;
use glam::DVec3;
use render::{
    Angle, FitOptions, Gpu, GpuScene, Lens, Pass, Renderer, StillOptions, UploadOptions, View, render_still,
};
use scene::Scene;
use work::WorkCtx;

const SIZE: u32 = 128;

fn main() -> Result<(), String> {
    let gpu = Gpu::headless().map_err(|error| error.to_string())?;
    let renderer = Renderer::new(&gpu).map_err(|error| error.to_string())?;
    let mut files = Vec::new();
    std::env::args_os().skip(1).for_each(|arg| gather(Path::new(&arg), &mut files));
    files.sort();
    println!("| model | vertices | farthest from the middle | on the border |\n|---|---|---|---|");
    let (mut n_models, mut n_vertices, mut n_outside, mut n_cut) = (0, 0, 0, 0);
    for file in &files {
        match measure(&gpu, &renderer, file) {
            Ok(Seen { n, reach, n_on_border }) => {
                println!("| {} | {n} | {reach:.4} | {n_on_border} |", file.display());
                n_models += 1;
                n_vertices += n;
                n_outside += usize::from(reach > 1.0);
                n_cut += usize::from(n_on_border > 0);
            }
            Err(reason) => eprintln!("{}: {reason}", file.display()),
        }
    }
    println!(
        "{n_models} models, {n_vertices} vertices in 12 cameras each; outside: {n_outside}, cut: {n_cut}"
    );
    if n_outside + n_cut == 0 { Ok(()) } else { Err("not all is inside".into()) }
}

/// Files, of folders those that a reader knows.
fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(path) else {
        files.push(path.to_owned());
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_model = formats::format_of(&path).is_some();
        if path.is_dir() || is_model {
            gather(&path, files);
        }
    }
}

struct Seen {
    n: usize,
    /// The largest |x| or |y| of all cameras; the frame's border is at 1.
    reach: f64,
    n_on_border: usize,
}

fn measure(gpu: &Gpu, renderer: &Renderer, file: &Path) -> Result<Seen, String> {
    let import = formats::read_with(file, &ReadOptions::default(), &WorkCtx::quiet())
        .map_err(|error| error.to_string())?;
    let vertices = drawn_vertices(&import.scene);
    let mut reach = 0.0_f64;
    for options in cameras() {
        let clip_from_world = View::fit(&import.scene, &options).clip_from_world();
        for vertex in &vertices {
            let clip = clip_from_world * vertex.extend(1.0);
            // Behind the eye there is no frame.
            let far_aside =
                if clip.w > 0.0 { clip.x.abs().max(clip.y.abs()) / clip.w } else { f64::INFINITY };
            reach = reach.max(far_aside);
        }
    }
    let upload = UploadOptions { max_texture_px: 64, ..UploadOptions::default() };
    let (on_device, _) =
        GpuScene::upload(gpu, renderer, &import.scene, &upload).map_err(|error| error.to_string())?;
    let view = View::fit(&import.scene, &FitOptions::default());
    let options = StillOptions::new(SIZE, SIZE, &[Pass::Depth]);
    let still =
        render_still(gpu, renderer, &on_device, &view, &options).map_err(|error| error.to_string())?;
    let is_border = |i: usize| {
        let (x, y) = (i as u32 % SIZE, i as u32 / SIZE);
        x == 0 || y == 0 || x == SIZE - 1 || y == SIZE - 1
    };
    let n_on_border = (0..still.ids.len()).filter(|&i| is_border(i) && still.ids[i] != 0).count();
    Ok(Seen { n: vertices.len(), reach, n_on_border })
}

/// What faces, lines and points use and what has a place.
fn drawn_vertices(scene: &Scene) -> Vec<DVec3> {
    let transforms = scene.world_transforms();
    let mut all = Vec::new();
    for instance in scene.mesh_instances(&transforms) {
        for primitive in &scene.meshes[instance.mesh].primitives {
            let positions = scene.world_positions(&instance, primitive, &transforms);
            let mut is_used = vec![false; positions.len()];
            primitive.faces.corner_vertices.iter().for_each(|&v| is_used[v as usize] = true);
            let used = positions.into_iter().zip(is_used).filter_map(|(p, used)| used.then_some(p));
            all.extend(used.filter(|p| p.is_finite()));
        }
    }
    all
}

fn cameras() -> impl Iterator<Item = FitOptions> {
    let angles = [
        Angle::THREE_QUARTER,
        Angle { azimuth_radians: 0.0, elevation_radians: 0.0 },
        Angle { azimuth_radians: 2.5, elevation_radians: -0.4 },
    ];
    let lenses = [Lens::NORMAL, Lens::Orthographic { height: 1.0 }];
    let of_angle = move |angle| {
        lenses.into_iter().flat_map(move |lens| {
            [1.0, 1.8].map(|aspect| FitOptions { angle, lens, aspect, ..FitOptions::default() })
        })
    };
    angles.into_iter().flat_map(of_angle)
}
