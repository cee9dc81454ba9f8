//! Several harts, with an executor on each: they share channels, mutexes and all else of `zokio_core::sync`, and a task stays on
//! the hart that it was spawned for.
//!
//! The first hart runs `main` as on a chip with one; the others wait after reset until it calls [`start`], and then run `main`
//! too, with their numbers.
//!
//! *Invariant "one owner":* a critical section masks the hart's interrupts and owns a lock that all harts share; [`DEPTH`] is the
//! owner's alone. Nobody owns it while waiting for anything but the lock itself: a hart that sleeps masks only its own
//! interrupts.

use crate::Clint;
use core::convert::Infallible;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use critical_section::RawRestoreState;
use riscv::register::{mhartid, mie, mip, mstatus};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::time::Instant;

/// The most harts that there may be.
pub const MOST: usize = 8;

/// One more than the number of the hart that is in a critical section; 0: none is.
static OWNER: AtomicUsize = AtomicUsize::new(0);
/// How many critical sections of the owner are open.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

struct Harts;
critical_section::set_impl!(Harts);

// SAFETY: "one owner".
unsafe impl critical_section::Impl for Harts {
    unsafe fn acquire() -> RawRestoreState {
        let unmasked = mask();
        let ours = mhartid::read() + 1;
        if OWNER.load(Ordering::Relaxed) != ours {
            // Acquire: pairs with the release of the owner before.
            while OWNER.compare_exchange_weak(0, ours, Ordering::Acquire, Ordering::Relaxed).is_err() {
                core::hint::spin_loop();
            }
        }
        DEPTH.store(DEPTH.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        unmasked
    }

    unsafe fn release(unmasked: RawRestoreState) {
        let depth = DEPTH.load(Ordering::Relaxed) - 1;
        DEPTH.store(depth, Ordering::Relaxed);
        if depth == 0 {
            OWNER.store(0, Ordering::Release);
        }
        unmask(unmasked);
    }
}

/// Masks this hart's interrupts; says whether they were not.
fn mask() -> bool {
    let unmasked = mstatus::read().mie();
    riscv::interrupt::disable();
    unmasked
}

fn unmask(unmasked: bool) {
    if unmasked {
        // SAFETY: *Put back:* as it was before `mask`.
        unsafe { riscv::interrupt::enable() };
    }
}

/// What riscv-rt calls on each hart after reset, before there are statics: whether this is the one that prepares them. The others
/// wait here for their software interrupt.
// SAFETY: *Start-up:* the name that riscv-rt calls; nothing in it needs memory that is not prepared.
#[unsafe(export_name = "_mp_hook")]
extern "Rust" fn hook(hart: usize) -> bool {
    if hart == 0 {
        return true;
    }
    // SAFETY: *Masked:* interrupts are masked after reset, so none is taken.
    unsafe { mie::set_msoft() };
    while !mip::read().msoft() {
        riscv::asm::wfi();
    }
    // From here on it ends waits only.
    // SAFETY: as above.
    unsafe { mie::clear_msoft() };
    false
}

/// Lets `hart` run, at a CLINT's address `BASE`. Once for each; does nothing for one that runs.
///
/// # Safety
/// *Device register:* a CLINT is at `BASE`, and the chip has that hart.
pub unsafe fn start<const BASE: usize>(hart: usize) {
    ring::<BASE>(hart, true);
}

/// Sets or clears the software interrupt of `hart`.
fn ring<const BASE: usize>(hart: usize, on: bool) {
    // All that was written before is seen by whoever sees the interrupt, also where devices have an order of their own.
    riscv::asm::fence();
    // SAFETY: *Device register:* by `start` and `HartIdle::new`.
    unsafe { ((BASE + 4 * hart) as *mut u32).write_volatile(on.into()) };
}

/// Whether somebody unparked a hart since it last looked.
static TOKENS: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// The [`Driver`] of the executor in the thread of hart `HART`, over a CLINT at `BASE` that counts at `HZ`. Sleeps by stopping the
/// hart; other harts start it again through its software interrupt, which is never taken.
pub struct HartIdle<const BASE: usize, const HZ: u32, const HART: usize> {
    clock: Clint<BASE, HZ, HART>,
    // Parking on one hart what runs on another makes no sense.
    _not_send: PhantomData<*const ()>,
}

impl<const BASE: usize, const HZ: u32, const HART: usize> HartIdle<BASE, HZ, HART> {
    /// The driver of this hart.
    ///
    /// # Panics
    /// On another hart.
    ///
    /// # Safety
    /// *Device register:* a CLINT is at `BASE`, and nothing else in the program uses its comparator and its software interrupt of
    /// this hart.
    pub unsafe fn new() -> Self {
        const { assert!(HART < MOST, "more harts than there is room for") };
        let here = mhartid::read();
        assert!(
            here == HART,
            "the executor of hart {HART} was made on hart {here}: an executor runs, and its tasks are spawned, on its own \
             hart; from another one go through `Spawner::send`"
        );
        ring::<BASE>(HART, false);
        // SAFETY: the caller's word.
        Self { clock: unsafe { Clint::new() }, _not_send: PhantomData }
    }
}

impl<const BASE: usize, const HZ: u32, const HART: usize> Driver for HartIdle<BASE, HZ, HART> {
    type Unparker = HartUnparker<BASE, HART>;
    type Error = Infallible;

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn unparker(&self) -> Self::Unparker {
        HartUnparker
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        self.park_unless(wait, || false)
    }

    fn park_unless(&mut self, wait: Wait, ready: impl Fn() -> bool) -> Result<(), Infallible> {
        let unmasked = mask();
        // What comes after this rings anew, and then the wait is over at once.
        ring::<BASE>(HART, false);
        // Acquire: what was written before the unpark is seen.
        let waits = !TOKENS[HART].swap(false, Ordering::Acquire)
            && !ready()
            && match wait {
                Wait::Poll => false,
                Wait::Until(at) => self.clock.set(at),
                Wait::Forever => {
                    self.clock.silence();
                    true
                }
            };
        if waits {
            // SAFETY: *Masked:* both only end the wait; interrupts are masked until they are disabled again.
            unsafe {
                mie::set_msoft();
                mie::set_mtimer();
            }
            riscv::asm::wfi();
            // SAFETY: as above.
            unsafe {
                mie::clear_msoft();
                mie::clear_mtimer();
            }
        }
        unmask(unmasked);
        Ok(())
    }
}

/// Ends a park of hart `HART`, from any hart and from interrupts.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HartUnparker<const BASE: usize, const HART: usize>;

impl<const BASE: usize, const HART: usize> Unpark for HartUnparker<BASE, HART> {
    fn unpark(&self) {
        // Release: pairs with the acquire in `park_unless`.
        TOKENS[HART].store(true, Ordering::Release);
        ring::<BASE>(HART, true);
    }
}

zokio_board::named! {
    [const BASE: usize, const HZ: u32, const HART: usize] HartIdle<BASE, HZ, HART> = "HartIdle";
}
