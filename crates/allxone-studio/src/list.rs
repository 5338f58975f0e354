// The one list of commands: what a screen can ask for. This file is also read by build scripts, which depend on nothing, so nothing but the
// list stands here.

/// Calls `$then!` with every command, `name(Request) -> Response`, in two groups: `studio` commands are functions of
/// [`commands`](crate::commands) on the open studio, `host` commands are methods of [`Host`](crate::Host), the machine around it.
#[macro_export]
macro_rules! with_commands {
    ($then:ident) => {
        $then! {
            studio {
                models(()) -> Vec<ModelCard>;
                draft_check(Draft) -> Check;
                draft_plan(Draft) -> Option<Plan>;
                draft_preview(Draft) -> Sending;
                draft_submit(Draft) -> QueueId;
                draft_unstage(Sha256) -> ();
                queue_list(()) -> Vec<QueueEntry>;
                queue_cancel(QueueId) -> ();
                queue_move(QueueMove) -> Vec<QueueId>;
                queue_retry(QueueRetry) -> QueueId;
                queue_resume(()) -> Vec<QueueId>;
                credits(()) -> Credits;
                credits_cap(CreditCap) -> Credits;
                spent(()) -> Spent;
                credit_entries(Option<u32>) -> CreditEntryList;
                library_list(Listing) -> Page;
                library_index(Wanted) -> Index;
                library_glance(Vec<ItemId>) -> Vec<Glance>;
                library_family(ItemId) -> Family;
                library_usage(()) -> Usage;
                library_show(ItemId) -> Item;
                library_draft(ItemId) -> Draft;
                library_stage(ItemId) -> Staged;
                library_favourite(Favourite) -> u64;
                library_delete(Vec<ItemId>) -> u64;
                library_restore(Vec<ItemId>) -> u64;
                library_erase(Vec<ItemId>) -> u64;
                prompts(()) -> Prompts;
                prompts_set(Prompts) -> ();
                egress_list(Connections) -> Vec<EgressEntry>;
                egress_totals(EgressFilter) -> Vec<EgressTotal>;
                decisions_list(u32) -> Vec<Decision>;
                retention(()) -> Vec<KeptFor>;
                library_annotate(Annotated) -> Item;
                consent_texts(String) -> Vec<ConsentText>;
                consents(()) -> Vec<ConsentRecord>;
                consent_set(ConsentChoice) -> Vec<ConsentRecord>;
                reports_sent(Consented) -> Vec<Report>;
                reports_forget(Consented) -> u64;
                training_mark(TrainingMark) -> u64;
                training_of(ItemId) -> Option<bool>;
                service_about(()) -> About;
                terms(()) -> Vec<Policy>;
                terms_accept(TermsAccepted) -> ();
                offline_lock(Lock) -> Lock;
                safety_card(()) -> SafetyCard;
                safety_prompt(String) -> Explained;
                safety_draft(Draft) -> Vec<Explained>;
            }
            host {
                session(()) -> Session;
                session_open(()) -> Session;
                session_unlock(String) -> Session;
                session_keep(KeepIn) -> Session;
                server_check(ServerAddress) -> ServerFound;
                server_connect(ServerAddress) -> Session;
                server_leave(()) -> Session;
                settings(()) -> Settings;
                settings_set(Settings) -> ();
                storage(()) -> Vec<Place>;
                check_repair(()) -> Repaired;
                licences(()) -> Vec<Licence>;
                folder_show(PlaceKind) -> ();
                pictures_pick(()) -> Vec<Brought>;
                picture_paste(()) -> Vec<Brought>;
                picture_copy(ItemId) -> ();
                pictures_save(SaveCopies) -> Option<Saved>;
                pictures_drag(Vec<ItemId>) -> ();
                safety_pictures(TriedFrom) -> Vec<Tried>;
                safety_receive(bool) -> ();
                safety_save(Explained) -> Option<Saved>;
                accounts(()) -> AccountsSeen;
                accounts_look_again(()) -> AccountsSeen;
                account_ways(SignInAt) -> Ways;
                account_begin(BrowserSignIn) -> Begun;
                account_flow(FlowNumber) -> FlowState;
                account_reopen(FlowNumber) -> ();
                account_call_off(FlowNumber) -> ();
                account_paste(String) -> FlowState;
                account_password(PasswordSignIn) -> AccountKey;
                account_send_code(CodeWanted) -> ();
                account_code(CodeSignIn) -> AccountKey;
                account_sign_up(NewAccount) -> SignedUp;
                account_open(Option<AccountKey>) -> Session;
                account_profile(AccountKey) -> Profile;
                account_correct(ProfileChange) -> Profile;
                account_confirm_email(EmailCode) -> Profile;
                account_set_password(NewPassword) -> ();
                account_send_proof(AccountKey) -> ();
                account_send_code_again(AccountKey) -> ();
                account_prove(Proving) -> ();
                account_history(AccountKey) -> HistorySeen;
                account_history_allow(HistoryChoice) -> HistorySeen;
                account_history_bring(AccountKey) -> HistorySeen;
                account_devices(AccountKey) -> Option<Vec<Device>>;
                account_devices_seen(AccountKey) -> ();
                account_end_device(DeviceOf) -> ();
                account_sign_out(SignOut) -> SignedOutNow;
                account_remove(AccountKey) -> ();
                billing(AccountKey) -> BillingSeen;
                billing_buy(Buying) -> Bought;
                billing_order(OrderOf) -> Order;
                billing_pay(OrderOf) -> Bought;
                billing_change(AccountKey) -> PageOpened;
                billing_cancel(AccountKey) -> Option<Subscription>;
                server_about(SignInAt) -> About;
                account_delete(AccountDeletion) -> DeletionSeen;
                account_retain(AccountKey) -> DeletionSeen;
                deletions_look(()) -> AccountsSeen;
                deletion_forget(DeletionId) -> AccountsSeen;
                export_everything(ExportAsked) -> Option<ArchivedAll>;
                import_everything(ImportAsked) -> Option<Imported>;
                archive_stop(()) -> ();
                wipe_preview(()) -> WipePreview;
                wipe(WipeAsked) -> Session;
                wipe_receipt(()) -> Option<WipeReceipt>;
                wipe_receipt_forget(()) -> ();
            }
        }
    };
}
