use super::{Alone, READ};
use ::tokio::io::AsyncReadExt;
use std::net::TcpListener;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};

/// tokio on the current thread.
pub struct Tokio;

impl Alone for Tokio {
    fn run(work: impl Future<Output = ()> + 'static) {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        LocalSet::new().block_on(&runtime, work);
    }

    fn spawn(work: impl Future<Output = ()> + 'static) {
        spawn_local(work);
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(time)
    }

    async fn serve(listener: TcpListener, accepted: fn()) {
        listener.set_nonblocking(true).expect("a mode");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            accepted();
            spawn_local(async move {
                let mut buffer = [0; READ];
                while stream.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
            });
        }
    }
}
