//! The key-value server as a WASI module: its one client is on standard input and output.
//!
//! ```sh
//! cargo build --release --manifest-path targets/Cargo.toml --target wasm32-wasip1 -p kv-wasi
//! printf 'SET greeting hello\r\nGET greeting\r\n' | wasmtime targets/target/wasm32-wasip1/release/kv-wasi.wasm
//! ```
//!
//! Standard input is like a serial line: clients may come and go at the other end, and nobody says so. The server runs until
//! its input ends, which is exit code 0; it is 1 if nobody reads what it writes.

use kv::{End, Medium, Options};
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;
use zokio_wasi::WasiClock;

static SERVER: Medium = Medium::new();

#[zokio_core::task]
async fn expire() {
    SERVER.expire(WasiClock).await;
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let (mut stdin, mut stdout) = (zokio_wasi::stdin()?, zokio_wasi::stdout()?);
    // The standard library seeds its hash maps from the host's random numbers.
    SERVER.seed(RandomState::new().hash_one(())).await;
    loop {
        if SERVER.serve(WasiClock, &mut stdin, &mut stdout, Options::SERIAL).await? == End::Closed {
            return Ok(());
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    zokio_wasi::spawner().spawn(expire())?.detach();
    zokio_wasi::block_on(serve())?
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kv-wasi: {error}");
            ExitCode::FAILURE
        }
    }
}
