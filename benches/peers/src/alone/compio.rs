use super::{Alone, READ};
use ::compio::io::AsyncRead;
use std::net::TcpListener;
use std::time::Duration;

/// compio on io_uring.
pub struct Compio;

impl Alone for Compio {
    fn run(work: impl Future<Output = ()> + 'static) {
        compio::runtime::Runtime::new().expect("a runtime").block_on(work);
    }

    fn spawn(work: impl Future<Output = ()> + 'static) {
        compio::runtime::spawn(work).detach();
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + 'static {
        compio::time::sleep(time)
    }

    async fn serve(listener: TcpListener, accepted: fn()) {
        let listener = compio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            accepted();
            compio::runtime::spawn(async move {
                let mut buffer = Vec::with_capacity(READ);
                loop {
                    buffer.clear();
                    let (read, filled) = stream.read(buffer).await.into();
                    buffer = filled;
                    if !read.is_ok_and(|len| len > 0) {
                        return;
                    }
                }
            })
            .detach();
        }
    }
}
