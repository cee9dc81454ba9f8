//! The SPI driver over a simulated controller: a memory of a few bytes each way, bytes that take their time, an interrupt that is
//! raised only while it is enabled; at the other end a device that answers each byte with its complement.
#![cfg(not(target_os = "none"))]

use embedded_hal_async::spi::SpiBus as _;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use zokio_board::spi::{Port, Spi, SpiBus};

const DEPTH: usize = 4;

#[derive(Default)]
struct Hardware {
    to_send: VecDeque<u8>,
    received: VecDeque<u8>,
    /// All that the device has seen.
    seen: Vec<u8>,
    listens: bool,
    /// Seeds whether a byte is exchanged between any two accesses to the registers; none if `None`.
    lively: Option<Random>,
}

thread_local! {
    // One test, one thread, one controller.
    static HARDWARE: RefCell<Hardware> = RefCell::default();
}

fn hardware<R>(f: impl FnOnce(&mut Hardware) -> R) -> R {
    HARDWARE.with_borrow_mut(f)
}

/// A byte goes out and one comes in.
fn exchange() {
    hardware(|hardware| {
        if let Some(byte) = hardware.to_send.pop_front() {
            hardware.seen.push(byte);
            hardware.received.push_back(!byte);
            assert!(hardware.received.len() <= DEPTH, "what came back has overrun");
        }
    });
}

fn time_passes() {
    if hardware(|hardware| hardware.lively.as_mut().is_some_and(|random| random.below(3) == 0)) {
        exchange();
    }
}

struct Simulated;

impl Port for Simulated {
    const DEPTH: usize = DEPTH;
    fn start() {}
    fn put(byte: u8) {
        time_passes();
        hardware(|hardware| {
            hardware.to_send.push_back(byte);
            assert!(hardware.to_send.len() <= DEPTH, "there was no room");
        });
    }
    fn take() -> Option<u8> {
        time_passes();
        hardware(|hardware| hardware.received.pop_front())
    }
    fn listen(yes: bool) {
        time_passes();
        hardware(|hardware| hardware.listens = yes);
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

fn opened() -> (&'static Spi<Simulated>, SpiBus<Simulated>) {
    let spi: &Spi<Simulated> = Box::leak(Box::new(Spi::new()));
    (spi, spi.open().expect("opened once"))
}

/// Runs `operation` for `turns` turns of the hardware at most; it is polled when it was woken only.
fn run<F: Future>(spi: &Spi<Simulated>, operation: F, turns: usize) -> Option<F::Output> {
    let mut operation = pin!(operation);
    let flag = Arc::new(Flag(true.into()));
    let waker = Waker::from(flag.clone());
    for _ in 0..turns {
        if flag.0.swap(false, Relaxed)
            && let Poll::Ready(output) = operation.as_mut().poll(&mut Context::from_waker(&waker))
        {
            return Some(output);
        }
        exchange();
        if hardware(|hardware| hardware.listens && !hardware.received.is_empty()) {
            spi.on_interrupt();
        }
    }
    None
}

/// Operations of every kind and length, some dropped half-way, in every order that a generator finds.
#[test]
fn what_goes_out_and_comes_back_is_right_and_nobody_waits_in_vain() {
    for seed in 1..300_u64 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let lively = (seed % 2 == 0).then(|| Random(random.below(1 << 60) as u64 | 1));
        hardware(|hardware| *hardware = Hardware { lively, ..Hardware::default() });
        let (spi, mut bus) = opened();
        for _ in 0..30 {
            let out: Vec<u8> = (0..random.below(12)).map(|_| random.below(256) as u8).collect();
            let mut back = vec![0; random.below(12)];
            let turns = if random.below(3) == 0 { random.below(8) } else { 1000 };
            hardware(|hardware| hardware.seen.clear());
            let kind = random.below(4);
            let done = match kind {
                0 => run(spi, bus.write(&out), turns).is_some(),
                1 => run(spi, bus.read(&mut back), turns).is_some(),
                2 => run(spi, bus.transfer(&mut back, &out), turns).is_some(),
                _ => {
                    back.clone_from(&out);
                    run(spi, bus.transfer_in_place(&mut back), turns).is_some()
                }
            };
            assert!(done || turns < 1000, "seed {seed}: an operation waits in vain");
            if done {
                let (sent, read) = match kind {
                    0 => (out.clone(), 0),
                    1 => (vec![0; back.len()], back.len()),
                    _ => {
                        let mut sent = out.clone();
                        sent.resize(out.len().max(back.len()), 0);
                        (sent, back.len())
                    }
                };
                let seen = hardware(|hardware| hardware.seen.clone());
                assert!(seen.ends_with(&sent), "seed {seed}: {sent:?} went out as {seen:?}");
                let answers: Vec<u8> = sent[..read].iter().map(|byte| !byte).collect();
                assert_eq!(back[..read], answers, "seed {seed}");
            }
        }
        assert!(run(spi, bus.flush(), 1000).is_some());
        assert!(hardware(|hardware| hardware.to_send.is_empty() && hardware.received.is_empty()));
    }
}

#[test]
fn it_opens_once() {
    let (spi, _bus) = opened();
    assert!(spi.open().is_none());
}
