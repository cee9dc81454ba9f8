//! The key-value server on Arm's MPS2+ with image AN385: three UARTs, so three clients, and room for many keys.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "semihosting")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "semihosting"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_cortex_m::boards::mps2_an385::{Uart0, Uart1, Uart2};

    type Line0 = Uart0<115_200>;
    type Line1 = Uart1<115_200>;
    type Line2 = Uart2<115_200>;

    kv_firmware::firmware! {
        board: zokio_cortex_m::boards::mps2_an385,
        entry: zokio_cortex_m::entry,
        server: kv::Medium,
        ring: 64,
        uarts: [UART0: Line0, UART1: Line1, UART2: Line2],
    }

    zokio_cortex_m::interrupts! {
        Line0::RX_INTERRUPT => UART0.on_interrupt(),
        Line0::TX_INTERRUPT => UART0.on_interrupt(),
        Line1::RX_INTERRUPT => UART1.on_interrupt(),
        Line1::TX_INTERRUPT => UART1.on_interrupt(),
        Line2::RX_INTERRUPT => UART2.on_interrupt(),
        Line2::TX_INTERRUPT => UART2.on_interrupt(),
    }
}
