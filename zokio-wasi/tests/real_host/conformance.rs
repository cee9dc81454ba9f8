//! The cases that every driver must pass, on a real host. Connections come from `hosts.py`, which does what we print and, where
//! connections are sockets, says when it has.

#[path = "../../../zokio-core/tests/conformance/mod.rs"]
mod every;
#[path = "../peers/mod.rs"]
mod peers;

use every::{Account, Case, Sockets, Streams, World};
use peers::Peers;
use std::ops::{Deref, DerefMut};
use zokio_core::driver::Errno;
use zokio_wasi::p1::abi::{self, Fd};
use zokio_wasi::p1::{Host, Listener, PollOneoff, PollOneoffDriver, Reactor, Wasi};

/// How many descriptors can be waited for at a time in one direction each, and the clock.
const PLACES: usize = 129;
const HANDLES: usize = 128;
const OPERATIONS: usize = 512;
type Driver = PollOneoffDriver<'static, Wasi, PLACES, HANDLES, OPERATIONS>;

fn account(buffers: u16, size: u32) -> Account<Driver> {
    let reactor: &Reactor<Wasi, PLACES> = Box::leak(Box::new(Reactor::new(Wasi)));
    let memory = vec![0; usize::from(buffers) * size as usize].leak();
    Account::new(PollOneoff::driver(reactor, memory, size), OPERATIONS)
}

/// What calls on a directory fail with.
fn no_connection_says() -> Vec<Errno> {
    vec![abi::BADF, abi::NOTSUP, abi::NOTCAPABLE, abi::ISDIR, abi::NOTSOCK]
}

/// The directory that the host gave.
fn directory() -> Fd {
    let is_directory = |fd: &Fd| Wasi.fd_fdstat_get(*fd).is_ok_and(|stat| stat.filetype == abi::FILETYPE_DIRECTORY);
    (3..64).find(is_directory).expect("a directory")
}

fn take(want: usize, read: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Vec<u8> {
    let mut bytes = vec![0; want];
    let mut len = 0;
    while len < want {
        match read(&mut bytes[len..]) {
            Ok(0) => panic!("the stream ended after {len} of {want} bytes"),
            Ok(more) => len += more,
            Err(errno) => assert_eq!(errno, abi::AGAIN),
        }
    }
    bytes
}

fn is_open(fd: Fd) -> bool {
    Wasi.fd_fdstat_get(fd).is_ok()
}

/// On a host with sockets: as many connections as anybody wants, from the listener that the host gave.
struct OnSockets {
    account: Account<Driver>,
    listener: Fd,
    peers: Peers,
}

impl Deref for OnSockets {
    type Target = Account<Driver>;

    fn deref(&self) -> &Self::Target {
        &self.account
    }
}

impl DerefMut for OnSockets {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.account
    }
}

impl World for OnSockets {
    type Driver = Driver;
    type Peer = usize;
    const CONNECTIONS: usize = 60;

    fn connection(&mut self) -> (Fd, usize) {
        let peer = self.dial(&());
        loop {
            match Wasi.sock_accept(self.listener, abi::FDFLAG_NONBLOCK) {
                Err(abi::AGAIN) => {}
                accepted => return (accepted.unwrap(), peer),
            }
        }
    }

    fn say(&mut self, peer: &mut usize, bytes: &[u8]) {
        self.peers.say(*peer, bytes);
    }

    fn leave(&mut self, peer: usize) {
        self.peers.leave(peer);
    }

    fn take(&mut self, fd: Fd, want: usize) -> Vec<u8> {
        take(want, |into| Wasi.sock_recv(fd, into))
    }

    fn is_open(&self, fd: Fd) -> bool {
        is_open(fd)
    }
}

impl Streams for OnSockets {
    fn no_connection_says() -> Vec<Errno> {
        no_connection_says()
    }

    fn with_buffers(self, count: u16, size: u32) -> Self {
        Self { account: account(count, size), ..self }
    }

    fn drip(&mut self, peer: &mut usize, bytes: &[u8]) {
        self.peers.drip(*peer, bytes);
    }

    fn no_connection(&mut self) -> Fd {
        directory()
    }
}

impl Sockets for OnSockets {
    type Listener = ();
    const RESET: Errno = abi::CONNRESET;
    const REUSES_NUMBERS: bool = false;

    fn dead_peer_says() -> Vec<Errno> {
        vec![abi::PIPE, abi::CONNRESET]
    }

    fn listener(&mut self) -> ((), Fd) {
        ((), self.listener)
    }

    fn dial(&mut self, (): &()) -> usize {
        self.peers.connect(None)
    }

    fn accepted(result: u32) -> Fd {
        result
    }

    fn hear(&mut self, peer: &mut usize) -> Option<Vec<u8>> {
        self.peers.hear(*peer)
    }

    fn reset(&mut self, peer: usize) {
        self.peers.reset(peer);
    }

    fn say_urgent(&mut self, peer: &mut usize, bytes: &[u8]) {
        self.peers.say_urgent(*peer, bytes);
    }

    /// Of the numbers that a run of all cases comes to: the host counts up.
    fn open_handles(&mut self) -> usize {
        (0..1 << 13).filter(|fd| is_open(*fd)).count()
    }
}

/// On any host: standard input, which is one connection.
struct OnInput(Account<Driver>);

impl Deref for OnInput {
    type Target = Account<Driver>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for OnInput {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl World for OnInput {
    type Driver = Driver;
    type Peer = ();
    const CONNECTIONS: usize = 1;

    fn connection(&mut self) -> (Fd, ()) {
        (0, ())
    }

    fn say(&mut self, (): &mut (), bytes: &[u8]) {
        println!("say 0 {}", peers::hex(bytes));
    }

    fn leave(&mut self, (): ()) {
        println!("leave 0");
    }

    fn take(&mut self, fd: Fd, want: usize) -> Vec<u8> {
        // Waits, if what was said is still on its way.
        take(want, |into| Wasi.fd_read(fd, into))
    }

    fn is_open(&self, fd: Fd) -> bool {
        is_open(fd)
    }
}

impl Streams for OnInput {
    fn no_connection_says() -> Vec<Errno> {
        no_connection_says()
    }

    fn with_buffers(self, count: u16, size: u32) -> Self {
        Self(account(count, size))
    }

    fn drip(&mut self, (): &mut (), bytes: &[u8]) {
        println!("drip 0 {}", peers::hex(bytes));
    }

    fn no_connection(&mut self) -> Fd {
        directory()
    }
}

/// Runs `wanted` on standard input, or prints the names of all cases, those that need sockets with a dash.
pub fn on_input(wanted: Option<&str>) {
    let cases: Vec<Case<OnInput>> = [every::cases(), every::stream_cases()].concat();
    let Some(wanted) = wanted else {
        cases.iter().for_each(|(name, _)| println!("{name}"));
        return every::socket_cases::<OnSockets>().iter().for_each(|(name, _)| println!("-{name}"));
    };
    let (_, case) = cases.iter().find(|(name, _)| *name == wanted).expect("a name of ours");
    case(OnInput(account(16, 64)));
}

/// Runs all on sockets, and says which.
pub fn on_sockets() {
    let reactor: Reactor<Wasi, 2> = Reactor::new(Wasi);
    let listener = Listener::preopened(&reactor).next().expect("a listener");
    Wasi.fd_fdstat_set_flags(listener, abi::FDFLAG_NONBLOCK).unwrap();
    let cases: Vec<Case<OnSockets>> = [every::cases(), every::stream_cases(), every::socket_cases()].concat();
    for (name, case) in cases {
        let peers = peers::begin(name);
        case(OnSockets { account: account(256, 4096), listener, peers });
    }
}
