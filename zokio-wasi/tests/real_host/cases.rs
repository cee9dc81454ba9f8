//! The cases, by name. A case that fails panics, which ends the module with a trap.

use core::time::Duration;
use embedded_io_async::{Read, Write};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::os::fd::{FromRawFd, OwnedFd};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use zokio_core::future::{Either, join, select};
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, TimedOut};
use zokio_wasi::p1::abi::BADF;
use zokio_wasi::p1::{Descriptor, Error, Wasi};
use zokio_wasi::{RunError, Runtime, WasiClock, block_on, sleep, spawner, stats, stderr, stdin, stdout, timeout};

static ARENA: TaskArena<8, 1024> = TaskArena::new();

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn main() {
    let name = std::env::args().nth(1).unwrap_or_else(|| "without input".into());
    match name.as_str() {
        "without input" => without_input(),
        "conversation" => conversation(),
        "short buffer" => short_buffer(),
        "silence" => silence(),
        "count" => count(),
        "closed" => closed(),
        "nobody reads" => nobody_reads(),
        "cost" => cost(),
        "files" => files(),
        "bridge" => bridge(),
        "status" => std::process::exit(7),
        "sockets" => sockets(),
        "conformance on input" => crate::conformance::on_input(std::env::args().nth(2).as_deref()),
        "conformance on sockets" => crate::conformance::on_sockets(),
        other => panic!("no case is called {other}"),
    }
    // Its parent reads this as the last line.
    eprintln!("done: {name}");
}

fn without_input() {
    sleeps_end_in_order_and_not_early();
    the_loser_of_a_race_leaves_nothing();
    what_can_never_go_on_is_an_error();
    a_descriptor_that_is_not_open_is_an_error();
    a_runtime_of_its_own_size();
}

fn sleeps_end_in_order_and_not_early() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let micros = [30_000, 500, 10_000, 1_500, 20_000];
    for wait in micros {
        let order = order.clone();
        let task = ARENA.task(async move {
            let start = WasiClock.now();
            sleep(Duration::from_micros(wait)).await;
            assert!(WasiClock.now() - start >= Duration::from_micros(wait), "{wait} us were over too early");
            order.borrow_mut().push(wait);
        });
        spawner().spawn(task).unwrap().detach();
    }
    block_on(async {
        while order.borrow().len() < micros.len() {
            sleep(ms(5)).await;
        }
    })
    .unwrap();
    assert_eq!(*order.borrow(), [500, 1_500, 10_000, 20_000, 30_000]);
    // A host that is early is asked once more, not again and again.
    assert!(stats().host_calls < 50, "{:?}", stats());
}

fn the_loser_of_a_race_leaves_nothing() {
    let start = WasiClock.now();
    let won = block_on(select(sleep(Duration::from_secs(3600)), sleep(ms(10)))).unwrap();
    assert!(matches!(won, Either::Right(())));
    assert!(WasiClock.now() - start < Duration::from_secs(3600));
    assert_eq!(block_on(timeout(ms(5), pending::<()>())), Ok(Err(TimedOut)));
    // A timer that was left behind would be no deadlock.
    assert!(matches!(block_on(pending::<()>()), Err(RunError::Deadlock(_))));
}

fn what_can_never_go_on_is_an_error() {
    let calls = stats().host_calls;
    let task = spawner().spawn(ARENA.task(pending::<()>())).unwrap();
    let Err(RunError::Deadlock(deadlock)) = block_on(pending::<()>()) else { panic!("no deadlock") };
    assert_eq!(deadlock.tasks, 1);
    assert_eq!(stats().host_calls, calls);
    task.abort();
    assert!(block_on(task.into_future()).unwrap().is_err());
}

fn a_descriptor_that_is_not_open_is_an_error() {
    static RUNTIME: Runtime<Wasi, 2> = Runtime::new(Wasi);
    let error = Descriptor::adopt(RUNTIME.reactor(), 77).err().unwrap();
    assert_eq!(error, Error::Descriptor { call: "fd_fdstat_get", fd: 77, errno: BADF });
}

fn a_runtime_of_its_own_size() {
    static RUNTIME: Runtime<Wasi, 2> = Runtime::new(Wasi);
    let clock = &RUNTIME;
    RUNTIME.block_on(async move { clock.sleep(ms(2)).await }).unwrap();
    assert!(RUNTIME.stats().host_calls >= 1);
}

/// Says what it waits for, so that the parent needs no guess about time.
async fn say(text: &str) {
    stdout().unwrap().write_all(text.as_bytes()).await.unwrap();
}

/// The parent answers each line of ours with one of its own, then closes.
fn conversation() {
    block_on(async {
        let mut stdin = stdin().unwrap();
        let mut buf = [0; 64];
        // Nothing comes before we have said something.
        for _ in 0..3 {
            assert_eq!(timeout(ms(20), stdin.read(&mut buf)).await, Err(TimedOut));
        }
        say("first\n").await;
        let n = stdin.read(&mut buf).await.unwrap();
        assert_eq!(&buf[..n], b"one\n");
        say("second\n").await;
        let n = stdin.read(&mut buf).await.unwrap();
        assert_eq!(&buf[..n], b"two\n");
        stderr().unwrap().write_all(b"goodbye\n").await.unwrap();
        say("third\n").await;
        assert_eq!(stdin.read(&mut buf).await, Ok(0));
        // The end stays the end.
        assert_eq!(stdin.read(&mut buf).await, Ok(0));
    })
    .unwrap();
}

/// A buffer that is too small, while the parent keeps the other end open.
fn short_buffer() {
    block_on(async {
        let mut stdin = stdin().unwrap();
        let (mut buf, mut line) = ([0; 2], Vec::new());
        while line.last() != Some(&b'\n') {
            let n = stdin.read(&mut buf).await.unwrap();
            assert!(n > 0);
            line.extend_from_slice(&buf[..n]);
        }
        assert_eq!(line, b"a long line\n");
        say("said\n").await;
    })
    .unwrap();
}

/// The parent keeps the other end open and never writes: tasks go on, and the wait for input is no deadlock.
fn silence() {
    let reader = spawner().spawn(ARENA.task(async { stdin()?.read(&mut [0]).await })).unwrap();
    block_on(async {
        for _ in 0..10 {
            sleep(ms(3)).await;
        }
        assert!(!reader.is_finished());
        // Always ready for some milliseconds; the reader must not be woken for that.
        let start = WasiClock.now();
        poll_fn(|cx| match WasiClock.now() - start < ms(5) {
            true => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            false => Poll::Ready(()),
        })
        .await;
        assert!(!reader.is_finished());
        reader.abort();
        assert!(reader.await.is_err());
    })
    .unwrap();
}

/// Reads to the end, whatever standard input is, and says how much and what that was.
fn count() {
    let (bytes, sum) = block_on(async {
        let mut stdin = stdin().unwrap();
        let mut buf = [0; 1000];
        let (mut bytes, mut sum) = (0, 0_u64);
        let read = async {
            loop {
                let n = stdin.read(&mut buf).await.unwrap();
                if n == 0 {
                    return;
                }
                bytes += n;
                sum = buf[..n].iter().fold(sum, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
            }
        };
        // A timer beside it, whose event must not be taken for the descriptor's, nor the other way round.
        let mut ticking = pin!(async {
            loop {
                sleep(ms(1)).await;
            }
        });
        match select(read, ticking.as_mut()).await {
            Either::Left(()) => (bytes, sum),
            Either::Right(()) => unreachable!("it ticks for ever"),
        }
    })
    .unwrap();
    println!("{bytes} {sum}");
}

/// Standard input is closed behind the back of a task that waits for it: that task gets an error, the others go on.
fn closed() {
    let reader = spawner().spawn(ARENA.task(async { stdin()?.read(&mut [0]).await })).unwrap();
    let close = async {
        sleep(ms(2)).await;
        // SAFETY: nobody else owns it; that the reader still uses its number is what this case is about.
        drop(unsafe { OwnedFd::from_raw_fd(0) });
        sleep(ms(2)).await;
    };
    let (error, ()) = block_on(join((reader.into_future(), close))).unwrap();
    let expected = Error::Descriptor { call: "poll_oneoff", fd: 0, errno: BADF };
    assert_eq!(error.unwrap(), Err(expected));
    assert_eq!(stats().sweeps, 1);
}

/// The parent has closed the other end of standard output.
fn nobody_reads() {
    block_on(async {
        let mut stdout = stdout().unwrap();
        let error = loop {
            // A host may take some bytes before it notices.
            match stdout.write_all(&[b'x'; 4096]).await {
                Ok(()) => sleep(ms(1)).await,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Descriptor { call: "fd_write", fd: 1, .. }), "{error}");
        stderr().unwrap().write_all(format!("{error}\n").as_bytes()).await.unwrap();
    })
    .unwrap();
}

/// What things cost in calls of the host; the times beside them are for the eye only.
fn cost() {
    let measure = |what: &str, times: u32, run: &mut dyn FnMut()| {
        let (calls, start) = (stats().host_calls, WasiClock.now());
        run();
        let (calls, took) = (stats().host_calls - calls, WasiClock.now() - start);
        println!("{what}: {} host calls for {times}, {} ns each", calls, took.as_nanos() / u128::from(times));
        calls
    };
    let spin = |times: u32| {
        let mut left = times;
        poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            left -= 1;
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let sleeps = measure("sleep of 2 ms", 20, &mut || {
        block_on(async {
            for _ in 0..20 {
                sleep(ms(2)).await;
            }
        })
        .unwrap();
    });
    assert!(sleeps <= 20 + stats().early_returns, "{sleeps}");
    let idle = measure("self-wake, nothing armed", 100_000, &mut || block_on(spin(100_000)).unwrap());
    assert_eq!(idle, 0);
    let reader = spawner().spawn(ARENA.task(async { stdin()?.read(&mut [0]).await })).unwrap();
    measure("self-wake, standard input armed", 100_000, &mut || block_on(spin(100_000)).unwrap());
    reader.abort();
    println!("{:?}, {} bytes of static state", stats(), size_of::<Runtime<Wasi, 8>>());
}

fn files() {
    use std::io::{ErrorKind, SeekFrom};
    use zokio_wasi::fs::{self, File, OpenOptions};
    block_on(async {
        fs::create_dir_all("a/b").await.unwrap();
        let mut file = File::create("a/b/f").await.unwrap();
        file.write_all(b"hello, world").await.unwrap();
        file.write_all_at(b"W", 7).await.unwrap();
        let mut buffer = [0; 5];
        assert_eq!(file.read_at(&mut buffer, 7).await.unwrap(), 5);
        assert_eq!(&buffer, b"World");
        assert_eq!(file.seek(SeekFrom::Start(5)).await.unwrap(), 5);
        let mut rest = Vec::new();
        assert_eq!(file.read_to_end(&mut rest).await.unwrap(), 7);
        assert_eq!(rest, b", World");
        file.set_len(5).await.unwrap();
        file.sync_all().await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 5);
        drop(file);
        let mut log = OpenOptions::new().append(true).open("a/b/f").await.unwrap();
        log.write_all(b"!").await.unwrap();
        drop(log);
        assert_eq!(fs::read_to_string("a/b/f").await.unwrap(), "hello!");
        fs::rename("a/b/f", "a/g").await.unwrap();
        assert!(fs::metadata("a/b").await.unwrap().is_dir());
        let (mut entries, mut names) = (fs::read_dir("a").await.unwrap(), Vec::new());
        while let Some(entry) = entries.next_entry().await.unwrap() {
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        assert_eq!(names, ["b", "g"]);
        assert_eq!(File::open("a/b/f").await.unwrap_err().kind(), ErrorKind::NotFound);
        assert!(fs::read("/etc/passwd").await.is_err(), "outside");
        fs::remove_file("a/g").await.unwrap();
        fs::remove_dir("a/b").await.unwrap();
        fs::remove_dir("a").await.unwrap();
    })
    .unwrap();
    let (mut one, mut other) = ([0; 32], [0; 32]);
    zokio_wasi::random(&mut one).unwrap();
    zokio_wasi::random(&mut other).unwrap();
    assert!(one != other && one != [0; 32]);
}

/// Lines through the traits of the standard library, while a task goes on.
fn bridge() {
    use std::io::{BufRead, Write};
    use zokio_wasi::Blocking;
    let mut output = Blocking(stdout().unwrap());
    for line in std::io::BufReader::new(Blocking(stdin().unwrap())).lines() {
        let turned: String = line.unwrap().chars().rev().collect();
        writeln!(output, "{turned}").unwrap();
    }
    output.flush().unwrap();
    // Not inside of a task, which the call would have to run.
    let inside = block_on(async { Blocking(stdout().unwrap()).write(b"x").unwrap_err() }).unwrap();
    assert_eq!(inside.kind(), std::io::ErrorKind::Other);
}

/// Serves three connections at once, each until its end.
fn sockets() {
    use zokio_wasi::p1::Listener;
    static RUNTIME: Runtime<Wasi, 8> = Runtime::new(Wasi);
    let fd = Listener::preopened(RUNTIME.reactor()).next().expect("a listener");
    let listener = Listener::adopt(RUNTIME.reactor(), fd).unwrap();
    block_on_stdout(b"listening\n");
    let served = RUNTIME.block_on(async {
        let serve = async || {
            let mut stream = listener.accept().await.unwrap();
            let mut bytes = [0; 64];
            loop {
                let len = stream.read(&mut bytes).await.unwrap();
                if len == 0 {
                    return stream.shutdown().unwrap();
                }
                stream.write_all(&bytes[..len]).await.unwrap();
            }
        };
        join((serve(), serve(), serve())).await;
    });
    served.unwrap();
}

fn block_on_stdout(bytes: &[u8]) {
    block_on(async { stdout().unwrap().write_all(bytes).await }).unwrap().unwrap();
}
