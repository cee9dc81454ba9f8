//! A future whose type cannot be named, in a place whose type must be.

use core::marker::{PhantomData, PhantomPinned};
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Words for the future: as many as the largest one here needs.
const WORDS: usize = 24;

/// Any future of `'static` data that ends with a `T` and fits.
///
/// *Invariant "made for it":* `words` holds a future of the type that `poll` and `drop` were made for.
pub(super) struct Unnamed<T> {
    words: MaybeUninit<[u64; WORDS]>,
    poll: unsafe fn(*mut (), &mut Context<'_>) -> Poll<T>,
    drop: unsafe fn(*mut ()),
    _pinned: PhantomPinned,
    _not_send: PhantomData<*const ()>,
}

impl<T> Unnamed<T> {
    pub(super) fn new<F: Future<Output = T> + 'static>(future: F) -> Self {
        const { assert!(size_of::<F>() <= 8 * WORDS && align_of::<F>() <= 8, "more words for the future") };
        /// # Safety
        /// `future` points to a pinned `F`.
        unsafe fn poll<F: Future>(future: *mut (), cx: &mut Context<'_>) -> Poll<F::Output> {
            // SAFETY: the caller's word.
            unsafe { Pin::new_unchecked(&mut *future.cast::<F>()) }.poll(cx)
        }
        /// # Safety
        /// `future` points to an `F`, which nobody uses any more.
        unsafe fn drop<F>(future: *mut ()) {
            // SAFETY: the caller's word.
            unsafe { future.cast::<F>().drop_in_place() };
        }
        let mut words = MaybeUninit::<[u64; WORDS]>::uninit();
        // SAFETY: it fits, as was asserted.
        unsafe { words.as_mut_ptr().cast::<F>().write(future) };
        Self { words, poll: poll::<F>, drop: drop::<F>, _pinned: PhantomPinned, _not_send: PhantomData }
    }
}

impl<T> Future for Unnamed<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // SAFETY: "made for it"; pinned with this.
        unsafe {
            let this = self.get_unchecked_mut();
            (this.poll)(this.words.as_mut_ptr().cast(), cx)
        }
    }
}

impl<T> Drop for Unnamed<T> {
    fn drop(&mut self) {
        // SAFETY: "made for it".
        unsafe { (self.drop)(self.words.as_mut_ptr().cast()) };
    }
}
