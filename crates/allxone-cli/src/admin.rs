//! `allxone admin request …`: answers people who ask for their rights without the program.

use allxone_app::identity::Correction;
use allxone_app::studio::contract::{Deletion, UtcMillis};
use allxone_app::{Act, PersonRequest, RequestKind, RequestState};
use serde_json::{Map, Value, json};

use crate::args::{Place, Request, Who};
use crate::exit::{Exit, Failure};
use crate::{place, screen, usage};

/// Answers or lists.
pub async fn run(place: &Place, request: Request) -> Result<(), Failure> {
    match request {
        Request::List { json } => list(place, json).await,
        Request::Access { who, output } => {
            let act = output.as_deref().map_or(Act::Note(RequestKind::Access), Act::Access);
            answer(place, &who, RequestKind::Access, act).await
        }
        Request::Correct { who, new_email, name } => {
            if new_email.is_none() && name.is_none() && !who.only_note {
                return Err(usage("Say what is right: --new-email or --name."));
            }
            let user_metadata: Map<String, Value> =
                name.map(|name| ("name".to_owned(), json!(name))).into_iter().collect();
            answer(
                place,
                &who,
                RequestKind::Correct,
                Act::Correct(Correction { email: new_email, user_metadata }),
            )
            .await
        }
        Request::Erase { who } => answer(place, &who, RequestKind::Erase, Act::Erase).await,
    }
}

/// Whether the answer is to be JSON.
pub fn wants_json(request: &Request) -> bool {
    match request {
        Request::List { json } => *json,
        Request::Access { who, .. } | Request::Correct { who, .. } | Request::Erase { who } => who.json,
    }
}

async fn answer(place: &Place, who: &Who, kind: RequestKind, act: Act<'_>) -> Result<(), Failure> {
    let act = if who.only_note { Act::Note(kind) } else { act };
    let (request, receipt) =
        Box::pin(allxone_app::answer_request(place::office(place)?, &who.email, act)).await?;
    if who.json {
        screen::json(&json!({ "request": request, "receipt": receipt }));
    } else {
        show(&request);
        receipt.iter().for_each(show_receipt);
    }
    match request.state {
        RequestState::Refused => {
            Err(Failure::new(Exit::Failed, "refused", "The request was not carried out."))
        }
        _ => Ok(()),
    }
}

async fn list(place: &Place, json: bool) -> Result<(), Failure> {
    for request in Box::pin(allxone_app::requests(place::office(place)?)).await? {
        if json {
            screen::json(&request);
        } else {
            show(&request);
        }
    }
    Ok(())
}

fn show(request: &PersonRequest) {
    let kind = match request.kind {
        RequestKind::Access => "access",
        RequestKind::Correct => "correct",
        RequestKind::Erase => "erase",
    };
    let who = request.contact.as_deref().unwrap_or("(forgotten)");
    let standing = match (request.state, request.overdue) {
        (RequestState::Open, true) => "overdue".to_owned(),
        (RequestState::Open, false) => format!("to be answered within {} days", days_until(request.due)),
        (RequestState::Done, _) => "done".to_owned(),
        (RequestState::Refused, _) => "refused".to_owned(),
    };
    screen::line(format!("{}  {kind}  {who}  {standing}", request.id));
    request.outcome.iter().for_each(|outcome| screen::line(format!("    {outcome}")));
}

fn show_receipt(receipt: &Deletion) {
    screen::line(format!("Receipt {}", receipt.id));
    receipt.erased.iter().for_each(|one| screen::line(format!("    erased: {} ({})", one.class, one.count)));
    receipt.remains.iter().for_each(|one| {
        screen::line(format!(
            "    remains: {} ({}), in: {}, until {}",
            one.what, one.count, one.place, one.until
        ));
    });
}

fn days_until(due: UtcMillis) -> i64 {
    due.0.saturating_sub(UtcMillis::now().0).div_euclid(24 * 60 * 60 * 1_000).max(0)
}
