//! The clock of a runtime.

use super::core::{Core, Handle};
use zokio_core::time::{AnyStore, Instant, Timers};

/// A runtime's clock: a pointer, copied freely.
///
/// Application code that is generic over [`zokio_core::time::Clock`] gets this one from [`clock`](crate::time::clock).
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// let clock: zokio_std::Clock = zokio_std::time::clock();
/// # let _ = clock; }); std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy)]
pub struct Clock(&'static Core);

impl Clock {
    pub(crate) fn of(handle: Handle) -> Self {
        Self(handle.any_core())
    }
}

// SAFETY: "one store": the pointer never changes, and what it points to is never freed.
unsafe impl zokio_core::time::Clock for Clock {
    type Store = AnyStore;

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn timers(&self) -> &Timers<AnyStore> {
        &self.0.timers
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("now", &zokio_core::time::Clock::now(self)).finish()
    }
}
