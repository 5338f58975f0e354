//! Between interleaved 8-bit pixels and the planes of floats that networks read and write: one pass each way.

use allxone_inference::Tensor;

use crate::EngineError;
use crate::tiles::Rect;

/// The colours of a region of an interleaved picture of `N` bytes a pixel (the first three are red, green, blue) as a
/// `[1, 3, height, width]` tensor, 0..=1. `stride` is the picture's width in pixels.
///
/// `height` and `width` may exceed the region: the region's last row and column are repeated, so that no edge
/// arises where there is none in the picture.
pub(crate) fn read<const N: usize>(
    bytes: &[u8],
    stride: usize,
    region: Rect,
    width: usize,
    height: usize,
) -> Tensor {
    read_normalised::<N>(bytes, stride, region, (width, height), [0.0; 3], [1.0; 3])
}

/// Like [`read`], with each channel's `mean` taken away and the rest divided by `deviation`.
pub(crate) fn read_normalised<const N: usize>(
    bytes: &[u8],
    stride: usize,
    region: Rect,
    (width, height): (usize, usize),
    mean: [f32; 3],
    deviation: [f32; 3],
) -> Tensor {
    let area = width * height;
    let mut data = vec![0f32; 3 * area];
    let scale = deviation.map(|d| 1.0 / (255.0 * d));
    let shift = [0, 1, 2].map(|c| -mean[c] / deviation[c]);
    let (red, rest) = data.split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    for y in 0..height {
        let from = ((region.y + y.min(region.h - 1)) * stride + region.x) * N;
        let source = bytes[from..from + region.w * N].as_chunks::<N>().0;
        let row = y * width..(y + 1) * width;
        let (r, g, b) = (&mut red[row.clone()], &mut green[row.clone()], &mut blue[row]);
        for (((pixel, r), g), b) in source.iter().zip(r.iter_mut()).zip(g.iter_mut()).zip(b.iter_mut()) {
            *r = f32::from(pixel[0]) * scale[0] + shift[0];
            *g = f32::from(pixel[1]) * scale[1] + shift[1];
            *b = f32::from(pixel[2]) * scale[2] + shift[2];
        }
        for plane in [r, g, b] {
            let last = plane[region.w - 1];
            plane[region.w..].fill(last);
        }
    }
    Tensor { shape: vec![1, 3, height, width], data }
}

/// A colour value 0..=1 as a byte, rounded; out of range and not-a-number are cut.
#[inline]
pub(crate) fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

/// Writes a row of three planes into the colours of as many pixels of `N` bytes.
pub(crate) fn write_row<const N: usize>([red, green, blue]: [&[f32]; 3], out: &mut [u8]) {
    for (((pixel, r), g), b) in out.as_chunks_mut::<N>().0.iter_mut().zip(red).zip(green).zip(blue) {
        (pixel[0], pixel[1], pixel[2]) = (byte(*r), byte(*g), byte(*b));
    }
}

/// The three colour planes of a network's answer.
pub(crate) struct Planes<'t> {
    /// Red, green, blue, each `width * height` long.
    pub rgb: [&'t [f32]; 3],
    /// Length of a row.
    pub width: usize,
}

/// Sees a network's first answer as three colour planes of the expected size.
///
/// # Errors
/// [`EngineError::ModelOutput`] if it has another shape.
pub(crate) fn colours<'t>(
    model: &'static str,
    outputs: &'t [Tensor],
    width: usize,
    height: usize,
) -> Result<Planes<'t>, EngineError> {
    let data = first(model, outputs, &[1, 3, height, width])?;
    let (red, rest) = data.split_at(width * height);
    let (green, blue) = rest.split_at(width * height);
    Ok(Planes { rgb: [red, green, blue], width })
}

/// The numbers of a network's first answer, which must have this shape.
///
/// # Errors
/// [`EngineError::ModelOutput`] if it has not.
pub(crate) fn first<'t>(
    model: &'static str,
    outputs: &'t [Tensor],
    shape: &[usize],
) -> Result<&'t [f32], EngineError> {
    match outputs.first() {
        Some(output) if output.shape == shape && output.data.len() == shape.iter().product::<usize>() => {
            Ok(&output.data)
        }
        other => Err(EngineError::ModelOutput {
            model,
            detail: format!("expected the shape {shape:?}, got {:?}", other.map(|o| &o.shape)),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_region_is_read_and_its_edges_are_repeated() {
        let rgba: Vec<u8> = (0..12u8).flat_map(|i| [i, 100 + i, 200 + i, 255]).collect();
        let tensor = read::<4>(&rgba, 4, Rect { x: 1, y: 1, w: 2, h: 2 }, 3, 4);
        let red: Vec<u8> = tensor.data[..12].iter().map(|v| byte(*v)).collect();
        assert_eq!(red, [5, 6, 6, 9, 10, 10, 9, 10, 10, 9, 10, 10]);
        assert_eq!(tensor.shape, [1, 3, 4, 3]);
        assert_eq!(byte(tensor.data[12]), 105);
        assert_eq!(byte(tensor.data[24]), 205);
    }

    #[test]
    fn every_byte_survives_the_way_there_and_back() {
        let rgba: Vec<u8> = (0..=255u8).flat_map(|i| [i, i, i, 255]).collect();
        let tensor = read::<4>(&rgba, 256, Rect { x: 0, y: 0, w: 256, h: 1 }, 256, 1);
        assert!((0..256).all(|i| usize::from(byte(tensor.data[i])) == i));
        assert_eq!([byte(-3.0), byte(7.0), byte(f32::NAN)], [0, 255, 0]);
    }

    #[test]
    fn an_answer_of_another_shape_is_refused() {
        let answer = [Tensor { shape: vec![1, 3, 2, 2], data: vec![0.0; 12] }];
        assert!(colours("m", &answer, 2, 2).is_ok());
        assert_eq!(colours("m", &answer, 3, 2).err().unwrap().code(), "model_output");
        assert_eq!(colours("m", &[], 2, 2).err().unwrap().code(), "model_output");
    }
}
