//! The soft shadow a model throws on the floor it stands on: what stands low over a spot darkens it
//! sharply, what hangs high softly. Seen from above, so that it is the same from every side; made once
//! a scene, in a few milliseconds.

use glam::{DMat4, DVec3, Vec2, Vec3};
use rayon::prelude::*;
use scene::{Aabb, Topology};

use super::geometry::Geometry;
use crate::{Gpu, Renderer};

/// Cells along each side.
pub(crate) const N_CELLS: usize = 128;
/// Indices that one task looks at.
const CHUNK: usize = 3 << 17;
/// Part of the model's size that the shadow may reach beyond it.
const REACH: f64 = 0.30;

/// Darkness over the floor below a model.
#[derive(Clone)]
pub(crate) struct Floor {
    /// World position of the middle of the map, on the floor.
    pub center: DVec3,
    /// Half the side of the square map in metres.
    pub half_side: f64,
    /// Row by row along +X, rows along +Z; 255 is the darkest.
    pub darkness: Vec<u8>,
    /// The same on the device.
    pub group: wgpu::BindGroup,
    texture: wgpu::Texture,
}

/// Heights over the floor of what first hides the sky, as parts of the model's size, with how far
/// their shadow blurs and how dark it is.
const LAYERS: [Layer; 3] = [
    Layer { height: 0.03, blur: 0.008, darkness: 0.50 },
    Layer { height: 0.14, blur: 0.030, darkness: 0.46 },
    Layer { height: 0.60, blur: 0.095, darkness: 0.44 },
];

struct Layer {
    height: f32,
    blur: f32,
    darkness: f32,
}

impl Floor {
    pub(crate) fn new<'a>(
        gpu: &Gpu,
        renderer: &Renderer,
        bounds: &Aabb,
        placings: impl Iterator<Item = (&'a Geometry, DMat4)>,
    ) -> Self {
        let (center, half_side) = place(bounds);
        let mut heights = Heights::new(half_side as f32);
        for (geometry, world_from_object) in placings {
            heights.add(geometry, &(DMat4::from_translation(-center) * world_from_object));
        }
        Self::of(gpu, renderer, (center, half_side), heights.darkness(bounds.size().max_element() as f32))
    }

    fn of(gpu: &Gpu, renderer: &Renderer, (center, half_side): (DVec3, f64), darkness: Vec<u8>) -> Self {
        let (texture, group) = on_device(gpu, renderer);
        write(gpu, &texture, &darkness);
        Self { center, half_side, darkness, group, texture }
    }

    /// The same shadow, on the device once more, so that it can be drawn anew.
    pub(crate) fn copy(&self, gpu: &Gpu, renderer: &Renderer) -> Self {
        Self::of(gpu, renderer, (self.center, self.half_side), self.darkness.clone())
    }

    /// What triangles over world positions throw, on a floor below `bounds`.
    pub(crate) fn redraw<'a>(
        &mut self,
        gpu: &Gpu,
        bounds: &Aabb,
        casters: impl Iterator<Item = (Vec<DVec3>, &'a [u32])>,
    ) {
        let (center, half_side) = place(bounds);
        let mut heights = Heights::new(half_side as f32);
        for (positions, triangles) in casters {
            let points: Vec<Vec3> =
                positions.iter().map(|p| heights.in_cells((*p - center).as_vec3())).collect();
            heights.add_triangles(&points, triangles);
        }
        self.darkness = heights.darkness(bounds.size().max_element() as f32);
        (self.center, self.half_side) = (center, half_side);
        write(gpu, &self.texture, &self.darkness);
    }
}

/// Where the map lies below what is in `bounds`, and how large it is.
fn place(bounds: &Aabb) -> (DVec3, f64) {
    let floor_y = if bounds.is_empty() { 0.0 } else { bounds.min.y };
    let center = DVec3::new(bounds.center().x, floor_y, bounds.center().z);
    let size = bounds.size();
    (center, (0.5 + REACH) * size.x.max(size.z).max(0.3 * size.y).max(1e-9))
}

/// The lowest surface over each cell, in metres over the floor.
struct Heights {
    half_side: f32,
    lowest: Vec<f32>,
}

impl Heights {
    fn new(half_side: f32) -> Self {
        Self { half_side, lowest: vec![f32::INFINITY; N_CELLS * N_CELLS] }
    }

    fn add(&mut self, geometry: &Geometry, floor_from_object: &DMat4) {
        if geometry.topology != Topology::Faces {
            return;
        }
        let matrix = floor_from_object.as_mat4();
        let points: Vec<Vec3> = geometry
            .vertices
            .par_iter()
            .map(|v| self.in_cells(matrix.transform_point3(v.position.into())))
            .collect();
        self.add_triangles(&points, &geometry.indices);
    }

    /// From metres over the floor's middle: x and z in cells, y in metres.
    fn in_cells(&self, p: Vec3) -> Vec3 {
        let to_cells = N_CELLS as f32 / (2.0 * self.half_side);
        Vec3::new((p.x + self.half_side) * to_cells, p.y, (p.z + self.half_side) * to_cells)
    }

    /// The lowest of all is the same in whatever order they come.
    fn add_triangles(&mut self, points: &[Vec3], indices: &[u32]) {
        if indices.len() <= CHUNK {
            return self.add_some(points, indices);
        }
        let parts = indices.par_chunks(CHUNK).map(|indices| {
            let mut part = Self::new(self.half_side);
            part.add_some(points, indices);
            part.lowest
        });
        let lowest = parts.reduce(Vec::new, |a, b| match (a.is_empty(), b.is_empty()) {
            (true, _) => b,
            (_, true) => a,
            _ => a.into_iter().zip(b).map(|(a, b)| a.min(b)).collect(),
        });
        self.lowest.iter_mut().zip(lowest).for_each(|(all, part)| *all = all.min(part));
    }

    fn add_some(&mut self, points: &[Vec3], indices: &[u32]) {
        for triangle in indices.chunks_exact(3) {
            let corners = [triangle[0], triangle[1], triangle[2]].map(|v| points.get(v as usize).copied());
            if let [Some(a), Some(b), Some(c)] = corners {
                self.add_triangle(a, b, c);
            }
        }
    }

    fn add_triangle(&mut self, a: Vec3, b: Vec3, c: Vec3) {
        self.add_point(a);
        let low = a.min(b).min(c);
        let high = a.max(b).max(c);
        let extent = (high.x - low.x).max(high.z - low.z);
        // Its corners say all about a triangle within a cell; a huge or broken one says nothing.
        let is_worth_filling = extent > 1.0 && extent < 4.0 * N_CELLS as f32;
        if !is_worth_filling {
            return;
        }
        for (from, to) in [(a, b), (b, c), (c, a)] {
            let n_steps = (from.distance(to.with_y(from.y)).ceil() as usize).max(1);
            (0..n_steps).for_each(|i| self.add_point(from.lerp(to, i as f32 / n_steps as f32)));
        }
        let flat = |p: Vec3| Vec2::new(p.x, p.z);
        let area = (flat(b) - flat(a)).perp_dot(flat(c) - flat(a));
        if area.abs() < 1e-6 {
            return;
        }
        let cells = |low: f32, high: f32| {
            (low.max(0.0) as usize)..(high.min(N_CELLS as f32 - 1.0).max(-1.0) + 1.0) as usize
        };
        for z in cells(low.z, high.z) {
            for x in cells(low.x, high.x) {
                let p = Vec2::new(x as f32 + 0.5, z as f32 + 0.5);
                let weight = |from: Vec3, to: Vec3| (flat(to) - flat(from)).perp_dot(p - flat(from)) / area;
                let [wa, wb, wc] = [weight(b, c), weight(c, a), weight(a, b)];
                if wa >= 0.0 && wb >= 0.0 && wc >= 0.0 {
                    self.lower(x, z, wa * a.y + wb * b.y + wc * c.y);
                }
            }
        }
    }

    fn add_point(&mut self, p: Vec3) {
        if p.x >= 0.0 && p.z >= 0.0 && p.x < N_CELLS as f32 && p.z < N_CELLS as f32 {
            self.lower(p.x as usize, p.z as usize, p.y);
        }
    }

    fn lower(&mut self, x: usize, z: usize, height: f32) {
        if let Some(lowest) = self.lowest.get_mut(z * N_CELLS + x) {
            *lowest = lowest.min(height);
        }
    }

    fn darkness(&self, model_size: f32) -> Vec<u8> {
        let cell = 2.0 * self.half_side / N_CELLS as f32;
        let mut light = vec![1.0_f32; N_CELLS * N_CELLS];
        for layer in LAYERS {
            let reach = layer.height * model_size;
            let mut cover: Vec<f32> =
                self.lowest.iter().map(|h| (1.0 - h.max(0.0) / reach).clamp(0.0, 1.0)).collect();
            blur(&mut cover, layer.blur * model_size / cell);
            light.iter_mut().zip(cover).for_each(|(light, cover)| *light *= 1.0 - layer.darkness * cover);
        }
        light.iter().map(|light| ((1.0 - light) * 255.0 + 0.5) as u8).collect()
    }
}

/// Three running means of a width that together come close to a Gaussian of `sigma` cells.
fn blur(map: &mut Vec<f32>, sigma: f32) {
    let radius = ((sigma * sigma * 4.0 + 1.0).sqrt() * 0.5).round().clamp(1.0, N_CELLS as f32 / 4.0) as usize;
    for _ in 0..3 {
        for _ in 0..2 {
            // Each run blurs the rows and turns the map, so two runs blur both ways.
            *map = mean_of_rows_turned(map, radius);
        }
    }
}

fn mean_of_rows_turned(map: &[f32], radius: usize) -> Vec<f32> {
    let mut turned = vec![0.0; map.len()];
    let scale = 1.0 / (2 * radius + 1) as f32;
    for (z, row) in map.chunks_exact(N_CELLS).enumerate() {
        let mut sum: f32 = row[..radius].iter().sum();
        for x in 0..N_CELLS {
            sum += row.get(x + radius).copied().unwrap_or_default();
            if let Some(gone) = x.checked_sub(radius + 1) {
                sum -= row[gone];
            }
            turned[x * N_CELLS + z] = sum * scale;
        }
    }
    turned
}

fn on_device(gpu: &Gpu, renderer: &Renderer) -> (wgpu::Texture, wgpu::BindGroup) {
    let size = wgpu::Extent3d { width: N_CELLS as u32, height: N_CELLS as u32, depth_or_array_layers: 1 };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("floor"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::R8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("floor"),
        layout: &renderer.layouts.floor,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&view) }],
    });
    (texture, group)
}

fn write(gpu: &Gpu, texture: &wgpu::Texture, darkness: &[u8]) {
    let layout =
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(N_CELLS as u32), rows_per_image: None };
    gpu.queue.write_texture(texture.as_image_copy(), darkness, layout, texture.size());
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{Faces, Primitive};

    #[test]
    fn it_is_dark_below_a_plate_and_light_away_from_it() {
        let plate = Primitive {
            vertex_positions: [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
                .map(|(x, z)| Vec3::new(x, 0.0, z))
                .to_vec(),
            faces: Faces::triangles(vec![0, 1, 2, 0, 2, 3]),
            ..Default::default()
        };
        let geometry = Geometry::of(&plate, false, usize::MAX);
        let mut heights = Heights::new(1.6);
        heights.add(&geometry, &DMat4::from_translation(DVec3::Y * 0.02));
        let darkness = heights.darkness(2.0);
        let at = |x: usize, z: usize| darkness[z * N_CELLS + x];
        assert!(at(64, 64) > 150, "{}", at(64, 64));
        assert_eq!(at(0, 0), 0);
        // The same on both sides, but for the cell that the border touches.
        assert!(at(20, 64).abs_diff(at(107, 64)) <= 16, "{} {}", at(20, 64), at(107, 64));
    }
}
