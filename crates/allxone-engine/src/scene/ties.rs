//! Relations between things, in pixels: who stands on, in, under, beside, before or behind whom.

use super::index::Drawing;
use super::layout::{Bands, Piece, Spot, Zone};
use super::prompt::{Relation, Tie};
use super::sky::uniform;
use super::view::View;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Where one sits on furniture: left and right share of its width, share of its height from above.
fn seat_of(drawing: &Drawing) -> Option<(f32, f32, f32)> {
    match drawing.names.first().map(String::as_str) {
        Some("couch") => Some((0.06, 0.72, 0.80)),
        Some("bed") => Some((0.30, 0.90, 0.52)),
        Some("chair") => Some((0.2, 0.8, 0.60)),
        Some("armchair") => Some((0.25, 0.75, 0.68)),
        Some("bicycle") => Some((0.42, 0.72, 0.34)),
        Some("motorcycle" | "scooter") => Some((0.4, 0.75, 0.42)),
        _ => None,
    }
}

/// Puts a carried piece on, in or at its carrier; `nth` of `of` that it carries.
pub fn carry(
    pieces: &[Piece],
    spots: &mut [Spot],
    view: &View,
    i: usize,
    carrier: usize,
    relation: Relation,
    (nth, of): (usize, usize),
) {
    let base = spots[carrier].clone();
    let lane = (nth as f32 + 1.0) / (of as f32 + 1.0);
    let seat = |spot: &Spot, u: f32| if spot.flip { 1.0 - u } else { u };
    let fit = |spot: &mut Spot, width: f32, height: f32| {
        let k = (width / spot.w).min(height / spot.h).min(1.0);
        spot.w *= k;
        spot.h *= k;
    };
    match relation {
        Relation::On if seat_of(pieces[carrier].drawing).is_some() => {
            let (from, to, row) = seat_of(pieces[carrier].drawing).unwrap_or((0.2, 0.8, 0.5));
            fit(&mut spots[i], base.w * (to - from) * 1.1 / of as f32, base.h * 0.85);
            let spot = &mut spots[i];
            let u = seat(&base, from + (to - from) * lane);
            spot.x = base.x + (u - 0.5) * base.w;
            spot.y = base.y - base.h * (1.0 - row);
            spot.z = base.z * 0.995;
        }
        Relation::On => {
            fit(&mut spots[i], base.w * 0.72 / (of as f32).max(1.0).sqrt(), base.h * 1.15);
            // The most level stretch of the carrier's outline near the wanted place.
            let foot = (spots[i].w / base.w * 0.35).clamp(0.05, 0.4);
            let sprite = pieces[carrier].sprite;
            let mut best = (f32::MAX, 0.5, 0.1);
            for step in 0..=24 {
                let u = 0.12 + 0.76 * step as f32 / 24.0;
                let tops: Vec<f32> =
                    (-3..=3).filter_map(|k| sprite.top_at(seat(&base, u + foot * k as f32 / 3.0))).collect();
                if tops.len() < 6 {
                    continue;
                }
                let mean = tops.iter().sum::<f32>() / tops.len() as f32;
                let uneven = tops.iter().map(|t| (t - mean).abs()).sum::<f32>() / tops.len() as f32;
                let cost = uneven * 3.0 + (u - lane).abs() * 0.8 + mean * 0.5;
                if cost < best.0 {
                    best = (cost, u, mean + uneven * 0.5);
                }
            }
            let spot = &mut spots[i];
            spot.x = base.x + (best.1 - 0.5) * base.w;
            spot.y = base.y - base.h * (1.0 - base.sunk) + best.2 * base.h + base.h * 0.015;
            spot.z = base.z * 0.995;
        }
        Relation::In => {
            fit(&mut spots[i], base.w * 0.62 / (of as f32).max(1.0).sqrt(), base.h * 0.95);
            let spot = &mut spots[i];
            spot.x = base.x + (lane - 0.5) * base.w * 0.6;
            spot.y = base.y - base.h * (1.0 - base.sunk) * 0.5 - spot.h * 0.02;
            // It shows above the rim: never less than two thirds of it.
            let rim = pieces[carrier].sprite.top_at(seat(&base, 0.5 + (lane - 0.5) * 0.6)).unwrap_or(0.3);
            let rim_row = base.y - base.h * (1.0 - base.sunk) + rim * base.h;
            spot.y = spot.y.min(rim_row + spot.h * 0.30);
            spot.z = base.z * 1.01;
        }
        Relation::Holding => {
            fit(&mut spots[i], base.w * 0.5, base.h * 0.42);
            let spot = &mut spots[i];
            // On the side it looks to, which is towards the middle of the picture.
            let inward = if base.x <= view.width / 2.0 { 1.0 } else { -1.0 };
            let side = if nth % 2 == 0 { inward } else { -inward };
            spot.x = base.x + side * (base.w * 0.44 + spot.w * 0.06);
            spot.y = base.y - base.h * 0.10;
            spot.z = base.z * 0.99;
        }
        _ => {}
    }
    spots[i].carrier = Some(carrier);
}

/// Moves the pieces of a tie to where the relation wants them; they stay on their own ground.
pub fn pull(
    pieces: &[Piece],
    spots: &mut [Spot],
    tie: &Tie,
    view: &View,
    bands: Bands,
    rng: &mut ChaCha8Rng,
) {
    let Some(anchor) = pieces.iter().position(|p| p.group == tie.other) else { return };
    let base = spots[anchor].clone();
    let members: Vec<usize> = (0..pieces.len())
        .filter(|&i| pieces[i].group == tie.thing && spots[i].zone != Zone::Carried)
        .collect();
    let n = members.len() as f32;
    let side = if rng.next_u32() & 1 == 0 { 1.0 } else { -1.0 };
    for (k, i) in members.into_iter().enumerate() {
        let lane = k as f32 - (n - 1.0) / 2.0;
        let (_, near) = bands.ground;
        let spot = &mut spots[i];
        match tie.relation {
            Relation::Under if base.zone == Zone::Ground => {
                let k = (base.w * 0.6 / n.max(1.0) / spot.w).min(base.h * 0.62 / spot.h).min(1.0);
                spot.w *= k;
                spot.h *= k;
                spot.x = base.x + lane * spot.w * 1.05 + side * base.w * 0.14;
                spot.y = (base.y + view.height * 0.012).min(near.max(base.y));
            }
            Relation::Under => {
                spot.x = base.x + lane * spot.w * 1.1;
            }
            Relation::InFront => {
                spot.x = base.x + side * base.w * 0.34 + lane * spot.w * 0.9;
                spot.y = (base.y + view.height * 0.06).min(near.max(base.y));
            }
            Relation::Behind => {
                spot.x = base.x + side * (base.w * 0.42 + spot.w * 0.22) + lane * spot.w * 0.9;
                spot.y = base.y - view.height * 0.03;
            }
            Relation::Beside => {
                spot.x = base.x + side * (base.w * 0.5 + spot.w * 0.58 + k as f32 * spot.w * 1.05);
                if spot.zone == base.zone {
                    spot.y = base.y + view.height * uniform(rng, -0.012, 0.02);
                }
            }
            Relation::Above => {
                spot.x = base.x + lane * spot.w * 1.1;
                if spot.zone == Zone::Air {
                    spot.y = (base.y - base.h - view.height * 0.04).max(spot.h + 2.0);
                }
            }
            _ => {}
        }
        if spot.zone == Zone::Ground {
            spot.z = view.ground_z(spot.y);
        }
    }
}
