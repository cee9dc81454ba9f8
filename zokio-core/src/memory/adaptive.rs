//! Two strategies, and a bound between small and large that moves with the load.

use super::allocator::allocator;
use super::sealed::Sealed;
use super::{Metrics, Strategy};
use crate::lock::Lock;
use core::alloc::Layout;
use core::ptr::NonNull;

/// After how many allocations the load is looked at.
const WINDOW: usize = 32;

/// The smallest bound, in bytes.
const LEAST: usize = 16;

/// Takes what is small from one strategy and what is large from another, so that the small ones do not break up the room
/// for the large ones. What is small depends on the load.
///
/// The *bound* begins at a sixteenth of the first part's capacity. After every 32 allocations it is looked at which part
/// is filled more, relative to its capacity: if the first one by more than an eighth, the bound is halved; if the second
/// one, it is doubled, up to what the first part can hold. What does not fit where it belongs goes to the other part.
///
/// Costs what its parts cost. Interrupt- and thread-safe.
///
/// ```
/// use allocator_api2::boxed::Box;
/// use zokio_core::memory::{Adaptive, General, Inline, Strategy};
///
/// type Part<const BYTES: usize> = General<Inline<BYTES>>;
/// static MEMORY: Adaptive<Part<1024>, Part<4096>> =
///     Adaptive::new(General::new(Inline::new()), General::new(Inline::new()));
///
/// let small = Box::new_in([0u8; 8], &MEMORY);
/// let large = Box::new_in([0u8; 900], &MEMORY);
/// assert_eq!((MEMORY.small().metrics().in_use, MEMORY.large().metrics().in_use), (8, 900));
/// # drop((small, large));
/// ```
pub struct Adaptive<S, L> {
    small: S,
    large: L,
    max: usize,
    state: Lock<State>,
}

struct State {
    metrics: Metrics,
    /// 0 until the first use.
    bound: usize,
    /// Allocations until the next look.
    countdown: usize,
}

impl<S: Strategy, L: Strategy> Adaptive<S, L> {
    /// `small` for small allocations, `large` for large ones.
    pub const fn new(small: S, large: L) -> Self {
        let state = State { metrics: Metrics::NONE, bound: 0, countdown: WINDOW };
        Self { small, large, max: usize::MAX, state: Lock::new(state) }
    }

    /// Refuses single allocations of more than `bytes`.
    #[must_use]
    pub const fn with_max_allocation(mut self, bytes: usize) -> Self {
        self.max = bytes;
        self
    }

    /// The part for small allocations.
    pub const fn small(&self) -> &S {
        &self.small
    }

    /// The part for large ones.
    pub const fn large(&self) -> &L {
        &self.large
    }

    /// Up to how many bytes an allocation is small now.
    pub fn bound(&self) -> usize {
        match self.state.with(|state| state.bound) {
            0 => self.first_bound(),
            bound => bound,
        }
    }

    fn first_bound(&self) -> usize {
        (self.small.capacity() / 16).max(LEAST)
    }

    /// The bound after a look at the load.
    fn adapted(&self, bound: usize) -> usize {
        // In 256ths of the capacity; capacities are below 2^31 where a word has 32 bits.
        let filled = |metrics: Metrics, capacity: usize| metrics.in_use / (capacity / 256).max(1);
        let small = filled(self.small.metrics(), self.small.capacity());
        let large = filled(self.large.metrics(), self.large.capacity());
        if small > large + 32 {
            (bound / 2).max(LEAST)
        } else if large > small + 32 {
            (bound * 2).min(self.small.max_allocation().max(LEAST))
        } else {
            bound
        }
    }
}

impl<S, L> Sealed for Adaptive<S, L> {}

impl<S: Strategy, L: Strategy> Strategy for Adaptive<S, L> {
    fn metrics(&self) -> Metrics {
        self.state.with(|state| state.metrics)
    }

    fn capacity(&self) -> usize {
        self.small.capacity().saturating_add(self.large.capacity())
    }

    fn max_allocation(&self) -> usize {
        self.max.min(self.small.max_allocation().max(self.large.max_allocation()))
    }

    fn contains(&self, address: NonNull<u8>) -> bool {
        self.small.contains(address) || self.large.contains(address)
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let bound = self.bound();
        let memory = if layout.size() > self.max {
            None
        } else if layout.size() <= bound {
            self.small.take(layout).or_else(|| self.large.take(layout))
        } else {
            self.large.take(layout).or_else(|| self.small.take(layout))
        };
        let look = self.state.with(|state| {
            state.metrics.took(layout.size(), memory.is_some());
            state.countdown -= 1;
            if state.countdown > 0 {
                return false;
            }
            state.countdown = WINDOW;
            true
        });
        if look {
            // Outside of the lock, since the parts have locks of their own. Two looks at once do no harm.
            let adapted = self.adapted(bound);
            self.state.with(|state| state.bound = adapted);
        }
        memory
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's word; regions are disjoint, so the address tells whose it is.
        unsafe {
            match self.small.contains(memory) {
                true => self.small.give(memory, layout),
                false => self.large.give(memory, layout),
            }
        }
        self.state.with(|state| state.metrics.gave(layout.size()));
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: as for `give`.
        let stays = size <= self.max
            && unsafe {
                match self.small.contains(memory) {
                    true => self.small.resize(memory, old, size),
                    false => self.large.resize(memory, old, size),
                }
            };
        if stays {
            self.state.with(|state| state.metrics.resized(old.size(), size));
        }
        stays
    }
}

allocator!([S: Strategy, L: Strategy] Adaptive<S, L>);
