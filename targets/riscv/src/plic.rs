//! The platform-level interrupt controller, for machine mode on hart 0.

/// A PLIC at an address.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Plic {
    base: usize,
}

impl Plic {
    /// The PLIC at `base`.
    ///
    /// # Safety
    /// *Device register:* a PLIC is there, its context 0 is machine mode of hart 0, and nothing else in the program uses
    /// that context.
    pub const unsafe fn at(base: usize) -> Self {
        Self { base }
    }

    fn register(self, offset: usize) -> *mut u32 {
        (self.base + offset) as *mut u32
    }

    /// Lets `source` interrupt the hart. The program must bind a handler with [`interrupts!`](crate::interrupts).
    pub fn enable(self, source: u32) {
        let enable = self.register(0x2000 + 4 * (source as usize / 32));
        critical_section::with(|_| {
            // SAFETY: *Device register:* by `at`; handlers are safe code, and share nothing with the program but
            // through critical sections.
            unsafe {
                self.register(4 * source as usize).write_volatile(1);
                enable.write_volatile(enable.read_volatile() | 1 << (source % 32));
                self.register(0x20_0000).write_volatile(0);
                riscv::register::mie::set_mext();
            }
        });
    }

    /// Takes the pending source of the highest priority, if there is one; it stays silent until it is
    /// [completed](Self::complete).
    pub fn claim(self) -> Option<u32> {
        // SAFETY: *Device register:* by `at`; claiming is what reading is for.
        let source = unsafe { self.register(0x20_0004).read_volatile() };
        (source != 0).then_some(source)
    }

    /// Ends the handling of `source`.
    pub fn complete(self, source: u32) {
        // SAFETY: *Device register:* by `at`.
        unsafe { self.register(0x20_0004).write_volatile(source) }
    }
}

/// Binds the sources of a [`Plic`] to expressions. Once in a program that enables any; empty in one that enables none, to
/// read like a Cortex-M's.
///
/// A handler runs with interrupts masked; it must be short, and share data only in ways that are interrupt-safe.
///
/// ```ignore
/// static UART0: Uart<virt::Uart0, 64, 64> = Uart::new();
///
/// zokio_riscv::interrupts! {
///     virt::PLIC;
///     virt::Uart0::INTERRUPT => UART0.on_interrupt(),
/// }
/// ```
#[macro_export]
macro_rules! interrupts {
    () => {};
    ($plic:expr; $($source:expr => $handler:expr),* $(,)?) => {
        const _: () = {
            // SAFETY: *Trap table:* the name that riscv-rt calls on an external interrupt, with this signature.
            #[unsafe(no_mangle)]
            extern "C" fn MachineExternal() {
                while let Some(source) = $plic.claim() {
                    $(
                        if source == $source {
                            $handler;
                        }
                    )*
                    $plic.complete(source);
                }
            }
        };
    };
}
