//! Random readers, cancellations and arrivals on every host that can wait: all bytes come, once, in order, and nothing
//! blocks, spins or hangs (the simulated host sees to that).

mod sim;

use sim::drive::{Count, counter, poll};
use sim::{File, MS, Manners, Sim};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use zokio_core::driver::Wait;
use zokio_core::time::Instant;
use zokio_wasi::p1::{Descriptor, Error, Reactor};

/// A xorshift generator.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

type Small = Reactor<Sim, 6>;
type Reading<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Error>> + 'a>>;

struct Reader<'a> {
    file: Descriptor<'a, Sim, 6>,
    expected: Vec<u8>,
    got: Vec<u8>,
    ended: bool,
    count: Arc<Count>,
    waker: Waker,
    polled: usize,
}

fn stream(dice: &mut Dice, stdin: bool) -> (File, Vec<u8>) {
    let mut file = if stdin { File::stdin() } else { File::pipe() };
    let (mut at, mut bytes) = (1_000 * MS, Vec::new());
    for number in 0..dice.roll(6) {
        at += dice.roll(40 * MS);
        let chunk = vec![number as u8; 1 + dice.roll(9) as usize];
        bytes.extend_from_slice(&chunk);
        file = file.arriving(at, &chunk);
    }
    (file.arriving(at + dice.roll(40 * MS), b""), bytes)
}

fn read<'a>(file: &'a Descriptor<'a, Sim, 6>, size: usize) -> Reading<'a> {
    Box::pin(async move {
        let mut buf = vec![0; size];
        let n = file.read(&mut buf).await?;
        buf.truncate(n);
        Ok(buf)
    })
}

fn run(manners: Manners, seed: u64) {
    let dice = &mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut sim = Sim::new(manners);
    let mut contents = Vec::new();
    // One more reader than the table has room for: `Full` happens, and passes.
    for fd in 0..6 {
        let (file, bytes) = stream(dice, fd == 0);
        sim = sim.with(fd, file);
        contents.push(bytes);
    }
    let reactor = Small::new(sim);
    let mut readers: Vec<Reader> = (0..6)
        .zip(contents)
        .map(|(fd, expected)| {
            let (count, waker) = counter();
            let file = if fd == 0 { Descriptor::inherit(&reactor, fd) } else { Descriptor::adopt(&reactor, fd) };
            Reader { file: file.unwrap(), expected, got: Vec::new(), ended: false, count, waker, polled: 0 }
        })
        .collect();
    let states: Vec<&mut Reader> = readers.iter_mut().collect();
    drain(&reactor, dice, states, manners);
    for (fd, reader) in readers.iter().enumerate() {
        assert_eq!(reader.got, reader.expected, "{manners:?} seed {seed} descriptor {fd}");
    }
    assert_eq!(reactor.armed(), 0);
}

fn drain(reactor: &Small, dice: &mut Dice, readers: Vec<&mut Reader<'_>>, manners: Manners) {
    // The files are borrowed by the futures, the rest by this loop.
    let mut states: Vec<_> = readers
        .into_iter()
        .map(|r| (&r.file, &mut r.got, &mut r.ended, &r.count, &r.waker, &mut r.polled, None::<Reading>))
        .collect();
    for turn in 0.. {
        assert!(turn < 20_000, "{manners:?} spins: {:?}", reactor.stats());
        let mut full = false;
        for (file, got, ended, count, waker, polled, reading) in &mut states {
            if **ended || reading.is_some() && count.get() == **polled {
                continue;
            }
            let future = reading.get_or_insert_with(|| read(file, 1 + dice.roll(12) as usize));
            **polled = count.get();
            match poll(future.as_mut(), waker) {
                Poll::Pending => continue,
                Poll::Ready(Ok(bytes)) => {
                    **ended = bytes.is_empty();
                    got.extend(bytes);
                }
                Poll::Ready(Err(Error::Full { .. })) => full = true,
                Poll::Ready(Err(error)) => panic!("{manners:?}: {error}"),
            }
            *reading = None;
        }
        if states.iter().all(|s| *s.2) {
            return;
        }
        if dice.roll(4) == 0 {
            // Cancelled, whether it waits, has been told, or is done.
            let victim = dice.roll(6) as usize;
            states[victim].6 = None;
        }
        let woken = states.iter().any(|s| !*s.2 && (s.6.is_none() && !full || s.3.get() != *s.5));
        let soon = Instant::from_nanos(reactor.now().as_nanos() + dice.roll(3 * MS));
        let wait = match dice.roll(3) {
            _ if woken => Wait::Poll,
            0 if reactor.armed() > 0 => Wait::Forever,
            _ => Wait::Until(soon),
        };
        reactor.park(wait).unwrap();
    }
}

#[test]
fn all_bytes_come_once_and_in_order() {
    for seed in 1..400 {
        for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
            run(manners, seed);
        }
    }
}
