//! The names of `zokio-std` beside those of this crate: what a program that moves by changing one import finds again, and why it does
//! not find the others.
#![cfg(not(target_os = "wasi"))]

use std::collections::BTreeSet;
use std::path::Path;

const NO_HOST: &str = "no host has it";
const NO_THREADS: &str = "a component has one thread";
const OWNED: &str = "buffers are copied by the host within the call, so that nobody has to own them";
const COMPOSED: &str = "of the same thing by what is here";

/// Names, and why they are missing.
type Without = &'static [(&'static str, &'static str)];

/// Two files, and what of the first the second has not.
const SAME: &[(&str, &str, Without)] = &[
    ("zokio-std/src/time.rs", "zokio-wasi/src/time.rs", &[]),
    ("zokio-std/src/net/tcp_listener.rs", "zokio-wasi/src/p2/net/tcp.rs", &[]),
    (
        "zokio-std/src/net/tcp_stream.rs",
        "zokio-wasi/src/p2/net/tcp.rs",
        &[
            ("peek", NO_HOST),
            ("set_nodelay", NO_HOST),
            ("read_vectored", COMPOSED),
            ("write_vectored", COMPOSED),
            ("write_all_owned", OWNED),
            ("send_file", COMPOSED),
        ],
    ),
    (
        "zokio-std/src/net/split.rs",
        "zokio-wasi/src/p2/net/split.rs",
        &[
            ("peek", NO_HOST),
            ("read_vectored", COMPOSED),
            ("write_vectored", COMPOSED),
            ("write_all_owned", OWNED),
            ("send_file", COMPOSED),
        ],
    ),
    (
        "zokio-std/src/net/udp.rs",
        "zokio-wasi/src/p2/net/udp.rs",
        &[
            ("peek_from", NO_HOST),
            ("set_broadcast", NO_HOST),
            ("join_multicast_v4", NO_HOST),
            ("leave_multicast_v4", NO_HOST),
            ("join_multicast_v6", NO_HOST),
        ],
    ),
    ("zokio-std/src/net/lookup.rs", "zokio-wasi/src/p2/net/address.rs", &[]),
    ("zokio-std/src/task/blocking.rs", "zokio-wasi/src/task.rs", &[("spawn_blocking", NO_THREADS)]),
];

/// The public functions of a source file.
fn names(file: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let name = |line: &str| {
        let line = line.trim();
        let rest = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub async fn "))?;
        Some(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?.to_owned())
    };
    text.lines().filter_map(name).collect()
}

#[test]
fn a_program_finds_the_names_of_zokio_std_again() {
    for (theirs, ours, without) in SAME {
        let (theirs_names, ours_names) = (names(theirs), names(ours));
        assert!(!theirs_names.is_empty() && !ours_names.is_empty(), "{theirs}, {ours}");
        let missing: BTreeSet<&str> = theirs_names.difference(&ours_names).map(String::as_str).collect();
        let explained: BTreeSet<&str> = without.iter().map(|(name, _)| *name).collect();
        assert_eq!(missing, explained, "{theirs} has these, and {ours} not");
    }
}
