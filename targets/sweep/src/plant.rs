//! Critical sections that mask nothing, to see whether the sweep finds out.

struct Open;

critical_section::set_impl!(Open);

// SAFETY: none: that is the point. This is in no image that anybody is meant to trust.
unsafe impl critical_section::Impl for Open {
    unsafe fn acquire() -> critical_section::RawRestoreState {
        Default::default()
    }

    unsafe fn release(_: critical_section::RawRestoreState) {}
}
