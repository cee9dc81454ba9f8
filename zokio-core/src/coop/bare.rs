use core::task::Context;

/// See the module.
#[inline(always)]
pub fn refill() {}

/// See the module.
#[inline(always)]
pub fn lift() {}

/// See the module.
#[inline(always)]
#[must_use]
pub fn spend(_: &Context<'_>) -> bool {
    true
}
