//! What a page can reach, asked through Tauri's real access control with the real configuration, on its windowless runtime.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};

use allxone_app::studio::commands::COMMANDS;
use allxone_app::studio::media::Pixels;
use allxone_app::{Clipboard, Desk, Native, SecretStoreKind, Start};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tauri::http::{HeaderMap, Method, StatusCode};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

const HERE: &str = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };

/// A machine whose person declines everything, and whose file manager is broken.
struct Nobody;

impl Native for Nobody {
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>> {
        Box::pin(async { Vec::new() })
    }
    fn save_file(&self, _folder: Option<&Path>, _suggested: &str) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }
    fn pick_archive(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }

    fn choose_folder(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }
    fn clipboard(&self) -> Result<Clipboard, String> {
        Ok(Clipboard::Nothing)
    }
    fn set_clipboard(&self, _picture: &Pixels) -> Result<(), String> {
        Err("no clipboard".to_owned())
    }
    fn drag_out(&self, _files: Vec<PathBuf>, _preview: Bytes) -> Result<(), String> {
        Err("no pointer".to_owned())
    }
    fn open_address(&self, _address: &str) -> Result<(), String> {
        Err("There is no browser here.".to_owned())
    }

    fn show_folder(&self, folder: &Path) -> Result<(), String> {
        panic!("{} cannot be shown", folder.display())
    }
}

struct Shell {
    app: App<MockRuntime>,
    _data: tempfile::TempDir,
}

impl Shell {
    fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let start = Start {
            data_dir: Some(data.path().to_owned()),
            models_dir: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("models")),
            secret_store: Some(SecretStoreKind::Memory),
            program: "test".to_owned(),
            rest_after: None,
        };
        let app = mock_builder()
            .invoke_handler(allxone_desktop_lib::handler())
            .build(allxone_desktop_lib::context())
            .unwrap();
        app.manage(tauri::async_runtime::block_on(async { Desk::open(start, Nobody) }).unwrap());
        Self { app, _data: data }
    }

    fn window(&self, label: &str) -> WebviewWindow<MockRuntime> {
        WebviewWindowBuilder::new(&self.app, label, WebviewUrl::default()).build().unwrap()
    }

    fn desk(&self) -> Desk {
        self.app.state::<Desk>().inner().clone()
    }
}

impl Drop for Shell {
    /// Closed as the program closes: nothing may still be at work in another thread when the process ends.
    fn drop(&mut self) {
        let desk = self.desk();
        tauri::async_runtime::block_on(async move {
            let _ = desk.studio().await;
            desk.close().await;
        });
    }
}

fn invoke(
    window: &WebviewWindow<MockRuntime>,
    from: &str,
    command: &str,
    body: InvokeBody,
) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: from.parse().unwrap(),
        body,
        headers: HeaderMap::new(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|answer| answer.deserialize().unwrap())
}

fn asking(request: Value) -> InvokeBody {
    InvokeBody::Json(json!({ "request": request }))
}

/// Refused by access control, before any handler: the answer is a text of Tauri's and no error of ours.
fn was_refused(answer: &Result<Value, Value>) -> bool {
    answer.as_ref().is_err_and(|error| error.get("code").is_none())
}

#[test]
fn the_window_reaches_every_command_and_only_from_its_own_page() {
    let shell = Shell::open();
    let (main, other) = (shell.window("main"), shell.window("other"));
    let session = invoke(&main, HERE, "session", asking(Value::Null)).unwrap();
    assert_eq!(session["version"], env!("CARGO_PKG_VERSION"));
    for command in COMMANDS {
        // A request of no command's form: it is let through to the handler, which says so.
        let answer = invoke(&main, HERE, command, asking(json!({ "no": "such" })));
        assert!(!was_refused(&answer), "{command}: {answer:?}");
        assert!(
            was_refused(&invoke(&other, HERE, command, asking(Value::Null))),
            "{command} from another window"
        );
        for elsewhere in [
            "https://studio.example",
            "http://127.0.0.1:1420",
            "http://localhost:80",
            "file:///tmp/x.html",
            "data:text/html,x",
        ] {
            assert!(
                was_refused(&invoke(&main, elsewhere, command, asking(Value::Null))),
                "{command} from {elsewhere}"
            );
        }
    }
}

#[test]
fn no_plugin_and_nothing_of_the_core_but_hearing_events_can_be_called() {
    let shell = Shell::open();
    let main = shell.window("main");
    for command in [
        "plugin:dialog|open",
        "plugin:dialog|save",
        "plugin:opener|open_path",
        "plugin:opener|open_url",
        "plugin:notification|notify",
        "plugin:window-state|save_window_state",
        "plugin:fs|read_file",
        "plugin:shell|execute",
        "plugin:event|emit",
        "plugin:event|emit_to",
        "plugin:webview|create_webview_window",
        "plugin:window|close",
        "plugin:path|resolve_directory",
        "plugin:app|version",
        "read_file",
        "",
        "session\0",
        "../session",
    ] {
        assert!(was_refused(&invoke(&main, HERE, command, asking(Value::Null))), "{command:?}");
    }
}

#[test]
fn commands_take_ids_and_never_paths_or_bytes() {
    let shell = Shell::open();
    let main = shell.window("main");
    let code =
        |command: &str, body: InvokeBody| invoke(&main, HERE, command, body).unwrap_err()["code"].clone();
    for bad in [
        "",
        "../keys.json",
        "/etc/passwd",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV/..",
        "%2e%2e",
    ] {
        assert_eq!(code("library_show", asking(json!(bad))), "invalid", "{bad:?}");
        assert_eq!(code("library_stage", asking(json!(bad))), "invalid", "{bad:?}");
        assert_eq!(code("folder_show", asking(json!(bad))), "invalid", "{bad:?}");
    }
    assert_eq!(code("library_show", asking(json!("01ARZ3NDEKTSV4RRFFQ69G5FAV"))), "library");
    assert_eq!(code("library_show", InvokeBody::Raw(b"\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"".to_vec())), "invalid");
}

#[test]
fn no_command_takes_what_is_not_its_form() {
    let shell = Shell::open();
    let main = shell.window("main");
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let strange = [
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!("../../keys.json"),
        json!("\u{0}"),
        json!({ "id": "../x" }),
        json!([null, { "__proto__": 1 }]),
        json!({ "item": ["..", 7], "items": [".."], "request": 5, "path": "/etc/passwd", "words": [], "filter": 3 }),
        deep,
    ];
    for command in COMMANDS {
        let code = |body: InvokeBody| invoke(&main, HERE, command, body).expect_err(command)["code"].clone();
        assert_eq!(code(InvokeBody::Raw(b"null".to_vec())), "invalid", "{command} by bytes");
        assert_eq!(code(InvokeBody::Raw(vec![0xff; 4096])), "invalid", "{command} by bytes");
        assert_eq!(code(InvokeBody::Json(json!([]))), "invalid", "{command} without a request");
        assert_eq!(
            code(InvokeBody::Json(json!({ "Request": null }))),
            "invalid",
            "{command} without a request"
        );
        assert_eq!(code(asking(json!("x".repeat(2 << 20)))), "invalid", "{command} with too much");
        for request in &strange {
            // Some of it is the form of some command. None may break on it, and every refusal has a code.
            if let Err(error) = invoke(&main, HERE, command, asking(request.clone())) {
                assert!(
                    error["code"].is_string() && error["code"] != "internal",
                    "{command} {request}: {error}"
                );
            }
        }
    }
    assert!(invoke(&main, HERE, "session", asking(Value::Null)).is_ok());
}

#[test]
fn a_command_that_panics_is_an_error_and_the_next_one_works() {
    let shell = Shell::open();
    let main = shell.window("main");
    tauri::async_runtime::block_on(shell.desk().studio()).unwrap();
    let error = invoke(&main, HERE, "folder_show", asking(json!("models"))).unwrap_err();
    assert_eq!(error["code"], "internal");
    assert!(invoke(&main, HERE, "session", asking(Value::Null)).is_ok());
}

#[test]
fn the_one_capability_is_the_command_list_and_hearing_events() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<_> =
        std::fs::read_dir(root.join("capabilities")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["main.json"]);
    let granted: Value =
        serde_json::from_slice(&std::fs::read(root.join("capabilities/main.json")).unwrap()).unwrap();
    assert_eq!(granted["windows"], json!(["main"]));
    assert!(granted.get("remote").is_none() && granted.get("webviews").is_none());
    let commands = COMMANDS.iter().map(|name| format!("allow-{}", name.replace('_', "-")));
    let expected: Vec<_> = ["core:event:allow-listen", "core:event:allow-unlisten"]
        .map(str::to_owned)
        .into_iter()
        .chain(commands)
        .collect();
    assert_eq!(granted["permissions"], json!(expected));
}

#[test]
fn pictures_are_given_by_id_alone() {
    let shell = Shell::open();
    let desk = shell.desk();
    let reply = |method: Method, path: &str| {
        tauri::async_runtime::block_on(desk.reply(&method, path, &HeaderMap::new()))
    };
    assert_eq!(reply(Method::GET, "/thumbnail/01ARZ3NDEKTSV4RRFFQ69G5FAV").status(), StatusCode::NOT_FOUND);
    assert_eq!(reply(Method::GET, &format!("/staged/{}", "0f".repeat(32))).status(), StatusCode::NOT_FOUND);
    for path in [
        "/",
        "/../keys.json",
        "/picture/../../keys.json",
        "/picture/..%2f..%2fkeys.json",
        "//picture/x",
        "/library/library.db",
        "/etc/passwd",
    ] {
        assert_eq!(reply(Method::GET, path).status(), StatusCode::FORBIDDEN, "{path}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        assert_eq!(
            reply(method, "/thumbnail/01ARZ3NDEKTSV4RRFFQ69G5FAV").status(),
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
}

#[test]
fn the_page_cannot_be_led_away() {
    assert!(allxone_desktop_lib::own_page(&format!("{HERE}/#/library").parse().unwrap()));
    for address in [
        "https://studio.example/",
        "http://127.0.0.1:1420/",
        "file:///etc/passwd",
        "tauri://elsewhere/",
        "data:text/html,x",
    ] {
        assert!(!allxone_desktop_lib::own_page(&address.parse().unwrap()), "{address}");
    }
}

#[test]
fn the_shell_stays_small() {
    let sources = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/src")).unwrap();
    let lines: usize =
        sources.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap().lines().count()).sum();
    assert!(lines < 600, "{lines} lines: what is no adapter belongs into allxone-app");
}
