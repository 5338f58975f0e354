//! JPEG by zune-jpeg, asked directly: through the `image` crate ink would come back already mixed to RGB, past its profile.
//! The first try is strict; a stream that is readable only with leniency is still shown, but never sent as it is, since other
//! readers may see something else in it.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::Samples;
use crate::container::Parts;
use crate::container::jpeg::{Facts, Model};
use crate::{Format, Limits, MediaError, room};

/// The samples, and whether the stream was sound and holds what every reader takes for the same colours.
pub(super) fn samples(parts: &Parts, limits: &Limits) -> Result<(Samples, bool), MediaError> {
    let model = parts.jpeg.map_or(Model::Colour, |Facts { model }| model);
    let (mut data, sound) = match decode(parts, model, limits, true) {
        Ok(data) => (data, true),
        Err(error @ (MediaError::DecodedTooLarge { .. } | MediaError::UnsupportedVariety { .. })) => {
            return Err(error);
        }
        Err(_) => (decode(parts, model, limits, false)?, false),
    };
    Ok(match model {
        Model::Grey => (Samples::Grey(data), sound),
        Model::Colour => (Samples::Rgb(data), sound),
        Model::Cmyk { inverted } => {
            if inverted {
                data.iter_mut().for_each(|v| *v = 255 - *v);
            }
            (Samples::Cmyk(data), false)
        }
        Model::Ycck => {
            data.as_chunks_mut::<4>().0.iter_mut().for_each(ycck_to_ink);
            (Samples::Cmyk(data), false)
        }
    })
}

fn decode(parts: &Parts, model: Model, limits: &Limits, strict: bool) -> Result<Vec<u8>, MediaError> {
    let (space, channels) = match model {
        Model::Grey => (ColorSpace::Luma, 1),
        Model::Colour => (ColorSpace::RGB, 3),
        Model::Cmyk { .. } => (ColorSpace::CMYK, 4),
        Model::Ycck => (ColorSpace::YCCK, 4),
    };
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(space)
        .set_strict_mode(strict)
        .set_max_width(limits.max_side as usize)
        .set_max_height(limits.max_side as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(parts.still.as_slice()), options);
    decoder.decode_headers().map_err(error)?;
    if decoder.dimensions() != Some((parts.width as usize, parts.height as usize)) {
        return Err(MediaError::damaged(Format::Jpeg, "two different sizes"));
    }
    let bytes = u64::from(parts.width) * u64::from(parts.height) * channels;
    limits.check_decoded(bytes)?;
    if decoder.output_buffer_size().map(|b| b as u64) != Some(bytes) {
        return Err(MediaError::damaged(Format::Jpeg, "its colours contradict its header"));
    }
    let mut data = room::zeroed(usize::try_from(bytes).map_err(|_| MediaError::ReaderStopped)?);
    decoder.decode_into(&mut data).map_err(error)?;
    Ok(data)
}

fn error(error: DecodeErrors) -> MediaError {
    match error {
        DecodeErrors::Unsupported(_) => MediaError::variety(Format::Jpeg, "an uncommon coding"),
        DecodeErrors::ExhaustedData => MediaError::Truncated { format: Format::Jpeg },
        other => {
            MediaError::damaged(Format::Jpeg, format!("{other:?}").chars().take(120).collect::<String>())
        }
    }
}

/// Adobe stores ink inverted and takes YCC of the inverse of that: what YCC decodes to is the ink itself, while K stays
/// inverted. BT.601 full range in 16-bit fixed point, as libjpeg computes it.
fn ycck_to_ink(p: &mut [u8; 4]) {
    let [y, cb, cr, k] = p.map(i32::from);
    let (cb, cr) = (cb - 128, cr - 128);
    let round = 1 << 15;
    let ink = [
        y + ((91_881 * cr + round) >> 16),
        y - ((22_554 * cb + 46_802 * cr + round) >> 16),
        y + ((116_130 * cb + round) >> 16),
    ]
    .map(|v| v.clamp(0, 255) as u8);
    *p = [ink[0], ink[1], ink[2], 255 - k as u8];
}
