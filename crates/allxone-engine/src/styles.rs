//! The styles that are offered: those of the network's 26 that were looked at on portraits, animals, still lifes
//! and flat drawings and keep the subject readable. An id never changes its meaning; the others are not offered.

use serde::Serialize;

use crate::EngineError;

/// Number of styles the network was trained on, the length of its weight vector.
pub(crate) const TRAINED: usize = 26;

/// One style a picture can be redrawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StyleCard {
    /// Stable id, `kebab-case`.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it looks like, one plain line.
    pub line: &'static str,
    #[serde(skip)]
    pub(crate) index: usize,
}

const fn card(index: usize, id: &'static str, name: &'static str, line: &'static str) -> StyleCard {
    StyleCard { id, name, line, index }
}

static STYLES: [StyleCard; 17] = [
    card(19, "starry-strokes", "Starry strokes", "Swirling strokes of deep blue and warm yellow."),
    card(24, "woodblock-wave", "Woodblock wave", "Navy, foam and cream, like a woodblock print of the sea."),
    card(0, "golden-hour", "Golden hour", "Ochre and pale blue brushwork on rough canvas."),
    card(8, "coloured-pencil", "Coloured pencil", "Fine teal and pink pencil lines on white paper."),
    card(14, "porcelain", "Porcelain", "A calm glaze of pale blue and blush."),
    card(11, "old-engraving", "Old engraving", "Sepia lines and stipple on gold and ivory paper."),
    card(5, "autumn-fire", "Autumn fire", "Fiery orange strokes with violet shadows."),
    card(12, "lilac-pastel", "Lilac pastel", "Soft chalk in lilac, apricot and sky blue."),
    card(2, "charcoal-peach", "Charcoal and peach", "Charcoal shadows on pale paper with a touch of peach."),
    card(
        22,
        "ink-and-slate",
        "Ink and slate",
        "Dark ink outlines over slate blue and cream, with sparks of red.",
    ),
    card(4, "crimson-gold", "Crimson and gold", "Thick paint in deep red, gold and light blue."),
    card(15, "stained-glass", "Stained glass", "Pastel facets between fine dark contours."),
    card(23, "misty-oil", "Misty oil", "Smooth, hazy oil paint in moss green and pale blue."),
    card(10, "copper", "Copper", "Glowing copper and brown with dark outlines."),
    card(13, "tropical-poster", "Tropical poster", "Lime, teal and red poster inks with black edges."),
    card(7, "bold-primaries", "Bold primaries", "Great masses of blue, yellow and red against black."),
    card(1, "ink-and-yellow", "Ink and yellow", "Heavy black outlines filled with flat yellow and white."),
];

/// Every style that can be asked for, best-liked kinds of look first.
#[must_use]
pub fn styles() -> &'static [StyleCard] {
    &STYLES
}

/// The style with this id.
///
/// # Errors
/// [`EngineError::UnknownStyle`], which lists the ids there are.
pub(crate) fn find(id: &str) -> Result<&'static StyleCard, EngineError> {
    STYLES.iter().find(|card| card.id == id).ok_or_else(|| EngineError::UnknownStyle {
        asked: id.chars().take(64).collect(),
        known: STYLES.map(|card| card.id).join(", "),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn cards_are_distinct_and_within_the_network() {
        let ids: HashSet<_> = STYLES.iter().map(|c| c.id).collect();
        let indices: HashSet<_> = STYLES.iter().map(|c| c.index).collect();
        assert_eq!((ids.len(), indices.len()), (STYLES.len(), STYLES.len()));
        assert!(STYLES.iter().all(|c| c.index < TRAINED && c.line.ends_with('.')));
    }

    #[test]
    fn an_unknown_style_names_the_good_ones() {
        let error = find("van-gogh").unwrap_err();
        assert_eq!(error.code(), "unknown_style");
        let text = error.to_string();
        assert!(STYLES.iter().all(|c| text.contains(c.id)), "{text}");
        assert!(find(&"x".repeat(9000)).unwrap_err().to_string().len() < 600);
    }
}
