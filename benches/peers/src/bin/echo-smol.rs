//! An echo server on smol (async-executor and async-io), on one thread.

use async_io::Async;
use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use std::net::TcpStream;
use zokio_peers::{BUFFER, listener};

async fn echo(mut stream: Async<TcpStream>) -> std::io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            len => stream.write_all(&buffer[..len]).await?,
        }
    }
}

fn main() -> std::io::Result<()> {
    let executor = async_executor::LocalExecutor::new();
    async_io::block_on(executor.run(async {
        let listener = Async::new(listener())?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            executor.spawn(echo(stream)).detach();
            future::yield_now().await;
        }
    }))
}
