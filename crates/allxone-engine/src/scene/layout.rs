//! Decides where everything goes. Many seeded arrangements are tried at low resolution and the best is kept: every
//! named thing must stay visible, the main one large and near a third, groups together, small things in front of large ones.

use super::index::{Drawing, Facing, Form, Kind, Stance};
use super::prompt::{Relation, Tie};
use super::setting::{Place, Setting};
use super::sky::uniform;
use super::sprite::Sprite;
use super::ties::{carry, pull};
use super::view::View;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// One thing to place.
pub struct Piece<'a> {
    /// Its drawing.
    pub drawing: &'a Drawing,
    /// Its pixels.
    pub sprite: &'a Sprite,
    /// Size word: 1 is normal.
    pub scale: f32,
    /// Number of the named thing it belongs to.
    pub group: usize,
}

/// Where one thing stands, in pixels.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Middle.
    pub x: f32,
    /// Row of the feet, the water line, or the lower edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height, the part below a water line included.
    pub h: f32,
    /// Mirrored.
    pub flip: bool,
    /// Distance, for order: larger is drawn earlier.
    pub z: f32,
    /// Share below the water line.
    pub sunk: f32,
    /// What it stands in or on.
    pub zone: Zone,
    /// Which thing carries it, if any.
    pub carrier: Option<usize>,
}

/// The part of the picture a thing belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// On the ground or floor.
    Ground,
    /// In water.
    Water,
    /// In the air.
    Air,
    /// High in the sky.
    Sky,
    /// On the wall.
    Wall,
    /// On, in or held by another thing.
    Carried,
}

/// The picture's bands, in rows.
#[derive(Clone, Copy, Debug)]
pub struct Bands {
    /// Ground that may be stood on: farthest and nearest row.
    pub ground: (f32, f32),
    /// Water: farthest and nearest row; empty if first ≥ second.
    pub water: (f32, f32),
    /// Rows of the wall things hang on.
    pub wall: (f32, f32),
}

/// Something here must stand on land.
pub fn needs_land(drawings: &[&Drawing], setting: &Setting) -> bool {
    drawings.iter().any(|d| zone(d, setting) == Zone::Ground)
}

/// The zone of a drawing in a setting.
pub fn zone(drawing: &Drawing, setting: &Setting) -> Zone {
    let water = setting.afloat() || setting.place == Place::Beach;
    match drawing.stance {
        _ if setting.place == Place::Underwater && drawing.stance == Stance::Swim => Zone::Air,
        _ if setting.place == Place::Space && drawing.kind == Kind::Vehicle => match drawing.stance {
            Stance::Air => Zone::Air,
            _ => Zone::Ground,
        },
        Stance::Sky if setting.indoors() => Zone::Ground,
        Stance::Sky => Zone::Sky,
        Stance::Air if setting.place == Place::Table => Zone::Ground,
        Stance::Air => Zone::Air,
        Stance::Boat | Stance::Swim if water => Zone::Water,
        Stance::Float if water => Zone::Water,
        Stance::Wall | Stance::Hang if setting.place == Place::Room => Zone::Wall,
        _ => Zone::Ground,
    }
}

/// Arrangements tried for each size.
const TRIES: usize = 110;
/// Cells along the longer side of the grid arrangements are judged on.
const COARSE: usize = 112;

/// Finds a good arrangement; the result is parallel to `pieces`.
pub fn arrange(
    pieces: &[Piece],
    ties: &[Tie],
    setting: &Setting,
    view: &View,
    bands: Bands,
    seed: u64,
) -> Vec<Spot> {
    if pieces.is_empty() {
        return Vec::new();
    }
    let zones: Vec<Zone> = pieces
        .iter()
        .enumerate()
        .map(|(i, p)| match carried_by(ties, pieces, i) {
            Some(_) => Zone::Carried,
            // "A dragon flying over a castle" flies, whatever dragons do otherwise.
            None if ties.iter().any(|t| t.thing == p.group && t.relation == Relation::Above) => {
                match zone(p.drawing, setting) {
                    Zone::Ground | Zone::Water => Zone::Air,
                    other => other,
                }
            }
            None => zone(p.drawing, setting),
        })
        .collect();
    let mut unit = 1.0;
    let mut best: Option<(f32, f32, Vec<Spot>)> = None;
    for round in 0..7u64 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(round * 0x9E37));
        for _ in 0..TRIES {
            let spots = candidate(pieces, &zones, ties, setting, view, bands, unit, &mut rng);
            let (score, worst) = judge(pieces, &spots, view, ties);
            if best.as_ref().is_none_or(|b| score > b.0) {
                best = Some((score, worst, spots));
            }
        }
        if best.as_ref().is_some_and(|b| b.1 >= 0.72) {
            break;
        }
        unit *= 0.87;
    }
    best.map(|b| b.2).unwrap_or_default()
}

/// The carrier of piece `i`, its relation, and which of the carried ones it is.
fn carried_by(ties: &[Tie], pieces: &[Piece], i: usize) -> Option<(usize, Relation, usize, usize)> {
    let group = pieces[i].group;
    let tie = ties.iter().find(|t| t.thing == group && t.relation.carries())?;
    let carrier = pieces.iter().position(|p| p.group == tie.other)?;
    let nth = pieces[..i].iter().filter(|p| p.group == group).count();
    let of = pieces.iter().filter(|p| p.group == group).count();
    Some((carrier, tie.relation, nth, of))
}

/// Heights relative to one another: life, tempered so that a mouse beside an elephant can still be seen.
fn relative(pieces: &[Piece], zones: &[Zone], setting: &Setting) -> Vec<f32> {
    let power = if setting.place == Place::Table { 0.55 } else { 0.34 };
    let first = pieces[0].group;
    pieces
        .iter()
        .zip(zones)
        .map(|(p, zone)| {
            let metres = match p.drawing.form {
                // A head stands for an animal of about twice its height.
                Form::Head | Form::Bust => p.drawing.metres.max(0.3),
                _ => p.drawing.metres,
            };
            let main = if p.group == first { 1.12 } else { 1.0 };
            let air = if *zone == Zone::Air { 0.72 } else { 1.0 };
            metres.clamp(0.1, 22.0).powf(power) * p.scale * main * air
        })
        .collect()
}

#[allow(clippy::too_many_arguments)]
fn candidate(
    pieces: &[Piece],
    zones: &[Zone],
    ties: &[Tie],
    setting: &Setting,
    view: &View,
    bands: Bands,
    unit: f32,
    rng: &mut ChaCha8Rng,
) -> Vec<Spot> {
    let (w, h) = (view.width, view.height);
    let rel = relative(pieces, zones, setting);
    let standing: Vec<usize> =
        (0..pieces.len()).filter(|&i| matches!(zones[i], Zone::Ground | Zone::Water)).collect();
    // One unit of relative height in pixels: enough to fill the width, never taller than the picture allows.
    let span: f32 = standing.iter().map(|&i| rel[i] * pieces[i].drawing.aspect()).sum();
    let tallest = rel
        .iter()
        .zip(zones)
        .filter(|(_, z)| !matches!(z, Zone::Sky | Zone::Carried))
        .map(|(r, _)| *r)
        .fold(0.0f32, f32::max);
    let rows = match standing.len() {
        0..=1 => 0.62,
        2 => 0.74,
        3 => 0.86,
        4..=6 => 1.15,
        7..=9 => 1.5,
        _ => 2.3,
    };
    let carried = zones.contains(&Zone::Carried);
    let ceiling = if carried {
        0.36
    } else if standing.len() <= 2 {
        0.50
    } else {
        0.44
    };
    // A hedgehog alone does not tower over the trees.
    let largest = pieces.iter().map(|p| p.drawing.metres).fold(0.05f32, f32::max);
    let ceiling =
        if setting.place == Place::Table { ceiling } else { ceiling * largest.powf(0.13).clamp(0.74, 1.0) };
    let by_width = if span > 0.0 { w * rows / span } else { f32::MAX };
    let by_height = h * ceiling / tallest.max(1e-3);
    let scale = by_width.min(by_height) * unit;
    let mut spots: Vec<Spot> = pieces
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let height = rel[i] * scale;
            Spot {
                x: 0.0,
                y: 0.0,
                w: height * p.drawing.aspect(),
                h: height,
                flip: false,
                z: 3.0,
                sunk: 0.0,
                zone: zones[i],
                carrier: None,
            }
        })
        .collect();
    place_standing(pieces, &standing, &mut spots, view, bands, rng);
    place_high(pieces, &mut spots, view, bands, rng);
    for i in 0..pieces.len() {
        if let Some((carrier, relation, nth, of)) = carried_by(ties, pieces, i) {
            carry(pieces, &mut spots, view, i, carrier, relation, (nth, of));
        }
    }
    for tie in ties.iter().filter(|t| !t.relation.carries()) {
        pull(pieces, &mut spots, tie, view, bands, rng);
    }
    for i in 0..spots.len() {
        let s = &mut spots[i];
        if s.zone != Zone::Carried && s.zone != Zone::Sky {
            // Nothing leaves the frame sideways, nothing grows out of the top.
            let margin = s.w * 0.5 + w * 0.02;
            s.x = if margin * 2.0 >= w { w / 2.0 } else { s.x.clamp(margin, w - margin) };
        }
        s.flip = faces(pieces[i].drawing.facing, s.x, w, rng);
    }
    spots
}

fn faces(facing: Facing, x: f32, w: f32, rng: &mut ChaCha8Rng) -> bool {
    let lean = (x - w / 2.0) / w;
    let inward_right = lean < -0.04 || (lean < 0.04 && rng.next_u32() & 1 == 0);
    match facing {
        Facing::L => inward_right,
        Facing::R => !inward_right,
        Facing::F => rng.next_u32() & 3 == 0,
        Facing::N => false,
    }
}

fn place_standing(
    pieces: &[Piece],
    standing: &[usize],
    spots: &mut [Spot],
    view: &View,
    bands: Bands,
    rng: &mut ChaCha8Rng,
) {
    let w = view.width;
    // Shuffle whole groups so that equal things stay neighbours.
    let mut groups: Vec<usize> = Vec::new();
    for &i in standing {
        if !groups.contains(&pieces[i].group) {
            groups.push(pieces[i].group);
        }
    }
    for i in (1..groups.len()).rev() {
        groups.swap(i, rng.next_u32() as usize % (i + 1));
    }
    let order: Vec<usize> =
        groups.iter().flat_map(|g| standing.iter().copied().filter(|&i| pieces[i].group == *g)).collect();
    let total: f32 = order.iter().map(|&i| spots[i].w).sum();
    let gap = (w * 0.92 - total) / (order.len() as f32 + 1.0);
    let mut cursor = w * 0.04 + gap.max(-w * 0.2);
    for (k, &i) in order.iter().enumerate() {
        let spot = &mut spots[i];
        let jitter = uniform(rng, -0.5, 0.5) * (gap.abs() * 0.7 + spot.w * 0.08);
        spot.x = cursor + spot.w / 2.0 + jitter;
        cursor += spot.w + gap;
        let (far, near) = if spot.zone == Zone::Water { bands.water } else { bands.ground };
        // Tall things stand back, small ones come forward; a little chance on top.
        let tall = (spot.h / (view.height * 0.5)).clamp(0.0, 1.0);
        let weave = if order.len() > 3 && k % 2 == 0 { -0.22 } else { 0.12 };
        let t = if order.len() > 6 {
            // A crowd stands in staggered rows, so that everyone looks between the shoulders of those in front.
            let rows = if order.len() > 9 { 3 } else { 2 };
            ((k % rows) as f32 / (rows - 1) as f32 + uniform(rng, -0.12, 0.12) - 0.12 * tall).clamp(0.0, 1.0)
        } else {
            (0.72 - 0.52 * tall + weave + uniform(rng, -0.26, 0.26)).clamp(0.0, 1.0)
        };
        let t = if order.len() == 1 { uniform(rng, 0.32, 0.58) } else { t };
        spot.y = far + (near - far) * t;
        let depth = 0.86 + 0.28 * t;
        spot.w *= depth;
        spot.h *= depth;
        spot.z = view.ground_z(spot.y);
        if spot.zone == Zone::Water {
            let drawing = pieces[i].drawing;
            spot.sunk = match drawing.stance {
                Stance::Boat => drawing.waterline.max(0.06),
                Stance::Swim => 0.24,
                Stance::Float if drawing.metres > 3.0 => 0.16,
                Stance::Float => 0.08,
                _ => 0.14,
            };
        } else if drawing_is_wet(pieces[i].drawing) {
            spot.sunk = 0.0;
        }
    }
    if order.len() == 1 {
        let side = if rng.next_u32() & 1 == 0 { 0.42 } else { 0.58 };
        spots[order[0]].x = w * (side + uniform(rng, -0.04, 0.04));
    }
}

fn drawing_is_wet(drawing: &Drawing) -> bool {
    drawing.stance == Stance::Boat
}

fn place_high(pieces: &[Piece], spots: &mut [Spot], view: &View, bands: Bands, rng: &mut ChaCha8Rng) {
    let (w, h) = (view.width, view.height);
    let flying = spots.iter().filter(|s| s.zone == Zone::Air).count() as f32;
    let alone = !spots.iter().any(|s| matches!(s.zone, Zone::Ground | Zone::Water));
    for i in 0..spots.len() {
        let small = pieces[i].drawing.metres < 0.6;
        let spot = &mut spots[i];
        match spot.zone {
            Zone::Air => {
                let limit = if alone { (w * 0.85 / flying.max(1.0)).max(w * 0.18) } else { w * 0.34 };
                let k = (limit / spot.w).min(h * if alone { 0.42 } else { 0.27 } / spot.h).min(1.0);
                spot.w *= k;
                spot.h *= k;
                let low = if small {
                    bands.ground.1 * 0.82
                } else {
                    view.horizon.max(h * 0.3) * if alone { 1.15 } else { 1.0 }
                };
                spot.y = uniform(rng, spot.h + h * 0.04, low.max(spot.h + h * 0.05));
                spot.x = uniform(rng, 0.08, 0.92) * w;
                spot.z = if small { 2.6 } else { 9.0 };
            }
            Zone::Sky => {
                let size = h.min(w) * 0.15 * pieces[i].scale.clamp(0.5, 2.2);
                let k = size / spot.h.max(spot.w);
                spot.w *= k;
                spot.h *= k;
                spot.y = uniform(rng, spot.h + h * 0.05, (view.horizon * 0.62).max(spot.h + h * 0.06));
                spot.x =
                    if rng.next_u32() & 1 == 0 { uniform(rng, 0.12, 0.36) } else { uniform(rng, 0.64, 0.88) }
                        * w;
                spot.z = 400.0;
            }
            Zone::Wall => {
                let k = (h * 0.24 / spot.h).min(w * 0.3 / spot.w).min(1.0);
                spot.w *= k;
                spot.h *= k;
                let hang = pieces[i].drawing.stance == Stance::Hang;
                let (top, bottom) = bands.wall;
                spot.y = if hang {
                    top + spot.h
                } else {
                    uniform(rng, top + spot.h, bottom.max(top + spot.h + 1.0))
                };
                spot.x = uniform(rng, 0.1, 0.9) * w;
                spot.z = 8.0;
            }
            _ => {}
        }
    }
}

/// How good an arrangement is, and the smallest visible share of anything in it.
fn judge(pieces: &[Piece], spots: &[Spot], view: &View, ties: &[Tie]) -> (f32, f32) {
    let cell = view.width.max(view.height) / COARSE as f32;
    let (gw, gh) = ((view.width / cell).ceil() as usize, (view.height / cell).ceil() as usize);
    let mut grid = vec![0u16; gw * gh];
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by(|&a, &b| spots[a].z.total_cmp(&spots[b].z));
    let mut score = 0.0;
    let mut worst = 1.0f32;
    let mut filled = (0.0f32, 0.0f32);
    for &i in &order {
        let s = &spots[i];
        let raster = pieces[i].sprite.level(24.0);
        let (mut all, mut seen) = (0.0f32, 0.0f32);
        let top = s.y - s.h * (1.0 - s.sunk);
        // Cells outside the frame count as hidden.
        let (left, right) =
            (((s.x - s.w / 2.0) / cell).floor() as i32, ((s.x + s.w / 2.0) / cell).ceil() as i32);
        let (first, last) = ((top / cell).floor() as i32, (s.y / cell).ceil() as i32);
        for gy in first..=last {
            let v = ((gy as f32 + 0.5) * cell - top) / s.h;
            if !(0.0..1.0 - s.sunk).contains(&v) {
                continue;
            }
            for gx in left..=right {
                let mut u = ((gx as f32 + 0.5) * cell - s.x) / s.w + 0.5;
                if !(0.0..1.0).contains(&u) {
                    continue;
                }
                if s.flip {
                    u = 1.0 - u;
                }
                let (rx, ry) = ((u * raster.w as f32) as usize, (v * raster.h as f32) as usize);
                if raster.px[ry.min(raster.h - 1) * raster.w + rx.min(raster.w - 1)][3] < 0.5 {
                    continue;
                }
                all += 1.0;
                if gx < 0 || gy < 0 || gx >= gw as i32 || gy >= gh as i32 {
                    continue;
                }
                let slot = &mut grid[gy as usize * gw + gx as usize];
                if *slot == 0 {
                    *slot = i as u16 + 1;
                    seen += 1.0;
                    filled = (filled.0 + gx as f32 / gw as f32, filled.1 + 1.0);
                }
            }
        }
        let share = if all > 0.0 { seen / all } else { 1.0 };
        worst = worst.min(share);
        score -= 9.0 * (0.97 - share).max(0.0) + if share < 0.72 { 14.0 * (0.72 - share) + 4.0 } else { 0.0 };
    }
    // The main thing near a third, the whole balanced.
    let main = &spots[0];
    let third = ((main.x / view.width) - 0.37).abs().min(((main.x / view.width) - 0.63).abs());
    score -= third * if pieces.len() > 1 { 1.2 } else { 0.6 };
    score -= ((filled.0 / filled.1.max(1.0)) - 0.5).abs() * 2.2;
    for (i, a) in spots.iter().enumerate() {
        for (j, b) in spots.iter().enumerate().skip(i + 1) {
            if a.zone == Zone::Carried || b.zone == Zone::Carried {
                continue;
            }
            let apart = (a.x - b.x).hypot((a.y - a.h / 2.0) - (b.y - b.h / 2.0));
            let touch = (a.w + b.w) * 0.5;
            let tied = ties.iter().any(|t| {
                (t.thing, t.other) == (pieces[i].group, pieces[j].group)
                    || (t.other, t.thing) == (pieces[i].group, pieces[j].group)
            });
            if !tied {
                score -= 0.55 * (1.0 - apart / (touch * 0.95).max(1.0)).max(0.0);
            }
            if pieces[i].group == pieces[j].group {
                score -= 0.10 * (apart / view.width);
                // Equal things on exactly one line look like a shelf.
                if (a.y - b.y).abs() < view.height * 0.012 && a.zone == Zone::Ground {
                    score -= 0.12;
                }
            }
        }
        // Heads of tall things need air above them.
        let top = a.y - a.h;
        if a.zone != Zone::Wall {
            score -= 6.0 * ((view.height * 0.03 - top) / view.height).max(0.0) * 3.0;
        }
    }
    (score, worst)
}
