//! The pre-emption sweep: the real image in QEMU, and a one-shot timer interrupt that lands on *every* instruction boundary
//! of what the core does between two tasks: wake, push and pop, claim and release, arm, cancel and fire a timer, send and
//! receive, write and read. The interrupt wakes, spawns, sends and sets timers itself, on the very objects that the interrupted code is at.
//!
//! And the cancel sweep (`sections/cancel.rs`, `grants.rs`, `crowds.rs`, `spsc.rs`, `pipe.rs`): it drops a future that waits, at every boundary of what grants it its wish, and
//! grants it at every boundary of the drop; and aborts a task at every boundary of its life.
//!
//! QEMU has to run with `-icount shift=10 -rtc clock=vm`: an instruction takes 1024 ns then, more than a tick of the timer
//! that interrupts, so that delays a tick or a few apart hit one boundary after the other.
//!
//! | file | what is in it |
//! |---|---|
//! | `machine.rs` | what a board lends: the timer that interrupts, and its instructions that mask |
//! | `cmsdk.rs` | the program for boards with a pair of timers |
//! | `landing.rs` | one shot: where it landed, and how many instructions after it was set |
//! | `cover.rs` | the proof that no boundary was left out |
//! | `witness.rs` | tasks and wakers that write down in which order they were run |
//! | `stage.rs` | the executor and the timers that sections play with |
//! | `sections/` | what is interrupted, what the interrupt does meanwhile, and what must be true afterwards |
#![cfg_attr(target_os = "none", no_std)]
#![cfg(target_os = "none")]

#[cfg(target_arch = "arm")]
mod cmsdk;
mod cover;
#[cfg(target_arch = "arm")]
mod frame;
mod landing;
mod machine;
#[cfg(feature = "plant")]
mod plant;
mod sections;
mod stage;
mod witness;

#[cfg(target_arch = "arm")]
pub use frame::systick_interrupts;
pub use landing::landed;
pub use machine::{Board, Machine};

use cover::Cover;
use sections::{Section, sections};
use stage::Stage;
use zokio_board::host::{exit, println};

/// Sweeps every section, or the one whose number is the kernel's argument, and ends the emulator: status 0 if nothing was
/// ever lost and no boundary left out.
pub fn run<M: Machine>(executor: Board<M>) -> ! {
    landing::instructions_take_as_long_as_they_should::<M>();
    let mut stage = Stage::<M>::new(executor);
    stage.open();
    let only = machine::argument();
    let (mut boundaries, mut masked, mut failed) = (0, 0, 0);
    for (number, section) in sections::<M>().iter().enumerate() {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        match sweep(&mut stage, number, section) {
            Ok(cover) => {
                println!(
                    "ok  {}: {}: {} boundaries hit, none skipped; {} more masked, in {} critical sections",
                    M::NAME,
                    section.name,
                    cover.hit(),
                    cover.masked(),
                    cover.critical_sections()
                );
                boundaries += cover.hit();
                masked += cover.masked();
            }
            Err(Failure { delay, pc, why }) => {
                println!("FAILED  {}: {}: {why}; delay {delay}, interrupted at {pc:#010x}", M::NAME, section.name);
                failed += 1;
                break; // what is broken may break the next sections too
            }
        }
    }
    println!("sweep of {}: {boundaries} boundaries, {masked} masked, {failed} failed", M::NAME);
    exit(failed == 0)
}

/// How many sections there are: the arguments that [`run`] knows.
pub const SECTIONS: usize = sections::COUNT;

struct Failure {
    delay: u32,
    pc: u32,
    why: &'static str,
}

/// Runs `section` again and again, interrupted one boundary later each time, until the interrupt comes after its end.
fn sweep<M: Machine>(stage: &mut Stage<M>, number: usize, section: &Section<M>) -> Result<Cover, Failure> {
    let mut cover = Cover::new();
    let mut delay = 0;
    // Once in peace.
    (section.prepare)(stage);
    (section.run)(stage);
    (section.check)(stage, None).map_err(|why| Failure { delay, pc: 0, why })?;
    loop {
        delay += M::STEP;
        (section.prepare)(stage);
        let landing = landing::shot::<M>(delay, number, || (section.run)(stage));
        let failure = |why| Failure { delay, pc: landing.pc, why };
        (section.check)(stage, Some(landing.logged)).map_err(failure)?;
        if cover.add(&landing).map_err(failure)? {
            return Ok(cover);
        }
    }
}
