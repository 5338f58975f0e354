//! The `host` half of the command list.

use std::sync::atomic::Ordering;

use allxone_studio::library::ItemId;
use allxone_studio::session::{Brought, KeepIn, Licence, Place, PlaceKind, Repaired, SaveCopies, Saved, ServerAddress, ServerFound, Session};
use allxone_studio::{Answer, Explained, Host, Settings, Studio, StudioError, Tried, TriedFrom};

use super::{Desk, places};

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
            let profile = slot.as_ref().ok_or_else(|| StudioError::NotOpen("The library is not open.".to_owned()))?;
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
        Box::pin(async move { settings.write(&self.inner.folders.settings()) })
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

    fn safety_receive(&self, on: bool) -> Answer<'_, ()> {
        Box::pin(async move {
            self.set_sandbox(on);
            Ok(())
        })
    }

    fn safety_save(&self, explained: Explained) -> Answer<'_, Option<Saved>> {
        Box::pin(self.save_report(explained))
    }
}
