//! Who awaits a task of the heap family, under loom: the handle that leaves its waiter, and another, against the task's end.
#![cfg(loom)]

mod explore;

use explore::explore;
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::ptr::NonNull;
use zokio_core::driver::Unpark;
use zokio_core::executor::Ready;
use zokio_core::task::raw::state::{AWAITED, DONE, HANDLE};
use zokio_core::task::raw::{Header, Label, Vtable};

#[derive(Clone)]
struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

/// A task of the heap family: what stands beside its header stands behind it here.
#[repr(C)]
struct Task {
    header: Header,
    place: UnsafeCell<usize>,
    output: UnsafeCell<usize>,
    /// The waiter that was told.
    told: AtomicUsize,
    freed: AtomicUsize,
}

impl Task {
    fn put(&self, waiter: usize) -> usize {
        // SAFETY: what the test is about: loom watches.
        self.place.with_mut(|place| unsafe { place.replace(waiter) })
    }
}

/// # Safety
/// `header` is the beginning of a `Task`.
unsafe fn task<'a>(header: NonNull<Header>) -> &'a Task {
    // SAFETY: the caller's word.
    unsafe { header.cast().as_ref() }
}

unsafe fn notify(header: NonNull<Header>) {
    // SAFETY: every header here is a task's.
    let task = unsafe { task(header) };
    task.told.store(task.put(0), Ordering::Release);
}

unsafe fn free(header: NonNull<Header>) {
    // SAFETY: as above.
    unsafe { task(header) }.freed.fetch_add(1, Ordering::AcqRel);
}

static TABLE: Vtable =
    Vtable { run: |_| unreachable!("nobody runs it"), release: Some(free), name: Label::new("task") };

/// The handle leaves `waiters` one after the other, while the task ends.
fn the_end_finds_the_last_waiter(waiters: usize) {
    explore(None, move || {
        let world = Box::into_raw(Box::new((
            Ready::<Nobody>::new(),
            Task {
                header: Header::claimed(),
                place: UnsafeCell::new(0),
                output: UnsafeCell::new(0),
                told: AtomicUsize::new(0),
                freed: AtomicUsize::new(0),
            },
        )));
        // SAFETY: given back below, when the thread has ended.
        let world = unsafe { &*world };
        let header = NonNull::from(&world.1).cast::<Header>();
        let ready = world.0.take(Nobody).unwrap();
        // SAFETY: claimed; nobody runs it. The bits are that of a task that is being polled.
        unsafe { Header::start_shared(header, ready, &TABLE) };
        world.1.header.state().fetch_and(!zokio_core::task::raw::state::QUEUED, Ordering::Relaxed);

        let address = header.as_ptr() as usize;
        let ending = thread::spawn(move || {
            let header = NonNull::new(address as *mut Header).unwrap();
            // SAFETY: alive until this.
            unsafe {
                task(header).output.with_mut(|output| *output = 7);
                assert!(Header::end_uncounted::<AWAITED>(header, 0, notify));
            }
        });
        let (mut left, mut waits) = (0, true);
        for waiter in 1..=waiters {
            // SAFETY: ours is the handle.
            match unsafe { world.1.header.await_end(|waiter| world.1.put(waiter), waiter) } {
                Ok(displaced) => {
                    assert_eq!(displaced, left);
                    left = waiter;
                }
                Err(back) => {
                    assert_eq!(back, waiter);
                    assert_ne!(world.1.header.state().load(Ordering::Acquire) & DONE, 0);
                    waits = false;
                    break;
                }
            }
        }
        while world.1.header.state().load(Ordering::Acquire) & DONE == 0 {
            thread::yield_now();
        }
        // SAFETY: `DONE` gave it to the handle; the bits are the handle's.
        unsafe {
            assert_eq!(world.1.output.with(|output| *output), 7);
            Header::clear(header, HANDLE | DONE | AWAITED);
        }
        ending.join().unwrap();
        let told = world.1.told.load(Ordering::Acquire);
        // Who got its waiter back need not be told.
        assert!(told == left || !waits && told == 0, "left {left}, told {told}");
        assert_eq!(world.1.freed.load(Ordering::Acquire), 1);
        // SAFETY: from `into_raw`; nobody has a reference any more.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(world).cast_mut()) });
    });
}

#[test]
fn one_waiter() {
    the_end_finds_the_last_waiter(1);
}

#[test]
fn one_after_the_other() {
    the_end_finds_the_last_waiter(3);
}
