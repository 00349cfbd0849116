//! Where the clip on stage stands: which one, when, and how fast. Follows the clock, so that a slow
//! machine leaves frames out and the time stays right.

use std::sync::Arc;

use scene::{Aabb, Animation};

use crate::model::{DocId, Model};

/// Speeds on offer; 1 is as authored.
pub const SPEEDS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 1.5, 2.0];

/// How time is counted in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FrameRate {
    #[default]
    Film24,
    Video30,
}

impl FrameRate {
    pub fn frames_per_sec(self) -> f64 {
        match self {
            Self::Film24 => 24.0,
            Self::Video30 => 30.0,
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Film24 => Self::Video30,
            Self::Video30 => Self::Film24,
        }
    }
}

/// A moment of a clip of the model on stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub clip: usize,
    pub time_secs: f64,
}

/// The clip that is chosen.
#[derive(Clone, Debug)]
pub struct ClipInView {
    pub index: usize,
    pub name: String,
    /// First and last key.
    pub start_secs: f64,
    pub end_secs: f64,
    /// Of all channels, ascending, each once.
    pub key_times_secs: Arc<[f32]>,
}

#[derive(Debug)]
pub struct Playback {
    /// `None`: the pose in which the file rests.
    pub clip: Option<ClipInView>,
    pub time_secs: f64,
    pub is_playing: bool,
    pub is_looping: bool,
    pub speed: f64,
    pub rate: FrameRate,
    /// World bounds over the whole clip, once they are measured.
    pub bounds: Option<Aabb>,
    /// Whose clip it is, and in which reading it was looked up.
    of: Option<(DocId, usize)>,
    /// The clock at the last step, while it plays.
    ticked_at: Option<f64>,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            clip: None,
            time_secs: 0.0,
            is_playing: false,
            is_looping: true,
            speed: 1.0,
            rate: FrameRate::default(),
            bounds: None,
            of: None,
            ticked_at: None,
        }
    }
}

impl ClipInView {
    pub fn new(index: usize, clip: &Animation) -> Self {
        let (start, end) =
            clip.time_range_secs().filter(|(a, b)| a.is_finite() && b.is_finite()).unwrap_or_default();
        let keys = clip.channels.iter().flat_map(|c| &c.key_times_secs).copied();
        let mut keys: Vec<f32> = keys.filter(|t| t.is_finite()).collect();
        keys.sort_by(f32::total_cmp);
        keys.dedup();
        Self {
            index,
            name: clip_name(index, clip),
            start_secs: f64::from(start),
            end_secs: f64::from(end.max(start)),
            key_times_secs: keys.into(),
        }
    }

    pub fn length_secs(&self) -> f64 {
        self.end_secs - self.start_secs
    }
}

/// As the file says, else by its number.
pub fn clip_name(index: usize, clip: &Animation) -> String {
    if clip.name.trim().is_empty() { format!("Clip {}", index + 1) } else { clip.name.clone() }
}

impl Playback {
    pub fn moment(&self) -> Option<Moment> {
        self.clip.as_ref().map(|clip| Moment { clip: clip.index, time_secs: self.time_secs })
    }

    /// Another model starts in its rest pose; one that was read anew keeps its clip, by name, and time.
    pub(crate) fn follow(&mut self, model: &Model) {
        let now = model.current().and_then(|d| Some((d.id, Arc::as_ptr(d.load.value()?) as usize)));
        let Some((doc, reading)) = now else { return };
        if self.of == Some((doc, reading)) {
            return;
        }
        let is_same_model = self.of.is_some_and(|(of, _)| of == doc);
        self.of = Some((doc, reading));
        if !is_same_model {
            self.choose(None);
            return;
        }
        let Some((clip, loaded)) = self.clip.take().zip(model.loaded()) else { return };
        let clips = loaded.import.scene.animations.iter().enumerate();
        let mut named = clips.filter(|(i, c)| clip_name(*i, c) == clip.name);
        match named.next() {
            Some((i, found)) => {
                self.clip = Some(ClipInView::new(i, found));
                self.seek(self.time_secs);
            }
            None => self.choose(None),
        }
    }

    /// From its start; plays on if another one played.
    pub fn choose(&mut self, clip: Option<ClipInView>) {
        self.time_secs = clip.as_ref().map_or(0.0, |c| c.start_secs);
        self.is_playing &= clip.is_some();
        self.clip = clip;
        self.ticked_at = None;
    }

    pub fn seek(&mut self, time_secs: f64) {
        if let Some(clip) = &self.clip
            && time_secs.is_finite()
        {
            self.time_secs = time_secs.clamp(clip.start_secs, clip.end_secs);
        }
    }

    pub fn play_or_pause(&mut self) {
        self.is_playing = !self.is_playing && self.clip.is_some();
        self.ticked_at = None;
        let ended =
            self.clip.as_ref().filter(|clip| self.time_secs >= clip.end_secs).map(|clip| clip.start_secs);
        if self.is_playing {
            self.time_secs = ended.unwrap_or(self.time_secs);
        }
    }

    /// Counted from time zero.
    pub fn frame(&self) -> i64 {
        (self.time_secs * self.rate.frames_per_sec()).round() as i64
    }

    /// Pauses on a whole frame so many further on.
    pub fn step_frames(&mut self, n_frames: i64) {
        self.is_playing = false;
        let frame = self.frame().saturating_add(n_frames);
        self.seek(frame as f64 / self.rate.frames_per_sec());
    }

    pub fn set_speed(&mut self, speed: f64) {
        self.speed = speed.clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]);
    }

    /// The next of [`SPEEDS`], up or down.
    pub fn change_speed(&mut self, is_faster: bool) {
        let next = if is_faster {
            SPEEDS.into_iter().find(|s| *s > self.speed)
        } else {
            SPEEDS.into_iter().rev().find(|s| *s < self.speed)
        };
        self.set_speed(next.unwrap_or(self.speed));
    }

    /// Moves with the clock (seconds). True while more is to come.
    pub fn advance(&mut self, now_secs: f64) -> bool {
        let Some(clip) = self.clip.as_ref().filter(|_| self.is_playing) else {
            self.ticked_at = None;
            return false;
        };
        let passed = self.ticked_at.map_or(0.0, |at| (now_secs - at).max(0.0)) * self.speed;
        self.ticked_at = Some(now_secs);
        let (start, length) = (clip.start_secs, clip.length_secs());
        let at = self.time_secs + passed;
        if length <= 0.0 || (at >= clip.end_secs && !self.is_looping) {
            self.time_secs = clip.end_secs;
            self.is_playing = false;
            self.ticked_at = None;
            return false;
        }
        self.time_secs = if at >= clip.end_secs { start + (at - start).rem_euclid(length) } else { at };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::{AnimationChannel, AnimationTarget, Interpolation};

    /// From 1 to 3 seconds.
    fn playing() -> Playback {
        let channel = |key_times_secs: Vec<f32>| AnimationChannel {
            node: 0,
            target: AnimationTarget::Translation,
            interpolation: Interpolation::Step,
            values: vec![0.0; 3 * key_times_secs.len()],
            key_times_secs,
        };
        let clip = Animation {
            name: String::new(),
            channels: vec![channel(vec![1.0, 2.0]), channel(vec![1.5, 2.0, 3.0])],
        };
        let mut playback = Playback::default();
        let clip = ClipInView::new(0, &clip);
        assert_eq!((clip.name.as_str(), clip.start_secs, clip.end_secs), ("Clip 1", 1.0, 3.0));
        assert_eq!(*clip.key_times_secs, [1.0, 1.5, 2.0, 3.0]);
        playback.choose(Some(clip));
        playback.play_or_pause();
        playback
    }

    #[test]
    fn time_follows_the_clock_and_wraps() {
        let mut playback = playing();
        assert!(playback.advance(100.0));
        assert_eq!(playback.time_secs, 1.0);
        assert!(playback.advance(100.5));
        assert_eq!(playback.time_secs, 1.5);
        // However many frames were left out.
        assert!(playback.advance(107.25));
        assert!((playback.time_secs - 2.25).abs() < 1e-9, "{}", playback.time_secs);
        playback.set_speed(0.5);
        playback.advance(108.25);
        assert!((playback.time_secs - 2.75).abs() < 1e-9);
        assert_eq!(playback.frame(), 66);
    }

    #[test]
    fn without_a_loop_it_ends_and_starts_over_when_played_again() {
        let mut playback = playing();
        playback.is_looping = false;
        playback.advance(0.0);
        assert!(!playback.advance(60.0));
        assert_eq!((playback.time_secs, playback.is_playing), (3.0, false));
        assert!(!playback.advance(61.0));
        playback.play_or_pause();
        assert_eq!((playback.time_secs, playback.is_playing), (1.0, true));
    }

    #[test]
    fn steps_stand_on_whole_frames_within_the_clip() {
        let mut playback = playing();
        playback.seek(1.26);
        playback.step_frames(1);
        assert!((playback.time_secs - 31.0 / 24.0).abs() < 1e-9 && !playback.is_playing);
        playback.step_frames(-100);
        assert_eq!(playback.time_secs, 1.0);
        playback.seek(f64::NAN);
        assert_eq!(playback.time_secs, 1.0);
        playback.rate = FrameRate::Video30;
        playback.step_frames(1000);
        assert_eq!((playback.time_secs, playback.frame()), (3.0, 90));
    }

    #[test]
    fn speeds_go_up_and_down_by_the_list() {
        let mut playback = Playback::default();
        playback.change_speed(true);
        assert_eq!(playback.speed, 1.5);
        (0..9).for_each(|_| playback.change_speed(false));
        assert_eq!(playback.speed, 0.1);
        playback.play_or_pause();
        assert!(!playback.is_playing, "there is nothing to play");
    }
}
