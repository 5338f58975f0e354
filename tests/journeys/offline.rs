//! What a person composes while the server is out of reach waits, goes once, and costs no more than was agreed; and no run of the program
//! spends more than its limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use allxone_app::studio::library::QueueId;
use allxone_app::studio::{Code, Draft, QueueRetry, Studio, StudioEvent};
use allxone_contract::{MilliCredits, ModelCard, Plan, PriceRule};
use allxone_safety::Cleared;
use allxone_service::{Hands, LocalModels, Partner, PartnerError, Work};
use allxone_tests::models;
use tokio::sync::broadcast::Receiver;

use super::line::{Line, scene};

/// The models of this computer, for money.
struct Dear {
    local: LocalModels,
    price: Arc<AtomicI64>,
}

impl Partner for Dear {
    fn cards(&self) -> Vec<ModelCard> {
        let price = PriceRule::PerImage(MilliCredits(self.price.load(Ordering::SeqCst)));
        self.local.cards().into_iter().map(|card| ModelCard { price: price.clone(), ..card }).collect()
    }

    fn processor(&self) -> Option<&str> {
        None
    }

    fn has_outside_effects(&self) -> bool {
        false
    }

    fn plan(&self, request: &Cleared<allxone_contract::JobRequest>) -> Result<Plan, PartnerError> {
        self.local.plan(request)
    }

    fn run(&self, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError> {
        self.local.run(work, hands)
    }
}

/// A line to somebody else's service, where a picture costs a credit; and its price, to be changed.
async fn dear() -> (Line, Arc<AtomicI64>) {
    let price = Arc::new(AtomicI64::new(1_000));
    let offered = Arc::clone(&price);
    let mut line = Line::lay_with(&models(), |local| Arc::new(Dear { local, price: offered })).await;
    line.studio = line.studio.with_service(line.client.clone(), false);
    (line, price)
}

fn agreed(prompt: &str, milli: i64) -> Draft {
    let mut draft = scene(prompt);
    draft.request.max_cost = MilliCredits(milli);
    draft
}

/// How a draft ended: its error, and whether it stays in the queue.
async fn end(events: &mut Receiver<StudioEvent>, of: QueueId) -> (Option<Code>, bool) {
    loop {
        if let StudioEvent::Ended { queue, error, open, .. } = events.recv().await.unwrap()
            && queue == of
        {
            return (error.map(|error| error.code), open);
        }
    }
}

/// The studio of a program that was started anew, over the same library.
fn started_anew(line: &Line) -> Studio {
    line.studio.with_service(line.client.clone(), false)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_composed_offline_waits_and_goes_once() {
    let (line, _) = dear().await;
    line.studio.models().await.unwrap();
    line.offline.close();
    let studio = started_anew(&line);
    assert!(studio.models().await.unwrap().iter().any(|card| card.id.as_str() == "local/scene"));
    let check = studio.check(&agreed("a fox, waitcanary", 1_000)).await.unwrap();
    assert_eq!((check.quote, check.estimate), (None, Some(MilliCredits(1_000))));
    let blocked = studio.line_up(agreed("explicit nude woman having sex, pornographic photo", 1_000)).await;
    assert_eq!(blocked.unwrap_err().code(), Code::Blocked, "the check does not wait for the network");
    assert_eq!(studio.submit(agreed("a fox", 1_000)).await.unwrap_err().code(), Code::OfflineLocked);

    let mut events = studio.events();
    let mut queued = Vec::new();
    for n in 0..3 {
        let queue = studio.line_up(agreed(&format!("a fox, waitcanary {n}"), 1_000)).await.unwrap();
        assert_eq!(end(&mut events, queue).await, (Some(Code::OfflineLocked), true));
        queued.push(queue);
    }
    assert_eq!((line.saw("waitcanary"), line.saw("POST /api/v1/jobs")), (0, 0));
    assert_eq!(studio.queue().await.unwrap().len(), 3);

    line.offline.open();
    while !queued.is_empty() {
        if let StudioEvent::Ended { queue, error, .. } = events.recv().await.unwrap() {
            assert_eq!(error, None);
            queued.retain(|one| *one != queue);
        }
    }
    assert_eq!(line.saw("POST /api/v1/jobs"), 3, "each goes by itself, once");
    assert_eq!((line.studio.library().count().unwrap(), studio.queue().await.unwrap().len()), (3, 0));
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_dearer_waits_for_the_persons_word() {
    let (line, price) = dear().await;
    line.studio.models().await.unwrap();
    line.offline.close();
    let draft = agreed("a fox", 1_000);
    let queue = line.studio.line_up(draft.clone()).await.unwrap();
    let _ = line.studio.wait(queue).await;
    price.store(1_500, Ordering::SeqCst);
    line.offline.open();

    // As after a restart: the draft is in the library alone.
    let studio = started_anew(&line);
    line.studio.retire();
    let mut events = studio.events();
    assert_eq!(studio.resume().await.unwrap(), [queue]);
    assert_eq!(end(&mut events, queue).await, (Some(Code::PriceChanged), true));
    assert_eq!(studio.library().count().unwrap(), 0);

    let again = |milli| QueueRetry { queue, draft: agreed("a fox", milli) };
    assert_eq!(studio.retry(again(1_000)).await.unwrap(), queue);
    assert_eq!(end(&mut events, queue).await, (Some(Code::PriceChanged), true), "nothing else was agreed to");
    assert_eq!(studio.retry(again(1_500)).await.unwrap(), queue);
    assert_eq!(end(&mut events, queue).await, (None, false));
    assert_eq!(studio.library().count().unwrap(), 1);
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_goes_to_the_service_it_was_composed_for_and_no_other() {
    let (line, _) = dear().await;
    line.studio.models().await.unwrap();
    line.offline.close();
    let queue = line.studio.line_up(agreed("a fox", 1_000)).await.unwrap();
    let _ = line.studio.wait(queue).await;
    line.offline.open();
    line.studio.retire();

    let here = line.studio.with_service(line.client.clone(), true);
    assert_eq!(here.resume().await.unwrap(), []);
    let waiting = here.queue().await.unwrap();
    assert_eq!(waiting[0].elsewhere, Some(line.client.server().host()));
    let refused = here.retry(QueueRetry { queue, draft: agreed("a fox", 1_000) }).await;
    assert_eq!(refused.unwrap_err().code(), Code::GoesElsewhere);
    assert_eq!(line.saw("POST /api/v1/jobs"), 0);

    let there = started_anew(&line);
    let mut events = there.events();
    assert_eq!(there.resume().await.unwrap(), [queue]);
    assert_eq!(end(&mut events, queue).await, (None, false));
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_run_of_the_program_spends_more_than_its_limit() {
    let (line, _) = dear().await;
    let studio = &line.studio;
    studio.cap_session(Some(MilliCredits(1_999)));
    let mut events = studio.events();
    let queue = studio.submit(agreed("a fox", 1_000)).await.unwrap();
    // What may be spent counts from the beginning, not only what was.
    let refused = studio.submit(agreed("an owl", 1_000)).await.unwrap_err();
    assert_eq!(refused.code(), Code::SessionCap, "{refused}");
    assert_eq!(end(&mut events, queue).await, (None, false));
    let spent = studio.spent();
    assert_eq!((spent.charged, spent.open), (MilliCredits(1_000), MilliCredits::FREE));
    assert_eq!(studio.submit(agreed("an owl", 1_000)).await.unwrap_err().code(), Code::SessionCap);
    assert_eq!(line.saw("POST /api/v1/jobs"), 1);
    studio.cap_session(Some(MilliCredits(2_000)));
    let queue = studio.submit(agreed("an owl", 1_000)).await.unwrap();
    assert_eq!(end(&mut events, queue).await, (None, false));
    assert!(studio.spent().near);
    line.service.shutdown().await;
}
