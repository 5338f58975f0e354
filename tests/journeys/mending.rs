//! A window whose models are gone: the library opens, the reason is said, and one command puts everything back.

use allxone_app::studio::commands::call;
use serde_json::{Value, json};

use crate::abuse::desk_over;

#[tokio::test(flavor = "multi_thread")]
async fn a_window_without_its_models_opens_the_library_says_why_and_repairs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk_over(folder.path(), folder.path().join("gone")).await;
    let session = call(&desk, "session", Value::Null).await.unwrap();
    assert_eq!(session["state"]["is"], "open", "{session}");
    assert_eq!(call(&desk, "library_usage", Value::Null).await.unwrap()["items"], 0);
    let draft = json!({ "request": { "operation": "generate", "model": "local/scene", "prompt": "a fox", "count": 1, "on_unsupported": "refuse", "max_cost": 0 } });
    for command in ["draft_check", "draft_submit"] {
        let error = serde_json::to_value(call(&desk, command, draft.clone()).await.unwrap_err()).unwrap();
        assert_eq!(error["code"], "filter_unavailable", "{command}: {error}");
        assert!(error["message"].as_str().unwrap().contains("is missing. Nothing was sent"), "{error}");
    }
    let brought = call(&desk, "pictures_pick", Value::Null).await.unwrap();
    assert!(
        brought.as_array().unwrap().iter().all(|one| one["staged"].is_null()),
        "nothing is taken in unchecked: {brought}"
    );

    let repaired = call(&desk, "check_repair", Value::Null).await.unwrap();
    let files = repaired["files"].as_array().unwrap();
    assert!(files.len() >= 10 && files.iter().all(|file| file["left"].is_null()), "{repaired}");
    let check = call(&desk, "draft_check", draft).await.unwrap();
    assert_eq!(check["finding"]["verdict"], "allow", "without a restart");
    assert_eq!(call(&desk, "check_repair", Value::Null).await.unwrap()["files"], json!([]));
    desk.close().await;
}
