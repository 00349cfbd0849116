use super::ClipCommand;
use crate::model::Model;
use crate::playback::ClipInView;
use crate::view::View;

/// Chooses, plays and scrubs the clips of the model on stage.
pub(crate) fn run(command: ClipCommand, model: &Model, view: &mut View) {
    let clips = model.loaded().map_or(&[][..], |loaded| &loaded.import.scene.animations);
    let clip = |index: usize| clips.get(index).map(|clip| ClipInView::new(index, clip));
    let playback = &mut view.playback;
    let chosen = playback.clip.as_ref().map(|c| c.index);
    match command {
        ClipCommand::Choose(index) => playback.choose(index.and_then(clip)),
        ClipCommand::Next => playback.choose(clip(chosen.map_or(0, |c| (c + 1) % clips.len().max(1)))),
        ClipCommand::Previous => {
            playback
                .choose(clip(chosen.unwrap_or(0).checked_sub(1).unwrap_or(clips.len().saturating_sub(1))));
        }
        ClipCommand::PlayOrPause => {
            if chosen.is_none() {
                playback.choose(clip(0));
            }
            playback.play_or_pause();
        }
        ClipCommand::StepFrames(n_frames) => {
            if chosen.is_none() {
                playback.choose(clip(0));
            }
            playback.step_frames(n_frames);
        }
        ClipCommand::Seek(time_secs) => playback.seek(time_secs),
        ClipCommand::ToStart => playback.seek(playback.clip.as_ref().map_or(0.0, |c| c.start_secs)),
        ClipCommand::ToEnd => playback.seek(playback.clip.as_ref().map_or(0.0, |c| c.end_secs)),
        ClipCommand::SetSpeed(speed) => playback.set_speed(speed),
        ClipCommand::Faster => playback.change_speed(true),
        ClipCommand::Slower => playback.change_speed(false),
        ClipCommand::ToggleLoop => playback.is_looping = !playback.is_looping,
        ClipCommand::ToggleRate => playback.rate = playback.rate.other(),
    }
}
