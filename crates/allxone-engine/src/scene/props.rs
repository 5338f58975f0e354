//! What grows and lies about in a place without having been named: trees on the hills, cacti, rocks, tufts of grass.
//! Props make a place; they never carry an object number and never stand in front of a named thing.

use super::canvas::Canvas;
use super::colour::{Rgb, hex, mix, scaled, times};
use super::draw::{Stand, paste_small};
use super::look::Look;
use super::noise::{fbm, perlin, smoothstep, unit};
use super::setting::{Place, Setting};
use super::sky::uniform;
use super::sprite::Sprite;
use super::terrain::Terrain;
use super::view::View;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Drawings a place is furnished with, by file.
pub const PINE: &str = "1f332";
/// Broad-leaved tree.
pub const TREE: &str = "1f333";
/// Palm.
pub const PALM: &str = "1f334";
/// Cactus.
pub const CACTUS: &str = "1f335";
/// Rock.
pub const ROCK: &str = "1faa8";
/// Small flower.
pub const FLOWER: &str = "1f33c";
/// Tulip.
pub const TULIP: &str = "1f337";
/// Ringed planet, low over a moon's horizon.
pub const PLANET: &str = "1fa90";
/// Coral.
pub const CORAL: &str = "1fab8";

/// A drawing that may be used as a prop, already loaded.
pub struct Prop<'a> {
    /// Which one.
    pub file: &'a str,
    /// Its pixels.
    pub sprite: &'a Sprite,
}

/// The drawings a setting wants for its props.
pub fn wanted(setting: &Setting) -> &'static [&'static str] {
    match setting.place {
        Place::Forest if setting.snowy => &[PINE],
        Place::Forest => &[PINE, TREE],
        Place::Mountains => &[PINE],
        Place::Lake => &[PINE],
        Place::Meadow if setting.snowy => &[PINE],
        Place::Meadow if setting.blooming => &[TREE, FLOWER, TULIP],
        Place::Meadow => &[TREE, FLOWER],
        Place::Desert => &[CACTUS, ROCK],
        Place::Beach => &[PALM],
        Place::Underwater => &[CORAL, ROCK],
        Place::Space => &[ROCK, PLANET],
        _ => &[],
    }
}

fn of<'a>(props: &'a [Prop], file: &str) -> Option<&'a Sprite> {
    props.iter().find(|p| p.file == file).map(|p| p.sprite)
}

/// One prop in the world.
struct Item<'a> {
    x: f32,
    z: f32,
    height: f32,
    sprite: &'a Sprite,
    tone: Rgb,
}

fn add<'a>(items: &mut Vec<Item<'a>>, sprite: Option<&'a Sprite>, x: f32, z: f32, height: f32, tone: Rgb) {
    if let Some(sprite) = sprite {
        items.push(Item { x, z, height, sprite, tone });
    }
}

/// Scatters the props of a place over the land, farthest first. `clear` are (left, right) pixel spans in front of which
/// nothing tall may stand close.
pub fn scatter(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    terrain: &Terrain,
    props: &[Prop],
    rng: &mut ChaCha8Rng,
) {
    let seed = rng.next_u32();
    let mut items: Vec<Item> = Vec::new();
    let leaf = |n: f32| -> Rgb {
        if setting.autumn {
            mix([1.05, 0.62, 0.7], [1.0, 1.35, 0.8], n)
        } else {
            mix([0.84, 0.92, 0.86], [1.1, 1.06, 0.92], n)
        }
    };
    let half = |z: f32| view.width / 2.0 * z / view.focal * 1.08;
    let (cell, from, to): (f32, f32, f32) = match setting.place {
        Place::Forest => (0.95, 6.2, 30.0),
        Place::Mountains => (1.7, 7.5, 42.0),
        Place::Lake => (1.6, 24.0, 44.0),
        Place::Meadow => (3.0, 8.0, 40.0),
        Place::Desert => (3.4, 5.6, 26.0),
        Place::Underwater => (2.0, 4.6, 12.0),
        Place::Space => (3.0, 4.6, 20.0),
        _ => (0.0, 1.0, 0.0),
    };
    let mut z = from;
    let mut row = 0;
    while cell > 0.0 && z < to {
        let columns = (half(z) / cell).ceil() as i32;
        for column in -columns..=columns {
            let u = |k: i32| unit(column * 7 + k, row, seed);
            let x = (column as f32 + 0.9 * (u(0) - 0.5)) * cell;
            let zz = z + cell * 0.9 * (u(1) - 0.5);
            let grove = fbm(x * 0.16, zz * 0.16, 2, seed + 1);
            if !terrain.growable(x, zz) {
                continue;
            }
            // The middle stays open near by, so that things have air around them.
            let open = smoothstep(0.5, 0.9, x.abs() / half(zz)) + smoothstep(7.5, 13.5, zz);
            match setting.place {
                Place::Forest if u(2) < 0.80 && u(3) < 0.25 + open => {
                    let broad = !setting.snowy && (grove > 0.12 || setting.autumn && u(6) < 0.6);
                    let file = if broad { TREE } else { PINE };
                    let tone =
                        if broad { leaf(u(4)) } else { mix([0.72, 0.86, 0.86], [1.05, 1.05, 0.95], u(4)) };
                    add(&mut items, of(props, file), x, zz, 1.5 + 0.9 * u(5), tone);
                }
                Place::Mountains | Place::Lake if grove > -0.02 && u(3) < 0.35 + open => {
                    add(
                        &mut items,
                        of(props, PINE),
                        x,
                        zz,
                        0.95 + 0.6 * u(5),
                        mix([0.68, 0.86, 0.9], [0.95, 1.0, 0.95], u(4)),
                    );
                }
                Place::Meadow if grove > 0.16 && u(3) < 0.15 + open => {
                    let file = if setting.snowy { PINE } else { TREE };
                    add(
                        &mut items,
                        of(props, file),
                        x,
                        zz,
                        1.0 + 0.7 * u(5),
                        if setting.snowy { [0.9, 0.95, 1.0] } else { leaf(u(4)) },
                    );
                }
                Place::Desert if u(2) < 0.42 && u(3) < 0.10 + open => {
                    let file = if u(6) < 0.62 { CACTUS } else { ROCK };
                    let height = if file == CACTUS { 0.7 + 0.6 * u(5) } else { 0.28 + 0.3 * u(5) };
                    add(
                        &mut items,
                        of(props, file),
                        x,
                        zz,
                        height,
                        if file == ROCK { [0.86, 0.62, 0.45] } else { [0.95, 1.0, 0.9] },
                    );
                }
                Place::Underwater if u(2) < 0.6 && u(3) < 0.2 + open => {
                    let file = if u(6) < 0.6 { CORAL } else { ROCK };
                    let tone = if file == CORAL {
                        mix([1.0, 0.75, 1.2], [1.0, 1.0, 0.9], u(4))
                    } else {
                        [0.5, 0.6, 0.7]
                    };
                    add(&mut items, of(props, file), x, zz, 0.35 + 0.45 * u(5), tone);
                }
                Place::Space if u(2) < 0.35 && u(3) < 0.15 + open => {
                    add(&mut items, of(props, ROCK), x, zz, 0.16 + 0.3 * u(5), [0.6, 0.58, 0.72]);
                }
                _ => {}
            }
        }
        row += 1;
        z += cell * 0.92;
    }
    // Two large trees frame the picture.
    let frame: Option<(&str, f32)> = match setting.place {
        Place::Forest if setting.snowy => Some((PINE, 3.0)),
        Place::Forest => Some((if setting.autumn { TREE } else { PINE }, 3.0)),
        Place::Beach => Some((PALM, 2.7)),
        Place::Meadow if !setting.snowy => Some((TREE, 2.2)),
        Place::Mountains => Some((PINE, 2.4)),
        _ => None,
    };
    if let Some((file, height)) = frame {
        let both = matches!(setting.place, Place::Forest);
        let first = if rng.next_u32() & 1 == 0 { -1.0 } else { 1.0 };
        for (k, side) in [first, -first].into_iter().enumerate() {
            if k == 1 && !both {
                break;
            }
            let z = 5.4 + 0.6 * k as f32;
            let x = side * half(z) * uniform(rng, 0.86, 0.99);
            let tone = if file == TREE { leaf(0.4) } else { [0.86, 0.94, 0.9] };
            add(&mut items, of(props, file), x, z, height * uniform(rng, 0.9, 1.1), tone);
        }
    }
    items.sort_by(|a, b| b.z.total_cmp(&a.z));
    for item in items {
        let ground = terrain.height(item.x, item.z).max(0.0);
        let (x, y) = view.project(item.x, ground - 0.02, item.z);
        let h = item.height * view.focal / item.z;
        if h < 3.0 {
            continue;
        }
        let stand = Stand {
            x,
            y,
            w: h * item.sprite.aspect,
            h,
            flip: unit(x as i32, y as i32, seed) < 0.5,
            z: item.z,
            sunk: 0.0,
        };
        if item.z < 22.0 {
            super::draw::shadow(canvas, item.sprite, &stand, look, item.z > 12.0);
        }
        paste_small(canvas, item.sprite, &stand, look, item.tone);
    }
}

/// Blades of grass, pebbles and small flowers near the viewer.
pub fn tufts(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    terrain: &Terrain,
    props: &[Prop],
    rng: &mut ChaCha8Rng,
) {
    let grassy = matches!(setting.place, Place::Meadow | Place::Forest | Place::Mountains) && !setting.snowy;
    if !grassy {
        return;
    }
    let density = if setting.place == Place::Forest { 70 } else { 90 };
    let wide = (view.width / view.height).clamp(0.3, 4.0);
    let mut spots: Vec<(f32, f32, f32)> = (0..(density as f32 * wide) as usize)
        .map(|_| {
            let t = uniform(rng, 0.0, 1.0);
            let row = view.horizon + (view.height - view.horizon) * (0.16 + 0.84 * t);
            (uniform(rng, 0.0, view.width), row, uniform(rng, 0.0, 1.0))
        })
        .collect();
    spots.sort_by(|a, b| a.1.total_cmp(&b.1));
    let flowers: Vec<&Sprite> = [FLOWER, TULIP].iter().filter_map(|f| of(props, f)).collect();
    let bloom = if setting.blooming { 0.55 } else { 0.10 };
    for (x, row, roll) in spots {
        let z = view.ground_z(row);
        let wx = view.world_x(x, z);
        if !terrain.growable(wx, z) {
            continue;
        }
        let size = 0.085 * view.focal / z;
        if roll < bloom && !flowers.is_empty() && setting.place != Place::Mountains {
            let sprite = flowers[(roll * 1000.0) as usize % flowers.len()];
            let h = size * 2.1;
            let stand = Stand {
                x,
                y: row,
                w: h * sprite.aspect,
                h,
                flip: roll < bloom / 2.0,
                z: z * 1.02,
                sunk: 0.0,
            };
            super::draw::shadow(canvas, sprite, &stand, look, true);
            paste_small(canvas, sprite, &stand, look, mix([1.0, 0.9, 1.0], [1.0, 1.0, 0.85], roll / bloom));
            continue;
        }
        tuft(canvas, view, look, setting, (x, row), size * (0.7 + 0.6 * roll), (roll * 65_536.0) as u32);
    }
}

fn tuft(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    (x, row): (f32, f32),
    size: f32,
    seed: u32,
) {
    let z = view.ground_z(row);
    let (dark, bright) = if setting.autumn {
        (hex(0x8a7a30), hex(0xd2b850))
    } else if setting.place == Place::Forest {
        (hex(0x35803a), hex(0x6cb84c))
    } else {
        (hex(0x459c3b), hex(0x9bdc5c))
    };
    for blade in 0..7i32 {
        let u = |k: i32| unit(blade, k, seed);
        let lean = (blade as f32 - 3.0) / 3.0 * 0.55 + (u(0) - 0.5) * 0.3;
        let height = size * (0.65 + 0.6 * u(1)) * (1.0 - 0.25 * lean.abs());
        let root = x + (blade as f32 - 3.0) * size * 0.09;
        let width = (size * 0.085).max(0.7);
        let (x0, y0, x1, y1) = canvas.clip(root - size, row - height, root + size, row + 1.0);
        for py in y0..y1.min(canvas.height) {
            let t = (row - (py as f32 + 0.5)) / height;
            if !(0.0..=1.0).contains(&t) {
                continue;
            }
            let middle = root + lean * size * t * t;
            let half = width * (1.0 - t).powf(0.7) * 0.5 + 0.2;
            for px in x0..x1.min(canvas.width) {
                let k = smoothstep(half + 0.5, half - 0.5, (px as f32 + 0.5 - middle).abs());
                let index = py * canvas.width + px;
                if k > 0.01 && canvas.ids[index] == 0 && canvas.depth[index] > z * 0.8 {
                    let c =
                        times(mix(dark, bright, 0.15 + 0.85 * t * (0.7 + 0.3 * u(2))), scaled([1.0; 3], 1.0));
                    let lit = look.shade(c, [0.0, 0.95, -0.3], 1.0);
                    canvas.blend(index, look.through_air(lit, z), k * smoothstep(0.0, 0.18, t + 0.06));
                }
            }
        }
    }
}

/// A low bank of the place's own ground in front of a head or bust, so that it looks out from behind something.
pub fn bank(canvas: &mut Canvas, look: &Look, setting: &Setting, stand: &Stand, view: &View, seed: u32) {
    let half = stand.w * 0.66;
    let rise = (stand.h * 0.16).min(stand.w * 0.22);
    let base = stand.y + rise * 0.32;
    let (x0, y0, x1, y1) =
        canvas.clip(stand.x - half, stand.y - rise * 1.2, stand.x + half, base + rise * 0.3);
    let leafy =
        matches!(setting.place, Place::Meadow | Place::Forest | Place::Mountains | Place::City | Place::Lake)
            && !setting.snowy;
    let (low, high) = match setting.place {
        _ if setting.snowy => (hex(0xdfe9f7), hex(0xffffff)),
        Place::Desert => (hex(0xd79b58), hex(0xf3cd92)),
        Place::Beach | Place::Underwater => (hex(0xdbb57a), hex(0xf8e2b4)),
        Place::Space => (hex(0x7c7996), hex(0xbdbad0)),
        _ if setting.autumn => (hex(0x9a6a2a), hex(0xe0a444)),
        _ => (hex(0x2f8a3a), hex(0x86d257)),
    };
    for py in y0..y1.min(canvas.height) {
        for px in x0..x1.min(canvas.width) {
            let (fx, fy) = (px as f32 + 0.5, py as f32 + 0.5);
            let u = (fx - stand.x) / half;
            if u.abs() >= 1.0 {
                continue;
            }
            let bump = if leafy {
                0.16 * ((u * 9.0 + (seed % 7) as f32).sin().abs()) + 0.10 * perlin(u * 9.0, 0.5, seed)
            } else {
                0.10 * perlin(u * 3.0, 0.5, seed)
            };
            let dome = (1.0 - u * u).max(0.0).powf(0.6);
            let top = stand.y - rise * (dome * (1.05 + bump)) + rise * 0.30;
            let skirt = base + rise * 0.1 * (1.0 - u * u);
            // Earth, sand and snow run out into the ground; a hedge ends.
            let lower = if leafy {
                smoothstep(0.7, -0.7, fy - skirt)
            } else {
                smoothstep(skirt + rise * 0.30, skirt - rise * 0.22, fy)
            };
            let cover = smoothstep(-0.7, 0.7, fy - top)
                * lower
                * if leafy { 1.0 } else { smoothstep(1.0, 0.8, u.abs()) };
            if cover <= 0.0 {
                continue;
            }
            let t = ((fy - top) / (rise * 1.2)).clamp(0.0, 1.0);
            let grain = if leafy {
                0.10 * perlin(fx / view.px(9.0), fy / view.px(9.0), seed + 1)
            } else {
                0.03 * perlin(fx / view.px(16.0), fy / view.px(7.0), seed + 1)
            };
            let side = u * look.light[0].signum();
            let albedo = scaled(mix(high, low, smoothstep(0.0, 1.0, t)), 1.0 + grain + 0.10 * side);
            let crest = 1.0 + 0.16 * smoothstep(0.22, 0.0, t);
            let lit = scaled(look.shade(albedo, [u * 0.5, 0.82, -0.3], 1.0 - 0.25 * t), crest);
            let index = py * canvas.width + px;
            canvas.blend(index, lit, cover);
            if cover > 0.5 {
                canvas.ids[index] = 0;
                canvas.wet[index] = 0.0;
                canvas.depth[index] = stand.z * 0.98;
            }
        }
    }
    if leafy {
        for k in 0..9 {
            let u = (k as f32 + 0.5) / 9.0 * 2.0 - 1.0 + (unit(k, 9, seed) - 0.5) * 0.12;
            let y = base + rise * 0.1 * (1.0 - u * u);
            tuft(
                canvas,
                view,
                look,
                setting,
                (stand.x + u * half * 0.95, y),
                rise * 0.55,
                seed.wrapping_add(k as u32),
            );
        }
    }
}
