//! Write and read: a pipe of bytes, whose other end is the interrupt; and the cancel sweep of who waits at it.

use super::cancel::{Place, poll};
use super::unnamed::Unnamed;
use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::Stage;
use crate::witness::{WOKEN, in_interrupt, is_none_kept};
use core::sync::atomic::Ordering;
use core::task::Poll;
use zokio_core::sync::Pipe;

const ROOM: usize = 4;

/// New in every run: how the ring lies decides in how many parts bytes are copied, with interrupts masked. Copied in more or fewer
/// instructions, they would let a longer delay land earlier, or skip boundaries.
static PIPE: Place<Pipe<ROOM>> = Place::new();
/// Who waits, for bytes or for room: how many they were, and which.
static WAITING: Place<Unnamed<Bytes>> = Place::new();
/// What the thread moved, and what the interrupt did.
static READ: Place<Bytes> = Place::new();
static MOVED: Place<Bytes> = Place::new();

/// The first `0` of these, in order.
#[derive(Clone, Copy)]
struct Bytes(usize, [u8; ROOM]);

impl Bytes {
    fn all(self) -> impl Iterator<Item = u8> {
        self.1.into_iter().take(self.0)
    }
}

/// Whose waker is registered by the poll that is under test, and by the one before.
const NOW: usize = 0;
const BEFORE: usize = 1;

fn pipe() -> &'static Pipe<ROOM> {
    // SAFETY: static, and lent for reading only; who waited at a former pipe was dropped before the new one was put there.
    unsafe { PIPE.lend() }
}

fn read_now() -> Bytes {
    let mut bytes = [0; ROOM];
    let count = pipe().try_read(&mut bytes);
    Bytes(count, bytes)
}

fn prepare<M: Machine>(stage: &mut Stage<M>) {
    stage.clear();
    WAITING.clear();
    MOVED.clear();
    READ.clear();
    PIPE.put(Pipe::new());
    // So that what follows goes round the end of the ring.
    assert!(pipe().try_write(&[9, 9]) == 2 && read_now().0 == 2, "the pipe is broken");
}

/// Somebody waits at the pipe.
fn wait(future: impl Future<Output = Bytes> + 'static) {
    WAITING.put(Unnamed::new(future));
    assert!(poll(&WAITING, BEFORE).is_pending(), "it need not wait");
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

/// `bytes` and what is left in the pipe are 1, 2, ... up to `last`.
fn in_order(bytes: impl Iterator<Item = u8>, last: u8) -> Result<(), &'static str> {
    let left = read_now();
    ensure(bytes.chain(left.all()).eq(1..=last), "a byte was lost, doubled, changed or overtaken")
}

/// Bytes are written, more than fit; the interrupt reads two.
pub(super) const fn write<M: Machine>() -> Section<M> {
    Section {
        name: "pipe: write",
        prepare,
        run: |stage| {
            let first = pipe().try_write(&[1, 2, 3]);
            let rest = &[4, 5, 6][first.abs_diff(3)..];
            stage.taken[0] = Some((first + pipe().try_write(rest)) as u32);
        },
        interrupt: || {
            let mut bytes = [0; ROOM];
            let count = pipe().try_read(&mut bytes[..2]);
            MOVED.put(Bytes(count, bytes));
        },
        check: |stage, landed| {
            let written = stage.taken[0].unwrap_or(0) as usize;
            let moved = MOVED.take().unwrap_or(Bytes(0, [0; ROOM]));
            ensure(written >= ROOM && written <= ROOM + moved.0, "more was written than there is room for, or less")?;
            ensure(landed.is_some() || moved.0 == 0, "nobody read")?;
            in_order(moved.all(), written as u8)
        },
    }
}

/// All bytes are read, one and then the rest; the interrupt writes two.
pub(super) const fn read<M: Machine>() -> Section<M> {
    Section {
        name: "pipe: read",
        prepare: |stage| {
            prepare(stage);
            pipe().try_write(&[1, 2, 3]);
        },
        run: |_| {
            let mut bytes = [0; ROOM];
            let first = pipe().try_read(&mut bytes[..1]);
            let rest = pipe().try_read(&mut bytes[first..]);
            READ.put(Bytes(first + rest, bytes));
        },
        interrupt: || {
            let written = pipe().try_write(&[4, 5]);
            MOVED.put(Bytes(written, [0; ROOM]));
        },
        check: |_, landed| {
            let written = MOVED.take().map_or(0, |Bytes(count, _)| count);
            ensure((written > 0) == landed.is_some(), "there was no room for the interrupt's bytes")?;
            in_order(READ.take().into_iter().flat_map(Bytes::all), 3 + written as u8)
        },
    }
}

/// A reader waits.
fn prepare_reader<M: Machine>(stage: &mut Stage<M>) {
    prepare(stage);
    wait(async {
        let mut bytes = [0; ROOM];
        let count = pipe().read(&mut bytes).await;
        Bytes(count, bytes)
    });
}

/// A writer waits for room for one of the bytes that it has.
fn prepare_writer<M: Machine>(stage: &mut Stage<M>) {
    prepare(stage);
    pipe().try_write(&[1, 2, 3, 4]);
    wait(async { Bytes(pipe().write(&[5, 6]).await, [0; ROOM]) });
}

/// Polls who waits, for another task, and drops it.
fn poll_and_drop() -> Option<Bytes> {
    let moved = match poll(&WAITING, NOW) {
        Poll::Ready(moved) => Some(moved),
        Poll::Pending => None,
    };
    WAITING.clear();
    moved
}

/// Who waited is gone and has moved so many bytes; if there were more, because the other end `acted`, it was woken for them: by the
/// waker of its last poll.
fn check_woken(moved: bool, acted: bool, polled: bool) -> Result<(), &'static str> {
    let woken = WOKEN[if polled { NOW } else { BEFORE }].load(Ordering::Relaxed);
    ensure(!acted || moved || woken, "who waited was not woken")?;
    // What waits may have left its waker.
    PIPE.clear();
    ensure(is_none_kept(), "a waker was used twice or forgotten")
}

fn check_reader(read: Option<Bytes>, written: bool, polled: bool) -> Result<(), &'static str> {
    ensure(read.is_none() || written, "bytes came from nowhere")?;
    in_order(read.into_iter().flat_map(Bytes::all), if written { 2 } else { 0 })?;
    check_woken(read.is_some(), written, polled)
}

fn check_writer(written: Option<Bytes>, read: Option<Bytes>, polled: bool) -> Result<(), &'static str> {
    let count = written.map_or(0, |Bytes(count, _)| count);
    ensure(written.is_none() || (read.is_some() && count > 0), "there was room for five")?;
    in_order(read.into_iter().flat_map(Bytes::all), 4 + count as u8)?;
    check_woken(written.is_some(), read.is_some(), polled)
}

/// A reader that waits is polled by another task, and gives up; the interrupt writes.
pub(super) const fn give_up_reading<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait for bytes",
        prepare: prepare_reader,
        run: |_| {
            if let Some(bytes) = poll_and_drop() {
                READ.put(bytes);
            }
        },
        interrupt: || {
            in_interrupt(|| {
                pipe().try_write(&[1, 2]);
            });
        },
        check: |_, landed| check_reader(READ.take(), landed.is_some(), true),
    }
}

/// Bytes are written; the interrupt polls the reader that waits, for another task, and drops it.
pub(super) const fn write_to_who_gives_up<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while bytes are written",
        prepare: prepare_reader,
        run: |_| {
            pipe().try_write(&[1, 2]);
        },
        interrupt: || {
            in_interrupt(|| {
                if let Some(bytes) = poll_and_drop() {
                    MOVED.put(bytes);
                }
            });
        },
        check: |_, landed| check_reader(MOVED.take(), true, landed.is_some()),
    }
}

/// A writer that waits is polled by another task, and gives up; the interrupt reads.
pub(super) const fn give_up_writing<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait for room in a pipe",
        prepare: prepare_writer,
        run: |_| {
            if let Some(written) = poll_and_drop() {
                READ.put(written);
            }
        },
        interrupt: || {
            in_interrupt(|| {
                let mut bytes = [0; ROOM];
                let count = pipe().try_read(&mut bytes[..1]);
                MOVED.put(Bytes(count, bytes));
            });
        },
        check: |_, _| check_writer(READ.take(), MOVED.take(), true),
    }
}

/// A byte is read; the interrupt polls the writer that waits, for another task, and drops it.
pub(super) const fn read_from_who_gives_up<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while bytes are read",
        prepare: prepare_writer,
        run: |_| {
            let mut bytes = [0; ROOM];
            let count = pipe().try_read(&mut bytes[..1]);
            READ.put(Bytes(count, bytes));
        },
        interrupt: || {
            in_interrupt(|| {
                if let Some(written) = poll_and_drop() {
                    MOVED.put(written);
                }
            });
        },
        check: |_, landed| check_writer(MOVED.take(), READ.take(), landed.is_some()),
    }
}
