//! Some exporters place one node under several parents. The format wants a tree, so every further
//! parent gets a copy of what it shares.

use scene::{Node, NodeId};

/// Copies may be this many times the nodes of the file, and this many in any case: shares below
/// shares multiply.
const MAX_GROWTH: usize = 16;
const MAX_COPIES: usize = 1 << 18;

/// Returns how many nodes were copied. Where copying would not end, because a node is its own
/// ancestor, nothing is changed.
pub(super) fn separate(nodes: &mut Vec<Node>) -> usize {
    let n_stated = nodes.len();
    let max_copies = n_stated.saturating_mul(MAX_GROWTH).min(MAX_COPIES);
    let mut links = shared_links(nodes);
    let mut copies: Vec<Node> = Vec::new();
    let mut next = 0;
    while let Some(&Link { child, .. }) = links.get(next) {
        if copies.len() >= max_copies {
            return 0;
        }
        let copy = nodes[child].clone();
        let parent = n_stated + copies.len();
        let below = copy.children.iter().enumerate().filter(|(_, child)| **child < n_stated);
        links.extend(below.map(|(place, &child)| Link { parent, place, child }));
        copies.push(copy);
        next += 1;
    }
    let n_copies = copies.len();
    nodes.append(&mut copies);
    for (i, link) in links.into_iter().enumerate() {
        nodes[link.parent].children[link.place] = n_stated + i;
    }
    n_copies
}

/// A child of a parent by its place among its children; the parent may be a copy.
struct Link {
    parent: NodeId,
    place: usize,
    child: NodeId,
}

/// Every link but the first to each child.
fn shared_links(nodes: &[Node]) -> Vec<Link> {
    let mut has_parent = vec![false; nodes.len()];
    let mut shared = Vec::new();
    for (parent, node) in nodes.iter().enumerate() {
        for (place, &child) in node.children.iter().enumerate() {
            match has_parent.get_mut(child) {
                Some(true) => shared.push(Link { parent, place, child }),
                Some(has_parent) => *has_parent = true,
                None => {}
            }
        }
    }
    shared
}
