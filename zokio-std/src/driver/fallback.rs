//! Why io_uring is not used, told once.

use std::io;
use std::sync::OnceLock;

static REASON: OnceLock<io::Error> = OnceLock::new();
static HOOK: OnceLock<fn(&io::Error)> = OnceLock::new();

/// Why a runtime of this process that might have used io_uring uses epoll; `None` if there is none. `EPERM` is how containers
/// forbid it, `ENOSYS` how a kernel lacks it.
///
/// ```
/// if let Some(reason) = zokio_std::driver::fallback() {
///     println!("no io_uring here: {reason}");
/// }
/// ```
pub fn fallback() -> Option<&'static io::Error> {
    REASON.get()
}

/// Calls `tell` with the reason when a runtime falls back to epoll for the first time, or at once if that has happened; for a
/// program's log, since libraries do not print. `false` if somebody is told already.
///
/// In use: see the example of [`fallback`].
pub fn on_fallback(tell: fn(&io::Error)) -> bool {
    let first = HOOK.set(tell).is_ok();
    if first && let Some(reason) = REASON.get() {
        tell(reason);
    }
    first
}

/// io_uring was refused.
#[cfg(any(has_epoll, test))]
pub(super) fn report(reason: io::Error) {
    if REASON.set(reason).is_ok()
        && let (Some(tell), Some(reason)) = (HOOK.get(), REASON.get())
    {
        tell(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static TOLD: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn the_first_reason_is_told_once() {
        assert!(on_fallback(|reason| {
            assert_eq!(reason.kind(), io::ErrorKind::PermissionDenied);
            TOLD.fetch_add(1, Ordering::Relaxed);
        }));
        report(io::ErrorKind::PermissionDenied.into());
        report(io::ErrorKind::Unsupported.into());
        assert_eq!(fallback().map(io::Error::kind), Some(io::ErrorKind::PermissionDenied));
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
        assert!(!on_fallback(|_| ()));
    }
}
