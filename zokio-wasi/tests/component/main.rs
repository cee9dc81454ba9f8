//! Preview 2 on a real host: `hosts.py` builds and runs this as a component.
//!
//! A line for each case; one that fails panics, which ends the component with a trap.

#[cfg(target_env = "p2")]
mod cases;
#[cfg(target_env = "p2")]
mod conformance;

fn main() {
    #[cfg(target_env = "p2")]
    match std::env::args().nth(1).as_deref() {
        Some("conformance") => conformance::main(),
        _ => cases::main(),
    }
}
