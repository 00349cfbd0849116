//! A material's node tree, walked from the output backwards.

use super::record::Record;

pub(super) struct Tree<'a> {
    nodes: Vec<Record<'a>>,
    links: Vec<Link<'a>>,
}

struct Link<'a> {
    from_node: Record<'a>,
    from_socket: Record<'a>,
    /// The block of the socket it ends in.
    to_socket: usize,
}

/// How far a texture is looked for behind a socket.
const MAX_DEPTH: usize = 8;

/// `eNodeSocketDatatype`.
const SOCKET_FLOAT: i64 = 0;
const SOCKET_COLOR: i64 = 2;

const IS_ACTIVE_OUTPUT: i64 = 1 << 6;

impl<'a> Tree<'a> {
    pub(super) fn of(material: &Record<'a>) -> Option<Self> {
        let tree = material.follow("nodetree")?;
        let links = tree.list("links").filter_map(|link| {
            Some(Link {
                from_node: link.follow("fromnode")?,
                from_socket: link.follow("fromsock")?,
                to_socket: link.follow("tosock")?.block,
            })
        });
        Some(Self { links: links.collect(), nodes: tree.list("nodes").collect() })
    }

    /// The node that makes the surface: a Principled one where there is one on the way.
    pub(super) fn surface(&self) -> Option<Record<'a>> {
        let is_output = |node: &&Record<'_>| node.text("idname") == "ShaderNodeOutputMaterial";
        let is_active = |node: &Record<'_>| node.int("flag").is_some_and(|flag| flag & IS_ACTIVE_OUTPUT != 0);
        let mut outputs: Vec<_> = self.nodes.iter().filter(is_output).collect();
        outputs.sort_by_key(|node| !is_active(node));
        let (mut node, _) = outputs.iter().find_map(|output| self.source(&input(output, &["Surface"])?))?;
        for _ in 0..MAX_DEPTH {
            // Mix and Add have two; the second is the shader, the first often mere transparency.
            let shaders = node.list("inputs").filter(|socket| socket.text("idname") == "NodeSocketShader");
            let sources: Vec<_> = shaders.filter_map(|socket| self.source(&socket)).collect();
            let is_plain = |node: &Record<'_>| node.text("idname") == "ShaderNodeBsdfTransparent";
            match sources.iter().find(|(node, _)| !is_plain(node)) {
                Some((next, _)) => node = *next,
                None => break,
            }
        }
        Some(node)
    }

    /// What a socket is linked to.
    pub(super) fn source(&self, socket: &Record<'a>) -> Option<(Record<'a>, Record<'a>)> {
        let link = self.links.iter().find(|link| link.to_socket == socket.block)?;
        Some((link.from_node, link.from_socket))
    }

    pub(super) fn is_linked(&self, socket: &Record<'a>) -> bool {
        self.source(socket).is_some()
    }

    /// The image texture whose colours reach a socket, through whatever changes them on the way.
    pub(super) fn image_texture(&self, socket: &Record<'a>) -> Option<Record<'a>> {
        self.image_texture_within(socket, MAX_DEPTH)
    }

    fn image_texture_within(&self, socket: &Record<'a>, depth: usize) -> Option<Record<'a>> {
        let (node, _) = self.source(socket)?;
        if node.text("idname") == "ShaderNodeTexImage" {
            return Some(node);
        }
        let mut inputs = node.list("inputs").take(16).filter(|_| depth > 0);
        inputs.find_map(|socket| self.image_texture_within(&socket, depth - 1))
    }

    /// The factor of the first node behind a socket, such as a normal map's strength.
    pub(super) fn strength_behind(&self, socket: &Record<'a>) -> Option<f32> {
        value(&input(&self.source(socket)?.0, &["Strength"])?)
    }
}

pub(super) fn input<'a>(node: &Record<'a>, names: &[&str]) -> Option<Record<'a>> {
    node.list("inputs").find(|socket| {
        let (name, identifier) = (socket.text("name"), socket.text("identifier"));
        names.iter().any(|wanted| *wanted == name || *wanted == identifier)
    })
}

/// The number that an unlinked socket has.
pub(super) fn value(socket: &Record<'_>) -> Option<f32> {
    let is_number = socket.int("type") == Some(SOCKET_FLOAT);
    let holder = socket.follow_as("default_value", "bNodeSocketValueFloat").filter(|_| is_number)?;
    holder.float("value").filter(|v| v.is_finite())
}

/// The colour that an unlinked socket has, linear.
pub(super) fn color(socket: &Record<'_>) -> Option<[f32; 4]> {
    let is_color = socket.int("type") == Some(SOCKET_COLOR);
    let holder = socket.follow_as("default_value", "bNodeSocketValueRGBA").filter(|_| is_color)?;
    let values = holder.floats::<4>("value")?;
    values.iter().all(|v| v.is_finite()).then_some(values)
}
