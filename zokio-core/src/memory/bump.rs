//! One allocation behind the other: what an arena and a fixed buffer share.

use super::{Metrics, Region};
use crate::lock::Lock;
use core::alloc::Layout;
use core::ptr::NonNull;

/// A region that is given out from its beginning to its end.
///
/// *Invariant "top":* everything in use lies below `top`; with nothing in use `top` is 0.
pub(super) struct Bump<R> {
    region: R,
    max: usize,
    state: Lock<State>,
}

struct State {
    top: usize,
    metrics: Metrics,
}

impl<R: Region> Bump<R> {
    pub(super) const fn new(region: R) -> Self {
        Self { region, max: usize::MAX, state: Lock::new(State { top: 0, metrics: Metrics::NONE }) }
    }

    pub(super) const fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    pub(super) fn max(&self) -> usize {
        self.max.min(self.region.len())
    }

    pub(super) fn region(&self) -> &R {
        &self.region
    }

    pub(super) fn metrics(&self) -> Metrics {
        self.state.with(|state| state.metrics)
    }

    /// Nothing is in use any more; `&mut` says so.
    pub(super) fn reset(&mut self) {
        self.state.with(|state| {
            state.top = 0;
            state.metrics.reset();
        });
    }

    pub(super) fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let start = self.region.start();
        self.state.with(|state| {
            let free = start.addr().get() + state.top;
            let at = free.wrapping_neg() % layout.align() + state.top;
            let fits = layout.size() <= self.max && at <= self.region.len() && layout.size() <= self.region.len() - at;
            state.metrics.took(layout.size(), fits);
            if !fits {
                return None;
            }
            state.top = at + layout.size();
            // SAFETY: within the region.
            Some(unsafe { start.add(at) })
        })
    }

    /// Counts `memory` as given back; its bytes too if `last_first` and it is the last.
    ///
    /// # Safety
    /// As [`Strategy::give`](super::Strategy::give).
    pub(super) unsafe fn give(&self, memory: NonNull<u8>, layout: Layout, last_first: bool) {
        let at = memory.addr().get() - self.region.start().addr().get();
        self.state.with(|state| {
            state.metrics.gave(layout.size());
            if state.metrics.in_use == 0 {
                state.top = 0;
            } else if last_first && at + layout.size() == state.top {
                state.top = at;
            }
        });
    }

    /// # Safety
    /// As [`Strategy::resize`](super::Strategy::resize).
    pub(super) unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        let at = memory.addr().get() - self.region.start().addr().get();
        self.state.with(|state| {
            let last = at + old.size() == state.top;
            let fits = size <= old.size() || last && size <= self.max && size <= self.region.len() - at;
            if fits {
                state.metrics.resized(old.size(), size);
                if last {
                    state.top = at + size;
                }
            }
            fits
        })
    }
}
