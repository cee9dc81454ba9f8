//! A set of futures of one type, that come and go.

use super::wake_bits::{BITS, Bits, WakeBits, bit};
use crate::sentence::require;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;

/// Up to `N` futures of one type that run together; new ones may come while others run.
///
/// Pin it, [`insert`](Self::insert) futures, and take what completes with [`next`](Self::next). Fair: after one has
/// completed the next look begins with the one behind it, so none that is ready waits for more than `N - 1` others.
///
/// A wake polls every future in the group, because the only waker that it has to pass on is that of the task that polls it: whoever a
/// future waits for may keep the waker for longer than the group lives, so that none can point into the group. With a static for its
/// wakes, [`with_bits`](Self::with_bits), a wake polls the one future that it is meant for.
///
/// **Memory:** five words, and for each future its `Option` and 32 bits; that static 16 bytes more, or 64.
///
/// ```
/// use core::{pin::pin, time::Duration};
/// use zokio_core::{future::Group, time::Clock};
///
/// async fn both(clock: impl Clock) -> u64 {
///     let after = async |millis| {
///         clock.sleep(Duration::from_millis(millis)).await;
///         millis
///     };
///     let mut group = pin!(Group::<_, 4>::new());
///     for millis in [20, 10] {
///         let _ = group.as_mut().insert(after(millis)); // gives the future back if the group is full
///     }
///     let mut sum = 0;
///     while let Some((_key, millis)) = group.next().await {
///         sum += millis;
///     }
///     sum
/// }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Group<F, const N: usize> {
    /// *Invariant "slots are pinned":* a future stays in its slot until it is dropped there.
    slots: [Slot<F>; N],
    /// Where the next look begins.
    first: usize,
    /// How many are in it.
    len: usize,
    /// How many were ever inserted, wrapping.
    inserted: u32,
    /// The [bits](bit) of futures that are to be polled, so far as that is known: where there are no `bits` to tell, of all.
    woken: usize,
    bits: Option<Bits>,
}

struct Slot<F> {
    future: Option<F>,
    number: u32,
}

/// Which future of a [`Group`]: a place, and the number of its insertion, so that the key of one that is gone is not that
/// of another (until 2^32 were inserted).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GroupKey {
    slot: usize,
    number: u32,
}

/// The group has no place left. The future comes back.
///
/// ```
/// use core::pin::pin;
/// use zokio_core::future::{Group, GroupFull, ready};
/// let mut group = pin!(Group::<_, 1>::new());
/// assert!(group.as_mut().insert(ready(1)).is_ok());
/// let Err(GroupFull(_two)) = group.as_mut().insert(ready(2)) else { panic!("there is one place") };
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GroupFull<F>(
    /// The future.
    pub F,
);

impl<F> fmt::Debug for GroupFull<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupFull(..)")
    }
}

impl<F> fmt::Display for GroupFull<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the group is full")
    }
}

impl<F> core::error::Error for GroupFull<F> {}

impl<F, const N: usize> Group<F, N> {
    /// An empty group.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self::woken_by(None)
    }

    /// An empty group that polls the futures that were woken, not the others; `None` if another group has `bits`, which it gives back
    /// when it is dropped.
    ///
    /// What is put in has to keep the contract of `Future`: to wake the waker that it was polled with last.
    ///
    /// ```
    /// use core::pin::pin;
    /// use zokio_core::future::{Group, WakeBits};
    /// use zokio_core::sync::Channel;
    ///
    /// static LINES: [Channel<u8, 4>; 3] = [const { Channel::new() }; 3];
    /// static BITS: WakeBits = WakeBits::new();
    ///
    /// /// Of three lines, what comes first. A value in one of them does not poll the others.
    /// async fn first() -> Option<u8> {
    ///     let mut group = pin!(Group::<_, 3>::with_bits(&BITS)?);
    ///     for line in &LINES {
    ///         let _ = group.as_mut().insert(line.recv());
    ///     }
    ///     group.next().await?.1.ok()
    /// }
    /// # LINES[1].try_send(7).unwrap();
    /// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
    /// # assert_eq!(pin!(first()).poll(&mut cx), core::task::Poll::Ready(Some(7)));
    /// ```
    pub fn with_bits(bits: &'static WakeBits) -> Option<Self> {
        Some(Self::woken_by(Some(bits.take()?)))
    }

    const fn woken_by(bits: Option<Bits>) -> Self {
        const { require(N > 0, "a group needs room for at least one future") };
        let slots = [const { Slot { future: None, number: 0 } }; N];
        Self { slots, first: 0, len: 0, inserted: 0, woken: 0, bits }
    }

    /// Puts a future in. It is first polled by the next [`next`](Self::next).
    ///
    /// O(N).
    ///
    /// # Errors
    /// [`GroupFull`] with the future in it.
    pub fn insert(self: Pin<&mut Self>, future: F) -> Result<GroupKey, GroupFull<F>> {
        // SAFETY: "slots are pinned": an empty one is filled.
        let this = unsafe { self.get_unchecked_mut() };
        let Some((at, slot)) = this.slots.iter_mut().enumerate().find(|(_, slot)| slot.future.is_none()) else {
            return Err(GroupFull(future));
        };
        slot.number = this.inserted;
        slot.future = Some(future);
        this.woken |= bit(at);
        this.inserted = this.inserted.wrapping_add(1);
        this.len += 1;
        Ok(GroupKey { slot: at, number: slot.number })
    }

    /// Drops a future where it is. Says whether it was still in the group.
    ///
    /// O(1).
    pub fn remove(self: Pin<&mut Self>, key: GroupKey) -> bool {
        // SAFETY: "slots are pinned": a future is dropped in its place.
        let this = unsafe { self.get_unchecked_mut() };
        match this.slots.get_mut(key.slot) {
            Some(slot) if slot.number == key.number && slot.future.is_some() => {
                this.len -= 1;
                slot.future = None;
                true
            }
            _ => false,
        }
    }

    /// How many futures are in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no future is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many futures fit.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<F: Future, const N: usize> Group<F, N> {
    /// Waits until one completes, takes it out and tells its key and its output; `None` if the group is empty.
    ///
    /// The group itself is a [`Stream`] of the same.
    ///
    /// **Cancel safety:** an output is taken out by the poll that returns it; dropping loses none. **Wake-up:** by any of
    /// them; a wake polls all, or [with bits](Self::with_bits) the one that was woken. **Complexity:** O(N). **Interrupt-safe:** its
    /// wakes are.
    pub fn next<'a>(self: &'a mut Pin<&mut Self>) -> GroupNext<'a, F, N> {
        GroupNext { group: self.as_mut() }
    }

    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<(GroupKey, F::Output)>> {
        // SAFETY: "slots are pinned".
        let this = unsafe { self.get_unchecked_mut() };
        if this.len == 0 {
            return Poll::Ready(None);
        }
        match &this.bits {
            Some(bits) => this.woken |= bits.take_woken(cx),
            None => this.woken = usize::MAX,
        }
        let mut at = this.first;
        for _ in 0..N {
            let here = at;
            at = if at + 1 < N { at + 1 } else { 0 };
            if this.woken & bit(here) == 0 {
                continue;
            }
            // A bit that several share is there until each of them had its look.
            if N <= BITS {
                this.woken &= !bit(here);
            }
            let Some(Slot { future: place @ Some(_), number }) = this.slots.get_mut(here) else { continue };
            let Some(future) = place else { continue };
            // SAFETY: "slots are pinned".
            let future = unsafe { Pin::new_unchecked(future) };
            let polled = match &this.bits {
                Some(bits) => future.poll(&mut Context::from_waker(&bits.waker(here))),
                None => future.poll(cx),
            };
            if let Poll::Ready(output) = polled {
                this.len -= 1;
                *place = None;
                this.first = at;
                return Poll::Ready(Some((GroupKey { slot: here, number: *number }, output)));
            }
        }
        this.woken = 0;
        Poll::Pending
    }
}

/// See [`Group::next`].
#[must_use = "futures do nothing unless polled"]
pub struct GroupNext<'a, F, const N: usize> {
    group: Pin<&'a mut Group<F, N>>,
}

impl<F: Future, const N: usize> Future for GroupNext<'_, F, N> {
    type Output = Option<(GroupKey, F::Output)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.group.as_mut().poll_any(cx)
    }
}

impl<F: Future, const N: usize> Stream for Group<F, N> {
    type Item = (GroupKey, F::Output);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_any(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len, None)
    }
}
