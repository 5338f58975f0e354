//! The `host` half of the command list.

use allxone_studio::library::ItemId;
use allxone_studio::session::{Brought, KeepIn, Licence, Place, PlaceKind, SaveCopies, Saved, ServerAddress, Session};
use allxone_studio::{Answer, Host, Settings, Studio};

use super::{Desk, places};

impl Host for Desk {
    fn studio(&self) -> Answer<'_, Studio> {
        Box::pin(Self::studio(self))
    }

    fn session(&self, (): ()) -> Answer<'_, Session> {
        Box::pin(async { Ok(Self::session(self)) })
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
}
