//! How much of a stack was ever used.

use core::cell::Cell;
use core::fmt;
use critical_section::Mutex;

/// What an unused word of the stack holds.
const PAINT: u32 = 0xdead_57ac;

/// Bytes at the very end of the stack that nobody may touch. They are always painted, and looked at word by word: a frame
/// leaves words unwritten, so that some paint is left in most of what was used.
const GUARD: usize = 64;

/// How far below the stack pointer painting begins: what the painting itself needs.
const MARGIN: usize = 256;

/// The stack that was painted last.
static PAINTED: Mutex<Cell<Option<Stack>>> = Mutex::new(Cell::new(None));

/// A stack that grows down from `top` to `bottom`. Boards make it (`zokio_cortex_m::stack()`, `zokio_riscv::stack()`).
///
/// [`paint`](Self::paint) it early in `main`; [`usage`](Self::usage) then tells how far it was ever used, interrupts included.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stack {
    bottom: usize,
    top: usize,
}

/// The most that was ever used of a stack, as far as it was painted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Usage {
    /// Bytes, at most; rounded up to whole words.
    pub most: usize,
    /// Bytes that there are.
    pub size: usize,
}

/// The stack was used to its very end (the last 64 bytes) or beyond: whatever lies below it may have been overwritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StackTooSmall {
    /// Bytes that there are.
    pub size: usize,
}

impl fmt::Display for StackTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the stack of {} bytes was used to its end, and may have overwritten the statics below it: use less RAM for \
             statics, or fewer and smaller variables across calls",
            self.size
        )
    }
}

impl core::error::Error for StackTooSmall {}

impl Stack {
    /// The stack between these addresses.
    ///
    /// # Safety
    /// *Own stack:* from `bottom` to `top` lies the stack that the caller is on, and nothing else; both are multiples of 4.
    pub const unsafe fn between(bottom: usize, top: usize) -> Self {
        Self { bottom, top }
    }

    /// Paints what is unused now, at most `limit` bytes of it and the very end: a large stack takes time, and only its upper end
    /// matters.
    ///
    /// O(`limit`). Interrupts may come meanwhile: what they use is painted over, and counted the next time.
    #[inline(never)]
    pub fn paint(&self, limit: usize) {
        let here = 0u32; // on the stack, and not a constant somewhere else
        let end = (core::ptr::from_ref(core::hint::black_box(&here)).addr() - MARGIN) & !3;
        let start = self.bottom.max(end.saturating_sub(limit)).next_multiple_of(4);
        critical_section::with(|cs| {
            PAINTED.borrow(cs).set(Some(*self));
            for word in self.guard().chain((start..end).step_by(4)) {
                // SAFETY: "own stack": below everything that is on it, and no interrupt is on it either.
                unsafe { (word as *mut u32).write_volatile(PAINT) };
            }
        });
    }

    /// Whether the stack that was [painted](Self::paint) last was used to its end; `None` if it was not, or none was painted.
    ///
    /// For handlers of panics and faults, which may be what an overrun leads to: those of feature `semihosting` say so. O(1).
    pub fn overrun() -> Option<StackTooSmall> {
        let stack = critical_section::with(|cs| PAINTED.borrow(cs).get())?;
        (!stack.is_whole()).then_some(StackTooSmall { size: stack.top - stack.bottom })
    }

    /// Whether nobody touched the very end.
    fn is_whole(&self) -> bool {
        self.guard().all(painted)
    }

    /// The words at the very end.
    fn guard(&self) -> impl Iterator<Item = usize> {
        (self.bottom..self.top.min(self.bottom + GUARD)).step_by(4)
    }

    /// How much was ever used since [`paint`](Self::paint).
    ///
    /// O(unused bytes).
    ///
    /// # Errors
    /// [`StackTooSmall`] if the paint at its very end is not whole. So it is before anything else is overwritten, where the
    /// stack grows by frames that are no larger than that and looked at in time; and if it was not painted.
    pub fn usage(&self) -> Result<Usage, StackTooSmall> {
        let size = self.top - self.bottom;
        if !self.is_whole() {
            return Err(StackTooSmall { size });
        }
        // Between the guard and the limit of the painting there may be anything.
        let mut words = (self.bottom + GUARD..self.top).step_by(4);
        let Some(first) = words.find(|word| painted(*word)) else {
            return Ok(Usage { most: size.saturating_sub(GUARD), size });
        };
        let end = (first..self.top).step_by(4).find(|word| !painted(*word)).unwrap_or(self.top);
        Ok(Usage { most: self.top - end, size })
    }
}

/// Whether a word of a stack still holds its paint.
fn painted(word: usize) -> bool {
    // SAFETY: "own stack": reading changes nothing.
    unsafe { (word as *const u32).read_volatile() == PAINT }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} of {} bytes of stack were used", self.most, self.size)
    }
}
