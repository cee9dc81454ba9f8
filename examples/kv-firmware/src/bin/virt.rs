//! The key-value server on QEMU's RISC-V virt machine: one UART, and room for many keys.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "semihosting")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "semihosting"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_riscv::boards::virt::PLIC;

    type Line = zokio_riscv::boards::virt::Uart0<115_200>;

    kv_firmware::firmware! {
        board: zokio_riscv::boards::virt,
        entry: zokio_riscv::entry,
        server: kv::Medium,
        ring: 64,
        uarts: [UART0: Line],
    }

    zokio_riscv::interrupts! {
        PLIC;
        Line::INTERRUPT => UART0.on_interrupt(),
    }
}
