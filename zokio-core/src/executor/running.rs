//! Which task is being polled, where a panic or fault handler can see it.

use super::stats::{Observer, Polled, observe::Observe};
use crate::task::Vtable;
use core::ptr;
use portable_atomic::{AtomicPtr, Ordering};

/// The name of the task that an executor is polling, for who is called in the middle of it: a panic handler, a fault handler,
/// a profiler's timer. Declare it as a static and give the executor [`teller`](Self::teller) as its observer.
///
/// Executors that pre-empt each other may share one: it tells the task of the innermost.
///
/// Two stores per poll; readable at any time, from anywhere.
///
/// ```
/// use zokio_core::executor::Running;
///
/// static RUNNING: Running = Running::new();
///
/// // In the panic handler:
/// assert_eq!(RUNNING.task(), None);
/// ```
pub struct Running(AtomicPtr<Vtable>);

impl Running {
    /// Nobody is being polled.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The name of the task that is being polled, if one is.
    pub fn task(&self) -> Option<&'static str> {
        // SAFETY: null, or what `polling` put there: a static.
        unsafe { self.0.load(Ordering::Relaxed).as_ref() }.map(|kind| kind.name.name())
    }

    /// An observer that keeps it up to date.
    pub const fn teller(&'static self) -> Teller {
        Teller { running: self, before: ptr::null_mut() }
    }
}

/// Tells a [`Running`] which task is polled; see there.
pub struct Teller {
    running: &'static Running,
    /// Whose poll this executor interrupted.
    before: *mut Vtable,
}

impl Observer for Teller {}
impl Observe for Teller {
    fn polling(&mut self, kind: &'static Vtable) {
        self.before = self.running.0.load(Ordering::Relaxed);
        self.running.0.store(ptr::from_ref(kind).cast_mut(), Ordering::Relaxed);
    }

    fn polled(&mut self, _: &Polled) {
        self.running.0.store(self.before, Ordering::Relaxed);
    }
}
