//! Runs the shared suite on a board's executor, and ends the emulator with the outcome.
#![cfg(target_os = "none")]
#![no_std]

use zokio_board::Stack;
use zokio_board::host::{exit, println};
use zokio_core::driver::Driver;
use zokio_core::executor::Executor;
use zokio_core::time::Clock;
use zokio_suite::{COUNT, Platform};

/// More than the suite needs.
const PAINTED: usize = 32 * 1024;

/// Runs everything, on `stack`; status 0 only if all passed and the stack was large enough.
pub fn run<D: Driver, C: Clock + Send + 'static>(mut executor: Executor<D, C>, stack: Stack) -> ! {
    stack.paint(PAINTED);
    let platform = Platform { spawner: executor.spawner(), clock: executor.clock() };
    let suite = zokio_suite::run(platform, |name, outcome| match outcome {
        Ok(()) => println!("test {name} ... ok"),
        Err(why) => println!("test {name} ... FAILED\n  {why}"),
    });
    let Ok(passed) = executor.block_on(suite) else {
        println!("suite: stopped: the driver failed or nothing can wake the executor");
        exit(false)
    };
    match stack.usage() {
        Ok(usage) => println!("{usage}"),
        Err(too_small) => panic!("{too_small}"),
    }
    println!("suite: {passed} passed, {} failed", COUNT - passed);
    exit(passed == COUNT)
}
