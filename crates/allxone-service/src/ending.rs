//! From what a run left to the state its job ends in: one pure table, because it decides what a person is told and may be charged.

use allxone_contract::{JobState, Problem, ProblemCode};

use crate::partner::PartnerError;

/// Why the service stopped a run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It took too long.
    OutOfTime,
    /// The service ends.
    Interrupted,
    /// Another node has the job now; whatever is said of it here is not recorded.
    TakenOver,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Left {
    /// The partner's own word; `None` when it panicked.
    pub(crate) word: Option<Result<(), PartnerError>>,
    /// Why it was stopped, if it was.
    pub(crate) stopped: Option<Stop>,
    /// Whether there are results.
    pub(crate) made: bool,
    /// Whether results were stopped by the check.
    pub(crate) blocked: bool,
    /// Whether another run can follow what the partner has.
    pub(crate) followed: bool,
}

/// What becomes of the job.
#[derive(Debug, PartialEq)]
pub(crate) enum Fate {
    /// It waits for another turn.
    Again,
    /// It ends.
    Ends(JobState, Option<Box<Problem>>),
}

/// The fate of a job whose run left this. `outside` says whether the partner has effects the service cannot repeat.
pub(crate) fn fate(left: Left, outside: bool) -> Fate {
    let failed =
        |code, detail: &str| Fate::Ends(JobState::Failed, Some(Box::new(Problem::new(code, detail))));
    let unknown = || {
        let detail = "The work ended while a partner had it; whether it was made is not known. It is not repeated by itself.";
        Fate::Ends(
            JobState::OutcomeUnknown,
            Some(Box::new(Problem::new(ProblemCode::OutcomeUnknown, detail))),
        )
    };
    match (left.word, left.stopped) {
        // Done, perhaps just before it was stopped.
        (Some(Ok(())), _) if left.made => Fate::Ends(JobState::Succeeded, None),
        (Some(Ok(())), _) if left.blocked => failed(
            ProblemCode::ContentBlocked,
            "The safety check stopped every result. Nothing was kept or charged.",
        ),
        (Some(Ok(())), _) => {
            failed(ProblemCode::EngineFailed, "The model returned nothing. Nothing was charged.")
        }
        // It was left, not stopped; the partner has it, and it can be asked after.
        (Some(Err(_)) | None, Some(Stop::Interrupted | Stop::TakenOver)) if left.followed => Fate::Again,
        // The partner knows that nothing came of it.
        (Some(Err(PartnerError::Cancelled)), None) => Fate::Ends(JobState::Canceled, None),
        (Some(Err(PartnerError::Cancelled)), Some(Stop::Interrupted | Stop::TakenOver)) => Fate::Again,
        (Some(Err(PartnerError::Failed { code: ProblemCode::OutcomeUnknown, .. })), _) => unknown(),
        (Some(Err(PartnerError::Failed { code, detail })), None) => failed(code, &detail),
        // It was stopped, or fell over, and did not say.
        (Some(Err(PartnerError::Failed { .. })) | None, _) if outside => unknown(),
        (_, Some(Stop::Interrupted | Stop::TakenOver)) => Fate::Again,
        (_, Some(Stop::OutOfTime)) => failed(
            ProblemCode::Timeout,
            "The work took longer than allowed and was stopped. Nothing was charged. Try a smaller picture.",
        ),
        (None, None) => {
            failed(ProblemCode::EngineFailed, "The model failed in an unexpected way. Nothing was charged.")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn ends(left: Left, outside: bool) -> Option<(JobState, Option<ProblemCode>)> {
        match fate(left, outside) {
            Fate::Again => None,
            Fate::Ends(state, problem) => Some((state, problem.map(|p| p.code))),
        }
    }

    #[test]
    fn every_way_to_end_has_one_fate() {
        use JobState::{Canceled, Failed, OutcomeUnknown, Succeeded};
        use ProblemCode as P;
        let broke = || Some(Err(PartnerError::failed(P::TooLarge, "x")));
        let unsure = || Some(Err(PartnerError::failed(P::OutcomeUnknown, "x")));
        let gone = || Some(Err(PartnerError::Cancelled));
        let (late, stop) = (Some(Stop::OutOfTime), Some(Stop::Interrupted));
        let left = |word, stopped, made, blocked| Left { word, stopped, made, blocked, followed: false };
        let unknown = Some((OutcomeUnknown, Some(P::OutcomeUnknown)));
        for outside in [false, true] {
            let or_unknown = |fate| if outside { unknown } else { fate };
            let cases = [
                (left(Some(Ok(())), None, true, false), Some((Succeeded, None))),
                (left(Some(Ok(())), None, true, true), Some((Succeeded, None))),
                (left(Some(Ok(())), late, true, false), Some((Succeeded, None))),
                (left(Some(Ok(())), stop, true, false), Some((Succeeded, None))),
                (left(Some(Ok(())), None, false, true), Some((Failed, Some(P::ContentBlocked)))),
                (left(Some(Ok(())), None, false, false), Some((Failed, Some(P::EngineFailed)))),
                (left(gone(), None, true, false), Some((Canceled, None))),
                (left(gone(), late, false, false), Some((Failed, Some(P::Timeout)))),
                (left(gone(), stop, false, false), None),
                (left(broke(), None, true, false), Some((Failed, Some(P::TooLarge)))),
                (left(broke(), late, false, false), or_unknown(Some((Failed, Some(P::Timeout))))),
                (left(broke(), stop, false, false), or_unknown(None)),
                (left(unsure(), None, false, false), unknown),
                (left(unsure(), stop, false, false), unknown),
                (left(None, None, true, false), or_unknown(Some((Failed, Some(P::EngineFailed))))),
                (left(None, stop, false, false), or_unknown(None)),
                (left(None, late, false, false), or_unknown(Some((Failed, Some(P::Timeout))))),
            ];
            for (left, expected) in cases {
                let shown = format!("{left:?} {outside}");
                assert_eq!(ends(left, outside), expected, "{shown}");
            }
            let followed = |word, stopped| Left { followed: true, ..left(word, stopped, false, false) };
            for (left, expected) in [
                (followed(unsure(), stop), None),
                (followed(None, stop), None),
                (followed(broke(), Some(Stop::TakenOver)), None),
                (followed(unsure(), late), unknown),
                (followed(unsure(), None), unknown),
                (followed(broke(), None), Some((Failed, Some(P::TooLarge)))),
            ] {
                let shown = format!("{left:?} {outside}");
                assert_eq!(ends(left, outside), expected, "{shown}");
            }
        }
    }
}
