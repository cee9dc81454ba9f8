//! Files: what is written is read, errors are the platform's, and every operation ends once however it is cancelled.

use super::super::every::account::{contents, leaked, leaked_bytes};
use super::super::rig::{Rig, Subject};
use super::super::system::{descriptors, is_open};
use rustix::fd::RawFd;
use rustix::fs::OFlags;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use zokio_core::driver::{Errno, FileOp, IoDriver, Op};

/// A directory of its own, gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("zokio-conformance-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A path as an operation names it, which is never freed.
fn name(path: &Path) -> *const u8 {
    leaked_bytes(&[path.as_os_str().as_bytes(), b"\0"].concat()).ptr
}

fn open(path: &Path, flags: OFlags) -> Op<RawFd> {
    Op::File(FileOp::Open { path: name(path), flags: flags.bits(), mode: 0o600 })
}

const NEW: OFlags = OFlags::RDWR.union(OFlags::CREATE).union(OFlags::EXCL);

fn errno(error: rustix::io::Errno) -> Result<u32, Errno> {
    Err(Errno(error.raw_os_error() as u16))
}

pub fn file_is_made_written_read_and_removed<S: Subject>(mut rig: Rig<S>) {
    let scratch = Scratch::new();
    let (directory, path) = (scratch.0.join("d"), scratch.0.join("d/f"));
    assert_eq!(rig.run(Op::File(FileOp::MakeDirectory { path: name(&directory), mode: 0o700 })), Ok(0));
    let handle = rig.run(open(&path, NEW)).unwrap() as RawFd;
    let text = leaked_bytes(b"some bytes");
    assert_eq!(rig.run(Op::File(FileOp::Write { handle, buf: text, offset: 3 })), Ok(10));
    assert_eq!(rig.run(Op::File(FileOp::Sync { handle, data_only: true })), Ok(0));
    assert_eq!(rig.run(Op::File(FileOp::Sync { handle, data_only: false })), Ok(0));
    let into = leaked(64);
    assert_eq!(rig.run(Op::File(FileOp::Read { handle, buf: into, offset: 0 })), Ok(13));
    assert_eq!(contents(into, 13), b"\0\0\0some bytes");
    assert_eq!(rig.run(Op::File(FileOp::Read { handle, buf: into, offset: 8 })), Ok(5));
    assert_eq!(rig.run(Op::File(FileOp::Read { handle, buf: into, offset: 13 })), Ok(0));
    assert_eq!(rig.run(Op::File(FileOp::Allocate { handle, mode: 0, offset: 0, len: 4096 })), Ok(0));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 4096);
    let stat = FileOp::Stat { handle: None, path: name(&path), flags: 0, mask: 0x7ff, out: leaked(512).ptr };
    assert_eq!(rig.run(Op::File(stat)), Ok(0));
    let other = scratch.0.join("g");
    assert_eq!(rig.run(Op::File(FileOp::Rename { from: name(&path), to: name(&other) })), Ok(0));
    assert!(other.exists() && !path.exists());
    assert_eq!(rig.run(Op::File(FileOp::Remove { path: name(&other), directory: false })), Ok(0));
    assert_eq!(rig.run(Op::File(FileOp::Remove { path: name(&directory), directory: true })), Ok(0));
    assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 0);
    rig.close(handle);
    assert!(!is_open(handle));
}

pub fn file_errors_are_the_platforms<S: Subject>(mut rig: Rig<S>) {
    use rustix::io::Errno as E;
    let scratch = Scratch::new();
    let missing = scratch.0.join("missing");
    assert_eq!(rig.run(open(&missing, OFlags::RDONLY)), errno(E::NOENT));
    assert_eq!(rig.run(open(&scratch.0, OFlags::RDWR)), errno(E::ISDIR));
    assert_eq!(rig.run(Op::File(FileOp::Remove { path: name(&missing), directory: false })), errno(E::NOENT));
    assert_eq!(rig.run(Op::File(FileOp::MakeDirectory { path: name(&scratch.0), mode: 0 })), errno(E::EXIST));
    let buf = leaked_bytes(b"x");
    assert_eq!(rig.run(Op::File(FileOp::Write { handle: 1 << 19, buf, offset: 0 })), errno(E::BADF));
    let full = Path::new("/dev/full");
    if full.exists() {
        let handle = rig.run(open(full, OFlags::WRONLY)).unwrap() as RawFd;
        assert_eq!(rig.run(Op::File(FileOp::Write { handle, buf, offset: 0 })), errno(E::NOSPC));
        rig.close(handle);
    }
}

pub fn file_operations_end_once_each_in_a_crowd<S: Subject>(mut rig: Rig<S>) {
    let scratch = Scratch::new();
    let handle = rig.run(open(&scratch.0.join("f"), NEW)).unwrap() as RawFd;
    let write = |at: u32| FileOp::Write { handle, buf: leaked_bytes(&at.to_be_bytes()), offset: u64::from(at) * 4 };
    let keys: Vec<_> = (0..300).map(|at| rig.start(Op::File(write(at)))).collect();
    for key in keys {
        assert_eq!(rig.end(key).result, Ok(4));
    }
    let bytes = std::fs::read(scratch.0.join("f")).unwrap();
    assert!(bytes.chunks(4).enumerate().all(|(at, word)| word == (at as u32).to_be_bytes()));
    assert_eq!(bytes.len(), 1200);
    rig.close(handle);
}

pub fn file_opens_that_are_cancelled_leak_no_handle<S: Subject>(mut rig: Rig<S>) {
    let scratch = Scratch::new();
    let path = scratch.0.join("f");
    std::fs::write(&path, "x").unwrap();
    let before = descriptors();
    for round in 0..120 {
        let keys: Vec<_> = (0..5).map(|_| rig.start(open(&path, OFlags::RDONLY))).collect();
        if round % 3 == 0 {
            rig.settle();
        }
        for &key in &keys {
            rig.driver.cancel(key);
        }
        for key in keys {
            match rig.end(key).result {
                Ok(handle) => rig.close(handle as RawFd),
                Err(error) => {
                    assert!(error == S::Driver::CANCELED || Err(error) == errno(rustix::io::Errno::INTR), "{error}")
                }
            }
        }
    }
    assert_eq!(descriptors(), before);
}

pub fn file_operations_are_drained<S: Subject>(mut rig: Rig<S>) {
    let scratch = Scratch::new();
    let handle = rig.run(open(&scratch.0.join("f"), NEW)).unwrap() as RawFd;
    for at in 0..40 {
        let buf = leaked(64 << 10);
        let op = match at % 3 {
            0 => FileOp::Write { handle, buf, offset: at << 16 },
            1 => FileOp::Read { handle, buf, offset: 0 },
            _ => FileOp::Sync { handle, data_only: true },
        };
        rig.start(Op::File(op));
    }
    rig.drain(Duration::from_secs(30)).unwrap();
    assert_eq!(rig.in_flight(), 0);
    rig.close(handle);
}
