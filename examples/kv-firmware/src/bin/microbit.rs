//! The key-value server on the BBC micro:bit: 16 KiB of RAM, one UART.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "semihosting")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "semihosting"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    type Line = zokio_cortex_m::boards::microbit::Uart0<115_200>;

    kv_firmware::firmware! {
        board: zokio_cortex_m::boards::microbit,
        entry: zokio_cortex_m::entry,
        server: kv::Small,
        ring: 32,
        uarts: [UART0: Line],
    }

    zokio_cortex_m::interrupts! {
        Line::INTERRUPT => UART0.on_interrupt(),
    }
}
