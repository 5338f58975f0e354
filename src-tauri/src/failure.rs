//! A plain page with help, for when the program cannot show its own: no script, no command, no connection.

use allxone_app::HelpPage;
use allxone_app::studio::{Host as _, session::PlaceKind};
use tauri::http::{Request, Response};
use tauri::{AppHandle, Manager, Runtime, UriSchemeContext, Url, WebviewUrl, WebviewWindowBuilder};

use crate::words;

/// The window's label. No capability names it.
pub const LABEL: &str = "failure";
/// Its page's scheme.
pub const SCHEME: &str = "allxone-help";

/// Opens the page, or changes what it says.
pub fn show(app: &AppHandle, why: &str) {
    let desk = crate::desk(app);
    tracing::error!(%why, "the window cannot go on");
    app.manage(HelpPage::default());
    app.state::<HelpPage>().tell(why, |word| words(app, word), desk.is_some());
    let Ok(address) = Url::parse(&format!("{SCHEME}://localhost/")) else { return };
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title("AllXOne")
        .inner_size(640.0, 440.0);
    // The link to the log is never followed; its folder is opened instead.
    let window = window.on_navigation(move |to| {
        if let (HelpPage::LOG, Some(desk)) = (to.path(), desk.clone()) {
            tauri::async_runtime::spawn(async move { desk.folder_show(PlaceKind::Logs).await });
        }
        to.scheme() == SCHEME && to.path() == "/"
    });
    if let Err(error) = window.build() {
        crate::say(&format!("{why} ({error})"));
    }
}

/// The page.
pub fn page<R: Runtime>(context: UriSchemeContext<'_, R>, _request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    context.app_handle().try_state::<HelpPage>().map(|page| page.reply()).unwrap_or_default()
}
