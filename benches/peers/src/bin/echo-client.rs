//! The client of all echo servers: `echo-client ADDRESS CONNECTIONS BYTES MILLISECONDS [RATE]`.
//!
//! Each connection is made when the one before has had an answer: what a server has not accepted yet waits in a queue that is
//! short with some runtimes, and one that finds it full comes a second later. Then there is
//! one message in flight on each connection; every byte that comes back is compared. Prints one line of JSON: requests
//! in the measured time (after a tenth of it to warm up), seconds, latencies in microseconds, and how many answers there were in all.
//!
//! Without a rate each connection sends as soon as it has its answer. With one, so many messages a second are due at regular
//! times, each on the connection that has been idle for longest; latency counts from the time that a message was due, also where
//! it had to wait for a connection. So a server that is late once is late for all that was due meanwhile.

use rustix::event::{Timespec, epoll};
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

struct Connection {
    stream: TcpStream,
    message: Vec<u8>,
    answer: Vec<u8>,
    filled: usize,
    sent: Instant,
    number: u64,
}

impl Connection {
    /// Sends a message that was due at `due`.
    fn send(&mut self, due: Instant) {
        self.number += 1;
        let stamp = self.number.to_le_bytes();
        self.message.iter_mut().zip(stamp.iter().cycle()).for_each(|(byte, stamp)| *byte = *stamp);
        self.filled = 0;
        self.sent = due;
        self.stream.write_all(&self.message).expect("a message fits into the socket");
    }

    /// Reads what is there; how long the whole answer took, once it is here.
    fn receive(&mut self) -> Option<Duration> {
        match self.stream.read(&mut self.answer[self.filled..]) {
            Ok(0) => panic!("the server has closed a connection"),
            Ok(len) => self.filled += len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => panic!("{error}"),
        }
        (self.filled == self.answer.len()).then(|| {
            assert_eq!(self.answer, self.message, "the echo is another");
            self.sent.elapsed()
        })
    }
}

/// When to send.
enum Pace {
    /// As soon as the answer is here.
    Closed,
    /// At regular times, whether answers come or not.
    Open {
        /// Between two messages.
        every: Duration,
        /// When the next one is due.
        due: Instant,
        /// Connections without a message in flight, the one that has been for longest in front.
        idle: VecDeque<usize>,
    },
}

impl Pace {
    /// Sends all that is due.
    fn send_due(&mut self, all: &mut [Connection]) {
        if let Self::Open { every, due, idle } = self {
            // What is due and finds no connection waits with its time.
            while *due <= Instant::now()
                && let Some(index) = idle.pop_front()
            {
                all[index].send(*due);
                *due += *every;
            }
        }
    }

    /// Connection `index` has its answer.
    fn answered(&mut self, all: &mut [Connection], index: usize) {
        match self {
            Self::Closed => all[index].send(Instant::now()),
            Self::Open { idle, .. } => idle.push_back(index),
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().expect("echo-client ADDRESS CONNECTIONS BYTES MILLISECONDS [RATE]");
    let address = next();
    let [connections, bytes, millis] = [next(), next(), next()].map(|word| word.parse::<usize>().expect("a number"));
    let rate = args.next().map(|word| word.parse::<f64>().expect("messages a second"));
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("epoll");
    let mut all: Vec<Connection> = (0..connections)
        .map(|index| {
            let stream = TcpStream::connect(&address).expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            let (message, answer) = (vec![0; bytes], vec![0; bytes]);
            let number = (index as u64) << 32;
            let mut connection = Connection { stream, message, answer, filled: 0, sent: Instant::now(), number };
            connection.send(Instant::now());
            while connection.receive().is_none() {}
            connection.stream.set_nonblocking(true).expect("non-blocking");
            let event = epoll::EventData::new_u64(index as u64);
            epoll::add(&poll, &connection.stream, event, epoll::EventFlags::IN).expect("add");
            connection
        })
        .collect();
    let start = Instant::now();
    // Between two times that something is due this does not sleep: it has a core of its own, and sleeping is not exact.
    const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    let (mut pace, timeout) = match rate {
        None => (Pace::Closed, None),
        Some(rate) => {
            let every = Duration::from_secs_f64(1.0 / rate);
            (Pace::Open { every, due: start, idle: (0..connections).collect() }, Some(&NOW))
        }
    };
    if matches!(pace, Pace::Closed) {
        all.iter_mut().for_each(|connection| connection.send(Instant::now()));
    }
    let time = Duration::from_millis(millis as u64);
    let (from, until) = (start + time / 10, start + time / 10 + time);
    let mut latencies: Vec<u32> = Vec::with_capacity(1 << 20);
    let mut answers = connections;
    let mut events = Vec::with_capacity(256);
    loop {
        pace.send_due(&mut all);
        events.clear();
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), timeout).expect("wait");
        let now = Instant::now();
        for event in &events {
            let index = event.data.u64() as usize;
            if let Some(took) = all[index].receive() {
                answers += 1;
                if now >= from {
                    latencies.push(took.as_nanos().min(u128::from(u32::MAX)) as u32);
                }
                pace.answered(&mut all, index);
            }
        }
        if now >= until {
            break;
        }
    }
    let seconds = from.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |share: f64| f64::from(latencies[((latencies.len() - 1) as f64 * share) as usize]) / 1000.0;
    println!(
        "{{\"requests\":{},\"seconds\":{seconds:.4},\"p50\":{:.1},\"p99\":{:.1},\"p999\":{:.1},\"all\":{answers}}}",
        latencies.len(),
        at(0.5),
        at(0.99),
        at(0.999)
    );
}
