//! An echo server on compio over io_uring or a completion port, on one thread.

use compio::io::{AsyncRead, AsyncWriteExt};
use compio::net::{TcpListener, TcpStream};
use zokio_peers::{BUFFER, listener};

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(BUFFER);
    loop {
        buffer.clear();
        let (read, filled) = stream.read(buffer).await.into();
        if read? == 0 {
            return Ok(());
        }
        let (written, filled) = stream.write_all(filled).await.into();
        written?;
        buffer = filled;
    }
}

fn main() -> std::io::Result<()> {
    compio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::from_std(listener())?;
        loop {
            let (stream, _) = listener.accept().await?;
            compio::runtime::spawn(echo(stream)).detach();
        }
    })
}
