// Made from the Rust types by `cargo xtask gen-ts`; not to be changed by hand.
// Whole numbers that may pass 2^53 (seeds) are text; times are UTC milliseconds, sizes are bytes, prices are thousandths of a credit.
//
// In the window a command is `invoke(name, { request })`, and everything that happens is the one event `studio` with a `StudioEvent`.
// Against the development host a command is `POST /call/<name>` with the request as JSON (200 the response, 422 a `CommandError`), and
// `GET /events` is the same event as server-sent events. Pictures are asked for by id: `thumbnail/<item>`, `picture/<item>`,
// `staged/<sha256>`, from `convertFileSrc(path, 'allxone-picture')` in the window, from `/picture/<path>` at the development host.

/**
 * Answer of `GET /about`.
 */
export type About = { 
/**
 * Who runs it.
 */
operator: Operator, 
/**
 * The texts it is run under.
 */
policies: Array<Policy>, 
/**
 * Everybody else who gets to see something; empty when nobody does.
 */
processors: Array<Processor>, 
/**
 * How long what is kept.
 */
retention: Array<Retention>, 
/**
 * Whether people have accounts here.
 */
accounts: boolean, };

/**
 * An account that is to be deleted at its service.
 */
export type AccountDeletion = { 
/**
 * Which one.
 */
account: AccountKey, 
/**
 * When.
 */
when: DeletionTime, 
/**
 * Whether its library is erased from this computer as well.
 */
erase_library: boolean, };

/**
 * Names an account of a server on this computer: a folder, an entry of a list. Says nothing of who it is.
 */
export type AccountKey = string;

/**
 * An account on this computer.
 */
export type AccountView = { 
/**
 * Which one.
 */
key: AccountKey, 
/**
 * The service it makes pictures with.
 */
server: string, 
/**
 * Host and port of that service.
 */
host: string, 
/**
 * How to tell it from others while it is signed out: a shortened e-mail address.
 */
label: string, 
/**
 * How it stands.
 */
standing: Standing, 
/**
 * Where the sign-in is kept.
 */
kept: KeptSession, 
/**
 * What the server last said of the person.
 */
profile: Profile | null, 
/**
 * When the present access token ends.
 */
fresh_until: UtcMillis | null, 
/**
 * How far this computer's clock is off, in seconds, where that is more than two minutes.
 */
clock_off: number | null, 
/**
 * Devices that were signed in since this one last looked.
 */
new_devices: Array<Device>, 
/**
 * Whether its library is the open one.
 */
open: boolean, 
/**
 * Whether a library of it lies on this computer.
 */
library: boolean, };

/**
 * The accounts on this computer.
 */
export type AccountsSeen = { 
/**
 * All of them, the signed-out ones too.
 */
accounts: Array<AccountView>, 
/**
 * Host and port of the service this build knows by itself; `None` where a person names their own.
 */
hosted: string | null, 
/**
 * Whether what is kept of them has been looked at; until then some may still turn out to be signed in.
 */
looked: boolean, 
/**
 * Receipts of accounts that were deleted, or are being deleted, newest first.
 */
deletions: Array<DeletionSeen>, };

/**
 * A data processing agreement.
 */
export type Agreement = { 
/**
 * Where it can be read.
 */
link: string, 
/**
 * Since when it is in force, `2026-04-01`.
 */
date: string, };

/**
 * Changes what is written on a picture.
 */
export type Annotated = { 
/**
 * The picture.
 */
item: ItemId, 
/**
 * What is changed.
 */
change: Annotation, };

/**
 * What is to be changed. What is absent stays.
 */
export type Annotation = { 
/**
 * A name; empty takes it away.
 */
title: string | null, 
/**
 * Tags: all that it is to have from now on.
 */
tags: Array<string> | null, 
/**
 * A note; empty takes it away.
 */
note: string | null, };

/**
 * Light or dark.
 */
export type Appearance = "system" | "light" | "dark" | "contrast";

/**
 * How far an export or import is.
 */
export type ArchiveProgress = { 
/**
 * Pictures done.
 */
done: number, 
/**
 * Pictures in all.
 */
total: number, 
/**
 * Bytes of pictures done.
 */
bytes: number, };

/**
 * What was written.
 */
export type Archived = { 
/**
 * The files, the one with the manifest first.
 */
files: Array<string>, 
/**
 * Pictures in it.
 */
pictures: number, 
/**
 * Size of all files together.
 */
bytes: number, 
/**
 * Pictures whose file could not be read.
 */
missing: Array<Missing>, };

/**
 * An archive of everything.
 */
export type ArchivedAll = { 
/**
 * What this computer held.
 */
here: Archived, 
/**
 * What the service held, where it was asked for.
 */
service: ServicePart | null, };

/**
 * One stored picture at one service: an upload or an output.
 */
export type AssetId = string;

/**
 * A sign-in that was begun.
 */
export type Begun = { 
/**
 * Which one.
 */
flow: FlowNumber, 
/**
 * Whose sign-in page it is: host and port.
 */
host: string, 
/**
 * The address for the browser. Holds no secret, but is nobody else's business.
 */
address: string, 
/**
 * When it stops waiting.
 */
until: UtcMillis, 
/**
 * Whether the browser can come back by itself; if not, its last address is to be pasted.
 */
returns: boolean, 
/**
 * Whether a browser was opened. If not, the address is to be copied into one.
 */
opened: boolean, };

/**
 * Something that can be bought.
 */
export type BillingPlan = { 
/**
 * Its name for programs.
 */
id: BillingPlanId, 
/**
 * How it is paid.
 */
kind: BillingPlanKind, 
/**
 * Its name for people.
 */
name: string, 
/**
 * The credits each payment brings.
 */
credits: MilliCredits, 
/**
 * What each payment costs.
 */
price: Money, 
/**
 * What the price says about tax.
 */
tax: TaxWording, 
/**
 * Days after which credits bought with it expire; `None` when they stay.
 */
valid_days: number | null, 
/**
 * Who can take the payment.
 */
providers: Array<PaymentProvider>, };

/**
 * The name of a plan: 1 to 40 small letters, digits and dashes.
 */
export type BillingPlanId = string;

/**
 * How a plan is paid.
 */
export type BillingPlanKind = "pack" | "monthly" | "yearly";

/**
 * Answer of `GET /billing/plans`.
 */
export type BillingPlans = { 
/**
 * What can be bought; empty where nothing is sold.
 */
plans: Array<BillingPlan>, 
/**
 * Whether this is a trial run in which no money moves.
 */
test: boolean, };

/**
 * The receipt of a payment.
 */
export type BillingReceipt = { 
/**
 * Its number.
 */
id: BillingReceiptId, 
/**
 * The order it belongs to.
 */
order: OrderId, 
/**
 * What was bought, in its name for people at that time.
 */
name: string, 
/**
 * Who sold it.
 */
seller: string, 
/**
 * The credits that came in.
 */
credits: MilliCredits, 
/**
 * What was paid in all, tax included.
 */
total: Money, 
/**
 * The tax in it, in the same unit, as far as the provider told.
 */
tax: number | null, 
/**
 * Who took the payment.
 */
provider: PaymentProvider, 
/**
 * The provider's name for the payment.
 */
reference: string, 
/**
 * The provider's own receipt or invoice, where it gave an address.
 */
link: string | null, 
/**
 * When it was paid.
 */
paid: UtcMillis, 
/**
 * Credits taken back because money went back.
 */
taken_back: MilliCredits, 
/**
 * Whether no money moved.
 */
test: boolean, };

/**
 * One receipt of a payment.
 */
export type BillingReceiptId = string;

/**
 * What can be bought for an account, and what was.
 */
export type BillingSeen = { 
/**
 * What is offered; `None` where the service could not be asked.
 */
plans: BillingPlans | null, 
/**
 * How the subscription stands.
 */
subscription: Subscription | null, 
/**
 * The newest orders.
 */
orders: Array<Order>, 
/**
 * The receipts, also those of before when the service cannot be asked.
 */
receipts: Array<BillingReceipt>, 
/**
 * When the receipts were fetched; `None` when they never were.
 */
receipts_of: UtcMillis | null, };

/**
 * A result that the service's check stopped. It is not stored.
 */
export type BlockedOutput = { 
/**
 * Which picture of the request, from 0.
 */
index: number, 
/**
 * Why.
 */
finding: Finding, };

/**
 * What came of buying.
 */
export type Bought = { 
/**
 * The order.
 */
order: Order, 
/**
 * The page to pay at; `None` when the order is paid or over.
 */
page: PageOpened | null, };

/**
 * A picture that was brought in: dropped, pasted or chosen.
 */
export type Brought = { 
/**
 * The file's name, to show it; empty for a pasted picture.
 */
name: string, 
/**
 * The picture, ready to be used.
 */
staged: Staged | null, 
/**
 * Why it cannot be used.
 */
error: CommandError | null, };

/**
 * A sign-in in the browser.
 */
export type BrowserSignIn = { 
/**
 * Where.
 */
at: SignInAt, 
/**
 * Which way, one of those offered.
 */
provider: string, 
/**
 * Whether the browser is opened at once; if not, the address is copied.
 */
open: boolean, };

/**
 * Something is bought.
 */
export type Buying = { 
/**
 * For whom.
 */
account: AccountKey, 
/**
 * What.
 */
plan: BillingPlanId, 
/**
 * Through whom.
 */
provider: PaymentProvider, 
/**
 * The language of the receipt.
 */
language: string, 
/**
 * Names this one intention, so that trying again after an error orders nothing twice.
 */
key: string, };

/**
 * What the content was taken for.
 */
export type Category = "sexual" | "minors" | "unjudgeable";

/**
 * What a job costs.
 */
export type Charge = { 
/**
 * Whether this service counts credits at all.
 */
metered: boolean, 
/**
 * Held when the job was accepted.
 */
held: MilliCredits, 
/**
 * Taken at the end; never more than was held.
 */
settled: MilliCredits, };

/**
 * What is known of a draft before anything is spent or sent.
 */
export type Check = { 
/**
 * What the model cannot do as asked; empty when it can.
 */
faults: Array<FieldError>, 
/**
 * What the safety check says of the text.
 */
finding: Finding, 
/**
 * The price; absent while there are faults, and while the service cannot be asked.
 */
quote: Quote | null, 
/**
 * What it would cost at most by what the service said last, while it cannot be asked: the draft can be lined up, and goes when the
 * service answers, if it costs no more than was agreed by then.
 */
estimate: MilliCredits | null, };

/**
 * The names hosts branch on and translate by. A name never changes its meaning.
 */
export type Code = "invalid" | "unreadable_picture" | "blocked" | "needs_confirmation" | "filter_unavailable" | "price_changed" | "insufficient_credits" | "spending_cap" | "session_cap" | "line_full" | "quote_expired" | "not_found" | "library" | "unreachable" | "bad_address" | "plain_address" | "not_allxone" | "wrong_token" | "offline_locked" | "upgrade_required" | "service" | "partner_busy" | "partner_unavailable" | "partner_account" | "no_output" | "outcome_unknown" | "cancelled" | "not_open" | "signed_out" | "no_accounts" | "wrong_password" | "wrong_code" | "email_unconfirmed" | "email_taken" | "weak_password" | "too_often" | "proof_needed" | "sign_in_failed" | "not_this_sign_in" | "way_not_offered" | "keeping" | "archive" | "acceptance_needed" | "account_closing" | "not_allowed" | "not_given" | "elsewhere" | "goes_elsewhere" | "machine" | "internal";

/**
 * What a letter with a code is for.
 */
export type CodeFor = "sign_in" | "sign_up" | "recovery";

/**
 * A code from a letter.
 */
export type CodeSignIn = { 
/**
 * Where.
 */
at: SignInAt, 
/**
 * To which address it was sent.
 */
email: string, 
/**
 * What it was sent for.
 */
purpose: CodeFor, 
/**
 * The code.
 */
code: string, };

/**
 * A letter with a code that is wanted.
 */
export type CodeWanted = { 
/**
 * Where.
 */
at: SignInAt, 
/**
 * To which address.
 */
email: string, 
/**
 * What for.
 */
purpose: CodeFor, };

/**
 * A failed command, as a screen gets it: it branches and translates by code.
 */
export type CommandError = { 
/**
 * The stable code.
 */
code: Code, 
/**
 * A plain sentence in English, for where no translation is known.
 */
message: string, 
/**
 * What the safety check found, where it is the reason.
 */
finding?: Finding, 
/**
 * What it costs at most now, where that is more than was agreed.
 */
price?: MilliCredits, };

/**
 * Which connections are wanted.
 */
export type Connections = { 
/**
 * Which ones.
 */
filter: EgressFilter, 
/**
 * At most this many, newest first.
 */
limit: number, };

/**
 * A decision at a switch.
 */
export type ConsentChoice = { 
/**
 * Which switch.
 */
purpose: Consented, 
/**
 * On or off.
 */
granted: boolean, 
/**
 * The text that was shown, by its SHA-256.
 */
sha256: Sha256, 
/**
 * The language it was shown in.
 */
language: string, 
/**
 * Where: `privacy` or `card`.
 */
surface: string, };

/**
 * A decision that was written down.
 */
export type ConsentRecord = { 
/**
 * Its id; what is sent under it names it.
 */
id: string, 
/**
 * When, UTC milliseconds.
 */
time_ms: number, 
/**
 * For what.
 */
purpose: Consented, 
/**
 * Allowed or accepted; `false` takes it back.
 */
granted: boolean, 
/**
 * Version of the text that was shown.
 */
version: string, 
/**
 * SHA-256 of that text, hex.
 */
sha256: string, 
/**
 * Language it was shown in.
 */
locale: string, 
/**
 * Where it was asked: `privacy`, `first_picture`, `command_line`, `import`.
 */
surface: string, 
/**
 * Version of the program.
 */
app_version: string, 
/**
 * Whose text it is: a server's host; empty for the program's own.
 */
server: string, };

/**
 * The text behind a switch.
 */
export type ConsentText = { 
/**
 * What it is about.
 */
purpose: Consented, 
/**
 * Its version.
 */
version: string, 
/**
 * Language it is in.
 */
language: string, 
/**
 * Its SHA-256.
 */
sha256: Sha256, 
/**
 * The text itself.
 */
text: string, 
/**
 * What would be sent, with made-up figures.
 */
sample: unknown, };

/**
 * What is allowed, or which text is accepted.
 */
export type Consented = "ai_training" | "usage_statistics" | "privacy_policy" | "acceptable_use";

/**
 * How a copy is written.
 */
export type CopyKind = "archive" | "share";

/**
 * What a person changes of their profile. What is absent stays; what is empty is taken away.
 */
export type Correction = { 
/**
 * The name to be shown.
 */
name: string | null, 
/**
 * The address of a picture.
 */
picture: string | null, 
/**
 * Another e-mail address; it counts once a code that is sent there was entered, where the server wants that.
 */
email: string | null, };

/**
 * An inclusive range of counts.
 */
export type CountRange = { 
/**
 * Least.
 */
min: number, 
/**
 * Most.
 */
max: number, };

/**
 * The most an account wants to spend: body of `POST /credits/cap`.
 */
export type CreditCap = { 
/**
 * In a calendar month; as much as there is, when there is none.
 */
per_month: MilliCredits | null, };

/**
 * One entry of an account's statement.
 */
export type CreditEntry = { 
/**
 * Its number.
 */
id: EntryId, 
/**
 * Counts the account's entries, from 1, without gaps.
 */
sequence: number, 
/**
 * What it is.
 */
kind: EntryKind, 
/**
 * When.
 */
time: UtcMillis, 
/**
 * By how much it changed what can be spent.
 */
amount: MilliCredits, 
/**
 * What could be spent after it.
 */
available: MilliCredits, 
/**
 * What was held after it.
 */
held: MilliCredits, 
/**
 * The job it is about.
 */
job?: JobId | null, 
/**
 * The model of the job, as long as the job is known.
 */
model?: ModelId | null, 
/**
 * What the job could cost at most, and was held for it.
 */
at_most?: MilliCredits | null, 
/**
 * What the job was charged.
 */
charged?: MilliCredits | null, 
/**
 * When granted credits expire.
 */
expires?: UtcMillis | null, 
/**
 * Why, in the words of who wrote it.
 */
note?: string | null, };

/**
 * Answer of `GET /credits/entries`, newest first.
 */
export type CreditEntryList = { 
/**
 * The entries.
 */
entries: Array<CreditEntry>, 
/**
 * Ask again with `?before=` this for older ones.
 */
next?: number | null, };

/**
 * Credits of one grant, as far as they are left.
 */
export type CreditLot = { 
/**
 * The entry that brought them.
 */
entry: EntryId, 
/**
 * How many they were.
 */
granted: MilliCredits, 
/**
 * How many are left, those that are held included.
 */
remaining: MilliCredits, 
/**
 * When they came.
 */
since: UtcMillis, 
/**
 * When what is left of them goes; never, when there is none.
 */
expires?: UtcMillis | null, };

/**
 * Answer of `GET /credits`.
 */
export type Credits = { 
/**
 * Whether this service counts credits for this account at all. Where it does not, everything else is nothing.
 */
metered: boolean, 
/**
 * What the account has: what can be spent and what is held.
 */
posted: MilliCredits, 
/**
 * Held for jobs that have not ended.
 */
held: MilliCredits, 
/**
 * What can be spent. Less than nothing when more was taken back than was left.
 */
available: MilliCredits, 
/**
 * The credits by where they came from, those that expire soonest first: the order in which they are spent.
 */
lots?: Array<CreditLot>, 
/**
 * The most the account wants to spend in a calendar month (UTC), if it said so.
 */
month_cap?: MilliCredits | null, 
/**
 * What was charged in this month, and what is held now: what counts against the cap.
 */
this_month: MilliCredits, };

/**
 * A currency by its ISO 4217 code, three capital letters.
 */
export type Currency = string;

/**
 * Where a page ends; the next begins after it. Stays right when items come or go in between.
 */
export type Cursor = { created_ms: number, id: ItemId, };

/**
 * A decision that was written down.
 */
export type Decision = { 
/**
 * Its id.
 */
id: string, 
/**
 * When, UTC milliseconds.
 */
time_ms: number, 
/**
 * `prompt`, `input` or `output`.
 */
stage: string, 
/**
 * `block` or `review`.
 */
verdict: string, 
/**
 * What the content was taken for.
 */
category: string, 
/**
 * Which part of the check spoke.
 */
layer: string, 
/**
 * The section of the Acceptable Use Policy that is cited.
 */
section: string, 
/**
 * Hash of the policy.
 */
policy: string, 
/**
 * Name and hash of each model that judged.
 */
models: Array<[string, string]>, };

/**
 * A deletion.
 */
export type Deletion = { 
/**
 * The receipt number. Whoever knows it can ask how far the deletion is, also when the account is gone.
 */
id: DeletionId, 
/**
 * How far it is.
 */
state: DeletionState, 
/**
 * When it was asked for.
 */
requested: UtcMillis, 
/**
 * When erasing begins.
 */
due: UtcMillis, 
/**
 * When everything was gone.
 */
finished: UtcMillis | null, 
/**
 * What was erased; complete once it is finished.
 */
erased: Array<ErasedClass>, 
/**
 * What remains, where, why, and until when.
 */
remains: Array<Remainder>, };

/**
 * One deletion of an account: the number of its receipt.
 */
export type DeletionId = string;

/**
 * The receipt of a deletion, as it is kept on this computer.
 */
export type DeletionSeen = { 
/**
 * The account.
 */
account: AccountKey, 
/**
 * How to tell it from others: a shortened e-mail address.
 */
label: string, 
/**
 * The address of its service.
 */
server: string, 
/**
 * Host and port of that service.
 */
host: string, 
/**
 * How far it is, as far as was heard.
 */
deletion: Deletion, };

/**
 * How far a deletion is.
 */
export type DeletionState = "grace" | "erasing" | "done" | "cancelled";

/**
 * When an account goes.
 */
export type DeletionTime = "now" | "in_seven_days";

/**
 * A device the account is signed in on.
 */
export type Device = { 
/**
 * Its session.
 */
id: string, 
/**
 * What it calls itself.
 */
device: string, 
/**
 * Whether it is this one.
 */
current: boolean, 
/**
 * Since when, as the server writes it.
 */
created_at: string, 
/**
 * Last use, as the server writes it.
 */
last_used_at: string, };

/**
 * One device of an account.
 */
export type DeviceOf = { 
/**
 * Whose.
 */
account: AccountKey, 
/**
 * Its session.
 */
device: string, };

/**
 * A composed request. Its input pictures are named by hash and were [staged](crate::Studio::stage) before.
 */
export type Draft = { 
/**
 * What is asked of the model. `quote` is filled in by the studio; `max_cost` is the most the person agreed to.
 */
request: JobRequest, 
/**
 * Whether the person has deliberately confirmed what the check wants confirmed. Never lifts a block.
 */
confirmed?: boolean, 
/**
 * The kept pictures it starts from. Filled in by the studio from the pictures that were [staged](crate::Studio::stage_item).
 */
parents?: Array<ItemId>, };

/**
 * How a request ended.
 */
export type EgressEnd = { 
/**
 * When, UTC milliseconds.
 */
ended_ms: number, 
/**
 * HTTP status of the answer, if one came.
 */
status: number | null, 
/**
 * Bytes of the answer's body that arrived.
 */
bytes_in: number, 
/**
 * Code of the error that ended it.
 */
error: string | null, 
/**
 * Whether it is certain that nothing reached the host.
 */
never_sent: boolean, };

/**
 * A row of the ledger.
 */
export type EgressEntry = { 
/**
 * Rises with every request.
 */
id: number, 
/**
 * How it ended; `None` while it runs, or when nobody saw the end.
 */
end: EgressEnd | null, 
/**
 * When, UTC milliseconds.
 */
started_ms: number, 
/**
 * To whom: host and port.
 */
host: string, 
/**
 * Why, in a word of a closed list.
 */
purpose: string, 
/**
 * The HTTP method.
 */
method: string, 
/**
 * The kind of resource, with placeholders in place of ids.
 */
resource: string, 
/**
 * Names of the fields in the body; never their values.
 */
fields: Array<string>, 
/**
 * Names of the headers beyond the usual ones.
 */
headers: Array<string>, 
/**
 * Size of the body in bytes.
 */
bytes_out: number, };

/**
 * Which rows to look at. The default is all.
 */
export type EgressFilter = { 
/**
 * From this time on, UTC milliseconds.
 */
from_ms: number | null, 
/**
 * Before this time, UTC milliseconds.
 */
to_ms: number | null, 
/**
 * Only to this host.
 */
host: string | null, 
/**
 * Only for this purpose.
 */
purpose: string | null, 
/**
 * Only rows older than this id: where the last page ended.
 */
before: number | null, };

/**
 * What went to one host on one day.
 */
export type EgressTotal = { 
/**
 * The day in UTC, `2026-01-31`.
 */
day: string, 
/**
 * The host.
 */
host: string, 
/**
 * How many requests.
 */
requests: number, 
/**
 * Bytes sent.
 */
bytes_out: number, 
/**
 * Bytes received.
 */
bytes_in: number, };

/**
 * The code that was sent to a new e-mail address.
 */
export type EmailCode = { 
/**
 * Whose.
 */
account: AccountKey, 
/**
 * The new address.
 */
email: string, 
/**
 * The code.
 */
code: string, };

/**
 * Why an account is signed out.
 */
export type Ended = "here" | "elsewhere_here" | "by_server" | "copied" | "closed" | "key_lost" | "not_kept";

/**
 * One entry of the books of credits.
 */
export type EntryId = string;

/**
 * What an entry is.
 */
export type EntryKind = "grant" | "reversal" | "hold" | "charge" | "release" | "expiry" | "unknown";

/**
 * One kind of thing that was erased.
 */
export type Erased = { 
/**
 * What.
 */
kind: ErasedKind, 
/**
 * How many files.
 */
files: number, 
/**
 * How many bytes.
 */
bytes: number, };

/**
 * How much of one class was erased.
 */
export type ErasedClass = { 
/**
 * The class, as in the retention table.
 */
class: string, 
/**
 * How many records or files.
 */
count: number, };

/**
 * What a wipe erased.
 */
export type ErasedKind = "library" | "service" | "accounts" | "logs" | "settings" | "keys" | "temporary" | "window";

/**
 * What the gate says of one thing, and why. Free of what was judged: no words, no pixels, no name.
 */
export type Explained = { 
/**
 * What was judged.
 */
subject: Subject, 
/**
 * Which of the draft's pictures it is, from 0; or how many-th file of several.
 */
index: number, 
/**
 * The verdict, with the part and the layer of each reason.
 */
finding: Finding, 
/**
 * The scores, highest of all parts.
 */
figures: Array<Figure>, 
/**
 * SHA-256 of a picture as it would be sent. A prompt has none: a short text can be guessed from it.
 */
content: Sha256 | null, 
/**
 * Hashes of the rules and the models that judged.
 */
versions: GateVersions, 
/**
 * This program and its version.
 */
program: string, 
/**
 * When.
 */
time: UtcMillis, };

/**
 * An archive of everything to be written.
 */
export type ExportAsked = { 
/**
 * Begin a further file when one would become larger than this many megabytes.
 */
split_mb: number | null, 
/**
 * The account whose service is to give its part as well.
 */
account: AccountKey | null, };

/**
 * What a picture came from and what came of it. Pictures that were erased are not in it; those in the trash are.
 */
export type Family = { 
/**
 * The pictures it was made from, in the order they were given.
 */
parents: Array<Glance>, 
/**
 * The pictures that were made from it, oldest first; at most 100.
 */
children: Array<Glance>, };

/**
 * Harmless prompts of one family that were stopped.
 */
export type FamilyRate = { 
/**
 * What they are about; `all` for all of them.
 */
family: string, 
/**
 * Stopped.
 */
stopped: Rate, };

/**
 * Marks or unmarks favourites.
 */
export type Favourite = { 
/**
 * The pictures.
 */
items: Array<ItemId>, 
/**
 * Marked or not.
 */
on: boolean, };

/**
 * A field of a request that not every model understands.
 */
export type Field = "prompt" | "negative_prompt" | "size" | "count" | "seed" | "style" | "strength" | "factor" | "inputs" | "mask";

/**
 * A field at fault and why.
 */
export type FieldError = { 
/**
 * JSON pointer to the field.
 */
pointer: string, 
/**
 * A plain sentence.
 */
message: string, 
/**
 * Whether the model merely does not know the field (it may be dropped) or the value is wrong.
 */
unsupported: boolean, };

/**
 * A score and the limits it was held against. All run from 0 to 1.
 */
export type Figure = { 
/**
 * Which score.
 */
measure: Measure, 
/**
 * The highest of all parts.
 */
score: number, 
/**
 * A person is asked from here on.
 */
asks_from: number, 
/**
 * Blocked from here on, where this score alone can block.
 */
blocks_from: number | null, };

/**
 * Which items to list.
 */
export type Filter = { 
/**
 * Only favourites.
 */
favourites: boolean, 
/**
 * The trash instead of the library.
 */
trash: boolean, };

/**
 * A verdict with its reasons.
 */
export type Finding = { 
/**
 * The verdict.
 */
verdict: Verdict, 
/**
 * Why; empty when allowed.
 */
reasons?: Array<Reason>, 
/**
 * The figures.
 */
scores: Scores, };

/**
 * Names a sign-in that waits, to a screen.
 */
export type FlowNumber = number;

/**
 * How a sign-in that waits stands.
 */
export type FlowState = { "is": "waiting" } | { "is": "exchanging" } | { "is": "done", 
/**
 * Who.
 */
account: AccountKey, } | { "is": "failed", 
/**
 * The stable code.
 */
code: string, 
/**
 * What happened and what to do.
 */
message: string, } | { "is": "cancelled" } | { "is": "expired" };

/**
 * Which models and rules judged.
 */
export type GateVersions = { 
/**
 * Hash of the policy (thresholds and word lists).
 */
policy: string, 
/**
 * Name and hash of each model that judged.
 */
models: Array<[string, string]>, };

/**
 * What a grid shows of a picture.
 */
export type Glance = { 
/**
 * Its id.
 */
id: ItemId, 
/**
 * When it was made, UTC milliseconds.
 */
created_ms: number, 
/**
 * Pixels across.
 */
width: number, 
/**
 * Pixels down.
 */
height: number, 
/**
 * Marked as a favourite.
 */
favourite: boolean, 
/**
 * What was done, in the contract's word.
 */
operation: string, 
/**
 * A name given by the person; may be empty.
 */
title: string, 
/**
 * What was asked for.
 */
prompt: string, };

/**
 * Whether what an account makes may be brought to this device.
 */
export type HistoryChoice = { 
/**
 * Which account.
 */
account: AccountKey, 
/**
 * Whether it may.
 */
allowed: boolean, };

/**
 * How the history of an account stands on this device.
 */
export type HistorySeen = { 
/**
 * Whether what the account makes may be brought here; absent while its owner was not asked.
 */
allowed: boolean | null, 
/**
 * Whether it is being brought at this moment.
 */
under_way: boolean, 
/**
 * When everything there was had been brought last.
 */
last: UtcMillis | null, 
/**
 * Pictures that were brought.
 */
brought: number, 
/**
 * Pictures put into the trash because they were erased on another device.
 */
put_away: number, 
/**
 * Pictures that were not kept: stopped by the check of this device, or not what the service had announced.
 */
refused: number, 
/**
 * Pictures removed here that the service is still to erase.
 */
waiting: number, };

/**
 * An archive to be read.
 */
export type ImportAsked = { 
/**
 * Also take pictures for which the check asks for a confirmation.
 */
confirmed: boolean, };

/**
 * What came of an import.
 */
export type Imported = { 
/**
 * Pictures in the library.
 */
pictures: number, 
/**
 * Pictures the check wants confirmed first.
 */
held: Array<ItemId>, 
/**
 * Pictures the check stops.
 */
stopped: Array<ItemId>, 
/**
 * Files that are no pictures.
 */
unreadable: Array<ItemId>, 
/**
 * Pictures that were missing when the archive was written.
 */
missing: Array<ItemId>, 
/**
 * Rows that do not travel: drafts that had not ended, counters, what waited to be sent.
 */
left: number, 
/**
 * How the program looked.
 */
settings: unknown, };

/**
 * Every picture that fits, newest first. The two lists have the same length.
 */
export type Index = { 
/**
 * The pictures.
 */
ids: Array<ItemId>, 
/**
 * When each was made, UTC milliseconds.
 */
created_ms: Array<number>, };

/**
 * An input picture, named by its content: it must have been uploaded by the same account before.
 */
export type InputRef = { 
/**
 * Hash of the exact uploaded bytes.
 */
sha256: Sha256, 
/**
 * What it is for.
 */
role: InputRole, };

/**
 * What an input picture is for.
 */
export type InputRole = "init" | "reference" | "mask";

/**
 * One kept picture. The pixels come by id: [`crate::Library::picture`], [`crate::Library::thumbnail`].
 */
export type Item = { 
/**
 * Its id.
 */
id: ItemId, 
/**
 * When it was made, UTC milliseconds.
 */
created_ms: number, 
/**
 * Pixels across.
 */
width: number, 
/**
 * Pixels down.
 */
height: number, 
/**
 * SHA-256 of the picture's bytes, hex.
 */
sha256: string, 
/**
 * Size of the picture's bytes.
 */
bytes: number, 
/**
 * `png`, `jpeg`, `webp` or `gif`.
 */
format: string, 
/**
 * Marked as a favourite.
 */
favourite: boolean, 
/**
 * When it was put into the trash, UTC milliseconds.
 */
trashed_ms: number | null, 
/**
 * Whether it is in the trash because its owner erased it on another device.
 */
erased_elsewhere: boolean, 
/**
 * What was done, in the contract's word (`scene`, `stylise`, …).
 */
operation: string, 
/**
 * By which model.
 */
model: string, 
/**
 * A name given by the person; may be empty.
 */
title: string, 
/**
 * Tags given by the person.
 */
tags: Array<string>, 
/**
 * A note of the person's.
 */
note: string, 
/**
 * What was asked for.
 */
prompt: string, 
/**
 * What was not to be shown.
 */
negative: string, 
/**
 * Everything else the model was told.
 */
params: unknown, 
/**
 * The seed this very picture was made with; written as text, since not every reader of JSON keeps 64 bits.
 */
seed: string | null, 
/**
 * Where it came from; `None` for a picture brought in by hand.
 */
origin: Origin | null, 
/**
 * Proof of the checks it passed, oldest first.
 */
receipts: Receipt[], 
/**
 * The kept pictures it was made from.
 */
parents: Array<ItemId>, 
/**
 * What the model says of its work.
 */
report: unknown, 
/**
 * Whether a model made or changed it (a person's own photo, enlarged, was not).
 */
ai_made: boolean, };

/**
 *A kept picture.
 */
export type ItemId = string;

/**
 * A job, as far as its owner may see it. Never carries the prompt or the inputs.
 */
export type Job = { 
/**
 * The job.
 */
id: JobId, 
/**
 * Where it stands.
 */
state: JobState, 
/**
 * Counts its changes.
 */
version: number, 
/**
 * What is done.
 */
operation: Operation, 
/**
 * By which model.
 */
model: ModelId, 
/**
 * Hash of the exact request body.
 */
request_sha256: Sha256, 
/**
 * When it was accepted.
 */
created: UtcMillis, 
/**
 * When it last changed.
 */
updated: UtcMillis, 
/**
 * How far the work is.
 */
progress: Progress, 
/**
 * Stored results.
 */
outputs: Array<Output>, 
/**
 * Results the check stopped; they cost nothing.
 */
blocked?: Array<BlockedOutput>, 
/**
 * What the person should know.
 */
warnings?: Array<Warning>, 
/**
 * What it costs.
 */
charge: Charge, 
/**
 * Why it failed.
 */
error?: Problem | null, 
/**
 * Whether prompt, inputs and results were erased at the service; id, state and hashes remain.
 */
erased: boolean, };

/**
 * One job at one service.
 */
export type JobId = string;

/**
 * One request for pictures: all that a model is told. Everything in it is content and passes the gate before it is sent.
 */
export type JobRequest = { 
/**
 * What is to be done.
 */
operation: Operation, 
/**
 * By which model.
 */
model: ModelId, 
/**
 * What the picture should show, at most [`MAX_PROMPT_CHARS`] characters.
 */
prompt?: string, 
/**
 * What the picture should not show.
 */
negative_prompt?: string | null, 
/**
 * Size of the result.
 */
size?: Size | null, 
/**
 * How many pictures.
 */
count: number, 
/**
 * Where the randomness starts; picture `i` of a request uses `seed + i`.
 */
seed?: Seed | null, 
/**
 * Id of a style the model offers.
 */
style?: string | null, 
/**
 * How much the style or input counts, in per cent.
 */
strength?: number | null, 
/**
 * How many times larger each side becomes.
 */
factor?: number | null, 
/**
 * Input pictures.
 */
inputs?: Array<InputRef>, 
/**
 * What happens to a field the model does not know.
 */
on_unsupported: OnUnsupported, 
/**
 * The quote this request relies on.
 */
quote?: QuoteId | null, 
/**
 * The most the person agreed to pay.
 */
max_cost: MilliCredits, };

/**
 * Where a job stands.
 */
export type JobState = "queued" | "submitting" | "running" | "storing" | "canceling" | "succeeded" | "failed" | "canceled" | "outcome_unknown";

/**
 * Keep what was made so far, and everything from now on, in a library on this computer.
 */
export type KeepIn = { 
/**
 * Where its key is kept.
 */
key: KeyPlace, 
/**
 * The passphrase, for [`KeyPlace::Passphrase`].
 */
passphrase: string | null, };

/**
 * How long one kind of data is kept.
 */
export type KeptFor = { 
/**
 * Its name in the file.
 */
class: string, 
/**
 * What it is, in English.
 */
what: string, 
/**
 * Days after [`KeptFor::from`]; absent where an event ends it.
 */
days: number | null, 
/**
 * From when the days count.
 */
from: string | null, 
/**
 * What ends it, where days do not.
 */
until: string | null, };

/**
 * Whether what is made is there tomorrow.
 */
export type KeptIn = { "is": "library", 
/**
 * Where its key is.
 */
key: KeyPlace, } | { "is": "nothing", 
/**
 * Why, in a sentence; absent when it was asked for.
 */
because: string | null, };

/**
 * Where a sign-in is kept.
 */
export type KeptSession = { "is": "keyring" } | { "is": "file" } | { "is": "memory", 
/**
 * Why, in a sentence; absent when it was asked for.
 */
because: string | null, };

/**
 * Where the key of the library is kept.
 */
export type KeyPlace = "keyring" | "passphrase" | "file" | "memory";

/**
 * Harmless pictures of one kind that were stopped.
 */
export type KindRate = { 
/**
 * `photo`, `people`, `drawing` or `object`; `tuned`, the half of the list that thresholds were chosen on, or `held_out`, the other;
 * `all`.
 */
kind: string, 
/**
 * Blocked.
 */
blocked: Rate, 
/**
 * Asked about.
 */
asked: Rate, };

/**
 * What was stopped in one language.
 */
export type LanguageRate = { 
/**
 * Two letters.
 */
language: string, 
/**
 * Sexual prompts that were found.
 */
found: Rate, 
/**
 * Harmless prompts that were stopped.
 */
wrong: Rate, 
/**
 * Whether fewer than four in five were found.
 */
weak: boolean, };

/**
 * Which part of the gate spoke.
 */
export type Layer = "lexicon" | "prompt_model" | "picture_model" | "second_opinion" | "rule";

/**
 * Something that remains.
 */
export type Left = { 
/**
 * Why.
 */
kind: LeftKind, 
/**
 * A path, or the names of an entry of the keyring.
 */
what: string, 
/**
 * More of the reason; empty where there is no more.
 */
why: string, };

/**
 * Why something remains.
 */
export type LeftKind = "saved" | "foreign" | "keyring";

/**
 * What becomes of the account's library on this computer.
 */
export type LibraryAfter = { "is": "keep" } | { "is": "lock", 
/**
 * The passphrase.
 */
passphrase: string, } | { "is": "remove" };

/**
 * Something that came with the program under a licence of its own.
 */
export type Licence = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it is used for.
 */
used_for: string, 
/**
 * The licence.
 */
licence: string, 
/**
 * Where it comes from: package and version.
 */
source: string, };

/**
 * Another account that opens this one.
 */
export type Linked = { 
/**
 * Whose: `email`, `github`, …
 */
provider: string, 
/**
 * The e-mail address there.
 */
email: string | null, };

/**
 * Which pictures are wanted.
 */
export type Listing = { 
/**
 * Only those with these words; empty for all.
 */
words: string, 
/**
 * Only favourites, or the trash.
 */
filter: Filter, 
/**
 * Where the last page ended.
 */
after: Cursor | null, 
/**
 * At most this many.
 */
limit: number, };

/**
 * The offline lock: asked for, or (with `None`) only looked at.
 */
export type Lock = { 
/**
 * Whether the door is closed.
 */
closed: boolean | null, };

/**
 * Which score.
 */
export type Measure = "prompt" | "explicit" | "suggestive" | "second";

/**
 * What a picture costs by its megapixels, and those it is made from.
 */
export type MegapixelPrice = { 
/**
 * The first megapixel of a picture.
 */
first: MilliCredits, 
/**
 * Each further one.
 */
further: MilliCredits, 
/**
 * Each megapixel of the input pictures, for each picture made from them.
 */
input: MilliCredits, };

/**
 * Thousandths of a credit. Money is counted in whole milli-credits, never in fractions.
 */
export type MilliCredits = number;

/**
 * A picture that is in the list and not in the archive.
 */
export type Missing = { 
/**
 * Which one.
 */
id: ItemId, 
/**
 * `picture_missing` or `picture_damaged`.
 */
reason: string, };

/**
 * Everything a person or program needs to choose a model and fill in a request.
 */
export type ModelCard = { 
/**
 * The model.
 */
id: ModelId, 
/**
 * Name for people.
 */
name: string, 
/**
 * What it does and what it does not, in one or two sentences.
 */
summary: string, 
/**
 * What it does.
 */
operation: Operation, 
/**
 * Where it runs.
 */
runs_at: RunsAt, 
/**
 * Fields it understands.
 */
fields: Array<Field>, 
/**
 * Sizes it makes; `None` when the input decides.
 */
size?: SizeRule | null, 
/**
 * How many pictures one request may ask for.
 */
count: CountRange, 
/**
 * How many input pictures it takes.
 */
inputs: CountRange, 
/**
 * Most pixels of an input picture.
 */
max_input_pixels: number, 
/**
 * Enlargements it offers.
 */
factors?: Array<number>, 
/**
 * Styles it offers.
 */
styles?: Array<StyleChoice>, 
/**
 * Whether it tells what it would make of a prompt (`POST /plans`).
 */
plans?: boolean, 
/**
 * Its price.
 */
price: PriceRule, 
/**
 * Licence of its weights and art.
 */
licence: string, };

/**
 * The name of a model, `<where>/<name>`, for example `local/scene`.
 */
export type ModelId = string;

/**
 * Money of the world outside, counted in the smallest unit of its currency.
 */
export type Money = { 
/**
 * How many of the smallest unit: 999 of `EUR` are 9.99 euros.
 */
amount: number, 
/**
 * The currency.
 */
currency: Currency, };

/**
 * Whether things move.
 */
export type Motion = "system" | "reduced";

/**
 * A new account.
 */
export type NewAccount = { 
/**
 * Where.
 */
at: SignInAt, 
/**
 * E-mail address.
 */
email: string, 
/**
 * Password.
 */
password: string, 
/**
 * The name to be shown; may be empty.
 */
name: string, };

/**
 * A new password.
 */
export type NewPassword = { 
/**
 * Whose.
 */
account: AccountKey, 
/**
 * The password.
 */
password: string, 
/**
 * The code that proves who asks, where the server wants one.
 */
proof: string | null, };

/**
 * Whether the program may speak up from the background.
 */
export type Notify = "background" | "never";

/**
 * What happens to a field the model does not know.
 */
export type OnUnsupported = "refuse" | "drop";

/**
 * What is done.
 */
export type Operation = "generate" | "edit" | "stylise" | "upscale" | "cut_out";

/**
 * Who runs a service.
 */
export type Operator = { 
/**
 * What kind of service it is.
 */
kind: OperatorKind, 
/**
 * The name of the person or company.
 */
name: string, 
/**
 * Where to write to; always there for a hosted service.
 */
contact: string | null, };

/**
 * What kind of service it is, which decides what it must promise.
 */
export type OperatorKind = "this_computer" | "self_hosted" | "hosted";

/**
 * An order.
 */
export type Order = { 
/**
 * Its number.
 */
id: OrderId, 
/**
 * What was ordered.
 */
plan: BillingPlanId, 
/**
 * Its name for people at that time.
 */
name: string, 
/**
 * How it is paid.
 */
kind: BillingPlanKind, 
/**
 * Who takes the payment.
 */
provider: PaymentProvider, 
/**
 * How it stands.
 */
state: OrderState, 
/**
 * The credits it brings.
 */
credits: MilliCredits, 
/**
 * What it costs.
 */
price: Money, 
/**
 * Whether no money moves.
 */
test: boolean, 
/**
 * The provider's page to pay at, while it is open.
 */
address: string | null, 
/**
 * When it was made.
 */
created: UtcMillis, 
/**
 * When it last changed.
 */
updated: UtcMillis, };

/**
 * One order of credits at one service.
 */
export type OrderId = string;

/**
 * One order of an account.
 */
export type OrderOf = { 
/**
 * Whose.
 */
account: AccountKey, 
/**
 * Which.
 */
order: OrderId, };

/**
 * How an order stands.
 */
export type OrderState = "pending" | "paid" | "failed" | "expired" | "partly_refunded" | "refunded";

/**
 * Where a result came from. A result is kept once per job and index.
 */
export type Origin = { 
/**
 * Address or name of the service.
 */
service: string, 
/**
 * The job there.
 */
job: string, 
/**
 * Which picture of the job, from 0.
 */
index: number, };

/**
 * What came of a draft, as far as a screen needs it.
 */
export type Outcome = { 
/**
 * The pictures, in the order of the request.
 */
kept: Array<ItemId>, 
/**
 * What the check stopped, at the service or here; these were not kept and cost nothing.
 */
stopped: Array<Finding>, 
/**
 * What the person should know.
 */
warnings: Array<Warning>, 
/**
 * What it cost.
 */
charge: Charge, };

/**
 * One stored result.
 */
export type Output = { 
/**
 * Which picture of the request, from 0.
 */
index: number, 
/**
 * Its content: `GET /assets/{asset}/content`.
 */
asset: AssetId, 
/**
 * Hash of the content.
 */
sha256: Sha256, 
/**
 * Size of the content in bytes.
 */
bytes: number, 
/**
 * How it is encoded.
 */
format: PictureFormat, 
/**
 * Pixels across.
 */
width: number, 
/**
 * Pixels down.
 */
height: number, 
/**
 * The seed it was made with.
 */
seed?: Seed | null, 
/**
 * Where its pixels come from.
 */
source: Source, 
/**
 * What the model says of its work (for a scene: what was drawn, and the words it could not draw).
 */
report?: unknown, 
/**
 * The service's own check of this result.
 */
receipt: Receipt, };

/**
 * Items, newest first.
 */
export type Page = { 
/**
 * The items.
 */
items: Array<Item>, 
/**
 * Where to go on; `None` at the end.
 */
next: Cursor | null, };

/**
 * A provider's page that was opened, or could not be.
 */
export type PageOpened = { 
/**
 * Its address, to be copied where no browser opens.
 */
address: string, 
/**
 * Its host, as it stands in the list of connections.
 */
host: string, 
/**
 * Whether the browser opened it.
 */
opened: boolean, };

/**
 * A sign-in with a password.
 */
export type PasswordSignIn = { 
/**
 * Where.
 */
at: SignInAt, 
/**
 * E-mail address.
 */
email: string, 
/**
 * Password.
 */
password: string, };

/**
 * A company that takes payments.
 */
export type PaymentProvider = "stripe" | "paddle" | "razorpay";

/**
 * How a picture is encoded.
 */
export type PictureFormat = "png" | "jpeg" | "webp" | "gif";

/**
 * What is stored where.
 */
export type Place = { 
/**
 * What it holds.
 */
kind: PlaceKind, 
/**
 * Where.
 */
path: string, 
/**
 * How much, in bytes.
 */
bytes: number, 
/**
 * Whether it is encrypted.
 */
sealed: boolean, };

/**
 * A kind of place on this computer.
 */
export type PlaceKind = "library" | "service" | "settings" | "logs" | "models" | "saved";

/**
 * Answer of `POST /plans`: what a model that [plans](crate::ModelCard::plans) would make of a request's prompt. Every text in it is a
 * word of the prompt or of the model's own catalogue.
 */
export type Plan = { 
/**
 * What it would show, in the order named.
 */
things: Array<PlannedThing>, 
/**
 * The words that make the place, the hour and the weather.
 */
setting: Array<string>, 
/**
 * Words and phrases it would leave out, lower case.
 */
left_out: Array<string>, };

/**
 * A thing a model would show.
 */
export type PlannedThing = { 
/**
 * The model's own name for it.
 */
name: string, 
/**
 * The words of the prompt that ask for it.
 */
words: string, 
/**
 * How many.
 */
count: number, };

/**
 * A text in one version.
 */
export type Policy = { 
/**
 * Which text.
 */
kind: PolicyKind, 
/**
 * Its version.
 */
version: string, 
/**
 * Hash of `text`.
 */
sha256: Sha256, 
/**
 * The whole text, Markdown.
 */
text: string, };

/**
 * Which text.
 */
export type PolicyKind = "privacy_policy" | "acceptable_use";

/**
 * How the price is found.
 */
export type PriceRule = "free" | { "per_image": MilliCredits } | { "per_image_by_size": Array<SizePrice> } | { "per_megapixel": MegapixelPrice };

/**
 * One error, in words for a person and a code for a program. Never carries content.
 */
export type Problem = { 
/**
 * `urn:allxone:problem:<code>`
 */
type: string, 
/**
 * A short name of the problem.
 */
title: string, 
/**
 * HTTP status.
 */
status: number, 
/**
 * What happened, in a plain sentence.
 */
detail: string, 
/**
 * The stable code.
 */
code: ProblemCode, 
/**
 * Whether trying again unchanged may help.
 */
retryable: boolean, 
/**
 * Seconds to wait before trying again.
 */
retry_after?: number | null, 
/**
 * How many credits it takes, where there are not as many.
 */
needed?: MilliCredits | null, 
/**
 * How many there are to be spent.
 */
available?: MilliCredits | null, 
/**
 * The job it is about.
 */
job_id?: JobId | null, 
/**
 * Which fields are at fault.
 */
errors?: Array<FieldError>, 
/**
 * Why the safety check stopped the content.
 */
finding?: Finding | null, };

/**
 * What went wrong, as a name that never changes its meaning.
 */
export type ProblemCode = "invalid" | "unsupported_field" | "unknown_model" | "unauthorized" | "upgrade_required" | "not_found" | "key_reused" | "key_missing" | "key_busy" | "content_blocked" | "filter_unavailable" | "too_large" | "unreadable_picture" | "insufficient_credits" | "spending_cap" | "quote_expired" | "busy" | "timeout" | "engine_failed" | "partner_busy" | "partner_unavailable" | "partner_account" | "no_output" | "outcome_unknown" | "erased" | "step_up_needed" | "no_grant" | "acceptance_needed" | "account_closing" | "payment_unavailable" | "shutting_down" | "internal" | "unknown";

/**
 * Somebody else who gets to see something of what a service is told.
 */
export type Processor = { 
/**
 * A short stable name.
 */
id: string, 
/**
 * The company.
 */
name: string, 
/**
 * What for.
 */
role: ProcessorRole, 
/**
 * What it gets to see, in a plain sentence.
 */
sees: string, 
/**
 * Where it works with it.
 */
region: string, 
/**
 * How long it keeps it, in its own words.
 */
retention: string, 
/**
 * Whether it trains models with it.
 */
trains_on_data: boolean, 
/**
 * The agreement the operator has with it.
 */
agreement: Agreement | null, };

/**
 * What a processor is for. There is no role for advertising and none for the sale of data.
 */
export type ProcessorRole = "ai_partner" | "payment" | "identity" | "infrastructure" | "mail";

/**
 * A person as their server knows them.
 */
export type Profile = { 
/**
 * The account's id at its server.
 */
id: string, 
/**
 * E-mail address.
 */
email: string, 
/**
 * An address that waits for its code.
 */
new_email: string | null, 
/**
 * The name to be shown.
 */
name: string, 
/**
 * The address of a picture.
 */
picture: string, 
/**
 * Other accounts that open this one.
 */
linked: Array<Linked>, 
/**
 * Since when, as the server writes it.
 */
created: string | null, };

/**
 * A change of the profile.
 */
export type ProfileChange = { 
/**
 * Whose.
 */
account: AccountKey, 
/**
 * What.
 */
change: Correction, };

/**
 * How far the work is.
 */
export type Progress = { 
/**
 * Steps done.
 */
step: number, 
/**
 * Steps in all; 0 while unknown.
 */
steps: number, };

/**
 * Prompts a person saved and used. Kept in the encrypted library.
 */
export type Prompts = { 
/**
 * Saved under a name.
 */
saved: Array<SavedPrompt>, 
/**
 * Used before, newest first; at most 200 are kept.
 */
history: Array<string>, };

/**
 * How a person proves that it is them.
 */
export type Proof = { "by": "password", 
/**
 * It.
 */
password: string, } | { "by": "code", 
/**
 * It.
 */
code: string, };

/**
 * A person proves that it is them.
 */
export type Proving = { 
/**
 * Whose account.
 */
account: AccountKey, 
/**
 * How.
 */
proof: Proof, };

/**
 * The reason for one request, kept in the ledger. There is none for advertising and none for the sale of data.
 */
export type Purpose = "health" | "models" | "quote" | "credits" | "plan" | "upload" | "submit_job" | "follow_job" | "fetch_result" | "history" | "cancel_job" | "erase_job" | "sign_in_ways" | "browser" | "sign_in" | "refresh_session" | "profile" | "devices" | "sign_out" | "about" | "consent" | "statistics" | "training" | "export" | "delete_account" | "upstream_sign_in" | "partner" | "billing" | "payment_page" | "payment";

/**
 * An entry of the queue that has not ended.
 */
export type QueueEntry = { 
/**
 * Its id.
 */
id: QueueId, 
/**
 * When it was written down.
 */
created: UtcMillis, 
/**
 * Where it stands.
 */
state: QueueState, 
/**
 * Whether work on it goes on now, or will when its turn comes; if not, `queue_resume` takes it up.
 */
running: boolean, 
/**
 * Whether it waits for its turn, so that it can be moved.
 */
waiting: boolean, 
/**
 * The server it waits for, by host, where another one is in use; nothing can be done with it here but give it up.
 */
elsewhere: string | null, 
/**
 * How far the work is.
 */
progress: Progress | null, 
/**
 * What was asked for.
 */
draft: Draft, };

/**
 *An entry of the queue.
 */
export type QueueId = string;

/**
 * Moves a waiting draft.
 */
export type QueueMove = { 
/**
 * Which one.
 */
queue: QueueId, 
/**
 * In front of which one; the last place when absent.
 */
before: QueueId | null, };

/**
 * Takes up a draft that did not come to its end, or makes it again.
 */
export type QueueRetry = { 
/**
 * Which one.
 */
queue: QueueId, 
/**
 * What was asked for: an ended entry no longer knows.
 */
draft: Draft, };

/**
 * Where an entry stands.
 */
export type QueueState = "queued" | "sending" | "submitted" | "done" | "failed" | "cancelled";

/**
 * The answer: an upper bound that is never exceeded.
 */
export type Quote = { 
/**
 * Names this answer; a job may refer to it.
 */
id: QuoteId, 
/**
 * The most the job can cost.
 */
at_most: MilliCredits, 
/**
 * After this moment the price must be asked again.
 */
expires: UtcMillis, 
/**
 * Fields the model ignores.
 */
dropped?: Array<Field>, };

/**
 * One answered price question.
 */
export type QuoteId = string;

/**
 * How many of how many, with the 95 % bounds of the share.
 */
export type Rate = { 
/**
 * How many.
 */
hits: number, 
/**
 * Of how many.
 */
of: number, 
/**
 * Lower bound, 0..1.
 */
low: number, 
/**
 * Upper bound, 0..1.
 */
high: number, };

/**
 * One reason behind a verdict. Names the part, never the words.
 */
export type Reason = { 
/**
 * Which part of the gate spoke.
 */
layer: Layer, 
/**
 * What it took the content for.
 */
category: Category, 
/**
 * Which part of the content: `prompt`, `prompt segment 2`, `picture`, `frame 3`, `centre`, …
 */
part: string, 
/**
 * A plain sentence: what was found and what to change.
 */
message: string, 
/**
 * Where in the part, if the part is a text and the place is known.
 */
span?: Span | null, };

/**
 * Proof for the person of what was checked, when, by what, with which answer. Bound to exact bytes by their hash.
 */
export type Receipt = { 
/**
 * Hash of the exact bytes that were judged.
 */
content: Sha256, 
/**
 * What was found.
 */
finding: Finding, 
/**
 * Whether a person confirmed a `review` verdict.
 */
confirmed: boolean, 
/**
 * When.
 */
time: UtcMillis, 
/**
 * By what.
 */
versions: GateVersions, };

/**
 * What remains after a deletion.
 */
export type Remainder = { 
/**
 * The class, as in the retention table.
 */
class: string, 
/**
 * What it is and why it stays.
 */
what: string, 
/**
 * Where it is.
 */
place: string, 
/**
 * Until when.
 */
until: string, 
/**
 * How many records.
 */
count: number, };

/**
 * What a repair of the safety check came to: one entry for each file that was broken, none when all were sound.
 */
export type Repaired = { 
/**
 * The files.
 */
files: Array<RepairedFile>, };

/**
 * One file that was broken.
 */
export type RepairedFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * Why it still is, in a sentence; absent when it was repaired.
 */
left: string | null, };

/**
 * Something that waits to be sent or was sent.
 */
export type Report = { 
/**
 * Its id.
 */
id: string, 
/**
 * When it was made, UTC milliseconds.
 */
made_ms: number, 
/**
 * `usage_statistics` or `ai_training`.
 */
purpose: string, 
/**
 * The consent it is sent under.
 */
consent_id: string, 
/**
 * The picture it is about, if it is about one.
 */
item_id: ItemId | null, 
/**
 * Exactly what is sent.
 */
body: unknown, 
/**
 * To whom it went.
 */
host: string | null, 
/**
 * When it was sent; absent while it waits.
 */
sent_ms: number | null, };

/**
 * How long one class of data is kept.
 */
export type Retention = { 
/**
 * A short stable name of the class.
 */
class: string, 
/**
 * What belongs to it, in a plain sentence.
 */
what: string, 
/**
 * After how many days it goes by itself; `None` when time alone does not remove it.
 */
days: number | null, 
/**
 * From when the days count, in words that follow "after".
 */
from: string | null, 
/**
 * What ends it before that, or alone, in words that follow "until".
 */
until: string | null, 
/**
 * Whether it stays, separated from the person, when an account is deleted.
 */
outlives_account: boolean, };

/**
 * Where a model runs.
 */
export type RunsAt = "service" | { "partner": string };

/**
 * What was measured.
 */
export type SafetyCard = { 
/**
 * The day, as `2030-01-31`.
 */
measured: string, 
/**
 * The rules that were measured.
 */
policy: string, 
/**
 * Name and hash of each model that was measured.
 */
models: Array<[string, string]>, 
/**
 * Whether those are the rules and models of this program.
 */
current: boolean, 
/**
 * The rules' numbers by name.
 */
rules: Array<[string, number]>, 
/**
 * Harmless pictures.
 */
pictures: Array<KindRate>, 
/**
 * Sexual prompts kept out of training that were found.
 */
found: Rate, 
/**
 * Harmless ones that were stopped.
 */
wrong: Rate, 
/**
 * Harmless prompts about children and families that were stopped.
 */
children: Rate, 
/**
 * Harmless prompts that are hard to tell from others; all of them last.
 */
hard: Array<FamilyRate>, 
/**
 * Harmless prompts written after the rules; all of them last.
 */
later: Array<FamilyRate>, 
/**
 * Language by language.
 */
languages: Array<LanguageRate>, };

/**
 * Pictures to be saved outside the library.
 */
export type SaveCopies = { 
/**
 * Which ones.
 */
items: Array<ItemId>, 
/**
 * How.
 */
kind: CopyKind, };

/**
 * What was saved.
 */
export type Saved = { 
/**
 * The folder.
 */
folder: string, 
/**
 * The files in it.
 */
files: Array<string>, };

/**
 * A prompt kept under a name.
 */
export type SavedPrompt = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its text, with `{a|b}` for a choice.
 */
text: string, };

/**
 * Whom signing out concerns.
 */
export type Scope = "local" | "others" | "global";

/**
 * The figures behind a verdict, rounded to three decimals; only what was measured is present.
 */
export type Scores = { 
/**
 * Prompt classifier, 0..1.
 */
prompt?: number | null, 
/**
 * Picture classifier: explicit classes together, 0..1.
 */
explicit?: number | null, 
/**
 * Picture classifier: suggestive class, 0..1.
 */
suggestive?: number | null, 
/**
 * Second picture classifier, 0..1.
 */
second?: number | null, };

/**
 * Where the randomness of a picture starts. Crosses the wire as text, since JSON numbers do not carry 64 bits.
 */
export type Seed = string;

/**
 * What would be sent of a draft, byte by byte, and to whom.
 */
export type Sending = { 
/**
 * Whether it stays inside this program.
 */
stays_here: boolean, 
/**
 * To whom: host and port.
 */
host: string, 
/**
 * The request's body. Seed and quote are filled in when it is sent, where they are open now.
 */
body: string, 
/**
 * The fields that are set in it.
 */
fields: Array<string>, 
/**
 * The pictures, as they would be sent: upright, without location, camera data or any other metadata.
 */
pictures: Array<Staged>, 
/**
 * Bytes of body and pictures together.
 */
bytes: number, };

/**
 * A server to connect to.
 */
export type ServerAddress = { 
/**
 * Its address, `https://…`; `http://` only on this computer.
 */
address: string, 
/**
 * The token it gave out. Kept in memory only.
 */
token: string | null, };

/**
 * What a server says of itself, before anything of a person's goes there.
 */
export type ServerFound = { 
/**
 * Host and port.
 */
host: string, 
/**
 * Version of its program.
 */
version: string, 
/**
 * Whether it takes work at this moment.
 */
ready: boolean, 
/**
 * Whether it runs on this computer.
 */
here: boolean, 
/**
 * What it can make, and where each model runs.
 */
models: Array<ModelCard>, 
/**
 * Who runs it and under which texts; absent where an older service does not tell.
 */
about: About | null, };

/**
 * Where pictures are made.
 */
export type ServiceAt = { "is": "this_computer" } | { "is": "server", 
/**
 * Host and port.
 */
host: string, };

/**
 * The part of an archive of everything that the service holds.
 */
export type ServicePart = { 
/**
 * Where it was saved.
 */
file: string, 
/**
 * Its size in bytes.
 */
bytes: number, 
/**
 * Whether the service signed it; the signature then lies beside it.
 */
signed: boolean, };

/**
 * How the program stands.
 */
export type Session = { 
/**
 * Version of the program.
 */
version: string, 
/**
 * `linux`, `macos` or `windows`.
 */
platform: string, 
/**
 * The system's language, such as `de-DE`.
 */
locale: string, 
/**
 * The data folder.
 */
folder: string, 
/**
 * Whether the library is open.
 */
state: SessionState, 
/**
 * Where pictures are made.
 */
service: ServiceAt, 
/**
 * Whose library it is; absent for this computer's.
 */
account: AccountKey | null, };

/**
 * Whether the library is open.
 */
export type SessionState = { "is": "opening" } | { "is": "open", 
/**
 * Whether what is made is there tomorrow.
 */
keeping: KeptIn, } | { "is": "locked", 
/**
 * Whether one was given that does not fit.
 */
wrong: boolean, } | { "is": "failed", 
/**
 * The stable code.
 */
code: string, 
/**
 * What happened and what to do, in English.
 */
message: string, };

/**
 * How the program looks and behaves. Holds no content.
 */
export type Settings = { 
/**
 * Light or dark.
 */
appearance: Appearance, 
/**
 * Whether things move.
 */
motion: Motion, 
/**
 * Size of text in per cent of the usual, 80 to 200; 0 for the usual.
 */
text_size: number, 
/**
 * Language tag (`de`); empty for the system's.
 */
language: string, 
/**
 * Keys a person chose, by the name of the action: `{"palette": "Mod+K"}`.
 */
shortcuts: { [key in string]: string }, 
/**
 * Whether a finished job may say so while the window is in the background.
 */
notify: Notify, 
/**
 * Start with the offline lock closed.
 */
offline: boolean, 
/**
 * The most that is spent until the program ends, in thousandths of a credit.
 */
session_cap: MilliCredits | null, 
/**
 * What the screen remembers of itself: last place, last model, sizes of panes. At most 16 KiB, no prompts.
 */
screen: { [key in string]: string }, };

/**
 * The SHA-256 of some exact bytes, written as 64 lower-case hexadecimal digits.
 */
export type Sha256 = string;

/**
 * Where to sign in.
 */
export type SignInAt = { 
/**
 * The service's address; `None` for the one this build knows by itself.
 */
server: string | null, };

/**
 * Signing out.
 */
export type SignOut = { 
/**
 * Whom.
 */
account: AccountKey, 
/**
 * Where.
 */
scope: Scope, 
/**
 * What becomes of the library; nothing with [`Scope::Others`].
 */
library: LibraryAfter, };

/**
 * What came of signing out.
 */
export type SignedOutNow = { 
/**
 * Whether the server was told. If not, other devices may still be signed in.
 */
told: boolean, };

/**
 * What came of a new account.
 */
export type SignedUp = { "is": "done", 
/**
 * Which one.
 */
account: AccountKey, } | { "is": "code_sent" };

/**
 * The size of a picture in pixels.
 */
export type Size = { 
/**
 * Pixels across.
 */
width: number, 
/**
 * Pixels down.
 */
height: number, };

/**
 * What a picture up to a size costs.
 */
export type SizePrice = { 
/**
 * Most pixels of the picture.
 */
up_to_pixels: number, 
/**
 * What it costs.
 */
price: MilliCredits, };

/**
 * Which sizes of result a model makes.
 */
export type SizeRule = { 
/**
 * Least pixels a side.
 */
min_side: number, 
/**
 * Most pixels a side.
 */
max_side: number, 
/**
 * Each side is a multiple of this.
 */
multiple_of: number, 
/**
 * What is made when nothing is asked.
 */
default: Size, };

/**
 * Where the pixels of a result come from.
 */
export type Source = "generated" | "edited" | "own";

/**
 * A stretch of a text, in bytes of its UTF-8 form; begins and ends between characters.
 */
export type Span = { 
/**
 * The first byte.
 */
start: number, 
/**
 * The byte after the last.
 */
end: number, };

/**
 * What this run of the program has spent.
 */
export type Spent = { 
/**
 * What ended jobs cost. With keys of one's own it is what they could cost at most, which is all that is known.
 */
charged: MilliCredits, 
/**
 * The most that what waits and what is under way can cost.
 */
open: MilliCredits, 
/**
 * The most a person wants to spend until the program ends.
 */
cap: MilliCredits | null, 
/**
 * Whether little is left of it: a fifth, or less.
 */
near: boolean, };

/**
 * A picture made ready to be sent: upright, in sRGB, without any metadata.
 */
export type Staged = { 
/**
 * Names the exact bytes that would be sent.
 */
sha256: Sha256, 
/**
 * Size of those bytes.
 */
bytes: number, 
/**
 * Pixels across.
 */
width: number, 
/**
 * Pixels down.
 */
height: number, 
/**
 * What the check says of it.
 */
finding: Finding, };

/**
 * How an account stands.
 */
export type Standing = { "is": "signed_in" } | { "is": "unreached" } | { "is": "keyring_waits" } | { "is": "signed_out", 
/**
 * Why.
 */
because: Ended, };

/**
 * One thing that happened. Carries the latest state, not a difference.
 */
export type StudioEvent = { "type": "queued", 
/**
 * Its place in the queue.
 */
queue: QueueId, 
/**
 * What it does.
 */
operation: Operation, } | { "type": "submitted", 
/**
 * Its place in the queue.
 */
queue: QueueId, 
/**
 * The job as the service sees it.
 */
job: Job, } | { "type": "progress", 
/**
 * Its place in the queue.
 */
queue: QueueId, 
/**
 * The latest figure.
 */
progress: Progress, } | { "type": "kept", 
/**
 * Its place in the queue.
 */
queue: QueueId, 
/**
 * The picture.
 */
item: ItemId, } | { "type": "ended", 
/**
 * Its place in the queue.
 */
queue: QueueId, 
/**
 * Why, when it failed.
 */
error: CommandError | null, 
/**
 * What came of it, when it did not.
 */
outcome: Outcome | null, 
/**
 * Whether it is still in the queue: trying again goes on where it stopped, and so does the next start.
 */
open: boolean, } | { "type": "archive", 
/**
 * The latest figure.
 */
progress: ArchiveProgress, } | { "type": "service_part", 
/**
 * Bytes that were fetched.
 */
done: number, 
/**
 * Bytes there are; 0 while the service makes it.
 */
total: number, } | { "type": "session", 
/**
 * How it stands now.
 */
session: Session, } | { "type": "accounts", 
/**
 * How they stand now.
 */
accounts: AccountsSeen, } | { "type": "history", 
/**
 * Which account.
 */
account: AccountKey, 
/**
 * How it stands now.
 */
history: HistorySeen, } | { "type": "tried", 
/**
 * What the gate says of each.
 */
pictures: Array<Tried>, } | { "type": "spent", 
/**
 * The sums now.
 */
spent: Spent, } | { "type": "dragging", 
/**
 * Whether they are over it now.
 */
over: boolean, } | { "type": "brought", 
/**
 * Each of them.
 */
pictures: Array<Brought>, };

/**
 * A style a model offers.
 */
export type StyleChoice = { 
/**
 * Stable id.
 */
id: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * One line on how it looks.
 */
summary: string, };

/**
 * What was judged.
 */
export type Subject = "prompt" | "picture";

/**
 * A subscription.
 */
export type Subscription = { 
/**
 * The order it began with.
 */
order: OrderId, 
/**
 * The plan it is for now; `None` when the provider names one that is no longer offered.
 */
plan: BillingPlanId | null, 
/**
 * Who takes the payments.
 */
provider: PaymentProvider, 
/**
 * How it stands.
 */
state: SubscriptionState, 
/**
 * Until when it is paid, as far as that is known.
 */
until: UtcMillis | null, 
/**
 * Whether it ends then instead of going on.
 */
ends: boolean, 
/**
 * Whether the provider has a page for changing it.
 */
portal: boolean, 
/**
 * Whether no money moves.
 */
test: boolean, };

/**
 * How a subscription stands.
 */
export type SubscriptionState = "starting" | "active" | "past_due" | "paused" | "ended";

/**
 * What a price says about tax.
 */
export type TaxWording = "included" | "added";

/**
 * The texts of the service in use that a person accepts.
 */
export type TermsAccepted = { 
/**
 * Which ones.
 */
texts: Array<TextRead>, 
/**
 * The language of the page they were shown on.
 */
language: string, };

/**
 * A text that was read, in exactly this version.
 */
export type TextRead = { 
/**
 * Which text.
 */
kind: PolicyKind, 
/**
 * Its hash.
 */
sha256: Sha256, };

/**
 * Pictures given for training, or kept from it.
 */
export type TrainingMark = { 
/**
 * Which ones.
 */
items: Array<ItemId>, 
/**
 * Given or kept; `null` takes the mark away.
 */
allowed: boolean | null, };

/**
 * A file that was tried in the sandbox.
 */
export type Tried = { 
/**
 * The file's name, to show it; empty for a pasted picture.
 */
name: string, 
/**
 * What the gate says of it.
 */
explained: Explained | null, 
/**
 * Why it cannot be judged.
 */
error: CommandError | null, };

/**
 * Where a picture to be tried comes from.
 */
export type TriedFrom = "files" | "clipboard";

/**
 * How much is kept.
 */
export type Usage = { 
/**
 * Pictures outside the trash.
 */
items: number, 
/**
 * Favourites among them.
 */
favourites: number, 
/**
 * Pictures in the trash.
 */
trashed: number, 
/**
 * Bytes of all pictures and thumbnails, with the trash.
 */
picture_bytes: number, 
/**
 * Bytes of the database.
 */
database_bytes: number, };

/**
 * Milliseconds since 1970-01-01T00:00:00Z. Stays below 2^53 for the next 280,000 years, so JSON numbers carry it exactly.
 */
export type UtcMillis = number;

/**
 * The gate's answer, from best to worst.
 */
export type Verdict = "allow" | "review" | "block";

/**
 * Which pictures are wanted at a glance: all of them.
 */
export type Wanted = { 
/**
 * Only those with these words; empty for all.
 */
words: string, 
/**
 * Only favourites, or the trash.
 */
filter: Filter, };

/**
 * Something the person should know about a job that otherwise went well.
 */
export type Warning = { 
/**
 * What it is about.
 */
kind: WarningKind, 
/**
 * A plain sentence.
 */
message: string, };

/**
 * What a warning is about.
 */
export type WarningKind = "field_dropped" | "prompt_part_ignored";

/**
 * The ways to sign in at a server.
 */
export type Ways = { 
/**
 * Host and port of the service.
 */
host: string, 
/**
 * Host and port of who keeps the accounts, where that is somebody else.
 */
kept_by: string | null, 
/**
 * What can be done in the browser, by the server's names: `github`, `custom:local`, …
 */
providers: Array<string>, 
/**
 * Whether an e-mail address with a password or a code is taken.
 */
email: boolean, 
/**
 * Whether new accounts are taken.
 */
sign_up: boolean, 
/**
 * Whether a new address must be confirmed by a code.
 */
confirm: boolean, };

/**
 * Wipe this device.
 */
export type WipeAsked = { 
/**
 * What was typed.
 */
typed: string, };

/**
 * What a wipe of this device would erase.
 */
export type WipePreview = { 
/**
 * What has to be typed to go on, in the person's language.
 */
word: string, 
/**
 * How many pictures would go, those in the trash among them.
 */
pictures: number, 
/**
 * How much would go, in bytes.
 */
bytes: number, 
/**
 * Archives that were saved and stay where they are.
 */
saved: Array<string>, };

/**
 * What a wipe erased and what remains.
 */
export type WipeReceipt = { 
/**
 * When it began.
 */
begun: UtcMillis, 
/**
 * When it was finished.
 */
finished: UtcMillis, 
/**
 * Keys that were destroyed, before anything else.
 */
keys: number, 
/**
 * What was erased.
 */
erased: Array<Erased>, 
/**
 * What remains, and where.
 */
remains: Array<Left>, };

/** Every command: what it takes and what it gives. A failed one throws a `CommandError`. */
export type Commands = {
  models: { request: null; response: Array<ModelCard> };
  draft_check: { request: Draft; response: Check };
  draft_plan: { request: Draft; response: Plan | null };
  draft_preview: { request: Draft; response: Sending };
  draft_submit: { request: Draft; response: QueueId };
  draft_unstage: { request: Sha256; response: null };
  queue_list: { request: null; response: Array<QueueEntry> };
  queue_cancel: { request: QueueId; response: null };
  queue_move: { request: QueueMove; response: Array<QueueId> };
  queue_retry: { request: QueueRetry; response: QueueId };
  queue_resume: { request: null; response: Array<QueueId> };
  credits: { request: null; response: Credits };
  credits_cap: { request: CreditCap; response: Credits };
  spent: { request: null; response: Spent };
  credit_entries: { request: number | null; response: CreditEntryList };
  library_list: { request: Listing; response: Page };
  library_index: { request: Wanted; response: Index };
  library_glance: { request: Array<ItemId>; response: Array<Glance> };
  library_family: { request: ItemId; response: Family };
  library_usage: { request: null; response: Usage };
  library_show: { request: ItemId; response: Item };
  library_draft: { request: ItemId; response: Draft };
  library_stage: { request: ItemId; response: Staged };
  library_favourite: { request: Favourite; response: number };
  library_delete: { request: Array<ItemId>; response: number };
  library_restore: { request: Array<ItemId>; response: number };
  library_erase: { request: Array<ItemId>; response: number };
  prompts: { request: null; response: Prompts };
  prompts_set: { request: Prompts; response: null };
  egress_list: { request: Connections; response: Array<EgressEntry> };
  egress_totals: { request: EgressFilter; response: Array<EgressTotal> };
  decisions_list: { request: number; response: Array<Decision> };
  retention: { request: null; response: Array<KeptFor> };
  library_annotate: { request: Annotated; response: Item };
  consent_texts: { request: string; response: Array<ConsentText> };
  consents: { request: null; response: Array<ConsentRecord> };
  consent_set: { request: ConsentChoice; response: Array<ConsentRecord> };
  reports_sent: { request: Consented; response: Array<Report> };
  reports_forget: { request: Consented; response: number };
  training_mark: { request: TrainingMark; response: number };
  training_of: { request: ItemId; response: boolean | null };
  service_about: { request: null; response: About };
  terms: { request: null; response: Array<Policy> };
  terms_accept: { request: TermsAccepted; response: null };
  offline_lock: { request: Lock; response: Lock };
  safety_card: { request: null; response: SafetyCard };
  safety_prompt: { request: string; response: Explained };
  safety_draft: { request: Draft; response: Array<Explained> };
  session: { request: null; response: Session };
  session_open: { request: null; response: Session };
  session_unlock: { request: string; response: Session };
  session_keep: { request: KeepIn; response: Session };
  server_check: { request: ServerAddress; response: ServerFound };
  server_connect: { request: ServerAddress; response: Session };
  server_leave: { request: null; response: Session };
  settings: { request: null; response: Settings };
  settings_set: { request: Settings; response: null };
  storage: { request: null; response: Array<Place> };
  check_repair: { request: null; response: Repaired };
  licences: { request: null; response: Array<Licence> };
  folder_show: { request: PlaceKind; response: null };
  pictures_pick: { request: null; response: Array<Brought> };
  picture_paste: { request: null; response: Array<Brought> };
  picture_copy: { request: ItemId; response: null };
  pictures_save: { request: SaveCopies; response: Saved | null };
  pictures_drag: { request: Array<ItemId>; response: null };
  safety_pictures: { request: TriedFrom; response: Array<Tried> };
  safety_receive: { request: boolean; response: null };
  safety_save: { request: Explained; response: Saved | null };
  accounts: { request: null; response: AccountsSeen };
  accounts_look_again: { request: null; response: AccountsSeen };
  account_ways: { request: SignInAt; response: Ways };
  account_begin: { request: BrowserSignIn; response: Begun };
  account_flow: { request: FlowNumber; response: FlowState };
  account_reopen: { request: FlowNumber; response: null };
  account_call_off: { request: FlowNumber; response: null };
  account_paste: { request: string; response: FlowState };
  account_password: { request: PasswordSignIn; response: AccountKey };
  account_send_code: { request: CodeWanted; response: null };
  account_code: { request: CodeSignIn; response: AccountKey };
  account_sign_up: { request: NewAccount; response: SignedUp };
  account_open: { request: AccountKey | null; response: Session };
  account_profile: { request: AccountKey; response: Profile };
  account_correct: { request: ProfileChange; response: Profile };
  account_confirm_email: { request: EmailCode; response: Profile };
  account_set_password: { request: NewPassword; response: null };
  account_send_proof: { request: AccountKey; response: null };
  account_send_code_again: { request: AccountKey; response: null };
  account_prove: { request: Proving; response: null };
  account_history: { request: AccountKey; response: HistorySeen };
  account_history_allow: { request: HistoryChoice; response: HistorySeen };
  account_history_bring: { request: AccountKey; response: HistorySeen };
  account_devices: { request: AccountKey; response: Array<Device> | null };
  account_devices_seen: { request: AccountKey; response: null };
  account_end_device: { request: DeviceOf; response: null };
  account_sign_out: { request: SignOut; response: SignedOutNow };
  account_remove: { request: AccountKey; response: null };
  billing: { request: AccountKey; response: BillingSeen };
  billing_buy: { request: Buying; response: Bought };
  billing_order: { request: OrderOf; response: Order };
  billing_pay: { request: OrderOf; response: Bought };
  billing_change: { request: AccountKey; response: PageOpened };
  billing_cancel: { request: AccountKey; response: Subscription | null };
  server_about: { request: SignInAt; response: About };
  account_delete: { request: AccountDeletion; response: DeletionSeen };
  account_retain: { request: AccountKey; response: DeletionSeen };
  deletions_look: { request: null; response: AccountsSeen };
  deletion_forget: { request: DeletionId; response: AccountsSeen };
  export_everything: { request: ExportAsked; response: ArchivedAll | null };
  import_everything: { request: ImportAsked; response: Imported | null };
  archive_stop: { request: null; response: null };
  wipe_preview: { request: null; response: WipePreview };
  wipe: { request: WipeAsked; response: Session };
  wipe_receipt: { request: null; response: WipeReceipt | null };
  wipe_receipt_forget: { request: null; response: null };
};
