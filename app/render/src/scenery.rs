/// What a window shows around a model that is not its light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenery {
    pub behind: Behind,
    /// The model's soft shadow on the floor.
    pub has_shadow: bool,
    /// Surfaces near each other are darker, because they hide the sky from each other.
    pub has_occlusion: bool,
}

/// What stands behind a model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Behind {
    /// A soft grey gradient.
    #[default]
    Studio,
    /// One colour, linear.
    Plain([f32; 3]),
    /// Two greys in squares, as a sign of nothing.
    Checker,
    /// What lights the textured picture, where that is a picture, blurred from 0 (as sharp as there is)
    /// to 1.
    Surroundings { blur: f32 },
}

impl Default for Scenery {
    fn default() -> Self {
        Self { behind: Behind::default(), has_shadow: true, has_occlusion: true }
    }
}
