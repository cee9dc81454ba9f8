use wstd::io::{AsyncRead, AsyncWrite};
use wstd::net::TcpStream;

#[wstd::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap();
    let mut stream = TcpStream::connect(address.as_str()).await.unwrap();
    stream.write_all(b"here").await.unwrap();
    stream.read(&mut [0; 16]).await.unwrap();
}
