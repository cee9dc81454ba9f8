//! What only a real host can show. `hosts.py` beside this file runs it with every kind of standard input on every host that
//! it finds; without arguments, the cases that need no input run.

#[cfg(target_os = "wasi")]
mod cases;

fn main() {
    #[cfg(target_os = "wasi")]
    cases::main();
}
