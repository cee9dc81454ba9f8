//! Which parts of a whole were woken.

use crate::loom::{AtomicUsize, Ordering};
use crate::sync::WakerCell;
use core::task::{Context, RawWaker, RawWakerVTable, Waker};

/// Where the wakes of a [`Group`](super::Group)'s futures are kept: one bit for each. In a static, because a waker may be kept for
/// longer than the group lives, by whom it waits for.
///
/// One group has it at a time, see [`Group::with_bits`](super::Group::with_bits). What was handed to a group that is gone wakes, at worst,
/// a future of the next one for nothing.
///
/// There are 16 bits, and 64 on machines with 64-bit pointers; in a group of more futures some share a bit, and are polled together.
/// **Progress:** a wake sets a bit, lock-free, and wakes the task that polls the group. **Interrupt-safe.**
/// **Memory:** 16 bytes on a 32-bit machine, 64 on a 64-bit one; zeros, so that it costs no flash.
///
/// ```
/// use core::pin::pin;
/// use zokio_core::future::{Group, WakeBits, ready};
///
/// static BITS: WakeBits = WakeBits::new();
///
/// async fn sum(numbers: [u32; 4]) -> u32 {
///     let mut group = pin!(Group::<_, 4>::with_bits(&BITS).expect("one at a time"));
///     for number in numbers {
///         let _ = group.as_mut().insert(ready(number));
///     }
///     let mut sum = 0;
///     while let Some((_, number)) = group.next().await {
///         sum += number;
///     }
///     sum
/// }
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(pin!(sum([1, 2, 3, 4])).poll(&mut cx), core::task::Poll::Ready(10));
/// ```
#[cfg_attr(target_pointer_width = "64", repr(align(64)))]
#[cfg_attr(not(target_pointer_width = "64"), repr(align(16)))]
pub struct WakeBits {
    /// Of the parts that were woken since [`take_woken`](Bits::take_woken).
    woken: AtomicUsize,
    /// Whether there are [`Bits`].
    taken: AtomicUsize,
    /// The task that polls the whole.
    whole: WakerCell,
}

/// How many bits there are: as many as addresses there are from one `WakeBits` to the next.
///
/// *Invariant "number in the address":* a waker of a part points into a static `WakeBits`, as many bytes behind its beginning as the
/// part's bit has for a number.
pub(super) const BITS: usize = align_of::<WakeBits>();

// On hosts of 32 bits the lock of the cell is a word more.
const _: () = assert!(
    cfg!(any(loom, all(feature = "std", target_pointer_width = "32"))) || size_of::<WakeBits>() == BITS,
    "the memory that the documentation tells"
);
const _: () = assert!(BITS <= usize::BITS as usize);

static PART: RawWakerVTable = RawWakerVTable::new(|part| RawWaker::new(part, &PART), wake, wake, |_| {});

/// # Safety
/// "Number in the address" holds for `part`.
unsafe fn wake(part: *const ()) {
    let number = part.addr() & (BITS - 1);
    // SAFETY: the caller's word.
    let bits = unsafe { &*part.map_addr(|address| address - number).cast::<WakeBits>() };
    // Release: whoever takes the bit sees what was written before the wake. Before the waking: see `take_woken`.
    bits.woken.fetch_or(1 << number, Ordering::Release);
    bits.whole.wake();
}

impl WakeBits {
    /// No wakes.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { woken: AtomicUsize::new(0), taken: AtomicUsize::new(0), whole: WakerCell::new() }
    }

    /// Takes them for one whole, unless another has them.
    pub(super) fn take(&'static self) -> Option<Bits> {
        // Acquire: pairs with the drop of who had them before.
        (self.taken.swap(1, Ordering::Acquire) == 0).then(|| Bits(self))
    }
}

/// The bit that a part has.
pub(super) const fn bit(part: usize) -> usize {
    1 << (part % BITS)
}

/// The bits, had by one whole.
pub(super) struct Bits(&'static WakeBits);

impl Bits {
    /// The bits of parts that were woken, once; wakes from now on wake the task of `cx`.
    pub(super) fn take_woken(&self, cx: &Context<'_>) -> usize {
        // In this order. A wake that does not find the waker came before it was there, and so did its bit.
        self.0.whole.register(cx.waker());
        self.0.woken.swap(0, Ordering::Acquire)
    }

    /// The waker of a part.
    pub(super) fn waker(&self, part: usize) -> Waker {
        let address = core::ptr::from_ref(self.0).cast::<()>().wrapping_byte_add(part % BITS);
        // SAFETY: "number in the address": `Bits` are of a static. `PART` copies the pointer and counts nothing.
        unsafe { Waker::new(address, &PART) }
    }
}

impl Drop for Bits {
    fn drop(&mut self) {
        // Nobody is to be woken for a whole that is gone.
        drop(self.0.whole.take());
        // Release: the next one finds the cell without our waker.
        self.0.taken.store(0, Ordering::Release);
    }
}
