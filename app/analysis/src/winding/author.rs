//! Whether the winding that a scene came with says anything.
//!
//! Where rays leave some doubt, the way a part came is the better guess, as long as whoever made the
//! scene cared. Whether they did is told by the parts that leave no doubt: where many of those look
//! the wrong way, the others are judged by what is seen of them alone.

use crate::shells::Shell;
use crate::view::MeshView;
use crate::visibility::{Seen, SeenShells};

use super::verdicts::is_plain;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// The winding of a part counts for something.
    Careful,
    /// Parts look either way as it happens.
    Careless,
}

/// More parts than this, and more of all than this share, must look the wrong way beyond doubt.
const MOST_MISTAKES: f64 = 2.5;
const MOST_MISTAKEN: f64 = 0.1;

impl Author {
    pub(super) fn of(views: &[Option<MeshView>], seen: &SeenShells) -> Self {
        let mut votes = Votes::default();
        for (view, seen) in views.iter().zip(seen) {
            let Some(view) = view else { continue };
            for (i, shell) in view.shells.list.iter().enumerate() {
                votes.add(shell, seen.get(i).copied().flatten());
            }
        }
        votes.verdict()
    }
}

/// Shells by what there is to say about them; mixed ones count in parts.
#[derive(Debug, Default)]
struct Votes {
    right: f64,
    wrong: f64,
    /// Closed ones that look outwards, and inwards, of the latter those in full view.
    n_outward: usize,
    n_inward: usize,
    n_inward_in_view: usize,
}

impl Votes {
    fn add(&mut self, shell: &Shell, seen: Option<Seen>) {
        let [like_first, against] = shell.n_wound;
        if shell.is_one_sided || like_first + against == 0 {
            return;
        }
        if like_first > 0 && against > 0 {
            // Half of the faces turned is as wrong as can be.
            let wrong = 2.0 * like_first.min(against) as f64 / (like_first + against) as f64;
            self.wrong += wrong;
            self.right += 1.0 - wrong;
            return;
        }
        let wound = usize::from(against > 0);
        if let Some(first_is_right) = shell.outward() {
            let outside = usize::from(!first_is_right);
            if wound == outside {
                self.n_outward += 1;
            } else {
                self.n_inward += 1;
                let is_in_view = seen.is_some_and(|seen| seen.escapes[outside] > IN_VIEW);
                self.n_inward_in_view += usize::from(is_in_view);
            }
        } else if let Some(preference) = seen.and_then(|seen| seen.preferred())
            && is_plain(&preference, false)
        {
            let is_right = preference.right == wound;
            self.right += if is_right { 1.0 } else { 0.0 };
            self.wrong += if is_right { 0.0 } else { 1.0 };
        }
    }

    fn verdict(&self) -> Author {
        // What looks inwards within something else may be a cavity or a room and says nothing. To be
        // fair, only as many of those that look outwards speak for the author.
        let in_view = match self.n_inward {
            0 => 1.0,
            n => self.n_inward_in_view as f64 / n as f64,
        };
        let right = self.right + in_view * self.n_outward as f64;
        let wrong = self.wrong + self.n_inward_in_view as f64;
        let is_careless = wrong > MOST_MISTAKES && wrong > MOST_MISTAKEN * (right + wrong);
        if is_careless { Author::Careless } else { Author::Careful }
    }
}

/// Share of the rays that get away from a shell which nothing encloses.
const IN_VIEW: f64 = 0.5;
