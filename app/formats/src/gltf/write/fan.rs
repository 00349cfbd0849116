//! FB_ngon_encoding: polygons as triangle fans that a reader can join again. Consecutive triangles
//! that begin with the same vertex are one polygon, so every polygon begins with another vertex
//! than the one before it.

/// Appends triangles as they are, each turned so that it does not continue the fan before it.
pub(super) fn push_triangle(indices: &mut Vec<u32>, [a, b, c]: [u32; 3]) {
    let before = last_first(indices);
    let turned = [[a, b, c], [b, c, a], [c, a, b]];
    let chosen = turned.into_iter().find(|t| Some(t[0]) != before).unwrap_or([a, b, c]);
    indices.extend(chosen);
}

/// Appends the triangles of one polygon of more than three corners as one fan. `triangles` is how
/// it is to be cut; where that is no fan, or no fan can begin here, they stay triangles.
pub(super) fn push_polygon(indices: &mut Vec<u32>, triangles: &[[u32; 3]]) {
    let Some(mut ring) = ring_of_fan(triangles) else {
        for &triangle in triangles {
            push_triangle(indices, triangle);
        }
        return;
    };
    let before = last_first(indices);
    if Some(ring[0]) == before {
        // A quad keeps its diagonal when the fan begins at the opposite corner.
        let by = if ring.len() == 4 { 2 } else { 1 };
        ring.rotate_left(by);
    }
    for pair in ring[1..].windows(2) {
        indices.extend([ring[0], pair[0], pair[1]]);
    }
}

/// The first vertex of the last triangle.
fn last_first(indices: &[u32]) -> Option<u32> {
    indices.len().checked_sub(3).map(|start| indices[start])
}

/// Whether one polygon is cut so that its pieces can be joined again.
pub(super) fn is_fan(triangles: &[[u32; 3]]) -> bool {
    ring_of_fan(triangles).is_some()
}

/// The corners of the polygon whose fan the triangles are.
fn ring_of_fan(triangles: &[[u32; 3]]) -> Option<Vec<u32>> {
    let first = triangles.first()?;
    let mut ring = first.to_vec();
    for triangle in &triangles[1..] {
        if triangle[0] != first[0] || Some(&triangle[1]) != ring.last() {
            return None;
        }
        ring.push(triangle[2]);
    }
    Some(ring)
}
