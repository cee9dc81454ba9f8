use super::{Alone, READ};
use ::glommio::timer::Timer;
use futures_lite::AsyncReadExt;
use glommio::LocalExecutorBuilder;
use std::net::TcpListener;
use std::time::Duration;

/// glommio on io_uring.
pub struct Glommio;

impl Alone for Glommio {
    fn run(work: impl Future<Output = ()> + 'static) {
        LocalExecutorBuilder::default().make().expect("a runtime").run(work);
    }

    fn spawn(work: impl Future<Output = ()> + 'static) {
        glommio::spawn_local(work).detach();
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + 'static {
        let timer = Timer::new(time);
        async move {
            timer.await;
        }
    }

    async fn serve(listener: TcpListener, accepted: fn()) {
        // It binds by itself, and lets others have the same port.
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let listener = glommio::net::TcpListener::bind(address).expect("the same port");
        loop {
            let mut stream = listener.accept().await.expect("a connection");
            accepted();
            glommio::spawn_local(async move {
                let mut buffer = [0; READ];
                while stream.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
            })
            .detach();
        }
    }
}
