//! Memory for tasks: what a task leaves goes to the next one on the same thread, without a way through the allocator.
//!
//! Each thread keeps, for each size in steps of 16 bytes up to a kilobyte, what tasks that ended on it have left, up to
//! [`KEPT`] bytes a size. The sizes are what allocators with a word in front of each block waste nothing on. A task that ends on another thread than the one it was spawned on leaves its memory there.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::UnsafeCell;
use std::ptr::NonNull;

const STEP: usize = 16;
/// The smallest size is this and one step.
const LEAST: usize = 8;
const CLASSES: usize = 64;
/// What a thread keeps of each size, in bytes.
const KEPT: usize = 256 << 10;
const ALIGN: usize = 16;

#[derive(Clone, Copy)]
struct Free {
    first: Option<NonNull<Next>>,
    count: usize,
}

/// What is written into memory that is kept.
struct Next(Option<NonNull<Next>>);

struct Kept([Free; CLASSES]);

thread_local! {
    static KEEPER: UnsafeCell<Kept> = const { UnsafeCell::new(Kept([Free { first: None, count: 0 }; CLASSES])) };
}

impl Drop for Kept {
    fn drop(&mut self) {
        for (class, free) in self.0.iter_mut().enumerate() {
            while let Some(place) = free.first {
                // SAFETY: kept memory was allocated with its class's layout, and holds a `Next`.
                unsafe {
                    free.first = place.as_ref().0;
                    dealloc(place.as_ptr().cast(), whole(class));
                }
            }
        }
    }
}

/// The class of a layout; `None` for what is too large, or aligned to more than the allocator does by itself.
#[inline]
const fn class(layout: Layout) -> Option<usize> {
    let class = layout.size().saturating_sub(LEAST + 1) / STEP;
    if class >= CLASSES || layout.align() > ALIGN { None } else { Some(class) }
}

/// The size of a class.
#[inline]
const fn bytes(class: usize) -> usize {
    LEAST + (class + 1) * STEP
}

#[inline]
const fn whole(class: usize) -> Layout {
    match Layout::from_size_align(bytes(class), ALIGN) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    }
}

/// Memory for `layout`, which is not empty.
#[inline]
pub(super) fn allocate(layout: Layout) -> NonNull<u8> {
    let layout = match class(layout) {
        Some(class) => {
            let kept = KEEPER.try_with(|kept| {
                // SAFETY: this thread's own; nothing in here comes back.
                let free = unsafe { &mut (*kept.get()).0[class] };
                let place = free.first?;
                // SAFETY: kept memory holds a `Next`.
                free.first = unsafe { place.as_ref() }.0;
                free.count -= 1;
                Some(place.cast())
            });
            if let Ok(Some(place)) = kept {
                return place;
            }
            whole(class)
        }
        None => layout,
    };
    // SAFETY: not empty.
    NonNull::new(unsafe { alloc(layout) }).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Gives memory back.
///
/// # Safety
/// It came from [`allocate`] for the same layout, and nobody uses it any more.
#[inline]
pub(super) unsafe fn free(place: NonNull<u8>, layout: Layout) {
    let layout = match class(layout) {
        Some(class) => {
            let kept = KEEPER.try_with(|kept| {
                // SAFETY: this thread's own; nothing in here comes back.
                let free = unsafe { &mut (*kept.get()).0[class] };
                if free.count * bytes(class) >= KEPT {
                    return false;
                }
                // SAFETY: ours, large enough and aligned.
                unsafe { place.cast().write(Next(free.first)) };
                (free.first, free.count) = (Some(place.cast()), free.count + 1);
                true
            });
            if kept == Ok(true) {
                return;
            }
            whole(class)
        }
        None => layout,
    };
    // SAFETY: allocated with this layout.
    unsafe { dealloc(place.as_ptr(), layout) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_the_smallest_class_that_holds_it() {
        for size in 1..=LEAST + STEP * CLASSES {
            let class = class(Layout::from_size_align(size, 8).unwrap()).unwrap();
            assert!(bytes(class) >= size, "{size} does not fit into {}", bytes(class));
            assert!(class == 0 || bytes(class - 1) < size, "{size} fits into {}", bytes(class - 1));
        }
        assert_eq!(class(Layout::from_size_align(LEAST + STEP * CLASSES + 1, 8).unwrap()), None);
        assert_eq!(class(Layout::from_size_align(64, 2 * ALIGN).unwrap()), None);
    }
}
