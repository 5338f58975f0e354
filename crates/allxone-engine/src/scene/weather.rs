//! What falls or drifts between the viewer and the scene: snow, rain, bubbles, light shafts.

use super::canvas::Canvas;
use super::colour::{hex, mix, plus, scaled};
use super::look::Look;
use super::noise::{fbm, smoothstep};
use super::setting::{Place, Setting, Weather};
use super::sky::uniform;
use super::view::View;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// The layer behind named things (`front` false) or before them (`front` true, sparser).
pub fn fall(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    front: bool,
    rng: &mut ChaCha8Rng,
) {
    if setting.indoors() {
        return;
    }
    match (setting.place, setting.weather) {
        (Place::Underwater, _) => bubbles(canvas, view, front, rng),
        (Place::Space, _) => {}
        (_, Weather::Snow) => snow(canvas, view, look, front, rng),
        (_, Weather::Rain) => rain(canvas, view, look, front, rng),
        _ => {}
    }
}

fn area(view: &View) -> f32 {
    view.width * view.height / view.px(1000.0).powi(2)
}

fn snow(canvas: &mut Canvas, view: &View, look: &Look, front: bool, rng: &mut ChaCha8Rng) {
    let (count, small, large, strength) =
        if front { (110.0, 2.0, 5.5, 0.75) } else { (420.0, 1.0, 2.6, 0.85) };
    let white = mix(scaled(hex(0xffffff), 0.95), look.haze, if front { 0.1 } else { 0.2 });
    for _ in 0..(count * area(view)) as usize {
        let (x, y) = (uniform(rng, 0.0, view.width), uniform(rng, 0.0, view.height));
        let t = uniform(rng, 0.0, 1.0);
        let r = view.px(small + (large - small) * t * t).max(0.6);
        let alpha = strength * (0.95 - 0.45 * t * if front { 1.0 } else { 0.2 });
        disc(canvas, x, y, r, white, alpha, if front { 0.6 } else { 0.35 });
    }
}

fn disc(canvas: &mut Canvas, x: f32, y: f32, r: f32, colour: [f32; 3], alpha: f32, soft: f32) {
    let (x0, y0, x1, y1) = canvas.clip(x - r - 1.0, y - r - 1.0, x + r + 1.0, y + r + 1.0);
    for py in y0..y1.min(canvas.height) {
        for px in x0..x1.min(canvas.width) {
            let d = (px as f32 + 0.5 - x).hypot(py as f32 + 0.5 - y);
            let k = smoothstep(r + 0.5, r * (1.0 - soft) - 0.5, d) * alpha;
            if k > 0.003 {
                canvas.blend(py * canvas.width + px, colour, k);
            }
        }
    }
}

fn rain(canvas: &mut Canvas, view: &View, look: &Look, front: bool, rng: &mut ChaCha8Rng) {
    let (count, length, alpha) = if front { (120.0, 46.0, 0.20) } else { (460.0, 26.0, 0.15) };
    let colour = mix(hex(0xeaf3ff), look.haze, 0.25);
    let lean = -0.16;
    for _ in 0..(count * area(view)) as usize {
        let (x, y) = (uniform(rng, -0.05, 1.05) * view.width, uniform(rng, -0.05, 1.0) * view.height);
        let long = view.px(length) * uniform(rng, 0.6, 1.3);
        let thick = view.px(if front { 1.5 } else { 1.0 }).max(0.6);
        let (y0, y1) = (y.max(0.0) as usize, ((y + long).max(0.0) as usize).min(canvas.height));
        for py in y0..y1 {
            let t = (py as f32 - y) / long;
            let cx = x + lean * (py as f32 - y);
            let k = alpha * smoothstep(0.0, 0.5, t) * smoothstep(1.0, 0.9, t);
            let (a, b) =
                ((cx - thick).max(0.0) as usize, ((cx + thick + 1.0).max(0.0) as usize).min(canvas.width));
            for px in a..b {
                let cover = (thick * 0.5 + 0.5 - (px as f32 + 0.5 - cx).abs()).clamp(0.0, 1.0);
                canvas.blend(py * canvas.width + px, colour, k * cover);
            }
        }
    }
    if front {
        return;
    }
    // Rings where drops meet wet ground.
    for _ in 0..(70.0 * area(view)) as usize {
        let row = view.horizon + (view.height - view.horizon) * uniform(rng, 0.08, 1.0);
        let x = uniform(rng, 0.0, view.width);
        let r = 0.09 * view.focal / view.ground_z(row) * uniform(rng, 0.4, 1.2);
        let (x0, y0, x1, y1) =
            canvas.clip(x - r - 1.0, row - r * 0.4 - 1.0, x + r + 1.0, row + r * 0.4 + 1.0);
        for py in y0..y1.min(canvas.height) {
            for px in x0..x1.min(canvas.width) {
                let d = ((px as f32 + 0.5 - x) / r).hypot((py as f32 + 0.5 - row) / (r * 0.34));
                let index = py * canvas.width + px;
                let k = smoothstep(0.22, 0.0, (d - 0.85).abs()) * 0.5 * canvas.wet[index].min(1.0);
                if k > 0.003 {
                    canvas.blend(index, colour, k);
                }
            }
        }
    }
}

fn bubbles(canvas: &mut Canvas, view: &View, front: bool, rng: &mut ChaCha8Rng) {
    if !front {
        shafts(canvas, view, rng);
    }
    let count = if front { 9.0 } else { 34.0 };
    for _ in 0..(count * area(view)) as usize {
        let (x, y) = (uniform(rng, 0.0, view.width), uniform(rng, 0.0, 0.95) * view.height);
        let r = view.px(uniform(rng, 1.6, if front { 11.0 } else { 6.0 }));
        let (x0, y0, x1, y1) = canvas.clip(x - r - 1.0, y - r - 1.0, x + r + 1.0, y + r + 1.0);
        for py in y0..y1.min(canvas.height) {
            for px in x0..x1.min(canvas.width) {
                let (dx, dy) = ((px as f32 + 0.5 - x) / r, (py as f32 + 0.5 - y) / r);
                let d = dx.hypot(dy);
                let rim = smoothstep(0.55, 0.95, d) * smoothstep(1.0 + 0.8 / r, 1.0 - 0.8 / r, d) * 0.55;
                let gleam = smoothstep(0.28, 0.05, (dx + 0.38).hypot(dy + 0.4)) * 0.9;
                canvas.blend(py * canvas.width + px, hex(0xdffaff), (rim + gleam).min(0.95));
            }
        }
    }
}

fn shafts(canvas: &mut Canvas, view: &View, rng: &mut ChaCha8Rng) {
    let seed = rng.next_u32();
    for y in 0..canvas.height {
        let fade = smoothstep(view.height * 0.95, 0.0, y as f32);
        for x in 0..canvas.width {
            let u = (x as f32 + y as f32 * 0.35) / view.px(1000.0);
            let ray = smoothstep(0.05, 0.6, fbm(u * 5.0, y as f32 / view.px(4000.0), 2, seed));
            let c = &mut canvas.colour[y * canvas.width + x];
            *c = plus(*c, scaled(hex(0x9fefff), 0.20 * ray * fade * fade));
        }
    }
}
