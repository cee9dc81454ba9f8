//! The cases that every driver must pass, on a real host. Connections come from `hosts.py`, which does what we print and, where
//! connections are sockets, says when it has.

#[path = "../../../zokio-core/tests/conformance/mod.rs"]
mod every;

use every::{Account, World};
use std::io::BufRead;
use zokio_wasi::p1::abi::{self, Fd};
use zokio_wasi::p1::{Host, Listener, Reactor, Wasi};

/// How many descriptors can be waited for at a time, and the clock.
const PLACES: usize = 33;
type Driver = &'static Reactor<Wasi, PLACES>;

fn account() -> Account<Driver> {
    Account::new(Box::leak(Box::new(Reactor::new(Wasi))), PLACES - 1)
}

fn take(want: usize, read: impl Fn(&mut [u8]) -> usize) -> Vec<u8> {
    let mut bytes = vec![0; want];
    let mut len = 0;
    while len < want {
        match read(&mut bytes[len..]) {
            0 => panic!("the stream ended after {len} of {want} bytes"),
            more => len += more,
        }
    }
    bytes
}

fn is_open(fd: Fd) -> bool {
    Wasi.fd_fdstat_get(fd).is_ok()
}

/// On a host with sockets: as many connections as anybody wants, from the listener that the host gave.
struct Sockets {
    account: Account<Driver>,
    listener: Fd,
    made: usize,
}

impl Sockets {
    fn ask(&self, what: &str) {
        println!("{what}");
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n");
    }
}

impl World for Sockets {
    type Driver = Driver;
    type Peer = usize;
    const CONNECTIONS: usize = 20;

    fn account(&mut self) -> &mut Account<Driver> {
        &mut self.account
    }

    fn connection(&mut self) -> (Fd, usize) {
        self.ask("connect");
        let fd = Wasi.sock_accept(self.listener, abi::FDFLAG_NONBLOCK).unwrap();
        self.made += 1;
        (fd, self.made - 1)
    }

    fn say(&mut self, peer: &mut usize, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.ask(&format!("say {peer} {hex}"));
    }

    fn leave(&mut self, peer: usize) {
        self.ask(&format!("leave {peer}"));
    }

    fn take(&mut self, fd: Fd, want: usize) -> Vec<u8> {
        take(want, |into| Wasi.sock_recv(fd, into).unwrap())
    }

    fn is_open(&self, fd: Fd) -> bool {
        is_open(fd)
    }
}

/// On any host: standard input, which is one connection.
struct Input(Account<Driver>);

impl World for Input {
    type Driver = Driver;
    type Peer = ();
    const CONNECTIONS: usize = 1;

    fn account(&mut self) -> &mut Account<Driver> {
        &mut self.0
    }

    fn connection(&mut self) -> (Fd, ()) {
        (0, ())
    }

    fn say(&mut self, (): &mut (), bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("say 0 {hex}");
    }

    fn leave(&mut self, (): ()) {
        println!("leave 0");
    }

    fn take(&mut self, fd: Fd, want: usize) -> Vec<u8> {
        // Waits, if what was said is still on its way.
        take(want, |into| Wasi.fd_read(fd, into).unwrap())
    }

    fn is_open(&self, fd: Fd) -> bool {
        is_open(fd)
    }
}

/// Runs `wanted` on standard input, or prints the names of all cases.
pub fn on_input(wanted: Option<&str>) {
    let Some(wanted) = wanted else {
        return every::cases::<Input>().iter().for_each(|(name, _)| println!("{name}"));
    };
    let cases = every::cases::<Input>();
    let (_, case) = cases.iter().find(|(name, _)| *name == wanted).expect("a name of ours");
    case(Input(account()));
}

/// Runs all on sockets, and says which.
pub fn on_sockets() {
    let listener = Listener::preopened(account().driver).next().expect("a listener");
    for (name, case) in every::cases::<Sockets>() {
        eprintln!("{name}");
        println!("begin");
        case(Sockets { account: account(), listener, made: 0 });
    }
}
