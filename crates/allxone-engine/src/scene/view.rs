//! The camera: an upright pinhole one unit above the ground, the same for every outdoor scene, so that ground, hills, trees
//! and things share one perspective.

/// Height of the eye above the ground, world units.
pub const EYE: f32 = 1.0;

/// The camera of one picture.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Picture width in pixels.
    pub width: f32,
    /// Picture height in pixels.
    pub height: f32,
    /// Row of the horizon.
    pub horizon: f32,
    /// Pixels a world unit measures at distance 1.
    pub focal: f32,
}

impl View {
    /// A camera with its horizon at this share of the height.
    pub fn new(width: usize, height: usize, horizon: f32) -> View {
        let (width, height) = (width as f32, height as f32);
        View { width, height, horizon: horizon * height, focal: 0.9 * height.min(width * 1.6) }
    }

    /// Where a world point appears.
    pub fn project(&self, x: f32, y: f32, z: f32) -> (f32, f32) {
        (self.width / 2.0 + self.focal * x / z, self.horizon + self.focal * (EYE - y) / z)
    }

    /// Distance of flat ground seen at this row; very far at or above the horizon.
    pub fn ground_z(&self, row: f32) -> f32 {
        let below = row - self.horizon;
        if below <= 0.05 { 1.0e4 } else { self.focal * EYE / below }
    }

    /// World x of a column at a distance.
    pub fn world_x(&self, column: f32, z: f32) -> f32 {
        (column - self.width / 2.0) * z / self.focal
    }

    /// A length that scales with the picture: `share` of a 1000-pixel picture, in pixels.
    pub fn px(&self, share: f32) -> f32 {
        (self.width * self.height).sqrt() * share / 1000.0
    }
}
