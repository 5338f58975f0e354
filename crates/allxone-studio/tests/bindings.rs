//! The TypeScript of everything that crosses to a screen, made from the one command list. `cargo xtask gen-ts` writes the file; without it,
//! this fails where the file and the list differ.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use allxone_studio::commands::CommandError;
use allxone_studio::contract::Receipt;
use allxone_studio::egress::Purpose;
use allxone_studio::wire::*;
use allxone_studio::{StudioEvent, with_commands};
use ts_rs::{Config, TS, TypeVisitor};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/lib/host/bindings.ts");

/// Declarations by name, each once.
struct Declared {
    config: Config,
    seen: HashSet<TypeId>,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declared {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // Only types with a place of their own have a declaration; numbers, lists and the like have none.
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            self.by_name.insert(T::ident(&self.config), format!("{docs}export {}", T::decl(&self.config)));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

macro_rules! bindings {
    (studio {$($name:ident($request:ty) -> $response:ty;)*} host {$($host:ident($for_host:ty) -> $from_host:ty;)*}) => {
        fn typescript() -> String {
            let mut declared = Declared { config: Config::new().with_large_int("number"), seen: HashSet::new(), by_name: BTreeMap::new() };
            let mut commands = String::new();
            $(entry::<$request, $response>(&mut declared, &mut commands, stringify!($name));)*
            $(entry::<$for_host, $from_host>(&mut declared, &mut commands, stringify!($host));)*
            declared.visit::<StudioEvent>();
            declared.visit::<CommandError>();
            declared.visit::<Receipt>();
            declared.visit::<Purpose>();
            let types = declared.by_name.into_values().collect::<Vec<_>>().join("\n\n");
            format!("{HEAD}\n{types}\n\n/** Every command: what it takes and what it gives. A failed one throws a `CommandError`. */\nexport type Commands = {{\n{commands}}};\n")
        }
    };
}
with_commands!(bindings);

const HEAD: &str = "\
// Made from the Rust types by `cargo xtask gen-ts`; not to be changed by hand.
// Whole numbers that may pass 2^53 (seeds) are text; times are UTC milliseconds, sizes are bytes, prices are thousandths of a credit.
//
// In the window a command is `invoke(name, { request })`, and everything that happens is the one event `studio` with a `StudioEvent`.
// Against the development host a command is `POST /call/<name>` with the request as JSON (200 the response, 422 a `CommandError`), and
// `GET /events` is the same event as server-sent events. Pictures are asked for by id: `thumbnail/<item>`, `picture/<item>`,
// `staged/<sha256>`, from `convertFileSrc(path, 'allxone-picture')` in the window, from `/picture/<path>` at the development host.
";

fn entry<Request: TS + 'static, Response: TS + 'static>(
    declared: &mut Declared,
    commands: &mut String,
    name: &str,
) {
    declared.visit::<Request>();
    declared.visit::<Response>();
    let (request, response) = (Request::name(&declared.config), Response::name(&declared.config));
    writeln!(commands, "  {name}: {{ request: {request}; response: {response} }};").unwrap();
}

/// What the window may call: every command of the list, hearing events, and nothing of any plugin.
fn capability() -> String {
    let commands =
        allxone_studio::commands::COMMANDS.iter().map(|name| format!("allow-{}", name.replace('_', "-")));
    let permissions: Vec<String> = ["core:event:allow-listen", "core:event:allow-unlisten"]
        .into_iter()
        .map(str::to_owned)
        .chain(commands)
        .collect();
    let capability = serde_json::json!({
        "$schema": "../gen/schemas/desktop-schema.json",
        "identifier": "main",
        "description": "The one window. Made by `cargo xtask gen-ts` from the command list.",
        "windows": ["main"],
        "permissions": permissions,
    });
    format!("{capability:#}\n")
}

#[test]
fn the_window_may_call_exactly_the_commands_of_the_list() {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../capabilities/main.json"));
    if std::env::var_os("ALLXONE_WRITE_BINDINGS").is_some() {
        std::fs::write(file, capability()).unwrap();
    }
    let there = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        there == capability(),
        "capabilities/main.json is not what the command list says; run `cargo xtask gen-ts`"
    );
}

#[test]
fn the_screen_speaks_of_the_same_types() {
    let made = typescript();
    let file = Path::new(FILE);
    if std::env::var_os("ALLXONE_WRITE_BINDINGS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, &made).unwrap();
    }
    let there = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        there == made,
        "ui/src/lib/host/bindings.ts is not what the Rust types say; run `cargo xtask gen-ts`"
    );
}
