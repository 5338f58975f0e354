//! From scores to a verdict.

use allxone_contract::{Category, Finding, Layer, Reason, Scores, Verdict};
use allxone_media::{Area, Overview, Picture, Rgb};

use super::models::{Models, SIDE};
use super::views::{self, View, Views};
use crate::SafetyError;
use crate::finding::Draft;
use crate::policy::PictureRules;

/// Judges every sampled frame of a picture (reasons count those, not the frames of the file). Stops at the first frame that is
/// blocked: the verdict cannot get worse.
pub(crate) fn judge(
    models: &Models,
    rules: &PictureRules,
    picture: &Picture,
    views: Views,
) -> Result<Finding, SafetyError> {
    let mut judgement = Judgement { models, rules, draft: Draft::default(), scores: Scores::default() };
    let frames = picture.frames();
    if frames.is_empty() {
        return Err(SafetyError::internal("the picture has no frame to look at"));
    }
    if picture.unseen_frames() > 0 {
        judgement.unjudgeable("animation", TOO_MANY_SCENES);
    }
    for (index, frame) in frames.iter().enumerate() {
        let name = if frames.len() == 1 { "picture".to_owned() } else { format!("frame {}", index + 1) };
        if frame.width().min(frame.height()) < rules.smallest_side {
            judgement.unjudgeable(&name, TOO_SMALL);
        }
        for surface in views::surfaces(frame, views) {
            judgement.surface(&name, &surface, views)?;
            if judgement.blocked() {
                return Ok(judgement.draft.finish(judgement.scores));
            }
        }
    }
    Ok(judgement.draft.finish(judgement.scores))
}

struct Judgement<'a> {
    models: &'a Models,
    rules: &'a PictureRules,
    draft: Draft,
    scores: Scores,
}

/// What two opinions on a whole view come to.
struct Seen {
    explicit: f32,
    second: f32,
}

impl Judgement<'_> {
    fn blocked(&self) -> bool {
        self.draft.verdict() == Verdict::Block
    }

    fn unjudgeable(&mut self, part: &str, message: &str) {
        let (part, message) = (part.to_owned(), message.to_owned());
        let (layer, category) = (Layer::Rule, Category::Unjudgeable);
        self.draft.add(Verdict::Review, Reason { layer, category, part, message, span: None });
    }

    fn surface(&mut self, name: &str, rgb: &Rgb, views: Views) -> Result<(), SafetyError> {
        let rules = self.rules;
        let picture = Overview::new(rgb, rules.tile_share, SIDE);
        let frame = self.whole(name, &picture, Area::whole(rgb), true)?;
        if views == Views::FullFrame {
            return Ok(());
        }
        for view in views::whole(rgb, rules) {
            if self.blocked() {
                return Ok(());
            }
            // What a border surrounds is new to both. The centre the second has seen already, as half of the frame or more.
            let half_seen = view.part == views::CENTRE && !views::is_long(rgb, rules);
            let both = !half_seen || frame.second >= rules.support;
            self.whole(&part(name, view.part), &picture, view.area, both)?;
        }
        let large = rgb.width().min(rgb.height()) >= rules.tiles_from_side;
        let look_closer = large || frame.explicit >= rules.tiles_from_explicit || views::is_long(rgb, rules);
        if look_closer && !self.blocked() {
            self.tiles(name, &picture)?;
        }
        Ok(())
    }

    /// Judges a whole view. The second opinion is asked `always`, or else where the first is not at ease.
    fn whole(
        &mut self,
        part: &str,
        picture: &Overview<'_>,
        area: Area,
        always: bool,
    ) -> Result<Seen, SafetyError> {
        let rules = self.rules;
        let first = self.models.first(picture, area)?;
        let asked = always || first.explicit.max(first.suggestive) >= rules.second_from;
        let second = if asked { Some(self.models.second(picture, area)?) } else { None };
        self.note(Some(first.explicit), Some(first.suggestive), second);
        let second = second.unwrap_or_default();
        let both = first.explicit >= rules.block_both.explicit && second >= rules.block_both.second;
        let supported = first.drawn_explicit || second >= rules.support;
        let sure =
            first.explicit >= rules.block_alone || (first.explicit >= rules.block_explicit && supported);
        let doubtful =
            first.explicit >= rules.block_explicit || (first.explicit >= rules.review_explicit && supported);
        if sure || both {
            self.draft.add(Verdict::Block, reason(Layer::PictureModel, part, BLOCKED));
        } else if doubtful || first.suggestive >= rules.review_suggestive {
            self.draft.add(Verdict::Review, reason(Layer::PictureModel, part, UNSURE));
        }
        if second >= rules.block_second {
            self.draft.add(Verdict::Block, reason(Layer::SecondOpinion, part, BLOCKED));
        } else if second >= rules.review_second && !first.drawn {
            self.draft.add(Verdict::Review, reason(Layer::SecondOpinion, part, UNSURE));
        }
        Ok(Seen { explicit: first.explicit, second })
    }

    fn tiles(&mut self, name: &str, picture: &Overview<'_>) -> Result<(), SafetyError> {
        let mut suspects = 0;
        for View { part: view, area } in views::tiles(picture.full(), self.rules) {
            let rules = self.rules;
            let first = self.models.first(picture, area)?;
            let explicit = first.explicit;
            self.note(Some(explicit), None, None);
            // The second opinion is asked only where the first is not at ease.
            if explicit < rules.second_from {
                continue;
            }
            let second = self.models.second(picture, area)?;
            self.note(None, None, Some(second));
            let supported = first.drawn_explicit || second >= rules.support;
            suspects += u32::from(explicit >= rules.tile_pair_block && supported);
            let part = part(name, view);
            let sure = explicit >= rules.block_alone || (explicit >= rules.tile_block && supported);
            if sure || suspects >= 2 {
                self.draft.add(Verdict::Block, reason(Layer::PictureModel, &part, BLOCKED));
                return Ok(());
            }
            if explicit >= rules.tile_block || (explicit >= rules.tile_review && supported) {
                self.draft.add(Verdict::Review, reason(Layer::PictureModel, &part, UNSURE));
            }
            if explicit >= rules.tile_both.explicit && second >= rules.tile_both.second {
                self.draft.add(Verdict::Review, reason(Layer::SecondOpinion, &part, UNSURE));
            }
        }
        Ok(())
    }

    fn note(&mut self, explicit: Option<f32>, suggestive: Option<f32>, second: Option<f32>) {
        let highest = |old: &mut Option<f32>, new: Option<f32>| {
            if let Some(new) = new {
                *old = Some(old.map_or(new, |old| old.max(new)));
            }
        };
        highest(&mut self.scores.explicit, explicit);
        highest(&mut self.scores.suggestive, suggestive);
        highest(&mut self.scores.second, second);
    }
}

const BLOCKED: &str = "The picture check takes this for sexual content. Use another picture.";
const UNSURE: &str = "The picture check is not sure whether this is sexual content. Look at it and decide.";
const TOO_SMALL: &str =
    "The picture is too small for the picture check. Look at it and decide, or use a larger one.";
const TOO_MANY_SCENES: &str = "This animation shows more different scenes than the picture check looks at. Look at all of it and decide, or use a \
     shorter one.";

fn reason(layer: Layer, part: &str, message: &str) -> Reason {
    Reason {
        layer,
        category: Category::Sexual,
        part: part.to_owned(),
        message: message.to_owned(),
        span: None,
    }
}

/// `picture` and `centre` become `centre`; `frame 3` and `centre` become `frame 3, centre`.
fn part(name: &str, view: &str) -> String {
    if name == "picture" { view.to_owned() } else { format!("{name}, {view}") }
}
