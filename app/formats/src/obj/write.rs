use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use scene::{AlphaMode, ImageId, Material, MaterialTexture, Scene, Split, Topology};
use work::WorkCtx;

use crate::file_bytes::image_bytes;
use crate::placed::{Placed, each_placed};
use crate::{WriteError, WriteReport, WriteWarning, unfinished};

/// Writes the default pose as OBJ, +Y up, in metres, with polygons, and beside it NAME.mtl and the
/// pictures its materials use. The OBJ appears last, when what it names is there.
///
/// # Errors
/// A scene that does not validate, a disk that refuses, a cancel.
pub(crate) fn write_obj(scene: &Scene, path: &Path, ctx: &WorkCtx) -> Result<WriteReport, WriteError> {
    ctx.stage("writing");
    scene.validate()?;
    let names = material_names(scene);
    let library = path.with_extension("mtl");
    let (mut warnings, mut beside) = (Vec::new(), Vec::new());
    let mut text = String::from("# Kiln\n");
    if !scene.materials.is_empty() {
        let pictures = write_pictures(scene, path, ctx, &mut warnings)?;
        let materials = mtl(scene, &names, &pictures);
        unfinished::save(&library, ctx, |out| out.write_all(materials.as_bytes()))?;
        let _ = writeln!(text, "mtllib {}", library.file_name().unwrap_or_default().to_string_lossy());
        beside.push(library);
        beside.extend(pictures.values().map(|name| path.with_file_name(name)));
    }
    let mut rows = Rows { text, n_vertices: 1, n_uvs: 1, n_normals: 1 };
    each_placed(scene, ctx, |placed| rows.add(&placed, &names))?;
    let n_bytes = unfinished::save(path, ctx, |out| out.write_all(rows.text.as_bytes()))?;
    Ok(WriteReport { n_bytes, beside, warnings })
}

/// The file as it grows; numbers count from 1 through the whole file.
struct Rows {
    text: String,
    n_vertices: u32,
    n_uvs: u32,
    n_normals: u32,
}

impl Rows {
    fn add(&mut self, placed: &Placed<'_>, names: &[String]) {
        let split = Split::of(placed.primitive);
        let normals = placed.normals(&split);
        let uvs = placed.primitive.uvs.first().map(|layer| split.layer(layer));
        let out = &mut self.text;
        // Writing to memory cannot fail.
        let _ = writeln!(out, "o {}", one_line(placed.name));
        for p in &placed.positions {
            let _ = writeln!(out, "v {} {} {}", p.x, p.y, p.z);
        }
        for uv in uvs.iter().flatten() {
            let uv = uv.unwrap_or_default();
            let _ = writeln!(out, "vt {} {}", uv.x, 1.0 - uv.y);
        }
        for n in normals.iter().flatten() {
            let _ = writeln!(out, "vn {} {} {}", n.x, n.y, n.z);
        }
        let keyword = match placed.primitive.topology {
            Topology::Faces => "f",
            Topology::Lines => "l",
            Topology::Points => "p",
        };
        let is_face = placed.primitive.topology == Topology::Faces;
        let faces: Vec<Vec<usize>> = placed.faces().collect();
        for run in placed.primitive.runs() {
            if let Some(material) = run.material.filter(|_| is_face) {
                let _ = writeln!(out, "usemtl {}", names[material]);
            }
            for corners in &faces[run.first_face..run.first_face + run.n_faces] {
                out.push_str(keyword);
                for &corner in corners {
                    let vertex = self.n_vertices + placed.primitive.faces.corner_vertices[corner];
                    let of_split = split.corner_vertices[corner];
                    let _ = match (is_face && uvs.is_some(), is_face && normals.is_some()) {
                        (false, false) => write!(out, " {vertex}"),
                        (true, false) => write!(out, " {vertex}/{}", self.n_uvs + of_split),
                        (false, true) => write!(out, " {vertex}//{}", self.n_normals + of_split),
                        (true, true) => {
                            write!(out, " {vertex}/{}/{}", self.n_uvs + of_split, self.n_normals + of_split)
                        }
                    };
                }
                out.push('\n');
            }
        }
        self.n_vertices += placed.positions.len() as u32;
        self.n_uvs += uvs.map_or(0, |uvs| uvs.len() as u32);
        self.n_normals += normals.map_or(0, |normals| normals.len() as u32);
    }
}

fn one_line(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.trim().is_empty() { "object".into() } else { name.trim().into() }
}

/// Each its own, without spaces, at which the keyword's argument would end.
fn material_names(scene: &Scene) -> Vec<String> {
    let mut n_of_name: BTreeMap<String, usize> = BTreeMap::new();
    let name = |material: &Material| {
        let plain: String = material
            .name
            .chars()
            .map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c })
            .collect();
        let plain = if plain.is_empty() { "material".into() } else { plain };
        let n = n_of_name.entry(plain.clone()).or_default();
        *n += 1;
        if *n == 1 { plain } else { format!("{plain}.{n:03}") }
    };
    scene.materials.iter().map(name).collect()
}

/// Writes the pictures that materials use beside the model and returns their names there.
fn write_pictures(
    scene: &Scene,
    path: &Path,
    ctx: &WorkCtx,
    warnings: &mut Vec<WriteWarning>,
) -> Result<BTreeMap<ImageId, String>, WriteError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let slots = scene.materials.iter().flat_map(slots).filter_map(|(_, slot)| slot);
    let used: std::collections::BTreeSet<ImageId> =
        slots.map(|slot| scene.textures[slot.texture].image).collect();
    let mut names = BTreeMap::new();
    for id in used {
        let image = &scene.images[id];
        match image_bytes(image) {
            Ok(bytes) => {
                let mime_type = picture::sniff(&bytes);
                let extension = mime_type.split_once('/').map_or("bin", |(_, kind)| kind);
                let name = format!("{stem}.{id}.{}", if extension == "jpeg" { "jpg" } else { extension });
                unfinished::save(&path.with_file_name(&name), ctx, |out| out.write_all(&bytes))?;
                names.insert(id, name);
            }
            Err(reason) => {
                let picture =
                    if image.name.is_empty() { format!("picture {id}") } else { image.name.clone() };
                warnings.push(WriteWarning::PictureLeftOut { picture, reason });
            }
        }
    }
    Ok(names)
}

/// The maps that the format has a key for. Its roughness and metalness are pictures of their own.
fn slots(material: &Material) -> [(&'static str, Option<MaterialTexture>); 3] {
    [
        ("map_Kd", material.base_color_texture),
        ("norm", material.normal_texture),
        ("map_Ke", material.emissive_texture),
    ]
}

fn mtl(scene: &Scene, names: &[String], pictures: &BTreeMap<ImageId, String>) -> String {
    let mut text = String::from("# Kiln\n");
    for (material, name) in scene.materials.iter().zip(names) {
        let [r, g, b, alpha] = material.base_color.to_array();
        let emissive = material.emissive;
        let _ = writeln!(text, "\nnewmtl {name}\nKd {r} {g} {b}");
        let _ = writeln!(text, "Pr {}\nPm {}", material.roughness, material.metallic);
        if emissive != glam::Vec3::ZERO {
            let _ = writeln!(text, "Ke {} {} {}", emissive.x, emissive.y, emissive.z);
        }
        if material.alpha_mode == AlphaMode::Blend {
            let _ = writeln!(text, "d {alpha}");
        }
        for (key, slot) in slots(material) {
            let picture = slot.and_then(|slot| pictures.get(&scene.textures[slot.texture].image));
            if let Some(picture) = picture {
                let _ = writeln!(text, "{key} {picture}");
            }
        }
    }
    text
}
