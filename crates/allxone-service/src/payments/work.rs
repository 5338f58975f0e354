//! What follows from what is told, and what is done when nothing is: messages are carried out, open orders and subscriptions that nobody told
//! about are asked about, receipts are brought.

use std::sync::Arc;
use std::time::Duration;

use allxone_contract::{AccountId, OrderId, PaymentProvider, Sha256, UtcMillis};
use allxone_identity::{Delivered, ServiceLetter};
use http::HeaderMap;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Cancel, Cashier, Fact, Forged, Notice, Standpoint, Till, Unpaid, written};
use crate::ServiceError;
use crate::backend::Backend;
use crate::store::payments::{Carried, Letter, MailState, StoredOrder, StoredSubscription, Told};

/// How often is looked whether somebody should have told something.
const ROUNDS: Duration = Duration::from_secs(60);
/// How long is waited for the node whose turn it is.
const TURN_PATIENCE: Duration = Duration::from_secs(1);
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How long after an order was made, or asked about, it is asked about again.
const LOOKS: [i64; 7] = [2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 17 * HOUR, 2 * DAY, 4 * DAY];
/// How soon a letter is tried again.
const LETTERS: [i64; 6] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, DAY];
/// Things of one kind taken up in one round.
const HANDFUL: i64 = 32;

/// When an order that was just made is asked about first.
pub(crate) fn first_look(now: UtcMillis) -> UtcMillis {
    now.plus(LOOKS[0])
}

/// Works until the service stops.
pub(crate) async fn work(backend: Arc<Backend>) {
    let Some(cashier) = backend.cashier.clone() else { return };
    let mut rounds = interval(ROUNDS);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = backend.stop.cancelled() => return,
            () = cashier.bell.notified() => {}
            _ = rounds.tick() => {}
        }
        match backend.in_turn("payments", Duration::ZERO, backend.look_after_payments()).await {
            Ok(Some(())) => {}
            // Another node is at it, perhaps past what was told here.
            Ok(None) => {
                sleep(TURN_PATIENCE).await;
                cashier.bell.notify_one();
            }
            Err(error) => {
                tracing::error!(code = error.code(), %error, "payments could not be looked after");
            }
        }
    }
}

impl Backend {
    /// Takes a message of a provider: stores it and carries it out. It is safe once this returns; what could not be carried out yet is later.
    pub(crate) async fn hear(
        &self,
        cashier: &Cashier,
        till: &dyn Till,
        headers: &HeaderMap,
        raw: &[u8],
    ) -> Result<Result<(), Forged>, ServiceError> {
        let notices = match till.verify(headers, raw, self.clock.now()) {
            Ok(notices) => notices,
            Err(forged) => return Ok(Err(forged)),
        };
        for notice in notices {
            let counts = notice.live.is_none_or(|live| live == cashier.payments.live);
            let new = self.keep(till.name(), &notice, Sha256::of(raw), counts).await?;
            if new && counts && notice.fact.is_some() {
                self.carry(cashier, till.name(), &notice.id).await?;
            }
        }
        Ok(Ok(()))
    }

    async fn keep(
        &self,
        provider: PaymentProvider,
        notice: &Notice,
        sha256: Sha256,
        counts: bool,
    ) -> Result<bool, ServiceError> {
        self.store.told(Told { provider, notice, sha256, counts, now: self.clock.now() }).await
    }

    async fn carry(
        &self,
        cashier: &Cashier,
        provider: PaymentProvider,
        notice: &str,
    ) -> Result<(), ServiceError> {
        match self.store.carry_out(&cashier.payments, provider, notice, self.clock.now()).await? {
            Carried::Done => cashier.bell.notify_one(),
            Carried::Before => {}
            Carried::Refused(why) => {
                tracing::error!(%provider, notice, why, "a payment provider told of something that does not fit; nothing followed from it");
            }
        }
        Ok(())
    }

    /// One round.
    pub(crate) async fn look_after_payments(&self) -> Result<(), ServiceError> {
        let Some(cashier) = self.cashier.clone() else { return Ok(()) };
        let Ok(_round) = cashier.rounds.acquire().await else { return Ok(()) };
        loop {
            let waiting = self.store.waiting_notices(HANDFUL).await?;
            if waiting.is_empty() {
                break;
            }
            for (provider, notice) in waiting {
                self.carry(&cashier, provider, &notice).await?;
            }
        }
        let now = self.clock.now();
        for order in self.store.unheard_orders(now, HANDFUL).await? {
            self.ask_about_order(&cashier, &order).await?;
        }
        for subscription in
            self.store.unheard_subscriptions(now.plus(-DAY), now.plus(-12 * HOUR), HANDFUL).await?
        {
            self.ask_about_subscription(&cashier, &subscription).await?;
        }
        for (provider, payment) in self.store.unlinked_payments(now.plus(-3 * DAY), HANDFUL).await? {
            self.ask_about_payment(&cashier, provider, &payment).await?;
        }
        self.bring_receipts().await
    }

    async fn ask_about_order(&self, cashier: &Cashier, stored: &StoredOrder) -> Result<(), ServiceError> {
        let (order, now) = (&stored.order, self.clock.now());
        let looks = usize::try_from(stored.looks).unwrap_or(usize::MAX);
        let next = looks.checked_add(1).and_then(|next| LOOKS.get(next)).map(|wait| now.plus(*wait));
        self.store.look_again(order.id, next).await?;
        let asked = Standpoint { order: order.id, page: stored.page.as_deref(), subscription: None };
        let heard = self.read_back(cashier, order.provider, asked).await?;
        // Nobody could pay where no page was opened, and no page is open longer than a day.
        let over = next.is_none() || (stored.page.is_none() && order.created.plus(DAY) < now);
        if heard
            && over
            && self.store.find_order(order.id).await?.is_some_and(|now| now.order.state.is_open())
        {
            self.take_up(cashier, order.provider, Fact::Unpaid(Unpaid { order: order.id, failed: false }))
                .await?;
        }
        Ok(())
    }

    /// Asks how a subscription stands now.
    pub(crate) async fn ask_about_subscription(
        &self,
        cashier: &Cashier,
        stored: &StoredSubscription,
    ) -> Result<(), ServiceError> {
        self.store.looked_at(stored.provider, &stored.id, self.clock.now()).await?;
        let asked = Standpoint { order: stored.order, page: None, subscription: Some(&stored.id) };
        self.read_back(cashier, stored.provider, asked).await.map(|_| ())
    }

    /// Ends the subscriptions of an account that goes, at once. `false` when a provider did not do so.
    pub(crate) async fn end_subscriptions(&self, account: &AccountId) -> Result<bool, ServiceError> {
        for stored in self.store.running_subscriptions(account).await? {
            let till = self.cashier.as_deref().and_then(|cashier| cashier.tills.find(stored.provider));
            let Some(till) = till else { return Ok(false) };
            if let Err(error) = till.cancel(&stored.id, Cancel::Now).await {
                tracing::warn!(provider = %stored.provider, %error, "a subscription could not be ended; it is tried again");
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks a provider how something stands. `false` when it was not reached.
    async fn read_back(
        &self,
        cashier: &Cashier,
        provider: PaymentProvider,
        asked: Standpoint<'_>,
    ) -> Result<bool, ServiceError> {
        let Some(till) = cashier.tills.find(provider) else { return Ok(false) };
        match till.read_back(asked).await {
            Ok(facts) => {
                for fact in facts {
                    self.take_up(cashier, provider, fact).await?;
                }
                Ok(true)
            }
            Err(error) => {
                let order: OrderId = asked.order;
                tracing::warn!(%provider, %order, %error, "a payment provider could not be asked; it is asked again later");
                Ok(false)
            }
        }
    }

    async fn ask_about_payment(
        &self,
        cashier: &Cashier,
        provider: PaymentProvider,
        payment: &str,
    ) -> Result<(), ServiceError> {
        let Some(till) = cashier.tills.find(provider) else { return Ok(()) };
        if !cashier.ask_about(payment, self.clock.now()) {
            return Ok(());
        }
        match till.bill_of(payment).await {
            Ok(Some(link)) => self.take_up(cashier, provider, Fact::Link(link)).await,
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::warn!(%provider, %error, "a payment provider could not be asked; it is asked again later");
                Ok(())
            }
        }
    }

    /// Takes up a fact that was asked for, as if it had been told. The same fact is taken up once.
    async fn take_up(
        &self,
        cashier: &Cashier,
        provider: PaymentProvider,
        fact: Fact,
    ) -> Result<(), ServiceError> {
        let sha256 = Sha256::of(crate::store::to_json(&fact)?.as_bytes());
        let notice = Notice {
            id: format!("asked-{sha256}"),
            kind: "asked".to_owned(),
            occurred: self.clock.now(),
            live: Some(cashier.payments.live),
            fact: Some(fact),
        };
        if self.keep(provider, &notice, sha256, true).await? {
            self.carry(cashier, provider, &notice.id).await?;
        }
        Ok(())
    }

    /// Brings the receipts that are due, each until the mail server has it or does not want it.
    async fn bring_receipts(&self) -> Result<(), ServiceError> {
        let seller = self.about.operator.name.clone();
        for Letter { stored, tries, due } in
            self.store.due_receipts(&seller, self.clock.now(), HANDFUL).await?
        {
            let id = stored.receipt.id;
            // Whoever takes it up brings it; should they end meanwhile, it is due again in a while.
            if !self.store.take_letter(id, due, self.clock.now().plus(5 * MINUTE)).await? {
                continue;
            }
            let text = written(&stored.receipt, &stored.language);
            let letter =
                ServiceLetter { id: id.to_string(), subject: text.subject, text: text.text, html: text.html };
            let delivered = match &self.identity {
                Some(identity) => identity.deliver(&stored.account, letter).await?,
                // The project that keeps the accounts tells nobody's address.
                None => Delivered::Nowhere,
            };
            let again = LETTERS.get(tries).map(|wait| self.clock.now().plus(*wait));
            let (state, again) = match delivered {
                Delivered::Taken => (MailState::Sent, None),
                Delivered::Later if again.is_some() => (MailState::Due, again),
                Delivered::Later | Delivered::Refused => (MailState::Refused, None),
                Delivered::Nowhere => (MailState::Unsendable, None),
            };
            self.store.letter_went(id, state, again).await?;
        }
        Ok(())
    }
}
