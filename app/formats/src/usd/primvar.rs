//! Values spread over a mesh (UsdGeomPrimvar): once, by face, by vertex or by corner.

use openusd::sdf::Value;
use scene::Layer;

use super::object::Object;
use super::polygons::Polygons;
use super::value;

pub(super) struct Primvar<T> {
    values: Vec<T>,
    indices: Option<Vec<u32>>,
    interpolation: Interpolation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interpolation {
    Constant,
    Uniform,
    Vertex,
    FaceVarying,
}

impl<T: Copy> Primvar<T> {
    /// `fallback` holds where the file does not say how the values are spread.
    pub(super) fn read(
        object: &Object,
        name: &str,
        fallback: Interpolation,
        convert: impl FnOnce(Value) -> Option<Vec<T>>,
    ) -> Option<Self> {
        let values = object.value(name).and_then(convert).filter(|values| !values.is_empty())?;
        let indices = object.value(&format!("{name}:indices")).and_then(value::indices);
        let stated = object.metadata(name, "interpolation");
        let interpolation = match stated.as_ref().and_then(value::text) {
            Some("constant") => Interpolation::Constant,
            Some("uniform") => Interpolation::Uniform,
            Some("vertex" | "varying") => Interpolation::Vertex,
            Some("faceVarying") => Interpolation::FaceVarying,
            _ => fallback,
        };
        Some(Self { values, indices: indices.filter(|indices| !indices.is_empty()), interpolation })
    }

    /// The value, when there is one for everything.
    pub(super) fn constant(&self) -> Option<T> {
        (self.interpolation == Interpolation::Constant).then(|| self.values.first().copied()).flatten()
    }

    fn n_elements(&self) -> usize {
        self.indices.as_ref().map_or(self.values.len(), Vec::len)
    }

    fn at(&self, i: usize) -> Option<T> {
        let i = self.indices.as_ref().map_or(Some(i), |indices| indices.get(i).map(|&i| i as usize));
        self.values.get(i?).copied()
    }

    /// One value for each of `n_vertices`; `None` when they are spread otherwise or too few.
    pub(super) fn per_vertex(self, n_vertices: usize) -> Option<Vec<T>> {
        if let Some(value) = self.constant() {
            return Some(vec![value; n_vertices]);
        }
        if self.interpolation != Interpolation::Vertex || self.n_elements() < n_vertices {
            return None;
        }
        match self.indices {
            Some(_) => (0..n_vertices).map(|v| self.at(v)).collect(),
            None => {
                let mut values = self.values;
                values.truncate(n_vertices);
                Some(values)
            }
        }
    }

    /// Over the faces that are kept; `None` when the values do not fit the mesh.
    pub(super) fn layer(self, polygons: &Polygons, n_vertices: usize) -> Option<Layer<T>> {
        let n_corners = polygons.faces.corner_vertices.len();
        let n_values = self.values.len() as u32;
        let checked = |i: u32| if i < n_values { i } else { u32::MAX };
        match self.interpolation {
            Interpolation::Constant => {
                let values = self.values.into_iter().take(1).collect();
                Some(Layer::Indexed { values, corner_values: vec![0; n_corners] })
            }
            Interpolation::Uniform if self.n_elements() >= polygons.n_authored_faces => {
                let mut corner_values = Vec::with_capacity(n_corners);
                for face in 0..polygons.faces.n_faces() {
                    let authored = polygons.authored_face(face);
                    let i = self.indices.as_ref().map_or(authored as u32, |indices| indices[authored]);
                    corner_values.extend(std::iter::repeat_n(checked(i), polygons.faces.corners(face).len()));
                }
                Some(Layer::Indexed { values: self.values, corner_values })
            }
            Interpolation::Vertex => self.per_vertex(n_vertices).map(Layer::PerVertex),
            Interpolation::FaceVarying if self.n_elements() >= polygons.n_authored_corners => {
                let Self { mut values, indices, .. } = self;
                Some(match (indices, &polygons.corners) {
                    (None, None) => {
                        values.truncate(n_corners);
                        Layer::PerCorner(values)
                    }
                    (None, Some(corners)) => {
                        Layer::PerCorner(corners.iter().map(|&c| values[c as usize]).collect())
                    }
                    (Some(indices), _) => {
                        let corners = (0..n_corners).map(|c| polygons.authored_corner(c));
                        let corner_values = corners.map(|c| checked(indices[c])).collect();
                        Layer::Indexed { values, corner_values }
                    }
                })
            }
            Interpolation::Uniform | Interpolation::FaceVarying => None,
        }
    }
}

impl Interpolation {
    /// How many values mean what, for attributes whose writer does not say.
    pub(super) fn guess(n_values: usize, polygons: &Polygons, n_vertices: usize) -> Self {
        match n_values {
            1 => Self::Constant,
            n if n == n_vertices => Self::Vertex,
            n if n == polygons.n_authored_corners => Self::FaceVarying,
            _ => Self::Uniform,
        }
    }
}
