//! What the workspace needs from the operating system.
//!
//! On Debian and its relatives it is installed; elsewhere it is named, and the rest of set-up goes on: a person who has
//! the libraries under another name must not be stopped by a list.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Need;
use crate::process::{line, logged, output};
use crate::repo;

/// A Debian package, from when on it is needed, and what for.
struct Package {
    name: &'static str,
    need: Need,
}

const fn package(name: &'static str, need: Need) -> Package {
    Package { name, need }
}

const PACKAGES: [Package; 21] = [
    package("libssl-dev", Need::Run),    // libcrypto for SQLCipher
    package("libdbus-1-dev", Need::Run), // the Secret Service, where the master key is kept
    package("pkg-config", Need::Run),    // finds the two above
    package("python3", Need::Run),       // with the next: fetches ONNX Runtime
    package("python3-pip", Need::Run),
    package("libwebkit2gtk-4.1-dev", Need::Run), // the window
    package("libayatana-appindicator3-dev", Need::Run), // its icon in the tray
    package("librsvg2-dev", Need::Run),          // icons of its dialogs
    package("webkit2gtk-driver", Need::Test),    // drives the real window
    package("xvfb", Need::Test),                 // a display for it
    package("xauth", Need::Test),
    package("fonts-dejavu-core", Need::Test), // and letters on it, also Arabic ones
    package("fonts-noto-core", Need::Test),
    package("imagemagick", Need::Test), // pictures of the whole display
    package("chromium", Need::Test),    // the screen in a browser
    package("dbus", Need::Test),        // a private session bus
    package("dbus-x11", Need::Test),
    package("gnome-keyring", Need::Test), // and a real keyring on it
    package("postgresql", Need::Test),    // the service's store, scaled out
    package("procps", Need::Test),
    package("python3-venv", Need::Test), // the Python peers' own environment
];

/// The system's packages are installed, or the person is told which to install.
pub fn packages(root: &Path, need: Need) -> Result<()> {
    let wanted: Vec<&str> =
        PACKAGES.iter().filter(|package| package.need <= need).map(|package| package.name).collect();
    if !cfg!(target_os = "linux") {
        // The keyring is the system's own there, and SQLCipher's libcrypto is built from source.
        if output(Command::new("perl").arg("-v")).is_none() {
            repo::note(
                "perl was not found; the build of SQLCipher's libcrypto needs it. On Windows: `winget install \
                 StrawberryPerl.StrawberryPerl`",
            );
        }
        return Ok(());
    }
    if output(Command::new("apt-get").arg("--version")).is_none() {
        if output(Command::new("pkg-config").args(["--exists", "openssl", "dbus-1", "webkit2gtk-4.1"]))
            .is_none()
        {
            repo::note(&format!(
                "this system has no apt-get, so its packages are yours to install. Debian calls them: {}. Fedora: \
                 openssl-devel dbus-devel pkgconf python3-pip webkit2gtk4.1-devel libappindicator-gtk3-devel librsvg2-devel. \
                 Arch: openssl dbus pkgconf python-pip webkit2gtk-4.1 libappindicator-gtk3 librsvg",
                wanted.join(" ")
            ));
        }
        return Ok(());
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    repo::step(&format!("Installing {}", missing.join(" ")));
    let log = repo::scratch(root)?.join("apt.log");
    let mut install = apt()?;
    install.args(["install", "--yes", "--no-install-recommends"]).args(&missing);
    let by_hand = format!("Install them by hand and repeat this command: {}", line(&install));
    if has_package_lists() && logged(&mut install, &log).is_ok() {
        return Ok(());
    }
    logged(apt()?.arg("update"), &log).with_context(|| format!("apt-get update failed. {by_hand}"))?;
    logged(&mut install, &log).with_context(|| format!("system packages are missing. {by_hand}"))
}

fn is_installed(name: &str) -> bool {
    output(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", name]))
        .is_some_and(|status| status == "installed")
}

/// Without lists every installation fails, and says something misleading.
fn has_package_lists() -> bool {
    std::fs::read_dir("/var/lib/apt/lists")
        .is_ok_and(|entries| entries.filter_map(Result::ok).any(|entry| entry.path().is_file()))
}

/// `apt-get` that asks nothing and waits for another one to finish; through sudo for everybody but root.
fn apt() -> Result<Command> {
    let root = output(Command::new("id").arg("-u")).is_some_and(|user| user.trim() == "0");
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        if output(Command::new("sudo").arg("--version")).is_none() {
            bail!("system packages are missing and sudo was not found; run `cargo xtask setup` once as root");
        }
        command.arg("env");
    }
    command.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--quiet",
        "--option",
        "DPkg::Lock::Timeout=300",
    ]);
    Ok(command)
}
