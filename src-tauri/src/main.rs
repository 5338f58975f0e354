//! The program of the window. Everything is in the library, so that tests reach it.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    allxone_app::decoder_role().unwrap_or_else(allxone_desktop_lib::run)
}
