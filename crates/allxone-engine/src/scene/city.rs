//! A street: a pale skyline of boxes with windows, a row of house drawings along the far pavement, lamps.

use super::canvas::Canvas;
use super::colour::{Rgb, hex, mix, oklab, plus, scaled};
use super::draw::{Stand, paste_small, shadow};
use super::look::Look;
use super::noise::{smoothstep, unit};
use super::props::Prop;
use super::setting::{Setting, Time};
use super::sky::uniform;
use super::sprite::{Raster, Sprite};
use super::view::View;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// House drawings of the row, with their height in world units.
pub const HOUSES: [(&str, f32); 7] = [
    ("1f3e2", 3.2),
    ("1f3e8", 2.7),
    ("1f3ec", 2.8),
    ("1f3e0", 1.9),
    ("1f3eb", 2.1),
    ("1f3ea", 1.7),
    ("1f333", 1.5),
];

/// The boxes of the skyline, farthest first.
pub fn skyline(canvas: &mut Canvas, view: &View, look: &Look, setting: &Setting, rng: &mut ChaCha8Rng) {
    let seed = rng.next_u32();
    let lit_share = match setting.time {
        Time::Night => 0.62,
        Time::Sunset => 0.42,
        Time::Dawn => 0.2,
        Time::Day => 0.0,
    };
    for (layer, z) in [46.0f32, 30.0, 19.0].into_iter().enumerate() {
        let half = view.width / 2.0 * z / view.focal;
        let width = 2.1 + 0.35 * z / 10.0;
        let count = (half * 2.0 / width).ceil() as i32 + 2;
        for i in 0..count {
            let u = |k: i32| unit(i * 13 + k, layer as i32, seed);
            let x = -half + (i as f32 - 0.5 + 0.4 * u(0)) * width;
            let w = width * (0.62 + 0.42 * u(1));
            let tall = (1.6 + 2.6 * u(2).powf(1.6)) * (0.75 + z / 30.0);
            let paint =
                [0xb9a6d8, 0xe3b7a6, 0x9fbfd8, 0xc7c3dc, 0xe6cfa8, 0xa7c9bf][(u(3) * 6.0) as usize % 6];
            tower(canvas, view, look, (x, z, w, tall), hex(paint), lit_share, hash_of(i, layer as i32, seed));
        }
    }
}

fn hash_of(i: i32, layer: i32, seed: u32) -> u32 {
    super::noise::hash(i, layer + 40, seed)
}

fn tower(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    (x, z, w, tall): (f32, f32, f32, f32),
    paint: Rgb,
    lit_share: f32,
    seed: u32,
) {
    let (left, top) = view.project(x - w / 2.0, tall, z);
    let (right, bottom) = view.project(x + w / 2.0, 0.0, z);
    let (x0, y0, x1, y1) = canvas.clip(left, top, right, bottom);
    let side = (right - left) * 0.2;
    let light_left = look.light[0] < 0.0;
    let (columns, rows) = (((w / 0.42) as i32).clamp(3, 9), ((tall / 0.42) as i32).clamp(3, 30));
    let radius = (right - left) * 0.06;
    for py in y0..y1.min(canvas.height) {
        let fy = py as f32 + 0.5;
        for px in x0..x1.min(canvas.width) {
            let fx = px as f32 + 0.5;
            // Rounded upper corners.
            let (cx, cy) =
                ((left + radius - fx).max(fx - (right - radius)).max(0.0), (top + radius - fy).max(0.0));
            let cover = smoothstep(radius + 0.5, radius - 0.5, (cx * cx + cy * cy).sqrt())
                * smoothstep(-0.5, 0.5, fx - left)
                * smoothstep(-0.5, 0.5, right - fx);
            if cover <= 0.0 {
                continue;
            }
            let shaded = if light_left { fx > right - side } else { fx < left + side };
            let v = (fy - top) / (bottom - top);
            let normal = if shaded {
                [-look.light[0].signum() * 0.8, 0.1, -0.5]
            } else {
                [look.light[0].signum() * 0.25, 0.25, -0.93]
            };
            let mut c = look.shade(scaled(paint, 1.05 - 0.2 * v), normal, 0.95);
            let (u, vv) = ((fx - left) / (right - left) * columns as f32, v * rows as f32);
            let (iu, iv) = (u.floor() as i32, vv.floor() as i32);
            let (du, dv) = ((u - u.floor() - 0.5).abs(), (vv - vv.floor() - 0.5).abs());
            let pane = smoothstep(0.31, 0.25, du) * smoothstep(0.33, 0.27, dv);
            if pane > 0.0 && iv > 0 {
                let on = unit(iu, iv, seed) < lit_share;
                let glass = if on {
                    scaled(mix(hex(0xffd27a), hex(0xffb35c), unit(iv, iu, seed)), 1.15)
                } else {
                    mix(scaled(look.sky_at(0.5), 0.8), c, 0.35)
                };
                c = mix(c, glass, pane * 0.9);
            }
            let index = py * canvas.width + px;
            canvas.blend(index, mix(c, look.haze, (look.air(z) * 1.15).min(0.9)), cover);
            if cover > 0.5 {
                canvas.depth[index] = canvas.depth[index].min(z);
            }
        }
    }
}

/// Turns the blue panes of a house drawing into lit windows.
pub fn lit_windows(raster: &Raster, seed: u32) -> Raster {
    let mut out = raster.clone();
    for (i, p) in out.px.iter_mut().enumerate() {
        if p[3] < 0.5 {
            continue;
        }
        let lab = oklab([p[0] / p[3], p[1] / p[3], p[2] / p[3]]);
        let blue = smoothstep(-0.03, -0.09, lab[2])
            * smoothstep(0.55, 0.68, lab[0])
            * smoothstep(0.06, -0.01, lab[1]);
        if blue > 0.0 {
            let (x, y) = (i % raster.w, i / raster.w);
            let on = unit((x * 6 / raster.w.max(1)) as i32, (y * 7 / raster.h.max(1)) as i32, seed) < 0.85;
            // Bright enough to survive the tint that night gives to every drawing.
            let glow = if on { scaled(hex(0xffc766), 2.6) } else { [0.05, 0.08, 0.2] };
            for k in 0..3 {
                p[k] += (glow[k] * p[3] - p[k]) * blue;
            }
        }
    }
    out
}

/// The row of houses beyond the road, and street lamps.
pub fn street(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    props: &[Prop],
    rng: &mut ChaCha8Rng,
) {
    let z = 9.8;
    let half = view.width / 2.0 * z / view.focal;
    let dark = matches!(setting.time, Time::Night | Time::Sunset);
    let mut x = -half - uniform(rng, 0.0, 1.0);
    let mut last = usize::MAX;
    while x < half + 1.0 {
        let mut pick = rng.next_u32() as usize % HOUSES.len();
        if pick == last {
            pick = (pick + 1) % HOUSES.len();
        }
        last = pick;
        let (file, height) = HOUSES[pick];
        let Some(prop) = props.iter().find(|p| p.file == file) else {
            x += 0.7;
            continue;
        };
        let tall = height * uniform(rng, 0.94, 1.06);
        let width = tall * prop.sprite.aspect;
        let (px, py) = view.project(x + width / 2.0, 0.0, z);
        let h = tall * view.focal / z;
        let stand = Stand { x: px, y: py, w: h * prop.sprite.aspect, h, flip: false, z, sunk: 0.0 };
        let sprite = if dark {
            Sprite::from_raster(lit_windows(prop.sprite.level(h * 1.5), rng.next_u32()))
        } else {
            Sprite::from_raster(prop.sprite.level(h).clone())
        };
        shadow(canvas, &sprite, &stand, look, true);
        paste_small(canvas, &sprite, &stand, look, [1.0; 3]);
        x += width + uniform(rng, 0.04, 0.3);
    }
    let gap = 3.4;
    let mut x = -half - uniform(rng, 0.0, gap);
    while x < half + 1.0 {
        lamp(canvas, view, look, x, 4.75, dark);
        x += gap;
    }
}

fn lamp(canvas: &mut Canvas, view: &View, look: &Look, x: f32, z: f32, on: bool) {
    let (cx, foot) = view.project(x, 0.0, z);
    let (_, head) = view.project(x, 1.55, z);
    let thick = (0.028 * view.focal / z).max(1.0);
    let ball = 0.085 * view.focal / z;
    let (x0, y0, x1, y1) = canvas.clip(cx - ball * 1.2, head - ball * 1.2, cx + ball * 1.2, foot + thick);
    let metal = look.shade(hex(0x4a4d66), [look.light[0].signum() * 0.4, 0.3, -0.8], 1.0);
    for py in y0..y1.min(canvas.height) {
        for px in x0..x1.min(canvas.width) {
            let (fx, fy) = (px as f32 + 0.5, py as f32 + 0.5);
            let index = py * canvas.width + px;
            if canvas.depth[index] < z * 0.99 {
                continue;
            }
            let flare = 1.0 + 2.2 * smoothstep(foot - thick * 5.0, foot, fy);
            let post = smoothstep(thick * 0.5 * flare + 0.5, thick * 0.5 * flare - 0.5, (fx - cx).abs())
                * smoothstep(head, head + 1.0, fy)
                * smoothstep(foot + 0.6, foot - 0.6, fy);
            canvas.blend(index, metal, post);
            let d = (fx - cx).hypot(fy - head) / ball;
            let globe = smoothstep(1.0 + 0.7 / ball, 1.0 - 0.7 / ball, d);
            let glass = if on {
                scaled(hex(0xffe2a0), 1.5)
            } else {
                look.shade(hex(0xf4f2ee), [(fx - cx) / ball, (head - fy) / ball, -0.5], 1.0)
            };
            canvas.blend(index, glass, globe);
            if post.max(globe) > 0.5 {
                canvas.depth[index] = z;
                canvas.wet[index] = 0.0;
            }
        }
    }
    if on {
        let reach = 0.75 * view.focal / z;
        let (x0, y0, x1, y1) = canvas.clip(cx - reach, head - reach, cx + reach, head + reach);
        for py in y0..y1.min(canvas.height) {
            for px in x0..x1.min(canvas.width) {
                let d = ((px as f32 - cx).hypot(py as f32 - head) / reach).min(1.0);
                let k = (1.0 - d).powi(3) * 0.30;
                let c = &mut canvas.colour[py * canvas.width + px];
                *c = plus(*c, scaled(hex(0xffb766), k));
            }
        }
        // A pool of light on the pavement.
        let (rx, ry) = (0.9 * view.focal / z, 0.9 * view.focal / z * 0.26);
        let (x0, y0, x1, y1) = canvas.clip(cx - rx, foot - ry, cx + rx, foot + ry);
        for py in y0..y1.min(canvas.height) {
            for px in x0..x1.min(canvas.width) {
                let d = ((px as f32 - cx) / rx).hypot((py as f32 - foot) / ry).min(1.0);
                let k = (1.0 - d * d).powi(2) * 0.9;
                let c = &mut canvas.colour[py * canvas.width + px];
                *c = plus(*c, [c[0] * k * 1.3, c[1] * k * 1.0, c[2] * k * 0.55]);
            }
        }
    }
}
