//! Sky: gradient, glow, stars, thin and puffy clouds, rainbow and northern lights.

use super::canvas::Canvas;
use super::colour::{Rgb, hex, mix, plus, scaled};
use super::look::Look;
use super::noise::{fbm, smoothstep, unit};
use super::setting::{Place, Setting, Time, Weather};
use super::view::View;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// A uniform number in `a..b` from the scene's generator.
pub fn uniform(rng: &mut ChaCha8Rng, a: f32, b: f32) -> f32 {
    a + (b - a) * ((rng.next_u32() >> 8) as f32 / 16_777_216.0)
}

/// Fills everything above the horizon, and a little below it.
pub fn paint(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    sun: (f32, f32),
    rng: &mut ChaCha8Rng,
) {
    let seed = rng.next_u32();
    let (w, h) = (canvas.width, canvas.height);
    let bottom = ((view.horizon + 2.0).max(1.0) as usize).min(h);
    let reach = view.px(430.0);
    let wisps = match (setting.place, setting.weather) {
        (Place::Space | Place::Underwater, _) => 0.0,
        (_, Weather::Clear) => 0.32,
        (_, Weather::Cloudy) => 0.6,
        _ => 0.75,
    };
    let wisp = if setting.time == Time::Night { scaled(look.cloud.0, 0.5) } else { look.cloud.0 };
    for y in 0..h {
        let t = (y as f32 / view.horizon.max(1.0)).min(1.0);
        let base = look.sky_at(t);
        if y >= bottom {
            for x in 0..w {
                canvas.colour[y * w + x] = base;
            }
            continue;
        }
        for x in 0..w {
            let (dx, dy) = (x as f32 - sun.0, (y as f32 - sun.1) * 1.15);
            let d = (dx * dx + dy * dy).sqrt() / reach;
            let mut c = plus(base, scaled(look.glow, 0.55 * (-d * 2.6).exp() + 0.25 * (-d * d * 18.0).exp()));
            if wisps > 0.0 {
                // Perspective squeezes clouds towards the horizon.
                let depth = 0.22 + (1.0 - t) * 1.2;
                let (u, v) = ((x as f32 - w as f32 / 2.0) / view.px(1000.0) / depth, 0.9 / depth);
                let n = fbm(u * 1.3 + 7.0, v * 3.2, 4, seed);
                let amount = smoothstep(0.02, 0.75, n) * wisps * smoothstep(1.0, 0.8, t);
                c = mix(c, wisp, amount);
            }
            canvas.colour[y * w + x] = c;
        }
    }
    let dark = setting.time == Time::Night || setting.place == Place::Space || setting.stars;
    if dark && setting.place != Place::Underwater {
        let dim = match setting.weather {
            Weather::Clear => 1.0,
            Weather::Snow | Weather::Cloudy => 0.55,
            _ => 0.12,
        };
        stars(canvas, view, rng, if setting.time == Time::Night { dim } else { dim * 0.6 });
    }
    if setting.aurora {
        aurora(canvas, view, seed);
    }
}

fn stars(canvas: &mut Canvas, view: &View, rng: &mut ChaCha8Rng, strength: f32) {
    let (w, h) = (canvas.width as f32, view.horizon);
    let seed = rng.next_u32();
    let count = (w * h / view.px(1000.0).powi(2) * 700.0) as usize;
    for _ in 0..count {
        let (x, y) = (uniform(rng, 0.0, w), uniform(rng, 0.0, h));
        let near_band = fbm(x / h * 1.5, y / h * 1.5 + x / h, 3, seed);
        let brightness = uniform(rng, 0.0, 1.0).powi(4) * 0.85 + 0.12;
        let size = view.px(if brightness > 0.75 { 1.9 } else { 1.15 }).max(0.55);
        let fade = smoothstep(1.0, 0.55, y / h) * strength * (0.75 + 0.8 * near_band.max(0.0));
        let warm = uniform(rng, 0.0, 1.0);
        let colour = mix(hex(0xbfd0ff), hex(0xfff0d8), warm);
        spot(canvas, x, y, size, scaled(colour, 1.5 * brightness * fade));
        if brightness > 0.82 {
            spot(canvas, x, y, size * 4.0, scaled(colour, 0.12 * fade));
        }
    }
}

/// Adds a soft round light of this radius.
pub fn spot(canvas: &mut Canvas, x: f32, y: f32, radius: f32, colour: Rgb) {
    let (x0, y0, x1, y1) =
        canvas.clip(x - radius * 2.5, y - radius * 2.5, x + radius * 2.5, y + radius * 2.5);
    for py in y0..y1.min(canvas.height) {
        for px in x0..x1.min(canvas.width) {
            let d2 = ((px as f32 + 0.5 - x).powi(2) + (py as f32 + 0.5 - y).powi(2)) / (radius * radius);
            let k = (-d2 * 1.4).exp();
            let c = &mut canvas.colour[py * canvas.width + px];
            *c = plus(*c, scaled(colour, k));
        }
    }
}

fn aurora(canvas: &mut Canvas, view: &View, seed: u32) {
    let (w, h) = (canvas.width, view.horizon);
    for band in 0..3 {
        let s = seed.wrapping_add(band * 77);
        for x in 0..w {
            let u = x as f32 / view.px(1000.0);
            let base = h * (0.62 - 0.13 * band as f32) + h * 0.16 * fbm(u * 1.4, band as f32, 3, s);
            let height = h * (0.42 + 0.2 * fbm(u * 6.0, 3.0, 2, s));
            let ray = 0.55 + 0.45 * fbm(u * 26.0, 9.0, 2, s);
            for y in 0..(base.max(0.0) as usize).min(canvas.height) {
                let t = (base - y as f32) / height;
                let k = smoothstep(0.0, 0.06, t) * (-t * 2.6).exp() * ray * 0.55;
                let colour = mix(hex(0x35f5a5), hex(0x9a5cf5), smoothstep(0.15, 0.9, t));
                let c = &mut canvas.colour[y * w + x];
                *c = plus(*c, scaled(colour, k));
            }
        }
    }
}

/// Scatters puffy clouds; more in bad weather.
pub fn clouds(canvas: &mut Canvas, view: &View, look: &Look, setting: &Setting, rng: &mut ChaCha8Rng) {
    let count = match (setting.weather, setting.time) {
        (Weather::Clear, Time::Night) => 2,
        (Weather::Clear, _) => 4,
        (Weather::Cloudy, _) => 9,
        (Weather::Rain, _) => 12,
        (Weather::Snow, _) => 7,
        (Weather::Fog, _) => 0,
    };
    let wide = (view.width / view.height).clamp(0.6, 3.0);
    let count = ((count as f32) * wide.sqrt()).round() as usize;
    let start = uniform(rng, 0.0, 1.0);
    for i in 0..count {
        let far = (i as f32 + 0.5) / count as f32;
        let y = view.horizon * (0.86 - 0.72 * far + uniform(rng, -0.06, 0.06));
        let lane = (start + i as f32 * 0.618 + uniform(rng, 0.0, 0.2)).fract();
        let x = view.width * (lane * 1.16 - 0.08);
        let size = view.px(55.0 + 120.0 * far) * uniform(rng, 0.75, 1.25);
        puff(canvas, look, x, y, size, 0.55 + 0.45 * far, rng.next_u32());
    }
}

/// One cloud of smoothly joined balls with a flat belly; `solid` 0..1 is how far it stands out of the haze.
pub fn puff(canvas: &mut Canvas, look: &Look, cx: f32, cy: f32, size: f32, solid: f32, seed: u32) {
    let u = |i: i32, j: i32| unit(i, j, seed);
    let n = 5 + (u(0, 0) * 3.0) as i32;
    let mut balls = Vec::new();
    for i in 0..n {
        let t = i as f32 / (n - 1) as f32 * 2.0 - 1.0;
        let arch = (1.0 - t * t).max(0.0).sqrt();
        let r = size * (0.17 + 0.25 * arch * (0.6 + 0.6 * u(i, 1)));
        balls.push((cx + t * size * 0.85, cy - r * 0.55 - size * 0.06 * u(i, 2), r));
        if arch > 0.55 {
            let r2 = r * (0.6 + 0.3 * u(i, 3));
            balls.push((cx + t * size * 0.55 + size * 0.1 * (u(i, 4) - 0.5), cy - r * 0.9 - r2 * 0.55, r2));
        }
    }
    let (x0, y0, x1, y1) = canvas.clip(cx - size * 1.5, cy - size * 1.6, cx + size * 1.5, cy + size * 0.3);
    let soft = (size * 0.025).max(1.0);
    for py in y0..y1.min(canvas.height) {
        for px in x0..x1.min(canvas.width) {
            let (fx, fy) = (px as f32 + 0.5, py as f32 + 0.5);
            let (mut normal, mut weight, mut edge) = ([0.0f32; 3], 0.0f32, -1.0e9f32);
            for &(bx, by, r) in &balls {
                let (dx, dy) = ((fx - bx) / r, (fy - by) / r);
                let d2 = dx * dx + dy * dy;
                edge = edge.max((1.0 - d2.sqrt()) * r);
                if d2 < 1.0 {
                    let z = (1.0 - d2).sqrt();
                    let k = (z * r).powi(3);
                    normal[0] += dx * k;
                    normal[1] -= dy * k;
                    normal[2] += z * k;
                    weight += k;
                }
            }
            let alpha =
                smoothstep(0.0, soft * 2.0, edge) * smoothstep(cy + size * 0.06, cy - size * 0.10, fy);
            if alpha <= 0.004 || weight <= 0.0 {
                continue;
            }
            let len = (normal[0].powi(2) + normal[1].powi(2) + normal[2].powi(2)).sqrt().max(1e-6);
            let facing = (normal[0] * look.light[0] * 0.8 + normal[1] * 0.62 + normal[2] * 0.45) / len;
            let lit =
                smoothstep(-0.25, 0.95, facing) * smoothstep(cy + size * 0.1, cy - size * 0.5, fy).max(0.2);
            let colour = mix(look.cloud.1, look.cloud.0, lit);
            let colour = mix(look.haze, colour, 0.35 + 0.65 * solid);
            canvas.blend(py * canvas.width + px, colour, alpha * (0.55 + 0.4 * solid));
        }
    }
}

/// A rainbow standing behind the hills; returns the pixels it touches so that it can be reported as drawn.
pub fn rainbow(canvas: &mut Canvas, view: &View, centre_x: f32, strength: f32) {
    let radius = (view.width * 0.46).min(view.horizon * 0.86);
    let band = radius * 0.17;
    let bottom = (view.horizon + 1.0) as usize;
    for y in 0..bottom.min(canvas.height) {
        for x in 0..canvas.width {
            let d = ((x as f32 - centre_x).powi(2) + (y as f32 - view.horizon).powi(2)).sqrt();
            let t = (radius - d) / band;
            if (0.0..1.0).contains(&t) {
                let stops = [
                    (0.0, hex(0xff5a5f)),
                    (0.22, hex(0xffa64d)),
                    (0.42, hex(0xffe66b)),
                    (0.6, hex(0x7be08a)),
                    (0.8, hex(0x63b3ff)),
                    (1.0, hex(0xb57bff)),
                ];
                let k = smoothstep(0.0, 0.14, t) * smoothstep(1.0, 0.86, t) * strength;
                canvas.blend(y * canvas.width + x, super::colour::gradient(&stops, t), k);
            }
        }
    }
}

/// Bursts of fireworks.
pub fn fireworks(canvas: &mut Canvas, view: &View, rng: &mut ChaCha8Rng) {
    for burst in 0..6 {
        let (cx, cy) = (uniform(rng, 0.1, 0.9) * view.width, uniform(rng, 0.10, 0.62) * view.horizon);
        let r = view.px(uniform(rng, 70.0, 165.0));
        let colour =
            [hex(0xff5d7a), hex(0xffd25a), hex(0x6cc8ff), hex(0xb98cff), hex(0x7dffa8), hex(0xff9a4a)][burst];
        spot(canvas, cx, cy, r * 0.8, scaled(colour, 0.16));
        for ray in 0..34 {
            let angle = ray as f32 / 34.0 * std::f32::consts::TAU + uniform(rng, -0.06, 0.06);
            let long = r * uniform(rng, 0.7, 1.05);
            for k in 0..15 {
                let t = 0.22 + 0.78 * k as f32 / 14.0;
                let x = cx + angle.cos() * long * t;
                let y = cy + angle.sin() * long * t + r * 0.16 * t * t;
                let k = if k == 14 { 1.6 } else { 0.55 * (1.0 - 0.5 * t) };
                spot(canvas, x, y, view.px(1.5).max(0.6), scaled(mix(colour, [1.0; 3], 0.3 * (1.0 - t)), k));
            }
        }
    }
}
