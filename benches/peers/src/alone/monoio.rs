use super::{Alone, READ};
use ::monoio::io::AsyncReadRent;
use std::net::TcpListener;
use std::time::Duration;

/// monoio on io_uring.
pub struct Monoio;

impl Alone for Monoio {
    fn run(work: impl Future<Output = ()> + 'static) {
        let runtime = monoio::RuntimeBuilder::<monoio::IoUringDriver>::new().enable_timer().build();
        runtime.expect("a runtime").block_on(work);
    }

    fn spawn(work: impl Future<Output = ()> + 'static) {
        monoio::spawn(work);
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep(time)
    }

    async fn serve(listener: TcpListener, accepted: fn()) {
        let listener = monoio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            accepted();
            monoio::spawn(async move {
                let mut buffer = vec![0; READ];
                loop {
                    let (read, filled) = stream.read(buffer).await;
                    buffer = filled;
                    if !read.is_ok_and(|len| len > 0) {
                        return;
                    }
                }
            });
        }
    }
}
