//! The land: a height field and its materials for each outdoor place, drawn column by column from front to back
//! so that near hills hide far ones and every pixel knows its distance.

use super::canvas::Canvas;
use super::colour::{Rgb, hex, mix, scaled};
use super::look::Look;
use super::noise::{fbm, lerp, perlin, ridged, smoothstep};
use super::setting::{Place, Setting, Weather};
use super::view::View;

/// Height field and materials of one place.
pub struct Terrain {
    place: Place,
    snowy: bool,
    autumn: bool,
    wet: bool,
    seed: u32,
    /// Where the shore of a beach runs, distance at x = 0.
    shore: f32,
    path: bool,
    /// A lake with land in front.
    bank: bool,
    bend: f32,
    palette: [Rgb; 4],
}

/// What the ground is made of at a point.
struct Surface {
    albedo: Rgb,
    wet: f32,
}

impl Terrain {
    /// The land of a setting; with `bank`, a lake has land in front to stand on.
    pub fn new(setting: &Setting, bank: bool, seed: u32) -> Terrain {
        let palette = match setting.place {
            _ if setting.snowy => [0xdfe9f7, 0xf4f8ff, 0xffffff, 0x8fa3c4],
            Place::Desert => [0xe0a661, 0xeebc78, 0xf7d59b, 0xb9683f],
            Place::Beach => [0xe9c88f, 0xf3d9a4, 0xfae8c1, 0xc9a06a],
            Place::Space => [0x8d8aa6, 0xa9a6bf, 0xc5c3d6, 0x6b6886],
            Place::Underwater => [0xd9c48d, 0xe8d8a6, 0xf3e8c4, 0x8b7d5a],
            Place::City => [0xa9a7b8, 0xbdbbca, 0xcfcdd9, 0x8a889b],
            Place::Forest if setting.autumn => [0x8a7a34, 0xb08d3c, 0xd0a548, 0x7a5a34],
            Place::Forest => [0x3f8a3c, 0x5aa845, 0x7fc257, 0x6f5a3c],
            _ if setting.autumn => [0xa39a3f, 0xc4ae4a, 0xdcc25e, 0x9a7a48],
            _ => [0x4fa33f, 0x74c24c, 0x9ad95e, 0xa98a5c],
        }
        .map(hex);
        Terrain {
            place: setting.place,
            snowy: setting.snowy,
            autumn: setting.autumn,
            wet: setting.weather == Weather::Rain,
            seed,
            shore: if setting.place == Place::Lake { 5.0 } else { 6.6 },
            bank: bank && setting.place == Place::Lake,
            path: matches!(setting.place, Place::Meadow | Place::Forest | Place::Mountains),
            bend: (super::noise::unit(1, 2, seed) - 0.5) * 2.0,
            palette,
        }
    }

    /// Height of the land; below zero is under water.
    pub fn height(&self, x: f32, z: f32) -> f32 {
        let s = self.seed;
        match self.place {
            Place::Meadow | Place::Forest => {
                let near = 0.035 * perlin(x * 0.9, z * 0.9, s) * smoothstep(2.0, 4.0, z);
                let hills =
                    smoothstep(5.5, 17.0, z) * (0.28 + 0.95 * fbm(x * 0.105, z * 0.105, 2, s + 1)).max(-0.1);
                let far = if z > 22.0 {
                    smoothstep(22.0, 62.0, z) * 6.0 * (0.32 + fbm(x * 0.031, z * 0.031, 3, s + 2))
                } else {
                    0.0
                };
                near + hills * 1.15 + far.max(-0.5)
            }
            Place::Mountains => {
                let near = 0.035 * perlin(x * 0.9, z * 0.9, s) * smoothstep(2.0, 4.0, z);
                let hills =
                    smoothstep(6.0, 18.0, z) * (0.16 + 0.7 * fbm(x * 0.12, z * 0.12, 2, s + 1)).max(-0.1);
                let peaks = if z > 20.0 {
                    smoothstep(20.0, 50.0, z) * 25.0 * ridged(x * 0.026 + 3.0, z * 0.026, 5, s + 3).powf(1.35)
                } else {
                    0.0
                };
                near + hills + peaks
            }
            Place::Desert => {
                let near = 0.05 * perlin(x * 0.55, z * 0.55, s) * smoothstep(2.0, 4.0, z);
                let warp = 1.6 * perlin(x * 0.05, z * 0.05, s + 4);
                let crest = 1.0 - perlin(x * 0.085 + warp, z * 0.15, s + 5).abs();
                let dunes = smoothstep(4.6, 15.0, z) * (crest * crest * 1.9 - 0.55);
                let mesa = if z > 46.0 {
                    let n = perlin(x * 0.021, z * 0.012 + 9.0, s + 6);
                    smoothstep(46.0, 52.0, z)
                        * (smoothstep(0.16, 0.24, n) * 5.2 + smoothstep(0.36, 0.42, n) * 3.6)
                } else {
                    0.0
                };
                near + dunes.max(-0.05) + mesa
            }
            Place::Beach => {
                let edge = self.shore_at(x);
                let sand = 0.03 * perlin(x * 0.7, z * 0.7, s) + 0.05;
                lerp(sand, -0.2, smoothstep(edge - 1.2, edge + 0.6, z))
            }
            Place::Sea => {
                let n = perlin(x * 0.02, 3.0, s + 7);
                if z > 92.0 { smoothstep(92.0, 104.0, z) * (n - 0.12).max(-0.1) * 16.0 - 0.2 } else { -0.2 }
            }
            Place::Lake => {
                let rise = smoothstep(24.0, 40.0, z);
                let hills = rise * (0.5 + 2.6 * (0.42 + fbm(x * 0.05, z * 0.05, 3, s + 1)));
                let peaks = if z > 36.0 {
                    smoothstep(36.0, 62.0, z) * 15.0 * ridged(x * 0.026 + 3.0, z * 0.026, 4, s + 3).powf(1.5)
                } else {
                    0.0
                };
                if rise > 0.0 {
                    hills + peaks - 0.2 * (1.0 - rise)
                } else if self.bank {
                    let edge = self.shore_at(x);
                    let grass = 0.07 + 0.03 * perlin(x * 0.8, z * 0.8, s);
                    lerp(grass, -0.2, smoothstep(edge - 0.25, edge + 0.35, z))
                } else {
                    -0.2
                }
            }
            Place::Space => {
                let near = 0.05 * perlin(x * 0.6, z * 0.6, s);
                let crater = perlin(x * 0.35, z * 0.35, s + 8);
                let bowl = smoothstep(4.0, 6.0, z)
                    * (smoothstep(0.3, 0.42, crater) * 0.22 - smoothstep(0.42, 0.6, crater) * 0.4);
                near + bowl + smoothstep(8.0, 30.0, z) * 1.6 * fbm(x * 0.1, z * 0.1, 3, s + 1)
            }
            Place::Underwater => {
                0.05 * perlin(x * 0.6, z * 0.6, s)
                    + smoothstep(5.0, 14.0, z) * 1.5 * (0.3 + fbm(x * 0.16, z * 0.16, 3, s + 1))
            }
            Place::City | Place::Room | Place::Table => 0.0,
        }
    }

    /// Whether land below zero is under water here.
    fn floods(&self) -> bool {
        matches!(self.place, Place::Beach | Place::Sea | Place::Lake)
    }

    /// Distance of the shore of a beach at this x.
    pub fn shore_at(&self, x: f32) -> f32 {
        self.shore + 0.9 * perlin(x * 0.16, 1.5, self.seed + 9) + x * 0.05 * self.bend
    }

    /// Half-width and centre of the path at a distance, if the place has one.
    fn path_at(&self, z: f32) -> Option<(f32, f32)> {
        if !self.path || z > 26.0 {
            return None;
        }
        let centre = self.bend * 0.9 + 1.5 * (z * 0.26 + self.bend * 4.0).sin() * smoothstep(1.5, 9.0, z);
        Some((0.34 + 0.05 * (z * 1.7).sin(), centre))
    }

    /// How much a plant may stand here, 0 on paths, water and bare peaks.
    pub fn growable(&self, x: f32, z: f32) -> bool {
        if let Some((half, centre)) = self.path_at(z)
            && (x - centre).abs() < half + 0.5
        {
            return false;
        }
        let limit = if self.place == Place::Mountains { 3.0 } else { 9.0 };
        let h = self.height(x, z);
        h > -0.12 && h < limit
    }

    fn surface(&self, x: f32, z: f32, h: f32, normal: [f32; 3]) -> Surface {
        let [dark, base, light, earth] = self.palette;
        let s = self.seed;
        let patch = fbm(x * 0.33, z * 0.33, 2, s + 20);
        let fine_fade = smoothstep(11.0, 3.0, z);
        let fine = if fine_fade > 0.0 { fine_fade * perlin(x * 3.1, z * 4.3, s + 21) } else { 0.0 };
        let tone = patch * 0.75 + fine * 0.28;
        let mut albedo = if tone < 0.0 {
            mix(base, dark, (-tone * 1.3).min(1.0))
        } else {
            mix(base, light, (tone * 1.3).min(1.0))
        };
        let mut wet = 0.0;
        match self.place {
            Place::Desert | Place::Beach | Place::Underwater => {
                if self.place == Place::Desert && z > 45.0 && h > 1.0 {
                    let strata = 0.5 + 0.5 * (h * 4.2 + perlin(x * 0.1, z * 0.1, s) * 1.5).sin();
                    albedo = mix(hex(0xb7653c), hex(0xd98e57), strata);
                } else {
                    let phase = x * 2.2 + z * 7.5 + 2.4 * perlin(x * 0.45, z * 0.45, s + 22);
                    let ripple = phase.sin() * smoothstep(10.0, 3.5, z) * 0.055;
                    albedo = scaled(albedo, 1.0 + ripple);
                }
                if self.place == Place::Beach {
                    let beyond = z - self.shore_at(x);
                    let damp = smoothstep(-1.1, -0.35, beyond);
                    albedo = mix(albedo, hex(0xb08b5c), damp * 0.75);
                    wet = damp * 0.35;
                }
            }
            Place::Mountains if h > 1.6 => {
                let rock = mix(hex(0x6d7a94), hex(0x94a0b4), 0.5 + 0.5 * fbm(x * 0.5, h * 0.8, 2, s + 23));
                let climb = h + 1.4 * perlin(x * 0.35, z * 0.35, s + 24);
                albedo = mix(albedo, mix(rock, hex(0x5f7f5f), 0.35), smoothstep(1.6, 3.4, climb));
                albedo = mix(albedo, rock, smoothstep(3.5, 6.0, climb));
                let snowline = if self.snowy { 1.0 } else { 7.2 };
                let cover = smoothstep(snowline, snowline + 1.4, climb + normal[1] * 1.8 - 1.0);
                albedo = mix(albedo, hex(0xf7faff), cover);
            }
            Place::Lake if h > 4.5 => {
                let climb = h + 1.2 * perlin(x * 0.3, z * 0.3, s + 24);
                albedo = mix(albedo, hex(0x76839a), smoothstep(4.5, 6.5, climb));
                albedo = mix(albedo, hex(0xf4f8ff), smoothstep(8.0, 9.5, climb));
            }
            Place::Lake if self.bank && z < 12.0 => {
                let beyond = z - self.shore_at(x);
                albedo = mix(albedo, scaled(earth, 0.8), smoothstep(-0.42, -0.05, beyond) * 0.9);
            }
            Place::City => return self.paving(x, z, patch),
            _ => {}
        }
        if let Some((half, centre)) = self.path_at(z) {
            let edge = (x - centre).abs() + 0.07 * perlin(x * 2.0, z * 2.0, s + 25);
            let k = smoothstep(half + 0.09, half - 0.06, edge);
            let way = if self.snowy { hex(0xccd7ea) } else { mix(hex(0xd9b884), earth, 0.25) };
            albedo = mix(albedo, scaled(way, 1.0 + 0.12 * fine), k * 0.92);
        }
        if self.wet && !self.snowy {
            let pool =
                smoothstep(0.10, 0.28, fbm(x * 0.55, z * 0.9, 2, s + 26)) * smoothstep(0.94, 0.99, normal[1]);
            wet = pool * smoothstep(24.0, 8.0, z);
            albedo = scaled(albedo, 0.82 - 0.2 * pool);
        }
        if self.autumn && !self.snowy && z < 16.0 {
            let leaf = smoothstep(0.42, 0.55, perlin(x * 6.3, z * 8.9, s + 27)) * fine_fade;
            albedo = mix(albedo, hex(0xd2702a), leaf * 0.7);
        }
        Surface { albedo, wet }
    }

    fn paving(&self, x: f32, z: f32, patch: f32) -> Surface {
        let (kerb, far) = (4.9, 8.6);
        let line = |v: f32, step: f32, width: f32| {
            let d = ((v / step).fract() + 1.0).fract() * step;
            smoothstep(width, width * 0.3, d.min(step - d))
        };
        let tone = 1.0 + patch * 0.10;
        if z > kerb && z < far {
            let mid = (kerb + far) / 2.0;
            let mut albedo = scaled(if self.snowy { hex(0x8e98ad) } else { hex(0x575a6e) }, tone);
            let edge = smoothstep(0.16, 0.05, (z - kerb).min(far - z));
            let dash = smoothstep(0.09, 0.05, (z - mid).abs())
                * smoothstep(0.0, 0.06, ((x * 0.55).fract().abs() - 0.45).abs());
            albedo = mix(albedo, hex(0xf2ead2), dash * 0.85);
            albedo = mix(albedo, self.palette[2], edge);
            let wet = if self.wet { 0.42 + 0.3 * smoothstep(-0.1, 0.3, patch) } else { 0.0 };
            return Surface { albedo: scaled(albedo, if self.wet { 0.72 } else { 1.0 }), wet };
        }
        let grout = line(x, 0.62, 0.016 + z * 0.002).max(line(z, 0.62, 0.016 + z * z * 0.001))
            * smoothstep(9.0, 4.0, z);
        let tile = super::noise::unit((x / 0.62).floor() as i32, (z / 0.62).floor() as i32, self.seed);
        let albedo = mix(
            self.palette[1],
            self.palette[if tile > 0.5 { 2 } else { 0 }],
            0.35 * (tile - 0.5).abs() * 2.0 * smoothstep(14.0, 5.0, z),
        );
        let albedo = scaled(mix(albedo, self.palette[3], grout * 0.55), tone);
        let wet = if self.wet { 0.22 + 0.5 * smoothstep(0.05, 0.3, patch) } else { 0.0 };
        Surface { albedo: scaled(albedo, if self.wet { 0.78 } else { 1.0 }), wet }
    }

    /// Draws the land over the sky. Water surfaces get their distance and a wetness of 2, to be coloured afterwards.
    pub fn paint(&self, canvas: &mut Canvas, view: &View, look: &Look) {
        let (w, h) = (canvas.width, canvas.height);
        let nearest = view.focal / (view.height - view.horizon) * 0.98;
        let far = match self.place {
            Place::City => 60.0,
            Place::Underwater => 46.0,
            _ => 150.0,
        };
        let mut cover = vec![0.0f32; h];
        let mut seen = vec![[0.0f32; 3]; h];
        for column in 0..w {
            cover.fill(0.0);
            seen.fill([0.0; 3]);
            let mut top = h as f32;
            let mut z = nearest;
            let mut last = nearest;
            while z < far && top > 0.0 {
                let x = view.world_x(column as f32 + 0.5, z);
                let land = self.height(x, z);
                let level = if self.floods() { land.max(0.0) } else { land };
                let row = view.horizon + view.focal * (1.0 - level) / z;
                if row < top - 0.3 {
                    self.fill(
                        canvas,
                        view,
                        look,
                        column,
                        (row.max(0.0), top),
                        (z, last),
                        &mut cover,
                        &mut seen,
                    );
                    top = row.max(0.0);
                }
                last = z;
                z *= 1.0 + 0.009 + 0.0035 * (z / 60.0).min(1.0);
            }
            for y in top as usize..h {
                let c = &mut canvas.colour[y * w + column];
                let k = cover[y].min(1.0);
                for i in 0..3 {
                    c[i] = c[i] * (1.0 - k) + seen[y][i];
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn fill(
        &self,
        canvas: &mut Canvas,
        view: &View,
        look: &Look,
        column: usize,
        (row, top): (f32, f32),
        (z, last): (f32, f32),
        cover: &mut [f32],
        seen: &mut [Rgb],
    ) {
        let span = (top - row).max(1e-3);
        for y in row as usize..(top.ceil() as usize).min(canvas.height) {
            let share = ((y + 1) as f32).min(top) - (y as f32).max(row);
            if share <= 0.0 {
                continue;
            }
            // Across a step the inverse distance runs evenly with the row.
            let t = ((top - (y as f32 + 0.5)) / span).clamp(0.0, 1.0);
            let zz = 1.0 / lerp(1.0 / last, 1.0 / z, t);
            let x = view.world_x(column as f32 + 0.5, zz);
            let land = self.height(x, zz);
            let index = y * canvas.width + column;
            if share > 0.5 || canvas.depth[index] > 1.0e8 {
                canvas.depth[index] = zz;
            }
            if land < 0.0 && self.floods() {
                canvas.wet[index] = 2.0;
                cover[y] += share;
                for (seen, haze) in seen[y].iter_mut().zip(look.haze) {
                    *seen += haze * 0.85 * share;
                }
                continue;
            }
            let e = 0.02 + 0.012 * zz;
            let (dx, dz) = (self.height(x + e, zz) - land, self.height(x, zz + e) - land);
            let n = (dx * dx + dz * dz + e * e).sqrt();
            let normal = [-dx / n, e / n, -dz / n];
            let surface = self.surface(x, zz, land, normal);
            if share > 0.5 {
                canvas.wet[index] = surface.wet;
            }
            let open = 0.86 + 0.14 * smoothstep(-0.3, 0.8, land);
            let lit = look.shade(surface.albedo, normal, open);
            let lit = look.through_air(lit, zz);
            cover[y] += share;
            for i in 0..3 {
                seen[y][i] += lit[i] * share;
            }
        }
    }
}
