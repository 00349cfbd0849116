//! From the command line to a window.

use std::cell::Cell;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};
use winit::event_loop::{ControlFlow, EventLoop};

use crate::app::{App, Start};
use crate::arguments::Arguments;
use crate::frame_log::FrameLog;
use crate::keypad::Keypad;
use crate::rescue::Rescue;
use crate::settings::Settings;
use crate::{logo, theme};

/// Opens the window and stays until it is closed.
pub fn run(arguments: Arguments) -> ExitCode {
    let filter = EnvFilter::try_from_env("KILN_LOG").unwrap_or_else(|_| EnvFilter::new("warn,winit=error"));
    let complaint = Complaint::default();
    let printed = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(printed).with(complaint.clone()).init();
    match open_window(arguments, &complaint) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn open_window(arguments: Arguments, complaint: &Complaint) -> anyhow::Result<()> {
    let home = farm::Home::find()?;
    let settings = Settings::load(home.config());
    let frame_log = FrameLog::new(arguments.frame_log.as_deref())?;
    let rescue = arguments.rescue.as_deref().and_then(|path| {
        let taken = Rescue::take(path);
        taken.inspect_err(|error| tracing::warn!("what was open is lost ({error}): {}", path.display())).ok()
    });
    let session = Session::here();
    let options = eframe::NativeOptions {
        viewport: window(&settings),
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: WgpuConfiguration {
            surface: eframe::egui_wgpu::SurfaceConfig::LOW_LATENCY,
            wgpu_setup: WgpuSetup::CreateNew(graphics()),
            ..Default::default()
        },
        ..Default::default()
    };
    let no_drop_reason = session.no_drop_reason();
    let start =
        Start { home: Some(home), settings, paths: arguments.paths, no_drop_reason, frame_log, rescue };
    show(session, options, start, complaint)
}

/// Runs the window, with the number pad's keys told from the others.
fn show(
    session: Session,
    options: eframe::NativeOptions,
    start: Start,
    complaint: &Complaint,
) -> anyhow::Result<()> {
    let mut builder = EventLoop::<eframe::UserEvent>::with_user_event();
    if let Some(choose) = session.event_loop_builder() {
        choose(&mut builder);
    }
    let event_loop = builder.build().map_err(|error| {
        tracing::debug!("{error}");
        anyhow::anyhow!(
            "no display was found. Start the window in an X11 or Wayland session, or use the command kiln"
        )
    })?;
    event_loop.set_control_flow(ControlFlow::Wait);
    let has_opened = Rc::new(Cell::new(false));
    let opened = Rc::clone(&has_opened);
    let make = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        opened.set(true);
        Ok(Box::new(App::new(&cc.egui_ctx, cc.wgpu_render_state.clone(), start)))
    };
    let window = eframe::create_native("Kiln", options, Box::new(make), &event_loop);
    event_loop.run_app(&mut Keypad(window))?;
    if has_opened.get() { Ok(()) } else { Err(why_there_is_no_window(complaint)) }
}

/// What stands in the way: the graphics device, else what the toolkit said of it.
fn why_there_is_no_window(complaint: &Complaint) -> anyhow::Error {
    match (render::Gpu::headless(), complaint.take()) {
        (Err(error), _) => error.into(),
        (Ok(_), Some(said)) => anyhow::anyhow!("the window could not be opened: {said}"),
        (Ok(gpu), None) => {
            anyhow::anyhow!("the window could not be opened, although {} is there", gpu.description())
        }
    }
}

/// The last error that the toolkit logged: it tells its caller of none.
#[derive(Clone, Default)]
struct Complaint(Arc<Mutex<Option<String>>>);

impl Complaint {
    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Complaint {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if *event.metadata().level() != tracing::Level::ERROR {
            return;
        }
        let mut said = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            if field.name() == "message" {
                said = format!("{value:?}");
            }
        });
        // The toolkit's own preface says nothing to people.
        let said = said.trim_start_matches("Exiting because of error: ").to_owned();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
    }
}

fn window(settings: &Settings) -> egui::ViewportBuilder {
    const ICON_PX: usize = 128;
    let icon = egui::IconData { rgba: logo::pixels(ICON_PX), width: ICON_PX as u32, height: ICON_PX as u32 };
    egui::ViewportBuilder::default()
        .with_title("Kiln")
        .with_app_id("kiln-studio")
        .with_icon(icon)
        .with_inner_size(settings.window)
        .with_maximized(settings.maximized)
        .with_min_inner_size(theme::MIN_WINDOW)
        .with_drag_and_drop(true)
}

/// The device must be one that the renderer can work on too. OpenGL is not asked for: it cannot draw
/// our passes and costs time at every start.
fn graphics() -> WgpuSetupCreateNew {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.instance_descriptor.backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::PRIMARY);
    setup.instance_descriptor.flags = wgpu::InstanceFlags::empty().with_env();
    setup.device_descriptor = Arc::new(render::Gpu::device_descriptor);
    setup
}

/// Which window systems are there.
struct Session {
    has_wayland: bool,
    has_x11: bool,
}

impl Session {
    fn here() -> Self {
        let has = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        Self { has_wayland: cfg!(target_os = "linux") && has("WAYLAND_DISPLAY"), has_x11: has("DISPLAY") }
    }

    /// The toolkit delivers no file drops on Wayland, so X11 (there: XWayland) is taken where both
    /// are offered.
    fn event_loop_builder(&self) -> Option<eframe::EventLoopBuilderHook> {
        #[cfg(target_os = "linux")]
        if self.has_wayland && self.has_x11 {
            return Some(Box::new(|builder| {
                use winit::platform::x11::EventLoopBuilderExtX11 as _;
                builder.with_x11();
            }));
        }
        None
    }

    fn no_drop_reason(&self) -> Option<&'static str> {
        (self.has_wayland && !self.has_x11).then_some(
            "This Wayland session has no XWayland, so files cannot be dropped here. Use the button.",
        )
    }
}
