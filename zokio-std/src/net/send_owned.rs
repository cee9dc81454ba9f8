//! Sends of buffers that the program gives away meanwhile.

use super::stream::Stream;
use crate::io::{IoBuf, Loan};
use crate::reactor::Lent;
use std::future::poll_fn;
use std::io;

/// A send; dropped before its end, it is given up.
struct Sending<'a> {
    stream: &'a Stream,
    lent: Lent,
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.lent.key {
            // Where the runtime is gone, it has let go of everything.
            let _orphan = self.stream.with(|reactor, id| Ok(reactor.abandon_send(id, key)));
        }
    }
}

/// Sends all of `buf`, which comes back (empty, where the runtime ended meanwhile).
pub(super) async fn send_owned<B: IoBuf>(stream: &Stream, buf: B) -> (io::Result<()>, B) {
    let loan = Loan::new(buf);
    let len = loan.len();
    let mut sending = Sending { stream, lent: Lent { loan: Some(loan), sent: 0, zero_copy: true, key: None } };
    let result = loop {
        if sending.lent.sent == len {
            break Ok(());
        }
        let piece =
            poll_fn(|cx| stream.poll(cx, |reactor, id, waiter| reactor.poll_send_lent(id, &mut sending.lent, waiter)));
        match piece.await.map_err(io::Error::from) {
            Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
            Ok(sent) => sending.lent.sent += sent as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    // SAFETY: made from such a buffer, and only read.
    let buf = sending.lent.loan.take().map_or_else(B::empty, |loan| unsafe { loan.give_back(0) });
    (result, buf)
}
