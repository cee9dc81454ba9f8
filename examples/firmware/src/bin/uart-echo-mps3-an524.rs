//! Lines in, lines out, on the first UART of the MPS3 with image AN524.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use firmware::echo::echo;
    use zokio_board::host::exit;
    use zokio_board::uart::Uart;
    use zokio_cortex_m::boards::mps3_an524::{Uart0, executor};

    static LINE: Uart<Uart0<115_200>, 64, 64> = Uart::new();

    zokio_cortex_m::interrupts! {
        Uart0::<115_200>::RX_INTERRUPT => LINE.on_interrupt(),
        Uart0::<115_200>::TX_INTERRUPT => LINE.on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut line = LINE.open().expect("opened once");
        let Ok(served) = executor().block_on(echo(&mut line)) else { exit(false) };
        exit(served.is_ok())
    }
}
