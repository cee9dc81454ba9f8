//! A program on standard input and output, reached over TCP like a serial port: one client at a time, and the program
//! sees neither a client come nor go.

use crate::problem::{Context, Problem, Result};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// The bridge; dropping it closes the program's input and the current client.
pub struct Bridge {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    client: Mutex<Option<TcpStream>>,
    over: AtomicBool,
}

impl Bridge {
    /// Listens on a free port of this machine and carries bytes between its client and the program's pipes.
    pub fn open(input: ChildStdin, output: ChildStdout) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("listening for the bridge")?;
        let port = listener.local_addr().map_err(|error| Problem::new(error.to_string()))?.port();
        let shared = Arc::new(Shared::default());
        let (inward, outward) = (Arc::clone(&shared), Arc::clone(&shared));
        std::thread::spawn(move || inward.carry_in(&listener, input));
        std::thread::spawn(move || outward.carry_out(output));
        Ok(Self { port, shared })
    }

    /// Where clients connect.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.shared.over.store(true, SeqCst);
        self.shared.part();
        // The accepting thread sleeps in accept; a connection wakes it, and it sees that it is over.
        let _ = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn carry_in(&self, listener: &TcpListener, mut input: ChildStdin) {
        for client in listener.incoming() {
            if self.over.load(SeqCst) {
                return;
            }
            let Ok(mut client) = client else { continue };
            let _ = client.set_nodelay(true);
            *self.client() = client.try_clone().ok();
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = client.read(&mut bytes) {
                if input.write_all(&bytes[..read]).and_then(|()| input.flush()).is_err() {
                    // The program has ended: the client sees a closed connection, and so does whoever comes later.
                    self.part();
                    return;
                }
            }
            self.part();
        }
    }

    fn carry_out(&self, mut output: ChildStdout) {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = output.read(&mut bytes) {
            // Not under the lock while writing: a client that does not read must not keep it from being parted with.
            let client = self.client().as_ref().and_then(|client| client.try_clone().ok());
            if client.is_some_and(|mut client| client.write_all(&bytes[..read]).is_err()) {
                self.part();
            }
        }
        self.part();
    }

    fn client(&self) -> std::sync::MutexGuard<'_, Option<TcpStream>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn part(&self) {
        if let Some(client) = self.client().take() {
            let _ = client.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::group::Group;
    use crate::steps::command;
    use std::process::Stdio;
    use std::time::Duration;

    fn echo() -> (Group, Bridge) {
        let mut cat = Group::start(command("cat", [""; 0]).stdin(Stdio::piped()).stdout(Stdio::piped())).unwrap();
        let (input, output) = (cat.child().stdin.take().unwrap(), cat.child().stdout.take().unwrap());
        (cat, Bridge::open(input, output).unwrap())
    }

    fn exchange(port: u16, text: &[u8]) {
        let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client.write_all(text).unwrap();
        let mut back = vec![0; text.len()];
        client.read_exact(&mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn clients_come_one_after_another_to_the_same_program() {
        let (_cat, bridge) = echo();
        exchange(bridge.port(), b"first");
        exchange(bridge.port(), b"second");
        exchange(bridge.port(), &[7; 100_000]);
    }

    #[test]
    fn a_program_that_ends_closes_the_client() {
        let (cat, bridge) = echo();
        exchange(bridge.port(), b"hello");
        let mut client = TcpStream::connect(("127.0.0.1", bridge.port())).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
        drop(cat);
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_dropped_bridge_closes_the_program_s_input() {
        let (mut cat, bridge) = echo();
        drop(bridge);
        assert!(cat.wait(Duration::from_secs(20)).unwrap().success());
    }
}
