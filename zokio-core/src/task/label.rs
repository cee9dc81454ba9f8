//! What a kind of task is called and how urgent it is, in two words of flash and none of RAM.

use core::ptr::NonNull;
use core::time::Duration;

/// A kind of task: its name, and what the executor's [strategy](crate::executor::Strategy) goes by.
///
/// `#[task]` makes one from its options; this is for tasks of an arena, which no function names.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::task::{TaskArena, TaskKind};
///
/// struct Control;
/// impl TaskKind for Control {
///     const NAME: &'static str = "control loop";
///     const PRIORITY: u8 = 3;
///     const DEADLINE: Option<Duration> = Some(Duration::from_micros(500));
/// }
///
/// static ARENA: TaskArena<2, 64> = TaskArena::new();
/// let task = ARENA.task(async {}).kind(Control);
/// # drop(task);
/// ```
pub trait TaskKind {
    /// What tasks of this kind are called, in errors and statistics; at most 255 bytes.
    const NAME: &'static str;
    /// From 0, the ordinary one, to 15, the most urgent one; for [`Priority`](crate::executor::Priority).
    const PRIORITY: u8 = 0;
    /// How long after it was woken a task is to be polled at the latest; for [`Deadline`](crate::executor::Deadline). Kept
    /// in microseconds, from 65 ms on with four digits (rounded down).
    const DEADLINE: Option<Duration> = None;
}

/// A [`TaskKind`] as a value.
///
/// ```text
///   facts   31      16 15    12 11     8 7        0
///          │ mantissa │ exponent│priority│ length  │     deadline = mantissa × 4^exponent µs, 0 for none
/// ```
/// With mantissa 0 an exponent of 1 says that the deadline is in front of the future.
///
/// *Invariant "a name":* `text` points to as many bytes of a static string as `length` says.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Label {
    text: NonNull<u8>,
    facts: u32,
}

// SAFETY: "a name" is static and constant.
unsafe impl Send for Label {}
// SAFETY: as above.
unsafe impl Sync for Label {}

impl Label {
    /// How many priorities there are.
    pub const PRIORITIES: usize = 16;

    /// An ordinary task called `name`.
    ///
    /// # Panics
    /// If the name is longer than 255 bytes.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        assert!(name.len() <= 0xff, "a task's name has at most 255 bytes");
        Self { text: NonNull::from_ref(name).cast(), facts: name.len() as u32 }
    }

    /// The label of a kind.
    pub const fn of<K: TaskKind>() -> Self {
        let label = Self::new(K::NAME).priority(K::PRIORITY);
        match K::DEADLINE {
            Some(deadline) => label.deadline(deadline),
            None => label,
        }
    }

    /// The same with a priority.
    ///
    /// # Panics
    /// If there is no such priority.
    #[track_caller]
    pub const fn priority(self, priority: u8) -> Self {
        assert!((priority as usize) < Self::PRIORITIES, "a task's priority is 0 (ordinary) to 15 (most urgent)");
        Self { facts: self.facts & !0xf00 | (priority as u32) << 8, ..self }
    }

    /// The same with a deadline.
    ///
    /// # Panics
    /// If it is shorter than a microsecond or longer than two years.
    #[track_caller]
    pub const fn deadline(self, deadline: Duration) -> Self {
        let (mut mantissa, mut exponent) = (deadline.as_micros(), 0);
        assert!(mantissa > 0, "a task's deadline is at least one microsecond");
        while mantissa > 0xffff {
            mantissa >>= 2;
            exponent += 1;
        }
        assert!(exponent < 16, "a task's deadline is at most two years");
        Self { facts: self.facts & 0xfff | (mantissa as u32) << 16 | exponent << 12, ..self }
    }

    /// The same for tasks that bring their deadlines along.
    ///
    /// # Safety
    /// "In front" ([`Due`](super::raw::Due)) holds for the tasks.
    pub const unsafe fn deadline_in_front(self) -> Self {
        Self { facts: self.facts & 0xfff | 1 << 12, ..self }
    }

    #[inline]
    pub(super) const fn is_deadline_in_front(self) -> bool {
        self.facts >> 12 == 1
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        // SAFETY: "a name".
        unsafe {
            let bytes = core::slice::from_raw_parts(self.text.as_ptr(), self.facts as usize & 0xff);
            core::str::from_utf8_unchecked(bytes)
        }
    }

    /// The priority, below [`PRIORITIES`](Self::PRIORITIES).
    #[inline]
    pub(crate) fn level(self) -> usize {
        self.facts as usize >> 8 & 0xf
    }

    /// The deadline in nanoseconds after the wake-up, if there is one.
    #[inline]
    pub(crate) fn nanos(self) -> Option<u64> {
        let micros = u64::from(self.facts >> 16) << (2 * (self.facts >> 12 & 0xf));
        (micros > 0).then_some(micros * 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_gives_back_what_it_was_made_of() {
        let label = const { Label::new("blink").deadline(Duration::from_micros(1500)).priority(15) };
        assert_eq!((label.name(), label.level(), label.nanos()), ("blink", 15, Some(1_500_000)));
        // SAFETY: no task has it.
        let front = unsafe { label.deadline_in_front() };
        assert_eq!((front.name(), front.level(), front.nanos()), ("blink", 15, None));
        assert!(front.is_deadline_in_front() && !label.is_deadline_in_front());
        let label = const { Label::new("") };
        assert!(!label.is_deadline_in_front());
        assert_eq!((label.name(), label.level(), label.nanos()), ("", 0, None));
        // What fits sixteen bits is kept exactly.
        let label = Label::new("").deadline(Duration::from_micros(0xffff));
        assert_eq!(label.nanos(), Some(65_535_000));
        for millis in [1, 65, 66, 100, 1_000, 86_400_000, 63_000_000_000] {
            let nanos = Label::new("").deadline(Duration::from_millis(millis)).nanos();
            assert!(nanos <= Some(millis * 1_000_000) && nanos > Some(millis * 999_900), "{nanos:?}");
        }
    }
}
