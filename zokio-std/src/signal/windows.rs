//! Interrupts of the console, as something to be awaited. (Signals of other kinds are a thing of Unix.)
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! zokio_std::signal::ctrl_c().await?;
//! # Ok(()) }
//! ```

use std::io;
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use zokio_core::sync::Notify;

/// What the user presses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Ctrl-C, or what another program makes of it. (One that leads a process group of its own is sent none by default.)
    CtrlC,
    /// Ctrl-Break.
    CtrlBreak,
}

/// What came of one kind.
struct Told {
    event: u32,
    /// Somebody has wanted to be told.
    handled: AtomicBool,
    /// How many came; wraps.
    times: AtomicU32,
    again: Notify,
}

impl Told {
    const fn of(event: u32) -> Self {
        Self { event, handled: AtomicBool::new(false), times: AtomicU32::new(0), again: Notify::new() }
    }
}

static TOLD: [Told; 2] = [Told::of(CTRL_C_EVENT), Told::of(CTRL_BREAK_EVENT)];

/// Runs on a thread of the system's, a new one for each event.
unsafe extern "system" fn pressed(event: u32) -> i32 {
    let Some(told) = TOLD.iter().find(|told| told.event == event && told.handled.load(Ordering::Acquire)) else {
        return 0;
    };
    told.times.fetch_add(1, Ordering::Release);
    told.again.notify_all();
    1
}

/// Tells of each interrupt of one kind: those that come while nobody waits, too, each of them once. While there is one of
/// these, and ever after, an interrupt of that kind does not end the program.
///
/// The second Ctrl-C ends what the first one has asked to end in order:
///
/// ```no_run
/// use zokio_std::signal::{Kind, Signals};
///
/// # async fn last_words() {}
/// # async fn run() -> std::io::Result<()> {
/// let mut interrupts = Signals::new(Kind::CtrlC)?;
/// interrupts.recv().await?;
/// zokio_std::future::select(last_words(), interrupts.recv()).await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Signals {
    kind: Kind,
    seen: u32,
}

impl Signals {
    /// Tells of interrupts of this kind, from now on.
    ///
    /// # Errors
    /// The system's.
    pub fn new(kind: Kind) -> io::Result<Self> {
        static REFUSED: OnceLock<Option<i32>> = OnceLock::new();
        let told = &TOLD[kind as usize];
        told.handled.store(true, Ordering::Release);
        let refused = REFUSED.get_or_init(|| {
            // SAFETY: the function lives for ever, and may be called on any thread.
            let done = unsafe { SetConsoleCtrlHandler(Some(pressed), 1) };
            (done == 0).then(|| io::Error::last_os_error().raw_os_error()).flatten()
        });
        match *refused {
            Some(number) => Err(io::Error::from_raw_os_error(number)),
            None => Ok(Self { kind, seen: told.times.load(Ordering::Acquire) }),
        }
    }

    /// Waits for the next interrupt.
    ///
    /// **Cancel safety:** none is lost. **Wake-up:** by the interrupt. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// None so far.
    pub async fn recv(&mut self) -> io::Result<()> {
        let told = &TOLD[self.kind as usize];
        let mut again = pin!(told.again.notified());
        std::future::poll_fn(|cx| {
            loop {
                // Waits before it looks, so that none comes unseen in between.
                let woken = again.as_mut().poll(cx).is_ready();
                if told.times.load(Ordering::Acquire) != self.seen {
                    self.seen = self.seen.wrapping_add(1);
                    return Poll::Ready(Ok(()));
                }
                if !woken {
                    return Poll::Pending;
                }
                // By one that was told already.
                again.set(told.again.notified());
            }
        })
        .await
    }
}

/// Waits for Ctrl-C in the console, from the first poll on. From then on, and ever after, it does not end the program: whoever
/// waits for more than one wants a [`Signals`], which misses none in between.
///
/// **Cancel safety:** nothing is taken. **Wake-up:** by the interrupt, whoever waits.
///
/// # Errors
/// As [`Signals::new`].
pub async fn ctrl_c() -> io::Result<()> {
    Signals::new(Kind::CtrlC)?.recv().await
}
