//! Numbers for what preview 2 has as resources, so that operations can name it.

use super::driver::Subscription;
use super::net::{TcpListener, TcpStream};
use core::cell::RefCell;
use core::task::{Poll, Waker};
use std::io;
use std::rc::Rc;
use std::vec::Vec;
use zokio_core::driver::Interest;

/// Something that is open.
pub(super) enum Resource {
    Listener(TcpListener),
    Stream(TcpStream),
}

pub(super) struct Open {
    pub(super) resource: Resource,
    /// Of both directions, the waker of the last wait and the token that it is for.
    pub(super) wakers: [Option<(u64, Waker)>; 2],
    /// What a look has found, and a receive is to have.
    ahead: Option<u8>,
    failed: Option<io::Error>,
}

impl Open {
    /// Whether this direction is ready; `None` if a listener has no such direction.
    ///
    /// A stream's pollable stays ready after a read that took everything, so the only way to know is to read: a byte, which is
    /// kept.
    pub(super) fn look(&mut self, interest: Interest) -> Option<bool> {
        let Resource::Stream(stream) = &self.resource else { return Some(self.subscription(interest)?.is_ready()) };
        if interest == Interest::Writable {
            return Some(stream.directions().1.subscription().is_ready());
        }
        let mut byte = [0];
        if self.ahead.is_none() && self.failed.is_none() {
            match stream.directions().0.try_read(&mut byte) {
                Poll::Pending => return Some(false),
                Poll::Ready(Ok(0)) => {}
                Poll::Ready(Ok(_)) => self.ahead = Some(byte[0]),
                Poll::Ready(Err(error)) => self.failed = Some(error),
            }
        }
        Some(true)
    }

    /// Receives what is there; `None` on a listener.
    pub(super) fn receive(&mut self, into: &mut [u8]) -> Option<Poll<io::Result<usize>>> {
        let Resource::Stream(stream) = &self.resource else { return None };
        let Some((first, rest)) = into.split_first_mut() else { return Some(Poll::Ready(Ok(0))) };
        let Some(ahead) = self.ahead.take() else {
            let failed = self.failed.take();
            return Some(failed.map_or_else(|| stream.directions().0.try_read(into), |error| Poll::Ready(Err(error))));
        };
        *first = ahead;
        let more = match stream.directions().0.try_read(rest) {
            Poll::Ready(Ok(more)) => more,
            Poll::Pending => 0,
            // A host tells it once.
            Poll::Ready(Err(error)) => {
                self.failed = Some(error);
                0
            }
        };
        Some(Poll::Ready(Ok(1 + more)))
    }

    /// Sends what there is room for; `None` on a listener.
    pub(super) fn send(&self, bytes: &[u8]) -> Option<Poll<io::Result<usize>>> {
        let Resource::Stream(stream) = &self.resource else { return None };
        Some(stream.directions().1.try_write(bytes))
    }

    /// What waits for this direction; a listener has one only.
    pub(super) const fn subscription(&self, interest: Interest) -> Option<&Subscription> {
        match (&self.resource, interest) {
            (Resource::Listener(listener), Interest::Readable) => Some(listener.subscription()),
            (Resource::Listener(_), Interest::Writable) => None,
            (Resource::Stream(stream), Interest::Readable) => Some(stream.directions().0.subscription()),
            (Resource::Stream(stream), Interest::Writable) => Some(stream.directions().1.subscription()),
        }
    }
}

/// Listeners and connections by number, the smallest free one first. Shared by its clones; what is in it is closed when it is
/// [closed](zokio_core::driver::Op::Close), or with the last clone.
///
/// In use: see [`WasiPoll`](super::WasiPoll).
#[derive(Clone, Default)]
pub struct Handles(pub(super) Rc<RefCell<Vec<Option<Open>>>>);

impl Handles {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a listener a number. O(handles).
    pub fn listener(&self, listener: TcpListener) -> u32 {
        self.insert(Resource::Listener(listener))
    }

    /// Gives a connection a number. O(handles).
    pub fn stream(&self, stream: TcpStream) -> u32 {
        self.insert(Resource::Stream(stream))
    }

    /// How many are open. O(handles).
    pub fn count(&self) -> usize {
        self.0.borrow().iter().flatten().count()
    }

    /// Whether `handle` is open.
    pub fn is_open(&self, handle: u32) -> bool {
        matches!(self.0.borrow().get(handle as usize), Some(Some(_)))
    }

    pub(super) fn insert(&self, resource: Resource) -> u32 {
        let mut places = self.0.borrow_mut();
        let free = places.iter().position(Option::is_none);
        let number = free.unwrap_or_else(|| {
            places.push(None);
            places.len() - 1
        });
        places[number] = Some(Open { resource, wakers: [None, None], ahead: None, failed: None });
        number as u32
    }

    /// Closes `handle`; whether it was open.
    pub(super) fn close(&self, handle: u32) -> bool {
        // Dropped when the table is free again.
        let open = self.0.borrow_mut().get_mut(handle as usize).and_then(Option::take);
        open.is_some()
    }

    /// What `handle` is.
    pub(super) fn with<T>(&self, handle: u32, look: impl FnOnce(&mut Open) -> T) -> Option<T> {
        self.0.borrow_mut().get_mut(handle as usize)?.as_mut().map(look)
    }
}
