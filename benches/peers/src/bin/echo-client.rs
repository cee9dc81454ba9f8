//! The client of all echo servers: `echo-client ADDRESS CONNECTIONS BYTES MILLISECONDS`.
//!
//! One message in flight on each connection; every byte that comes back is compared. Prints one line of JSON: requests
//! in the measured time (after a tenth of it to warm up), seconds, and latencies in microseconds.

use rustix::event::epoll;
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
    fn send(&mut self) {
        self.number += 1;
        let stamp = self.number.to_le_bytes();
        self.message.iter_mut().zip(stamp.iter().cycle()).for_each(|(byte, stamp)| *byte = *stamp);
        self.filled = 0;
        self.sent = Instant::now();
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

fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().expect("echo-client ADDRESS CONNECTIONS BYTES MILLISECONDS");
    let address = next();
    let [connections, bytes, millis] = [next(), next(), next()].map(|word| word.parse::<usize>().expect("a number"));
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("epoll");
    let mut all: Vec<Connection> = (0..connections)
        .map(|index| {
            let stream = TcpStream::connect(&address).expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            stream.set_nonblocking(true).expect("non-blocking");
            epoll::add(&poll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN).expect("add");
            let (message, answer) = (vec![0; bytes], vec![0; bytes]);
            Connection { stream, message, answer, filled: 0, sent: Instant::now(), number: (index as u64) << 32 }
        })
        .collect();
    all.iter_mut().for_each(Connection::send);
    let time = Duration::from_millis(millis as u64);
    let start = Instant::now();
    let (from, until) = (start + time / 10, start + time / 10 + time);
    let mut latencies: Vec<u32> = Vec::with_capacity(1 << 20);
    let mut events = Vec::with_capacity(256);
    loop {
        events.clear();
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None).expect("wait");
        let now = Instant::now();
        for event in &events {
            let data = event.data;
            let connection = &mut all[data.u64() as usize];
            if let Some(took) = connection.receive() {
                if now >= from {
                    latencies.push(took.as_nanos().min(u128::from(u32::MAX)) as u32);
                }
                connection.send();
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
        "{{\"requests\":{},\"seconds\":{seconds:.4},\"p50\":{:.1},\"p99\":{:.1},\"p999\":{:.1}}}",
        latencies.len(),
        at(0.5),
        at(0.99),
        at(0.999)
    );
}
