//! Who awaits the handle of a heap task, in one word.
//!
//! A waker is two words, the one of which is nearly always one of three tables: of a local task, of a shared task, of a root
//! future. What those point to is aligned, so the lowest bits of the other word tell which. Any other waker is put into memory of
//! its own, which comes from and goes to what [tasks leave](super::memory).

use super::memory;
use super::tasks::{LOCAL, SHARED};
use std::alloc::Layout;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::task::{RawWakerVTable, Waker};
use zokio_core::task::raw::ROOT_WAKER;

/// The tables that have a number, which begins at 1.
static TABLES: [&RawWakerVTable; 3] = [&LOCAL, &SHARED, &ROOT_WAKER];
const NUMBER: usize = 0b11;

/// A waker, or none.
///
/// *Invariant "packed":* not null only where it came from [`new`](Self::new) and was not yet turned back.
#[repr(transparent)]
pub(super) struct Joiner(*mut ());

impl Joiner {
    pub(super) const NONE: Self = Self(ptr::null_mut());

    #[inline]
    pub(super) fn new(waker: Waker) -> Self {
        let number = TABLES.iter().position(|table| ptr::eq(*table, waker.vtable()));
        match number {
            Some(number) => Self(ManuallyDrop::new(waker).data().cast_mut().map_addr(|address| address | (number + 1))),
            None => Self::boxed(waker),
        }
    }

    #[cold]
    fn boxed(waker: Waker) -> Self {
        let place = memory::allocate(Layout::new::<Waker>()).cast::<Waker>();
        // SAFETY: ours, large enough and aligned.
        unsafe { place.write(waker) };
        Self(place.as_ptr().cast())
    }

    /// The waker, if there is one.
    #[inline]
    pub(super) fn into_waker(self) -> Option<Waker> {
        let pointer = NonNull::new(ManuallyDrop::new(self).0)?;
        let number = pointer.addr().get() & NUMBER;
        match TABLES.get(number.wrapping_sub(1)) {
            Some(table) => {
                let data = pointer.as_ptr().cast_const().map_addr(|address| address & !NUMBER);
                // SAFETY: "packed": taken apart like this.
                Some(unsafe { Waker::new(data, table) })
            }
            None => Some(Self::unboxed(pointer.cast())),
        }
    }

    #[cold]
    fn unboxed(place: NonNull<Waker>) -> Waker {
        // SAFETY: "packed": a waker was put there, and is taken out once.
        unsafe {
            let waker = place.read();
            memory::free(place.cast(), Layout::new::<Waker>());
            waker
        }
    }
}

impl Drop for Joiner {
    fn drop(&mut self) {
        drop(std::mem::replace(self, Self::NONE).into_waker());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn nobody() {
        assert!(Joiner::NONE.into_waker().is_none());
        drop(Joiner::NONE);
    }

    #[test]
    fn a_foreign_waker_comes_back_and_is_dropped_once() {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let back = Joiner::new(waker.clone()).into_waker().unwrap();
        assert_eq!(back.data(), waker.data());
        drop(Joiner::new(back));
        waker.wake();
        assert_eq!((Arc::strong_count(&count), count.0.load(Ordering::Relaxed)), (1, 1));
    }

    #[test]
    fn our_own_wakers_take_no_memory() {
        crate::Runtime::new().unwrap().block_on(async {
            let check = || async {
                std::future::poll_fn(|cx| {
                    let (waker, joiner) = (cx.waker().clone(), Joiner::new(cx.waker().clone()));
                    assert_ne!(joiner.0.addr() & NUMBER, 0);
                    assert!(joiner.into_waker().unwrap().will_wake(&waker));
                    std::task::Poll::Ready(())
                })
                .await;
            };
            check().await;
            crate::spawn_local(check()).await.unwrap();
        });
    }
}
