//! Files by the ring and by threads: the same behaviour, and memory that outlives whoever asked.

use crate::{Case, Random, descriptors, poll_once};
use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use zokio_std::fs::{self, File, OpenOptions};
use zokio_std::io::BufferPool;
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("file_cursor_and_positions", file_cursor_and_positions),
    ("file_options", file_options),
    ("file_errors", file_errors),
    ("directories", directories),
    ("symbolic_links", symbolic_links),
    ("many_files_at_once", many_files_at_once),
    ("dropped_file_reads_lose_nothing", dropped_file_reads_lose_nothing),
    ("dropped_opens_leak_no_descriptor", dropped_opens_leak_no_descriptor),
    ("forgotten_file_operations_keep_their_buffers", forgotten_file_operations_keep_their_buffers),
    ("direct_reads_in_flight_when_the_runtime_is_dropped", direct_reads_in_flight_when_the_runtime_is_dropped),
    ("a_dropped_file_is_not_read_by_its_number", a_dropped_file_is_not_read_by_its_number),
];

/// A file that is always there, and empty.
#[cfg(unix)]
const NOTHING: &str = "/dev/null";
#[cfg(windows)]
const NOTHING: &str = "NUL";

/// `FILE_FLAG_NO_BUFFERING`.
#[cfg(windows)]
const NO_BUFFERING: u32 = 0x2000_0000;

/// A directory of its own, gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("zokio-files-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Beside the build and not in memory, because direct I/O is for disks.
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn file_cursor_and_positions(builder: Builder) {
    let scratch = Scratch::new();
    let before = descriptors();
    let runtime = builder.build().unwrap();
    let open = descriptors();
    runtime.block_on(async {
        let options = OpenOptions::new().read(true).write(true).create_new(true);
        let mut file = options.open(scratch.join("f")).await.unwrap();
        file.write_all(b"hello, world").await.unwrap();
        assert_eq!(file.seek(SeekFrom::Start(7)).await.unwrap(), 7);
        let mut bytes = [0; 3];
        assert_eq!(file.read(&mut bytes).await.unwrap(), 3);
        assert_eq!(&bytes, b"wor");
        assert_eq!(file.seek(SeekFrom::Current(-1)).await.unwrap(), 9);
        let mut rest = b"> ".to_vec();
        assert_eq!(file.read_to_end(&mut rest).await.unwrap(), 3);
        assert_eq!(rest, b"> rld");
        assert_eq!(file.read(&mut bytes).await.unwrap(), 0);
        assert_eq!(file.read(&mut []).await.unwrap(), 0);
        assert_eq!(file.seek(SeekFrom::End(-2)).await.unwrap(), 10);
        assert_eq!(file.seek(SeekFrom::Current(-11)).await.unwrap_err().kind(), ErrorKind::InvalidInput);

        // By value: behind what is in the buffer, as far as there is room.
        let (written, _) = file.write_at(b"HELLO".as_slice(), 0).await;
        assert_eq!(written.unwrap(), 5);
        let mut buf = Vec::with_capacity(8);
        buf.extend(b"=");
        let room = buf.capacity() - 1;
        let (read, buf) = file.read_at(buf, 0).await;
        assert_eq!(read.unwrap(), room.min(12));
        assert_eq!(buf[..6], *b"=HELLO");
        let (read, full) = file.read_at(Vec::new(), 0).await;
        assert_eq!((read.unwrap(), full.len()), (0, 0));

        let pool = BufferPool::new(1, 4096).unwrap();
        let (read, pooled) = file.read_at(pool.take().unwrap(), 3).await;
        assert_eq!((read.unwrap(), &*pooled), (9, b"LO, world".as_slice()));
        assert!(pool.take().is_none());
        let (written, pooled) = file.write_at(pooled, 0).await;
        assert_eq!(written.unwrap(), 9);
        drop(pooled);
        assert!(pool.take().is_some());

        file.set_len(4).await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 4);
        file.allocate(0, 10_000).await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 10_000);
        #[cfg(unix)]
        file.set_permissions(0o640).await.unwrap();
        file.sync_data().await.unwrap();
        file.sync_all().await.unwrap();
        let known = fs::metadata(scratch.join("f")).await.unwrap();
        assert!(known.is_file() && !known.is_dir());
        #[cfg(unix)]
        assert!(known.mode() == 0o640 && known.nlink() == 1);
        assert!(known.modified().elapsed().is_ok());
    });
    assert_eq!(descriptors(), open);
    drop(runtime);
    assert_eq!(descriptors(), before);
}

fn file_options(builder: Builder) {
    let scratch = Scratch::new();
    builder.build().unwrap().block_on(async {
        let path = scratch.join("f");
        fs::write(&path, b"one".as_slice()).await.unwrap();
        let mut log = OpenOptions::new().append(true).open(&path).await.unwrap();
        log.write_all(b" two").await.unwrap();
        log.write_all(b" three").await.unwrap();
        assert_eq!(fs::read_to_string(&path).await.unwrap(), "one two three");
        fs::write(&path, vec![0xff; 3]).await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), [0xff; 3]);
        assert_eq!(fs::read_to_string(&path).await.unwrap_err().kind(), ErrorKind::InvalidData);
        File::create(&path).await.unwrap();
        assert!(fs::metadata(&path).await.unwrap().is_empty());
        for wrong in [OpenOptions::new(), OpenOptions::new().read(true).create(true)] {
            assert_eq!(wrong.open(&path).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        let taken = OpenOptions::new().write(true).create_new(true).open(&path).await.unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
        // A file of the kernel, whose length is not known.
        #[cfg(unix)]
        assert!(fs::read_to_string("/proc/self/status").await.unwrap().contains("VmRSS"));
        let large: Vec<u8> = (0..300_000u32).map(|at| (at % 251) as u8).collect();
        fs::write(&path, large.clone()).await.unwrap();
        assert!(fs::read(&path).await.unwrap() == large);
    });
}

fn file_errors(builder: Builder) {
    let scratch = Scratch::new();
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let missing = scratch.join("missing");
        assert_eq!(File::open(&missing).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(fs::metadata(&missing).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(fs::remove_file(&missing).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(File::open("a\0b").await.unwrap_err().kind(), ErrorKind::InvalidInput);
        let read_only = File::open(NOTHING).await.unwrap();
        let (written, bytes) = read_only.write_at(vec![1, 2, 3], 0).await;
        assert!(written.is_err() && bytes == [1, 2, 3], "the buffer comes back with the error");
        #[cfg(unix)]
        {
            let mut full = OpenOptions::new().write(true).open("/dev/full").await.unwrap();
            assert_eq!(full.write_all(b"x").await.unwrap_err().kind(), ErrorKind::StorageFull);
        }
    });
    let orphan = runtime.block_on(File::open(NOTHING)).unwrap();
    drop(runtime);
    let other = zokio_std::Runtime::new().unwrap();
    let (read, _) = other.block_on(orphan.read_at(vec![0; 4], 0));
    assert_eq!(read.unwrap_err().kind(), ErrorKind::NotConnected);
    // Outside of any runtime.
    let mut opening = pin!(File::open(NOTHING));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(matches!(opening.as_mut().poll(&mut cx), std::task::Poll::Ready(Err(_))));
}

fn directories(builder: Builder) {
    let scratch = Scratch::new();
    builder.build().unwrap().block_on(async {
        let deep = scratch.join("a/b/c");
        assert_eq!(fs::create_dir(&deep).await.unwrap_err().kind(), ErrorKind::NotFound);
        fs::create_dir_all(&deep).await.unwrap();
        fs::create_dir_all(&deep).await.unwrap();
        for number in 0..150 {
            fs::write(deep.join(number.to_string()), b"x".as_slice()).await.unwrap();
        }
        let file = deep.join("0");
        let refused = fs::create_dir_all(file.join("d")).await.unwrap_err().kind();
        assert_eq!(refused, if cfg!(windows) { ErrorKind::AlreadyExists } else { ErrorKind::NotADirectory });
        fs::hard_link(&file, deep.join("hard")).await.unwrap();
        #[cfg(unix)]
        assert_eq!(fs::metadata(&file).await.unwrap().nlink(), 2);
        let copied = fs::copy(&file, scratch.join("copy")).await.unwrap();
        // Wine tells no number.
        assert!(copied == 1 || cfg!(windows));
        assert_eq!(fs::read(scratch.join("copy")).await.unwrap(), b"x");
        #[cfg(unix)]
        {
            fs::set_permissions(scratch.join("copy"), 0o400).await.unwrap();
            assert_eq!(fs::metadata(scratch.join("copy")).await.unwrap().mode(), 0o400);
        }

        let (mut names, mut entries) = (Vec::new(), fs::read_dir(&deep).await.unwrap());
        while let Some(entry) = entries.next_entry().await.unwrap() {
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        let mut expected: Vec<String> = (0..150).map(|number| number.to_string()).collect();
        expected.push("hard".to_owned());
        expected.sort();
        assert_eq!(names, expected);

        let (mut walk, mut all) = (fs::walk(&scratch.0), Vec::new());
        while let Some(entry) = walk.next_entry().await.unwrap() {
            all.push(entry.path().to_owned());
        }
        assert_eq!(all.len(), 3 + 151 + 1);
        let place = |name: &str| all.iter().position(|path| *path == scratch.join(name)).unwrap();
        assert!(place("a") < place("a/b") && place("a/b") < place("a/b/c") && place("a/b/c") < place("a/b/c/7"));

        assert_eq!(fs::remove_dir(&deep).await.unwrap_err().kind(), ErrorKind::DirectoryNotEmpty);
        fs::rename(&deep, scratch.join("moved")).await.unwrap();
        fs::remove_dir(scratch.join("a/b")).await.unwrap();
        fs::remove_dir_all(scratch.join("moved")).await.unwrap();
        assert!(!fs::exists(scratch.join("moved")).await.unwrap() && fs::exists(scratch.join("a")).await.unwrap());
    });
}

fn symbolic_links(builder: Builder) {
    let scratch = Scratch::new();
    builder.build().unwrap().block_on(async {
        let (file, link) = (scratch.join("f"), scratch.join("link"));
        fs::write(&file, b"x".as_slice()).await.unwrap();
        #[cfg(unix)]
        fs::symlink("f", &link).await.unwrap();
        #[cfg(windows)]
        fs::symlink_file("f", &link).await.unwrap();
        assert_eq!(fs::read_link(&link).await.unwrap(), Path::new("f"));
        assert!(fs::symlink_metadata(&link).await.unwrap().is_symlink());
        assert!(fs::metadata(&link).await.unwrap().is_file());
        assert_eq!(fs::canonicalize(&link).await.unwrap(), std::fs::canonicalize(&file).unwrap());
        // A walk gives it out, and does not follow it.
        #[cfg(unix)]
        fs::symlink(".", scratch.join("round")).await.unwrap();
        #[cfg(windows)]
        fs::symlink_dir(".", scratch.join("round")).await.unwrap();
        let (mut walk, mut all) = (fs::walk(&scratch.0), 0);
        while walk.next_entry().await.unwrap().is_some() {
            all += 1;
        }
        assert_eq!(all, 3);
        fs::remove_file(&link).await.unwrap();
        assert!(fs::exists(&file).await.unwrap());
    });
}

fn many_files_at_once(builder: Builder) {
    let scratch = Scratch::new();
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..60u32)
            .map(|number| {
                let path = scratch.join(&number.to_string());
                spawn_local(async move {
                    let text = number.to_string().repeat(500).into_bytes();
                    fs::write(&path, text.clone()).await.unwrap();
                    assert!(fs::read(&path).await.unwrap() == text);
                    fs::remove_file(&path).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(descriptors(), before);
}

fn dropped_file_reads_lose_nothing(builder: Builder) {
    const BYTES: usize = 200_000;
    let scratch = Scratch::new();
    let bytes: Vec<u8> = (0..BYTES).map(|at| (at % 247) as u8).collect();
    std::fs::write(scratch.join("f"), &bytes).unwrap();
    builder.build().unwrap().block_on(async {
        let mut file = File::open(scratch.join("f")).await.unwrap();
        let (mut random, mut seen, mut dropped) = (Random(11), Vec::new(), 0);
        while seen.len() < BYTES {
            let mut into = vec![0; 1 + random.below(5000) as usize];
            let first = {
                let mut read = Box::pin(file.read(&mut into));
                match poll_once(&mut read).await {
                    None if random.below(2) == 0 => Some(read.await),
                    first => first,
                }
            };
            let Some(len) = first else {
                dropped += 1;
                continue;
            };
            let len = len.unwrap();
            assert!(len > 0);
            seen.extend_from_slice(&into[..len]);
        }
        assert!(seen == bytes && dropped > 10, "{dropped}");
    });
}

fn dropped_opens_leak_no_descriptor(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        for round in 0..100 {
            let mut opening = Box::pin(File::open(NOTHING));
            let _ = poll_once(&mut opening).await.map(|file| file.unwrap());
            if round % 3 == 0 {
                sleep(Duration::from_micros(100)).await;
            }
        }
        // As many as a runtime can have in flight, if they were not given back.
        File::open(NOTHING).await.unwrap();
    });
    let late = std::time::Instant::now() + Duration::from_secs(20);
    while descriptors() != before && std::time::Instant::now() < late {
        runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    }
    assert_eq!(descriptors(), before);
    drop(runtime);
}

fn forgotten_file_operations_keep_their_buffers(builder: Builder) {
    let scratch = Scratch::new();
    std::fs::write(scratch.join("f"), vec![7; 1 << 16]).unwrap();
    let pool = BufferPool::new(16, 1 << 12).unwrap();
    let runtime = builder.build().unwrap();
    let file = runtime.block_on(File::open(scratch.join("f"))).unwrap();
    let file: &'static File = Box::leak(Box::new(file));
    runtime.block_on(async {
        for number in 0..16 {
            let mut read = Box::pin(file.read_at(pool.take().unwrap(), number << 12));
            let _ = poll_once(&mut read).await;
            std::mem::forget(read);
        }
        assert!(pool.take().is_none(), "nobody may touch what the kernel may write to");
        // What was forgotten ends, and the runtime serves others meanwhile.
        assert_eq!(fs::read(scratch.join("f")).await.unwrap().len(), 1 << 16);
    });
    drop(runtime);
}

fn direct_reads_in_flight_when_the_runtime_is_dropped(builder: Builder) {
    const COUNT: u16 = 24;
    const SIZE: u32 = 1 << 17;
    let scratch = Scratch::new();
    let path = scratch.join("f");
    std::fs::write(&path, vec![0xaa; (u32::from(COUNT) * SIZE) as usize]).unwrap();
    #[cfg(unix)]
    let direct = OpenOptions::new().read(true).custom_flags(rustix::fs::OFlags::DIRECT.bits() as i32);
    #[cfg(windows)]
    let direct = OpenOptions::new().read(true).custom_flags(NO_BUFFERING);
    for round in 0..6 {
        let pool = BufferPool::new(COUNT, SIZE).unwrap();
        let runtime = builder.build().unwrap();
        runtime.block_on(async {
            let file = match direct.open(&path).await {
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    println!("left out: reading past the cache, which the file system of {} refuses", path.display());
                    File::open(&path).await
                }
                file => file,
            }
            .unwrap();
            let mut reads = Vec::new();
            for number in 0..u64::from(COUNT) {
                let mut read = Box::pin(file.read_at(pool.take().unwrap(), number * u64::from(SIZE)));
                if poll_once(&mut read).await.is_none() {
                    reads.push(read);
                }
            }
            if round % 2 == 0 {
                let _ = timeout(Duration::ZERO, std::future::pending::<()>()).await;
            }
        });
        drop(runtime);
        // All are back, and nothing is written to them any more.
        let mut back: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
        assert_eq!(back.len(), usize::from(COUNT));
        for buf in &mut back {
            buf.extend(&vec![0x55; SIZE as usize]);
        }
        std::thread::sleep(Duration::from_millis(3));
        assert!(back.iter().all(|buf| buf.iter().all(|&byte| byte == 0x55)));
    }
    assert_eq!(zokio_std::leaked_reactors(), 0);
}

fn a_dropped_file_is_not_read_by_its_number(builder: Builder) {
    let scratch = Scratch::new();
    std::fs::write(scratch.join("one"), "one").unwrap();
    std::fs::write(scratch.join("two"), "two").unwrap();
    builder.build().unwrap().block_on(async {
        for _ in 0..20 {
            let file = File::open(scratch.join("one")).await.unwrap();
            // The operation is staged, or queued for a thread, when the file and its future are gone.
            let mut read = Box::pin(file.read_at(Vec::with_capacity(8), 0));
            let first = poll_once(&mut read).await;
            drop(read);
            drop(file);
            let other = std::fs::File::open(scratch.join("two")).unwrap();
            if let Some((read, bytes)) = first {
                assert_eq!((read.unwrap(), bytes.as_slice()), (3, b"one".as_slice()));
            }
            sleep(Duration::from_micros(50)).await;
            drop(other);
        }
    });
}
