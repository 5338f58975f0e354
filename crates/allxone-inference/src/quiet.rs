//! Keeps ONNX Runtime from phoning home.
//!
//! Since 1.30 the released library carries a telemetry client of its maker. It starts while the environment is made, before the switch of
//! the API can be thrown, and writes a device id into the temporary folder. Only an environment variable stops it in time. No connection
//! but the Door's may exist in this product, so the variable is set before the library is loaded.

use std::sync::Once;

const VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

/// Turns the runtime's telemetry off for this process. Hosts call it first thing in `main`, while there is one thread; loading the runtime
/// calls it again for hosts that did not.
pub fn silence_runtime() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os(VARIABLE).is_some_and(|value| value == "1") {
            return;
        }
        #[expect(unsafe_code, reason = "the runtime reads nothing else in time")]
        // SAFETY: Rust's own readers of the environment are locked against this. In `main` there is one thread; later, the only foreign
        // readers in the process are name look-ups of the Door, which have not begun when a model is first loaded.
        unsafe {
            std::env::set_var(VARIABLE, "1");
        }
    });
}
