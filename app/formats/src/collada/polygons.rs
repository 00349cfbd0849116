use super::document::{Document, Element, child, children};

/// The faces or lines of one primitive element, as places in its index list.
#[derive(Default)]
pub(super) struct Polygons {
    /// `stride` indices a corner.
    indices: Vec<u32>,
    stride: usize,
    /// Corner of the index list for each corner of the faces.
    corners: Vec<u32>,
    sizes: Vec<u32>,
    pub(super) n_holes: usize,
}

pub(super) const FACE_TAGS: [&str; 5] = ["triangles", "polylist", "polygons", "tristrips", "trifans"];
pub(super) const LINE_TAGS: [&str; 2] = ["lines", "linestrips"];

impl Polygons {
    /// `stride`: indices a corner, one more than the largest offset of the inputs.
    pub(super) fn read<'a>(document: &Document<'a>, element: Element<'a>, stride: usize) -> Self {
        let mut polygons = Self { stride: stride.max(1), ..Default::default() };
        match element.tag_name().name() {
            "triangles" => polygons.chunks(document, element, 3),
            "lines" => polygons.chunks(document, element, 2),
            "polylist" => polygons.polylist(document, element),
            "polygons" => polygons.polygons(document, element),
            "tristrips" => polygons.strips(document, element, |i| {
                // Every second triangle of a strip runs the other way round.
                if i % 2 == 0 { [i, i + 1, i + 2] } else { [i + 1, i, i + 2] }
            }),
            "trifans" => polygons.strips(document, element, |i| [0, i + 1, i + 2]),
            "linestrips" => {
                for p in children(element, "p") {
                    let lines = polygons.add(document, p);
                    for i in lines.start..lines.end.saturating_sub(1) {
                        polygons.face([i, i + 1]);
                    }
                }
            }
            _ => {}
        }
        polygons
    }

    /// Corner numbers of each face, for [`Polygons::index`].
    pub(super) fn faces(&self) -> impl Iterator<Item = &[u32]> {
        let starts = self.sizes.iter().scan(0, |start, &size| {
            let face = *start..*start + size as usize;
            *start = face.end;
            Some(face)
        });
        starts.map(|face| self.corners.get(face).unwrap_or_default())
    }

    pub(super) fn index(&self, corner: u32, offset: usize) -> u32 {
        let place = (corner as usize).saturating_mul(self.stride).saturating_add(offset);
        self.indices.get(place).copied().unwrap_or(u32::MAX)
    }

    /// Takes a `p` in; the corners it has.
    fn add<'a>(&mut self, document: &Document<'a>, p: Element<'a>) -> std::ops::Range<u32> {
        let n_before = self.indices.len();
        self.indices.extend(document.indices(p));
        // What is not enough for a corner would shift all that follow.
        self.indices.truncate(self.indices.len() - (self.indices.len() - n_before) % self.stride);
        let corner = |n: usize| u32::try_from(n / self.stride).unwrap_or(u32::MAX);
        corner(n_before)..corner(self.indices.len())
    }

    fn face(&mut self, corners: impl IntoIterator<Item = u32>) {
        let n_before = self.corners.len();
        self.corners.extend(corners);
        self.sizes.push((self.corners.len() - n_before) as u32);
    }

    fn chunks<'a>(&mut self, document: &Document<'a>, element: Element<'a>, size: u32) {
        for p in children(element, "p") {
            let all = self.add(document, p);
            for i in 0..(all.end - all.start) / size {
                let start = all.start + i * size;
                self.face(start..start + size);
            }
        }
    }

    fn polylist<'a>(&mut self, document: &Document<'a>, element: Element<'a>) {
        let sizes = child(element, "vcount").map(|v| document.indices(v)).unwrap_or_default();
        let all = child(element, "p").map(|p| self.add(document, p)).unwrap_or_default();
        let mut start = all.start;
        for size in sizes {
            let Some(end) = start.checked_add(size).filter(|&end| end <= all.end) else { break };
            self.face(start..end);
            start = end;
        }
    }

    fn polygons<'a>(&mut self, document: &Document<'a>, element: Element<'a>) {
        for polygon in element.children().filter(Element::is_element) {
            let outline = match polygon.tag_name().name() {
                "p" => Some(polygon),
                "ph" => child(polygon, "p"),
                _ => None,
            };
            if let Some(outline) = outline {
                let all = self.add(document, outline);
                self.face(all);
                self.n_holes += children(polygon, "h").count();
            }
        }
    }

    fn strips<'a>(
        &mut self,
        document: &Document<'a>,
        element: Element<'a>,
        triangle: impl Fn(u32) -> [u32; 3],
    ) {
        for p in children(element, "p") {
            let all = self.add(document, p);
            for i in 0..(all.end - all.start).saturating_sub(2) {
                self.face(triangle(i).map(|corner| all.start + corner));
            }
        }
    }
}
