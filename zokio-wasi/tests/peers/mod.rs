//! The other ends of connections, which are the parent's: it does what is printed and says when it has (`peers.py`).

use std::io::{BufRead, Read};

/// Who is asked. Counts the other ends, which are named by number.
#[derive(Default)]
pub struct Peers {
    dialed: usize,
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Has the parent do `what`, and gives its answer.
fn ask(what: &str) -> String {
    println!("{what}");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).unwrap();
    answer.trim_end().to_owned()
}

fn tell(what: &str) {
    assert_eq!(ask(what), "done");
}

/// A case begins: the other ends of the last one go.
pub fn begin(case: &str) -> Peers {
    eprintln!("case: {case}");
    println!("begin");
    Peers::default()
}

impl Peers {
    /// Has somebody connect, to this port of the machine or where the parent knows.
    pub fn connect(&mut self, port: Option<u16>) -> usize {
        tell(&port.map_or("connect".to_owned(), |port| format!("connect {port}")));
        self.dialed += 1;
        self.dialed - 1
    }

    pub fn say(&self, peer: usize, bytes: &[u8]) {
        tell(&format!("say {peer} {}", hex(bytes)));
    }

    pub fn say_urgent(&self, peer: usize, bytes: &[u8]) {
        tell(&format!("urgent {peer} {}", hex(bytes)));
    }

    pub fn drip(&self, peer: usize, bytes: &[u8]) {
        tell(&format!("drip {peer} {}", hex(bytes)));
    }

    pub fn leave(&self, peer: usize) {
        tell(&format!("leave {peer}"));
    }

    pub fn reset(&self, peer: usize) {
        tell(&format!("reset {peer}"));
    }

    /// Some of what has come by now; `None` is nothing, and an empty list the end.
    pub fn hear(&self, peer: usize) -> Option<Vec<u8>> {
        let answer = ask(&format!("hear {peer}"));
        let len = answer.strip_prefix("bytes ")?;
        let mut bytes = vec![0; len.parse().unwrap()];
        std::io::stdin().lock().read_exact(&mut bytes).unwrap();
        Some(bytes)
    }
}
