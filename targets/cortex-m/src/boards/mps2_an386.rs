//! Arm MPS2+ with FPGA image AN386: Cortex-M4 with FPU, otherwise as [AN385](super::mps2_an385).
//! QEMU: `-machine mps2-an386`, with `-nic` as there.

pub use super::mps2_an385::{DualPlace, DualTimer, Place0, Place1, Place2, Uart0, Uart1, Uart2};
#[cfg(feature = "embassy-net")]
pub use super::mps2_an385::{ETHERNET_INTERRUPT, ethernet};

systick_board!(25_000_000);
