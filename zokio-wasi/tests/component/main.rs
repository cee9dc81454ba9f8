//! Preview 2 on a real host: `hosts.py` builds and runs this as a component.
//!
//! The first argument says what to run, the others are the names of what to leave out. A case that fails panics, which ends the
//! component with a trap.

#[cfg(target_env = "p2")]
mod cases;
#[cfg(target_env = "p2")]
mod conformance;

#[cfg(target_env = "p2")]
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((what, left_out)) if what == "conformance" => conformance::main(left_out),
        Some((_, left_out)) => cases::main(left_out),
        None => cases::main(&[]),
    }
}

#[cfg(not(target_env = "p2"))]
fn main() {}
