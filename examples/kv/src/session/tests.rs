//! What happens when several threads share a server, brought about on one.

use super::*;
use core::cell::RefCell;
use core::convert::Infallible;
use core::task::{Context, Waker};
use embedded_io_async::ErrorType;
use zokio_core::time::{SortedList, Timers};

type Tiny = Server<4, 22, 22, 2, 2, 2, 192, 128>;

static TIMERS: Timers<SortedList> = Timers::new();

#[derive(Clone, Copy)]
struct Still;

// SAFETY: "one store": it is a static.
unsafe impl Clock for Still {
    type Store = SortedList;

    fn now(&self) -> Instant {
        Instant::ZERO
    }

    fn timers(&self) -> &Timers<SortedList> {
        &TIMERS
    }
}

/// Bytes on their way; a reader waits for some without being woken.
#[derive(Default)]
struct Bytes(RefCell<Vec<u8>>);

impl ErrorType for &Bytes {
    type Error = Infallible;
}

impl Read for &Bytes {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        poll_fn(|_| {
            let mut bytes = self.0.borrow_mut();
            let count = buffer.len().min(bytes.len());
            buffer.iter_mut().zip(bytes.drain(..count)).for_each(|(place, byte)| *place = byte);
            if count > 0 { Poll::Ready(Ok(count)) } else { Poll::Pending }
        })
        .await
    }
}

impl Write for &Bytes {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Behind the answer to the last UNSUBSCRIBE a client expects answers only, so a message that is published while the
/// session waits for the lock must come before it.
#[test]
fn nothing_comes_behind_the_last_unsubscribe() {
    let server = Tiny::new();
    let (input, output) = (Bytes::default(), Bytes::default());
    let mut session = pin!(server.serve(Still, &input, &output, Options::SOCKET));
    let mut cx = Context::from_waker(Waker::noop());
    input.0.borrow_mut().extend(b"SUBSCRIBE news\r\n");
    assert!(session.as_mut().poll(&mut cx).is_pending());
    output.0.borrow_mut().clear();

    let mut lock = pin!(server.lock());
    let Poll::Ready(mut shared) = lock.as_mut().poll(&mut cx) else { panic!("the server is idle") };
    input.0.borrow_mut().extend(b"UNSUBSCRIBE\r\nPING\r\n");
    assert!(session.as_mut().poll(&mut cx).is_pending());
    assert_eq!(shared.publish(&server.clients, b"news", b"late"), Ok(1));
    drop(shared);
    assert!(session.as_mut().poll(&mut cx).is_pending());
    assert_eq!(
        String::from_utf8_lossy(&output.0.borrow()),
        "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$4\r\nlate\r\n*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n+PONG\r\n"
    );
}
