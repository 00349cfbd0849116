//! The window: drop a model, see it, know what is wrong, fire it at the farm, get the results.
//!
//! [`app::App`] owns a [`model`] (what the user would miss), a [`view`] (what is open and selected),
//! the queue of [`commands`], and the rooms where work goes on off the UI thread. Panels read the
//! model, edit their part of the view and push commands; they never open a file, change the model or
//! wait. Reading, checking, drawing and sending are done by the crates below, and the command `kiln`
//! does the same without a window.

pub mod app;
mod arguments;
pub mod commands;
pub mod conversion_view;
mod dialogs;
pub mod draft;
mod farm_link;
mod form;
pub mod frame_log;
mod icons;
pub mod inspector;
mod intake;
mod journal;
mod keeper;
mod keypad;
mod launch;
mod light;
mod loading;
mod logo;
pub mod marks;
pub mod model;
mod modes;
mod panels;
mod pictures;
pub mod playback;
mod receipt_text;
mod rescue;
mod rooms;
pub mod settings;
mod settled;
pub mod tape;
mod text;
mod theme;
pub mod view;
pub mod viewport;
mod watch;
mod widgets;

pub use arguments::{Answer, Arguments};
pub use launch::run;
