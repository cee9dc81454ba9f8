//! The cancel sweep of futures that are made of others: what one of them waits for goes on to the next when the whole is dropped.
//! What it is done by is in `cancel.rs`.

use super::cancel::{Granted, Queue};
use super::unnamed::Unnamed;
use crate::machine::Machine;
use core::future::{pending, ready};
use core::marker::PhantomData;
use core::pin::pin;
use core::time::Duration;
use zokio_core::future::{Either, Group, WakeBits, join, race, select};
use zokio_core::sync::{Channel, Recv};
use zokio_core::time::Clock as _;

static VALUES: Channel<u8, 1> = Channel::new();

fn value() -> Recv<'static, u8, 1> {
    VALUES.recv()
}

/// A way to wait for a value together with something else.
pub(super) trait Composed: 'static {
    /// As in [`Granted`].
    const NAMES: [&'static str; 2];

    /// Whether the value came.
    fn wait() -> Unnamed<bool>;
}

impl<C: Composed> Granted for C {
    const NAMES: [&'static str; 2] = C::NAMES;
    type Wait = Unnamed<bool>;

    fn queue() -> &'static Queue<Self::Wait> {
        // One for all of them: `check` leaves it empty.
        static QUEUE: Queue<Unnamed<bool>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {}

    fn wait() -> Self::Wait {
        C::wait()
    }

    fn grant() {
        let _ = VALUES.try_send(7);
    }

    fn take_back(came: bool) -> bool {
        came && VALUES.is_empty()
    }
}

/// The first of two, whichever it is.
pub(super) struct Raced;

impl Composed for Raced {
    const NAMES: [&'static str; 2] = ["cancel: a race", "cancel: while one part of a race comes in"];

    fn wait() -> Unnamed<bool> {
        Unnamed::new(async { race((value(), pending())).await == Ok(7) })
    }
}

/// The first of two of different kinds.
pub(super) struct Selected;

impl Composed for Selected {
    const NAMES: [&'static str; 2] = ["cancel: a select", "cancel: while one side of a select is ready"];

    fn wait() -> Unnamed<bool> {
        Unnamed::new(async { matches!(select(pending::<()>(), value()).await, Either::Right(Ok(7))) })
    }
}

/// Both of two, of which one is ready at once.
pub(super) struct Joined;

impl Composed for Joined {
    const NAMES: [&'static str; 2] = ["cancel: a join", "cancel: while the last part of a join ends"];

    fn wait() -> Unnamed<bool> {
        Unnamed::new(async { join((ready(1), value())).await == (1, Ok(7)) })
    }
}

/// One of a group.
pub(super) struct Grouped;

impl Composed for Grouped {
    const NAMES: [&'static str; 2] = ["cancel: a group", "cancel: while one of a group ends"];

    fn wait() -> Unnamed<bool> {
        Unnamed::new(async {
            let mut group = pin!(Group::<_, 1>::new());
            group.as_mut().insert(value()).is_ok() && matches!(group.next().await, Some((_, Ok(7))))
        })
    }
}

/// One of a group whose parts have wakers of their own.
pub(super) struct GroupedWithBits;

/// Of those that wait at the same time.
static BITS: [WakeBits; 3] = [const { WakeBits::new() }; 3];

impl Composed for GroupedWithBits {
    const NAMES: [&'static str; 2] = ["cancel: a group with bits", "cancel: while one of a group with bits ends"];

    fn wait() -> Unnamed<bool> {
        Unnamed::new(async {
            let Some(group) = BITS.iter().find_map(Group::<_, 2>::with_bits) else { return false };
            let mut group = pin!(group);
            group.as_mut().insert(value()).is_ok() && matches!(group.next().await, Some((_, Ok(7))))
        })
    }
}

/// With a timer that does not fire.
pub(super) struct Timed<M>(PhantomData<M>);

impl<M: Machine> Composed for Timed<M> {
    const NAMES: [&'static str; 2] = ["cancel: a timeout", "cancel: while what a timeout waits for comes"];

    fn wait() -> Unnamed<bool> {
        Unnamed::new(async { M::clock().timeout(Duration::from_secs(3600), value()).await == Ok(Ok(7)) })
    }
}
