//! Hello over HTTP: hyper on Zokio, on one thread: `http-zokio uring|epoll`.

use hyper::server::conn::http1;
use hyper::service::service_fn;
use zokio_peers::{free_port, hello};
use zokio_std::net::TcpListener;
use zokio_std::{Runtime, spawn_local};

fn main() -> std::io::Result<()> {
    let kind = std::env::args().nth(1).as_deref().unwrap_or("auto").parse().map_err(std::io::Error::other)?;
    Runtime::builder().driver(kind).build()?.block_on(async {
        let mut listener = TcpListener::bind(free_port())?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            spawn_local(async move {
                let _ = http1::Builder::new().serve_connection(stream, service_fn(hello)).await;
            })
            .detach();
        }
    })
}
