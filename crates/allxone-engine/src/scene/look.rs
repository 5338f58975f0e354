//! The light of a scene: sky colours, sun or moon, haze and the tint things take, for each time of day and weather.
//! Every renderer takes its colours from here, which is what keeps one picture one picture.

use super::colour::{Rgb, hex, mix, plus, scaled};
use super::setting::{Place, Setting, Time, Weather};

/// Colours and light of one scene, linear light.
#[derive(Clone, Debug)]
pub struct Look {
    /// Sky stops from zenith (0) to horizon (1).
    pub sky: Vec<(f32, Rgb)>,
    /// Unit vector towards the light: x right, y up, z into the picture.
    pub light: [f32; 3],
    /// Light of the sun or moon.
    pub key: Rgb,
    /// Light of the sky from all around.
    pub ambient: Rgb,
    /// Colour distant things fade into.
    pub haze: Rgb,
    /// Distance at which haze has covered about two thirds.
    pub clear: f32,
    /// Multiplied into drawings.
    pub tint: Rgb,
    /// Light along the edges of drawings that face the light.
    pub rim: Rgb,
    /// Darkness of shadows, 0..1.
    pub shadow: f32,
    /// Colour shadows tend to.
    pub shadow_tint: Rgb,
    /// Sun or moon glow in the sky: colour; black for none.
    pub glow: Rgb,
    /// How much clouds are lit, and by which colour: (top, belly).
    pub cloud: (Rgb, Rgb),
}

fn unit(v: [f32; 3]) -> [f32; 3] {
    let n = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    [v[0] / n, v[1] / n, v[2] / n]
}

impl Look {
    /// The look of a setting; `side` is -1 or 1, where the light comes from.
    pub fn new(setting: &Setting, side: f32) -> Look {
        let mut look = match setting.time {
            Time::Day => Look {
                sky: vec![
                    (0.0, hex(0x2f7fe6)),
                    (0.45, hex(0x6cb4fa)),
                    (0.85, hex(0xbfe3fd)),
                    (1.0, hex(0xe2f3fd)),
                ],
                light: unit([side * 0.62, 0.74, -0.12]),
                key: scaled(hex(0xfff3dc), 0.84),
                ambient: scaled(hex(0xc9defa), 0.44),
                haze: hex(0xc4e2f8),
                clear: 62.0,
                tint: [1.0, 1.0, 1.0],
                rim: scaled(hex(0xfff4d8), 0.10),
                shadow: 0.46,
                shadow_tint: hex(0x24406e),
                glow: scaled(hex(0xfff2c8), 0.35),
                cloud: (hex(0xffffff), hex(0xb9cdea)),
            },
            Time::Dawn => Look {
                sky: vec![
                    (0.0, hex(0x5f86d2)),
                    (0.4, hex(0xa6b6ea)),
                    (0.72, hex(0xf6c3c4)),
                    (0.92, hex(0xffdcae)),
                    (1.0, hex(0xffeccb)),
                ],
                light: unit([side * 0.75, 0.48, 0.3]),
                key: scaled(hex(0xffd9a8), 0.85),
                ambient: scaled(hex(0xcfc6f0), 0.50),
                haze: hex(0xf3d0c6),
                clear: 40.0,
                tint: [1.0, 0.925, 0.89],
                rim: scaled(hex(0xffdfae), 0.35),
                shadow: 0.40,
                shadow_tint: hex(0x443b78),
                glow: scaled(hex(0xffe0a0), 0.7),
                cloud: (hex(0xffe9dc), hex(0xc7a9cf)),
            },
            Time::Sunset => Look {
                sky: vec![
                    (0.0, hex(0x2f2f78)),
                    (0.28, hex(0x6f4796)),
                    (0.55, hex(0xd9617f)),
                    (0.8, hex(0xff9357)),
                    (1.0, hex(0xffd07a)),
                ],
                light: unit([side * 0.62, 0.42, 0.58]),
                key: scaled(hex(0xff9a52), 1.0),
                ambient: scaled(hex(0xa98fd0), 0.45),
                haze: hex(0xf29a70),
                clear: 44.0,
                tint: [0.93, 0.74, 0.70],
                rim: scaled(hex(0xffb765), 0.85),
                shadow: 0.50,
                shadow_tint: hex(0x3a1f5c),
                glow: scaled(hex(0xffa64a), 1.3),
                cloud: (hex(0xffb98a), hex(0x8f4f8f)),
            },
            Time::Night => Look {
                sky: vec![
                    (0.0, hex(0x060a26)),
                    (0.45, hex(0x101c50)),
                    (0.82, hex(0x263d86)),
                    (1.0, hex(0x4560aa)),
                ],
                light: unit([side * 0.55, 0.6, 0.5]),
                key: scaled(hex(0xa9c2ff), 0.34),
                ambient: scaled(hex(0x6f86e0), 0.32),
                haze: hex(0x2a3f82),
                clear: 34.0,
                tint: [0.45, 0.51, 0.73],
                rim: scaled(hex(0xb8d0ff), 0.50),
                shadow: 0.55,
                shadow_tint: hex(0x050a2a),
                glow: scaled(hex(0x9db8ff), 0.5),
                cloud: (hex(0x4a63a8), hex(0x1c2a5e)),
            },
        };
        look.weather(setting);
        look.place(setting);
        look
    }

    fn weather(&mut self, setting: &Setting) {
        let (grey, amount, clear) = match setting.weather {
            Weather::Clear => return,
            Weather::Cloudy => (hex(0xb7c2cf), 0.35, 0.8),
            Weather::Rain => (hex(0x8595a8), 0.62, 0.5),
            Weather::Snow => (hex(0xc3cfdf), 0.55, 0.5),
            Weather::Fog => (hex(0xd5dade), 0.72, 0.24),
        };
        let dim = match setting.time {
            Time::Day => 1.0,
            Time::Dawn => 0.8,
            Time::Sunset => 0.42,
            Time::Night => 0.13,
        };
        let warm = match setting.time {
            Time::Sunset => hex(0xffb48a),
            Time::Dawn => hex(0xffe0cc),
            Time::Night => hex(0x9db4ff),
            Time::Day => [1.0; 3],
        };
        let amount = if setting.time == Time::Day { amount } else { amount * 0.62 };
        let grey = scaled([grey[0] * warm[0], grey[1] * warm[1], grey[2] * warm[2]], dim);
        for (at, colour) in &mut self.sky {
            let k = amount * (0.75 + 0.25 * *at);
            let lift = if setting.weather == Weather::Snow { 1.15 } else { 1.0 };
            *colour = mix(*colour, scaled(grey, (0.62 + 0.5 * *at) * lift), k);
        }
        self.haze = mix(self.haze, scaled(grey, 1.05), amount);
        self.clear *= clear;
        let shade = if setting.weather == Weather::Rain { 0.62 } else { 0.86 };
        self.key = scaled(mix(self.key, scaled(grey, 0.8), amount * 0.7), shade);
        self.ambient = scaled(mix(self.ambient, scaled(grey, 0.8), amount * 0.5), 1.1);
        self.shadow *= 1.0 - 0.5 * amount;
        self.glow = scaled(self.glow, 1.0 - amount * 0.8);
        self.rim = scaled(self.rim, 1.0 - amount * 0.5);
        if setting.weather == Weather::Rain {
            self.tint = [self.tint[0] * 0.80, self.tint[1] * 0.85, self.tint[2] * 0.92];
            self.cloud =
                (scaled(mix(self.cloud.0, grey, 0.75), 0.9), scaled(mix(self.cloud.1, grey, 0.6), 0.62));
        } else {
            self.cloud = (mix(self.cloud.0, grey, 0.3), mix(self.cloud.1, grey, 0.4));
        }
    }

    fn place(&mut self, setting: &Setting) {
        match setting.place {
            Place::Desert if setting.time == Time::Day => {
                self.haze = mix(self.haze, hex(0xf6ddb0), 0.6);
                let last = self.sky.len() - 1;
                self.sky[last].1 = mix(self.sky[last].1, hex(0xfbe8c4), 0.7);
            }
            Place::Mountains => self.clear *= 1.7,
            Place::Underwater => {
                let k = if setting.time == Time::Night { 0.35 } else { 1.0 };
                self.sky = [(0.0, 0x8fe6f2), (0.25, 0x35b4dc), (0.7, 0x1573b8), (1.0, 0x0f4f94)]
                    .map(|(t, c)| (t, scaled(hex(c), k)))
                    .to_vec();
                self.haze = scaled(hex(0x1a6fae), k);
                self.clear = 12.0;
                self.tint = scaled([0.78, 0.95, 1.04], if k < 1.0 { 0.6 } else { 1.0 });
                self.key = scaled(hex(0xbdf2ff), 0.7 * k);
                self.ambient = scaled(hex(0x58b6e0), 0.6 * k);
                self.shadow *= 0.6;
            }
            Place::Space => {
                self.sky = vec![(0.0, hex(0x04051a)), (0.6, hex(0x0d0b33)), (1.0, hex(0x241a55))];
                self.haze = hex(0x1c1648);
                self.clear = 160.0;
                self.tint = [0.92, 0.93, 1.0];
                self.key = scaled(hex(0xfff4e6), 0.95);
                self.ambient = scaled(hex(0x7f7fd0), 0.22);
                self.light = unit([self.light[0].signum() * 0.7, 0.5, -0.1]);
                self.rim = scaled(hex(0xcfd6ff), 0.4);
                self.shadow = 0.6;
            }
            _ => {}
        }
        if setting.snowy && setting.time == Time::Day {
            self.haze = mix(self.haze, hex(0xdce9f8), 0.5);
        }
    }

    /// Sky colour at a height: 0 zenith, 1 horizon.
    pub fn sky_at(&self, t: f32) -> Rgb {
        super::colour::gradient(&self.sky, t)
    }

    /// Colour of a surface with this albedo and unit normal, `open` 0..1 = how much sky it sees.
    pub fn shade(&self, albedo: Rgb, normal: [f32; 3], open: f32) -> Rgb {
        let facing = normal[0] * self.light[0] + normal[1] * self.light[1] + normal[2] * self.light[2];
        // Wrapped diffuse: the soft fall-off of clay rather than the hard one of stone.
        let wrapped = ((facing + 0.35) / 1.35).max(0.0);
        let up = 0.5 + 0.5 * normal[1];
        let light = plus(scaled(self.key, wrapped), scaled(self.ambient, (0.45 + 0.55 * up) * open));
        [albedo[0] * light[0], albedo[1] * light[1], albedo[2] * light[2]]
    }

    /// A colour seen through `distance` of air.
    pub fn through_air(&self, colour: Rgb, distance: f32) -> Rgb {
        mix(colour, self.haze, self.air(distance))
    }

    /// Share of haze at a distance, 0..0.94.
    pub fn air(&self, distance: f32) -> f32 {
        0.94 * (1.0 - (-(distance - 3.0).max(0.0) / self.clear).exp())
    }
}
