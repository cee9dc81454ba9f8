//! What tasks and executors do, told to the program while it runs: a log of events.
//!
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering};
//! use zokio_core::events::{Event, listen};
//!
//! static POLLS: AtomicUsize = AtomicUsize::new(0);
//!
//! listen(|event| {
//!     if let Event::Polling { .. } = event {
//!         POLLS.fetch_add(1, Ordering::Relaxed);
//!     }
//! });
//! ```
//!
//! With the feature `defmt` a listener can write them to a probe or an emulator in a few bytes each:
//! `listen(|event| defmt::println!("{}", event))`. Without it they have a `Display`.

use crate::driver::Wait;
use core::fmt;
use core::ptr;
use portable_atomic::{AtomicPtr, Ordering};

/// Something that a task or an executor did; what [`listen`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event {
    /// A task was put into its slot and is about to be woken for the first time.
    Spawned {
        /// Which.
        task: TaskId,
        /// Its name.
        name: &'static str,
    },
    /// A task was queued. Waking one that is queued already is no event.
    Woken {
        /// Which.
        task: TaskId,
        /// Its name.
        name: &'static str,
    },
    /// A task is about to be polled, or dropped if it was aborted.
    Polling {
        /// Which.
        task: TaskId,
        /// Its name.
        name: &'static str,
    },
    /// A poll is over.
    Polled {
        /// Which task's.
        task: TaskId,
        /// Its name.
        name: &'static str,
        /// Whether the task ended.
        ended: bool,
    },
    /// An executor is about to look at its driver, and to wait if nothing is ready.
    Parking {
        /// How long.
        wait: Wait,
    },
    /// It is back.
    Unparked {
        /// How many timers fired.
        fired: usize,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spawned { name, .. } => write!(f, "spawned  {name}"),
            Self::Woken { name, .. } => write!(f, "woken    {name}"),
            Self::Polling { name, .. } => write!(f, "polling  {name}"),
            Self::Polled { name, ended: false, .. } => write!(f, "waits    {name}"),
            Self::Polled { name, ended: true, .. } => write!(f, "ended    {name}"),
            Self::Parking { wait: Wait::Poll } => f.write_str("looks at the driver"),
            Self::Parking { wait: Wait::Forever } => f.write_str("parks"),
            Self::Parking { wait: Wait::Until(at) } => write!(f, "parks until {} ns", at.as_nanos()),
            Self::Unparked { fired } => write!(f, "unparked, {fired} timers fired"),
        }
    }
}

/// Which task: the address of its slot, which the next task in it has too.
///
/// ```
/// # use zokio_core::events::Event;
/// fn is_that_of(event: &Event, wanted: usize) -> bool {
///     matches!(event, Event::Woken { task, .. } if task.0 == wanted)
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TaskId(
    /// The address.
    pub usize,
);

/// What is told of every event.
static LISTENER: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Calls `listener` for every event of every executor from now on, instead of whom was called before.
///
/// It is called in the middle of things: in the executor's thread, in whatever thread or interrupt wakes or spawns. It must
/// be quick and interrupt-safe, and wake and spawn nothing. **Interrupt-safe:** yes.
///
/// ```
/// zokio_core::events::listen(|event| println!("{event}"));
/// ```
pub fn listen(listener: fn(&Event)) {
    // Release: whoever calls it sees what was written before.
    LISTENER.store(listener as *mut (), Ordering::Release);
}

/// Tells the listener, if there is one.
#[inline]
pub(crate) fn tell(event: impl FnOnce() -> Event) {
    let listener = LISTENER.load(Ordering::Acquire);
    if !listener.is_null() {
        // SAFETY: null, or what `listen` put there.
        let listener: fn(&Event) = unsafe { core::mem::transmute(listener) };
        listener(&event());
    }
}
