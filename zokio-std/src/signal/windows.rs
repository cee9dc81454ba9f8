//! The interrupt of the console, as something to be awaited. (Signals of other kinds are a thing of Unix.)
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! zokio_std::signal::ctrl_c().await?;
//! # Ok(()) }
//! ```

use std::io;
use std::sync::OnceLock;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use zokio_core::sync::Notify;

static PRESSED: Notify = Notify::new();

/// Runs on a thread of the system's.
unsafe extern "system" fn pressed(event: u32) -> i32 {
    let ours = [CTRL_C_EVENT, CTRL_BREAK_EVENT].contains(&event);
    if ours {
        PRESSED.notify_all();
    }
    i32::from(ours)
}

/// Waits for Ctrl-C (or Ctrl-Break) in the console, from the first poll on. From then on, and ever after, it does not end the
/// program.
///
/// **Cancel safety:** nothing is taken. **Wake-up:** by the interrupt, whoever waits.
///
/// # Errors
/// The system's.
pub async fn ctrl_c() -> io::Result<()> {
    static HANDLED: OnceLock<Option<i32>> = OnceLock::new();
    let refused = HANDLED.get_or_init(|| {
        // SAFETY: the function lives for ever, and may be called on any thread.
        let done = unsafe { SetConsoleCtrlHandler(Some(pressed), 1) };
        (done == 0).then(|| io::Error::last_os_error().raw_os_error()).flatten()
    });
    if let Some(number) = *refused {
        return Err(io::Error::from_raw_os_error(number));
    }
    PRESSED.notified().await;
    Ok(())
}
