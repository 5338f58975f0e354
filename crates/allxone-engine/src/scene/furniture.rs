//! What stands in a room without having been named: a plant and a picture, a counter, a shelf of books, a tub.

use super::canvas::Canvas;
use super::colour::{Rgb, hex, mix, scaled};
use super::draw::{Stand, paste_small, shadow};
use super::look::Look;
use super::noise::{smoothstep, unit};
use super::props::Prop;
use super::room::SKIRTING;
use super::setting::{Place, RoomKind, Setting, Time};
use super::view::View;

const PLANT: &str = "1fab4";
const PICTURE: &str = "1f5bc-fe0f";
const BED: &str = "1f6cf-fe0f";
const TEAPOT: &str = "1fad6";
const POT: &str = "1f372";
const TUB: &str = "1f6c1";
const MIRROR: &str = "1fa9e";

/// The drawings a setting wants for its furniture.
pub fn wanted(setting: &Setting) -> &'static [&'static str] {
    if setting.place != Place::Room {
        return &[];
    }
    match setting.room {
        RoomKind::Living => &[PLANT, PICTURE],
        RoomKind::Bedroom => &[BED, PICTURE],
        RoomKind::Kitchen => &[TEAPOT, POT],
        RoomKind::Study => &[PLANT],
        RoomKind::Bathroom => &[TUB, MIRROR],
    }
}

/// The look drawings take indoors: lamp light at night, no haze.
pub fn indoor(look: &Look, setting: &Setting) -> Look {
    let mut look = look.clone();
    look.tint = match setting.time {
        Time::Day => [1.0; 3],
        Time::Dawn => [0.98, 0.93, 0.9],
        Time::Sunset => [0.98, 0.86, 0.78],
        Time::Night => [0.80, 0.70, 0.64],
    };
    look.rim = scaled(hex(0xfff0d8), 0.10);
    look.clear = 1.0e9;
    look
}

/// Furnishes a painted room. `side` is -1 if the window is on the left, 1 if on the right.
pub fn place(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    props: &[Prop],
    side: f32,
    seed: u32,
) {
    let (w, h) = (view.width, view.height);
    let edge = h * SKIRTING;
    let look = indoor(look, setting);
    let across = |t: f32| w * (0.5 - side * t);
    let tall = h.min(w * 1.2);
    let put = |canvas: &mut Canvas, file: &str, x: f32, y: f32, height: f32, standing: bool| {
        let Some(prop) = props.iter().find(|p| p.file == file) else { return };
        let stand = Stand { x, y, w: height * prop.sprite.aspect, h: height, flip: false, z: 2.2, sunk: 0.0 };
        if standing {
            shadow(canvas, prop.sprite, &stand, &look, true);
        }
        paste_small(canvas, prop.sprite, &stand, &look, [1.0; 3]);
    };
    match setting.room {
        RoomKind::Living => {
            put(canvas, PICTURE, across(0.22), edge * 0.52, tall * 0.19, false);
            put(canvas, PLANT, across(0.43), edge + h * 0.035, tall * 0.25, true);
        }
        RoomKind::Bedroom => {
            put(canvas, PICTURE, across(0.20), edge * 0.44, tall * 0.15, false);
            put(canvas, BED, across(0.27), edge + h * 0.045, tall * 0.26, true);
        }
        RoomKind::Kitchen => {
            counter(canvas, view, &look, edge);
            put(canvas, TEAPOT, across(0.33), edge - h * 0.168, tall * 0.085, true);
            put(canvas, POT, across(0.17), edge - h * 0.168, tall * 0.10, true);
        }
        RoomKind::Study => {
            shelf(canvas, view, &look, across(0.25), edge, seed);
            put(canvas, PLANT, w * (0.5 + side * 0.42), edge + h * 0.03, tall * 0.2, true);
        }
        RoomKind::Bathroom => {
            put(canvas, MIRROR, across(0.26), edge * 0.52, tall * 0.24, false);
            put(canvas, TUB, across(0.27), edge + h * 0.05, tall * 0.26, true);
        }
    }
}

fn fill(
    canvas: &mut Canvas,
    (x0, y0, x1, y1): (f32, f32, f32, f32),
    radius: f32,
    mut paint: impl FnMut(f32, f32) -> Rgb,
) {
    let (a, b, c, d) = canvas.clip(x0, y0, x1, y1);
    for y in b..d.min(canvas.height) {
        for x in a..c.min(canvas.width) {
            let (fx, fy) = (x as f32 + 0.5, y as f32 + 0.5);
            let dx = (x0 + radius - fx).max(fx - (x1 - radius)).max(0.0);
            let dy = (y0 + radius - fy).max(fy - (y1 - radius)).max(0.0);
            let k = smoothstep(radius + 0.6, radius - 0.6, dx.hypot(dy));
            if k > 0.0 {
                let colour = paint((fx - x0) / (x1 - x0), (fy - y0) / (y1 - y0));
                canvas.blend(y * canvas.width + x, colour, k);
            }
        }
    }
}

fn lit(look: &Look, c: Rgb) -> Rgb {
    [c[0] * look.tint[0], c[1] * look.tint[1], c[2] * look.tint[2]]
}

fn counter(canvas: &mut Canvas, view: &View, look: &Look, edge: f32) {
    let (w, h) = (view.width, view.height);
    let top = edge - h * 0.165;
    let doors = ((w / (h * 0.17)).round() as usize).max(2);
    fill(canvas, (-4.0, top, w + 4.0, edge + h * 0.012), 0.0, |_, v| {
        lit(look, scaled(hex(0xeaf0ee), 0.96 - 0.10 * v))
    });
    for k in 0..doors {
        let (a, b) = (k as f32 * w / doors as f32 + h * 0.006, (k + 1) as f32 * w / doors as f32 - h * 0.006);
        let (t, f) = (top + h * 0.030, edge - h * 0.006);
        fill(canvas, (a, t, b, f), h * 0.008, |u, v| {
            let frame = u.min(1.0 - u).min(v.min(1.0 - v) * 0.8);
            lit(
                look,
                scaled(
                    hex(0x8fb6ac),
                    1.04 - 0.10 * v - 0.10 * smoothstep(0.10, 0.08, frame) * smoothstep(0.06, 0.08, frame),
                ),
            )
        });
        let knob = if k % 2 == 0 { b - h * 0.018 } else { a + h * 0.018 };
        fill(canvas, (knob - h * 0.006, t + h * 0.02, knob + h * 0.006, t + h * 0.032), h * 0.006, |_, v| {
            lit(look, scaled(hex(0xf0c063), 1.1 - 0.4 * v))
        });
    }
    fill(canvas, (-4.0, top - h * 0.012, w + 4.0, top + h * 0.012), 2.0, |u, v| {
        let grain = 0.5 + 0.5 * (u * 70.0 + (u * 13.0).sin() * 3.0).sin();
        lit(
            look,
            scaled(mix(hex(0xc08a55), hex(0xd6a36b), grain * 0.6), 1.08 - 0.35 * smoothstep(0.5, 1.0, v)),
        )
    });
    fill(canvas, (-4.0, top + h * 0.012, w + 4.0, top + h * 0.024), 0.0, |_, v| {
        lit(look, scaled(hex(0xb9c4c1), 0.78 + 0.2 * v))
    });
}

fn shelf(canvas: &mut Canvas, view: &View, look: &Look, cx: f32, edge: f32, seed: u32) {
    let (w, h) = (view.width, view.height);
    let half = (w * 0.19).min(h * 0.26);
    let (left, right, top, foot) = (cx - half, cx + half, edge * 0.10, edge + h * 0.014);
    fill(canvas, (left + h * 0.012, top + h * 0.02, right + h * 0.02, foot + h * 0.006), h * 0.01, |_, _| {
        lit(look, hex(0x3d3028))
    });
    fill(canvas, (left, top, right, foot), h * 0.008, |_, v| {
        lit(look, scaled(hex(0x9c6b43), 1.05 - 0.15 * v))
    });
    let board = h * 0.012;
    let rows = 4;
    let step = (foot - top - board) / rows as f32;
    for row in 0..rows {
        let (a, b) = (top + board + row as f32 * step, top + (row + 1) as f32 * step);
        fill(canvas, (left + board, a, right - board, b), 2.0, |_, v| {
            lit(look, scaled(hex(0x5e3d27), 0.75 + 0.45 * v))
        });
        let mut x = left + board * 1.5;
        let mut k = 0;
        while x < right - board * 2.5 {
            let u = |j: i32| unit(k, row * 9 + j, seed);
            let wide = h * (0.010 + 0.013 * u(0));
            if x + wide > right - board * 1.4 {
                break;
            }
            if u(1) > 0.10 {
                let tall = (b - a) * (0.58 + 0.30 * u(2));
                let hue = [0xd95b4e, 0x4f86c9, 0x5aa57c, 0xe0ab45, 0x8668b5, 0xd97ba0, 0x3f8f9c, 0xf0e2c8]
                    [(u(3) * 8.0) as usize % 8];
                fill(canvas, (x, b - tall, x + wide, b), h * 0.003, |s, v| {
                    let round = 0.80 + 0.32 * (1.0 - (s * 2.0 - 0.8).abs());
                    let band =
                        smoothstep(0.03, 0.02, (v - 0.16).abs()) + smoothstep(0.03, 0.02, (v - 0.82).abs());
                    lit(look, scaled(mix(hex(hue), hex(0xfff0d0), 0.55 * band.min(1.0)), round))
                });
            }
            x += wide + h * 0.0015;
            k += 1;
        }
    }
}
