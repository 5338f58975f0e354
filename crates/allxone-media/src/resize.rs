//! Two ways to make a picture smaller. The one in use is an antialiased triangle filter, because a classifier that looks at a
//! point-sampled picture can be blinded by changing one pixel in a hundred. The other repeats what nsfwjs does, flaw included,
//! so that our scores can be compared with its published ones; nothing but that comparison may use it.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use crate::{Pixels, Rgb};

/// Resizes to exactly `width × height` with a triangle filter whose support grows with the reduction (antialiased), in 8 bits:
/// Pillow's `BILINEAR` within rounding. Sides of 0 are taken as 1.
///
/// Should the resizer refuse – its inputs are checked here, so it has no reason to – the picture comes back in its own size,
/// and a caller that needs the size it asked for fails closed.
#[must_use]
pub fn resize_triangle(rgb: &Rgb, width: u32, height: u32) -> Rgb {
    let (width, height) = (width.max(1), height.max(1));
    if (rgb.width(), rgb.height()) == (width, height) {
        return rgb.clone();
    }
    let whole = [0.0, 0.0, f64::from(rgb.width()), f64::from(rgb.height())];
    triangle::<U8x3>(rgb.data(), (rgb.width(), rgb.height()), whole, (width, height))
        .and_then(|data| Rgb::new(width, height, data).ok())
        .unwrap_or_else(|| rgb.clone())
}

/// A rectangle of a picture, in pixels from the top left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Area {
    /// Distance from the left edge.
    pub x: u32,
    /// Distance from the top edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

impl Area {
    /// All of a picture.
    #[must_use]
    pub fn whole(rgb: &Rgb) -> Self {
        Self { x: 0, y: 0, width: rgb.width(), height: rgb.height() }
    }

    /// The largest square around the middle of this area.
    #[must_use]
    pub fn centre_square(self) -> Self {
        let side = self.width.min(self.height);
        let (x, y) = (self.x + (self.width - side) / 2, self.y + (self.height - side) / 2);
        Self { x, y, width: side, height: side }
    }

    /// Whether it is not empty and inside `rgb`.
    pub(crate) fn within(self, rgb: &Rgb) -> bool {
        let fits =
            |at: u32, len: u32, side: u32| len > 0 && at.checked_add(len).is_some_and(|end| end <= side);
        fits(self.x, self.width, rgb.width()) && fits(self.y, self.height, rgb.height())
    }
}

/// [`resize_triangle`] of a part: the same as cutting it out first, without the copy. `None` when the part is empty or reaches outside.
#[must_use]
pub fn resize_part(rgb: &Rgb, area: Area, width: u32, height: u32) -> Option<Rgb> {
    if !area.within(rgb) {
        return None;
    }
    let (width, height) = (width.max(1), height.max(1));
    if (area.width, area.height) == (width, height) {
        return rgb.crop(area.x, area.y, width, height);
    }
    resize_within(rgb, [area.x, area.y, area.width, area.height].map(f64::from), width, height)
}

/// [`resize_triangle`] of a part whose edges (left, top, width, height) may cut through pixels.
pub(crate) fn resize_within(rgb: &Rgb, part: [f64; 4], width: u32, height: u32) -> Option<Rgb> {
    let data = triangle::<U8x3>(rgb.data(), (rgb.width(), rgb.height()), part, (width, height))?;
    Rgb::new(width, height, data).ok()
}

/// [`resize_triangle`] for pictures with transparency: filtered premultiplied, returned straight.
#[must_use]
pub fn resize_pixels(pixels: &Pixels, width: u32, height: u32) -> Pixels {
    let (width, height) = (width.max(1), height.max(1));
    if let Some(rgb) = pixels.opaque() {
        return Pixels::from_rgb(resize_triangle(rgb, width, height));
    }
    if (pixels.width(), pixels.height()) == (width, height) {
        return pixels.clone();
    }
    let whole = [0.0, 0.0, f64::from(pixels.width()), f64::from(pixels.height())];
    triangle::<U8x4>(pixels.rgba(), (pixels.width(), pixels.height()), whole, (width, height))
        .and_then(|data| Pixels::from_rgba(width, height, data).ok())
        .unwrap_or_else(|| pixels.clone())
}

fn triangle<P: PixelTrait + InnerPixel<Component = u8>>(
    data: &[u8],
    from: (u32, u32),
    [left, top, width, height]: [f64; 4],
    to: (u32, u32),
) -> Option<Vec<u8>> {
    let source = TypedImageRef::<P>::from_buffer(from.0, from.1, data).ok()?;
    let mut out = vec![0; (to.0 as usize).checked_mul(to.1 as usize)?.checked_mul(size_of::<P>())?];
    let mut target = TypedImage::<P>::from_buffer(to.0, to.1, &mut out).ok()?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(left, top, width, height);
    Resizer::new().resize_typed(&source, &mut target, &options).ok()?;
    drop(target);
    Some(out)
}

/// Reference mode only: `tf.image.resizeBilinear` with `alignCorners = true` on the full picture, as nsfwjs prepares it.
/// Returns `height × width × 3` floats of 0–255, rows from the top. Not antialiased. Sides of 0 are taken as 1.
#[must_use]
pub fn resize_align_corners_f32(rgb: &Rgb, width: u32, height: u32) -> Vec<f32> {
    let (width, height) = (width.max(1), height.max(1));
    let columns = taps(rgb.width(), width);
    let stride = rgb.width() as usize * 3;
    let data = rgb.data();
    let mut out = Vec::with_capacity(width as usize * height as usize * 3);
    for (top, bottom, down) in taps(rgb.height(), height) {
        let (upper, lower) = (&data[top * stride..][..stride], &data[bottom * stride..][..stride]);
        for &(left, right, across) in &columns {
            for channel in 0..3 {
                let at = |row: &[u8], x: usize| f32::from(row[x * 3 + channel]);
                let (tl, tr) = (at(upper, left), at(upper, right));
                let (bl, br) = (at(lower, left), at(lower, right));
                let (t, b) = (tl + (tr - tl) * across, bl + (br - bl) * across);
                out.push(t + (b - t) * down);
            }
        }
    }
    out
}

/// For each target position: the two source positions and the share of the second.
fn taps(from: u32, to: u32) -> Vec<(usize, usize, f32)> {
    let last = from.saturating_sub(1);
    let scale = if to > 1 { last as f32 / (to - 1) as f32 } else { 0.0 };
    (0..to)
        .map(|i| {
            let position = scale * i as f32;
            let first = (position.floor() as u32).min(last);
            let second = (position.ceil() as u32).min(last);
            (first as usize, second as usize, position - first as f32)
        })
        .collect()
}
