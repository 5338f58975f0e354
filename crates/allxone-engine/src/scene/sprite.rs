//! One drawing ready to be placed: trimmed, premultiplied, in linear light, with smaller copies for far away and a crisp
//! enlargement for close by.

use super::SceneError;
use super::colour::{Rgb, from_oklab, linear_table, oklab, to_linear, to_srgb};
use super::noise::smoothstep;
use fast_image_resize as fir;

/// A raster of premultiplied linear RGBA.
#[derive(Clone)]
pub struct Raster {
    /// Pixels across.
    pub w: usize,
    /// Pixels down.
    pub h: usize,
    /// Premultiplied linear RGBA, row-major.
    pub px: Vec<[f32; 4]>,
}

impl Raster {
    /// Bilinear sample; outside is transparent.
    pub fn sample(&self, x: f32, y: f32) -> [f32; 4] {
        let (x, y) = (x - 0.5, y - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        let (x0, y0) = (x0 as i32, y0 as i32);
        if x0 < -1 || y0 < -1 || x0 >= self.w as i32 || y0 >= self.h as i32 {
            return [0.0; 4];
        }
        let at = |x: i32, y: i32| -> [f32; 4] {
            if x < 0 || y < 0 || x >= self.w as i32 || y >= self.h as i32 {
                [0.0; 4]
            } else {
                self.px[y as usize * self.w + x as usize]
            }
        };
        let (a, b, c, d) = (at(x0, y0), at(x0 + 1, y0), at(x0, y0 + 1), at(x0 + 1, y0 + 1));
        std::array::from_fn(|i| {
            (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }

    fn halved(&self) -> Raster {
        let (w, h) = (self.w.div_ceil(2), self.h.div_ceil(2));
        let mut px = Vec::with_capacity(w * h);
        for y in 0..h {
            for x in 0..w {
                let mut sum = [0.0f32; 4];
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let (sx, sy) = (2 * x + dx, 2 * y + dy);
                    if sx < self.w && sy < self.h {
                        for (s, v) in sum.iter_mut().zip(self.px[sy * self.w + sx]) {
                            *s += v * 0.25;
                        }
                    }
                }
                px.push(sum);
            }
        }
        Raster { w, h, px }
    }
}

/// A drawing and its smaller copies.
pub struct Sprite {
    levels: Vec<Raster>,
    /// Width over height of the trimmed drawing.
    pub aspect: f32,
}

impl Sprite {
    /// From straight sRGB RGBA bytes of a `w`×`h` picture, keeping the box (x, y, width, height).
    pub fn new(
        rgba: &[u8],
        w: usize,
        h: usize,
        trim: (usize, usize, usize, usize),
    ) -> Result<Sprite, SceneError> {
        let (tx, ty, tw, th) = trim;
        if tw == 0 || th == 0 || tx + tw > w || ty + th > h || rgba.len() != w * h * 4 {
            return Err(SceneError::Scaling);
        }
        let table = linear_table();
        let mut px = Vec::with_capacity(tw * th);
        for y in ty..ty + th {
            for x in tx..tx + tw {
                let p = &rgba[(y * w + x) * 4..][..4];
                let a = f32::from(p[3]) / 255.0;
                px.push([table[p[0] as usize] * a, table[p[1] as usize] * a, table[p[2] as usize] * a, a]);
            }
        }
        Ok(Sprite::from_raster(Raster { w: tw, h: th, px }))
    }

    /// From a finished raster.
    pub fn from_raster(base: Raster) -> Sprite {
        let aspect = base.w as f32 / base.h as f32;
        let mut levels = vec![base];
        while let Some(last) = levels.last() {
            if last.w.max(last.h) <= 12 {
                break;
            }
            let next = last.halved();
            levels.push(next);
        }
        Sprite { levels, aspect }
    }

    /// The full-size raster.
    pub fn base(&self) -> &Raster {
        &self.levels[0]
    }

    /// The smallest copy still at least as tall as asked.
    pub fn level(&self, height: f32) -> &Raster {
        let mut best = &self.levels[0];
        for level in &self.levels {
            if level.h as f32 >= height {
                best = level;
            }
        }
        best
    }

    /// A copy exactly `h` pixels high, optionally mirrored. Enlarging keeps edges crisp: colours and opacity are
    /// interpolated in sRGB, then opacity is steepened to the width of about one pixel.
    pub fn at_size(&self, w: usize, h: usize, flip: bool) -> Result<Raster, SceneError> {
        let (w, h) = (w.max(1), h.max(1));
        let source = self.base();
        let enlarging = h > source.h;
        let failed = |_| SceneError::Scaling;
        // Interpolating in sRGB keeps enlarged dark lines dark; reducing averages light, so it stays linear.
        let mut bytes: Vec<u8> = Vec::with_capacity(source.px.len() * 16);
        for p in &source.px {
            let p = if enlarging { premultiplied_srgb(*p) } else { *p };
            for v in p {
                bytes.extend_from_slice(&v.to_ne_bytes());
            }
        }
        let from =
            fir::images::Image::from_vec_u8(source.w as u32, source.h as u32, bytes, fir::PixelType::F32x4)
                .map_err(|_| SceneError::Scaling)?;
        let mut to = fir::images::Image::new(w as u32, h as u32, fir::PixelType::F32x4);
        let filter = if enlarging { fir::FilterType::CatmullRom } else { fir::FilterType::Lanczos3 };
        let options =
            fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(filter)).use_alpha(false);
        fir::Resizer::new().resize(&from, &mut to, Some(&options)).map_err(failed)?;
        let ratio = h as f32 / source.h as f32;
        let mut px = Vec::with_capacity(w * h);
        for p in to.buffer().chunks_exact(16) {
            let v: [f32; 4] = std::array::from_fn(|i| {
                f32::from_ne_bytes([p[i * 4], p[i * 4 + 1], p[i * 4 + 2], p[i * 4 + 3]])
            });
            px.push(if enlarging { steepened(v, ratio) } else { clean(v) });
        }
        let mut raster = Raster { w, h, px };
        if enlarging {
            raster.sharpen((ratio - 1.0).clamp(0.0, 1.0) * 0.5, (ratio * 0.7).ceil() as usize);
        }
        if flip {
            for row in raster.px.chunks_exact_mut(w) {
                row.reverse();
            }
        }
        Ok(raster)
    }

    /// The lowest share of the height (0 top, 1 bottom) at which something stands in this column share, if anything does.
    pub fn top_at(&self, column: f32) -> Option<f32> {
        let base = self.base();
        let x = ((column * base.w as f32) as usize).min(base.w - 1);
        (0..base.h).find(|&y| base.px[y * base.w + x][3] > 0.5).map(|y| y as f32 / base.h as f32)
    }
}

fn premultiplied_srgb(p: [f32; 4]) -> [f32; 4] {
    if p[3] <= 0.0 {
        return [0.0; 4];
    }
    [to_srgb(p[0] / p[3]) * p[3], to_srgb(p[1] / p[3]) * p[3], to_srgb(p[2] / p[3]) * p[3], p[3]]
}

fn clean(p: [f32; 4]) -> [f32; 4] {
    let a = p[3].clamp(0.0, 1.0);
    [p[0].clamp(0.0, a), p[1].clamp(0.0, a), p[2].clamp(0.0, a), a]
}

fn steepened(p: [f32; 4], ratio: f32) -> [f32; 4] {
    if p[3] <= 1e-3 {
        return [0.0; 4];
    }
    let half = 0.5 / ratio.clamp(1.0, 3.0);
    // Glass and glows stay see-through: only opacities near an opaque edge are steepened.
    let a = p[3].clamp(0.0, 1.0);
    let steep = smoothstep(0.5 - half, 0.5 + half, a);
    let a = a + (steep - a) * 0.8;
    let straight = [p[0] / p[3], p[1] / p[3], p[2] / p[3]].map(|v| to_linear(v.clamp(0.0, 1.0)));
    [straight[0] * a, straight[1] * a, straight[2] * a, a]
}

impl Raster {
    fn sharpen(&mut self, amount: f32, radius: usize) {
        if amount <= 0.0 {
            return;
        }
        let mut soft = self.px.clone();
        super::canvas::box_blur(&mut soft, self.w, self.h, radius);
        for (p, s) in self.px.iter_mut().zip(soft) {
            if p[3] > 0.98 && s[3] > 0.98 {
                for i in 0..3 {
                    p[i] = (p[i] + (p[i] - s[i]) * amount).clamp(0.0, 1.0);
                }
            }
        }
    }
}

/// A colour word as a recolouring target: hue in Oklab terms, or a grey.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paint {
    /// Turn the main colour to the hue of this sRGB colour.
    Hue(u32),
    /// Take the colour out and lighten (1) or darken (-1).
    Grey(f32),
}

/// Turns the main colour of a drawing into another, keeping its shading and its other colours.
pub fn recolour(rgba: &mut [u8], paint: Paint) {
    let table = linear_table();
    let lab_of = |p: &[u8]| oklab([table[p[0] as usize], table[p[1] as usize], table[p[2] as usize]]);
    // The main hue: a histogram of hues weighted by chroma.
    let mut bins = [0.0f32; 36];
    let mut light = (0.0f32, 0.0f32);
    for p in rgba.chunks_exact(4).filter(|p| p[3] > 128) {
        let lab = lab_of(p);
        let chroma = lab[1].hypot(lab[2]);
        let bin = ((lab[2].atan2(lab[1]) / std::f32::consts::TAU + 1.0).fract() * 36.0) as usize % 36;
        bins[bin] += chroma * chroma;
        light = (light.0 + lab[0], light.1 + 1.0);
    }
    let smooth: Vec<f32> =
        (0..36).map(|i| bins[(i + 35) % 36] + 2.0 * bins[i] + bins[(i + 1) % 36]).collect();
    let main = (0..36).max_by(|&a, &b| smooth[a].total_cmp(&smooth[b])).unwrap_or(0);
    let main_hue = (main as f32 + 0.5) / 36.0 * std::f32::consts::TAU;
    let colourless = smooth[main] < light.1 * 0.004;
    let mean_light = light.0 / light.1.max(1.0);
    for p in rgba.chunks_exact_mut(4).filter(|p| p[3] > 0) {
        let lab = lab_of(p);
        let chroma = lab[1].hypot(lab[2]);
        let turn = (lab[2].atan2(lab[1]) - main_hue + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU)
            - std::f32::consts::PI;
        let same = if colourless {
            smoothstep(0.2, 0.45, lab[0])
        } else {
            smoothstep(1.0, 0.55, turn.abs()) * smoothstep(0.02, 0.05, chroma)
        };
        if same <= 0.0 {
            continue;
        }
        let goal = match paint {
            Paint::Hue(target) => {
                let t = oklab(super::colour::hex(target));
                let t_chroma = t[1].hypot(t[2]).max(1e-4);
                let keep =
                    if colourless { t_chroma } else { chroma.max(t_chroma * 0.8).min(t_chroma * 1.25) };
                let l = lab[0] + (t[0] - mean_light) * 0.65;
                [l.clamp(0.05, 0.98), t[1] / t_chroma * keep, t[2] / t_chroma * keep]
            }
            Paint::Grey(level) if level > 0.5 => {
                [0.80 + (lab[0] - mean_light) * 0.45, lab[1] * 0.06, lab[2] * 0.06]
            }
            Paint::Grey(level) if level < -0.5 => {
                [0.27 + (lab[0] - mean_light) * 0.42, lab[1] * 0.06, lab[2] * 0.06]
            }
            Paint::Grey(_) => [lab[0], lab[1] * 0.05, lab[2] * 0.05],
        };
        let mixed: [f32; 3] = std::array::from_fn(|i| lab[i] + (goal[i] - lab[i]) * same);
        let out: Rgb = from_oklab([mixed[0].clamp(0.0, 1.0), mixed[1], mixed[2]]);
        for i in 0..3 {
            p[i] = (to_srgb(out[i].clamp(0.0, 1.0)) * 255.0 + 0.5) as u8;
        }
    }
}
