//! Two tasks blink two lights, over a tickless clock.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
bench_rtic::tickless! {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
use bench_rtic::Mono;

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
bench_rtic::blink2!(Mono, Mono::start(), ExtU64, u64);
