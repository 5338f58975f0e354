//! Indoor places: a room with wall, window and floor, and a table top with a room out of focus behind it.

use super::canvas::Canvas;
use super::colour::{Rgb, hex, mix, plus, scaled};
use super::look::Look;
use super::noise::{fbm, lerp, perlin, smoothstep, unit};
use super::setting::{Place, RoomKind, Setting, Time, Weather};
use super::view::View;

/// Row where floor and wall meet, as a share of the height.
pub const SKIRTING: f32 = 0.635;
/// Row of the far edge of a table.
pub const TABLE_EDGE: f32 = 0.50;

struct Paints {
    wall: Rgb,
    lower: Rgb,
    floor: [Rgb; 3],
    cloth: Rgb,
}

fn paints(setting: &Setting, seed: u32) -> Paints {
    let pick = (unit(3, 1, seed) * 4.0) as usize % 4;
    let (wall, lower) = match setting.room {
        RoomKind::Kitchen => {
            [(0xf6e3c8, 0xe9f0ee), (0xd9ebe2, 0xf3efe6), (0xf9dcc9, 0xf1f1ec), (0xe3e6f3, 0xf2eee6)][pick]
        }
        RoomKind::Bathroom => {
            [(0xd7ecf2, 0xc2e0ea), (0xe0f0ea, 0xc6e4d9), (0xe9e6f5, 0xd2d0ea), (0xf5e6e6, 0xe9d0d3)][pick]
        }
        RoomKind::Study => {
            [(0x8fa79b, 0x7b9488), (0xa6907c, 0x8f7a67), (0x7f93b2, 0x6b80a0), (0xb08f8f, 0x9a7a7a)][pick]
        }
        RoomKind::Bedroom => {
            [(0xd9cdee, 0xcabce4), (0xf3d3d6, 0xe8c0c6), (0xc9dcf0, 0xb5cde6), (0xd6e6d0, 0xc2d8bc)][pick]
        }
        RoomKind::Living => {
            [(0xf4d9b8, 0xe8c69e), (0xc7dfd3, 0xb2cfc1), (0xf2c9b7, 0xe5b3a0), (0xc4d3ec, 0xadc1e0)][pick]
        }
    };
    let floor = match setting.room {
        RoomKind::Kitchen | RoomKind::Bathroom => [0xd8d3cc, 0xf2eee8, 0xe4ded6],
        _ => [0xa8703f, 0xc98f58, 0xdba871],
    };
    let cloth = [0xe2725b, 0x5b8fd9, 0x5aa487, 0xd9a441][(unit(5, 1, seed) * 4.0) as usize % 4];
    Paints { wall: hex(wall), lower: hex(lower), floor: floor.map(hex), cloth: hex(cloth) }
}

/// Light of an indoor scene: (overall, warm lamp strength).
fn indoor_light(setting: &Setting) -> (Rgb, f32) {
    match setting.time {
        Time::Day => ([1.0, 0.985, 0.96], 0.0),
        Time::Dawn => ([0.95, 0.86, 0.82], 0.1),
        Time::Sunset => ([0.88, 0.68, 0.56], 0.25),
        Time::Night => ([0.40, 0.34, 0.42], 0.85),
    }
}

/// What of the outside shows through a window.
fn outside(look: &Look, setting: &Setting, u: f32, v: f32, seed: u32) -> Rgb {
    let mut c = look.sky_at((0.25 + v * 0.85).min(1.0));
    if setting.time == Time::Night {
        let (su, sv) = (u * 26.0, v * 30.0);
        let cell = (su.floor() as i32, sv.floor() as i32);
        let (ox, oy) =
            (0.25 + 0.5 * unit(cell.0, cell.1, seed + 1), 0.25 + 0.5 * unit(cell.0, cell.1, seed + 2));
        if unit(cell.0, cell.1, seed) > 0.86 && v < 0.62 {
            let d = (su.fract() - ox).hypot(sv.fract() - oy);
            c = plus(c, scaled([1.0; 3], 0.9 * smoothstep(0.13, 0.04, d)));
        }
        let d = (u - 0.7).hypot((v - 0.22) * 1.3);
        c = plus(c, scaled(hex(0xfff1c9), smoothstep(0.085, 0.075, d) + 0.25 * (-d * 9.0).exp()));
    }
    if setting.time == Time::Sunset || setting.time == Time::Dawn {
        let d = (u - 0.35).hypot((v - 0.66) * 1.2);
        c = plus(c, scaled(look.glow, smoothstep(0.16, 0.13, d) + 0.5 * (-d * 5.0).exp()));
    }
    for (k, (level, colour)) in [(0.68f32, 0x7fb18a), (0.80, 0x5d9f5f)].into_iter().enumerate() {
        let colour = if setting.snowy { [0xdbe6f5, 0xf3f7fd][k] } else { colour };
        let ridge = level + 0.07 * perlin(u * (2.2 + k as f32) + 5.0 * k as f32, 1.0, seed);
        let hill = look.shade(hex(colour), [0.0, 0.8, -0.5], 1.0);
        c = mix(c, mix(hill, look.haze, 0.45 - 0.25 * k as f32), smoothstep(ridge - 0.006, ridge + 0.006, v));
    }
    if matches!(setting.weather, Weather::Rain | Weather::Snow) {
        let tall = if setting.weather == Weather::Snow { 34.0 } else { 12.0 };
        let (su, sv) = (u * 30.0, v * tall);
        let flake = unit(su.floor() as i32, sv.floor() as i32, seed + 5);
        let (dx, dy) =
            (su.fract() - 0.5, if setting.weather == Weather::Snow { sv.fract() - 0.5 } else { 0.0 });
        if flake > 0.72 {
            let r = if setting.weather == Weather::Snow { 0.10 + 0.6 * (flake - 0.72) } else { 0.07 };
            c = mix(c, [0.95; 3], 0.75 * smoothstep(r + 0.06, r - 0.02, dx.hypot(dy)));
        }
    }
    c
}

/// A window's place in the picture.
#[derive(Clone, Copy)]
struct Pane {
    cx: f32,
    cy: f32,
    w: f32,
    h: f32,
}

/// Paints wall, window and floor of a room; returns the side of the window, -1 left or 1 right.
pub fn paint_room(canvas: &mut Canvas, view: &View, look: &Look, setting: &Setting, seed: u32) -> f32 {
    let (w, h) = (view.width, view.height);
    let edge = h * SKIRTING;
    let paint = paints(setting, seed);
    let (light, lamp) = indoor_light(setting);
    let left = unit(9, 9, seed) < 0.5;
    let size = (h * 0.34).min(w * 0.30);
    let pane =
        Pane { cx: w * if left { 0.25 } else { 0.75 }, cy: edge * 0.42, w: size * 0.95, h: size * 1.08 };
    let lamp_at = (w * if left { 0.70 } else { 0.30 }, edge * 0.34);
    let wall_z = view.ground_z(edge);
    let tiles = matches!(setting.room, RoomKind::Kitchen | RoomKind::Bathroom);
    let board = h * 0.022;
    for y in 0..canvas.height {
        let fy = y as f32 + 0.5;
        for x in 0..canvas.width {
            let fx = x as f32 + 0.5;
            let index = y * canvas.width + x;
            let glow = lamp * 1.5 * (-((fx - lamp_at.0).hypot((fy - lamp_at.1) * 0.85) / (h * 0.34))).exp();
            let beam = [light[0] + glow * 1.0, light[1] + glow * 0.74, light[2] + glow * 0.42];
            let c = if fy < edge {
                canvas.depth[index] = wall_z;
                wall(&paint, setting, (fx, fy), view, edge, board, pane, seed)
            } else {
                let z = view.ground_z(fy);
                canvas.depth[index] = z;
                let wx = view.world_x(fx, z);
                let (floor, gloss) = floor(&paint, tiles, wx, z, seed);
                canvas.wet[index] = gloss;
                let spill = window_light(setting, view, fx, fy, pane, edge);
                let contact = 1.0 - 0.28 * smoothstep(h * 0.035, 0.0, fy - edge);
                scaled(plus(floor, times3(floor, spill)), contact)
            };
            let corner = 1.0
                - 0.13 * smoothstep(0.30, 0.5, ((fx - w / 2.0) / w).abs())
                - 0.08 * smoothstep(edge * 0.3, 0.0, fy);
            canvas.colour[index] = scaled([c[0] * beam[0], c[1] * beam[1], c[2] * beam[2]], corner);
        }
    }
    rug(canvas, view, setting, &paint, seed, light);
    window(canvas, view, look, setting, pane, &paint, light, seed);
    if left { -1.0 } else { 1.0 }
}

fn times3(a: Rgb, b: Rgb) -> Rgb {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

#[allow(clippy::too_many_arguments)]
fn wall(
    paint: &Paints,
    setting: &Setting,
    (fx, fy): (f32, f32),
    view: &View,
    edge: f32,
    board: f32,
    pane: Pane,
    seed: u32,
) -> Rgb {
    let unit_px = view.px(1000.0);
    let rail = edge * 0.66;
    let mut c = paint.wall;
    let fade = 1.0 + 0.05 * (1.0 - fy / edge) + 0.02 * fbm(fx / unit_px * 5.0, fy / unit_px * 5.0, 2, seed);
    if setting.room == RoomKind::Living || setting.room == RoomKind::Bedroom {
        // A quiet pattern of dots in rows.
        let step = view.px(46.0);
        let row = (fy / step).floor();
        let u = (fx / step + 0.5 * (row as i32 & 1) as f32).fract() - 0.5;
        let v = (fy / step).fract() - 0.5;
        c = mix(c, [1.0; 3], 0.16 * smoothstep(0.085, 0.05, u.hypot(v)));
    }
    if fy > rail {
        c = paint.lower;
        if matches!(setting.room, RoomKind::Kitchen | RoomKind::Bathroom) {
            let step = view.px(44.0);
            let (du, dv) = ((fx / step).fract(), ((fy - rail) / step).fract());
            let joint =
                smoothstep(0.05, 0.02, du.min(1.0 - du)).max(smoothstep(0.05, 0.02, dv.min(1.0 - dv)));
            let shine = 1.0
                + 0.06 * (unit((fx / step) as i32, ((fy - rail) / step) as i32, seed) - 0.5)
                + 0.05 * (0.5 - dv);
            c = mix(scaled(c, shine), scaled(paint.wall, 0.86), joint * 0.8);
        } else {
            let step = view.px(74.0);
            let du = (fx / step).fract();
            c = scaled(c, 1.0 - 0.12 * smoothstep(0.05, 0.015, du.min(1.0 - du)) + 0.02 * (0.5 - du));
        }
        c = scaled(c, 1.0 - 0.10 * smoothstep(view.px(14.0), 0.0, fy - rail));
    }
    let strip = smoothstep(view.px(7.0), view.px(5.5), (fy - rail).abs());
    c = mix(c, hex(0xfbf7f0), strip);
    if fy > edge - board {
        c = scaled(hex(0xfbf7f0), 0.92 + 0.08 * smoothstep(edge - board, edge - board * 0.6, fy));
    }
    // Light falls off away from the window.
    let d = ((fx - pane.cx) / view.width).abs();
    scaled(c, fade * (1.03 - 0.16 * d))
}

fn floor(paint: &Paints, tiles: bool, wx: f32, z: f32, seed: u32) -> (Rgb, f32) {
    let fine = smoothstep(9.0, 2.5, z);
    if tiles {
        let step = 0.42;
        let (iu, iv) = ((wx / step).floor() as i32, (z / step).floor() as i32);
        let base = if (iu + iv) & 1 == 0 { paint.floor[1] } else { paint.floor[0] };
        let (du, dv) = ((wx / step) - iu as f32, (z / step) - iv as f32);
        let joint = smoothstep(0.04, 0.015, du.min(1.0 - du).min(dv.min(1.0 - dv))) * fine;
        (scaled(base, 1.0 - 0.15 * joint), 0.20)
    } else {
        let wide = 0.30;
        let lane = (z / wide).floor();
        let shift = unit(lane as i32, 4, seed) * 3.0;
        let plank = ((wx + shift) / 1.7).floor();
        let tone = unit(plank as i32, lane as i32, seed);
        let grain =
            perlin(wx * 1.3 + tone * 9.0, z * 16.0, seed) * 0.6 + perlin(wx * 4.0, z * 42.0, seed + 1) * 0.3;
        let base = if tone < 0.5 {
            mix(paint.floor[1], paint.floor[0], (0.5 - tone) * 0.9)
        } else {
            mix(paint.floor[1], paint.floor[2], (tone - 0.5) * 1.1)
        };
        let (du, dv) = (((wx + shift) / 1.7).fract().abs(), (z / wide).fract());
        let joint =
            smoothstep(0.05, 0.0, dv.min(1.0 - dv)).max(smoothstep(0.012, 0.0, du.min(1.0 - du))) * fine;
        (scaled(base, 1.0 + 0.07 * grain * fine - 0.30 * joint), 0.13)
    }
}

/// The bright patch the window throws on the floor.
fn window_light(setting: &Setting, view: &View, fx: f32, fy: f32, pane: Pane, edge: f32) -> Rgb {
    if setting.time == Time::Night || matches!(setting.weather, Weather::Rain | Weather::Fog) {
        return [0.0; 3];
    }
    let t = (fy - edge) / (view.height - edge);
    let toward = if pane.cx < view.width / 2.0 { 1.0 } else { -1.0 };
    let grow = 1.0 + 0.75 * t;
    let u = (fx - (pane.cx + toward * view.width * (0.06 + 0.26 * t))) / (pane.w * 0.5 * grow);
    let v = (t - 0.12) / 0.42;
    if !(0.0..=1.0).contains(&v) || u.abs() > 1.15 {
        return [0.0; 3];
    }
    let soft = 0.05 + 0.08 * t;
    let inside = smoothstep(1.0 + soft, 1.0 - soft, u.abs())
        * smoothstep(0.0, soft * 1.4, v)
        * smoothstep(1.0, 1.0 - soft * 1.4, v);
    let bars = smoothstep(0.03, 0.09, u.abs()) * smoothstep(0.02, 0.07, (v - 0.5).abs());
    let warm = if setting.time == Time::Sunset { [0.95, 0.50, 0.25] } else { [0.46, 0.42, 0.34] };
    scaled(warm, inside * bars)
}

fn rug(canvas: &mut Canvas, view: &View, setting: &Setting, paint: &Paints, seed: u32, light: Rgb) {
    if matches!(setting.room, RoomKind::Kitchen) {
        return;
    }
    let (w, h) = (view.width, view.height);
    let cy = h * (SKIRTING + 1.0) / 2.0 + h * 0.015;
    let (rx, ry) = ((w * 0.40).min(h * 0.62), h * 0.135);
    let (x0, y0, x1, y1) =
        canvas.clip(w / 2.0 - rx * 1.05, cy - ry * 1.1, w / 2.0 + rx * 1.05, cy + ry * 1.15);
    for y in y0..y1.min(canvas.height) {
        for x in x0..x1.min(canvas.width) {
            let (dx, dy) = ((x as f32 + 0.5 - w / 2.0) / rx, (y as f32 + 0.5 - cy) / ry);
            let d = dx.hypot(dy);
            let index = y * canvas.width + x;
            let under = dx.hypot((y as f32 + 0.5 - cy - ry * 0.06) / ry);
            let c = canvas.colour[index];
            canvas.colour[index] = scaled(c, 1.0 - 0.28 * smoothstep(1.05, 0.98, under));
            let k = smoothstep(1.0, 1.0 - 2.0 / ry, d);
            if k > 0.0 {
                let ring = smoothstep(0.03, 0.015, (d - 0.86).abs())
                    + smoothstep(0.02, 0.01, (d - 0.80).abs()) * 0.7
                    + smoothstep(0.05, 0.035, (d - 0.45).abs());
                let weave = 1.0 + 0.05 * perlin(dx * 90.0, dy * 60.0, seed);
                let cloth = scaled(
                    mix(paint.cloth, hex(0xfff0dc), 0.75 * ring.min(1.0) + 0.14),
                    weave * (0.92 + 0.10 * (1.0 - d)),
                );
                canvas.blend(index, times3(cloth, scaled(light, 0.95)), k);
                canvas.wet[index] = 0.0;
            }
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn window(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    pane: Pane,
    paint: &Paints,
    light: Rgb,
    seed: u32,
) {
    let frame = pane.w * 0.055;
    let reach = pane.w * 0.95;
    let (x0, y0, x1, y1) =
        canvas.clip(pane.cx - reach, pane.cy - pane.h * 0.72, pane.cx + reach, pane.cy + pane.h * 0.82);
    let bright = scaled(light, 1.0);
    for y in y0..y1.min(canvas.height) {
        for x in x0..x1.min(canvas.width) {
            let (fx, fy) = (x as f32 + 0.5 - pane.cx, y as f32 + 0.5 - pane.cy);
            let index = y * canvas.width + x;
            let (ax, ay) = (fx.abs() - pane.w / 2.0, fy.abs() - pane.h / 2.0);
            // Soft shadow of the frame on the wall.
            let shade =
                smoothstep(frame * 3.0, 0.0, (ax.max(fy.abs() - pane.h / 2.0 - frame * 0.6)).max(0.0)) * 0.16;
            let c = canvas.colour[index];
            canvas.colour[index] = scaled(c, 1.0 - shade);
            let inner = ax.max(ay);
            if inner < 0.0 {
                let (u, v) = (fx / pane.w + 0.5, fy / pane.h + 0.5);
                let mut view_out = outside(look, setting, u, v, seed);
                let glare = if setting.time == Time::Night { 0.04 } else { 0.10 };
                view_out = mix(view_out, [1.0; 3], glare * smoothstep(0.1, 0.0, (u + v * 0.6 - 0.72).abs()));
                let bar = smoothstep(frame * 0.30, frame * 0.22, fx.abs()).max(smoothstep(
                    frame * 0.30,
                    frame * 0.22,
                    fy.abs(),
                ));
                let edge_shade = 1.0 - 0.25 * smoothstep(frame, 0.0, -inner);
                canvas.colour[index] = mix(scaled(view_out, edge_shade), times3(hex(0xf7f3ec), bright), bar);
            }
            let on_frame = smoothstep(frame + 0.7, frame - 0.7, inner) * smoothstep(-0.7, 0.7, inner);
            let bevel = 0.93 + 0.07 * smoothstep(0.0, frame, inner) + if fy < 0.0 { 0.03 } else { -0.02 };
            canvas.blend(index, times3(scaled(hex(0xfbf8f2), bevel), bright), on_frame);
            let sill = smoothstep(0.7, -0.7, fx.abs() - pane.w * 0.60)
                * smoothstep(-0.7, 0.7, fy - pane.h / 2.0 - frame)
                * smoothstep(0.7, -0.7, fy - pane.h / 2.0 - frame * 2.4);
            canvas.blend(
                index,
                times3(scaled(hex(0xf6f1e8), 1.0 - 0.10 * ((fy - pane.h / 2.0 - frame) / frame)), bright),
                sill,
            );
            // Curtains with folds.
            let side = fx.abs() / pane.w;
            let hang = fy / pane.h;
            let gather = 0.52 - 0.07 * smoothstep(-0.62, 0.2, hang) + 0.05 * smoothstep(0.2, 0.75, hang);
            if !matches!(setting.room, RoomKind::Kitchen | RoomKind::Bathroom)
                && (-0.62..0.74).contains(&hang)
            {
                let k = smoothstep(gather - 0.012, gather + 0.012, side) * smoothstep(0.86, 0.84, side);
                let folds = 0.86 + 0.14 * ((side * 46.0) + 0.6 * (hang * 5.0).sin()).sin();
                let cloth = mix(paint.cloth, hex(0xfff4e6), 0.28);
                canvas.blend(index, times3(scaled(cloth, folds * (1.05 - 0.18 * (hang + 0.6))), bright), k);
            }
            let rod = smoothstep(0.7, -0.7, side * pane.w - pane.w * 0.92)
                * smoothstep(frame * 0.34, frame * 0.2, (hang + 0.635).abs() * pane.h);
            if !matches!(setting.room, RoomKind::Kitchen | RoomKind::Bathroom) {
                canvas.blend(index, times3(hex(0x8a6242), bright), rod);
            }
        }
    }
    let _ = view;
}

/// Paints a table top with a softly blurred room behind it.
pub fn paint_table(canvas: &mut Canvas, view: &View, look: &Look, setting: &Setting, seed: u32) {
    let (w, h) = (view.width, view.height);
    let edge = h * TABLE_EDGE;
    let mut behind = setting.clone();
    behind.place = Place::Room;
    behind.room = if setting.room == RoomKind::Living { RoomKind::Living } else { setting.room };
    paint_room(canvas, view, look, &behind, seed);
    let blur = view.px(13.0) as usize;
    for _ in 0..3 {
        let (cw, ch) = (canvas.width, canvas.height);
        super::canvas::box_blur(&mut canvas.colour, cw, ch, blur.max(1));
    }
    let (light, lamp) = indoor_light(setting);
    let wood = [
        [0xa9713f, 0xc78f57, 0xdcae78],
        [0x8a5a3c, 0xa8744e, 0xc19068],
        [0xcfa877, 0xe0c196, 0xeed7b4],
        [0xb98a5e, 0xcfa377, 0xe2bf95],
    ][(unit(2, 7, seed) * 4.0) as usize % 4]
        .map(hex);
    let lip = h * 0.012;
    for y in (edge - 1.0).max(0.0) as usize..canvas.height {
        let fy = y as f32 + 0.5;
        for x in 0..canvas.width {
            let fx = x as f32 + 0.5;
            let index = y * canvas.width + x;
            let z = view.ground_z(fy);
            let wx = view.world_x(fx, z);
            let lane = (z * 1.6).floor();
            let tone = unit(lane as i32, 3, seed);
            let grain = fbm(wx * 0.9 + tone * 20.0, z * 9.0, 3, seed) * 0.8
                + 0.35 * perlin(wx * 2.5, z * 30.0, seed + 2) * smoothstep(7.0, 2.0, z);
            let mut c =
                mix(wood[1], if grain < 0.0 { wood[0] } else { wood[2] }, grain.abs().min(1.0) * 0.75);
            let dv = (z * 1.6).fract();
            c = scaled(c, 1.0 - 0.22 * smoothstep(0.03, 0.0, dv.min(1.0 - dv)) * smoothstep(8.0, 3.0, z));
            let t = (fy - edge) / (h - edge);
            let side = ((fx / w) - 0.32).abs();
            let pool = 1.06 - 0.30 * side - 0.14 * t;
            let glow = lamp * 0.9 * (-((fx - w * 0.5).hypot((fy - h * 0.7) * 1.5) / (h * 0.42))).exp();
            let beam = [light[0] + glow, light[1] + glow * 0.76, light[2] + glow * 0.46];
            // The far part mirrors the room like varnish.
            let mirror = (2.0 * edge - fy).max(0.0) as usize;
            let seen = canvas.colour[mirror.min(canvas.height - 1) * canvas.width + x];
            let gloss = 0.20 * smoothstep(0.55, 0.0, t);
            let lit = mix(scaled([c[0] * beam[0], c[1] * beam[1], c[2] * beam[2]], pool), seen, gloss);
            let rim = 1.0 + 0.20 * smoothstep(lip, 0.0, fy - edge);
            let k = smoothstep(-0.8, 0.8, fy - edge);
            canvas.blend(index, scaled(lit, rim), k);
            canvas.depth[index] = z;
            canvas.wet[index] = 0.16 * lerp(1.0, 0.4, t);
        }
    }
}
