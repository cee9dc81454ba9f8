//! The state word of a task: every transition there is, and who makes it.
//!
//! ```text
//!          (1) claim           (2) start, then (3)
//!   FREE ────────────► HANDLE ────────────► ALIVE|HANDLE|QUEUED
//!    ▲                                        │           ▲
//!    │                             (4) pop    ▼           │ (3) wake
//!    │                                     ALIVE|HANDLE ──┘    polled, or dropped if aborted
//!    │                                        │  │
//!    │                                        │  ├── (5) ended, HANDLE set ──► DONE|HANDLE|NOTIFYING
//!    │                                        │  └── (6) ended, no HANDLE
//!    └── (8) last bit cleared ◄───────────────┴────── (7) the handle takes or drops the output
//! ```
//!
//! 1. *claim*: compare-and-swap from 0. The claimant alone writes the header and the future; stale wakers see that the slot
//!    is not `ALIVE` and leave it alone.
//! 2. *start*: the claimant sets `ALIVE` and wakes the task.
//! 3. *wake*: sets `QUEUED` if `ALIVE` is set; whoever set it pushes. A wake of a task that is queued already still
//!    writes the word, so that the poll to come sees what the waker wrote before.
//! 4. *pop*: the executor clears `QUEUED` after taking the header from the queue and before polling, so that a wake
//!    during the poll queues the task again. A header that is popped but no longer `ALIVE` was woken by its last poll.
//! 5. *ended with a handle*: the output is stored first, then `ALIVE` becomes `DONE`; `EMPTY` says that there is none
//!    (aborted). From here the output belongs to the handle. `NOTIFYING` keeps the slot until whoever awaits the handle
//!    was woken.
//! 6. *ended without*: the executor drops the output, then clears `ALIVE`.
//! 7. *the handle goes*: clears `HANDLE`; if `DONE` was set it owns the output, and clears `DONE` and `EMPTY` after it.
//! 8. *free*: whoever brings the word to 0 releases the slot. A slot that is still queued is not free.
//!
//! A task that any of several workers may run ([`Header::run_shared`](super::raw::Header::run_shared)) must not be run by two
//! at once, so for it (4) is another:
//!
//! 4. *pop*: the worker turns `QUEUED` into [`RUNNING`] in one step. A wake during the poll sets `QUEUED`, but does not push,
//!    because it sees `RUNNING`; the worker clears `RUNNING` after the poll and pushes if it then finds `QUEUED`. So a task is
//!    in one queue at most, and in none while it runs. `RUNNING` also keeps the slot after (5) and (6).
//!
//! Where there is one core, `QUEUED` has a byte of its own, and the lower half of the word has no more than it and `ALIVE`: so the pop
//! clears it by a store, and a waker asks one question of half a word.
//!
//! The heap family of a hosted runtime counts its wakers in the upper bits ([`REFERENCE`] each), so for it, too, zero
//! means that nobody knows the slot any more.

/// The slot holds a future that has not ended.
pub const ALIVE: usize = 1 << 0;
/// The header is in a ready queue, or whoever set this bit is about to push it.
pub const QUEUED: usize = if ONE_CORE { 1 << 8 } else { 1 << 1 };
/// A join handle exists.
pub const HANDLE: usize = 1 << (2 + UPPER);
/// The task has ended, and its output waits for the handle.
pub const DONE: usize = 1 << (3 + UPPER);
/// There is no output: the task was aborted.
pub const EMPTY: usize = 1 << (4 + UPPER);
/// The executor is waking whoever awaits the handle.
pub const NOTIFYING: usize = 1 << (5 + UPPER);
/// A worker polls the task. Never set for tasks that have one executor.
pub const RUNNING: usize = 1 << 6;
/// Somebody awaits the handle, and the end finds who. For the heap family, where (5) sets `NOTIFYING` only if this is set:
/// whoever sets it later finds `DONE`.
pub const AWAITED: usize = 1 << 7;
/// One waker that counts. Bits 8 to 15 are kept. Never used where there is one core.
pub const REFERENCE: usize = 1 << 16;

/// Whether nobody but an interrupt comes between two instructions.
const ONE_CORE: bool = cfg!(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"));
/// How much higher the bits are that neither a waker nor the pop asks for.
const UPPER: u32 = if ONE_CORE { 16 } else { 0 };
