//! An echo server on monoio over io_uring, on one thread.

use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use zokio_peers::{BUFFER, listener};

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let (read, filled) = stream.read(buffer).await;
        if read? == 0 {
            return Ok(());
        }
        let (written, filled) = stream.write_all(filled).await;
        written?;
        buffer = filled;
    }
}

fn main() -> std::io::Result<()> {
    monoio::RuntimeBuilder::<monoio::IoUringDriver>::new().enable_timer().build()?.block_on(async {
        let listener = TcpListener::from_std(listener())?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            monoio::spawn(echo(stream));
        }
    })
}
