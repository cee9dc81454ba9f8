//! The key-value server on a host: TCP, over io_uring, epoll, kqueue or a completion port.
//!
//! ```sh
//! cargo run --release -p kv-server -- --listen 127.0.0.1:6380
//! redis-cli -p 6380 set greeting hello
//! ```
//!
//! Ctrl-C ends it.

use clap::Parser;
use kv::{Large, Options};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use zokio_std::driver::DriverKind;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::clock;
use zokio_std::{Runtime, spawn, spawn_local};

static SERVER: Large = Large::new();

/// A key-value server that speaks the Redis protocol.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 lets the system choose one.
    #[arg(long, default_value = "127.0.0.1:6380")]
    listen: SocketAddr,
    /// How to wait for I/O: auto, uring, epoll, kqueue or iocp.
    #[arg(long, default_value_t)]
    driver: DriverKind,
    /// How many threads share the connections; 0: all on one thread.
    #[arg(long, default_value_t)]
    workers: usize,
}

async fn serve(mut stream: TcpStream) {
    // Without this a reply could wait for the acknowledgement of the last one.
    if stream.set_nodelay(true).is_err() {
        return; // the client is gone already
    }
    let (reader, writer) = stream.split();
    // How a client leaves is its own affair.
    let _ = SERVER.serve(clock(), reader, writer, Options::SOCKET).await;
}

async fn listen(address: SocketAddr, driver: DriverKind, workers: usize) -> io::Result<()> {
    let mut listener = TcpListener::bind(address)?;
    // The standard library seeds its hash maps from the system's random numbers.
    SERVER.seed(RandomState::new().hash_one(())).await;
    spawn_local(async { SERVER.expire(clock()).await }).detach();
    println!("kv-server: listening on {} over {driver}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept_patiently().await?;
        match workers {
            0 => spawn_local(serve(stream)).detach(),
            // Any of the workers takes it.
            _ => spawn(serve(stream)).detach(),
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let runtime = Runtime::builder().driver(arguments.driver).workers(arguments.workers).build()?;
    runtime.block_on(listen(arguments.listen, runtime.driver_kind(), arguments.workers))
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kv-server: {error}");
            ExitCode::FAILURE
        }
    }
}
