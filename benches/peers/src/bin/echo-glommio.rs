//! An echo server on glommio over io_uring, on one thread.

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use glommio::LocalExecutorBuilder;
use glommio::net::{TcpListener, TcpStream};
use zokio_peers::{BUFFER, free_port};

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            len => stream.write_all(&buffer[..len]).await?,
        }
    }
}

fn main() {
    LocalExecutorBuilder::default().make().expect("a runtime").run(async {
        let listener = TcpListener::bind(free_port()).expect("a listener");
        println!("{}", listener.local_addr().expect("an address"));
        loop {
            let stream = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            glommio::spawn_local(echo(stream)).detach();
        }
    })
}
