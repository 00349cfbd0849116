//! Scene to pictures on wgpu.
//!
//! A [`Gpu`] is a device; a [`Renderer`] holds every pipeline, made once; [`GpuScene::upload`] takes a
//! [`scene::Scene`] to the device, on any thread. Then [`render_still`] makes finished pictures and
//! exact data (depth in metres, normals, object ids), and a [`Viewport`] keeps the picture a window
//! shows. [`View`] is the camera.
//!
//! One geometry pass writes lit colour, base colour, normals, linear depth and ids at once, one
//! sample at twice the size; colour is then averaged, the data never are. It runs on software Vulkan
//! (lavapipe) as on a card.
//!
//! This room knows no window, no file format and no thread pool.

mod backdrop;
mod bench;
mod checker;
mod cull;
mod draw;
mod draw_list;
mod environment;
mod error;
mod floor_plan;
mod frame;
mod gpu;
mod gpu_scene;
mod ground;
mod heat;
mod inspection;
mod lamp_shadows;
mod look;
mod mode_options;
mod octahedral;
mod pass;
mod pipelines;
mod punctual;
mod puppet;
mod renderer;
mod scenery;
mod see_through;
mod shader;
mod shadows;
mod still;
mod studio_light;
mod targets;
mod thin;
mod tone_map;
mod variant;
mod vertex;
mod view;
mod viewport;
mod walls;

pub use bench::{OrbitOptions, OrbitTimes, bumpy_ball, orbit_times};
pub use environment::{Environment, EnvironmentError};
pub use error::{RenderError, RenderWarning};
pub use floor_plan::{EYE_HEIGHT, INDOORS_MM, Looking, Standpoint, standpoint};
pub use gpu::Gpu;
pub use gpu_scene::{GpuScene, Purpose, TexturePacking, UploadOptions};
pub use heat::{DENSITY_OCTAVES, density_color, id_color, overdraw_color};
pub use look::{Look, Surroundings, ToneMap};
pub use mode_options::{CheckerOptions, DensityOptions, EdgeOptions, ModeOptions, OverdrawOptions};
pub use pass::Pass;
pub use puppet::Puppet;
pub use renderer::Renderer;
pub use scenery::{Behind, Scenery};
pub use still::{Background, Normals, Still, StillOptions, render_still};
pub use view::{Angle, FitOptions, Lens, LookAt, SENSOR_WIDTH_MM, View};
pub use viewport::{FrameOptions, PickRequest, Quality, Seen, Viewport};
pub use walls::Walls;
