//! A person uses a model elsewhere with a key of their own; a program of theirs uses the service with a key it gave out.

use std::io::Write;
use std::process::Stdio;

use allxone_testkit::partners::OpenAi;
use allxone_testkit::partners::openai::KEY;
use allxone_tests::{Machine, plain_hits};

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_made_with_a_key_of_ones_own_and_everything_that_left_is_written_down() {
    let (machine, far) = (Machine::new(), OpenAi::start().await);
    let mut adding = machine.command();
    adding
        .args(["partner", "add", "openai", "--address", far.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut adding = adding.spawn().unwrap();
    adding.stdin.take().unwrap().write_all(format!("{KEY}\n").as_bytes()).unwrap();
    assert!(adding.wait().unwrap().success());
    let listed = machine.run(["partner", "list", "--json"]).ended(0).json();
    assert_eq!(listed[0]["name"], "OpenAI");
    assert!(plain_hits(&machine.data(), KEY.as_bytes()).is_empty(), "the key is sealed");
    let models = machine.run(["models"]).ended(0).stdout;
    assert!(models.contains("openai/gpt-image-2") && models.contains("local/scene"), "{models}");

    let wish = [
        "generate",
        "a lighthouse at dawn",
        "--model",
        "openai/gpt-image-2",
        "--size",
        "512x512",
        "-o",
        "out.png",
    ];
    // Nothing is paid that was not agreed to.
    machine.run(wish).ended(1);
    assert!(far.asked().is_empty());
    machine.run(wish.into_iter().chain(["--max-cost", "8", "--confirm-review"])).ended(0);
    assert_eq!(far.asked()[0].fields["prompt"], "a lighthouse at dawn");
    let picture = image::load_from_memory(&std::fs::read(machine.file("out.png")).unwrap()).unwrap();
    assert_eq!((picture.width(), picture.height()), (512, 512));
    let ledger = machine.run(["egress", "--json"]).ended(0).stdout;
    assert!(
        ledger.contains("/v1/images/generations") && !ledger.contains("lighthouse") && !ledger.contains(KEY),
        "{ledger}"
    );

    // Behind the offline lock it is refused, and nothing is asked.
    let offline = wish.into_iter().chain(["--max-cost", "8", "--offline"]);
    let refused = machine.run(offline).ended(1);
    assert!(refused.stderr.contains("offline"), "{}", refused.stderr);
    assert_eq!(far.asked().len(), 1);

    machine.run(["partner", "remove", "openai"]).ended(0);
    machine.run(["partner", "remove", "openai"]).ended(1);
    assert!(!machine.run(["models"]).ended(0).stdout.contains("openai/"));
}

#[test]
fn a_key_is_made_listed_and_taken_back_on_the_command_line() {
    let machine = Machine::new();
    let secret = machine.run(["admin", "key", "add", "my editor"]).ended(0).stdout;
    assert!(secret.starts_with("axo-"), "{secret}");
    assert!(plain_hits(&machine.data(), secret.trim().as_bytes()).is_empty());
    let made = machine.run(["admin", "key", "add", "looks", "--read-only", "--json"]).ended(0).json();
    assert_eq!(made[0]["key"]["scope"], "read");
    let listed = machine.run(["admin", "key", "list", "--json"]).ended(0).json();
    assert_eq!(
        listed.iter().map(|key| key["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["my editor", "looks"]
    );
    let id = listed[0]["id"].as_str().unwrap();
    machine.run(["admin", "key", "revoke", id]).ended(0);
    machine.run(["admin", "key", "revoke", id]).ended(1);
    assert_eq!(machine.run(["admin", "key", "list"]).ended(0).stdout.lines().count(), 1);
}
