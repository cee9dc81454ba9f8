use super::{Alone, READ};
use async_executor::LocalExecutor;
use async_io::{Async, Timer};
use futures_lite::AsyncReadExt;
use std::net::TcpListener;
use std::time::Duration;

/// smol: async-executor and async-io.
pub struct Smol;

thread_local! {
    static EXECUTOR: &'static LocalExecutor<'static> = Box::leak(Box::new(LocalExecutor::new()));
}

fn executor() -> &'static LocalExecutor<'static> {
    EXECUTOR.with(|executor| *executor)
}

impl Alone for Smol {
    fn run(work: impl Future<Output = ()> + 'static) {
        async_io::block_on(executor().run(work));
    }

    fn spawn(work: impl Future<Output = ()> + 'static) {
        executor().spawn(work).detach();
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + 'static {
        let timer = Timer::after(time);
        async move {
            timer.await;
        }
    }

    async fn serve(listener: TcpListener, accepted: fn()) {
        let listener = Async::new(listener).expect("a listener");
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            accepted();
            Self::spawn(async move {
                let mut buffer = [0; READ];
                while stream.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
            });
            futures_lite::future::yield_now().await;
        }
    }
}
