//! Paints an arranged scene: sky, land, water, props, then the named things from far to near, then weather and light.

use super::SceneError;
use super::canvas::Canvas;
use super::city;
use super::colour::{Rgb, hex, luminance, mix, scaled};
use super::draw::{self, Stand};
use super::furniture;
use super::index::{Drawing, Form, Kind};
use super::layout::{Bands, Piece, Spot, Zone, arrange, needs_land};
use super::look::Look;
use super::prompt::Tie;
use super::props::{self, Prop};
use super::room;
use super::setting::{Place, Setting, Time, Weather};
use super::sky;
use super::sprite::Sprite;
use super::terrain::Terrain;
use super::view::View;
use super::{water, weather};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::rc::Rc;

/// One thing to paint.
pub struct Subject {
    /// Its drawing.
    pub drawing: Drawing,
    /// Its pixels, recoloured if asked.
    pub sprite: Rc<Sprite>,
    /// Size word: 1 is normal.
    pub scale: f32,
    /// Number of the named thing it belongs to.
    pub group: usize,
}

/// What is painted besides the subjects.
pub struct Stage {
    /// Props by file.
    pub props: Vec<(&'static str, Rc<Sprite>)>,
    /// The moon of a night nobody named one for.
    pub moon: Option<Rc<Sprite>>,
}

/// A finished scene.
pub struct Painted {
    /// Straight sRGB RGBA.
    pub rgba: Vec<u8>,
    /// 1 + number of the subject seen at each pixel, 0 for the setting.
    pub ids: Vec<u16>,
    /// The share of each subject that can be seen, 0..1; what is under water does not count.
    pub visible: Vec<f32>,
}

fn view_of(setting: &Setting, width: usize, height: usize) -> View {
    let horizon = match setting.place {
        Place::Room => 0.42,
        Place::Table => 0.30,
        Place::City => 0.50,
        Place::Mountains => 0.56,
        Place::Sea | Place::Lake => 0.50,
        Place::Beach => 0.44,
        Place::Underwater => 0.58,
        _ => 0.53,
    };
    View::new(width, height, horizon)
}

fn bands_of(setting: &Setting, bank: bool, view: &View) -> Bands {
    let h = view.height;
    let below = |t: f32| view.horizon + (h - view.horizon) * t;
    match setting.place {
        Place::Room => Bands { ground: (h * 0.70, h * 0.94), water: (1.0, 0.0), wall: (h * 0.06, h * 0.42) },
        Place::Table => Bands { ground: (h * 0.62, h * 0.92), water: (1.0, 0.0), wall: (0.0, 1.0) },
        Place::Beach => {
            Bands { ground: (below(0.44), below(0.90)), water: (below(0.07), below(0.17)), wall: (0.0, 1.0) }
        }
        Place::Lake if bank => {
            Bands { ground: (below(0.50), below(0.92)), water: (below(0.13), below(0.26)), wall: (0.0, 1.0) }
        }
        Place::Sea | Place::Lake => {
            Bands { ground: (below(0.30), below(0.82)), water: (below(0.24), below(0.80)), wall: (0.0, 1.0) }
        }
        Place::City => Bands { ground: (below(0.34), below(0.90)), water: (1.0, 0.0), wall: (0.0, 1.0) },
        _ => Bands { ground: (below(0.36), below(0.88)), water: (1.0, 0.0), wall: (0.0, 1.0) },
    }
}

/// Paints a scene.
///
/// # Errors
/// If a drawing cannot be scaled, or `stop` says so.
#[allow(clippy::too_many_arguments)]
pub fn paint(
    subjects: &[Subject],
    ties: &[Tie],
    setting: &Setting,
    stage: &Stage,
    width: usize,
    height: usize,
    seed: u64,
    step: &mut dyn FnMut() -> Result<(), SceneError>,
) -> Result<Painted, SceneError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let carried = |group: usize| ties.iter().any(|t| t.thing == group && t.relation.carries());
    let drawings: Vec<&Drawing> = subjects.iter().filter(|s| !carried(s.group)).map(|s| &s.drawing).collect();
    let bank = setting.afloat() && needs_land(&drawings, setting);
    let mut shown = setting.clone();
    if bank && setting.place == Place::Sea {
        shown.place = Place::Beach;
    }
    let setting = &shown;
    let view = view_of(setting, width, height);
    let side = if rng.next_u32() & 1 == 0 { -1.0 } else { 1.0 };
    let look = Look::new(setting, side);
    let mut canvas = Canvas::new(width, height);
    let pieces: Vec<Piece> = subjects
        .iter()
        .map(|s| Piece { drawing: &s.drawing, sprite: &s.sprite, scale: s.scale, group: s.group })
        .collect();
    let spots = arrange(&pieces, ties, setting, &view, bands_of(setting, bank, &view), rng.next_u64());
    step()?;
    let dressed = dress(stage, setting);
    let props: Vec<Prop> = dressed.iter().map(|(file, sprite)| Prop { file, sprite }).collect();
    let sun = sun_place(&view, setting, side, &spots);
    let mut areas = vec![0u32; subjects.len()];
    backdrop(
        &mut canvas,
        &view,
        &look,
        setting,
        bank,
        stage,
        &props,
        sun,
        &spots,
        subjects,
        &mut areas,
        &mut rng,
    )?;
    step()?;
    foreground(&mut canvas, &view, &look, setting, subjects, &spots, &mut areas, seed as u32)?;
    step()?;
    weather::fall(&mut canvas, &view, &look, setting, true, &mut rng);
    let night = matches!(setting.time, Time::Night | Time::Sunset) || setting.place == Place::Space;
    canvas.bloom(if night { 0.72 } else { 0.96 }, if night { 0.55 } else { 0.30 });
    step()?;
    let mut seen = vec![0u32; subjects.len() + 1];
    for id in &canvas.ids {
        seen[usize::from(*id)] += 1;
    }
    let visible = areas
        .iter()
        .zip(&seen[1..])
        .map(|(all, seen)| (*seen as f32 / (*all).max(1) as f32).min(1.0))
        .collect();
    Ok(Painted { rgba: canvas.finish(if setting.indoors() { 0.22 } else { 0.16 }), ids: canvas.ids, visible })
}

/// Props in the clothes of the season.
fn dress(stage: &Stage, setting: &Setting) -> Vec<(&'static str, Rc<Sprite>)> {
    stage
        .props
        .iter()
        .map(|(file, sprite)| {
            let plant = [props::PINE, props::TREE].contains(file);
            let mut raster = sprite.base().clone();
            if setting.snowy && (plant || city::HOUSES.iter().any(|(house, _)| house == file)) {
                if plant {
                    draw::dust(&mut raster);
                } else {
                    draw::cap(&mut raster);
                }
            } else if setting.autumn && *file == props::TREE {
                draw::turn(&mut raster);
            } else {
                return (*file, Rc::clone(sprite));
            }
            (*file, Rc::new(Sprite::from_raster(raster)))
        })
        .collect()
}

/// Where sun or moon stands, off the things in the air.
fn sun_place(view: &View, setting: &Setting, side: f32, spots: &[Spot]) -> (f32, f32) {
    if let Some(sky) = spots.iter().find(|s| s.zone == Zone::Sky) {
        return (sky.x, sky.y - sky.h / 2.0);
    }
    let (share, row) = match setting.time {
        Time::Sunset => (0.22, view.horizon * 0.88),
        Time::Dawn => (0.24, view.horizon * 0.72),
        Time::Night => (0.25, view.horizon * 0.32),
        Time::Day => return (view.width * (0.5 + side * 0.62), -view.horizon * 0.15),
    };
    // On the wanted side where it is best seen between the things.
    let radius = view.px(60.0);
    let hidden = |x: f32| -> f32 {
        spots
            .iter()
            .map(|s| {
                let (dx, dy) = ((x - s.x).abs() - s.w / 2.0, (row - (s.y - s.h / 2.0)).abs() - s.h / 2.0);
                (radius - dx.max(dy)).max(0.0)
            })
            .fold(0.0, f32::max)
    };
    let mut best = (f32::MAX, 0.5 + side * share);
    for k in 0..9 {
        let u = 0.5 + side * (share + [0.0, 0.05, -0.05, 0.1, -0.1, 0.16, -0.17, 0.2, -0.24][k]);
        let cost = hidden(u * view.width) + k as f32 * radius * 0.05;
        if cost < best.0 {
            best = (cost, u);
        }
    }
    (view.width * best.1, row)
}

#[allow(clippy::too_many_arguments)]
fn backdrop(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    bank: bool,
    stage: &Stage,
    props: &[Prop],
    sun: (f32, f32),
    spots: &[Spot],
    subjects: &[Subject],
    areas: &mut [u32],
    rng: &mut ChaCha8Rng,
) -> Result<(), SceneError> {
    let seed = rng.next_u32();
    match setting.place {
        Place::Room => {
            let side = room::paint_room(canvas, view, look, setting, seed);
            furniture::place(canvas, view, look, setting, props, side, seed);
            return Ok(());
        }
        Place::Table => {
            room::paint_table(canvas, view, look, setting, seed);
            return Ok(());
        }
        _ => {}
    }
    sky::paint(canvas, view, look, setting, sun, rng);
    if !spots.iter().any(|s| s.zone == Zone::Sky) {
        disc(canvas, view, look, setting, stage, sun)?;
    }
    if setting.rainbow {
        sky::rainbow(canvas, view, view.width * 0.5, 0.62);
    }
    if setting.fireworks {
        sky::fireworks(canvas, view, rng);
    }
    if !matches!(setting.place, Place::Space | Place::Underwater) {
        sky::clouds(canvas, view, look, setting, rng);
    }
    // What is named for the sky stands behind hills and houses.
    for (i, spot) in spots.iter().enumerate().filter(|(_, s)| s.zone == Zone::Sky) {
        areas[i] = put(canvas, look, setting, &subjects[i], spot, i, seed)?;
    }
    if setting.place == Place::Space
        && !spots.iter().any(|s| s.zone == Zone::Sky)
        && let Some(planet) = props.iter().find(|p| p.file == props::PLANET)
    {
        let size = view.px(230.0);
        let x = if sun.0 < view.width / 2.0 { 0.80 } else { 0.20 } * view.width;
        let stand = Stand {
            x,
            y: view.horizon * 0.62,
            w: size,
            h: size / planet.sprite.aspect,
            flip: false,
            z: 60.0,
            sunk: 0.0,
        };
        draw::paste_small(canvas, planet.sprite, &stand, look, [0.85, 0.8, 1.0]);
        canvas.depth.fill(super::canvas::FAR);
    }
    let terrain = Terrain::new(setting, bank, seed);
    terrain.paint(canvas, view, look);
    if setting.place == Place::City {
        city::skyline(canvas, view, look, setting, rng);
    }
    let soft = view.px(2.2);
    if setting.place == Place::City {
        city::street(canvas, view, look, setting, props, rng);
    }
    props::scatter(canvas, view, look, setting, &terrain, props, rng);
    canvas.soften_far(soft, 9.0, 30.0);
    water::paint(canvas, view, look, setting, &terrain, sun, seed ^ 0x77);
    if setting.time == Time::Night && !matches!(setting.place, Place::Space | Place::Underwater) {
        day_for_night(canvas);
    }
    weather::fall(canvas, view, look, setting, false, rng);
    props::tufts(canvas, view, look, setting, &terrain, props, rng);
    Ok(())
}

/// Moonlight takes the colour out of the land and leaves blue, the lit windows excepted.
fn day_for_night(canvas: &mut Canvas) {
    for (c, depth) in canvas.colour.iter_mut().zip(&canvas.depth) {
        if *depth < super::canvas::FAR {
            let l = luminance(*c);
            let k = 0.42 * super::noise::smoothstep(0.5, 0.2, l);
            *c = mix(*c, [l * 0.62, l * 0.92, l * 2.0], k);
        }
    }
}

/// The sun at the horizon, or the moon.
fn disc(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    stage: &Stage,
    sun: (f32, f32),
) -> Result<(), SceneError> {
    if matches!(setting.weather, Weather::Rain | Weather::Fog | Weather::Snow) && setting.time != Time::Night
        || matches!(setting.place, Place::Underwater | Place::Space)
    {
        return Ok(());
    }
    match setting.time {
        Time::Sunset | Time::Dawn => {
            let r = view.px(if setting.time == Time::Sunset { 52.0 } else { 40.0 });
            let core = if setting.time == Time::Sunset {
                scaled(hex(0xffdf8e), 1.5)
            } else {
                scaled(hex(0xfff3d0), 1.4)
            };
            let (x0, y0, x1, y1) =
                canvas.clip(sun.0 - r - 1.0, sun.1 - r - 1.0, sun.0 + r + 1.0, sun.1 + r + 1.0);
            for y in y0..y1.min(canvas.height) {
                for x in x0..x1.min(canvas.width) {
                    let d = (x as f32 + 0.5 - sun.0).hypot(y as f32 + 0.5 - sun.1);
                    canvas.blend(y * canvas.width + x, core, super::noise::smoothstep(r + 0.8, r - 0.8, d));
                }
            }
            sky::spot(canvas, sun.0, sun.1, r * 2.6, scaled(look.glow, 0.45));
        }
        Time::Night if !matches!(setting.weather, Weather::Rain | Weather::Fog) => {
            if let Some(moon) = &stage.moon {
                let size = view.px(92.0).max(4.0);
                let raster = moon.at_size(size as usize, size as usize, false)?;
                let mut pale = raster;
                for p in &mut pale.px {
                    let grey = (p[0] + p[1] + p[2]) / 3.0;
                    let cream = [1.0, 0.97, 0.88];
                    for i in 0..3 {
                        p[i] = (p[i] * 0.35 + grey * cream[i] * 1.25) * 1.15;
                    }
                }
                sky::spot(canvas, sun.0, sun.1, size * 1.5, scaled(look.glow, 0.55));
                let stand = Stand {
                    x: sun.0,
                    y: sun.1 + size / 2.0,
                    w: size,
                    h: size,
                    flip: false,
                    z: 0.0,
                    sunk: 0.0,
                };
                let mut clear = look.clone();
                clear.clear = 1.0e9;
                draw::paste(canvas, &pale, &stand, &clear, 0, false, 0);
                // The disc belongs to the sky, whatever is drawn later stands before it.
                let (x0, y0, x1, y1) = canvas.clip(sun.0 - size, sun.1 - size, sun.0 + size, sun.1 + size);
                for y in y0..y1.min(canvas.height) {
                    for x in x0..x1.min(canvas.width) {
                        canvas.depth[y * canvas.width + x] = super::canvas::FAR;
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn foreground(
    canvas: &mut Canvas,
    view: &View,
    look: &Look,
    setting: &Setting,
    subjects: &[Subject],
    spots: &[Spot],
    areas: &mut [u32],
    seed: u32,
) -> Result<(), SceneError> {
    let mut order: Vec<usize> = (0..spots.len()).filter(|&i| spots[i].zone != Zone::Sky).collect();
    order.sort_by(|&a, &b| spots[b].z.total_cmp(&spots[a].z).then(a.cmp(&b)));
    for &i in &order {
        let spot = &spots[i];
        let stand = stand_of(spot);
        match spot.zone {
            Zone::Ground => draw::shadow(
                canvas,
                &subjects[i].sprite,
                &stand,
                look,
                setting.indoors() && setting.time != Time::Day,
            ),
            Zone::Wall => wall_shadow(canvas, &subjects[i].sprite, &stand, view),
            _ => {}
        }
    }
    for &i in &order {
        areas[i] = put(canvas, look, setting, &subjects[i], &spots[i], i, seed)?;
        let cut = matches!(subjects[i].drawing.form, Form::Head | Form::Bust);
        if cut && spots[i].zone == Zone::Ground && !setting.indoors() && setting.place != Place::City {
            props::bank(canvas, look, setting, &stand_of(&spots[i]), view, seed.wrapping_add(i as u32 * 31));
        }
    }
    Ok(())
}

fn stand_of(spot: &Spot) -> Stand {
    Stand { x: spot.x, y: spot.y, w: spot.w, h: spot.h, flip: spot.flip, z: spot.z, sunk: spot.sunk }
}

fn wall_shadow(canvas: &mut Canvas, sprite: &Sprite, stand: &Stand, view: &View) {
    let raster = sprite.level(20.0);
    let off = view.px(7.0);
    let (left, top) = (stand.x - stand.w / 2.0 + off, stand.y - stand.h + off);
    let (x0, y0, x1, y1) = canvas.clip(left - off, top - off, left + stand.w + off, top + stand.h + off);
    for y in y0..y1.min(canvas.height) {
        for x in x0..x1.min(canvas.width) {
            let u = (x as f32 + 0.5 - left) / stand.w * raster.w as f32;
            let v = (y as f32 + 0.5 - top) / stand.h * raster.h as f32;
            let k = raster.sample(u, v)[3] * 0.35;
            let index = y * canvas.width + x;
            let c = canvas.colour[index];
            canvas.blend(index, scaled(c, 0.35), k);
        }
    }
}

/// The light a thing in the sky sheds around itself.
fn shine(drawing: &Drawing) -> Option<Rgb> {
    match drawing.names.first().map(String::as_str) {
        Some("sun") => Some(hex(0xffdf80)),
        Some("moon" | "crescent moon") => Some(hex(0xbfd0ff)),
        Some("star" | "comet") => Some(hex(0xffe6a0)),
        _ => None,
    }
}

fn put(
    canvas: &mut Canvas,
    look: &Look,
    setting: &Setting,
    subject: &Subject,
    spot: &Spot,
    number: usize,
    seed: u32,
) -> Result<u32, SceneError> {
    let (w, h) = (spot.w.round().max(1.0) as usize, spot.h.round().max(1.0) as usize);
    let dark = matches!(setting.time, Time::Night | Time::Sunset);
    let windows = dark && subject.drawing.kind == Kind::Building && !setting.indoors();
    let mut raster = if windows {
        Sprite::from_raster(city::lit_windows(subject.sprite.base(), seed)).at_size(w, h, spot.flip)?
    } else {
        subject.sprite.at_size(w, h, spot.flip)?
    };
    let glows = subject.drawing.form == Form::Glow || spot.zone == Zone::Sky;
    let snowed = setting.snowy
        && matches!(subject.drawing.kind, Kind::Plant | Kind::Building | Kind::Vehicle | Kind::Object)
        && spot.zone == Zone::Ground;
    let mut light = look.clone();
    if setting.indoors() {
        light = furniture::indoor(look, setting);
    }
    draw::light(&mut raster, &light, if snowed { 1.0 } else { 0.0 }, glows);
    let mut stand = stand_of(spot);
    if spot.zone == Zone::Sky {
        // Far above the haze.
        stand.z = 0.0;
        if let Some(glow) = shine(&subject.drawing) {
            let strength = if dark { 0.6 } else { 0.35 };
            sky::spot(canvas, spot.x, spot.y - spot.h / 2.0, spot.h * 1.25, scaled(glow, strength));
        }
    }
    if spot.zone != Zone::Sky {
        draw::reflect(canvas, &raster, &stand, seed ^ 0x51);
    }
    draw::paste(canvas, &raster, &stand, &light, number as u16 + 1, false, seed);
    if glows && dark && subject.drawing.form == Form::Glow {
        sky::spot(canvas, spot.x, spot.y - spot.h * 0.5, spot.h * 1.1, scaled(hex(0xff9a3c), 0.35));
    }
    if spot.zone == Zone::Sky {
        for (depth, id) in canvas.depth.iter_mut().zip(&canvas.ids) {
            if *id == number as u16 + 1 {
                *depth = super::canvas::FAR;
            }
        }
    }
    let dry = (raster.h as f32 * (1.0 - spot.sunk)) as usize * raster.w;
    Ok(raster.px[..dry.min(raster.px.len())].iter().filter(|p| p[3] > 0.5).count() as u32)
}
