//! A vector table as long as the program needs, without a device crate.

/// An entry of the vector table.
pub type Vector = unsafe extern "C" fn();

/// Unmasks interrupt `number` at the interrupt controller.
///
/// The program must bind a handler with [`interrupts!`](crate::interrupts), or the default handler stops it.
///
/// # Panics
/// If the vector table ends before that number: what the core would take for the handler's address is something else.
#[track_caller]
pub fn enable_interrupt(number: u16) {
    assert!(usize::from(number) < bound(), "interrupt {number} is not bound: name it in `interrupts!`");
    let register = (0xe000_e100 + 4 * (number as usize / 32)) as *mut u32;
    // SAFETY: *Core peripheral:* the set-enable registers of the NVIC exist on every Cortex-M; a handler that can run
    // from now on is safe code, and shares nothing with the program but through critical sections.
    unsafe { register.write_volatile(1 << (number % 32)) }
}

/// Whether interrupt `number` is unmasked at the interrupt controller.
pub fn interrupt_enabled(number: u16) -> bool {
    let register = (0xe000_e100 + 4 * (number as usize / 32)) as *const u32;
    // SAFETY: *Core peripheral:* reading the set-enable registers changes nothing.
    unsafe { register.read_volatile() & 1 << (number % 32) != 0 }
}

/// Lets interrupt `number` through while `wait` waits with interrupts masked: it ends the wait and is never taken.
#[cfg(feature = "sse200")]
pub(crate) fn let_through(number: u16, wait: impl FnOnce()) {
    let write = |register: usize| {
        let register = (register + 4 * (number as usize / 32)) as *mut u32;
        // SAFETY: *Core peripheral:* the set-enable and clear-enable registers; interrupts are masked in between.
        unsafe { register.write_volatile(1 << (number % 32)) }
    };
    write(0xe000_e100);
    wait();
    write(0xe000_e180);
    // It is off before anybody unmasks interrupts.
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

/// Takes back that interrupt `number` is pending; if its device still raises it, it is so again.
#[cfg(feature = "sse200")]
pub(crate) fn forget_interrupt(number: u16) {
    let register = (0xe000_e280 + 4 * (number as usize / 32)) as *mut u32;
    // SAFETY: *Core peripheral:* the clear-pending registers, for an interrupt that is never taken.
    unsafe { register.write_volatile(1 << (number % 32)) }
}

/// How many interrupts the vector table has room for.
fn bound() -> usize {
    unsafe extern "C" {
        static __eexceptions: u32;
        static _stext: u32;
    }
    // By the link script the table's interrupts lie between the exceptions and the code.
    ((&raw const _stext).addr() - (&raw const __eexceptions).addr()) / 4
}

/// Gives interrupt `number` a priority: 0 is the most urgent, and of the eight bits only the upper ones count (two on
/// Armv6-M, three or more on the others), so use multiples of 64. All have 0 after reset.
pub fn set_priority(number: u16, priority: u8) {
    let register = (0xe000_e400 + (number as usize & !3)) as *mut u32;
    let shift = 8 * (number as u32 & 3);
    // Armv6-M has no access by the byte.
    critical_section::with(|_| {
        // SAFETY: *Core peripheral:* changes which handler runs first; handlers are safe code, as in `enable_interrupt`.
        unsafe { register.write_volatile(register.read_volatile() & !(0xff << shift) | (priority as u32) << shift) }
    });
}

/// Raises interrupt `number` on the core that asks.
#[inline]
pub(crate) fn raise(number: u16) {
    let register = (0xe000_e200 + 4 * (number as usize / 32)) as *mut u32;
    // SAFETY: *Core peripheral:* the set-pending registers of the NVIC; a handler that runs now is safe code.
    unsafe { register.write_volatile(1 << (number % 32)) }
}

/// Interrupt `NUMBER` of the interrupt controller, raised by software: for a [`Level`](zokio_board::Level).
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Nvic<const NUMBER: u16>;

// With two cores the one that wakes a task need not be the one that its level is on.
#[cfg(any(feature = "single-core", not(feature = "sse200")))]
impl<const NUMBER: u16> zokio_board::Pend for Nvic<NUMBER> {
    #[inline]
    fn pend() {
        raise(NUMBER);
    }

    fn enabled() -> bool {
        interrupt_enabled(NUMBER)
    }
}

/// Whether any exception or enabled interrupt is pending: whether `wfi` would return at once.
pub fn interrupt_pending() -> bool {
    // SAFETY: *Core peripheral:* reading the interrupt control and state register changes nothing.
    let state = unsafe { (0xe000_ed04 as *const u32).read_volatile() };
    state & (0x1ff << 12) != 0
}

/// The length that a vector table for `numbers` has: the link script wants at least one entry.
///
/// # Panics
/// In a `const`, so at compile time, if a number is there twice or is beyond 240.
#[doc(hidden)]
pub const fn table_len(numbers: &[u16]) -> usize {
    let mut len = 1;
    let mut i = 0;
    while i < numbers.len() {
        assert!(numbers[i] < 240, "interrupts! got a number that no Cortex-M has");
        let mut j = 0;
        while j < i {
            assert!(numbers[i] != numbers[j], "interrupts! binds one interrupt twice");
            j += 1;
        }
        if numbers[i] as usize >= len {
            len = numbers[i] as usize + 1;
        }
        i += 1;
    }
    len
}

unsafe extern "C" {
    /// The handler of what nobody bound, provided by cortex-m-rt.
    #[doc(hidden)]
    pub fn DefaultHandler();
}

/// Binds interrupts to expressions and lays the vector table, exactly as long as the highest number needs: 4 bytes of
/// flash an entry, where a device crate or cortex-m-rt alone lay all 32 or 240.
///
/// Once in a program, also if it binds none. A handler runs with other interrupts of its priority masked; it must be
/// short, and share data only in ways that are interrupt-safe.
///
/// ```ignore
/// static UART0: Uart<lm3s6965evb::Uart0, 64, 64> = Uart::new();
///
/// zokio_cortex_m::interrupts! {
///     lm3s6965evb::Uart0::INTERRUPT => UART0.on_interrupt(),
/// }
/// ```
///
/// A handler that needs the core's registers as they were is bound as it is, an `extern "C" fn()`, with the word `fn` in
/// front of its number.
#[macro_export]
macro_rules! interrupts {
    ($(fn $raw:expr => $entry:path,)* $($number:expr => $handler:expr),* $(,)?) => {
        const _: () = {
            const LEN: usize = $crate::table_len(&[$($raw,)* $($number),*]);
            // SAFETY: *Vector table:* the link script of cortex-m-rt keeps this section right behind the exceptions;
            // every entry is a handler, and the hardware reads no entry that is not there, because only bound
            // interrupts get enabled.
            #[unsafe(link_section = ".vector_table.interrupts")]
            #[unsafe(no_mangle)]
            static __INTERRUPTS: [$crate::Vector; LEN] = {
                #[allow(unused_mut)]
                let mut table: [$crate::Vector; LEN] = [$crate::DefaultHandler; LEN];
                $(table[$raw as usize] = $entry;)*
                $({
                    extern "C" fn bound_interrupt() {
                        $handler;
                    }
                    table[$number as usize] = bound_interrupt;
                })*
                table
            };
        };
    };
}
