use core::task::Context;

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
#[must_use]
pub fn spend(_: &Context<'_>) -> bool {
    true
}
