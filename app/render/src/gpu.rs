use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use crate::RenderError;

/// A graphics device and what is worth knowing about it. Clones share the device.
#[derive(Clone)]
pub struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    adapter_info: wgpu::AdapterInfo,
    /// Only known of devices without a window; a window watches its own.
    is_lost: Arc<AtomicBool>,
    filters_anisotropically: bool,
}

impl Gpu {
    /// A device without a window: a graphics card first, a software rasteriser (lavapipe, WARP)
    /// where there is none.
    ///
    /// Mesa keeps compiled shaders in the folder of `MESA_SHADER_CACHE_DIR`; a program that sets it
    /// does so before its first thread, and saves some 200 ms at each later start.
    ///
    /// # Errors
    /// [`RenderError::NoAdapter`] and [`RenderError::NoDevice`].
    pub fn headless() -> Result<Self, RenderError> {
        Self::headless_with_limits(|_| {})
    }

    /// With limits changed, as tests of small devices do it.
    pub(crate) fn headless_with_limits(change: impl FnOnce(&mut wgpu::Limits)) -> Result<Self, RenderError> {
        // The GL backend is left out: on llvmpipe it cannot draw into our targets, and asking for
        // it costs 30 ms a start.
        let backends = wgpu::Backends::PRIMARY.with_env();
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            flags: wgpu::InstanceFlags::empty().with_env(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = ready(instance.request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        }))
        .map_err(|_| RenderError::NoAdapter)?;
        let mut descriptor = Self::device_descriptor(&adapter);
        change(&mut descriptor.required_limits);
        let (device, queue) = ready(adapter.request_device(&descriptor)).map_err(|error| {
            RenderError::NoDevice { adapter: adapter.get_info().name, message: error.to_string() }
        })?;
        let gpu = Self::from_wgpu(&adapter, device, queue);
        let is_lost = Arc::clone(&gpu.is_lost);
        gpu.device.set_device_lost_callback(move |_, _| is_lost.store(true, Ordering::Relaxed));
        let is_lost = Arc::clone(&gpu.is_lost);
        gpu.device.on_uncaptured_error(Arc::new(move |error| refused(&error, &is_lost)));
        Ok(gpu)
    }

    /// Takes over a device that was made with [`Gpu::device_descriptor`], such as the window's.
    pub fn from_wgpu(adapter: &wgpu::Adapter, device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let anisotropic = wgpu::DownlevelFlags::ANISOTROPIC_FILTERING;
        let filters_anisotropically = adapter.get_downlevel_capabilities().flags.contains(anisotropic);
        let (adapter_info, is_lost) = (adapter.get_info(), Arc::default());
        Self { device, queue, adapter_info, is_lost, filters_anisotropically }
    }

    /// What a [`crate::Renderer`] needs of a device, within what `adapter` has.
    pub fn device_descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
        let available = adapter.limits();
        let mut features = adapter.features() & wgpu::Features::TEXTURE_COMPRESSION_BC;
        if shares_memory(&adapter.get_info()) {
            features |= adapter.features() & wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
        }
        wgpu::DeviceDescriptor {
            label: Some("kiln"),
            required_features: features,
            required_limits: wgpu::Limits {
                max_texture_dimension_2d: available.max_texture_dimension_2d.min(16_384),
                max_buffer_size: available.max_buffer_size,
                max_storage_buffer_binding_size: available.max_storage_buffer_binding_size,
                // Materials with every extension have 19 textures.
                max_sampled_textures_per_shader_stage: available
                    .max_sampled_textures_per_shader_stage
                    .min(24),
                ..wgpu::Limits::default()
            },
            ..Default::default()
        }
    }

    /// Whether the device is gone, with everything on it: a driver was reset, a laptop's lid closed. One
    /// that calls its own things invalid counts as gone, too.
    /// Everything has to be made anew then, beginning with [`Gpu::headless`].
    pub fn is_lost(&self) -> bool {
        // Losses become known when somebody asks.
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Name and driver, for the about box and the log.
    pub fn description(&self) -> String {
        let wgpu::AdapterInfo { name, driver_info, backend, .. } = &self.adapter_info;
        format!("{name} ({backend:?}, {driver_info})")
    }

    /// Whether the processor draws: pictures are right but cost more, so a moving view should be
    /// drawn at [`crate::Quality::Moving`].
    pub fn is_software(&self) -> bool {
        self.adapter_info.device_type == wgpu::DeviceType::Cpu
    }

    /// Whether textures may be sampled along the longer axis of what a pixel covers. A processor takes
    /// several times as long for it, and stills have four samples a pixel.
    pub(crate) fn filters_anisotropically(&self) -> bool {
        !self.is_software() && self.filters_anisotropically
    }

    /// Whether textures may come as blocks (BC7).
    pub(crate) fn takes_blocks(&self) -> bool {
        self.device.features().contains(wgpu::Features::TEXTURE_COMPRESSION_BC)
    }

    /// Whether vertex data may be written straight into the buffers that are drawn from.
    pub(crate) fn maps_primary_buffers(&self) -> bool {
        self.device.features().contains(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS)
    }
}

/// A device on its way out calls what it is given invalid before it says that it is lost. Anything else
/// is our mistake.
fn refused(error: &wgpu::Error, is_lost: &AtomicBool) {
    let text =
        error.to_string() + &std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let is_of_the_lost = ["is invalid", "destroyed", "is lost"].iter().any(|words| text.contains(words));
    assert!(is_of_the_lost, "{error}");
    is_lost.store(true, Ordering::Relaxed);
}

/// On a discrete card, buffers the processor can map are slow to draw from.
fn shares_memory(info: &wgpu::AdapterInfo) -> bool {
    matches!(info.device_type, wgpu::DeviceType::Cpu | wgpu::DeviceType::IntegratedGpu)
}

/// wgpu's native futures are ready at the first poll; only the browser makes them wait.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}
