//! The shared suite in a WASI host.

use std::process::ExitCode;
use zokio_suite::{COUNT, Platform};
use zokio_wasi::WasiClock;

fn main() -> ExitCode {
    let platform = Platform { spawner: zokio_wasi::spawner(), clock: WasiClock };
    let suite = zokio_suite::run(platform, |name, outcome| match outcome {
        Ok(()) => println!("test {name} ... ok"),
        Err(why) => println!("test {name} ... FAILED\n  {why}"),
    });
    match zokio_wasi::block_on(suite) {
        Ok(passed) => {
            println!("suite: {passed} passed, {} failed", COUNT - passed);
            ExitCode::from(u8::from(passed != COUNT))
        }
        Err(error) => {
            println!("suite: stopped: {error}");
            ExitCode::FAILURE
        }
    }
}
