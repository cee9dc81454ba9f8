//! The channel from one to one as a program sees it: two tasks with random scripts, each polled only when it was woken, in
//! random turns. What comes out is what went in, in order, and whoever sleeps has a reason.

mod models;

use models::{STEPS, Waiter, cases};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use zokio_core::sync::{SpscChannel, SpscReceiver, SpscSender, TryRecvError, TryReserveError, TrySendError};

#[derive(Clone, Copy, Debug)]
enum Sends {
    Send,
    TrySend,
    /// Reserves a place, and uses it or not.
    Reserve(bool),
    TryReserve(bool),
    /// Begins to send and gives up at once if it has to wait.
    GiveUp,
}

#[derive(Clone, Copy, Debug)]
enum Receives {
    Recv,
    TryRecv,
    GiveUp,
    Close,
}

/// What the channel is meant to be.
#[derive(Default)]
struct Model {
    capacity: usize,
    values: VecDeque<usize>,
    closed: bool,
    /// The next value.
    next: usize,
}

impl Model {
    fn is_full(&self) -> bool {
        self.values.len() == self.capacity
    }

    fn place(&mut self, value: usize) {
        assert!(!self.closed && !self.is_full(), "sent without a place");
        self.values.push_back(value);
    }
}

type Shared<'m> = &'m RefCell<Model>;

async fn send<const N: usize>(mut sender: SpscSender<'_, usize, N>, script: &[Sends], model: Shared<'_>) {
    for step in script {
        let value = {
            let mut model = model.borrow_mut();
            model.next += 1;
            model.next
        };
        match step {
            Sends::Send => {
                let sent = sender.send(value).await;
                let mut model = model.borrow_mut();
                match sent {
                    Ok(()) => model.place(value),
                    Err(back) => assert!(model.closed && back.0 == value),
                }
            }
            Sends::GiveUp => {
                let mut sending = pin!(sender.send(value));
                let sent = poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx))).await;
                let mut model = model.borrow_mut();
                match sent {
                    Poll::Ready(Ok(())) => model.place(value),
                    Poll::Ready(Err(back)) => assert!(model.closed && back.0 == value),
                    Poll::Pending => assert!(!model.closed && model.is_full()),
                }
            }
            Sends::TrySend => {
                let sent = sender.try_send(value);
                let mut model = model.borrow_mut();
                match sent {
                    Ok(()) => model.place(value),
                    Err(TrySendError::Closed(back)) => assert!(model.closed && back == value),
                    Err(other) => assert!(!model.closed && model.is_full(), "{other}"),
                }
            }
            Sends::Reserve(used) => match sender.reserve().await {
                Ok(permit) if *used => {
                    model.borrow_mut().place(value);
                    permit.send(value);
                }
                Ok(_) => assert!(!model.borrow().is_full() && !model.borrow().closed),
                Err(_) => assert!(model.borrow().closed),
            },
            Sends::TryReserve(used) => match sender.try_reserve() {
                Ok(permit) if *used => {
                    model.borrow_mut().place(value);
                    permit.send(value);
                }
                Ok(_) => assert!(!model.borrow().is_full() && !model.borrow().closed),
                Err(TryReserveError::Closed) => assert!(model.borrow().closed),
                Err(_) => assert!(!model.borrow().closed && model.borrow().is_full()),
            },
        }
        assert_eq!(sender.is_closed(), model.borrow().closed);
    }
    drop(sender);
    model.borrow_mut().closed = true;
}

async fn receive<const N: usize>(mut receiver: SpscReceiver<'_, usize, N>, script: &[Receives], model: Shared<'_>) {
    // Once the script is over, the rest.
    let rest = std::iter::repeat(&Receives::Recv);
    for step in script.iter().chain(rest) {
        match step {
            Receives::Recv => match receiver.recv().await {
                Ok(value) => assert_eq!(Some(value), model.borrow_mut().values.pop_front()),
                Err(_) => {
                    assert!(model.borrow().closed && model.borrow().values.is_empty());
                    return;
                }
            },
            Receives::GiveUp => {
                let mut receiving = pin!(receiver.recv());
                match poll_fn(|cx| Poll::Ready(receiving.as_mut().poll(cx))).await {
                    Poll::Ready(received) => assert_eq!(received.ok(), model.borrow_mut().values.pop_front()),
                    Poll::Pending => assert!(!model.borrow().closed && model.borrow().values.is_empty()),
                }
            }
            Receives::TryRecv => match receiver.try_recv() {
                Ok(value) => assert_eq!(Some(value), model.borrow_mut().values.pop_front()),
                Err(TryRecvError::Closed) => assert!(model.borrow().closed && model.borrow().values.is_empty()),
                Err(_) => assert!(!model.borrow().closed && model.borrow().values.is_empty()),
            },
            Receives::Close => {
                receiver.close();
                model.borrow_mut().closed = true;
            }
        }
        assert_eq!(receiver.len(), model.borrow().values.len());
    }
}

fn run<const N: usize>(sends: &[Sends], receives: &[Receives], turns: &[bool]) {
    let mut channel = SpscChannel::<usize, N>::new();
    let (sender, receiver) = channel.split();
    let model = RefCell::new(Model { capacity: N, ..Model::default() });
    let mut tasks =
        [Some(Waiter::new(send(sender, sends, &model))), Some(Waiter::new(receive(receiver, receives, &model)))];
    // Whoever was never polled may be.
    let mut begun = [false; 2];
    let mut turns = turns.iter().copied().chain(std::iter::repeat(false));
    loop {
        let may = [0, 1].map(|task| tasks[task].as_ref().is_some_and(|it| !begun[task] || it.woken() > 0));
        let task = match may {
            [false, false] => break,
            [true, true] => usize::from(turns.next().unwrap()),
            [_, second] => usize::from(second),
        };
        begun[task] = true;
        if tasks[task].as_mut().unwrap().poll().is_ready() {
            tasks[task] = None;
        }
    }
    assert!(tasks.iter().all(Option::is_none), "somebody sleeps for ever");
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn two_tasks_end_whatever_they_do(
        sends in prop::collection::vec(
            prop_oneof![
                4 => Just(Sends::Send),
                2 => Just(Sends::TrySend),
                2 => any::<bool>().prop_map(Sends::Reserve),
                1 => any::<bool>().prop_map(Sends::TryReserve),
                2 => Just(Sends::GiveUp),
            ],
            0..STEPS / 2,
        ),
        receives in prop::collection::vec(
            prop_oneof![
                6 => Just(Receives::Recv),
                3 => Just(Receives::TryRecv),
                3 => Just(Receives::GiveUp),
                1 => prop::bool::weighted(0.3).prop_map(|close| if close { Receives::Close } else { Receives::Recv }),
            ],
            0..STEPS / 2,
        ),
        turns in prop::collection::vec(any::<bool>(), STEPS),
    ) {
        run::<1>(&sends, &receives, &turns);
        run::<4>(&sends, &receives, &turns);
    }
}
