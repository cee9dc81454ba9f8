//! Hardware counters that a clock can stand on.

mod dual_timer;
mod lm3s;
mod nrf51;
mod systick;

pub use dual_timer::{DualTimer, DualTimerPlace};
pub use lm3s::Lm3sTimers;
pub use nrf51::Nrf51Timer0;
pub use systick::SysTick;
