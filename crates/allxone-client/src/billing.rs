//! Buying credits at a service, and what was bought.

use allxone_contract::{
    BillingPlans, BillingReceipt, BillingReceiptId, BillingReceiptList, CheckoutRequest, IdempotencyKey,
    Order, OrderId, OrderList, PortalLink, SubscriptionAnswer,
};
use allxone_egress::{Empty, Purpose, Route};

use crate::client::{headers, visible};
use crate::{ClientError, ServiceClient, reading};

impl ServiceClient {
    /// What can be bought.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn billing_plans(&self) -> Result<BillingPlans, ClientError> {
        self.get(Purpose::Billing, Route::get("/api/v1/billing/plans")).await
    }

    /// Orders something and gets the page to pay at. Whatever happens on the way, one key makes one order.
    ///
    /// # Errors
    /// [`ClientError::Mismatch`] when the service names another plan than was asked for; any other [`ClientError`].
    pub async fn checkout(
        &self,
        request: &CheckoutRequest,
        key: &IdempotencyKey,
    ) -> Result<Order, ClientError> {
        let ask = || async {
            let mut headers = headers();
            headers.insert(IdempotencyKey::HEADER, visible(key.as_str())?);
            let route = Route::post("/api/v1/billing/checkout");
            let answer =
                self.door.send_control(&self.server, Purpose::Billing, route, headers, request).await?;
            reading::value::<Order>(answer).await
        };
        let order = self.run(ask).await?;
        let same = order.plan == request.plan && order.provider == request.provider;
        if same { Ok(order) } else { Err(ClientError::Mismatch) }
    }

    /// The newest orders.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn orders(&self) -> Result<OrderList, ClientError> {
        self.get(Purpose::Billing, Route::get("/api/v1/billing/orders")).await
    }

    /// How an order stands.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn order(&self, id: OrderId) -> Result<Order, ClientError> {
        let order: Order =
            self.get(Purpose::Billing, Route::get("/api/v1/billing/orders/{id}").id(id)).await?;
        if order.id == id { Ok(order) } else { Err(ClientError::Mismatch) }
    }

    /// How the subscription stands.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn subscription(&self) -> Result<SubscriptionAnswer, ClientError> {
        self.get(Purpose::Billing, Route::get("/api/v1/billing/subscription")).await
    }

    /// The provider's page where the subscription is changed.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn billing_portal(&self) -> Result<PortalLink, ClientError> {
        self.say(Purpose::Billing, Route::post("/api/v1/billing/portal"), &Empty).await
    }

    /// Cancels the subscription: it ends when what is paid is over.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn cancel_subscription(&self) -> Result<SubscriptionAnswer, ClientError> {
        self.say(Purpose::Billing, Route::post("/api/v1/billing/subscription/cancel"), &Empty).await
    }

    /// All receipts.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn billing_receipts(&self) -> Result<BillingReceiptList, ClientError> {
        self.get(Purpose::Billing, Route::get("/api/v1/billing/receipts")).await
    }

    /// One receipt.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn billing_receipt(&self, id: BillingReceiptId) -> Result<BillingReceipt, ClientError> {
        let route = Route::get("/api/v1/billing/receipts/{id}").id(id);
        let receipt: BillingReceipt = self.get(Purpose::Billing, route).await?;
        if receipt.id == id { Ok(receipt) } else { Err(ClientError::Mismatch) }
    }
}
