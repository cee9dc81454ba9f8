//! The machine software interrupt of hart 0, and what an executor in it needs.

use riscv::register::{mepc, mie, mstatus};

/// The software interrupt of hart 0, at a CLINT's address `BASE`: for a [`Level`](zokio_board::Level), whose handler is
/// bound with [`software_interrupt!`](crate::software_interrupt).
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SoftInterrupt<const BASE: usize>;

impl<const BASE: usize> SoftInterrupt<BASE> {
    fn set(raised: bool) {
        // SAFETY: *Device register:* by `enable`; a handler that runs now is safe code.
        unsafe { (BASE as *mut u32).write_volatile(raised.into()) }
    }

    /// Lets it interrupt; and the timer too, whose handler raises it.
    ///
    /// # Safety
    /// *Device register:* a CLINT is at `BASE`, and nothing else uses hart 0's software interrupt.
    pub unsafe fn enable() {
        // SAFETY: handlers are safe code.
        unsafe {
            mie::set_msoft();
            mie::set_mtimer();
        }
    }

    /// What the handler does: takes the interrupt back and runs `level` with other interrupts let through.
    pub fn handle(level: impl FnOnce()) {
        Self::set(false);
        // Not itself, which would be turned away and raise itself for ever.
        // SAFETY: *Nested:* interrupts are masked in a handler. What a trap overwrites is kept here and put back with
        // interrupts masked again; the trap handler keeps its registers on the stack.
        unsafe {
            mie::clear_msoft();
            let (pc, status) = (mepc::read(), mstatus::read());
            riscv::interrupt::enable();
            level();
            riscv::interrupt::disable();
            mepc::write(pc);
            mstatus::write(status);
            mie::set_msoft();
        }
    }
}

// With several harts it is how they start each other, so a level would miss what wakes it.
#[cfg(any(feature = "single-hart", not(feature = "multi-hart")))]
impl<const BASE: usize> zokio_board::Pend for SoftInterrupt<BASE> {
    #[inline]
    fn pend() {
        Self::set(true);
    }

    fn enabled() -> bool {
        mie::read().msoft()
    }
}

/// Binds the software interrupt to a [`Level`](zokio_board::Level), and the timer's interrupt to the same, so that its
/// deadlines are kept while the thread is busy. Once in a program.
///
/// ```ignore
/// static HIGH: Level<virt::SoftInterrupt, virt::Timer, virt::Clock> = Level::new();
/// zokio_riscv::software_interrupt!(virt::SoftInterrupt, virt::Clock::start().timer() => HIGH);
/// ```
#[macro_export]
macro_rules! software_interrupt {
    ($interrupt:ty, $timer:expr => $level:expr) => {
        const _: () = {
            // SAFETY: *Trap table:* the names that riscv-rt calls on these interrupts, with this signature.
            #[unsafe(no_mangle)]
            extern "C" fn MachineSoft() {
                <$interrupt>::handle(|| $level.on_interrupt());
            }

            // SAFETY: *Trap table:* as above.
            #[unsafe(no_mangle)]
            extern "C" fn MachineTimer() {
                $timer.silence();
                $level.pend();
            }
        };
    };
}
