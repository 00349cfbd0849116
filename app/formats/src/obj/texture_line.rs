//! Texture lines of a material library: which picture, and how it lies on the surface.

use glam::Vec2;
use scene::UvTransform;

/// A texture line: options, then a file name that may hold spaces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    pub(super) named: String,
    pub(super) offset: Vec2,
    pub(super) scale: Vec2,
    pub(super) bump: f32,
    pub(super) clamp: bool,
}

impl Map {
    /// `None` without a file name.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut map =
            Self { named: String::new(), offset: Vec2::ZERO, scale: Vec2::ONE, bump: 1.0, clamp: false };
        let mut rest = line.trim();
        while let Some((option, after)) = rest.split_once(char::is_whitespace)
            && let Some(expected) = OptionValues::of(option)
        {
            let (values, word);
            (values, word, rest) = expected.take(after);
            let value = |i: usize, default: f32| values.get(i).copied().unwrap_or(default);
            match option {
                "-o" => map.offset = Vec2::new(value(0, 0.0), value(1, 0.0)),
                "-s" => map.scale = Vec2::new(value(0, 1.0), value(1, 1.0)),
                "-bm" => map.bump = value(0, 1.0),
                "-clamp" => map.clamp = word == "on",
                _ => {}
            }
        }
        map.named = rest.trim().to_owned();
        (!map.named.is_empty()).then_some(map)
    }

    /// OBJ counts V from the bottom, a scene from the top.
    pub(super) fn uv_transform(&self) -> UvTransform {
        let offset = Vec2::new(self.offset.x, 1.0 - self.offset.y - self.scale.y);
        UvTransform { offset, rotation_radians: 0.0, scale: self.scale }
    }
}

/// What follows an option of a texture line.
enum OptionValues {
    /// That many numbers at most.
    Numbers(usize),
    Word,
}

impl OptionValues {
    /// `None` for what is no option, which is where the file name begins.
    fn of(option: &str) -> Option<Self> {
        match option {
            "-o" | "-s" | "-t" => Some(Self::Numbers(3)),
            "-mm" => Some(Self::Numbers(2)),
            "-bm" | "-boost" | "-texres" => Some(Self::Numbers(1)),
            "-blendu" | "-blendv" | "-cc" | "-clamp" | "-imfchan" | "-type" => Some(Self::Word),
            _ => None,
        }
    }

    /// The numbers, the word, and what is left of the line. The last word of a line is never
    /// taken: it is the file's name, even if it is a number.
    fn take<'a>(&self, line: &'a str) -> (Vec<f32>, &'a str, &'a str) {
        let mut rest = line.trim_start();
        let mut numbers = Vec::new();
        match *self {
            Self::Word => {
                let (word, after) = rest.split_once(char::is_whitespace).unwrap_or(("", rest));
                (numbers, word, after.trim_start())
            }
            Self::Numbers(most) => {
                while numbers.len() < most
                    && let Some((word, after)) = rest.split_once(char::is_whitespace)
                    && let Ok(number) = fast_float2::parse(word)
                {
                    numbers.push(number);
                    rest = after.trim_start();
                }
                (numbers, "", rest)
            }
        }
    }
}
