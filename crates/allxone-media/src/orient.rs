//! Turning pixels upright. The eight EXIF orientations are one walk over the source with different steps, done in small
//! blocks so that quarter turns of a large photo stay within the cache.

use image::metadata::Orientation;

const BLOCK: usize = 64;

/// Turns a picture of `N` bytes per pixel; returns the data and the new width and height.
pub(crate) fn upright<const N: usize>(
    data: Vec<u8>,
    width: u32,
    height: u32,
    orientation: Orientation,
) -> (Vec<u8>, u32, u32) {
    let (w, h) = (width as isize, height as isize);
    // First source pixel, step per target column, step per target row, whether sides are swapped.
    let (start, across, down, swapped) = match orientation {
        Orientation::NoTransforms => return (data, width, height),
        Orientation::FlipHorizontal => (w - 1, -1, w, false),
        Orientation::Rotate180 => (w * h - 1, -1, -w, false),
        Orientation::FlipVertical => ((h - 1) * w, 1, -w, false),
        Orientation::Rotate90FlipH => (0, w, 1, true),
        Orientation::Rotate90 => ((h - 1) * w, -w, 1, true),
        Orientation::Rotate270FlipH => (w * h - 1, -w, -1, true),
        Orientation::Rotate270 => (w - 1, w, -1, true),
    };
    let (new_width, new_height) = if swapped { (height, width) } else { (width, height) };
    let (columns, rows) = (new_width as usize, new_height as usize);
    let source = data.as_chunks::<N>().0;
    let mut out = vec![0; data.len()];
    let target = out.as_chunks_mut::<N>().0;
    for top in (0..rows).step_by(BLOCK) {
        for left in (0..columns).step_by(BLOCK) {
            for y in top..(top + BLOCK).min(rows) {
                for x in left..(left + BLOCK).min(columns) {
                    let from = start + across * x as isize + down * y as isize;
                    if let (Some(to), Some(from)) =
                        (target.get_mut(y * columns + x), source.get(from as usize))
                    {
                        *to = *from;
                    }
                }
            }
        }
    }
    (out, new_width, new_height)
}
