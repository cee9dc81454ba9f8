//! Hardware counters that a clock can stand on.

mod nrf51;
mod systick;

pub use nrf51::Nrf51Timer0;
pub use systick::SysTick;
