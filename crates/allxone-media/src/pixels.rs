//! Decoded pictures. One type for people's pictures (`Pixels`: sRGB, upright, straight alpha) and one for what a model looks
//! at (`Rgb`: packed, opaque). An opaque picture is held as RGB and widened only when somebody asks for RGBA: a photo from a
//! camera then goes from decoder to classifier without a copy.

use std::sync::{Arc, OnceLock};

use crate::MediaError;

/// A packed RGB8 picture, row after row from the top left. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Rgb {
    width: u32,
    height: u32,
    data: Arc<Vec<u8>>,
}

impl Rgb {
    /// Wraps `data`, which must hold `width × height × 3` bytes; both sides must be at least 1.
    ///
    /// # Errors
    /// [`MediaError::SizeMismatch`].
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, MediaError> {
        check_len(width, height, 3, data.len())?;
        Ok(Self { width, height, data: Arc::new(data) })
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `width × height × 3` bytes.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The colour at `x`, `y`, or `None` outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = (y as usize * self.width as usize + x as usize) * 3;
        self.data.get(at..at + 3)?.try_into().ok()
    }

    /// The part `width × height` whose top left corner is at `x`, `y`; `None` when it is empty or reaches outside.
    #[must_use]
    pub fn crop(&self, x: u32, y: u32, width: u32, height: u32) -> Option<Self> {
        let data = crop(&self.data, (self.width, self.height), 3, (x, y, width, height))?;
        Some(Self { width, height, data: Arc::new(data) })
    }

    /// The largest square around the middle.
    #[must_use]
    pub fn centre_square(&self) -> Self {
        let side = self.width.min(self.height);
        if side == self.width && side == self.height {
            return self.clone();
        }
        self.crop((self.width - side) / 2, (self.height - side) / 2, side, side)
            .unwrap_or_else(|| self.clone())
    }
}

impl std::fmt::Debug for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb({}×{})", self.width, self.height)
    }
}

/// A picture in sRGB, 8 bits per channel, straight (not premultiplied) alpha, upright. Cheap to clone.
#[derive(Clone)]
pub struct Pixels {
    store: Store,
    /// RGBA of an opaque picture, made at the first call of [`Pixels::rgba`].
    widened: Arc<OnceLock<Vec<u8>>>,
}

#[derive(Clone, PartialEq, Eq)]
enum Store {
    Opaque(Rgb),
    /// At least one pixel is not opaque.
    Straight {
        width: u32,
        height: u32,
        data: Arc<Vec<u8>>,
    },
}

impl Pixels {
    /// Wraps RGBA data of `width × height × 4` bytes; both sides must be at least 1.
    ///
    /// # Errors
    /// [`MediaError::SizeMismatch`].
    pub fn from_rgba(width: u32, height: u32, data: Vec<u8>) -> Result<Self, MediaError> {
        check_len(width, height, 4, data.len())?;
        if data.as_chunks::<4>().0.iter().all(|p| p[3] == 255) {
            let rgb = drop_alpha(&data);
            return Ok(Self::from_rgb(Rgb { width, height, data: Arc::new(rgb) }));
        }
        Ok(Self { store: Store::Straight { width, height, data: Arc::new(data) }, widened: Arc::default() })
    }

    /// An opaque picture.
    #[must_use]
    pub fn from_rgb(rgb: Rgb) -> Self {
        Self { store: Store::Opaque(rgb), widened: Arc::default() }
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        match &self.store {
            Store::Opaque(rgb) => rgb.width,
            Store::Straight { width, .. } => *width,
        }
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        match &self.store {
            Store::Opaque(rgb) => rgb.height,
            Store::Straight { height, .. } => *height,
        }
    }

    /// `width × height × 4` bytes, straight alpha. For an opaque picture they are made at the first call and kept.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        match &self.store {
            Store::Opaque(rgb) => self.widened.get_or_init(|| add_alpha(&rgb.data)),
            Store::Straight { data, .. } => data,
        }
    }

    /// Whether at least one pixel is not fully opaque (a file may have an alpha channel and still be opaque).
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        matches!(self.store, Store::Straight { .. })
    }

    /// The picture as RGB without any copy, when it is opaque.
    #[must_use]
    pub fn opaque(&self) -> Option<&Rgb> {
        match &self.store {
            Store::Opaque(rgb) => Some(rgb),
            Store::Straight { .. } => None,
        }
    }

    /// The picture laid over a plain background. Free for an opaque one.
    #[must_use]
    pub fn over(&self, background: [u8; 3]) -> Rgb {
        match &self.store {
            Store::Opaque(rgb) => rgb.clone(),
            Store::Straight { width, height, data } => {
                let mut out = Vec::with_capacity(data.len() / 4 * 3);
                for p in data.as_chunks::<4>().0 {
                    let a = u32::from(p[3]);
                    for (&over, under) in p.iter().zip(background) {
                        let mixed = u32::from(over) * a + u32::from(under) * (255 - a);
                        out.push(((mixed + 127) / 255) as u8);
                    }
                }
                Rgb { width: *width, height: *height, data: Arc::new(out) }
            }
        }
    }

    /// The colours with alpha left out: what a reader that ignores transparency would show, hidden colours included.
    #[must_use]
    pub fn ignoring_alpha(&self) -> Rgb {
        match &self.store {
            Store::Opaque(rgb) => rgb.clone(),
            Store::Straight { width, height, data } => {
                Rgb { width: *width, height: *height, data: Arc::new(drop_alpha(data)) }
            }
        }
    }

    /// The part `width × height` whose top left corner is at `x`, `y`; `None` when it is empty or reaches outside.
    #[must_use]
    pub fn crop(&self, x: u32, y: u32, width: u32, height: u32) -> Option<Self> {
        match &self.store {
            Store::Opaque(rgb) => rgb.crop(x, y, width, height).map(Self::from_rgb),
            Store::Straight { width: w, height: h, data } => {
                Self::from_rgba(width, height, crop(data, (*w, *h), 4, (x, y, width, height))?).ok()
            }
        }
    }

    /// The same picture with the colours of invisible pixels (alpha 0) cleared to black, and whether any was not clear before.
    pub(crate) fn without_hidden_colours(self) -> (Self, bool) {
        let Store::Straight { width, height, data } = self.store else { return (self, false) };
        let hidden = |p: &[u8; 4]| p[3] == 0 && (p[0] | p[1] | p[2]) != 0;
        if !data.as_chunks::<4>().0.iter().any(hidden) {
            return (Self { store: Store::Straight { width, height, data }, widened: self.widened }, false);
        }
        let mut data = Arc::unwrap_or_clone(data);
        for p in data.as_chunks_mut::<4>().0 {
            if p[3] == 0 {
                *p = [0; 4];
            }
        }
        (Self { store: Store::Straight { width, height, data: Arc::new(data) }, widened: self.widened }, true)
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store
    }
}

impl Eq for Pixels {}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Pixels({}×{}{})",
            self.width(),
            self.height(),
            if self.has_alpha() { ", alpha" } else { "" }
        )
    }
}

fn check_len(width: u32, height: u32, channels: u64, actual: usize) -> Result<(), MediaError> {
    let expected = (u64::from(width) * u64::from(height)).saturating_mul(channels);
    let actual = actual as u64;
    if expected == 0 || expected != actual {
        return Err(MediaError::SizeMismatch { width, height, expected: expected.max(channels), actual });
    }
    Ok(())
}

fn drop_alpha(rgba: &[u8]) -> Vec<u8> {
    let mut out = vec![0; rgba.len() / 4 * 3];
    for (to, from) in out.as_chunks_mut::<3>().0.iter_mut().zip(rgba.as_chunks::<4>().0) {
        *to = [from[0], from[1], from[2]];
    }
    out
}

fn add_alpha(rgb: &[u8]) -> Vec<u8> {
    let mut out = vec![0; rgb.len() / 3 * 4];
    for (to, from) in out.as_chunks_mut::<4>().0.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *to = [from[0], from[1], from[2], 255];
    }
    out
}

/// `part` is x, y, width, height.
fn crop(data: &[u8], size: (u32, u32), channels: usize, part: (u32, u32, u32, u32)) -> Option<Vec<u8>> {
    let (x, y, width, height) = part;
    let inside = width > 0
        && height > 0
        && x.checked_add(width).is_some_and(|right| right <= size.0)
        && y.checked_add(height).is_some_and(|bottom| bottom <= size.1);
    if !inside {
        return None;
    }
    let stride = size.0 as usize * channels;
    let (left, row) = (x as usize * channels, width as usize * channels);
    let mut out = Vec::with_capacity(row * height as usize);
    for line in data.chunks_exact(stride).skip(y as usize).take(height as usize) {
        out.extend_from_slice(line.get(left..left + row)?);
    }
    Some(out)
}
