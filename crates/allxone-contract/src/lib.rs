//! The wire types of the one HTTP contract every deployment speaks: this computer, a server of one's own, the hosted service.
//!
//! Cut here because both ends of the line (client and service), the gate and the use cases must agree on the same words, and none of
//! them may own the others. Only data lives here: no transport, no storage, no policy.

mod about;
mod asset;
mod billing;
mod consent;
mod credits;
mod deletion;
mod event;
mod export;
mod hash;
mod health;
mod history;
mod id;
mod intake;
mod job;
mod key;
mod model;
mod money;
mod plan;
mod price;
mod problem;
mod quote;
mod safety;
mod time;

pub use about::{
    About, Agreement, Operator, OperatorKind, Policy, PolicyKind, Processor, ProcessorRole, Retention,
};
pub use asset::{Asset, Picked, PictureFormat};
pub use billing::{
    BillingPlan, BillingPlanId, BillingPlanKind, BillingPlans, BillingReceipt, BillingReceiptList,
    CheckoutRequest, Currency, Money, Order, OrderList, OrderState, PaymentProvider, PortalLink,
    Subscription, SubscriptionAnswer, SubscriptionState, TaxWording,
};
pub use consent::{
    Acceptance, AcceptanceRequest, Consent, ConsentList, ConsentPurpose, ConsentRequest, ConsentState,
    ConsentSurface,
};
pub use credits::{CreditCap, CreditEntry, CreditEntryList, CreditLot, Credits, EntryKind};
pub use deletion::{Deletion, DeletionRequest, DeletionState, DeletionTime, ErasedClass, Remainder};
pub use event::{JobEvent, Sequenced};
pub use export::{Export, ExportState};
pub use hash::{Sha256, Sha256Error};
pub use health::{API_HEADER, API_VERSION, ApiRange, Health};
pub use history::{Became, HistoryEntry, HistoryPage, HistoryPosition};
pub use id::{
    AccountId, AssetId, BillingReceiptId, ConsentId, DeletionId, EntryId, ExportId, IdError, IdempotencyKey,
    JobId, KeyId, OrderId, QuoteId, RequestId,
};
pub use intake::{Counter, ErrorCount, System, TrainingOffer, TrainingSubject, UsageStatistics, Wait};
pub use job::{
    BlockedOutput, Charge, InputRef, InputRole, Job, JobList, JobRequest, JobState, MAX_PROMPT_CHARS,
    OnUnsupported, Output, Progress, Seed, Size, Source, Warning, WarningKind,
};
pub use key::{ApiKey, KeyList, KeyRequest, KeyScope};
pub use model::{
    CountRange, Field, FieldError, ModelCard, ModelId, ModelList, Operation, RunsAt, SizeRule, StyleChoice,
};
pub use money::MilliCredits;
pub use plan::{Plan, PlannedThing};
pub use price::{MegapixelPrice, PriceRule, SizePrice, Workload};
pub use problem::{PROBLEM_TYPE, Problem, ProblemCode};
pub use quote::{Quote, QuoteRequest};
pub use safety::{
    CONFIRMED_HEADER, Category, Finding, GateVersions, Layer, RECEIPT_HEADER, Reason, Receipt, Scores, Span,
    Verdict,
};
pub use time::UtcMillis;

/// The path every resource of the contract lives under.
pub const API_BASE: &str = "/api/v1";
