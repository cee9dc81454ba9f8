//! Two tasks blink two lights, over the clock that RTIC brings for SysTick: it ticks every millisecond.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
use cortex_m_rt as _;

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
rtic_monotonics::systick::prelude::systick_monotonic!(Mono, 1_000);

/// Starts the clock.
#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
fn start() {
    // SAFETY: nobody else takes it.
    let peripherals = unsafe { cortex_m::Peripherals::steal() };
    Mono::start(peripherals.SYST, 12_500_000);
}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
bench_rtic::blink2!(Mono, start(), ExtU32, u32);
