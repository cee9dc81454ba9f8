//! The UART driver over simulated hardware of the meanest kind: one byte each way, interrupts that are raised only for
//! what happens while they are enabled, and errors that are told once.
#![cfg(not(target_os = "none"))]

use embedded_io_async::{Read, Write};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use zokio_board::uart::{LineError, Port, Status, Uart};

#[derive(Default)]
struct Hardware {
    /// What the other end wants to send; it waits while there is no room.
    line: VecDeque<u8>,
    received: Option<u8>,
    to_send: Option<u8>,
    sent: Vec<u8>,
    error: Option<Status>,
    listens: (bool, bool),
    raised: bool,
    /// Seeds what happens between any two accesses to the registers; nothing if `None`.
    lively: Option<Random>,
}

thread_local! {
    // One test, one thread, one UART.
    static HARDWARE: RefCell<Hardware> = RefCell::default();
}

fn hardware<R>(f: impl FnOnce(&mut Hardware) -> R) -> R {
    HARDWARE.with_borrow_mut(f)
}

struct Simulated;

/// Bytes come and go while the driver is at work, too.
fn time_passes() {
    match hardware(|hardware| hardware.lively.as_mut().map(|random| random.below(6))) {
        Some(0) => arrive(),
        Some(1) => leave(),
        _ => {}
    }
}

impl Port for Simulated {
    fn start() {}
    fn status() -> Status {
        time_passes();
        hardware(|hardware| {
            Status::RECEIVED
                .when(hardware.received.is_some())
                .or(Status::CAN_SEND.when(hardware.to_send.is_none()))
                .or(hardware.error.take().unwrap_or(Status::NONE))
        })
    }
    fn receive() -> (u8, Status) {
        (hardware(|hardware| hardware.received.take()).expect("the driver asks first"), Status::NONE)
    }
    fn send(byte: u8) {
        let before = hardware(|hardware| hardware.to_send.replace(byte));
        assert_eq!(before, None, "the driver asks first");
    }
    fn listen(received: bool, can_send: bool) {
        time_passes();
        hardware(|hardware| hardware.listens = (received, can_send));
    }
    fn acknowledge() {
        time_passes();
        hardware(|hardware| hardware.raised = false);
    }
}

/// One byte arrives, if there is room.
fn arrive() {
    hardware(|hardware| {
        if hardware.received.is_none()
            && let Some(byte) = hardware.line.pop_front()
        {
            hardware.received = Some(byte);
            hardware.raised |= hardware.listens.0;
        }
    });
}

/// One byte leaves, if there is one.
fn leave() {
    hardware(|hardware| {
        if let Some(byte) = hardware.to_send.take() {
            hardware.sent.push(byte);
            hardware.raised |= hardware.listens.1;
        }
    });
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
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

fn poll_once<F: Future>(future: F, waker: &Waker) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(waker))
}

fn leaked<const RX: usize, const TX: usize>() -> &'static Uart<Simulated, RX, TX> {
    Box::leak(Box::new(Uart::new()))
}

/// Both directions at once, in every order that a generator finds; each poll's future is dropped. A side that waits is
/// polled again only when it was woken, and the handler runs only when the hardware raised the interrupt, so a wake-up or
/// an interrupt that is lost shows as bytes that never come.
#[test]
fn no_byte_is_lost_and_nobody_waits_in_vain() {
    for seed in 1..400 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let lively = Some(Random(random.below(1 << 60) as u64 | 1));
        hardware(|hardware| *hardware = Hardware { lively, ..Hardware::default() });
        let uart = leaked::<5, 3>();
        let (mut reader, mut writer) = uart.open().unwrap().split();
        let (read_flag, write_flag) = (Arc::new(Flag(true.into())), Arc::new(Flag(true.into())));
        let (read_waker, write_waker) = (Waker::from(read_flag.clone()), Waker::from(write_flag.clone()));
        let incoming: Vec<u8> = (0..200).map(|_| random.below(256) as u8).collect();
        let outgoing: Vec<u8> = (0..200).map(|_| random.below(256) as u8).collect();
        hardware(|hardware| hardware.line.extend(&incoming));
        let (mut got, mut given) = (Vec::new(), 0);
        for _ in 0..20_000 {
            match random.below(6) {
                0 => arrive(),
                1 => leave(),
                2 | 3 => {
                    if hardware(|hardware| hardware.raised) {
                        uart.on_interrupt();
                    }
                }
                4 => {
                    if read_flag.0.swap(false, Relaxed) {
                        let mut buffer = [0; 4];
                        let room = 1 + random.below(4);
                        if let Poll::Ready(count) = poll_once(reader.read(&mut buffer[..room]), &read_waker) {
                            got.extend_from_slice(&buffer[..count.unwrap()]);
                            read_flag.0.store(true, Relaxed);
                        }
                    }
                }
                _ => {
                    if given < outgoing.len() && write_flag.0.swap(false, Relaxed) {
                        let end = outgoing.len().min(given + 1 + random.below(6));
                        if let Poll::Ready(count) = poll_once(writer.write(&outgoing[given..end]), &write_waker) {
                            given += count.unwrap();
                            write_flag.0.store(true, Relaxed);
                        }
                    }
                }
            }
        }
        assert_eq!(got, incoming, "seed {seed}");
        assert_eq!(hardware(|hardware| hardware.sent.clone()), outgoing, "seed {seed}");
        assert!(poll_once(writer.flush(), Waker::noop()).is_ready());
    }
}

/// A full ring leaves bytes in the hardware and masks the interrupt; reading takes them up again without one.
#[test]
fn a_full_ring_holds_the_line_back() {
    let uart = leaked::<2, 2>();
    let mut io = uart.open().unwrap();
    hardware(|hardware| hardware.line.extend([1, 2, 3, 4]));
    for _ in 0..4 {
        arrive();
        uart.on_interrupt();
    }
    assert_eq!(hardware(|hardware| (hardware.line.len(), hardware.received, hardware.listens.0)), (1, Some(3), false));
    let mut buffer = [0; 8];
    assert_eq!(poll_once(io.read(&mut buffer), Waker::noop()), Poll::Ready(Ok(2)));
    assert_eq!(hardware(|hardware| (hardware.received, hardware.listens.0)), (None, true));
    assert_eq!(poll_once(io.read(&mut buffer), Waker::noop()), Poll::Ready(Ok(1)));
    assert_eq!(buffer[0], 3);
}

/// Each kind of error is told once, the garbled byte is not, and the stream goes on.
#[test]
fn errors_are_values_and_end_nothing() {
    let uart = leaked::<8, 8>();
    let mut io = uart.open().unwrap();
    let receive = |byte, error| {
        hardware(|hardware| {
            hardware.line.push_back(byte);
            hardware.error = error;
        });
        arrive();
        uart.on_interrupt();
    };
    receive(1, None);
    receive(2, Some(Status::OVERRUN));
    receive(3, Some(Status::FRAMING));
    receive(4, Some(Status::PARITY.or(Status::BREAK)));
    receive(5, None);
    let mut buffer = [0; 8];
    let mut read = || poll_once(io.read(&mut buffer), Waker::noop());
    assert_eq!(read(), Poll::Ready(Err(LineError::Overrun)));
    assert_eq!(read(), Poll::Ready(Err(LineError::Framing)));
    assert_eq!(read(), Poll::Ready(Err(LineError::Parity)));
    assert_eq!(read(), Poll::Ready(Err(LineError::Break)));
    assert_eq!(read(), Poll::Ready(Ok(3)));
    assert!(read().is_pending());
    assert_eq!(buffer[..3], [1, 2, 5]);
}

#[test]
fn it_opens_once() {
    let uart = leaked::<1, 1>();
    assert!(uart.open().is_some());
    assert!(uart.open().is_none());
}
