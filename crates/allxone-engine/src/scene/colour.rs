//! Colour arithmetic of a scene: everything is blended in linear light, so sRGB is converted once on the way in
//! and once on the way out; gradients and recolouring go through Oklab (Björn Ottosson, 2020), where even steps look even.

use std::sync::OnceLock;

/// Linear-light red, green, blue; 1.0 is display white, more is allowed until the final clamp.
pub type Rgb = [f32; 3];

/// One sRGB channel value 0..1 to linear light (IEC 61966-2-1).
pub fn to_linear(c: f32) -> f32 {
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to one sRGB channel value 0..1.
pub fn to_srgb(c: f32) -> f32 {
    if c <= 0.003_130_8 { c * 12.92 } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 }
}

/// The 256 linear values of an sRGB byte.
pub fn linear_table() -> &'static [f32; 256] {
    static TABLE: OnceLock<[f32; 256]> = OnceLock::new();
    TABLE.get_or_init(|| std::array::from_fn(|i| to_linear(i as f32 / 255.0)))
}

const SRGB_STEPS: usize = 8192;

/// sRGB (0..255 as a float, for dithering) of linear values 0..1 in 8192 steps.
pub fn srgb_table() -> &'static [f32] {
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    TABLE.get_or_init(|| {
        (0..=SRGB_STEPS)
            // Square-root spacing puts the steps where sRGB needs them, in the shadows.
            .map(|i| 255.0 * to_srgb((i as f32 / SRGB_STEPS as f32).powi(2)))
            .collect()
    })
}

/// A linear value to 0..255 sRGB through [`srgb_table`].
#[inline]
pub fn encode(table: &[f32], c: f32) -> f32 {
    let index = (c.clamp(0.0, 1.0).sqrt() * SRGB_STEPS as f32 + 0.5) as usize;
    table[index.min(SRGB_STEPS)]
}

/// A colour written `0xRRGGBB` in sRGB, as linear light.
pub fn hex(rgb: u32) -> Rgb {
    let t = linear_table();
    [t[(rgb >> 16 & 255) as usize], t[(rgb >> 8 & 255) as usize], t[(rgb & 255) as usize]]
}

/// Blend of two colours, straight in linear light.
#[inline]
pub fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// Channel by channel product.
#[inline]
pub fn times(a: Rgb, b: Rgb) -> Rgb {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

/// Colour times a factor.
#[inline]
pub fn scaled(a: Rgb, k: f32) -> Rgb {
    [a[0] * k, a[1] * k, a[2] * k]
}

/// Sum of two colours.
#[inline]
pub fn plus(a: Rgb, b: Rgb) -> Rgb {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Relative luminance (Rec. 709).
#[inline]
pub fn luminance(c: Rgb) -> f32 {
    0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
}

/// Linear sRGB to Oklab.
pub fn oklab(c: Rgb) -> [f32; 3] {
    let l = (0.412_221_46 * c[0] + 0.536_332_55 * c[1] + 0.051_445_995 * c[2]).max(0.0).cbrt();
    let m = (0.211_903_5 * c[0] + 0.680_699_5 * c[1] + 0.107_396_96 * c[2]).max(0.0).cbrt();
    let s = (0.088_302_46 * c[0] + 0.281_718_85 * c[1] + 0.629_978_7 * c[2]).max(0.0).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

/// Oklab to linear sRGB, out-of-gamut values clamped at zero.
pub fn from_oklab(c: [f32; 3]) -> Rgb {
    let l = (c[0] + 0.396_337_78 * c[1] + 0.215_803_76 * c[2]).powi(3);
    let m = (c[0] - 0.105_561_346 * c[1] - 0.063_854_17 * c[2]).powi(3);
    let s = (c[0] - 0.089_484_18 * c[1] - 1.291_485_5 * c[2]).powi(3);
    [
        (4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s).max(0.0),
        (-1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s).max(0.0),
        (-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s).max(0.0),
    ]
}

/// Even-looking gradient through stops of (position 0..1 ascending, colour).
pub fn gradient(stops: &[(f32, Rgb)], t: f32) -> Rgb {
    let Some(first) = stops.first() else { return [0.0; 3] };
    if t <= first.0 {
        return first.1;
    }
    for pair in stops.windows(2) {
        if t <= pair[1].0 {
            let k = (t - pair[0].0) / (pair[1].0 - pair[0].0).max(1e-6);
            let k = k * k * (3.0 - 2.0 * k) * 0.5 + k * 0.5;
            let (a, b) = (oklab(pair[0].1), oklab(pair[1].1));
            return from_oklab([
                a[0] + (b[0] - a[0]) * k,
                a[1] + (b[1] - a[1]) * k,
                a[2] + (b[2] - a[2]) * k,
            ]);
        }
    }
    stops[stops.len() - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_linear_light_and_oklab() {
        let table = srgb_table();
        for i in 0..=255u32 {
            let c = hex(i << 16 | i << 8 | i);
            assert!((encode(table, c[0]) - i as f32).abs() < 0.4, "{i}");
            let back = from_oklab(oklab(c));
            assert!((back[1] - c[1]).abs() < 1e-3);
        }
    }

    #[test]
    fn a_gradient_meets_its_stops() {
        let stops = [(0.0, hex(0x102030)), (0.5, hex(0xff8040)), (1.0, hex(0xffffff))];
        assert_eq!(gradient(&stops, 0.0), hex(0x102030));
        assert!((gradient(&stops, 0.5)[0] - hex(0xff8040)[0]).abs() < 1e-3);
        assert_eq!(gradient(&stops, 2.0), hex(0xffffff));
    }
}
