//! Every adapter against its provider's fake: what is handed over, and what becomes of every fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod automatic1111;
mod bench;
mod comfyui;
mod fal;
mod openai;
mod stability;

use allxone_contract::ProblemCode;
use allxone_testkit::partners::Fault;

/// What a fault has to become, be it whose it may; `None` where the request is tried again and succeeds.
fn becomes(fault: Fault) -> Option<ProblemCode> {
    use ProblemCode as P;
    Some(match fault {
        Fault::Refuses(_, "insufficient_quota" | "billing_hard_limit_reached", _) => P::PartnerAccount,
        Fault::Refuses(429, _, Some(0)) => return None,
        Fault::Refuses(status, ..) | Fault::Gateway(status) => match status {
            401..=403 => P::PartnerAccount,
            404 | 410 => P::UnknownModel,
            408 | 504 => P::Timeout,
            413 => P::TooLarge,
            429 => P::PartnerBusy,
            400..500 => P::Invalid,
            _ => P::PartnerUnavailable,
        },
        Fault::Redirects => P::PartnerUnavailable,
        Fault::BlocksInput | Fault::BlocksOutput => P::ContentBlocked,
        Fault::Stalls | Fault::StallsAfter(_) | Fault::HangsUp | Fault::BreaksAfter(_) => P::OutcomeUnknown,
        Fault::Floods
        | Fault::Announces
        | Fault::EndlessPicture
        | Fault::Garbage
        | Fault::NoPicture
        | Fault::NotBase64
        | Fault::NotAPicture
        | Fault::HalfAPicture
        | Fault::Compressed => P::NoOutput,
    })
}

/// Every fault there is, answers cut and stalled at these many bytes.
fn every_fault(cuts: &[usize]) -> Vec<Fault> {
    let statuses = [
        400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 425, 429, 451, 500, 501, 502, 503,
        504, 507, 520, 529,
    ];
    let mut faults: Vec<Fault> =
        statuses.iter().map(|status| Fault::Refuses(*status, "as_ordered", None)).collect();
    faults.extend(statuses.iter().map(|status| Fault::Gateway(*status)));
    faults.extend([
        Fault::Refuses(429, "rate_limit_exceeded", Some(0)),
        Fault::Refuses(429, "rate_limit_exceeded", Some(3_600)),
        Fault::Refuses(429, "insufficient_quota", None),
        Fault::Refuses(400, "billing_hard_limit_reached", None),
        Fault::BlocksInput,
        Fault::BlocksOutput,
        Fault::Stalls,
        Fault::HangsUp,
        Fault::Floods,
        Fault::Announces,
        Fault::EndlessPicture,
        Fault::Garbage,
        Fault::NoPicture,
        Fault::NotBase64,
        Fault::NotAPicture,
        Fault::HalfAPicture,
        Fault::Redirects,
        Fault::Compressed,
    ]);
    faults.extend(cuts.iter().map(|at| Fault::BreaksAfter(*at)));
    faults.extend(cuts.iter().take(3).map(|at| Fault::StallsAfter(*at)));
    faults
}
