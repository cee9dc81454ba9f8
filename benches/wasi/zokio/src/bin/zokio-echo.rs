use zokio_wasi::net::TcpListener;

#[zokio_wasi::main]
async fn main() {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        zokio_wasi::spawn_local(async move {
            let mut buffer = [0; 1024];
            while let Ok(len @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..len]).await.is_err() {
                    return;
                }
            }
        })
        .detach();
    }
}
