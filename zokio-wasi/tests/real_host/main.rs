//! What only a real host can show. `hosts.py` beside this file runs it with every kind of standard input on every host that
//! it finds; without arguments, the cases that need no input run.

#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod cases;
#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod conformance;

fn main() {
    #[cfg(all(target_os = "wasi", target_env = "p1"))]
    cases::main();
}
