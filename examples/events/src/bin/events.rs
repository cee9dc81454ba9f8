//! The events of two tasks on the LM3S6965 evaluation board, printed through semihosting.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::host::{exit, println};
    use zokio_core::driver::Wait;
    use zokio_core::events::{Event, listen};
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, executor};

    events::tasks!(Clock);

    zokio_cortex_m::interrupts! {}

    /// To the millisecond: what is below it changes with every instruction.
    fn print(event: &Event) {
        match event {
            Event::Parking { wait: Wait::Until(at) } => println!("parks until {} ms", at.as_nanos() / 1_000_000),
            event => println!("{event}"),
        }
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        listen(print);
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        let sum = spawner.spawn(add_up()).unwrap();
        spawner.spawn(measure(clock)).unwrap().detach();
        let sum = executor.block_on(sum.into_future());
        println!("the sum is {sum:?}");
        exit(true)
    }
}
