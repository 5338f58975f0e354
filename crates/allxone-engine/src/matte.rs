//! From a coarse mask to soft, exact edges at any size of picture.
//!
//! A guided filter (He, Sun, Tang: "Guided Image Filtering", 2013; with a colour guide and, as in their "Fast Guided
//! Filter", 2015, solved small) finds for each neighbourhood the linear function of colour that explains the mask. It is
//! solved at the size of the mask and read at the size of the picture, where it follows the picture's own edges. The
//! colours of half-covered pixels are freed of the background with local means of both sides (after Forte: "Approximate
//! Fast Foreground Colour Estimation", 2021).

/// Half the window of the guided filter, in mask pixels.
const WINDOW: usize = 3;
/// How much the guided filter smooths, as a variance of colours 0..=1.
const SMOOTHING: f32 = 1e-4;
/// Half the window for the mean colours of foreground and background, in mask pixels.
const SURROUNDINGS: usize = 12;

/// What is needed of a mask to cut a picture of any size, at the mask's own size.
pub(crate) struct Matte {
    width: usize,
    height: usize,
    /// Per mask pixel: weights of red, green, blue and one; the mask itself; three unused.
    edges: Vec<[f32; 8]>,
    /// Per mask pixel: mean foreground colour, mean background colour; two unused.
    sides: Vec<[f32; 8]>,
}

impl Matte {
    /// Explains `mask` (0..=1) by the colours of `guide` (three planes, 0..=1), both `width`×`height`.
    pub(crate) fn fit(guide: &[f32], mask: &[f32], width: usize, height: usize) -> Matte {
        let area = width * height;
        let rgb = [&guide[..area], &guide[area..2 * area], &guide[2 * area..3 * area]];
        let (weights, offset) = guided(rgb, mask, width, height);
        let edges = (0..area)
            .map(|i| [weights[0][i], weights[1][i], weights[2][i], offset[i], mask[i], 0.0, 0.0, 0.0])
            .collect();

        let mean = |values: Vec<f32>| box_mean(&values, width, height, SURROUNDINGS);
        let covered = mean(mask.to_vec());
        let all = rgb.map(|plane| mean(plane.to_vec()));
        let front = rgb.map(|plane| mean(plane.iter().zip(mask).map(|(v, m)| v * m).collect()));
        let sides = (0..area)
            .map(|i| {
                let (inside, outside) = (covered[i] + 1e-4, 1.0 - covered[i] + 1e-4);
                let f = |c: usize| front[c][i] / inside;
                let b = |c: usize| (all[c][i] - front[c][i]) / outside;
                [f(0), f(1), f(2), b(0), b(1), b(2), 0.0, 0.0]
            })
            .collect();
        Matte { width, height, edges, sides }
    }

    /// Cuts an RGBA8 picture: alpha is multiplied by the matte, colours of half-covered pixels lose their
    /// background, and pixels that end fully transparent lose their colour. Gives the share that is kept, 0..=1.
    pub(crate) fn apply(&self, rgba: &mut [u8], width: usize, height: usize) -> f32 {
        let columns: Vec<Between> = (0..width).map(|x| Between::of(x, width, self.width)).collect();
        let mut edges = vec![[0f32; 8]; self.width];
        let mut sides = vec![[0f32; 8]; self.width];
        let mut kept = 0u64;
        for (y, row) in rgba.chunks_exact_mut(width * 4).enumerate() {
            let at = Between::of(y, height, self.height);
            at.mix_rows(&self.edges, self.width, &mut edges);
            at.mix_rows(&self.sides, self.width, &mut sides);
            for (pixel, column) in row.chunks_exact_mut(4).zip(&columns) {
                let colour = [pixel[0], pixel[1], pixel[2]].map(|v| f32::from(v) * (1.0 / 255.0));
                let cover = coverage(&column.mix(&edges), colour);
                let alpha = (cover * f32::from(pixel[3]) + 0.5) as u8;
                if alpha == 0 {
                    pixel.fill(0);
                    continue;
                }
                if cover < 1.0 {
                    let side = column.mix(&sides);
                    for c in 0..3 {
                        let (front, back) = (side[c], side[c + 3]);
                        let rest = colour[c] - cover * front - (1.0 - cover) * back;
                        pixel[c] = crate::planes::byte(front + cover * rest);
                    }
                }
                pixel[3] = alpha;
                kept += u64::from(alpha);
            }
        }
        (kept as f64 / (255.0 * (width * height).max(1) as f64)) as f32
    }
}

/// How much of a pixel is covered. The edges' answer is trusted only where the mask itself is undecided, so that far
/// from the outline a likeness of colours can neither tear holes nor leave wisps; the last percents are cut to clean
/// ends.
#[inline]
fn coverage(edge: &[f32; 8], colour: [f32; 3]) -> f32 {
    let guess = edge[0] * colour[0] + edge[1] * colour[1] + edge[2] * colour[2] + edge[3];
    let mask = edge[4];
    let least = ((mask - 0.85) / 0.13).clamp(0.0, 1.0);
    let most = ((mask - 0.02) / 0.13).clamp(0.0, 1.0);
    ((guess.max(least).min(most) - 0.06) / 0.88).clamp(0.0, 1.0)
}

/// A place between two samples of a shorter or longer row, pixel centres aligned.
#[derive(Clone, Copy)]
struct Between {
    first: usize,
    second: usize,
    share: f32,
}

impl Between {
    fn of(index: usize, length: usize, samples: usize) -> Between {
        let place = (index as f32 + 0.5) * samples as f32 / length as f32 - 0.5;
        let place = place.clamp(0.0, (samples - 1) as f32);
        let first = place as usize;
        Between { first, second: (first + 1).min(samples - 1), share: place - first as f32 }
    }

    #[inline]
    fn mix(self, row: &[[f32; 8]]) -> [f32; 8] {
        let (a, b) = (&row[self.first], &row[self.second]);
        std::array::from_fn(|i| a[i] + (b[i] - a[i]) * self.share)
    }

    fn mix_rows(self, grid: &[[f32; 8]], width: usize, out: &mut [[f32; 8]]) {
        let upper = &grid[self.first * width..(self.first + 1) * width];
        let lower = &grid[self.second * width..(self.second + 1) * width];
        for ((out, a), b) in out.iter_mut().zip(upper).zip(lower) {
            *out = std::array::from_fn(|i| a[i] + (b[i] - a[i]) * self.share);
        }
    }
}

/// Weights of the three colours and an offset, per pixel, that explain the mask: the colour-guided filter, equations
/// 14 to 16 of the paper.
fn guided(rgb: [&[f32]; 3], mask: &[f32], width: usize, height: usize) -> ([Vec<f32>; 3], Vec<f32>) {
    let mean = |values: &[f32]| box_mean(values, width, height, WINDOW);
    let product = |a: &[f32], b: &[f32]| {
        let values: Vec<f32> = a.iter().zip(b).map(|(a, b)| a * b).collect();
        mean(&values)
    };
    let colour = rgb.map(mean);
    let covered = mean(mask);
    let with_mask = rgb.map(|plane| product(plane, mask));
    let [r, g, b] = rgb;
    let squares = [(r, r), (r, g), (r, b), (g, g), (g, b), (b, b)].map(|(x, y)| product(x, y));

    let mut weights = [0, 1, 2].map(|_| vec![0f32; mask.len()]);
    let mut offset = vec![0f32; mask.len()];
    for i in 0..mask.len() {
        let m = [colour[0][i], colour[1][i], colour[2][i]];
        let with = [0, 1, 2].map(|c: usize| with_mask[c][i] - m[c] * covered[i]);
        let [rr, rg, rb, gg, gb, bb] = [0, 1, 2, 3, 4, 5].map(|k: usize| squares[k][i]);
        let spread = [
            rr - m[0] * m[0] + SMOOTHING,
            rg - m[0] * m[1],
            rb - m[0] * m[2],
            gg - m[1] * m[1] + SMOOTHING,
            gb - m[1] * m[2],
            bb - m[2] * m[2] + SMOOTHING,
        ];
        let a = solve(spread, with);
        (0..3).for_each(|c| weights[c][i] = a[c]);
        offset[i] = covered[i] - (0..3).map(|c| a[c] * m[c]).sum::<f32>();
    }
    (weights.map(|plane| mean(&plane)), mean(&offset))
}

/// Solves the symmetric system `[a b c; b d e; c e f] x = v` by cofactors.
fn solve([a, b, c, d, e, f]: [f32; 6], v: [f32; 3]) -> [f32; 3] {
    let (aa, ab, ac) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let (bb, bc, cc) = (a * f - c * c, b * c - a * e, a * d - b * b);
    let determinant = a * aa + b * ab + c * ac;
    if determinant <= f32::MIN_POSITIVE {
        return [0.0; 3];
    }
    let scale = 1.0 / determinant;
    [
        (aa * v[0] + ab * v[1] + ac * v[2]) * scale,
        (ab * v[0] + bb * v[1] + bc * v[2]) * scale,
        (ac * v[0] + bc * v[1] + cc * v[2]) * scale,
    ]
}

/// The mean of the `2 * reach + 1` square around each pixel; edge pixels are repeated outwards.
fn box_mean(values: &[f32], width: usize, height: usize, reach: usize) -> Vec<f32> {
    let scale = 1.0 / (2 * reach + 1) as f64;
    let mut across = vec![0f32; values.len()];
    for (row, out) in values.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        let mut sum = f64::from(row[0]) * (reach + 1) as f64;
        sum += (1..=reach).map(|x| f64::from(row[x.min(width - 1)])).sum::<f64>();
        for (x, out) in out.iter_mut().enumerate() {
            *out = (sum * scale) as f32;
            sum += f64::from(row[(x + reach + 1).min(width - 1)]) - f64::from(row[x.saturating_sub(reach)]);
        }
    }
    let line = |y: usize| &across[y.min(height - 1) * width..(y.min(height - 1) + 1) * width];
    let mut sums: Vec<f64> = line(0).iter().map(|v| f64::from(*v) * (reach + 1) as f64).collect();
    for y in 1..=reach {
        sums.iter_mut().zip(line(y)).for_each(|(sum, v)| *sum += f64::from(*v));
    }
    let mut out = Vec::with_capacity(values.len());
    for y in 0..height {
        out.extend(sums.iter().map(|sum| (*sum * scale) as f32));
        let (enter, leave) = (line(y + reach + 1), line(y.saturating_sub(reach)));
        for ((sum, enter), leave) in sums.iter_mut().zip(enter).zip(leave) {
            *sum += f64::from(*enter) - f64::from(*leave);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_mean_is_the_mean_of_its_box() {
        let values: Vec<f32> = (0..35).map(|i| ((i * 7919) % 101) as f32).collect();
        for reach in [0, 1, 3, 9] {
            let fast = box_mean(&values, 7, 5, reach);
            for (y, x) in (0..5).flat_map(|y| (0..7).map(move |x| (y, x))) {
                let r = reach as i32;
                let at = |v: i32, n: i32| v.clamp(0, n - 1) as usize;
                let sum: f32 = (-r..=r)
                    .flat_map(|dy| (-r..=r).map(move |dx| (dy, dx)))
                    .map(|(dy, dx)| values[at(y + dy, 5) * 7 + at(x + dx, 7)])
                    .sum();
                let mean = sum / ((2 * r + 1) * (2 * r + 1)) as f32;
                assert!((fast[(y * 7 + x) as usize] - mean).abs() < 1e-3, "{reach} {y} {x}");
            }
        }
    }

    #[test]
    fn a_solved_system_holds() {
        let [a, b, c, d, e, f] = [2.0, 0.3, -0.4, 1.5, 0.2, 3.0];
        let [x, y, z] = solve([a, b, c, d, e, f], [1.0, -2.0, 0.5]);
        for (left, right) in
            [(a * x + b * y + c * z, 1.0), (b * x + d * y + e * z, -2.0), (c * x + e * y + f * z, 0.5)]
        {
            assert!((left - right as f32).abs() < 1e-5);
        }
        assert_eq!(solve([0.0; 6], [1.0; 3]), [0.0; 3]);
    }

    /// A red square on blue; the mask is blurred and a mask pixel off, the matte finds the true edge of the large
    /// picture.
    #[test]
    fn the_matte_follows_the_edges_of_the_large_picture() {
        let (side, large) = (64usize, 256usize);
        let red =
            |x: usize, y: usize, n: usize| (n / 4..3 * n / 4).contains(&x) && (n / 4..3 * n / 4).contains(&y);
        let mut guide = vec![0f32; 3 * side * side];
        let mut mask = vec![0f32; side * side];
        for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
            let plane = if red(x, y, side) { 0 } else { 2 };
            guide[plane * side * side + y * side + x] = 1.0;
            mask[y * side + x] = if red(x.saturating_sub(1), y, side) { 1.0 } else { 0.0 };
        }
        let mask = box_mean(&mask, side, side, 1);
        let mut rgba: Vec<u8> = (0..large * large)
            .flat_map(|i| if red(i % large, i / large, large) { [255, 0, 0, 255] } else { [0, 0, 255, 255] })
            .collect();
        let coverage = Matte::fit(&guide, &mask, side, side).apply(&mut rgba, large, large);
        assert!((coverage - 0.25).abs() < 0.01, "{coverage}");
        let wrong = (0..large * large)
            .filter(|&i| (rgba[i * 4 + 3] > 127) != red(i % large, i / large, large))
            .count();
        assert!(wrong < large * large / 200, "{wrong} pixels are on the wrong side");
        assert!(rgba.chunks_exact(4).filter(|p| p[3] == 0).all(|p| p == [0; 4]));
    }
}
