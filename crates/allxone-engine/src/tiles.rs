//! How a picture is cut into overlapping tiles for a network of bounded reach: cores cover it exactly once,
//! each with as much surrounding picture as the network can see.

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Width.
    pub w: usize,
    /// Height.
    pub h: usize,
}

/// One tile: `core` is kept of the network's answer to `outer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    /// The part of the picture this tile answers for.
    pub core: Rect,
    /// The core and its surroundings, cut at the picture's edges.
    pub outer: Rect,
}

/// Cuts a `width`×`height` picture into rows of tiles whose cores are of nearly equal size, at most `side` on each
/// side, with `reach` pixels of surroundings.
pub(crate) fn tiles(width: usize, height: usize, side: usize, reach: usize) -> Vec<Tile> {
    let columns = spans(width, side, reach);
    let rows = spans(height, side, reach);
    let tile = |row: &Span, column: &Span| Tile {
        core: Rect { x: column.from, y: row.from, w: column.to - column.from, h: row.to - row.from },
        outer: Rect {
            x: column.outer_from,
            y: row.outer_from,
            w: column.outer_to - column.outer_from,
            h: row.outer_to - row.outer_from,
        },
    };
    rows.iter().flat_map(|row| columns.iter().map(move |column| tile(row, column))).collect()
}

struct Span {
    from: usize,
    to: usize,
    outer_from: usize,
    outer_to: usize,
}

fn spans(length: usize, side: usize, reach: usize) -> Vec<Span> {
    let count = length.div_ceil(side.max(1)).max(1);
    (0..count)
        .map(|i| {
            let (from, to) = (length * i / count, length * (i + 1) / count);
            Span { from, to, outer_from: from.saturating_sub(reach), outer_to: (to + reach).min(length) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_cover_every_pixel_once_and_outers_reach_as_far_as_they_can() {
        for (w, h) in [(1, 1), (3, 5), (1, 2000), (320, 320), (321, 640), (1000, 333)] {
            let mut seen = vec![0u8; w * h];
            for Tile { core, outer } in tiles(w, h, 320, 18) {
                assert!(core.w <= 320 && core.h <= 320 && core.w > 0 && core.h > 0);
                assert_eq!(outer.x, core.x.saturating_sub(18));
                assert_eq!(outer.y + outer.h, (core.y + core.h + 18).min(h));
                for y in core.y..core.y + core.h {
                    for x in core.x..core.x + core.w {
                        seen[y * w + x] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|n| *n == 1), "{w}×{h}");
        }
    }
}
