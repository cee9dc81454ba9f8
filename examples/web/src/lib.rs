//! What the web servers of this folder have in common: where they listen, and until when. The programs are in `src/bin`.

use clap::Parser;
use std::io;
use std::net::SocketAddr;
use zokio_std::Runtime;
use zokio_std::driver::DriverKind;
use zokio_std::net::TcpListener;

/// Where to listen, and over which driver.
#[derive(Parser)]
pub struct Listen {
    /// Where to listen; port 0 lets the system choose one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How to wait for I/O: auto, uring, epoll, kqueue or iocp.
    #[arg(long, default_value_t)]
    driver: DriverKind,
}

impl Listen {
    /// Runs `serve` with a listener, and says where that is.
    pub fn run(self, serve: impl AsyncFnOnce(TcpListener) -> io::Result<()>) -> io::Result<()> {
        let runtime = Runtime::builder().driver(self.driver).build()?;
        let driver = runtime.driver_kind();
        runtime.block_on(async {
            let listener = TcpListener::bind(self.listen)?;
            println!("listening on {} over {driver}", listener.local_addr()?);
            serve(listener).await
        })
    }
}

/// Ready when somebody presses Ctrl-C; never where that cannot be learned.
pub async fn interrupted() {
    if zokio_std::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
