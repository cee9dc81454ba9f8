use super::{Alone, READ};
use std::net::TcpListener;
use std::time::Duration;
use zokio_std::driver::DriverKind;
use zokio_std::{Runtime, net, spawn_local, time};

/// Zokio on io_uring.
pub struct Uring;
/// Zokio on epoll.
pub struct Epoll;

macro_rules! alone {
    ($name:ident, $kind:expr) => {
        impl Alone for $name {
            fn run(work: impl Future<Output = ()> + 'static) {
                Runtime::builder().driver($kind).build().expect("a runtime").block_on(work);
            }

            fn spawn(work: impl Future<Output = ()> + 'static) {
                spawn_local(work).detach();
            }

            fn sleep(time: Duration) -> impl Future<Output = ()> + 'static {
                time::sleep(time)
            }

            async fn serve(listener: TcpListener, accepted: fn()) {
                let address = listener.local_addr().expect("an address");
                drop(listener);
                let mut listener = net::TcpListener::bind(address).expect("the same port");
                loop {
                    let (mut stream, _) = listener.accept().await.expect("a connection");
                    accepted();
                    spawn_local(async move {
                        let mut buffer = [0; READ];
                        while stream.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
                    })
                    .detach();
                }
            }
        }
    };
}

alone!(Uring, DriverKind::Uring);
alone!(Epoll, DriverKind::Epoll);
