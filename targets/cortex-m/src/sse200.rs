//! The two Cortex-M33 of Arm's SSE-200 subsystem (MPS2 and MPS3 images AN521 and AN524, Musca), with an executor on each: they
//! share channels, mutexes and all else of `zokio_core::sync`, and a task stays on the core that it was spawned for.
//!
//! The first core runs `main`; the other is held after reset until [`start`] gives it a stack and a function. Both use one vector
//! table, and each enables the interrupts that it is to take at an interrupt controller of its own. An executor at an interrupt
//! priority ([`Level`](zokio_board::Level)) runs in a [`CoreInterrupt`], which names its core and is raised from both.
//!
//! The program runs in Secure state, as after reset.
//!
//! *Invariant "one owner":* a critical section masks the core's interrupts and owns a lock that both cores share; `DEPTH` is the
//! owner's alone. Nobody owns it while waiting for anything but the lock itself: a core that sleeps masks only its own
//! interrupts.

mod interrupt;

pub use interrupt::{ASKED_INTERRUPT, CoreInterrupt, on_asked};

use crate::counter::CoreTimer;
use crate::registers;
use core::convert::Infallible;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use cortex_m::asm;
use cortex_m::register::primask;
use critical_section::RawRestoreState;
use zokio_board::{Chip, Counter, Stack, Ticks};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::time::Instant;

/// The identity of the core that asks.
const CORE: usize = 0x5001_f000;

/// System control, and there: the vector table that the second core starts with, and who is held.
const SYSTEM: usize = 0x5002_1000;
const SECOND_TABLE: usize = 0x114;
const HELD: usize = 0x118;
const SECOND: u32 = 1 << 1;

/// By it a core's park is ended.
const UNPARK: Message = Message { base: 0x5000_3000 };
/// The number of its interrupt, on both cores.
const UNPARK_INTERRUPT: u16 = 6;

/// A message handling unit: raises an interrupt on either core.
struct Message {
    base: usize,
}

impl Message {
    /// Raises `core`'s message.
    fn raise(&self, core: usize) {
        self.write(core, 0x04);
    }

    /// Takes `core`'s message back.
    fn take_back(&self, core: usize) {
        self.write(core, 0x08);
    }

    fn write(&self, core: usize, register: usize) {
        // What was written before is in memory when the other core gets the message.
        asm::dsb();
        // SAFETY: *Device register:* the feature's word; the message reaches no memory, and a handler that runs now is safe code.
        unsafe { registers::write(self.base, 16 * core + register, 1) };
    }
}

/// The core that asks: 0 or 1.
pub fn core() -> usize {
    // SAFETY: *Device register:* the feature's word that this is an SSE-200; reading it changes nothing.
    unsafe { registers::read(CORE, 0) as usize }
}

/// One more than the number of the core that is in a critical section; 0: none is.
static OWNER: AtomicUsize = AtomicUsize::new(0);
/// How many critical sections of the owner are open.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

struct Cores;
critical_section::set_impl!(Cores);

// SAFETY: "one owner".
unsafe impl critical_section::Impl for Cores {
    unsafe fn acquire() -> RawRestoreState {
        let mask = mask();
        let ours = core() + 1;
        if OWNER.load(Ordering::Relaxed) != ours {
            // Acquire: pairs with the release of the owner before.
            while OWNER.compare_exchange_weak(0, ours, Ordering::Acquire, Ordering::Relaxed).is_err() {
                core::hint::spin_loop();
            }
        }
        DEPTH.store(DEPTH.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        mask
    }

    unsafe fn release(mask: RawRestoreState) {
        let depth = DEPTH.load(Ordering::Relaxed) - 1;
        DEPTH.store(depth, Ordering::Relaxed);
        if depth == 0 {
            OWNER.store(0, Ordering::Release);
        }
        unmask(mask);
    }
}

/// Masks this core's interrupts; says what was masked before.
fn mask() -> u32 {
    let before = primask::read_raw();
    cortex_m::interrupt::disable();
    before
}

fn unmask(before: u32) {
    // SAFETY: *Put back:* as it was before `mask`.
    unsafe { primask::write_raw(before) };
}

/// What the second core starts with: the head of a vector table, which is all that it reads before it sets the program's own.
#[repr(C, align(128))]
struct Start {
    stack: AtomicU32,
    begin: extern "C" fn() -> !,
    main: AtomicUsize,
    /// Where its stack ends, and `stack` is where it begins.
    stack_end: AtomicU32,
}

static START: Start =
    Start { stack: AtomicU32::new(0), begin, main: AtomicUsize::new(0), stack_end: AtomicU32::new(0) };

/// The second core's first function.
extern "C" fn begin() -> ! {
    unsafe extern "C" {
        static __vector_table: u32;
    }
    // SAFETY: *Core peripheral:* the table of the first core, which has a handler for everything; nothing is enabled yet.
    unsafe { registers::write(0xe000_ed08, 0, (&raw const __vector_table).addr() as u32) };
    // Acquire: pairs with the release in `start`.
    let main = START.main.load(Ordering::Acquire);
    // SAFETY: *Started once:* `start` stored a function of this type before it let this core run.
    let main: fn() -> ! = unsafe { core::mem::transmute(main) };
    main()
}

/// Lets the second core run `main` on `stack`.
///
/// # Panics
/// If it runs already, or on a stack of less than 256 bytes.
///
/// # Examples
/// ```ignore
/// static STACK: ConstStaticCell<[MaybeUninit<u64>; 512]> = ConstStaticCell::new([const { MaybeUninit::uninit() }; 512]);
///
/// fn second() -> ! {
///     let mut executor = mps3_an524::second::executor();
///     executor.spawner().spawn(blink(executor.clock())).unwrap().detach();
///     match executor.run() {
///         Ok(never) | Err(never) => match never {},
///     }
/// }
///
/// sse200::start(STACK.take(), second);
/// ```
pub fn start(stack: &'static mut [MaybeUninit<u64>], main: fn() -> !) {
    assert!(size_of_val(stack) >= 256, "the second core's stack is too small to start on");
    // SAFETY: *Device register:* the feature's word; reading it changes nothing.
    let held = unsafe { registers::read(SYSTEM, HELD) };
    assert!(held & SECOND != 0, "the second core runs already");
    let stack = stack.as_mut_ptr_range();
    START.stack.store(stack.end.addr() as u32, Ordering::Relaxed);
    START.stack_end.store(stack.start.addr() as u32, Ordering::Relaxed);
    START.main.store(main as *const () as usize, Ordering::Release);
    // What was written is in memory before the other core looks.
    asm::dsb();
    // SAFETY: *Started once:* the core is held, so nobody else uses the table, and the stack is nobody else's for ever.
    unsafe {
        registers::write(SYSTEM, SECOND_TABLE, (&raw const START).addr() as u32);
        registers::write(SYSTEM, HELD, held & !SECOND);
    }
}

/// The stack of the core that asks: [`stack`](crate::stack()) of the first, and what [`start`] gave to the second.
pub fn stack() -> Stack {
    if core() == 0 {
        return crate::stack();
    }
    let (end, begin) = (START.stack_end.load(Ordering::Relaxed), START.stack.load(Ordering::Relaxed));
    // SAFETY: *Own stack:* `start` was given these, and nobody else was.
    unsafe { Stack::between(end as usize, begin as usize) }
}

/// Whether somebody unparked a core since it last looked.
static TOKENS: [AtomicBool; 2] = [const { AtomicBool::new(false) }; 2];

/// The [`Driver`] of the executor in the thread of core `CORE`, over timers that count at `HZ`. Sleeps by stopping the core; the
/// other one starts it again by a message, whose interrupt is never taken.
///
/// A program has one executor over each core's.
pub struct CoreIdle<const CORE: usize, const HZ: u32> {
    clock: Ticks<CoreTimer<CORE>, HZ>,
    // Parking on one core what runs on another makes no sense.
    _not_send: PhantomData<*const ()>,
}

impl<const CORE: usize, const HZ: u32> CoreIdle<CORE, HZ> {
    /// The driver of this core, over a clock that was started.
    ///
    /// # Panics
    /// On the other core.
    pub fn new(clock: Ticks<CoreTimer<CORE>, HZ>) -> Self {
        let here = core();
        assert!(
            here == CORE,
            "the executor of core {CORE} was made on core {here}: an executor runs, and its tasks are spawned, on its own \
             core; from another one go through `Spawner::send`"
        );
        Self { clock, _not_send: PhantomData }
    }
}

impl<const CORE: usize, const HZ: u32> Driver for CoreIdle<CORE, HZ> {
    type Unparker = CoreUnparker<CORE>;
    type Error = Infallible;

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn unparker(&self) -> Self::Unparker {
        CoreUnparker
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        self.park_unless(wait, || false)
    }

    fn park_unless(&mut self, wait: Wait, ready: impl Fn() -> bool) -> Result<(), Infallible> {
        let before = mask();
        // A message that comes after this is pending anew, and then the wait is over at once.
        UNPARK.take_back(CORE);
        crate::vectors::forget_interrupt(UNPARK_INTERRUPT);
        // Acquire: what was written before the unpark is seen.
        let waits = !TOKENS[CORE].swap(false, Ordering::Acquire)
            && !ready()
            && match wait {
                Wait::Poll => false,
                Wait::Until(at) => critical_section::with(|cs| self.clock.arm(cs, at)),
                Wait::Forever => true,
            };
        if waits {
            crate::vectors::let_through(UNPARK_INTERRUPT, CoreTimer::<CORE>::wait);
        }
        unmask(before);
        Ok(())
    }
}

/// Ends a park of core `CORE`, from either core and from interrupts.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CoreUnparker<const CORE: usize>;

impl<const CORE: usize> Unpark for CoreUnparker<CORE> {
    fn unpark(&self) {
        // Release: pairs with the acquire in `park_unless`.
        TOKENS[CORE].store(true, Ordering::Release);
        UNPARK.raise(CORE);
    }
}

zokio_board::named! {
    [const CORE: usize, const HZ: u32] CoreIdle<CORE, HZ> = "CoreIdle";
}
