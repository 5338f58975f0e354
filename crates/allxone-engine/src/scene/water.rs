//! Water: mirrors what is already on the canvas above the horizon, with waves that flatten towards the distance, a glitter
//! path below the sun or moon, and foam along a shore. Also wet ground, which mirrors weakly.

use super::canvas::{Canvas, sample};
use super::colour::{Rgb, hex, mix, plus, scaled};
use super::look::Look;
use super::noise::{fbm, perlin, smoothstep};
use super::setting::{Place, Setting, Time, Weather};
use super::terrain::Terrain;
use super::view::View;

/// Body colours of water: deep, shallow.
fn body(setting: &Setting) -> (Rgb, Rgb) {
    match (setting.time, setting.weather) {
        (Time::Night, _) => (hex(0x0a1a4c), hex(0x16306a)),
        (Time::Sunset, _) => (hex(0x4a3a80), hex(0x8a5a8e)),
        (_, Weather::Rain | Weather::Fog) => (hex(0x3c6478), hex(0x5f8c98)),
        (Time::Dawn, _) => (hex(0x3f74ae), hex(0x79a8c8)),
        _ => (hex(0x1272c4), hex(0x3cc4dc)),
    }
}

/// Colours every water pixel (wetness 2) and every damp one; leaves wetness as mirror strength 0..1.
pub fn paint(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    terrain: &Terrain,
    sun: (f32, f32),
    seed: u32,
) {
    let (w, h) = (canvas.width, canvas.height);
    let first = ((view.horizon.max(0.0)) as usize).min(h);
    let (deep, shallow) = body(setting);
    let above: Vec<Rgb> = canvas.colour[..(first.max(1)) * w].to_vec();
    let above_rows = first.max(1);
    let calm = if setting.place == Place::Lake { 0.45 } else { 1.0 };
    for y in first.saturating_sub(2)..h {
        let below = y as f32 - view.horizon + 0.5;
        for x in 0..w {
            let index = y * w + x;
            let wet = canvas.wet[index];
            if wet <= 0.0 {
                continue;
            }
            let z = canvas.depth[index];
            let wx = view.world_x(x as f32 + 0.5, z);
            // Waves are stretched sideways and fade before they would shimmer.
            let fade = smoothstep(70.0, 6.0, z);
            let swell = fbm(wx * 0.55, z * 1.5, 2, seed) * fade;
            let chop = perlin(wx * 2.3, z * 5.2, seed + 1) * smoothstep(18.0, 3.0, z);
            let slope = (swell * 0.8 + chop * 0.35) * calm;
            let lift = view.px(26.0) * slope * (0.35 + 3.0 / z.max(3.0));
            let mirror_row = view.horizon - below * 0.92 + lift - view.px(3.0);
            let mirror_x = x as f32 + view.px(8.0) * chop * calm;
            let reflected = if above_rows > 1 {
                sample(&above, w, above_rows, mirror_x, mirror_row.min(view.horizon - 2.0))
            } else {
                look.haze
            };
            if wet < 1.5 {
                let strength = wet * (0.34 + 0.36 * smoothstep(2.0, 9.0, z));
                canvas.blend(index, reflected, strength);
                continue;
            }
            let grazing = smoothstep(1.5, 26.0, z);
            let mut near_shore = 0.0;
            let mut foam = 0.0;
            if setting.place == Place::Beach {
                let beyond = z - terrain.shore_at(wx);
                near_shore = smoothstep(5.5, 0.0, beyond);
                let lace = perlin(wx * 1.7, z * 1.7, seed + 2);
                foam = smoothstep(0.42, 0.06, (beyond - 0.12 + 0.3 * lace).abs()) * 0.9;
                foam += smoothstep(0.25, 0.0, (beyond - 2.1 - 0.7 * lace).abs()) * 0.45;
                foam += smoothstep(0.3, 0.0, (beyond - 5.2 - 1.0 * lace).abs()) * 0.28;
            }
            let depth_tone = mix(shallow, deep, smoothstep(2.0, 22.0, z));
            let light = 0.40 + 0.60 * super::colour::luminance(plus(look.key, look.ambient)).min(1.0);
            let own = scaled(mix(depth_tone, shallow, near_shore * 0.85), light);
            let own = scaled(own, 1.0 + 0.22 * slope);
            let mut c = mix(
                own,
                reflected,
                (0.20 + 0.55 * grazing + 0.10 * slope).clamp(0.0, 0.92) * if calm < 1.0 { 1.1 } else { 0.9 },
            );
            let crest = smoothstep(0.30, 0.62, slope + 0.25 * chop) * smoothstep(40.0, 4.0, z);
            c = plus(c, scaled(look.haze, 0.10 * crest));
            let path = (x as f32 - sun.0).abs() / (view.px(30.0) + below * 0.34);
            let spark = smoothstep(0.12, 0.5, slope.abs() * 0.6 + 0.45 * perlin(wx * 5.0, z * 9.0, seed + 3));
            let glitter = smoothstep(1.0, 0.1, path) * (0.18 + 0.9 * spark);
            c = plus(c, scaled(look.glow, glitter * 0.9));
            let white = scaled(
                hex(0xf6fdff),
                super::colour::luminance(plus(look.key, look.ambient)).clamp(0.18, 1.0),
            );
            c = mix(c, white, foam.min(0.95));
            let air = look.air(z) * 0.55;
            c = mix(c, look.haze, air);
            canvas.colour[index] = c;
            canvas.wet[index] =
                if foam > 0.5 { 0.1 } else { (0.72 - 0.2 * grazing) * if calm < 1.0 { 1.1 } else { 0.8 } };
        }
    }
}
