//! From whatever a file's numbers mean to sRGB with 8 bits. It happens before metadata is dropped, since a profile dropped
//! unread changes every colour. A profile that amounts to sRGB is recognised by what it does, not by its name, so that such
//! files can stay byte for byte. A broken profile, or one for another kind of samples, counts as none: viewers do the same.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, TransformExecutor, TransformOptions,
    curve_from_gamma,
};

use crate::container::Colour;
use crate::decode::Samples;
use crate::{Format, MediaError};

/// Samples in sRGB.
pub(crate) enum Srgb {
    Rgb(Vec<u8>),
    Rgba(Vec<u8>),
}

type Transform<T> = dyn TransformExecutor<T> + Send + Sync;

/// Differences up to this are rounding, not another colour space.
const ROUNDING: u8 = 2;

/// Converts to sRGB; the flag tells whether the numbers mean anything else than before (a plain widening of grey does not).
pub(crate) fn to_srgb(samples: Samples, colour: &Colour, format: Format) -> Result<(Srgb, bool), MediaError> {
    match samples {
        Samples::Grey(data) => {
            let table = grey_table(colour);
            Ok((
                Srgb::Rgb(data.iter().flat_map(|&v| table.map_or([v; 3], |t| t[usize::from(v)])).collect()),
                table.is_some(),
            ))
        }
        Samples::GreyAlpha(data) => {
            let table = grey_table(colour);
            let widen = |&[v, a]: &[u8; 2]| {
                let [r, g, b] = table.map_or([v; 3], |t| t[usize::from(v)]);
                [r, g, b, a]
            };
            Ok((Srgb::Rgba(data.as_chunks::<2>().0.iter().flat_map(widen).collect()), table.is_some()))
        }
        Samples::Rgb(mut data) => {
            let Some(profile) = rgb_profile(colour) else { return Ok((Srgb::Rgb(data), false)) };
            let changed = apply_in_place(&profile, Layout::Rgb, 3, &mut data, format)?;
            Ok((Srgb::Rgb(data), changed))
        }
        Samples::Rgba(mut data) => {
            let Some(profile) = rgb_profile(colour) else { return Ok((Srgb::Rgba(data), false)) };
            let changed = apply_in_place(&profile, Layout::Rgba, 4, &mut data, format)?;
            Ok((Srgb::Rgba(data), changed))
        }
        Samples::Rgb16(data) => {
            let (data, changed) = narrow(&data, colour, Layout::Rgb, 3, format)?;
            Ok((Srgb::Rgb(data), changed))
        }
        Samples::Rgba16(data) => {
            let (data, changed) = narrow(&data, colour, Layout::Rgba, 4, format)?;
            Ok((Srgb::Rgba(data), changed))
        }
        Samples::Cmyk(data) => Ok((Srgb::Rgb(from_ink(&data, colour, format)?), true)),
    }
}

/// Samples per step of a conversion: small enough to stay in the cache.
const STEP: usize = 4096;

fn options() -> TransformOptions {
    TransformOptions::default()
}

fn cannot_apply(format: Format) -> MediaError {
    MediaError::damaged(format, "its colour profile cannot be applied")
}

/// The profile of RGB samples, unless it is sRGB in effect.
fn rgb_profile(colour: &Colour) -> Option<ColorProfile> {
    let profile = match colour {
        Colour::Srgb => return None,
        Colour::Icc(icc) => ColorProfile::new_from_slice(icc).ok()?,
        Colour::Gamma { exponent, chromaticities } => gamma_profile(*exponent, chromaticities.as_ref())?,
        Colour::Cicp { primaries, transfer } => cicp_profile(*primaries, *transfer)?,
    };
    if profile.color_space != DataColorSpace::Rgb {
        return None;
    }
    let transform =
        profile.create_transform_8bit(Layout::Rgb, &ColorProfile::new_srgb(), Layout::Rgb, options()).ok()?;
    let levels = || (0..=255_u8).step_by(15);
    let grid: Vec<u8> =
        levels().flat_map(|r| levels().flat_map(move |g| levels().flat_map(move |b| [r, g, b]))).collect();
    let mut seen = vec![0; grid.len()];
    transform.transform(&grid, &mut seen).ok()?;
    (!near(&grid, &seen)).then_some(profile)
}

fn near(a: &[u8], b: &[u8]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= ROUNDING)
}

fn gamma_profile(exponent: f32, chromaticities: Option<&[f32; 8]>) -> Option<ColorProfile> {
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    if let Some(&[wx, wy, rx, ry, gx, gy, bx, by]) = chromaticities {
        // A zero or negative y has no meaning and would divide by zero.
        if [wy, ry, gy, by].iter().any(|y| *y < 0.001) {
            return None;
        }
        let primaries = ColorPrimaries {
            red: Chromaticity::new(rx, ry),
            green: Chromaticity::new(gx, gy),
            blue: Chromaticity::new(bx, by),
        };
        profile.update_rgb_colorimetry(Chromaticity::new(wx, wy).to_xyyb(), primaries);
    }
    if !(2.1..=2.3).contains(&exponent) {
        let curve: ToneReprCurve = curve_from_gamma(exponent);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    Some(profile)
}

/// PQ (16) and HLG (18) describe light far above white; without tone mapping they are better shown as they are.
fn cicp_profile(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    if matches!(transfer, 16 | 18) {
        return None;
    }
    let cicp = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::try_from(0).ok()?,
        full_range: true,
    };
    // The update stops early on primaries or curves it does not know; the curve is what it sets last.
    let profile = ColorProfile::new_from_cicp(cicp);
    profile.red_trc.is_some().then_some(profile)
}

/// sRGB for each grey level, unless the profile is sRGB in effect or none of grey.
fn grey_table(colour: &Colour) -> Option<[[u8; 3]; 256]> {
    let profile = match colour {
        Colour::Icc(icc) => ColorProfile::new_from_slice(icc).ok()?,
        Colour::Gamma { exponent, .. } if !(2.1..=2.3).contains(exponent) => {
            ColorProfile::new_gray_with_gamma(*exponent)
        }
        _ => return None,
    };
    if profile.color_space != DataColorSpace::Gray {
        return None;
    }
    let transform = profile
        .create_transform_8bit(Layout::Gray, &ColorProfile::new_srgb(), Layout::Rgb, options())
        .ok()?;
    let levels: Vec<u8> = (0..=255).collect();
    let mut seen = vec![0; 768];
    transform.transform(&levels, &mut seen).ok()?;
    let plain: Vec<u8> = levels.iter().flat_map(|&v| [v; 3]).collect();
    if near(&plain, &seen) {
        return None;
    }
    let mut table = [[0; 3]; 256];
    table.copy_from_slice(seen.as_chunks::<3>().0);
    Some(table)
}

/// Converts 8-bit samples where they lie; `false` when the profile cannot be used and nothing was changed.
fn apply_in_place(
    profile: &ColorProfile,
    layout: Layout,
    channels: usize,
    data: &mut [u8],
    format: Format,
) -> Result<bool, MediaError> {
    let Ok(transform) = profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), layout, options())
    else {
        return Ok(false);
    };
    let mut before = vec![0; STEP * channels];
    for part in data.chunks_mut(STEP * channels) {
        let before = &mut before[..part.len()];
        before.copy_from_slice(part);
        transform.transform(before, part).map_err(|_| cannot_apply(format))?;
    }
    Ok(true)
}

/// 16-bit samples (native byte order) to 8 bits, converted before they are rounded when there is a profile.
fn narrow(
    data: &[u8],
    colour: &Colour,
    layout: Layout,
    channels: usize,
    format: Format,
) -> Result<(Vec<u8>, bool), MediaError> {
    let transform: Option<std::sync::Arc<Transform<u16>>> = rgb_profile(colour)
        .and_then(|p| p.create_transform_16bit(layout, &ColorProfile::new_srgb(), layout, options()).ok());
    let mut out = Vec::with_capacity(data.len() / 2);
    let (mut before, mut after) = (Vec::new(), vec![0_u16; STEP * channels]);
    for part in data.chunks(STEP * channels * 2) {
        before.clear();
        before.extend(part.as_chunks::<2>().0.iter().map(|v| u16::from_ne_bytes(*v)));
        let wide: &[u16] = if let Some(transform) = &transform {
            let after = &mut after[..before.len()];
            transform.transform(&before, after).map_err(|_| cannot_apply(format))?;
            after
        } else {
            &before
        };
        out.extend(wide.iter().map(|v| round_16(*v)));
    }
    Ok((out, transform.is_some()))
}

/// 16 bits to 8, rounded to the nearest.
pub(crate) fn round_16(v: u16) -> u8 {
    ((u32::from(v) + 128) / 257) as u8
}

/// Ink (255 = full) to sRGB: by the profile when there is one of ink, else by plain subtraction.
fn from_ink(data: &[u8], colour: &Colour, format: Format) -> Result<Vec<u8>, MediaError> {
    let profile = match colour {
        Colour::Icc(icc) => {
            ColorProfile::new_from_slice(icc).ok().filter(|p| p.color_space == DataColorSpace::Cmyk)
        }
        _ => None,
    };
    let transform = profile.and_then(|p| {
        p.create_transform_8bit(Layout::Rgba, &ColorProfile::new_srgb(), Layout::Rgb, options()).ok()
    });
    let mut out = vec![0; data.len() / 4 * 3];
    let Some(transform) = transform else {
        for (to, [c, m, y, k]) in out.as_chunks_mut::<3>().0.iter_mut().zip(data.as_chunks::<4>().0) {
            let light = |ink: u8| ((u32::from(255 - ink) * u32::from(255 - k) + 127) / 255) as u8;
            *to = [light(*c), light(*m), light(*y)];
        }
        return Ok(out);
    };
    for (from, to) in data.chunks(STEP * 4).zip(out.chunks_mut(STEP * 3)) {
        transform.transform(from, to).map_err(|_| cannot_apply(format))?;
    }
    Ok(out)
}
