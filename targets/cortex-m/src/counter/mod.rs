//! Hardware counters that a clock can stand on.

mod dual_timer;
mod lm3s;
mod nrf51;
#[cfg(feature = "sse200")]
mod sse200;
mod systick;

pub use dual_timer::{DualTimer, DualTimerPlace};
pub use lm3s::Lm3sTimers;
pub use nrf51::Nrf51Timer0;
#[cfg(feature = "sse200")]
pub use sse200::CoreTimer;
pub use systick::SysTick;
