//! Colours for pixels nobody sees: what lies under full transparency is often black or noise, and a network that
//! looks at its surroundings would paint it into the visible edge.

/// Rings of pixels that take their colour from their visible neighbours; as far as any network here looks.
const RINGS: usize = 24;

/// Gives every fully transparent pixel of a straight-alpha RGBA8 picture the colour of the visible pixels nearest
/// to it, and those further away the mean colour of the picture. Alpha is untouched; a picture without a visible
/// pixel stays as it is.
pub(crate) fn bleed(rgba: &mut [u8], width: usize) {
    let height = rgba.len() / 4 / width.max(1);
    let mut known: Vec<bool> = rgba.chunks_exact(4).map(|p| p[3] != 0).collect();
    let Some(mean) = mean_colour(rgba) else { return };
    let mut ring: Vec<usize> =
        (0..known.len()).filter(|&i| !known[i] && neighbours(i, width, height).any(|n| known[n])).collect();
    for _ in 0..RINGS {
        let colours: Vec<[u8; 3]> = ring
            .iter()
            .map(|&i| {
                let (mut sum, mut count) = ([0u32; 3], 0u32);
                for n in neighbours(i, width, height).filter(|&n| known[n]) {
                    (0..3).for_each(|c| sum[c] += u32::from(rgba[n * 4 + c]));
                    count += 1;
                }
                sum.map(|s| ((s + count / 2) / count.max(1)) as u8)
            })
            .collect();
        for (&i, colour) in ring.iter().zip(&colours) {
            rgba[i * 4..i * 4 + 3].copy_from_slice(colour);
            known[i] = true;
        }
        let mut next: Vec<usize> =
            ring.iter().flat_map(|&i| neighbours(i, width, height)).filter(|&n| !known[n]).collect();
        next.sort_unstable();
        next.dedup();
        ring = next;
    }
    for (pixel, _) in rgba.chunks_exact_mut(4).zip(&known).filter(|(_, known)| !**known) {
        pixel[..3].copy_from_slice(&mean);
    }
}

fn mean_colour(rgba: &[u8]) -> Option<[u8; 3]> {
    let (mut sum, mut weight) = ([0u64; 3], 0u64);
    for pixel in rgba.chunks_exact(4) {
        let alpha = u64::from(pixel[3]);
        (0..3).for_each(|c| sum[c] += u64::from(pixel[c]) * alpha);
        weight += alpha;
    }
    (weight > 0).then(|| sum.map(|s| (s / weight) as u8))
}

fn neighbours(i: usize, width: usize, height: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (i % width, i / width);
    let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
    let (up, down) = (y.saturating_sub(1), (y + 1).min(height - 1));
    (up..=down).flat_map(move |y| (left..=right).map(move |x| y * width + x)).filter(move |&n| n != i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_pixels_take_visible_colours_and_stay_hidden() {
        let mut rgba = vec![0u8; 100 * 3 * 4];
        for y in 0..3 {
            rgba[y * 400..y * 400 + 4].copy_from_slice(&[200, 10, 30, 255]);
            rgba[y * 400 + 396..y * 400 + 400].copy_from_slice(&[0, 210, 30, 255]);
        }
        bleed(&mut rgba, 100);
        assert_eq!(rgba[4..8], [200, 10, 30, 0]);
        assert_eq!(rgba[4 * 20..4 * 20 + 4], [200, 10, 30, 0]);
        assert_eq!(rgba[4 * 90..4 * 90 + 4], [0, 210, 30, 0]);
        assert_eq!(rgba[4 * 50..4 * 50 + 4], [100, 110, 30, 0]);
    }

    #[test]
    fn a_picture_without_a_visible_pixel_stays_as_it_is() {
        let mut rgba = vec![7, 8, 9, 0, 1, 2, 3, 0];
        bleed(&mut rgba, 2);
        assert_eq!(rgba, [7, 8, 9, 0, 1, 2, 3, 0]);
    }
}
