//! What has to be right before a window opens: a display, and drawing that works on this graphics card.

/// Says why there can be no window. May start the program anew with what the graphics card needs.
///
/// # Errors
/// A sentence for the person at the terminal.
pub fn prepare() -> Result<(), String> {
    #[cfg(target_os = "linux")]
    linux::prepare()?;
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;

    /// Turns off WebKitGTK's shared graphics buffers, which leave the window white with NVIDIA's own driver.
    const NO_SHARED_BUFFERS: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    /// Turns off the graphics card for the page altogether.
    const NO_COMPOSITING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";
    /// Without it NVIDIA's driver ends a program on Wayland with a protocol error.
    const NO_EXPLICIT_SYNC: &str = "__NV_DISABLE_EXPLICIT_SYNC";
    /// `plain` is a person's way out where nothing is drawn.
    const OURS: &str = "ALLXONE_RENDERING";

    pub fn prepare() -> Result<(), String> {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let wayland = set("WAYLAND_DISPLAY");
        if !set("DISPLAY") && !wayland {
            return Err("There is no display here, so no window can be opened. The command line works without one: `allxone --help`.".to_owned());
        }
        let plain = std::env::var(OURS).is_ok_and(|value| value == "plain");
        let nvidia = Path::new("/proc/driver/nvidia/version").exists();
        let missing: Vec<_> = needed(plain, nvidia, wayland).into_iter().filter(|name| !set(name)).collect();
        // The environment must stand before the first thread does, so the program replaces itself once.
        if !missing.is_empty()
            && let Ok(program) = std::env::current_exe()
        {
            let error = Command::new(program).args(std::env::args_os().skip(1)).envs(missing.into_iter().map(|name| (name, "1"))).exec();
            tracing::warn!(%error, "the program could not be started anew for this graphics card");
        }
        Ok(())
    }

    /// The switches that must be on.
    fn needed(plain: bool, nvidia: bool, wayland: bool) -> Vec<&'static str> {
        let switches = [(NO_SHARED_BUFFERS, plain || nvidia), (NO_COMPOSITING, plain), (NO_EXPLICIT_SYNC, nvidia && wayland)];
        switches.into_iter().filter_map(|(name, on)| on.then_some(name)).collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_who_needs_it_draws_otherwise() {
            assert!(needed(false, false, true).is_empty());
            assert_eq!(needed(false, true, false), [NO_SHARED_BUFFERS]);
            assert_eq!(needed(false, true, true), [NO_SHARED_BUFFERS, NO_EXPLICIT_SYNC]);
            assert_eq!(needed(true, false, true), [NO_SHARED_BUFFERS, NO_COMPOSITING]);
        }
    }
}
