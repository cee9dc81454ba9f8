use zokio_wasi::net::TcpStream;

#[zokio_wasi::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"here").await.unwrap();
    stream.read(&mut [0; 16]).await.unwrap();
}
