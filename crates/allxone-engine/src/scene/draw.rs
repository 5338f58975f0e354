//! Puts prepared drawings on the canvas: light and rim, snow on top, shadows on the ground, mirror images in water.

use super::canvas::{Canvas, FAR, box_blur};
use super::colour::{Rgb, hex, luminance, mix, scaled};
use super::look::Look;
use super::noise::{perlin, smoothstep};
use super::sprite::{Raster, Sprite};

/// Where and how one drawing stands in the picture; pixels.
#[derive(Clone, Debug)]
pub struct Stand {
    /// Middle of the drawing.
    pub x: f32,
    /// Row its feet touch.
    pub y: f32,
    /// Size on the picture.
    pub w: f32,
    /// Size on the picture.
    pub h: f32,
    /// Mirrored left to right.
    pub flip: bool,
    /// Distance used for haze and order.
    pub z: f32,
    /// Share of the height below the water line, 0 when it stands on something.
    pub sunk: f32,
}

/// Gives a drawing the light of the scene: tint, ground bounce, light along its edges, and snow where it lies open.
pub fn light(raster: &mut Raster, look: &Look, snow: f32, glows: bool) {
    let (w, h) = (raster.w, raster.h);
    if glows {
        return;
    }
    let mut soft: Vec<[f32; 1]> = raster.px.iter().map(|p| [p[3]]).collect();
    let r = (h / 40).max(1);
    box_blur(&mut soft, w, h, r);
    box_blur(&mut soft, w, h, r);
    let at = |x: i32, y: i32| -> f32 {
        if x < 0 || y < 0 || x >= w as i32 || y >= h as i32 {
            0.0
        } else {
            soft[y as usize * w + x as usize][0]
        }
    };
    let flat = (look.light[0] * look.light[0] + look.light[1] * look.light[1]).sqrt().max(1e-3);
    let (lx, ly) = (look.light[0] / flat, -look.light[1] / flat);
    let step = r as i32;
    for y in 0..h {
        let down = y as f32 / h as f32;
        let shade = 1.0 - 0.10 * smoothstep(0.55, 1.0, down);
        for x in 0..w {
            let index = y * w + x;
            let a = raster.px[index][3];
            if a <= 0.0 {
                continue;
            }
            let (xi, yi) = (x as i32, y as i32);
            let gx = at(xi - step, yi) - at(xi + step, yi);
            let gy = at(xi, yi - step) - at(xi, yi + step);
            let edge = (gx * gx + gy * gy).sqrt();
            let facing = if edge > 1e-3 { (gx * lx + gy * ly) / edge } else { 0.0 };
            let rim = smoothstep(0.1, 0.9, facing) * smoothstep(0.25, 0.95, edge);
            let away = smoothstep(0.1, 0.9, -facing) * smoothstep(0.25, 0.95, edge);
            let p = &mut raster.px[index];
            for ((p, tint), light) in p.iter_mut().zip(look.tint).zip(look.rim) {
                let lit = *p * tint * shade * (1.0 - 0.16 * away);
                *p = lit + light * rim * a;
            }
            if snow > 0.0 {
                // Snow lies where the drawing faces up, or is bright from above already.
                let top = smoothstep(0.30, 0.85, edge) * smoothstep(0.35, 0.9, -gy / edge.max(1e-3));
                let grain = perlin(x as f32 / h as f32 * 26.0, y as f32 / h as f32 * 26.0, 5);
                let k = (top * (0.9 + 0.4 * grain)).clamp(0.0, 1.0) * snow;
                let white = mix([0.93, 0.96, 1.0], look.tint, 0.0);
                for i in 0..3 {
                    p[i] += (white[i] * look.tint[i] * a - p[i]) * k;
                }
            }
        }
    }
}

/// Lays snow on everything of a drawing that faces up and is open to the sky.
pub fn cap(raster: &mut Raster) {
    let thick = (raster.h / 22).max(2);
    for x in 0..raster.w {
        let mut run = usize::MAX;
        let mut covered = 0usize;
        for y in 0..raster.h {
            let p = &mut raster.px[y * raster.w + x];
            if p[3] < 0.5 {
                run = usize::MAX;
                continue;
            }
            if run == usize::MAX {
                run = if covered == 0 { 0 } else { thick };
            }
            covered += 1;
            let depth = (thick as f32) * (0.75 + 0.35 * perlin(x as f32 * 0.09, 0.5, 11));
            let k = smoothstep(depth, depth * 0.55, run as f32);
            for (c, white) in p.iter_mut().zip([0.90, 0.94, 1.0]) {
                *c += (white - *c) * k;
            }
            run = run.saturating_add(1);
        }
    }
}

/// Turns green leaves into the colours of autumn.
pub fn turn(raster: &mut Raster) {
    for p in &mut raster.px {
        if p[1] > p[0] * 1.05 {
            let (r, g, b) = (p[0], p[1], p[2]);
            *p = [(g * 1.45).min(p[3]), g * 0.50 + r * 0.25, b * 0.30, p[3]];
        }
    }
}

/// Dusts the bright, upward parts of a tree with snow.
pub fn dust(raster: &mut Raster) {
    let mean = {
        let (sum, n) = raster
            .px
            .iter()
            .filter(|p| p[3] > 0.5)
            .fold((0.0f32, 0.0f32), |(s, n), p| (s + luminance([p[0], p[1], p[2]]), n + 1.0));
        sum / n.max(1.0)
    };
    for p in &mut raster.px {
        let a = p[3];
        if a <= 0.0 {
            continue;
        }
        let k = smoothstep(mean * 1.0, mean * 1.9, luminance([p[0] / a, p[1] / a, p[2] / a])) * 0.9;
        for (c, white) in p.iter_mut().zip([0.90, 0.95, 1.0]) {
            *c += (white * a - *c) * k;
        }
    }
}

/// Darkens the ground under and beside a drawing.
pub fn shadow(canvas: &mut Canvas, sprite: &Sprite, stand: &Stand, look: &Look, contact_only: bool) {
    let foot = footprint(sprite, stand.flip);
    let n = foot.len() as f32;
    let reach = (stand.w * 0.055).max(1.5);
    let (x0, y0, x1, y1) = canvas.clip(
        stand.x - stand.w * 0.75,
        stand.y - reach * 2.6,
        stand.x + stand.w * 0.75,
        stand.y + reach * 2.6,
    );
    for py in y0..y1.min(canvas.height) {
        let v = (py as f32 + 0.5 - stand.y + reach * 0.35) / reach;
        let fall = (-v * v * 0.9).exp();
        for px in x0..x1.min(canvas.width) {
            let u = (((px as f32 + 0.5 - stand.x) / stand.w + 0.75) / 1.5 * n - 0.5).clamp(0.0, n - 1.001);
            let (cell, t) = (u as usize, u.fract());
            let f = foot[cell] + (foot[cell + 1] - foot[cell]) * t;
            darken(
                canvas,
                py * canvas.width + px,
                stand,
                look,
                f * fall * 0.62 * (look.shadow / 0.46).min(1.2),
            );
        }
    }
    if contact_only {
        return;
    }
    let rise = look.light[1].max(0.25);
    let kx = (-look.light[0] / rise * 0.75).clamp(-1.1, 1.1);
    let ky = (look.light[2] / rise * 0.34).max(0.20);
    let tall = stand.h.min(stand.w * 2.2);
    let (sharp, blurred) = (sprite.level(48.0), sprite.level(14.0));
    let reach_x = stand.w * 0.7 + kx.abs() * tall;
    let (x0, y0, x1, y1) =
        canvas.clip(stand.x - reach_x, stand.y - 2.0, stand.x + reach_x, stand.y + ky * tall);
    for py in y0..y1.min(canvas.height) {
        let t = (py as f32 + 0.5 - stand.y) / ky;
        let v = 1.0 - t / stand.h;
        if !(-0.2..=1.05).contains(&v) {
            continue;
        }
        let far = (t / tall).clamp(0.0, 1.0);
        for px in x0..x1.min(canvas.width) {
            let mut u = (px as f32 + 0.5 - stand.x - kx * t) / stand.w + 0.5;
            if !(-0.3..=1.3).contains(&u) {
                continue;
            }
            if stand.flip {
                u = 1.0 - u;
            }
            let a = sharp.sample(u * sharp.w as f32, v * sharp.h as f32)[3];
            let b = blurred.sample(u * blurred.w as f32, v * blurred.h as f32)[3];
            let k = (a + (b - a) * (0.25 + 0.75 * far))
                * look.shadow
                * (1.0 - 0.55 * far)
                * smoothstep(0.0, 0.03, t / stand.h + 0.015);
            darken(canvas, py * canvas.width + px, stand, look, k);
        }
    }
}

fn darken(canvas: &mut Canvas, index: usize, stand: &Stand, look: &Look, k: f32) {
    let depth = canvas.depth[index];
    // Far away a shadow must not fall on a hill in front of its thing.
    let (near, beyond) = if stand.z > 5.0 { (0.9, 1.2) } else { (0.3, 2.5) };
    if k <= 0.003 || depth >= FAR || depth < stand.z * near || depth > stand.z * beyond {
        return;
    }
    let wet = canvas.wet[index].min(1.0);
    let k = (k * (1.0 - 0.55 * wet)).min(0.9);
    let c = canvas.colour[index];
    let dark = [
        c[0] * look.shadow_tint[0].max(0.02) * 1.6,
        c[1] * look.shadow_tint[1].max(0.02) * 1.6,
        c[2] * look.shadow_tint[2].max(0.05) * 1.6,
    ];
    canvas.blend(index, mix(scaled(c, 0.22), dark, 0.5), k);
}

/// How solidly the drawing touches the ground along its width, -25 % … 125 %, blurred.
fn footprint(sprite: &Sprite, flip: bool) -> Vec<f32> {
    let raster = sprite.level(40.0);
    let cells = 72usize;
    let band = (raster.h as f32 * 0.10).ceil() as usize;
    let mut foot: Vec<[f32; 1]> = (0..cells)
        .map(|i| {
            let mut u = (i as f32 + 0.5) / cells as f32 * 1.5 - 0.25;
            if flip {
                u = 1.0 - u;
            }
            if !(0.0..1.0).contains(&u) {
                return [0.0];
            }
            let x = ((u * raster.w as f32) as usize).min(raster.w - 1);
            [(raster.h.saturating_sub(band)..raster.h)
                .map(|y| raster.px[y * raster.w + x][3])
                .fold(0.0, f32::max)]
        })
        .collect();
    box_blur(&mut foot, cells, 1, 2);
    box_blur(&mut foot, cells, 1, 1);
    foot.into_iter().map(|v| v[0]).collect()
}

/// Mirrors a drawing in whatever is wet below it.
pub fn reflect(canvas: &mut Canvas, raster: &Raster, stand: &Stand, seed: u32) {
    let left = stand.x - stand.w / 2.0;
    let water_row = raster.h as f32 * (1.0 - stand.sunk);
    let (x0, y0, x1, y1) = canvas.clip(left - 6.0, stand.y - 1.0, left + stand.w + 6.0, stand.y + stand.h);
    for py in y0..y1.min(canvas.height) {
        let t = py as f32 + 0.5 - stand.y;
        if t < -1.0 {
            continue;
        }
        let ripple =
            perlin(t * 0.16 * 300.0 / stand.h.max(1.0), stand.x * 0.01, seed) * (1.0 + t * 0.045) * stand.h
                / 150.0;
        let row = water_row - t.max(0.0) * 1.12;
        if row < 0.0 {
            break;
        }
        let fade = 1.0 - (t / stand.h).clamp(0.0, 1.0) * 0.7;
        for px in x0..x1.min(canvas.width) {
            let index = py * canvas.width + px;
            let wet = canvas.wet[index].min(1.0);
            if wet <= 0.05 || canvas.ids[index] != 0 {
                continue;
            }
            let p = raster.sample(px as f32 + 0.5 - left + ripple, row);
            if p[3] > 0.01 {
                let k = 0.62 * wet * fade * p[3];
                canvas.blend(index, [p[0] / p[3] * 0.9, p[1] / p[3] * 0.92, p[2] / p[3] * 0.96], k);
            }
        }
    }
}

/// Blends a prepared raster over the canvas. With `hidden_by_land`, nearer land hides it.
pub fn paste(
    canvas: &mut Canvas,
    raster: &Raster,
    stand: &Stand,
    look: &Look,
    id: u16,
    hidden_by_land: bool,
    seed: u32,
) {
    let left = (stand.x - raster.w as f32 / 2.0).round() as i64;
    let bottom = if stand.sunk > 0.0 { stand.y + raster.h as f32 * stand.sunk } else { stand.y };
    let top = (bottom - raster.h as f32).round() as i64;
    let air = if id == 0 { look.air(stand.z) } else { look.air(stand.z) * 0.35 };
    for ry in 0..raster.h as i64 {
        let y = top + ry;
        if y < 0 || y >= canvas.height as i64 {
            continue;
        }
        for rx in 0..raster.w as i64 {
            let x = left + rx;
            if x < 0 || x >= canvas.width as i64 {
                continue;
            }
            let p = raster.px[ry as usize * raster.w + rx as usize];
            let mut a = p[3];
            if a <= 0.002 {
                continue;
            }
            let index = y as usize * canvas.width + x as usize;
            if hidden_by_land && canvas.depth[index] < stand.z * 0.985 {
                continue;
            }
            let mut c = [p[0] / a, p[1] / a, p[2] / a];
            if stand.sunk > 0.0 {
                let lap = stand.h * 0.012 * (1.0 + perlin(x as f32 / stand.h * 16.0, 0.5, seed) * 1.6);
                let below = y as f32 + 0.5 - stand.y - lap;
                let under = smoothstep(-0.5, stand.h * 0.02 + 1.0, below);
                a *= 1.0 - under;
                let spray = smoothstep(stand.h * 0.035, 0.0, (below + stand.h * 0.012).abs());
                c = mix(c, scaled(hex(0xf4fbff), luminance(look.tint).clamp(0.25, 1.0)), spray * 0.65);
            }
            let c = mix(c, look.haze, air);
            canvas.blend(index, c, a);
            if a > 0.5 {
                if id != 0 {
                    canvas.ids[index] = id;
                    canvas.wet[index] = 0.0;
                }
                canvas.depth[index] = canvas.depth[index].min(stand.z);
            }
        }
    }
}

/// A prop drawn straight from the nearest smaller copy: cheap enough for hundreds of trees.
pub fn paste_small(canvas: &mut Canvas, sprite: &Sprite, stand: &Stand, look: &Look, tone: Rgb) {
    let raster = sprite.level(stand.h);
    let (left, top) = (stand.x - stand.w / 2.0, stand.y - stand.h);
    let (sx, sy) = (raster.w as f32 / stand.w, raster.h as f32 / stand.h);
    let air = look.air(stand.z);
    let (x0, y0, x1, y1) = canvas.clip(left, top, left + stand.w, stand.y);
    for py in y0..y1.min(canvas.height) {
        let v = (py as f32 + 0.5 - top) * sy;
        let down = v / raster.h as f32;
        // Trunks sit in the shade of their own crown.
        let shade = 1.0 - 0.30 * smoothstep(0.55, 1.0, down);
        for px in x0..x1.min(canvas.width) {
            let index = py * canvas.width + px;
            if canvas.depth[index] < stand.z * 0.985 {
                continue;
            }
            let mut u = (px as f32 + 0.5 - left) * sx;
            if stand.flip {
                u = raster.w as f32 - u;
            }
            let p = raster.sample(u, v);
            if p[3] <= 0.01 {
                continue;
            }
            let side = if look.light[0] < 0.0 { u / raster.w as f32 } else { 1.0 - u / raster.w as f32 };
            let k = shade * (1.08 - 0.25 * side);
            let c = std::array::from_fn(|i| p[i] / p[3] * look.tint[i] * tone[i] * k);
            canvas.blend(index, mix(c, look.haze, air), p[3]);
            if p[3] > 0.6 {
                canvas.depth[index] = canvas.depth[index].min(stand.z);
                canvas.wet[index] = 0.0;
            }
        }
    }
}
