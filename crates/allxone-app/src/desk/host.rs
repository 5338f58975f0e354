//! The `host` half of the command list.

use std::sync::atomic::Ordering;

use allxone_studio::account::{
    AccountKey, Begun, Device, FlowNumber, FlowState, Profile, Secret, SignedUp, Ways,
};
use allxone_studio::accounts::{
    AccountsSeen, BrowserSignIn, CodeSignIn, CodeWanted, DeviceOf, EmailCode, NewAccount, NewPassword,
    PasswordSignIn, ProfileChange, Proving, SignInAt, SignOut, SignedOutNow,
};
use allxone_studio::billing::{BillingSeen, Bought, Buying, OrderOf, PageOpened};
use allxone_studio::contract::{About, DeletionId, Order, Subscription};
use allxone_studio::library::{Imported, ItemId};
use allxone_studio::session::{
    ArchivedAll, Brought, ExportAsked, ImportAsked, KeepIn, Licence, Place, PlaceKind, Repaired, SaveCopies,
    Saved, ServerAddress, ServerFound, Session, WipeAsked, WipePreview, WipeReceipt,
};
use allxone_studio::{
    AccountDeletion, Answer, DeletionSeen, Explained, HistoryChoice, HistorySeen, Host, Settings, Studio,
    StudioError, Tried, TriedFrom,
};
use allxone_vault::files;

use super::copies::blocking;
use super::{Desk, Stage, accounts, places};

impl Host for Desk {
    fn studio(&self) -> Answer<'_, Studio> {
        Box::pin(Self::studio(self))
    }

    fn session(&self, (): ()) -> Answer<'_, Session> {
        self.inner.asked.store(true, Ordering::Relaxed);
        Box::pin(async { Ok(Self::session(self)) })
    }

    fn session_open(&self, (): ()) -> Answer<'_, Session> {
        Box::pin(async {
            self.open_profile(None).await;
            Ok(Self::session(self))
        })
    }

    fn session_unlock(&self, passphrase: String) -> Answer<'_, Session> {
        Box::pin(async move {
            self.open_profile(Some(passphrase)).await;
            Ok(Self::session(self))
        })
    }

    fn session_keep(&self, choice: KeepIn) -> Answer<'_, Session> {
        Box::pin(self.keep(choice))
    }

    fn server_check(&self, server: ServerAddress) -> Answer<'_, ServerFound> {
        Box::pin(async move {
            let slot = self.inner.profile.lock().await;
            let profile =
                slot.as_ref().ok_or_else(|| StudioError::NotOpen("The library is not open.".to_owned()))?;
            profile.look_at(&server.address, server.token).await
        })
    }

    fn server_connect(&self, server: ServerAddress) -> Answer<'_, Session> {
        Box::pin(self.join(Some(server)))
    }

    fn server_leave(&self, (): ()) -> Answer<'_, Session> {
        Box::pin(self.join(None))
    }

    fn settings(&self, (): ()) -> Answer<'_, Settings> {
        Box::pin(async { Ok(Self::settings(self)) })
    }

    fn settings_set(&self, settings: Settings) -> Answer<'_, ()> {
        let file = self.inner.folders.settings();
        if let Stage::Open { studio, .. } = &*self.inner.stage.borrow()
            && studio.spent().cap != settings.session_cap
        {
            studio.cap_session(settings.session_cap);
        }
        Box::pin(blocking(move || {
            let text = settings.text()?;
            let folder = file.parent().unwrap_or(&file);
            files::create_private_dir(folder).and_then(|()| files::write_atomic(&file, &text)).map_err(
                |error| {
                    StudioError::Machine(format!(
                        "The settings could not be saved: {error} They hold until the program ends."
                    ))
                },
            )
        }))
    }

    fn storage(&self, (): ()) -> Answer<'_, Vec<Place>> {
        Box::pin(self.places())
    }

    fn check_repair(&self, (): ()) -> Answer<'_, Repaired> {
        Box::pin(self.repair_check())
    }

    fn licences(&self, (): ()) -> Answer<'_, Vec<Licence>> {
        Box::pin(async { Ok(places::licences()) })
    }

    fn folder_show(&self, kind: PlaceKind) -> Answer<'_, ()> {
        Box::pin(self.show(kind))
    }

    fn pictures_pick(&self, (): ()) -> Answer<'_, Vec<Brought>> {
        Box::pin(async {
            let files = self.inner.native.pick_pictures().await;
            self.bring(files).await
        })
    }

    fn picture_paste(&self, (): ()) -> Answer<'_, Vec<Brought>> {
        Box::pin(self.paste())
    }

    fn picture_copy(&self, item: ItemId) -> Answer<'_, ()> {
        Box::pin(self.to_clipboard(item))
    }

    fn pictures_save(&self, asked: SaveCopies) -> Answer<'_, Option<Saved>> {
        Box::pin(self.save(asked))
    }

    fn pictures_drag(&self, items: Vec<ItemId>) -> Answer<'_, ()> {
        Box::pin(self.drag(items))
    }

    fn safety_pictures(&self, from: TriedFrom) -> Answer<'_, Vec<Tried>> {
        Box::pin(self.try_pictures(from))
    }

    fn export_everything(&self, asked: ExportAsked) -> Answer<'_, Option<ArchivedAll>> {
        Box::pin(self.export_all(asked))
    }

    fn server_about(&self, at: SignInAt) -> Answer<'_, About> {
        Box::pin(self.about_server(at))
    }

    fn account_delete(&self, asked: AccountDeletion) -> Answer<'_, DeletionSeen> {
        Box::pin(Self::delete_account(self, asked))
    }

    fn account_retain(&self, account: AccountKey) -> Answer<'_, DeletionSeen> {
        Box::pin(self.retain_account(account))
    }

    fn deletions_look(&self, (): ()) -> Answer<'_, AccountsSeen> {
        Box::pin(self.look_at_deletions())
    }

    fn deletion_forget(&self, id: DeletionId) -> Answer<'_, AccountsSeen> {
        Box::pin(self.forget_deletion(id))
    }

    fn import_everything(&self, asked: ImportAsked) -> Answer<'_, Option<Imported>> {
        Box::pin(self.import_all(asked))
    }

    fn archive_stop(&self, (): ()) -> Answer<'_, ()> {
        Box::pin(async {
            self.stop_archive();
            Ok(())
        })
    }

    fn wipe_preview(&self, (): ()) -> Answer<'_, WipePreview> {
        Box::pin(self.preview_wipe())
    }

    fn wipe(&self, asked: WipeAsked) -> Answer<'_, Session> {
        Box::pin(self.wipe_device(asked))
    }

    fn wipe_receipt(&self, (): ()) -> Answer<'_, Option<WipeReceipt>> {
        Box::pin(async { Ok(crate::wipe::receipt(&self.inner.folders)) })
    }

    fn wipe_receipt_forget(&self, (): ()) -> Answer<'_, ()> {
        Box::pin(async {
            crate::wipe::forget_receipt(&self.inner.folders);
            Ok(())
        })
    }

    fn safety_receive(&self, on: bool) -> Answer<'_, ()> {
        Box::pin(async move {
            self.set_sandbox(on);
            Ok(())
        })
    }

    fn accounts(&self, (): ()) -> Answer<'_, AccountsSeen> {
        Box::pin(async { Ok(self.accounts_seen()) })
    }

    fn accounts_look_again(&self, (): ()) -> Answer<'_, AccountsSeen> {
        Box::pin(async { Ok(self.look_again().await) })
    }

    fn account_ways(&self, at: SignInAt) -> Answer<'_, Ways> {
        Box::pin(async move {
            Self::studio(self).await?;
            Ok(self.inner.accounts.ways(&accounts::at(&at)?).await?)
        })
    }

    fn account_begin(&self, asked: BrowserSignIn) -> Answer<'_, Begun> {
        Box::pin(self.begin_sign_in(asked))
    }

    fn account_flow(&self, flow: FlowNumber) -> Answer<'_, FlowState> {
        Box::pin(async move { self.flow_state(flow) })
    }

    fn account_reopen(&self, flow: FlowNumber) -> Answer<'_, ()> {
        Box::pin(self.reopen_browser(flow))
    }

    fn account_call_off(&self, flow: FlowNumber) -> Answer<'_, ()> {
        Box::pin(async move {
            self.inner.accounts.cancel(flow);
            Ok(())
        })
    }

    fn account_paste(&self, link: String) -> Answer<'_, FlowState> {
        Box::pin(async move { Ok(self.inner.accounts.paste(&link).await?) })
    }

    fn account_password(&self, asked: PasswordSignIn) -> Answer<'_, AccountKey> {
        Box::pin(async move {
            Self::studio(self).await?;
            let password = Secret::new(asked.password);
            Ok(self
                .inner
                .accounts
                .sign_in_by_password(&accounts::at(&asked.at)?, &asked.email, &password)
                .await?)
        })
    }

    fn account_send_code(&self, wanted: CodeWanted) -> Answer<'_, ()> {
        Box::pin(self.send_code(wanted))
    }

    fn account_code(&self, asked: CodeSignIn) -> Answer<'_, AccountKey> {
        Box::pin(self.use_code(asked))
    }

    fn account_sign_up(&self, new: NewAccount) -> Answer<'_, SignedUp> {
        Box::pin(async move {
            Self::studio(self).await?;
            let password = Secret::new(new.password);
            Ok(self.inner.accounts.sign_up(&accounts::at(&new.at)?, &new.email, &password, &new.name).await?)
        })
    }

    fn account_open(&self, account: Option<AccountKey>) -> Answer<'_, Session> {
        Box::pin(self.open_account(account))
    }

    fn account_profile(&self, account: AccountKey) -> Answer<'_, Profile> {
        Box::pin(async move { Ok(self.signed_in(&account)?.profile().await?) })
    }

    fn account_correct(&self, asked: ProfileChange) -> Answer<'_, Profile> {
        Box::pin(async move { Ok(self.signed_in(&asked.account)?.correct(&asked.change).await?) })
    }

    fn account_confirm_email(&self, asked: EmailCode) -> Answer<'_, Profile> {
        Box::pin(async move {
            let code = Secret::new(asked.code.trim());
            Ok(self.signed_in(&asked.account)?.confirm_email(&asked.email, &code).await?)
        })
    }

    fn account_set_password(&self, asked: NewPassword) -> Answer<'_, ()> {
        Box::pin(async move {
            let proof = asked.proof.map(|proof| Secret::new(proof.trim()));
            Ok(self
                .signed_in(&asked.account)?
                .change_password(&Secret::new(asked.password), proof.as_ref())
                .await?)
        })
    }

    fn account_send_proof(&self, account: AccountKey) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.signed_in(&account)?.send_proof().await?) })
    }

    fn account_send_code_again(&self, account: AccountKey) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.signed_in(&account)?.send_sign_in_code().await?) })
    }

    fn account_prove(&self, proving: Proving) -> Answer<'_, ()> {
        Box::pin(Self::prove(self, proving))
    }

    fn account_history(&self, key: AccountKey) -> Answer<'_, HistorySeen> {
        Box::pin(self.history_seen(key))
    }

    fn account_history_allow(&self, choice: HistoryChoice) -> Answer<'_, HistorySeen> {
        Box::pin(self.allow_history(choice))
    }

    fn account_history_bring(&self, key: AccountKey) -> Answer<'_, HistorySeen> {
        Box::pin(self.bring_history(key))
    }

    fn account_devices(&self, account: AccountKey) -> Answer<'_, Option<Vec<Device>>> {
        Box::pin(async move { Ok(self.signed_in(&account)?.devices().await?) })
    }

    fn account_devices_seen(&self, account: AccountKey) -> Answer<'_, ()> {
        Box::pin(async move {
            self.signed_in(&account)?.seen_devices();
            Ok(())
        })
    }

    fn account_end_device(&self, asked: DeviceOf) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.signed_in(&asked.account)?.end_device(&asked.device).await?) })
    }

    fn account_sign_out(&self, asked: SignOut) -> Answer<'_, SignedOutNow> {
        Box::pin(self.sign_out(asked))
    }

    fn account_remove(&self, account: AccountKey) -> Answer<'_, ()> {
        Box::pin(self.remove_account(account))
    }

    fn billing(&self, account: AccountKey) -> Answer<'_, BillingSeen> {
        Box::pin(self.billing_seen(account))
    }

    fn billing_buy(&self, buying: Buying) -> Answer<'_, Bought> {
        Box::pin(self.buy(buying))
    }

    fn billing_order(&self, asked: OrderOf) -> Answer<'_, Order> {
        Box::pin(self.order_of(asked))
    }

    fn billing_pay(&self, asked: OrderOf) -> Answer<'_, Bought> {
        Box::pin(self.pay_order(asked))
    }

    fn billing_change(&self, account: AccountKey) -> Answer<'_, PageOpened> {
        Box::pin(self.change_plan(account))
    }

    fn billing_cancel(&self, account: AccountKey) -> Answer<'_, Option<Subscription>> {
        Box::pin(self.cancel_plan(account))
    }

    fn safety_save(&self, explained: Explained) -> Answer<'_, Option<Saved>> {
        Box::pin(self.save_report(explained))
    }
}
