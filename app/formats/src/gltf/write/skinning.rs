use scene::{Primitive, Split};

type Influences = (Vec<Vec<[u16; 4]>>, Vec<Vec<[f32; 4]>>);

/// Joints and weights as the format wants them: weights that sum up to 1, no joint twice at one
/// vertex, joint 0 where the weight is 0, no joint beyond the skin.
pub(super) fn sound_influences(primitive: &Primitive, split: &Split, n_joints: Option<usize>) -> Influences {
    let n_sets = primitive.joints.len();
    let mut joints = vec![Vec::with_capacity(split.n_vertices()); n_sets];
    let mut weights = vec![Vec::with_capacity(split.n_vertices()); n_sets];
    let mut influences: Vec<(u16, f32)> = Vec::with_capacity(4 * n_sets);
    for &vertex in &split.vertices {
        let vertex = vertex as usize;
        influences.clear();
        for (joints, weights) in primitive.joints.iter().zip(&primitive.weights) {
            for (&joint, &weight) in joints[vertex].iter().zip(&weights[vertex]) {
                let exists = n_joints.is_none_or(|n| (joint as usize) < n);
                let weight = if exists && weight.is_finite() { weight.max(0.0) } else { 0.0 };
                influences.push((if weight > 0.0 { joint } else { 0 }, weight));
            }
        }
        merge_repeated(&mut influences);
        normalize(&mut influences);
        for (set, four) in influences.as_chunks::<4>().0.iter().enumerate() {
            joints[set].push(four.map(|(joint, _)| joint));
            weights[set].push(four.map(|(_, weight)| weight));
        }
    }
    (joints, weights)
}

fn merge_repeated(influences: &mut [(u16, f32)]) {
    for i in 1..influences.len() {
        let (joint, weight) = influences[i];
        if weight > 0.0
            && let Some(first) = influences[..i].iter_mut().find(|(j, w)| *j == joint && *w > 0.0)
        {
            first.1 += weight;
            influences[i] = (0, 0.0);
        }
    }
}

fn normalize(influences: &mut [(u16, f32)]) {
    let sum: f64 = influences.iter().map(|(_, weight)| f64::from(*weight)).sum();
    if sum == 0.0 {
        if let Some(first) = influences.first_mut() {
            first.1 = 1.0;
        }
    } else if (sum - 1.0).abs() > 1e-7 {
        for (_, weight) in influences {
            *weight = (f64::from(*weight) / sum) as f32;
        }
    }
}
