//! Blender's own files, read without Blender: meshes as they were modelled, where objects stand,
//! their materials as far as viewers show them, pictures, cameras, lights and the preview.
//!
//! A `.blend` is an image of Blender's memory with a catalogue of its structs (`dna`); which fields
//! there are differs by version, so everything is looked up by name. Written from the published
//! struct definitions and from files of 2.5 to 5.0.
//! What takes Blender itself to work out (modifiers, poses, curves) is named in a warning; with a
//! Blender at hand the bridge brings that too.

mod attribute;
mod contents;
mod dna;
mod file;
mod image;
mod material;
mod mesh;
mod node;
mod nodes;
mod objects;
mod preview;
mod record;
mod render_setup;
mod smooth;
mod unpack;

use glam::Vec3;
use scene::{Authored, Node, Transform, UpAxis};
use work::WorkCtx;

use crate::format::Format;
use crate::source::{Parsed, Source};
use crate::{Preview, ReadFault, ReadWarning, bridge};

pub(crate) use render_setup::read as render_setup;
pub(crate) use unpack::is_blend;

use file::File;
use image::Images;
use node::y_up;
use objects::{Builder, current_scene};

const FORMAT_NAME: &str = "Blender";

pub(crate) const FORMAT: Format =
    Format { name: FORMAT_NAME, extensions: &["blend"], read: Some(read), sniff: is_blend, hint: "" };

fn read(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    // First, for the files that it names: what Blender answers hangs on them too.
    let as_modelled = read_as_modelled(source);
    let Some(bridge) = source.options.bridge.as_ref().filter(|_| !source.options.as_modelled) else {
        return as_modelled;
    };
    match (bridge::read(source, bridge, "blend"), as_modelled) {
        (Ok(mut whole), as_modelled) => {
            let found = as_modelled.map(|parsed| parsed.warnings).unwrap_or_default();
            let is_missing = |w: &ReadWarning| matches!(w, ReadWarning::MissingPicture { .. });
            whole.warnings.extend(found.into_iter().filter(is_missing));
            Ok(whole)
        }
        (Err(fault @ ReadFault::Cancelled(_)), _) | (Err(fault), Err(_)) => Err(fault),
        (Err(fault), Ok(mut modelled)) => {
            modelled.warnings.push(ReadWarning::BlenderFailed { cause: fault.to_string() });
            Ok(modelled)
        }
    }
}

fn read_as_modelled(source: &Source<'_>) -> Result<Parsed, ReadFault> {
    let bytes = unpack::unpack(source.bytes)?;
    source.ctx.check_cancelled()?;
    let file = File::open(&bytes, source.ctx)?;
    contents::remember_files(&file, source);
    let authored = Authored {
        program: format!("Blender {}", file.version_text()),
        up: Some(UpAxis::Z),
        ..Default::default()
    };
    let Some(current) = current_scene(&file) else {
        let cause = "it holds no scene".into();
        return Err(ReadFault::Damaged { format: FORMAT_NAME, cause });
    };
    let mut builder = Builder::new(&current, Images::new(source), source.ctx);
    builder.place_all()?;
    // Pictures that no material shows belong to the model all the same.
    for record in file.all(b"IM") {
        builder.images.image(&record);
    }
    let Builder { mut scene, left_out, images, .. } = builder;
    let (images, textures, mut warnings) = images.into_parts();
    (scene.images, scene.textures) = (images, textures);
    scene.authored = Authored { meters_per_unit: Some(scale_to_meters(&current)), ..authored };
    place_in_meters(&mut scene);
    warnings.extend(left_out.warnings(&file));
    Ok(Parsed { scene, warnings })
}

/// The picture that Blender saved with the scene.
pub(crate) fn preview(bytes: &[u8], ctx: &WorkCtx) -> Option<Preview> {
    let bytes = unpack::unpack(bytes).ok()?;
    let file = File::open(&bytes, ctx).ok()?;
    preview::read(file.raw(b"TEST")?, file.is_big_endian)
}

/// Of one Blender unit; 1 where the scene does not use units.
fn scale_to_meters(scene: &record::Record<'_>) -> f64 {
    let unit = scene.inner("unit");
    let scale = unit.and_then(|unit| unit.float("scale_length").filter(|_| unit.int("system") != Some(0)));
    scale.filter(|scale| scale.is_finite() && *scale > 0.0).map_or(1.0, f64::from)
}

pub(crate) fn place_in_meters(scene: &mut scene::Scene) {
    let scale = scene.authored.meters_per_unit.unwrap_or(1.0) as f32;
    if (scale - 1.0).abs() < 1e-6 || scene.roots.is_empty() {
        return;
    }
    let transform =
        Transform::Trs { translation: Vec3::ZERO, rotation: glam::Quat::IDENTITY, scale: Vec3::splat(scale) };
    let children = std::mem::replace(&mut scene.roots, vec![scene.nodes.len()]);
    scene.nodes.push(Node { name: "metres".into(), transform, children, ..Default::default() });
}

#[cfg(test)]
mod tests;
