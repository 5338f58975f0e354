//! Buying credits for an account: asking its service, handing the provider's page to the browser, keeping receipts where they can be read
//! without a network.

use allxone_egress::Server;
use allxone_studio::account::AccountKey;
use allxone_studio::billing::{BillingSeen, Bought, Buying, OrderOf, PageOpened};
use allxone_studio::contract::{
    BillingReceipt, CheckoutRequest, IdempotencyKey, Order, Subscription, UtcMillis,
};
use allxone_studio::{ClientError, ServiceClient, StudioError};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::profile::off_thread;

/// The receipts of an account as they are kept in the open library, under the name of the account.
#[derive(Serialize, Deserialize)]
struct KeptReceipts {
    of: UtcMillis,
    receipts: Vec<BillingReceipt>,
}

fn kept_under(account: &AccountKey) -> String {
    format!("receipts {}", account.as_str())
}

impl Desk {
    fn till(&self, account: &AccountKey) -> Result<ServiceClient, StudioError> {
        let session = self.inner.accounts.session(account)?;
        crate::service_of(session, self.inner.accounts.door())
    }

    pub(super) async fn billing_seen(&self, account: AccountKey) -> Result<BillingSeen, StudioError> {
        self.studio().await?;
        let till = self.till(&account)?;
        let plans = match till.billing_plans().await {
            Ok(plans) => plans,
            Err(error) if error.is_offline() => return self.receipts_of_before(&account).await,
            Err(error) => return Err(error.into()),
        };
        let subscription = till.subscription().await?.subscription;
        let orders = till.orders().await?.orders;
        let receipts = till.billing_receipts().await?.receipts;
        let now = UtcMillis::now();
        self.keep_receipts(&account, KeptReceipts { of: now, receipts: receipts.clone() }).await?;
        Ok(BillingSeen { plans: Some(plans), subscription, orders, receipts, receipts_of: Some(now) })
    }

    async fn keep_receipts(&self, account: &AccountKey, kept: KeptReceipts) -> Result<(), StudioError> {
        if kept.receipts.is_empty() {
            return Ok(());
        }
        let unwritable = |_| StudioError::Internal("receipts could not be written down");
        let (text, key) = (serde_json::to_string(&kept).map_err(unwritable)?, kept_under(account));
        let library = self.studio().await?.library().clone();
        off_thread(move || library.set_setting(&key, Some(&text))).await?;
        Ok(())
    }

    /// What was kept when the service could last be asked.
    async fn receipts_of_before(&self, account: &AccountKey) -> Result<BillingSeen, StudioError> {
        let (library, key) = (self.studio().await?.library().clone(), kept_under(account));
        let text = off_thread(move || library.setting(&key)).await?;
        let kept: Option<KeptReceipts> = text.and_then(|text| serde_json::from_str(&text).ok());
        let (of, receipts) = kept.map_or((None, Vec::new()), |kept| (Some(kept.of), kept.receipts));
        Ok(BillingSeen { plans: None, subscription: None, orders: Vec::new(), receipts, receipts_of: of })
    }

    pub(super) async fn buy(&self, buying: Buying) -> Result<Bought, StudioError> {
        self.studio().await?;
        let key: IdempotencyKey = buying.key.parse().map_err(|_| StudioError::Malformed)?;
        let request =
            CheckoutRequest { plan: buying.plan, provider: buying.provider, language: buying.language };
        let order = self.till(&buying.account)?.checkout(&request, &key).await?;
        let page = match order.address.clone() {
            Some(address) => Some(self.open_page(address).await?),
            None => None,
        };
        Ok(Bought { order, page })
    }

    pub(super) async fn order_of(&self, asked: OrderOf) -> Result<Order, StudioError> {
        Ok(self.till(&asked.account)?.order(asked.order).await?)
    }

    pub(super) async fn pay_order(&self, asked: OrderOf) -> Result<Bought, StudioError> {
        let order = self.order_of(asked).await?;
        let page = match order.address.clone() {
            Some(address) => Some(self.open_page(address).await?),
            None => None,
        };
        Ok(Bought { order, page })
    }

    pub(super) async fn change_plan(&self, account: AccountKey) -> Result<PageOpened, StudioError> {
        let link = self.till(&account)?.billing_portal().await?;
        self.open_page(link.address).await
    }

    pub(super) async fn cancel_plan(&self, account: AccountKey) -> Result<Option<Subscription>, StudioError> {
        Ok(self.till(&account)?.cancel_subscription().await?.subscription)
    }

    /// Hands a provider's page to the browser, once its row stands in the list of connections.
    async fn open_page(&self, address: String) -> Result<PageOpened, StudioError> {
        let page = Server::page(&address).map_err(ClientError::from)?;
        self.inner.accounts.door().note_payment_page(&page).await.map_err(ClientError::from)?;
        let opened = self.open_in_browser(&address).is_ok();
        Ok(PageOpened { host: page.host(), address, opened })
    }
}
