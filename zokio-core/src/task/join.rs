//! The handle of a spawned task: its result, and the way to end it early.

use super::header::{Ending, Header};
use super::slot::drop_or_abort;
use super::state::{ALIVE, DONE, EMPTY, HANDLE};
use crate::list::{Linked, Links};
use crate::loom::{Ordering, UnsafeCell};
use core::borrow::BorrowMut;
use core::fmt;
use core::marker::{PhantomData, PhantomPinned};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

/// A spawned task: await its result, [`abort`](Self::abort) it, or drop the handle to let it run on its own.
///
/// ```
/// # use zokio_core::task::JoinHandle;
/// async fn supervise(mut worker: JoinHandle<u32>) -> u32 {
///     worker.abort();
///     worker.join().await.unwrap_or(0)
/// }
/// ```
///
/// **Costs.** Two words here, none in the task: whoever awaits brings the room for its waker along, and the end of a task
/// looks through those that are being awaited at that moment.
#[must_use = "dropping the handle detaches the task; say `.detach()` if that is meant"]
pub struct JoinHandle<T> {
    /// `None` once the result was taken.
    task: Option<NonNull<Header>>,
    ending: &'static Ending,
    output: PhantomData<T>,
}

// SAFETY: the handle's only access to the task is the output, a `T`, after `DONE` (5) gave it away.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: `&JoinHandle` reads and sets atomic bits only.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// # Safety
    /// `task` was claimed with `HANDLE`, lives in static memory, its output is a `T`, and `ending` is for its kind.
    #[inline]
    pub(crate) unsafe fn new(task: NonNull<Header>, ending: &'static Ending) -> Self {
        Self { task: Some(task), ending, output: PhantomData }
    }

    /// Ends the task as soon as its executor comes to it: the future is dropped there, on its own thread, and awaiting
    /// gives [`JoinError::Aborted`]. Does nothing if the task has ended.
    ///
    /// Lock-free, O(1), callable from an interrupt.
    pub fn abort(&self) {
        if let Some(task) = self.task {
            // SAFETY: `HANDLE` keeps the slot; it was started; the table is for its kind.
            unsafe { Header::abort(task, &self.ending.abort) };
        }
    }

    /// Whether the task has ended, by itself or aborted.
    pub fn is_finished(&self) -> bool {
        // SAFETY: `HANDLE` keeps the slot.
        self.task.is_none_or(|task| unsafe { task.as_ref() }.state().load(Ordering::Relaxed) & ALIVE == 0)
    }

    /// The task's name.
    pub fn name(&self) -> &'static str {
        self.ending.abort.name.name()
    }

    /// Lets the task run on its own; the same as dropping the handle.
    pub fn detach(self) {}

    /// Waits for the task's result without giving up the handle.
    ///
    /// **Cancel safety:** dropping the future changes nothing; the result stays for the next.
    /// **Wake-up:** once, by the task's end. O(tasks being awaited on that executor).
    ///
    /// # Errors
    /// [`JoinError`] if the task was aborted, or if its result was taken before.
    pub fn join(&mut self) -> Join<T, &mut Self> {
        Join::new(self)
    }

    /// The result, if the task has ended; takes it.
    fn take(&mut self) -> Option<Result<T, JoinError>> {
        let Some(task) = self.task else { return Some(Err(JoinError::Taken)) };
        // SAFETY: `HANDLE` keeps the slot. Acquire: pairs with (5), so the output is there.
        let state = unsafe { task.as_ref() }.state().load(Ordering::Acquire);
        if state & DONE == 0 {
            return None;
        }
        let result = if state & EMPTY != 0 {
            Err(JoinError::Aborted)
        } else {
            // SAFETY: `DONE` without `EMPTY`: the output is there and ours; it is read once, because `task` goes.
            Ok(unsafe { task.byte_add(self.ending.body).cast::<T>().read() })
        };
        self.task = None;
        // SAFETY: (7), the bits are ours.
        unsafe { Header::clear(task, HANDLE | DONE | EMPTY) };
        Some(result)
    }
}

impl<T> Drop for JoinHandle<T> {
    #[inline]
    fn drop(&mut self) {
        let Some(task) = self.task else { return };
        if !core::mem::needs_drop::<T>() {
            // (7). There is nothing to be dropped, so all goes at once; a task that has not ended has `HANDLE` only.
            // SAFETY: the bits are ours.
            return unsafe { Header::clear(task, HANDLE | DONE | EMPTY) };
        }
        // (7). A task that has not ended sees the bit cleared, and drops its output itself; then this is all.
        // SAFETY: `HANDLE` keeps the slot.
        if unsafe { task.as_ref() }.state().fetch_and(!HANDLE, Ordering::AcqRel) & DONE != 0 {
            // SAFETY: `DONE` keeps the slot and, without `EMPTY`, the output; both are ours (5), and so are the bits.
            unsafe {
                if task.as_ref().state().load(Ordering::Relaxed) & EMPTY == 0 {
                    drop_or_abort(task.byte_add(self.ending.body).cast::<T>().as_ptr());
                }
                Header::clear(task, DONE | EMPTY);
            }
        }
    }
}

impl<T> IntoFuture for JoinHandle<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T, Self>;
    fn into_future(self) -> Join<T, Self> {
        Join::new(self)
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("name", &self.name()).field("finished", &self.is_finished()).finish()
    }
}

/// Why a task has no result.
///
/// ```
/// use zokio_core::task::{JoinError, JoinHandle};
///
/// async fn stop(worker: JoinHandle<u32>) -> Option<u32> {
///     worker.abort();
///     match worker.await {
///         Ok(last) => Some(last), // it had ended already
///         Err(JoinError::Aborted) => None,
///         Err(other) => panic!("{other}"),
///     }
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum JoinError {
    /// It was aborted before it ended.
    Aborted,
    /// Its result was taken before.
    Taken,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aborted => "the task was aborted",
            Self::Taken => "the task's result was taken before",
        })
    }
}

impl core::error::Error for JoinError {}

/// Somebody who awaits a task; a node of the list in the task's executor, and guarded by that list's lock.
pub(crate) struct Joiner {
    links: Links<Joiner>,
    task: NonNull<Header>,
    waker: Option<Waker>,
}

// SAFETY: one field, inside the node.
unsafe impl Linked for Joiner {
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links) }
    }
}

/// Wakes whoever awaits `task`; the `notify` of static tasks.
///
/// # Safety
/// `task` is a static slot that was started.
pub(crate) unsafe fn notify(task: NonNull<Header>) {
    // SAFETY: started.
    let ready = unsafe { task.as_ref().ready() };
    let waker = ready.joiners().with(|list| {
        let mut at = list.front();
        while let Some(node) = at {
            // SAFETY: linked nodes are live and guarded by this lock.
            unsafe {
                if (*node.as_ptr()).task == task {
                    list.unlink(node);
                    return (*node.as_ptr()).waker.take();
                }
                at = list.after(node);
            }
        }
        None
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Waits for a task's result; see [`JoinHandle::join`].
#[must_use = "futures do nothing unless polled"]
pub struct Join<T, H: BorrowMut<JoinHandle<T>>> {
    handle: H,
    node: UnsafeCell<Joiner>,
    output: PhantomData<T>,
    _pinned: PhantomPinned,
}

// SAFETY: the node is guarded by the lock of its list; wakers are `Send`.
unsafe impl<T: Send, H: BorrowMut<JoinHandle<T>> + Send> Send for Join<T, H> {}

impl<T, H: BorrowMut<JoinHandle<T>>> Join<T, H> {
    fn new(handle: H) -> Self {
        let task = handle.borrow().task.unwrap_or(NonNull::dangling());
        let node = Joiner { links: Links::new(), task, waker: None };
        Self { handle, node: UnsafeCell::new(node), output: PhantomData, _pinned: PhantomPinned }
    }

    fn unlink(&self) {
        if let Some(task) = self.handle.borrow().task {
            let node = self.node.get();
            // SAFETY: `HANDLE` keeps the slot; the node is in no other list, and guarded by this lock.
            let waker = unsafe { task.as_ref().ready() }.joiners().with(|list| unsafe {
                list.unlink(NonNull::new_unchecked(node));
                (*node).waker.take()
            });
            drop(waker);
        }
    }
}

impl<T, H: BorrowMut<JoinHandle<T>>> Future for Join<T, H> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out of the pin; the node stays where it is.
        let this = unsafe { self.get_unchecked_mut() };
        let handle: &mut JoinHandle<T> = this.handle.borrow_mut();
        if let Some(result) = handle.take() {
            return Poll::Ready(result);
        }
        let Some(task) = handle.task else { return Poll::Ready(Err(JoinError::Taken)) };
        let waker = cx.waker().clone();
        let node = this.node.get();
        // SAFETY: `HANDLE` keeps the slot; the node is pinned, and `Drop` unlinks it: "linked is pinned".
        let (done, old) = unsafe { task.as_ref().ready() }.joiners().with(|list| unsafe {
            // The end sets `DONE` before it comes to this lock: either we see it, or it will see the node.
            if task.as_ref().state().load(Ordering::Acquire) & DONE != 0 {
                return (true, Some(waker));
            }
            if !(*node).links.is_linked() {
                list.push_back(NonNull::new_unchecked(node));
            }
            (false, (*node).waker.replace(waker))
        });
        drop(old);
        if done && let Some(result) = handle.take() {
            return Poll::Ready(result);
        }
        Poll::Pending
    }
}

impl<T, H: BorrowMut<JoinHandle<T>>> Drop for Join<T, H> {
    fn drop(&mut self) {
        self.unlink();
    }
}
