//! The pipe as a program sees it: a writer and a reader with random scripts, each polled only when it was woken, in random
//! turns. The bytes that come out are those that went in, in order, and whoever sleeps has a reason.

mod models;

use models::{STEPS, Waiter, cases};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use zokio_core::sync::Pipe;

/// Of so many bytes.
#[derive(Clone, Copy, Debug)]
enum Writes {
    Write(usize),
    TryWrite(usize),
    /// Begins to write and gives up at once if it has to wait.
    GiveUp(usize),
    Drained,
}

#[derive(Clone, Copy, Debug)]
enum Reads {
    Read(usize),
    TryRead(usize),
    ReadByte,
    GiveUp(usize),
}

/// What the pipe is meant to be.
#[derive(Default)]
struct Model {
    capacity: usize,
    bytes: VecDeque<u8>,
    /// The next byte.
    next: u8,
    writer_is_over: bool,
}

impl Model {
    fn free(&self) -> usize {
        self.capacity - self.bytes.len()
    }

    /// `asked` bytes that were not in a pipe before.
    fn fresh(&self, asked: usize) -> Vec<u8> {
        (0..asked).map(|ahead| self.next.wrapping_add(ahead as u8)).collect()
    }

    /// So many of them went in.
    fn wrote(&mut self, asked: usize, count: usize) {
        assert_eq!(count, asked.min(self.free()), "as many as fit");
        for _ in 0..count {
            self.bytes.push_back(self.next);
            self.next = self.next.wrapping_add(1);
        }
    }

    /// These came out, where so many could have.
    fn read(&mut self, asked: usize, bytes: &[u8]) {
        assert_eq!(bytes.len(), asked.min(self.bytes.len()), "as many as there are");
        let expected: Vec<u8> = self.bytes.drain(..bytes.len()).collect();
        assert_eq!(bytes, expected);
    }
}

type Shared<'m> = &'m RefCell<Model>;

async fn at_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

async fn write<const N: usize>(pipe: &Pipe<N>, script: &[Writes], model: Shared<'_>) {
    for &step in script {
        let (Writes::Write(asked) | Writes::TryWrite(asked) | Writes::GiveUp(asked)) = step else {
            pipe.drained().await;
            assert!(model.borrow().bytes.is_empty());
            continue;
        };
        let bytes = model.borrow().fresh(asked);
        let count = match step {
            Writes::TryWrite(_) => pipe.try_write(&bytes),
            Writes::GiveUp(_) => match at_once(pipe.write(&bytes)).await {
                Poll::Ready(count) => count,
                Poll::Pending => {
                    assert!(model.borrow().free() == 0 && asked > 0);
                    continue;
                }
            },
            _ => {
                let count = pipe.write(&bytes).await;
                assert!(count > 0 || asked == 0, "it waits for room");
                count
            }
        };
        model.borrow_mut().wrote(asked, count);
        assert_eq!((pipe.len(), pipe.free()), (model.borrow().bytes.len(), model.borrow().free()));
    }
    model.borrow_mut().writer_is_over = true;
}

async fn read<const N: usize>(pipe: &Pipe<N>, script: &[Reads], model: Shared<'_>) {
    // Once the script is over, the rest.
    let rest = std::iter::repeat(&Reads::Read(3));
    for &step in script.iter().chain(rest) {
        if model.borrow().writer_is_over && model.borrow().bytes.is_empty() {
            assert!(pipe.is_empty());
            return;
        }
        let mut bytes = [0; 8];
        match step {
            Reads::ReadByte => {
                let byte = pipe.try_read_byte();
                model.borrow_mut().read(1, byte.as_slice());
            }
            Reads::TryRead(asked) => {
                let count = pipe.try_read(&mut bytes[..asked]);
                model.borrow_mut().read(asked, &bytes[..count]);
            }
            Reads::GiveUp(asked) => match at_once(pipe.read(&mut bytes[..asked])).await {
                Poll::Ready(count) => model.borrow_mut().read(asked, &bytes[..count]),
                Poll::Pending => assert!(model.borrow().bytes.is_empty() && asked > 0),
            },
            Reads::Read(asked) => {
                let count = pipe.read(&mut bytes[..asked]).await;
                assert!(count > 0 || asked == 0, "it waits for bytes");
                model.borrow_mut().read(asked, &bytes[..count]);
            }
        }
    }
}

fn run<const N: usize>(writes: &[Writes], reads: &[Reads], turns: &[bool]) {
    let pipe = Pipe::<N>::new();
    let model = RefCell::new(Model { capacity: N, ..Model::default() });
    let mut tasks = [Some(Waiter::new(write(&pipe, writes, &model))), Some(Waiter::new(read(&pipe, reads, &model)))];
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
        if tasks[task].as_mut().unwrap().poll_anew().0.is_ready() {
            tasks[task] = None;
        }
    }
    assert!(tasks[0].is_none(), "the writer sleeps for ever");
    // A pipe has no end: a reader may wait for bytes that nobody will write, and for no others.
    assert!(model.borrow().bytes.is_empty(), "the reader sleeps beside bytes");
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn bytes_come_out_as_they_went_in(
        writes in prop::collection::vec(
            prop_oneof![
                6 => (0..8usize).prop_map(Writes::Write),
                2 => (0..8usize).prop_map(Writes::TryWrite),
                2 => (0..8usize).prop_map(Writes::GiveUp),
                1 => Just(Writes::Drained),
            ],
            0..STEPS / 2,
        ),
        reads in prop::collection::vec(
            prop_oneof![
                6 => (0..8usize).prop_map(Reads::Read),
                2 => (0..8usize).prop_map(Reads::TryRead),
                1 => Just(Reads::ReadByte),
                2 => (0..8usize).prop_map(Reads::GiveUp),
            ],
            0..STEPS / 2,
        ),
        turns in prop::collection::vec(any::<bool>(), STEPS),
    ) {
        run::<1>(&writes, &reads, &turns);
        run::<5>(&writes, &reads, &turns);
    }
}
