//! The house caps. They are one small value, handed in by the caller, so that tests and servers can be stricter and nobody
//! decodes without having said how much is too much.

use serde::{Deserialize, Serialize};

use crate::MediaError;

/// What a picture may cost at most. All are checked from headers, before anything of that size is allocated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: u64,
    /// Width × height.
    pub max_pixels: u64,
    /// Longest side in pixels.
    pub max_side: u32,
    /// Bytes of the decoded picture in the decoder's own layout (8 or 16 bits per channel).
    pub max_decoded_bytes: u64,
    /// Frames of an animation.
    pub max_frames: u32,
    /// Frames × canvas pixels of an animation: bounds the time spent looking at all of it.
    pub max_animation_pixels: u64,
}

impl Default for Limits {
    /// 32 MB, 50 megapixels, 16,384 pixels a side, 200 MB decoded, 1,000 frames, 500 megapixels over all frames.
    fn default() -> Self {
        Self {
            max_bytes: 32_000_000,
            max_pixels: 50_000_000,
            max_side: 16_384,
            max_decoded_bytes: 200_000_000,
            max_frames: 1_000,
            max_animation_pixels: 500_000_000,
        }
    }
}

impl Limits {
    /// For bytes this crate has just written from pixels that passed the caps.
    pub(crate) fn unbounded() -> Self {
        Self {
            max_bytes: u64::MAX,
            max_pixels: u64::MAX,
            max_side: u32::MAX,
            max_decoded_bytes: u64::MAX,
            max_frames: u32::MAX,
            max_animation_pixels: u64::MAX,
        }
    }

    pub(crate) fn check_bytes(&self, len: usize) -> Result<(), MediaError> {
        let bytes = len as u64;
        if bytes == 0 {
            return Err(MediaError::Empty);
        }
        if bytes > self.max_bytes {
            return Err(MediaError::TooManyBytes { bytes, max: self.max_bytes });
        }
        Ok(())
    }

    /// Sides, pixels and decoded bytes; `bytes_per_pixel` is that of the decoder's output.
    pub(crate) fn check_size(&self, width: u32, height: u32, bytes_per_pixel: u32) -> Result<(), MediaError> {
        if width > self.max_side || height > self.max_side {
            return Err(MediaError::SideTooLong { width, height, max: self.max_side });
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels {
            return Err(MediaError::TooManyPixels { width, height, max: self.max_pixels });
        }
        self.check_decoded(pixels.saturating_mul(u64::from(bytes_per_pixel)))
    }

    pub(crate) fn check_decoded(&self, bytes: u64) -> Result<(), MediaError> {
        if bytes > self.max_decoded_bytes {
            return Err(MediaError::DecodedTooLarge { bytes, max: self.max_decoded_bytes });
        }
        Ok(())
    }

    /// Frames one animation may keep for inspection, or an error when it may not be looked at as a whole.
    pub(crate) fn check_animation(&self, frames: u32, width: u32, height: u32) -> Result<usize, MediaError> {
        if frames > self.max_frames {
            return Err(MediaError::TooManyFrames { frames, max: self.max_frames });
        }
        let canvas = u64::from(width) * u64::from(height);
        if canvas.saturating_mul(u64::from(frames)) > self.max_animation_pixels {
            return Err(MediaError::AnimationTooLarge);
        }
        let fit = self.max_decoded_bytes / (canvas * 4).max(1);
        if fit < MIN_SAMPLES.min(u64::from(frames)) {
            return Err(MediaError::AnimationTooLarge);
        }
        Ok(usize::try_from(fit).unwrap_or(crate::MAX_SAMPLED_FRAMES).min(crate::MAX_SAMPLED_FRAMES))
    }
}

/// Below this number of frames kept at once, sampling says too little about an animation.
const MIN_SAMPLES: u64 = 4;
