//! The channel from one to one under loom: no wake-up is lost, neither of a receiver that waits for a value nor of a
//! sender that waits for a place, nor of either that waits for the other's end.
//!
//! How to run it: see `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::thread;
use waiting::Waiting;
use zokio_core::sync::{Closed, RecvError, SpscChannel, SpscReceiver, SpscSender};

fn block_on<F: Future>(future: F) -> F::Output {
    Waiting::new(future).end()
}

/// A channel that was used once, both ways, as loom wants it.
fn channel() -> (SpscSender<'static, u32, 1>, SpscReceiver<'static, u32, 1>) {
    let channel: &'static SpscChannel<u32, 1> = Box::leak(Box::new(SpscChannel::new()));
    let (mut sender, mut receiver) = channel.take().unwrap();
    assert_eq!(sender.try_send(0), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(0));
    (sender, receiver)
}

#[test]
fn values_and_the_end_reach_a_waiting_receiver() {
    explore(Some(3), || {
        let (mut sender, mut receiver) = channel();
        let producer = thread::spawn(move || {
            block_on(async {
                assert_eq!(sender.send(1).await, Ok(()));
                assert_eq!(sender.send(2).await, Ok(()));
            });
        });
        block_on(async {
            assert_eq!(receiver.recv().await, Ok(1));
            assert_eq!(receiver.recv().await, Ok(2));
            assert_eq!(receiver.recv().await, Err(RecvError));
        });
        producer.join().unwrap();
    });
}

#[test]
fn the_end_of_the_receiver_reaches_a_waiting_sender() {
    explore(Some(3), || {
        let (mut sender, mut receiver) = channel();
        let consumer = thread::spawn(move || {
            let _ = receiver.try_recv();
        });
        let mut sent = 1;
        let refused = block_on(async {
            loop {
                match sender.send(sent).await {
                    Ok(()) => sent += 1,
                    Err(Closed(value)) => break value,
                }
            }
        });
        // At most one was received, one more fitted in, and one passed the receiver in the door.
        assert!(refused == sent && sent <= 4, "{refused} of {sent}");
        consumer.join().unwrap();
    });
}
