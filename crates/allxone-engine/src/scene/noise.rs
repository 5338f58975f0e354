//! Smooth, seeded noise for ground, water and sky. It is kept apart because everything procedural in a scene
//! draws on it, and because it must not depend on anything but its arguments: same seed, same picture.

/// Mixes two lattice coordinates and a seed into 32 well-spread bits (the finaliser of MurmurHash3).
#[inline]
pub fn hash(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ seed;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85EB_CA6B);
    h ^= h >> 13;
    h = h.wrapping_mul(0xC2B2_AE35);
    h ^ (h >> 16)
}

/// A hash as a number in 0..1.
#[inline]
pub fn unit(x: i32, y: i32, seed: u32) -> f32 {
    (hash(x, y, seed) >> 8) as f32 / 16_777_216.0
}

#[inline]
fn corner(ix: i32, iy: i32, fx: f32, fy: f32, seed: u32) -> f32 {
    // Eight directions are enough at the scales used here and need no table.
    let h = hash(ix, iy, seed);
    let (gx, gy) = match h & 7 {
        0 => (1.0, 0.0),
        1 => (-1.0, 0.0),
        2 => (0.0, 1.0),
        3 => (0.0, -1.0),
        4 => (0.707, 0.707),
        5 => (-0.707, 0.707),
        6 => (0.707, -0.707),
        _ => (-0.707, -0.707),
    };
    gx * fx + gy * fy
}

/// Gradient noise, about -1..1, with continuous second derivatives (Perlin 2002).
#[inline]
pub fn perlin(x: f32, y: f32, seed: u32) -> f32 {
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let (ix, iy) = (x0 as i32, y0 as i32);
    let u = fx * fx * fx * (fx * (fx * 6.0 - 15.0) + 10.0);
    let v = fy * fy * fy * (fy * (fy * 6.0 - 15.0) + 10.0);
    let a = corner(ix, iy, fx, fy, seed);
    let b = corner(ix + 1, iy, fx - 1.0, fy, seed);
    let c = corner(ix, iy + 1, fx, fy - 1.0, seed);
    let d = corner(ix + 1, iy + 1, fx - 1.0, fy - 1.0, seed);
    let top = a + (b - a) * u;
    let bottom = c + (d - c) * u;
    (top + (bottom - top) * v) * 1.5
}

/// `octaves` layers of [`perlin`], each twice as fine and half as strong; about -1..1.
#[inline]
pub fn fbm(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut amplitude, mut frequency, mut total) = (0.0, 1.0, 1.0, 0.0);
    for octave in 0..octaves {
        let offset = octave as f32 * 17.3;
        sum += amplitude
            * perlin(x * frequency + offset, y * frequency - offset, seed.wrapping_add(octave * 101));
        total += amplitude;
        amplitude *= 0.5;
        frequency *= 2.03;
    }
    sum / total
}

/// Ridged noise 0..1 with sharp crests, for mountains.
#[inline]
pub fn ridged(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut amplitude, mut frequency, mut total, mut previous) = (0.0, 1.0, 1.0, 0.0, 1.0f32);
    for octave in 0..octaves {
        let offset = octave as f32 * 31.7;
        let n = 1.0
            - perlin(x * frequency + offset, y * frequency + offset, seed.wrapping_add(octave * 57)).abs();
        let n = n * n;
        sum += n * amplitude * previous;
        total += amplitude;
        previous = n;
        amplitude *= 0.5;
        frequency *= 2.05;
    }
    (sum / total).clamp(0.0, 1.0)
}

/// Hermite step from 0 at `a` to 1 at `b`.
#[inline]
pub fn smoothstep(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Straight line from `a` to `b`.
#[inline]
pub fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_smooth_and_repeatable() {
        for i in 0..4000 {
            let (x, y) = (i as f32 * 0.173 - 300.0, i as f32 * 0.091);
            let n = fbm(x, y, 4, 9);
            assert!(n.abs() <= 1.3, "{n}");
            assert_eq!(n, fbm(x, y, 4, 9));
            assert!((perlin(x, y, 3) - perlin(x + 1e-3, y, 3)).abs() < 0.02);
            assert!((0.0..=1.0).contains(&ridged(x, y, 4, 1)));
        }
        assert_ne!(fbm(1.3, 2.7, 3, 1), fbm(1.3, 2.7, 3, 2));
    }
}
