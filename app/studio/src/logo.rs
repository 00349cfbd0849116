//! The mark of the house: a kiln's arched door with the ember glowing inside. Computed, so that
//! one description serves the window's icon and the picture on the empty stage at any size.

/// Straight-alpha sRGB pixels, `size_px` squared, rows top to bottom.
pub(crate) fn pixels(size_px: usize) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(4 * size_px * size_px);
    for y in 0..size_px {
        for x in 0..size_px {
            let to_unit = |v: usize| (v as f32 + 0.5) / size_px as f32 * 2.0 - 1.0;
            pixels.extend(pixel(to_unit(x), to_unit(y), 2.0 / size_px as f32));
        }
    }
    pixels
}

/// `x`, `y` from -1 to 1 with y down; `px` is the width of a pixel there.
fn pixel(x: f32, y: f32, px: f32) -> [u8; 4] {
    let cover = |distance: f32| (0.5 - distance / px).clamp(0.0, 1.0);
    let body = cover(rounded_box(x, y, 0.92, 0.92, 0.30));
    let door = arch(x, y - 0.10);
    let mut color = lerp([0x2b, 0x2d, 0x32], [0x1c, 0x1d, 0x20], 0.5 * (y + 1.0));
    // The rim of the door catches the light from inside.
    let rim = cover(door.abs() - 0.055);
    let inside = cover(door);
    let heat = 1.0 - (x * x * 1.5 + (y - 0.62).powi(2) * 0.85).sqrt().min(1.0);
    let ember = if heat < 0.55 {
        lerp([0x5a, 0x1f, 0x10], [0xf0, 0x6a, 0x2c], heat / 0.55)
    } else {
        lerp([0xf0, 0x6a, 0x2c], [0xff, 0xd9, 0x8a], (heat - 0.55) / 0.45)
    };
    color = lerp(color, ember, inside);
    color = lerp(color, [0xe9, 0xe0, 0xd6], rim);
    [color[0], color[1], color[2], (255.0 * body) as u8]
}

fn lerp(from: [u8; 3], to: [u8; 3], t: f32) -> [u8; 3] {
    std::array::from_fn(|i| (f32::from(from[i]) * (1.0 - t) + f32::from(to[i]) * t) as u8)
}

fn rounded_box(x: f32, y: f32, half_width: f32, half_height: f32, radius: f32) -> f32 {
    let (dx, dy) = (x.abs() - half_width + radius, y.abs() - half_height + radius);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
}

/// Signed distance to a door with a half-round top, standing on y = 0.5.
fn arch(x: f32, y: f32) -> f32 {
    if y < -0.05 { x.hypot(y + 0.05) - 0.46 } else { (x.abs() - 0.46).max(y - 0.5) }
}
