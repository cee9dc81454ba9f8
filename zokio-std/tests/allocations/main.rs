//! In a steady state nothing is allocated: not to read, to write, to sleep, to time out, to wake; on either driver.

#[path = "../harness/mod.rs"]
mod harness;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use zokio_std::driver::DriverKind;
use zokio_std::future::{join, yield_now};
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::sync::{Channel, Notify};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, Runtime, spawn, spawn_local};

struct Counting;

thread_local! {
    /// Of this thread only: a runtime has one, and the thread that waits for the test allocates when it likes.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// How many bytes those were, with what the system's allocator adds: a word, and rounding up to two.
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

fn bytes() -> usize {
    BYTES.with(Cell::get)
}

// SAFETY: the system's allocator, with a count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        BYTES.with(|bytes| bytes.set(bytes.get() + (layout.size() + 8).next_multiple_of(16)));
        // SAFETY: the caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller's word.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `work` makes from its second round on: the first may find its places.
async fn counted(mut work: impl AsyncFnMut()) -> usize {
    for _ in 0..20 {
        work().await;
    }
    let before = allocations();
    for _ in 0..500 {
        work().await;
    }
    allocations() - before
}

async fn connection() -> (TcpStream, TcpStream) {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

/// By value and borrowed, and datagrams too.
fn files_and_datagrams(builder: Builder) {
    // Where threads do the work, there are some: starting one allocates.
    let pool = zokio_std::blocking::BlockingPool::shared();
    while pool.stats().idle < 6 {
        for _ in 0..8 {
            pool.submit(|| std::thread::sleep(Duration::from_millis(5))).unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    builder.build().unwrap().block_on(async {
        let file = zokio_std::fs::File::open("/proc/self/exe").await.unwrap();
        let mut other = zokio_std::fs::File::open("/proc/self/exe").await.unwrap();
        let (mut bytes, mut buf) = ([0; 512], Vec::with_capacity(4096));
        let count = counted(async || {
            buf.clear();
            let (read, back) = file.read_at(std::mem::take(&mut buf), 0).await;
            buf = back;
            assert_eq!(read.unwrap(), buf.capacity());
            assert_eq!(other.read(&mut bytes).await.unwrap(), 512);
        });
        assert_eq!(count.await, 0);
        let socket = zokio_std::net::UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let own = socket.local_addr().unwrap();
        let count = counted(async || {
            let receive = socket.recv_from(&mut bytes);
            let (received, sent) = join((receive, socket.send_to(b"x", own))).await;
            assert_eq!((received.unwrap().0, sent.unwrap()), (1, 1));
        });
        assert_eq!(count.await, 0);
    });
}

fn read_and_write(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut client, mut server) = connection().await;
        let (message, mut bytes) = ([7; 20_000], [0; 20_000]);
        let count = counted(async || {
            // Larger than a buffer of either side, so all the ways are gone.
            let send = async {
                client.write_all(&message).await.unwrap();
                client.flush().await.unwrap();
            };
            let receive = async {
                let mut seen = 0;
                while seen < message.len() {
                    seen += server.read(&mut bytes[seen..]).await.unwrap();
                }
            };
            join((send, receive)).await;
        });
        assert_eq!(count.await, 0);
    });
}

fn without_buffers(builder: Builder) {
    builder.receive_buffers(1, 16).send_buffers(0, 16).build().unwrap().block_on(async {
        let (mut client, mut server) = connection().await;
        let mut bytes = [0; 100];
        let count = counted(async || {
            client.write_all(&[1; 100]).await.unwrap();
            let mut seen = 0;
            while seen < 100 {
                seen += server.read(&mut bytes).await.unwrap();
            }
        });
        assert_eq!(count.await, 0);
    });
}

fn dropped_reads(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut client, mut server) = connection().await;
        let mut bytes = [0; 8];
        let count = counted(async || {
            assert!(timeout(Duration::from_micros(10), server.read(&mut bytes)).await.is_err());
            client.write_all(b"x").await.unwrap();
            assert_eq!(server.read(&mut bytes).await.unwrap(), 1);
        });
        assert_eq!(count.await, 0);
    });
}

fn sleeping(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let count = counted(async || {
            sleep(Duration::from_micros(5)).await;
            assert!(timeout(Duration::from_micros(5), std::future::pending::<()>()).await.is_err());
            timeout(Duration::from_secs(1), yield_now()).await.unwrap();
        });
        assert_eq!(count.await, 0);
    });
}

fn tasks_that_wake_each_other(builder: Builder) {
    static CHANNEL: Channel<u32, 2> = Channel::new();
    static BACK: Notify = Notify::new();
    builder.build().unwrap().block_on(async {
        let other = spawn_local(async {
            loop {
                CHANNEL.recv().await.unwrap();
                BACK.notify_one();
            }
        });
        let count = counted(async || {
            CHANNEL.send(1).await.unwrap();
            BACK.notified().await;
        });
        assert_eq!(count.await, 0);
        other.abort();
    });
}

fn one_allocation_a_task_none_when_warm(builder: Builder) {
    builder.build().unwrap().block_on(async {
        // Of a size that no other test has spawned on this thread.
        let task = || {
            let large = [1u8; 700];
            async move {
                yield_now().await;
                std::hint::black_box(&large);
            }
        };
        let mut tasks = Vec::with_capacity(10);
        let before = allocations();
        (0..10).for_each(|_| tasks.push(spawn_local(task())));
        assert_eq!(allocations() - before, 10, "cold");
        for task in tasks {
            task.await.unwrap();
        }
        let count = counted(async || spawn_local(task()).await.unwrap());
        assert_eq!(count.await, 0, "warm");
    });
}

fn shared_tasks(builder: Builder) {
    let runtime = builder.workers(1).build().unwrap();
    runtime.block_on(async {
        spawn(async {
            let count = counted(async || {
                let other = spawn(async {
                    sleep(Duration::from_micros(1)).await;
                    yield_now().await;
                });
                timeout(Duration::from_secs(1), other).await.unwrap().unwrap();
            });
            assert_eq!(count.await, 0, "spawn, wake, timer and join");
        })
        .await
        .unwrap();
    });
}

fn a_million_tasks(builder: Builder) {
    const TASKS: usize = 1_000_000;
    static GO: Notify = Notify::new();
    static WAITING: AtomicUsize = AtomicUsize::new(0);
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let before = bytes();
        for _ in 0..TASKS {
            spawn_local(std::future::ready(())).detach();
        }
        let each = (bytes() - before) / TASKS;
        assert!(each < 128, "{each} bytes a task");
        yield_now().await;
    });
    runtime.block_on(async {
        // Each stores its waker in a list, all at once.
        let before = bytes();
        for _ in 0..TASKS {
            let task = async {
                WAITING.fetch_add(1, Relaxed);
                GO.notified().await;
                WAITING.fetch_sub(1, Relaxed);
            };
            spawn_local(task).detach();
        }
        while WAITING.load(Relaxed) < TASKS {
            yield_now().await;
        }
        let each = (bytes() - before) / TASKS;
        assert!(each < 192, "{each} bytes a task that waits");
        GO.notify_all();
        while WAITING.load(Relaxed) > 0 {
            yield_now().await;
        }
    });
}

fn connections(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let count = counted(async || {
            let (client, server) = join((TcpStream::connect(address), listener.accept())).await;
            drop((client.unwrap(), server.unwrap()));
        });
        assert_eq!(count.await, 0, "not even for a connection");
    });
}

type Case = (&'static str, fn(Builder));

fn main() {
    let cases: [Case; 10] = [
        ("read_and_write", read_and_write),
        ("files_and_datagrams", files_and_datagrams),
        ("without_buffers", without_buffers),
        ("dropped_reads", dropped_reads),
        ("sleeping", sleeping),
        ("tasks_that_wake_each_other", tasks_that_wake_each_other),
        ("one_allocation_a_task_none_when_warm", one_allocation_a_task_none_when_warm),
        ("shared_tasks", shared_tasks),
        ("a_million_tasks", a_million_tasks),
        ("connections", connections),
    ];
    let mut tests = Vec::new();
    for kind in [DriverKind::Uring, DriverKind::Epoll] {
        let unavailable = Runtime::builder().driver(kind).build().err().map(|error| format!("no {kind} here: {error}"));
        for (name, case) in cases {
            let unavailable = unavailable.clone();
            tests.push(harness::test(format!("{kind}::{name}"), move || {
                if let Some(reason) = unavailable {
                    return Err(reason);
                }
                case(Runtime::builder().driver(kind));
                Ok(())
            }));
        }
    }
    harness::main(tests);
}
