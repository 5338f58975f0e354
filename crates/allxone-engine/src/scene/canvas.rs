//! The picture while it is being made: linear light, with a depth, a wetness and an object number for every pixel.
//! Depth lets a hill hide a tree behind it, wetness lets water and puddles mirror what stands on them, and the object
//! numbers let tests see what a person would see.

use super::colour::{Rgb, encode, srgb_table};
use super::noise;

/// Depth of the sky.
pub const FAR: f32 = 1.0e9;

/// A picture in the making; row-major, `width * height` entries in every plane.
pub struct Canvas {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Linear light.
    pub colour: Vec<Rgb>,
    /// Distance from the viewer in world units; [`FAR`] for sky.
    pub depth: Vec<f32>,
    /// How strongly the surface mirrors what stands on it, 0..1.
    pub wet: Vec<f32>,
    /// 0 for the setting, otherwise 1 + the number of the object seen here.
    pub ids: Vec<u16>,
}

impl Canvas {
    /// A black canvas.
    pub fn new(width: usize, height: usize) -> Canvas {
        let n = width * height;
        Canvas {
            width,
            height,
            colour: vec![[0.0; 3]; n],
            depth: vec![FAR; n],
            wet: vec![0.0; n],
            ids: vec![0; n],
        }
    }

    /// Blends a colour over one pixel.
    #[inline]
    pub fn blend(&mut self, index: usize, colour: Rgb, alpha: f32) {
        let under = &mut self.colour[index];
        for c in 0..3 {
            under[c] += (colour[c] - under[c]) * alpha;
        }
    }

    /// The clipped pixel rectangle of a float box: (x0, y0, x1, y1), upper bounds exclusive.
    pub fn clip(&self, x0: f32, y0: f32, x1: f32, y1: f32) -> (usize, usize, usize, usize) {
        let cx = |v: f32| v.clamp(0.0, self.width as f32) as usize;
        let cy = |v: f32| v.clamp(0.0, self.height as f32) as usize;
        (cx(x0.floor()), cy(y0.floor()), cx(x1.ceil() + 1.0), cy(y1.ceil() + 1.0))
    }

    /// Softly blurs the colours of pixels further away than `from`, growing to `radius` pixels at `to`:
    /// the shallow focus of a small model photographed closely.
    pub fn soften_far(&mut self, radius: f32, from: f32, to: f32) {
        let r = radius.round() as usize;
        if r == 0 {
            return;
        }
        let mut blurred = self.colour.clone();
        for _ in 0..2 {
            box_blur(&mut blurred, self.width, self.height, r);
        }
        for (i, soft) in blurred.into_iter().enumerate() {
            let t = noise::smoothstep(from, to, self.depth[i].min(to));
            self.blend(i, soft, t);
        }
    }

    /// Adds a glow around everything brighter than `threshold`.
    pub fn bloom(&mut self, threshold: f32, strength: f32) {
        let (w, h) = (self.width.div_ceil(4), self.height.div_ceil(4));
        let mut bright = vec![[0.0f32; 3]; w * h];
        for y in 0..self.height {
            for x in 0..self.width {
                let c = self.colour[y * self.width + x];
                let peak = c[0].max(c[1]).max(c[2]);
                if peak > threshold {
                    let k = (peak - threshold) / peak / 16.0;
                    let cell = &mut bright[y / 4 * w + x / 4];
                    for i in 0..3 {
                        cell[i] += c[i].min(4.0) * k;
                    }
                }
            }
        }
        let r = (self.width.min(self.height) / 110).max(1);
        for _ in 0..3 {
            box_blur(&mut bright, w, h, r);
        }
        for y in 0..self.height {
            for x in 0..self.width {
                let glow = sample(&bright, w, h, (x as f32 - 1.5) / 4.0, (y as f32 - 1.5) / 4.0);
                let c = &mut self.colour[y * self.width + x];
                for i in 0..3 {
                    c[i] += glow[i] * strength;
                }
            }
        }
    }

    /// Straight sRGB RGBA bytes: a light vignette, a soft shoulder for highlights and a dither of half a step
    /// so that skies show no bands.
    pub fn finish(&self, vignette: f32) -> Vec<u8> {
        let table = srgb_table();
        let (cx, cy) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        let mut out = Vec::with_capacity(self.colour.len() * 4);
        for y in 0..self.height {
            let dy = (y as f32 - cy) / cy;
            for x in 0..self.width {
                let dx = (x as f32 - cx) / cx;
                let d = dx * dx + dy * dy;
                let shade = 1.0 - vignette * noise::smoothstep(0.5, 2.0, d);
                let dither = noise::unit(x as i32, y as i32, 0xD17) - 0.5;
                for c in self.colour[y * self.width + x] {
                    let v = c * shade;
                    let v = if v > 0.8 { 0.8 + 0.2 * (1.0 - (-(v - 0.8) / 0.35).exp()) } else { v };
                    out.push((encode(table, v) + dither + 0.5).clamp(0.0, 255.0) as u8);
                }
                out.push(255);
            }
        }
        out
    }
}

/// Bilinear sample with clamped edges.
pub fn sample(data: &[Rgb], w: usize, h: usize, x: f32, y: f32) -> Rgb {
    let x = x.clamp(0.0, (w - 1) as f32);
    let y = y.clamp(0.0, (h - 1) as f32);
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let (a, b, c, d) = (data[y0 * w + x0], data[y0 * w + x1], data[y1 * w + x0], data[y1 * w + x1]);
    std::array::from_fn(|i| {
        (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
    })
}

/// One box blur of radius `r` in both directions, edges repeated.
pub fn box_blur<const N: usize>(data: &mut [[f32; N]], w: usize, h: usize, r: usize) {
    if r == 0 || w == 0 || h == 0 {
        return;
    }
    let norm = 1.0 / (2 * r + 1) as f32;
    let mut line = vec![[0.0f32; N]; w];
    for row in data.chunks_exact_mut(w) {
        line.copy_from_slice(row);
        let mut sum = [0.0f32; N];
        for k in 0..=2 * r {
            let v = line[k.saturating_sub(r).min(w - 1)];
            for i in 0..N {
                sum[i] += v[i];
            }
        }
        for x in 0..w {
            let (add, sub) = (line[(x + r + 1).min(w - 1)], line[x.saturating_sub(r)]);
            for i in 0..N {
                row[x][i] = sum[i] * norm;
                sum[i] += add[i] - sub[i];
            }
        }
    }
    // Columns are walked a row at a time with one running sum per column, which keeps memory access in order.
    let source = data.to_vec();
    let mut sums = vec![[0.0f32; N]; w];
    for k in 0..=2 * r {
        let y = k.saturating_sub(r).min(h - 1);
        for x in 0..w {
            for i in 0..N {
                sums[x][i] += source[y * w + x][i];
            }
        }
    }
    for y in 0..h {
        let (add, sub) = ((y + r + 1).min(h - 1) * w, y.saturating_sub(r) * w);
        for x in 0..w {
            for i in 0..N {
                data[y * w + x][i] = sums[x][i] * norm;
                sums[x][i] += source[add + x][i] - source[sub + x][i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_the_sum_of_light_inside() {
        let (w, h) = (31, 17);
        let mut data = vec![[0.0f32; 1]; w * h];
        data[8 * w + 15] = [1.0];
        box_blur(&mut data, w, h, 3);
        let sum: f32 = data.iter().map(|v| v[0]).sum();
        assert!((sum - 1.0).abs() < 1e-4);
        assert!((data[8 * w + 15][0] - 1.0 / 49.0).abs() < 1e-5);
    }

    #[test]
    fn finishing_gives_opaque_pixels_and_keeps_grey_grey() {
        let mut canvas = Canvas::new(9, 5);
        canvas.colour.fill([0.2; 3]);
        let bytes = canvas.finish(0.0);
        assert_eq!(bytes.len(), 9 * 5 * 4);
        for p in bytes.chunks(4) {
            assert_eq!(p[3], 255);
            assert!(p[0].abs_diff(124) <= 1, "{}", p[0]);
        }
    }
}
