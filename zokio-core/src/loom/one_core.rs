//! Atomics of a chip with one core.
//!
//! What one context writes there, another sees in program order: an interrupt runs between two instructions of what it
//! interrupts. So every operation may be relaxed for the processor, as long as the compiler keeps the order: the fences
//! below are no instructions. (What devices see, such as a DMA engine, is no business of these atomics.)
//!
//! RISC-V has an exchange under a condition in two parts, and the second does not have to fail for what an interrupt of the same
//! core wrote in between. So there it has interrupts masked instead; on Arm an interrupt's end makes the second part fail.

use core::sync::atomic::{AtomicU8, AtomicU16, compiler_fence};
use portable_atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

#[inline(always)]
fn before(order: Ordering) {
    if matches!(order, Release | AcqRel | SeqCst) {
        compiler_fence(Release);
    }
}

#[inline(always)]
fn after(order: Ordering) {
    if matches!(order, Acquire | AcqRel | SeqCst) {
        compiler_fence(Acquire);
    }
}

macro_rules! operations {
    ($value:ty; $($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(
            #[inline(always)]
            pub fn $name(&self, $($argument: $type,)* order: Ordering) -> $result {
                before(order);
                let result = self.0.$name($($argument,)* Relaxed);
                after(order);
                result
            }
        )*

        #[inline(always)]
        pub fn compare_exchange(&self, old: $value, new: $value, order: Ordering, _: Ordering) -> Result<$value, $value> {
            before(order);
            let result = self.exchange_if(old, new);
            after(order);
            result
        }

        #[cfg(not(target_arch = "riscv32"))]
        #[inline(always)]
        fn exchange_if(&self, old: $value, new: $value) -> Result<$value, $value> {
            self.0.compare_exchange(old, new, Relaxed, Relaxed)
        }

        #[cfg(target_arch = "riscv32")]
        #[inline(always)]
        fn exchange_if(&self, old: $value, new: $value) -> Result<$value, $value> {
            critical_section::with(|_| {
                let seen = self.0.load(Relaxed);
                if seen != old {
                    return Err(seen);
                }
                self.0.store(new, Relaxed);
                Ok(seen)
            })
        }

        #[inline(always)]
        pub fn compare_exchange_weak(&self, old: $value, new: $value, order: Ordering, _: Ordering) -> Result<$value, $value> {
            before(order);
            #[cfg(not(target_arch = "riscv32"))]
            let result = self.0.compare_exchange_weak(old, new, Relaxed, Relaxed);
            #[cfg(target_arch = "riscv32")]
            let result = self.exchange_if(old, new);
            after(order);
            result
        }

        #[inline(always)]
        pub fn fetch_update(&self, order: Ordering, _: Ordering, mut f: impl FnMut($value) -> Option<$value>) -> Result<$value, $value> {
            let mut seen = self.0.load(Relaxed);
            while let Some(new) = f(seen) {
                match self.compare_exchange_weak(seen, new, order, Relaxed) {
                    Ok(old) => return Ok(old),
                    Err(now) => seen = now,
                }
            }
            Err(seen)
        }
    };
}

/// A word of 32 bits.
///
/// *Invariant "in one piece":* on one core whoever writes a part of a word does so before or after another accesses all of it, never
/// meanwhile: either is one instruction, or has interrupts masked, or begins anew if it was interrupted.
#[repr(transparent)]
pub struct AtomicUsize(portable_atomic::AtomicUsize);

impl AtomicUsize {
    /// Byte `N` of the word, from the lowest.
    #[inline(always)]
    pub fn byte<const N: u32>(&self) -> &AtomicU8 {
        const { assert!(N < size_of::<usize>() as u32) };
        let place = if cfg!(target_endian = "little") { N as usize } else { size_of::<usize>() - 1 - N as usize };
        // SAFETY: "in one piece"; in the word, which lives as long.
        unsafe { AtomicU8::from_ptr(self.0.as_ptr().cast::<u8>().add(place)) }
    }

    /// The lower half of the word.
    #[inline(always)]
    pub fn lower(&self) -> &AtomicU16 {
        let place = if cfg!(target_endian = "little") { 0 } else { size_of::<usize>() / 2 };
        // SAFETY: "in one piece"; in the word, which lives as long, and aligned to half of it.
        unsafe { AtomicU16::from_ptr(self.0.as_ptr().cast::<u8>().add(place).cast()) }
    }

    #[inline(always)]
    pub const fn new(value: usize) -> Self {
        Self(portable_atomic::AtomicUsize::new(value))
    }

    operations! {
        usize;
        load() -> usize;
        store(value: usize) -> ();
        swap(value: usize) -> usize;
        fetch_add(value: usize) -> usize;
        fetch_sub(value: usize) -> usize;
        fetch_and(value: usize) -> usize;
        fetch_or(value: usize) -> usize;
        fetch_max(value: usize) -> usize;
    }
}

/// A pointer.
#[repr(transparent)]
pub struct AtomicPtr<T>(portable_atomic::AtomicPtr<T>);

#[allow(dead_code)]
impl<T> AtomicPtr<T> {
    #[inline(always)]
    pub const fn new(value: *mut T) -> Self {
        Self(portable_atomic::AtomicPtr::new(value))
    }

    operations! {
        *mut T;
        load() -> *mut T;
        store(value: *mut T) -> ();
        swap(value: *mut T) -> *mut T;
    }
}
