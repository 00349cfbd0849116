use ufbx::ElementType;

use super::document::Document;
use crate::ReadWarning;
use crate::source::Parsed;

impl Document<'_> {
    /// Hides what its program does not show: hidden nodes with all below them, and all but the
    /// first level of detail. Where nothing would be left to see, the hidden ones stay.
    pub(super) fn hide(&self, parsed: &mut Parsed) {
        let n_all = n_shown(parsed);
        for node in self.fbx.nodes.as_ref() {
            self.mark(node, !node.visible, parsed);
        }
        let n_visible = n_shown(parsed);
        if n_visible == 0 && n_all > 0 {
            parsed.scene.nodes.iter_mut().for_each(|node| node.is_hidden = false);
            let words = "every mesh is hidden in the file; they are shown all the same";
            parsed.warnings.push(ReadWarning::Repaired(words.into()));
        }
        let n_before = n_shown(parsed);
        let groups = self.fbx.nodes.as_ref().iter().filter(|node| node.attrib_type == ElementType::LodGroup);
        for lower in groups.flat_map(|group| group.children.as_ref().iter().skip(1)) {
            self.mark(lower, true, parsed);
        }
        let n_lower = n_before - n_shown(parsed);
        if n_lower > 0 {
            let words =
                format!("the finest level of detail is shown; {n_lower} meshes of lower ones are hidden");
            parsed.warnings.push(ReadWarning::Repaired(words));
        }
    }

    fn mark(&self, node: &ufbx::Node, is_hidden: bool, parsed: &mut Parsed) {
        let made = self.node_id(node).and_then(|id| parsed.scene.nodes.get_mut(id));
        if let Some(made) = made {
            made.is_hidden |= is_hidden;
        }
    }
}

fn n_shown(parsed: &Parsed) -> usize {
    let scene = &parsed.scene;
    scene.mesh_instances(&scene.world_transforms()).len()
}
