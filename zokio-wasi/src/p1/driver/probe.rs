//! Asking the host about one thing at a time, where what it says of all of them is in doubt.

use super::{MILLISECOND, Outcome, Reactor, Sink, Source};
use crate::p1::abi::{self, Event, Fd, Subscription};
use crate::p1::error::Error;
use crate::p1::host::Host;
use zokio_core::driver::{Errno, Interest, Key};

impl<H: Host, const N: usize> Reactor<H, N> {
    /// The timeout of a look, which is not to wait. A host that truncates looks at no descriptor when nothing is left of the
    /// timeout; whether this is one is found out here by a wait of a millisecond, unless a sleep has shown it before.
    pub(super) fn glance(&self) -> Result<u64, Error> {
        if self.truncates.get().is_none() {
            let start = self.clock()?;
            let mut events = [Event::UNWRITTEN];
            // One that fails at this fails at what follows, too, which is looked into.
            let failed = self.ask(&[Subscription::clock(u64::MAX, MILLISECOND - 1)], &mut events).is_err();
            self.truncates.set(Some(!failed && self.clock()? - start < MILLISECOND / 2));
        }
        Ok(if self.truncates.get() == Some(true) { MILLISECOND } else { 0 })
    }

    /// Asks for each armed descriptor by itself, and ends the waits that the host has an answer to; how many.
    ///
    /// Costs two host calls for every armed descriptor.
    pub(super) fn sweep(&self, sink: Sink<'_>) -> usize {
        let mut ended = 0;
        let mut index = 0;
        loop {
            let Some(subscription) = self.table.borrow().subscription(index) else { break };
            if index == 0 && ended == 0 {
                self.count(|s| s.sweeps += 1);
            }
            match self.probed(subscription) {
                // The last one takes the place of one that ends, so the index stays.
                Some(outcome) if self.finish(Key::from_u64(subscription.userdata), outcome, sink) => ended += 1,
                _ => index += 1,
            }
        }
        ended
    }

    /// The outcome of `subscription`, if the host, asked about nothing else, has one by now.
    pub(super) fn probed(&self, subscription: Subscription) -> Option<Outcome> {
        match self.probe(subscription) {
            Ok(false) | Err(abi::INTR) => None,
            // One descriptor was asked about, so only that one can be meant.
            Ok(true) => Some(Outcome::Ready(Source { alone: true, answer: self.answer.get() })),
            Err(errno) => Some(Outcome::Failed(errno)),
        }
    }

    /// Whether the host, asked about nothing else, says that `subscription` has come true by now.
    fn probe(&self, subscription: Subscription) -> Result<bool, Errno> {
        // One host dies of a poll on a descriptor that is not open.
        self.host.fd_fdstat_get(subscription.id as Fd)?;
        let mut events = [Event::UNWRITTEN; 2];
        let glance = self.glance().map_err(|_| abi::INTR)?;
        self.ask(&[Subscription::clock(u64::MAX, glance), subscription], &mut events)?;
        match events.iter().find(|e| e.userdata == subscription.userdata && e.kind == subscription.kind) {
            None => Ok(false),
            Some(Event { error: 0, .. }) => Ok(true),
            Some(event) => Err(Errno(event.error)),
        }
    }

    /// Whether `fd` is ready at this moment.
    pub(in crate::p1) fn confirm(&self, fd: Fd, interest: Interest) -> Result<bool, Error> {
        self.probe(Subscription::descriptor(0, fd, interest)).map_err(|errno| Error::Descriptor {
            call: "poll_oneoff",
            fd,
            errno,
        })
    }
}
