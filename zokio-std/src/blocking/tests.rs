use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

fn pool(max_threads: usize, keep_alive: Duration) -> BlockingPool {
    BlockingPool::new(BlockingOptions { max_threads, keep_alive, name: "test-pool".into() })
}

const LONG: Duration = Duration::from_secs(30);

/// Waits for what other threads will bring about.
fn until(mut holds: impl FnMut() -> bool) {
    let late = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < late);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn grows_to_its_bound_and_no_further() {
    let pool = pool(3, LONG);
    let (release, held) = channel::<()>();
    let held = Arc::new(Mutex::new(held));
    let running = Arc::new(AtomicUsize::new(0));
    for _ in 0..8 {
        let (held, running) = (held.clone(), running.clone());
        pool.submit(move || {
            running.fetch_add(1, Ordering::SeqCst);
            let _ = held.lock().unwrap().recv();
        })
        .unwrap();
    }
    until(|| running.load(Ordering::SeqCst) == 3);
    assert_eq!(pool.stats(), BlockingStats { threads: 3, idle: 0, queued: 5, panicked: 0 });
    drop(release);
    assert_eq!(pool.close(LONG), 0);
    assert_eq!(running.load(Ordering::SeqCst), 8);
}

#[test]
fn an_idle_thread_is_used_before_another_is_started() {
    let pool = pool(8, LONG);
    for _ in 0..50 {
        let (done, seen) = channel();
        pool.submit(move || done.send(std::thread::current().name().map(str::to_owned)).unwrap()).unwrap();
        assert_eq!(seen.recv().unwrap().as_deref(), Some("test-pool-1"));
        until(|| pool.stats().idle == 1);
    }
    assert_eq!(pool.stats().threads, 1);
}

#[test]
fn shrinks_when_it_has_nothing_to_do() {
    let pool = pool(4, Duration::from_millis(5));
    for _ in 0..3 {
        for _ in 0..4 {
            pool.submit(|| std::thread::sleep(Duration::from_millis(1))).unwrap();
        }
        until(|| pool.stats() == BlockingStats::default());
    }
}

#[test]
fn a_panic_ends_with_its_job() {
    let pool = pool(1, LONG);
    pool.submit(|| std::panic::resume_unwind(Box::new("planted"))).unwrap();
    let (done, seen) = channel();
    pool.submit(move || done.send(()).unwrap()).unwrap();
    seen.recv().unwrap();
    assert_eq!((pool.stats().threads, pool.stats().panicked), (1, 1));
}

#[test]
fn closing_loses_no_job_and_takes_no_more() {
    for threads in [1, 4] {
        let pool = pool(threads, LONG);
        let ran = Arc::new(AtomicUsize::new(0));
        let submitters: Vec<_> = (0..3)
            .map(|_| {
                let (pool, ran) = (pool.clone(), ran.clone());
                std::thread::spawn(move || {
                    let mut accepted = 0;
                    for _ in 0..500 {
                        let ran = ran.clone();
                        accepted += usize::from(
                            pool.submit(move || {
                                ran.fetch_add(1, Ordering::SeqCst);
                            })
                            .is_ok(),
                        );
                    }
                    accepted
                })
            })
            .collect();
        until(|| ran.load(Ordering::SeqCst) > 20);
        pool.close(LONG);
        let accepted: usize = submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum();
        assert_eq!(pool.close(LONG), 0);
        assert_eq!(ran.load(Ordering::SeqCst), accepted);
        assert_eq!(pool.submit(|| {}).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}

#[test]
fn closing_gives_up_on_a_job_that_does_not_end() {
    let pool = pool(2, LONG);
    let (release, held) = channel::<()>();
    pool.submit(move || assert!(held.recv().is_err())).unwrap();
    assert_eq!(pool.close(Duration::from_millis(2)), 1);
    drop(release);
    assert_eq!(pool.close(LONG), 0);
}

#[test]
fn a_call_is_a_future_of_its_outcome() {
    let pool = pool(1, LONG);
    let runtime = crate::Runtime::new().unwrap();
    runtime.block_on(async {
        assert_eq!(pool.call(|| 7).unwrap().await.unwrap(), 7);
        let panic = pool.call(|| std::panic::resume_unwind(Box::new("planted"))).unwrap().await;
        let panic: std::thread::Result<()> = panic;
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"planted"));
        drop(pool.call(|| 7).unwrap());
        assert_eq!(pool.call(|| 8).unwrap().await.unwrap(), 8);
    });
    assert_eq!(pool.stats().panicked, 0, "a call takes its panic along");
}
