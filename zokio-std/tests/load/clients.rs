//! The other side, as a process of its own with descriptors of its own: ordinary sockets, which block.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The first argument of such a process.
pub const ROLE: &str = "--clients";

/// What they do.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Connect, all of them; then each sends a message and gets it back, in so many rounds.
    Echo,
    /// As `Echo`, one after the other.
    EchoInTurn,
    /// Connect and leave at once: at the end of the stream, by a reset, or in the middle of a message.
    Storm,
    /// Connect, send half a message at most, and wait for the end of the stream.
    Silent,
    /// Connect, and wait until the process is told to end.
    Idle,
}

const KINDS: [Kind; 5] = [Kind::Echo, Kind::EchoInTurn, Kind::Storm, Kind::Silent, Kind::Idle];

/// Bytes in a message.
pub const MESSAGE: usize = 100;

pub struct Clients {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Clients {
    pub fn start(kind: Kind, address: SocketAddr, count: usize, rounds: usize) -> Self {
        let words = [format!("{kind:?}"), address.to_string(), count.to_string(), rounds.to_string()];
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(ROLE)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    /// Whether they have ended, well or not.
    pub fn have_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Tells those that wait to end, and waits; says how many bytes came back.
    pub fn end(mut self) -> usize {
        drop(self.process.stdin.take());
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(self.process.wait().unwrap().success(), "the clients say: {line}");
        line.trim().parse().unwrap()
    }
}

/// The process.
pub fn main(words: &[String]) {
    let [kind, address, count, rounds] = words else { panic!("kind, address, count, rounds") };
    let kind = KINDS.into_iter().find(|it| format!("{it:?}") == *kind).expect("a kind");
    let (address, count): (SocketAddr, usize) = (address.parse().unwrap(), count.parse().unwrap());
    let rounds = rounds.parse().unwrap();
    let connect = || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
        stream
    };
    let bytes = match kind {
        Kind::Echo => {
            let mut all: Vec<_> = (0..count).map(|_| connect()).collect();
            let mut back = 0;
            for round in 0..rounds {
                for (number, stream) in all.iter_mut().enumerate() {
                    stream.write_all(&message(number, round)).unwrap();
                }
                for (number, stream) in all.iter_mut().enumerate() {
                    back += check(stream, &message(number, round));
                }
            }
            back
        }
        Kind::EchoInTurn => {
            // A window of connections that wait, so that there are more than the server can have.
            let mut window = std::collections::VecDeque::new();
            let mut back = 0;
            for number in 0..count {
                let mut stream = connect();
                stream.write_all(&message(number, 0)).unwrap();
                window.push_back((number, stream));
                if window.len() == rounds || number + 1 == count {
                    while let Some((number, mut stream)) = window.pop_front() {
                        back += check(&mut stream, &message(number, 0));
                    }
                }
            }
            back
        }
        Kind::Storm => {
            for number in 0..count {
                let mut stream = connect();
                match number % 4 {
                    0 => {}
                    1 => rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap(),
                    2 => stream.write_all(&message(number, 0)[..MESSAGE / 2]).unwrap(),
                    _ => {
                        stream.write_all(&message(number, 0)).unwrap();
                        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
                    }
                }
            }
            0
        }
        Kind::Silent => {
            let mut all: Vec<_> = (0..count).map(|_| connect()).collect();
            for (number, stream) in all.iter_mut().enumerate().filter(|(number, _)| number % 2 == 0) {
                stream.write_all(&message(number, 0)[..MESSAGE / 2]).unwrap();
            }
            for stream in &mut all {
                assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0, "the server has nothing to say");
            }
            0
        }
        Kind::Idle => {
            let _all: Vec<_> = (0..count).map(|_| connect()).collect();
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
            0
        }
    };
    println!("{bytes}");
}

fn message(number: usize, round: usize) -> [u8; MESSAGE] {
    std::array::from_fn(|at| (number.wrapping_mul(31) ^ round.wrapping_mul(7) ^ at) as u8)
}

fn check(stream: &mut TcpStream, expected: &[u8; MESSAGE]) -> usize {
    let mut bytes = [0; MESSAGE];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, expected);
    MESSAGE
}
