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
                draft_preview(Draft) -> Sending;
                draft_submit(Draft) -> QueueId;
                draft_unstage(Sha256) -> ();
                queue_list(()) -> Vec<QueueEntry>;
                queue_cancel(QueueId) -> ();
                queue_resume(()) -> Vec<QueueId>;
                library_list(Listing) -> Page;
                library_usage(()) -> Usage;
                library_show(ItemId) -> Item;
                library_draft(ItemId) -> Draft;
                library_stage(ItemId) -> Staged;
                library_favourite(Favourite) -> ();
                library_delete(ItemId) -> ();
                library_restore(ItemId) -> ();
                library_erase(Vec<ItemId>) -> u64;
                prompts(()) -> Prompts;
                prompts_set(Prompts) -> ();
                egress_list(Connections) -> Vec<EgressEntry>;
                egress_totals(EgressFilter) -> Vec<EgressTotal>;
                decisions_list(u32) -> Vec<Decision>;
                offline_lock(Lock) -> Lock;
            }
            host {
                session(()) -> Session;
                session_unlock(String) -> Session;
                session_keep(KeepIn) -> Session;
                server_connect(ServerAddress) -> Session;
                server_leave(()) -> Session;
                settings(()) -> Settings;
                settings_set(Settings) -> ();
                storage(()) -> Vec<Place>;
                licences(()) -> Vec<Licence>;
                folder_show(PlaceKind) -> ();
                pictures_pick(()) -> Vec<Brought>;
                picture_paste(()) -> Vec<Brought>;
                picture_copy(ItemId) -> ();
                pictures_save(SaveCopies) -> Option<Saved>;
            }
        }
    };
}
