//! The key-value server as a preview 2 component: TCP, over `wasi:sockets`.
//!
//! ```sh
//! cargo build --release --manifest-path targets/Cargo.toml --target wasm32-wasip2 -p kv-wasi --bin kv-wasi-tcp
//! wasmtime run -S inherit-network targets/target/wasm32-wasip2/release/kv-wasi-tcp.wasm 127.0.0.1:6380
//! redis-cli -p 6380 set greeting hello
//! ```
//!
//! Without an address it listens at 127.0.0.1:6380.

#[cfg(target_env = "p2")]
mod server {
    use kv::{Options, Server};
    use std::error::Error;
    use std::hash::{BuildHasher, RandomState};
    use std::net::SocketAddr;
    use std::time::Duration;
    use zokio_wasi::net::{TcpListener, TcpStream};
    use zokio_wasi::{WasiClock, sleep, spawn_local};

    /// Between `kv::Medium` and `kv::Large`: 64 clients.
    type Component = Server<16_384, 64, 512, 64, 256, 16, 4096, 4096>;

    static SERVER: Component = Component::new();

    async fn serve(mut stream: TcpStream) {
        let (reader, writer) = stream.split();
        // How a client leaves is its own affair.
        let _ = SERVER.serve(WasiClock, reader, writer, Options::SOCKET).await;
    }

    async fn listen(address: SocketAddr) -> Result<(), Box<dyn Error>> {
        let mut listener = TcpListener::bind(address)?;
        SERVER.seed(RandomState::new().hash_one(())).await;
        spawn_local(async { SERVER.expire(WasiClock).await }).detach();
        println!("kv-wasi-tcp: listening on {}", listener.local_addr()?);
        loop {
            match listener.accept().await {
                Ok((stream, _)) => spawn_local(serve(stream)).detach(),
                Err(error) => {
                    eprintln!("kv-wasi-tcp: cannot accept: {error}");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    pub fn run() -> Result<(), Box<dyn Error>> {
        let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:6380".to_owned());
        zokio_wasi::block_on(listen(address.parse()?))?
    }
}

#[cfg(not(target_env = "p2"))]
mod server {
    use std::error::Error;

    pub fn run() -> Result<(), Box<dyn Error>> {
        Err("preview 1 has no way to listen; build for wasm32-wasip2".into())
    }
}

fn main() -> std::process::ExitCode {
    match server::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kv-wasi-tcp: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
