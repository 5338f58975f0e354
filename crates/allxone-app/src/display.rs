//! What has to be right before the web view starts: a display, and drawing that works on this graphics card.

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

    pub fn prepare() -> Result<(), String> {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
            return Err("There is no display here, so no window can be opened. The command line works without one: `allxone --help`.".to_owned());
        }
        if Path::new("/proc/driver/nvidia/version").exists() && !set(NO_SHARED_BUFFERS) {
            // The environment must stand before the first thread does, so the program replaces itself once.
            if let Ok(program) = std::env::current_exe() {
                let error = Command::new(program).args(std::env::args_os().skip(1)).env(NO_SHARED_BUFFERS, "1").exec();
                tracing::warn!(%error, "the program could not be started anew for this graphics card");
            }
        }
        Ok(())
    }
}
