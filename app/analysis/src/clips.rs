use std::collections::HashSet;

use rayon::prelude::*;
use scene::{Aabb, Scene};
use work::WorkCtx;

use crate::report::Clip;

/// After a cancel the rest is left unmeasured.
pub(crate) fn measure(scene: &Scene, ctx: &WorkCtx) -> Vec<Clip> {
    let clips = scene.animations.par_iter();
    clips
        .map(|animation| Clip {
            name: animation.name.clone(),
            duration_secs: animation.duration_secs(),
            nodes: animation.channels.iter().map(|c| c.node).collect::<HashSet<_>>().len(),
            bounds: if ctx.is_cancelled() { Aabb::EMPTY } else { scene.bounds_over(animation) },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;
    use scene::{Animation, AnimationChannel, AnimationTarget, Faces, Interpolation, Mesh, Node, Primitive};

    #[test]
    fn a_clip_tells_its_length_and_its_room() {
        let primitive = Primitive {
            vertex_positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y],
            faces: Faces::triangles(vec![0, 1, 2]),
            ..Default::default()
        };
        let slide = AnimationChannel {
            node: 0,
            target: AnimationTarget::Translation,
            interpolation: Interpolation::Linear,
            key_times_secs: vec![0.0, 2.5],
            values: vec![0.0, 0.0, 0.0, 0.0, 0.0, -4.0],
        };
        let scene = Scene {
            nodes: vec![Node { mesh: Some(0), ..Default::default() }],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            animations: vec![Animation { name: "slide".into(), channels: vec![slide] }],
            ..Default::default()
        };
        let [clip] = &measure(&scene, &WorkCtx::quiet())[..] else { panic!("one clip") };
        assert_eq!((clip.name.as_str(), clip.duration_secs, clip.nodes), ("slide", 2.5, 1));
        assert_eq!(clip.bounds.size().to_array(), [1.0, 1.0, 4.0]);
    }
}
