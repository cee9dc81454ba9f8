//! The cases that every driver must pass, on a real host, with connections that the parent makes.

#[path = "../../../zokio-core/tests/conformance/mod.rs"]
mod every;
#[path = "../peers/mod.rs"]
mod peers;

use every::{Account, Case, Sockets, Streams, World};
use peers::Peers;
use std::ops::{Deref, DerefMut};
use zokio_core::driver::{Errno, Op};
use zokio_wasi::net::TcpListener;
use zokio_wasi::p1::abi;
use zokio_wasi::p2::{Handles, WasiPoll, WasiPollDriver};

const HANDLES: usize = 256;
const OPERATIONS: usize = 512;
type Driver = WasiPollDriver<'static, HANDLES, OPERATIONS>;

fn account(handles: &Handles, buffers: u16, size: u32) -> Account<Driver> {
    let memory = vec![0; usize::from(buffers) * size as usize].leak();
    Account::new(WasiPoll::driver(handles.clone(), memory, size), OPERATIONS)
}

struct Component {
    account: Account<Driver>,
    handles: Handles,
    /// Where connections come from, and its port.
    listener: (u32, u16),
    peers: Peers,
}

impl Component {
    fn new(peers: Peers) -> Self {
        let handles = Handles::new();
        let listener = listen(&handles);
        Self { account: account(&handles, 256, 4096), handles, listener, peers }
    }
}

fn listen(handles: &Handles) -> (u32, u16) {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = listener.local_addr().unwrap().port();
    (handles.listener(listener), port)
}

impl Deref for Component {
    type Target = Account<Driver>;

    fn deref(&self) -> &Self::Target {
        &self.account
    }
}

impl DerefMut for Component {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.account
    }
}

impl World for Component {
    type Driver = Driver;
    type Peer = usize;
    const CONNECTIONS: usize = 60;

    fn connection(&mut self) -> (u32, usize) {
        let (listener, port) = self.listener;
        let peer = self.peers.connect(Some(port));
        (self.run(Op::Accept { handle: listener }).unwrap(), peer)
    }

    fn say(&mut self, peer: &mut usize, bytes: &[u8]) {
        self.peers.say(*peer, bytes);
    }

    fn leave(&mut self, peer: usize) {
        self.peers.leave(peer);
    }

    fn take(&mut self, handle: u32, want: usize) -> Vec<u8> {
        self.receive(handle, want)
    }

    fn is_open(&self, handle: u32) -> bool {
        self.handles.is_open(handle)
    }
}

impl Streams for Component {
    fn no_connection_says() -> Vec<Errno> {
        vec![abi::BADF]
    }

    fn with_buffers(self, count: u16, size: u32) -> Self {
        Self { account: account(&self.handles, count, size), ..self }
    }

    fn drip(&mut self, peer: &mut usize, bytes: &[u8]) {
        self.peers.drip(*peer, bytes);
    }

    /// What has no number is no resource of these.
    fn no_connection(&mut self) -> u32 {
        (HANDLES - 1) as u32
    }
}

impl Sockets for Component {
    /// Its handle and its port.
    type Listener = (u32, u16);
    /// The host tells a sentence, and no number.
    const RESET: Errno = abi::IO;
    const REUSES_NUMBERS: bool = true;

    fn dead_peer_says() -> Vec<Errno> {
        vec![abi::PIPE, abi::IO]
    }

    fn listener(&mut self) -> ((u32, u16), u32) {
        let listener = listen(&self.handles);
        (listener, listener.0)
    }

    fn close_listener(&mut self, (handle, _): (u32, u16)) {
        self.close(handle);
    }

    fn dial(&mut self, (_, port): &(u32, u16)) -> usize {
        self.peers.connect(Some(*port))
    }

    fn accepted(result: u32) -> u32 {
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

    /// The host keeps what one write has, however much that is, and takes the next only when all of it has gone.
    fn make_room_small(&mut self, _: u32) -> bool {
        false
    }

    fn open_handles(&mut self) -> usize {
        self.handles.count()
    }
}

/// Runs all but those that are left out, and says which.
pub fn main(left_out: &[String]) {
    let cases: Vec<Case<Component>> = [every::cases(), every::stream_cases(), every::socket_cases()].concat();
    for (name, case) in cases {
        if !left_out.iter().any(|left_out| left_out == name) {
            case(Component::new(peers::begin(name)));
        }
    }
}
