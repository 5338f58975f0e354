//! `allxone billing`: buying credits, and what was bought.

use std::time::Duration;

use allxone_app::Profile;
use allxone_app::studio::contract::{
    BillingPlan, CheckoutRequest, IdempotencyKey, Order, OrderState, PaymentProvider, Subscription,
    TaxWording,
};
use allxone_app::studio::egress::Server;
use allxone_app::studio::{ClientError, ServiceClient, StudioError};
use tokio::time::{Instant, sleep};

use crate::account::{chosen, told};
use crate::args::{Billing, BillingCommand, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen, usage};

/// How often is asked whether an order is paid.
const LOOK: Duration = Duration::from_secs(2);

/// Runs one of the commands, with the connections it makes in the ledger of this computer's library.
pub async fn run(place: &Place, args: Billing) -> Result<(), Failure> {
    let options = place::options(place);
    let (folders, store) = (allxone_app::Folders::of(&options)?, options.secret_store);
    let profile = Box::pin(Profile::open(options)).await?;
    let accounts = allxone_app::accounts(&folders, store, profile.door().clone());
    accounts.restore(None).await;
    let ended = async {
        let session = accounts.session(&chosen(&accounts, args.account)?).map_err(told)?;
        let service = allxone_app::service_of(session, profile.door().clone())?;
        Box::pin(act(&service, &profile, args.what, args.json)).await
    }
    .await;
    accounts.stop();
    profile.close().await;
    ended
}

fn failed(error: ClientError) -> Failure {
    StudioError::from(error).into()
}

async fn act(
    service: &ServiceClient,
    profile: &Profile,
    what: BillingCommand,
    json: bool,
) -> Result<(), Failure> {
    match what {
        BillingCommand::Plans => {
            let plans = service.billing_plans().await.map_err(failed)?;
            if plans.plans.is_empty() && !json {
                screen::line("This server sells nothing.");
            }
            for plan in &plans.plans {
                if json { screen::json(plan) } else { screen::line(line_of(plan)) }
            }
            if plans.test {
                screen::note("This is a trial run: no money moves.");
            }
            Ok(())
        }
        BillingCommand::Buy { plan, provider, wait, no_browser } => {
            let order = order(service, &plan, provider.as_deref()).await?;
            show_order(&order, json);
            let Some(address) = &order.address else { return Ok(()) };
            open(profile, address, no_browser).await?;
            match wait {
                Some(seconds) => wait_for(service, order, seconds, json).await,
                None => {
                    screen::note(
                        "The credits are there once the payment is reported; `allxone billing orders` shows it.",
                    );
                    Ok(())
                }
            }
        }
        BillingCommand::Orders => {
            let list = service.orders().await.map_err(failed)?;
            list.orders.iter().for_each(|order| show_order(order, json));
            Ok(())
        }
        BillingCommand::Subscription { cancel, change } => {
            if change {
                let portal = service.billing_portal().await.map_err(failed)?;
                return open(profile, &portal.address, false).await;
            }
            let answer = if cancel {
                service.cancel_subscription().await.map_err(failed)?
            } else {
                service.subscription().await.map_err(failed)?
            };
            match (&answer.subscription, json) {
                (_, true) => screen::json(&answer),
                (Some(subscription), false) => show_subscription(subscription),
                (None, false) => screen::line("There is no subscription."),
            }
            Ok(())
        }
        BillingCommand::Receipts => {
            for receipt in service.billing_receipts().await.map_err(failed)?.receipts {
                if json {
                    screen::json(&receipt);
                } else {
                    let back = match receipt.taken_back.is_free() {
                        true => String::new(),
                        false => format!("  {} taken back", receipt.taken_back),
                    };
                    screen::line(format!(
                        "{}  {}  {}  {} credits{back}",
                        receipt.id, receipt.total, receipt.name, receipt.credits
                    ));
                }
            }
            Ok(())
        }
    }
}

fn line_of(plan: &BillingPlan) -> String {
    let tax = match plan.tax {
        TaxWording::Included => "tax included",
        TaxWording::Added => "estimate, before tax",
    };
    let through: Vec<&str> = plan.providers.iter().map(|one| one.as_str()).collect();
    format!(
        "{}  {}  {} credits for {} ({tax})  {}",
        plan.id,
        plan.name,
        plan.credits,
        plan.price,
        through.join(", ")
    )
}

async fn order(service: &ServiceClient, plan: &str, provider: Option<&str>) -> Result<Order, Failure> {
    let offered = service.billing_plans().await.map_err(failed)?;
    let unknown =
        || usage(format!("There is no plan `{plan}`; `allxone billing plans` lists what there is."));
    let found = offered.plans.into_iter().find(|one| one.id.as_str() == plan).ok_or_else(unknown)?;
    let provider = match provider {
        Some(name) => name.parse::<PaymentProvider>().ok(),
        None => found.providers.first().copied(),
    };
    let provider = provider.filter(|one| found.providers.contains(one));
    let provider =
        provider.ok_or_else(|| usage(format!("Nobody of that name takes the payment for `{plan}`.")))?;
    let request = CheckoutRequest { plan: found.id, provider, language: "en".to_owned() };
    service.checkout(&request, &IdempotencyKey::new()).await.map_err(failed)
}

/// Hands the provider's page to the browser, with its row in the list of connections, or shows its address.
async fn open(profile: &Profile, address: &str, only_show: bool) -> Result<(), Failure> {
    let server = Server::page(address).map_err(ClientError::from).map_err(failed)?;
    profile.door().note_payment_page(&server).await.map_err(ClientError::from).map_err(failed)?;
    let opened =
        !only_show && allxone_app::browser_of_environment(address).is_some_and(|opened| opened.is_ok());
    if !opened {
        screen::note(format!("Open this address in a browser to go on at {}:", server.host()));
        screen::line(address);
    }
    Ok(())
}

async fn wait_for(
    service: &ServiceClient,
    mut order: Order,
    seconds: u32,
    json: bool,
) -> Result<(), Failure> {
    let until = Instant::now() + Duration::from_secs(u64::from(seconds));
    while order.state.is_open() && Instant::now() < until {
        tokio::select! {
            () = sleep(LOOK) => {}
            () = crate::interrupted() => {
                return Err(Failure::new(Exit::Interrupted, "interrupted", "The order stays as it is."));
            }
        }
        order = service.order(order.id).await.map_err(failed)?;
    }
    show_order(&order, json);
    match order.state {
        OrderState::Paid => Ok(()),
        OrderState::Pending => Err(Failure::new(
            Exit::Failed,
            "not_paid_yet",
            "Nobody has reported the payment yet. If you paid, the credits come by themselves.",
        )),
        _ => Err(Failure::new(Exit::Failed, "not_paid", "The order was not paid.")),
    }
}

fn show_order(order: &Order, json: bool) {
    if json {
        return screen::json(order);
    }
    let state = match order.state {
        OrderState::Pending => "waiting for the payment",
        OrderState::Paid => "paid",
        OrderState::Failed => "payment failed, nothing was charged",
        OrderState::Expired => "not paid in time, nothing was charged",
        OrderState::PartlyRefunded => "partly refunded",
        OrderState::Refunded => "refunded",
    };
    screen::line(format!("{}  {}  {}  {state}", order.id, order.name, order.price));
}

fn show_subscription(subscription: &Subscription) {
    use allxone_app::studio::contract::SubscriptionState;
    let state = match subscription.state {
        SubscriptionState::Starting => "begun, not paid yet",
        SubscriptionState::Active if subscription.ends => "paid, ends when that is over",
        SubscriptionState::Active => "active",
        SubscriptionState::PastDue => "the last payment failed",
        SubscriptionState::Paused => "paused",
        SubscriptionState::Ended => "ended",
    };
    let plan = subscription.plan.as_ref().map_or("a plan that is no longer offered", |plan| plan.as_str());
    screen::line(format!("{plan}  {state}  ({})", subscription.provider.label()));
}
