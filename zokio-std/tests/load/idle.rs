//! What an idle connection costs: a task that waits for bytes, its stream, and all that the runtime keeps for both. In a process
//! of its own, where nothing was used and freed before.

use crate::clients::{Clients, Kind};
use crate::{Case, Scale};
use std::process::Command;
use zokio_std::driver::DriverKind;
use zokio_std::net::TcpListener;
use zokio_std::{Builder, Runtime, spawn_local};

pub const CASES: &[Case] = &[("idle_connections_are_small", idle)];

/// The first argument of that process.
pub const ROLE: &str = "--idle";

/// The most bytes that a connection may take, on either driver; it was 355 and 389.
const BOUND: usize = 448;

fn idle(builder: Builder, scale: Scale) {
    let kind = builder.build().unwrap().driver_kind();
    let words = [ROLE.to_owned(), kind.to_string(), scale.connections.to_string()];
    let output = Command::new(std::env::current_exe().unwrap()).args(words).output().unwrap();
    let says = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{says}{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", says.trim());
    let each: usize = says.split(' ').next().unwrap().parse().unwrap();
    assert!(each < BOUND, "an idle connection takes {each} bytes");
}

/// Memory of this process that is in use, in bytes: whatever was touched, by whomever. Counted page by page; the sum that the kernel
/// keeps is off by some.
fn resident() -> usize {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
}

/// The process.
pub fn main(words: &[String]) {
    let [kind, count] = words else { panic!("driver, count") };
    let (kind, count): (DriverKind, usize) = (kind.parse().unwrap(), count.parse().unwrap());
    Runtime::builder().driver(kind).build().unwrap().block_on(async {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::with_capacity(count);
        let mut accept = async |more: usize| {
            for _ in 0..more {
                let (mut stream, _) = listener.accept().await.unwrap();
                waiting.push(spawn_local(async move { stream.read(&mut [0; 1]).await.unwrap() }));
            }
            // All wait by now.
            zokio_std::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        // What the first ones touch is there for all.
        let first = Clients::start(Kind::Idle, address, 50, 0);
        accept(50).await;
        let before = resident();
        let clients = Clients::start(Kind::Idle, address, count, 0);
        accept(count).await;
        let each = resident().saturating_sub(before) / count;
        println!("{each} bytes for each of {count} idle connections");
        first.end();
        clients.end();
        for waits in waiting {
            assert_eq!(waits.await.unwrap(), 0);
        }
    });
}
