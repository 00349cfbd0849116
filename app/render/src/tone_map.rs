//! From light to what a screen shows, for pictures that are put together on the processor. Twin of
//! shaders/common/tonemap.wgsl, which names the sources.

use glam::Vec3;

use crate::ToneMap;

impl ToneMap {
    /// Display-linear, not cut off.
    pub(crate) fn shown(self, light: Vec3) -> Vec3 {
        match self {
            Self::Neutral => neutral(light),
            Self::Agx => agx(light),
            Self::Linear => light,
        }
    }
}

fn neutral(light: Vec3) -> Vec3 {
    const START: f32 = 0.76;
    const DESATURATION: f32 = 0.15;
    let low = light.min_element();
    let toe = if low < 0.08 { low - 6.25 * low * low } else { 0.04 };
    let color = light - toe;
    let peak = color.max_element();
    if peak < START {
        return color;
    }
    let headroom = 1.0 - START;
    let new_peak = 1.0 - headroom * headroom / (peak + headroom - START);
    let whitening = 1.0 - 1.0 / (DESATURATION * (peak - new_peak) + 1.0);
    (color * (new_peak / peak)).lerp(Vec3::splat(new_peak), whitening)
}

fn agx(light: Vec3) -> Vec3 {
    const SPILL: f32 = 0.2;
    const SPILL_WEIGHTS: Vec3 = Vec3::new(0.2118, 0.3922, 0.3960);
    const PIVOT: f32 = 10.0 / 16.5;
    const PIVOT_CODE: f32 = 0.489_437;
    let spilled = light.lerp(Vec3::splat(light.dot(SPILL_WEIGHTS)), SPILL);
    let code = |light: f32| {
        let x = (((light.max(1e-10) / 0.18).log2() + 10.0) / 16.5).clamp(0.0, 1.0);
        let scale = if x < PIVOT { 0.596_405 } else { 0.834_749 };
        let t = (2.0 * (x - PIVOT)).abs() / scale;
        let bent = scale * t / (1.0 + t * t.sqrt()).powf(1.0 / 1.5);
        PIVOT_CODE + (x - PIVOT).signum() * bent
    };
    let shown = spilled.map(|light| code(light).clamp(0.0, 1.0).powf(2.4));
    ((shown - SPILL * shown.dot(SPILL_WEIGHTS)) / (1.0 - SPILL)).clamp(Vec3::ZERO, Vec3::ONE)
}
