//! An echo server on Zokio, on one thread: `echo-zokio [uring|epoll|iocp]`.

use zokio_peers::{BUFFER, free_port};
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::{Runtime, spawn_local};

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            len => stream.write_all(&buffer[..len]).await?,
        }
    }
}

fn main() -> std::io::Result<()> {
    let kind = std::env::args().nth(1).as_deref().unwrap_or("auto").parse().map_err(std::io::Error::other)?;
    Runtime::builder().driver(kind).build()?.block_on(async {
        let mut listener = TcpListener::bind(free_port())?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            spawn_local(echo(stream)).detach();
        }
    })
}
