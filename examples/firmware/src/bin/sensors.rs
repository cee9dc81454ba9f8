//! A sensor, a channel and a UART on the LM3S6965 evaluation board.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use firmware::sensors::{MockBus, Reading, measure, report};
    use zokio_board::host::exit;
    use zokio_board::uart::{Uart, UartIo};
    use zokio_core::sync::Channel;
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, Uart0, executor};

    static READINGS: Channel<Reading, 4> = Channel::new();
    static LINE: Uart<Uart0<115_200>, 16, 64> = Uart::new();

    zokio_cortex_m::interrupts! {
        Uart0::<115_200>::INTERRUPT => LINE.on_interrupt(),
    }

    #[zokio_core::task]
    async fn sensor(clock: Clock) {
        let Ok(()) = measure(&mut MockBus::new(clock), clock, &READINGS, 8).await;
    }

    #[zokio_core::task]
    async fn reporter(mut line: UartIo<16, 64>) {
        exit(report(&mut line, &READINGS).await.is_ok())
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        let line = LINE.open().expect("opened once");
        spawner.spawn(sensor(clock)).unwrap().detach();
        spawner.spawn(reporter(line)).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
