//! The server as a program, and clients that talk to it, on every driver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Program {
    child: Child,
    address: String,
}

impl Program {
    /// Starts the server; `None`, and a word about it, where the machine has no such driver.
    fn start(driver: &str, workers: &str) -> Option<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kv-server"))
            .args(["--listen", "127.0.0.1:0", "--driver", driver, "--workers", workers])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.split_whitespace().nth(3) else {
            eprintln!("SKIPPED: the server does not start over {driver}: {:?}", child.wait());
            return None;
        };
        assert!(driver == "auto" || line.trim_end().ends_with(driver), "{line}");
        Some(Self { child, address: address.to_owned() })
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends `commands` and expects exactly `replies`.
fn exchange(client: &mut TcpStream, commands: &str, replies: &str) {
    client.write_all(commands.as_bytes()).unwrap();
    let mut bytes = vec![0; replies.len()];
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), replies);
}

fn talk(driver: &str) {
    talk_to(driver, "0");
}

fn talk_to(driver: &str, workers: &str) {
    let Some(program) = Program::start(driver, workers) else { return };
    let mut client = program.connect();
    exchange(&mut client, "PING\r\n", "+PONG\r\n");
    exchange(&mut client, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n", "+OK\r\n");
    // In pieces, with pauses: the server waits for the rest.
    for piece in ["*2\r\n$3\r\nG", "ET\r\n$1", "\r\nk\r\n"] {
        client.write_all(piece.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    exchange(&mut client, "", "$5\r\nvalue\r\n");
    // Many at once: all answered, in order.
    let many = 5_000;
    let replies: String = (1..=many).map(|number| format!(":{number}\r\n")).collect();
    exchange(&mut client, &"INCR n\r\n".repeat(many), &replies);
    // A hundred others see what this one wrote.
    let mut others: Vec<TcpStream> = (0..100).map(|_| program.connect()).collect();
    for other in &mut others {
        exchange(other, "GET k\r\n", "$5\r\nvalue\r\n");
    }
    // Published, and expired, for one that only listens.
    let listener = &mut others[0];
    exchange(listener, "SUBSCRIBE news\r\n", "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    exchange(&mut client, "PUBLISH news hello\r\n", ":1\r\n");
    exchange(listener, "", "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
    exchange(&mut client, "SET short x PX 20\r\n", "+OK\r\n");
    while {
        client.write_all(b"EXISTS short\r\n").unwrap();
        let mut reply = [0; 4];
        client.read_exact(&mut reply).unwrap();
        reply == *b":1\r\n"
    } {}
    // Leaving: told and untold.
    client.write_all(b"QUIT\r\n").unwrap();
    let mut rest = String::new();
    client.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "+OK\r\n");
    drop(others);
    exchange(&mut program.connect(), "GET k\r\n", "$5\r\nvalue\r\n");
}

#[test]
fn over_uring() {
    talk("uring");
}

#[test]
fn over_epoll() {
    talk("epoll");
}

#[test]
fn over_what_there_is() {
    talk("auto");
}

#[test]
fn over_workers() {
    talk_to("auto", "2");
    talk_to("epoll", "2");
}

#[test]
fn wrong_arguments_are_refused() {
    for arguments in [["--driver", "select"], ["--listen", "nowhere"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_kv-server")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(arguments[1]));
    }
}
