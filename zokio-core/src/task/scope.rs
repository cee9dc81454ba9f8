//! Scoped tasks: children inside their parent's own future, which may borrow from it.

use super::slot::drop_or_abort;
use crate::loom::UnsafeCell;
use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::{fmt, future::poll_fn};

/// Runs `body` together with up to `SLOTS` children of up to `BYTES` bytes each; ends when all of them have.
///
/// Children live in the future that this returns: no static, no heap, and they may borrow anything that outlives the
/// call. Dropping the future drops the body first, then every child in the order of its slot; forgetting it, which
/// a pinned future allows only where its memory is never freed, leaves them there: they are never polled again, so what they
/// borrowed may go, and what they were linked in goes on.
///
/// ```
/// use zokio_core::task::{Scope, scope};
/// # use zokio_core::sync::Signal;
/// async fn sum(numbers: &[u32]) -> u32 {
///     let (left, right) = numbers.split_at(numbers.len() / 2);
///     scope(async |s: &Scope<'_, 2, 64>| {
///         let half = s.spawn(async move { left.iter().sum::<u32>() }).unwrap();
///         right.iter().sum::<u32>() + half.join().await.unwrap()
///     })
///     .await
/// }
/// # let mut task = core::pin::pin!(sum(&[1, 2, 3, 4]));
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(core::future::Future::poll(task.as_mut(), &mut cx), core::task::Poll::Ready(10));
/// ```
///
/// A child cannot borrow what the body owns, because the body may end first:
/// ```compile_fail
/// # use zokio_core::task::{Scope, scope};
/// async fn wrong() {
///     scope(async |s: &Scope<'_, 1, 64>| {
///         let local = 1;
///         let _ = s.spawn(async { &local; });
///     })
///     .await
/// }
/// ```
///
/// **Cancel safety:** dropping cancels body and children. **Wake-up:** a wake of any part polls every part.
/// **Memory:** `SLOTS × (BYTES + 4 words)` in the parent.
pub async fn scope<'env, const SLOTS: usize, const BYTES: usize, T>(
    body: impl AsyncFnOnce(&Scope<'env, SLOTS, BYTES>) -> T,
) -> T {
    let scope = Scope::new();
    // Declared after the scope, so dropped before it: handles in the body never outlive the slots.
    let mut body = pin!(body(&scope));
    let mut output = None;
    poll_fn(|cx| {
        loop {
            let spawned = scope.spawned.get();
            if output.is_none()
                && let Poll::Ready(value) = body.as_mut().poll(cx)
            {
                output = Some(value);
            }
            let live = scope.poll_children(cx);
            if output.is_some() {
                if !live && let Some(value) = output.take() {
                    return Poll::Ready(value);
                }
                return Poll::Pending;
            }
            // A child that ended may be what the body awaits: look once more rather than wait for a wake that has been.
            if !scope.ended.replace(false) && spawned == scope.spawned.get() {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Where the children of a [`scope`] live; spawns more of them.
pub struct Scope<'env, const SLOTS: usize, const BYTES: usize> {
    slots: [ScopeSlot<BYTES>; SLOTS],
    /// How often a child was spawned.
    spawned: Cell<usize>,
    /// Whether a child ended since the body was polled.
    ended: Cell<bool>,
    /// Invariant in `'env`: children must not be able to shorten it.
    env: PhantomData<Cell<&'env ()>>,
}

/// What is in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing.
    Free,
    /// A future.
    Running,
    /// A future that is to be dropped before the next poll.
    Aborting,
    /// An output that waits for its handle.
    Done,
    /// Nothing, but a handle still looks at it.
    Aborted,
}

/// A place for one child.
///
/// *Invariant "stage tells the body":* `Running` and `Aborting`: the body holds the future that `act` is for; `Done`: its
/// output; else nothing. All of it is reached from the thread that polls the parent only (`Cell` makes it `!Sync`).
struct ScopeSlot<const BYTES: usize> {
    stage: Cell<Stage>,
    handle: Cell<bool>,
    /// Of whoever awaits the handle.
    awaiting: Cell<Option<Waker>>,
    act: Cell<Option<Act>>,
    body: UnsafeCell<Aligned<BYTES>>,
}

/// See [`act`].
type Act = unsafe fn(*mut u8, Option<&mut Context<'_>>, Stage) -> bool;

#[repr(C, align(8))]
struct Aligned<const BYTES: usize>(MaybeUninit<[u8; BYTES]>);

union Body<F: Future> {
    _future: ManuallyDrop<F>,
    _output: ManuallyDrop<F::Output>,
}

/// Polls (with a context) or drops what is in a body; says whether the future ended.
///
/// # Safety
/// "Stage tells the body" for `stage`, and the body is pinned.
unsafe fn act<F: Future>(body: *mut u8, cx: Option<&mut Context<'_>>, stage: Stage) -> bool {
    // SAFETY: the caller's word.
    unsafe {
        match (stage, cx) {
            (Stage::Running, Some(cx)) => {
                let Poll::Ready(output) = Pin::new_unchecked(&mut *body.cast::<F>()).poll(cx) else { return false };
                drop_or_abort(body.cast::<F>());
                body.cast::<F::Output>().write(output);
            }
            (Stage::Done, _) => drop_or_abort(body.cast::<F::Output>()),
            _ => drop_or_abort(body.cast::<F>()),
        }
    }
    true
}

impl<'env, const SLOTS: usize, const BYTES: usize> Scope<'env, SLOTS, BYTES> {
    fn new() -> Self {
        Self {
            slots: [const {
                ScopeSlot {
                    stage: Cell::new(Stage::Free),
                    handle: Cell::new(false),
                    awaiting: Cell::new(None),
                    act: Cell::new(None),
                    body: UnsafeCell::new(Aligned(MaybeUninit::uninit())),
                }
            }; SLOTS],
            spawned: Cell::new(0),
            ended: Cell::new(false),
            env: PhantomData,
        }
    }

    /// Starts `future` as a child; it is polled for the first time after the body, in the same poll of the parent.
    ///
    /// O(`SLOTS`).
    ///
    /// # Errors
    /// [`ScopeFull`] with the future in it where every slot is taken.
    pub fn spawn<'scope, F>(&'scope self, future: F) -> Result<ScopedHandle<'scope, F::Output, BYTES>, ScopeFull<F>>
    where
        F: Future + 'env,
        F::Output: 'env,
    {
        const {
            assert!(size_of::<Body<F>>() <= BYTES, "the future (or its output) is larger than the scope's BYTES");
            assert!(align_of::<Body<F>>() <= 8, "the future is aligned to more than the 8 bytes of a scope's slots");
        }
        let Some(slot) = self.slots.iter().find(|slot| slot.stage.get() == Stage::Free && !slot.handle.get()) else {
            return Err(ScopeFull(future));
        };
        // SAFETY: free, so nothing is in it and nobody looks at it; it is big enough, see above.
        unsafe { slot.body.get().cast::<F>().write(future) };
        slot.act.set(Some(act::<F>));
        slot.stage.set(Stage::Running);
        slot.handle.set(true);
        self.spawned.set(self.spawned.get().wrapping_add(1));
        Ok(ScopedHandle { slot, output: PhantomData })
    }

    /// Polls every child; says whether one is left.
    fn poll_children(&self, cx: &mut Context<'_>) -> bool {
        let mut live = false;
        for slot in &self.slots {
            let stage = slot.stage.get();
            let (Stage::Running | Stage::Aborting, Some(act)) = (stage, slot.act.get()) else { continue };
            // SAFETY: "stage tells the body"; the scope is pinned with the parent. A child has no way to its own slot:
            // it can hold neither the scope nor a handle, whose lifetimes are shorter than `'env`.
            let over = unsafe { act(slot.body.get().cast(), (stage == Stage::Running).then_some(&mut *cx), stage) };
            if !over {
                live = true;
                continue;
            }
            self.ended.set(true);
            // The body is polled again before this poll ends. A part of it that has a waker of its own has to be told.
            let awaiting = slot.awaiting.take();
            if let Some(waker) = awaiting.filter(|waker| !waker.will_wake(cx.waker())) {
                waker.wake();
            }
            let output = stage == Stage::Running;
            match slot.handle.get() {
                true => slot.stage.set(if output { Stage::Done } else { Stage::Aborted }),
                false => {
                    slot.stage.set(Stage::Free);
                    if output {
                        // SAFETY: the output was just written, and no handle will take it.
                        unsafe { act(slot.body.get().cast(), None, Stage::Done) };
                    }
                }
            }
        }
        live
    }
}

impl<const SLOTS: usize, const BYTES: usize> Drop for Scope<'_, SLOTS, BYTES> {
    fn drop(&mut self) {
        for slot in &self.slots {
            let stage = slot.stage.replace(Stage::Free);
            if let (Stage::Running | Stage::Aborting | Stage::Done, Some(act)) = (stage, slot.act.get()) {
                // SAFETY: "stage tells the body".
                unsafe { act(slot.body.get().cast(), None, stage) };
            }
        }
    }
}

/// A child of a [`scope`]: await its result, abort it, or drop the handle to let the scope's end wait for it.
#[must_use = "dropping the handle leaves the child to the scope; say `drop` if that is meant"]
pub struct ScopedHandle<'scope, T, const BYTES: usize> {
    slot: &'scope ScopeSlot<BYTES>,
    output: PhantomData<T>,
}

impl<T, const BYTES: usize> ScopedHandle<'_, T, BYTES> {
    /// Drops the child's future before its next poll; awaiting gives [`JoinError::Aborted`](super::JoinError::Aborted).
    pub fn abort(&self) {
        if self.slot.stage.get() == Stage::Running {
            self.slot.stage.set(Stage::Aborting);
        }
    }

    /// Whether the child has ended.
    pub fn is_finished(&self) -> bool {
        matches!(self.slot.stage.get(), Stage::Done | Stage::Aborted)
    }

    /// Waits for the child's result.
    ///
    /// **Cancel safety:** dropping the future drops the handle; the child runs on. **Wake-up:** with the child's end.
    /// **Complexity:** O(1). On the parent's executor only, so not from an interrupt.
    ///
    /// # Errors
    /// [`JoinError::Aborted`](super::JoinError::Aborted).
    pub async fn join(self) -> Result<T, super::JoinError> {
        poll_fn(|cx| match self.slot.stage.get() {
            Stage::Done => {
                self.slot.stage.set(Stage::Free);
                // SAFETY: "stage tells the body": a `T`, which nobody else can take any more.
                Poll::Ready(Ok(unsafe { self.slot.body.get().cast::<T>().read() }))
            }
            Stage::Aborted => Poll::Ready(Err(super::JoinError::Aborted)),
            _ => {
                let kept = self.slot.awaiting.take().filter(|waker| waker.will_wake(cx.waker()));
                self.slot.awaiting.set(kept.or_else(|| Some(cx.waker().clone())));
                Poll::Pending
            }
        })
        .await
    }
}

impl<T, const BYTES: usize> Drop for ScopedHandle<'_, T, BYTES> {
    fn drop(&mut self) {
        self.slot.handle.set(false);
        self.slot.awaiting.set(None);
        match self.slot.stage.get() {
            Stage::Done => {
                self.slot.stage.set(Stage::Free);
                if let Some(act) = self.slot.act.get() {
                    // SAFETY: "stage tells the body".
                    unsafe { act(self.slot.body.get().cast(), None, Stage::Done) };
                }
            }
            Stage::Aborted => self.slot.stage.set(Stage::Free),
            _ => {}
        }
    }
}

/// Every slot of a scope is taken. The future comes back.
///
/// ```
/// use zokio_core::task::{Scope, ScopeFull, scope};
/// # async fn both() -> bool {
/// scope(async |s: &Scope<'_, 1, 64>| {
///     let _first = s.spawn(async { 1 });
///     let second = s.spawn(async { 2 });
///     matches!(second, Err(ScopeFull(_future)))
/// })
/// .await
/// # }
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(core::pin::pin!(both()).poll(&mut cx), core::task::Poll::Ready(true));
/// ```
pub struct ScopeFull<F>(
    /// The future.
    pub F,
);

impl<F> fmt::Debug for ScopeFull<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("every slot of the scope is taken; enlarge its SLOTS or wait for a child to end")
    }
}
