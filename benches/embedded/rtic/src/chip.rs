//! As much of a device crate for the LM3S6965 as RTIC asks for.

use cortex_m::interrupt::InterruptNumber;

/// How many bits of a priority the chip has.
pub const NVIC_PRIO_BITS: u8 = 3;

/// The interrupts that the programs use.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub enum Interrupt {
    /// Nobody raises it but RTIC, which runs tasks in it.
    GPIOA = 0,
    /// Rings the alarm.
    TIMER0 = bench_marks::NUMBER as isize,
}

// SAFETY: the numbers are the chip's.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

/// The name that RTIC looks for.
pub use Interrupt as interrupt;

/// Lays a vector table of `$length` entries with RTIC's handlers in it.
#[macro_export]
macro_rules! vectors {
    ($length:expr; $($handler:ident),*) => {
        const _: () = {
            unsafe extern "C" {
                fn DefaultHandler();
                $(fn $handler();)*
            }

            // SAFETY: *Vector table:* right behind the exceptions, as long as the highest number in use needs.
            #[unsafe(link_section = ".vector_table.interrupts")]
            #[unsafe(no_mangle)]
            static __INTERRUPTS: [unsafe extern "C" fn(); $length] = {
                let mut table: [unsafe extern "C" fn(); $length] = [DefaultHandler; $length];
                $(table[$crate::Interrupt::$handler as usize] = $handler;)*
                table
            };
        };
    };
}
