//! What an echo server asks the kernel for while its connections stay: counted by strace, in a process of its own.

use crate::clients::{Clients, Kind};
use crate::{Case, Scale, crowd};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use zokio_std::driver::DriverKind;
use zokio_std::net::TcpListener;
use zokio_std::{Builder, Runtime, spawn_local};

pub const CASES: &[Case] = &[("a_turn_is_one_system_call", a_turn_is_one_system_call)];

/// The first argument of that process.
pub const ROLE: &str = "--echo";

/// Calls that one run may have more of than another, whatever both do: for memory, at the end.
const SLACK: u64 = 12;

/// How often the runtime looks for the end of a stream that got bytes, because the kernel can forget to tell.
const LOOK: Duration = Duration::from_millis(50);

/// On a ring a turn is one enter, which takes all that was submitted along and brings all that has ended; so a server at work makes no
/// other call, and no more of them than there are requests. (But for a look at hundreds of streams, twenty times a second.)
fn a_turn_is_one_system_call(builder: Builder, scale: Scale) {
    if builder.build().unwrap().driver_kind() != DriverKind::Uring {
        println!("left out: only a ring takes everything along");
        return;
    }
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("left out: strace is not here");
        return;
    }
    for connections in [50, scale.connections.min(1000)] {
        let (few, many) = (10, 40);
        let before = calls(connections, few);
        let begun = Instant::now();
        let mut more = calls(connections, many);
        for (name, count) in &mut more {
            *count = count.saturating_sub(before.get(name).copied().unwrap_or(0));
        }
        let enters = more.remove("io_uring_enter").unwrap_or(0);
        let requests = (connections * (many - few)) as u64;
        print!("{enters} enters for {requests} requests of {connections} connections; ");
        assert!(enters > 0 && enters <= requests + SLACK, "{enters} enters for {requests} requests");
        let looks = u128::from(more.remove("ppoll").unwrap_or(0) + more.remove("poll").unwrap_or(0));
        let most = connections.div_ceil(256) as u128 * (begun.elapsed().as_millis() / LOOK.as_millis() + 1);
        assert!(looks <= most, "{looks} looks for the end of streams, where {most} would do");
        let others: u64 = more.values().sum();
        assert!(others <= SLACK, "other calls than enters: {more:?}");
    }
}

/// The system calls of a server for so many rounds, by name.
fn calls(connections: usize, rounds: usize) -> BTreeMap<String, u64> {
    let counts = std::env::temp_dir().join(format!("zokio-calls-{}-{rounds}", std::process::id()));
    let mut server = Command::new("strace")
        .args(["-f", "-c", "-o"])
        .arg(&counts)
        .arg(std::env::current_exe().unwrap())
        .args([ROLE, &connections.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let clients = Clients::start(Kind::Echo, line.trim().parse().unwrap(), connections, rounds);
    assert_eq!(clients.end(), connections * rounds * crate::clients::MESSAGE);
    assert!(server.wait().unwrap().success());
    let table = std::fs::read_to_string(&counts).unwrap();
    std::fs::remove_file(&counts).unwrap();
    // The fourth column, and the last, which is a name.
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (count, name) = (words.get(3)?.parse().ok()?, *words.last()?);
        (name != "total").then(|| (name.to_owned(), count))
    };
    table.lines().filter_map(row).collect()
}

/// The process: serves so many connections, until they end.
pub fn main(words: &[String]) {
    let [count] = words else { panic!("connections") };
    let count: usize = count.parse().unwrap();
    // A buffer for each connection: who finds none makes a call of its own.
    let builder = Runtime::builder().driver(DriverKind::Uring).receive_buffers(2048, 1024).send_buffers(2048, 1024);
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        println!("{}", listener.local_addr().unwrap());
        let bytes = Rc::new(Cell::new(0));
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let (stream, _) = listener.accept().await.unwrap();
            all.push(spawn_local(crowd::echo(stream, bytes.clone())));
        }
        for echo in all {
            echo.await.unwrap();
        }
    });
}
