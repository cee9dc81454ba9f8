use core::task::{Context, Poll};

/// See the module.
#[doc(hidden)]
#[inline(always)]
pub fn refill() {}

/// See the module.
#[doc(hidden)]
#[inline(always)]
pub fn lift() {}

/// See the module.
#[doc(hidden)]
#[inline(always)]
pub fn spend(_: &Context<'_>) -> Poll<()> {
    Poll::Ready(())
}
