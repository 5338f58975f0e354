//! What has to be right before a window opens: a display, drawing that works on this graphics card, memory that can be given back.

/// Says why there can be no window, and sets what the graphics card needs. Called before there is a second thread.
///
/// # Errors
/// A sentence for the person at the terminal.
pub fn prepare() -> Result<(), String> {
    #[cfg(target_os = "linux")]
    linux::prepare()?;
    crate::desk::one_heap();
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;

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
        for name in needed(plain || !(nvidia || has_card()), nvidia, wayland) {
            if !set(name) {
                #[expect(
                    unsafe_code,
                    reason = "the program has one thread yet, and the web view reads its switches from the environment alone"
                )]
                unsafe {
                    std::env::set_var(name, "1");
                }
            }
        }
        Ok(())
    }

    /// Whether anything but the processor can draw. Without it a page drawn "by the card" is drawn by the processor all the same, through a
    /// graphics library that takes a hundred megabytes and more time.
    fn has_card() -> bool {
        let render_node = |dir: std::fs::ReadDir| {
            dir.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
        };
        std::fs::read_dir("/dev/dri").is_ok_and(render_node) || Path::new("/dev/dxg").exists()
    }

    /// The switches that must be on.
    fn needed(plain: bool, nvidia: bool, wayland: bool) -> Vec<&'static str> {
        let switches = [
            (NO_SHARED_BUFFERS, plain || nvidia),
            (NO_COMPOSITING, plain),
            (NO_EXPLICIT_SYNC, nvidia && wayland),
        ];
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
