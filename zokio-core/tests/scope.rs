//! A scope that is forgotten: it and its children stay where they are, what they borrowed goes, and what they were linked
//! with goes on. Under miri too (`cargo +nightly miri test -p zokio-core --test scope`).

use std::pin::{Pin, pin};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::task::{Context, Poll, Waker};
use zokio_core::sync::Channel;
use zokio_core::task::{Scope, scope};

/// What was forgotten, reachable, so that it is no leak.
static FORGOTTEN: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_forgotten_scope_touches_nothing_that_goes() {
    let channel = Channel::<u8, 1>::new();
    let mut behind = pin!(channel.recv());
    {
        let borrowed = String::from("gone before the channel");
        let parent = scope(async |s: &Scope<'_, 2, 256>| {
            let _first = s.spawn(async { (channel.recv().await, borrowed.len()) });
            let _second = s.spawn(async { (channel.recv().await, borrowed.len()) });
            std::future::pending::<()>().await;
        });
        let parent = Box::into_raw(Box::new(parent));
        // SAFETY: it is never freed, so it may be pinned.
        assert!(poll(unsafe { Pin::new_unchecked(&mut *parent) }).is_pending());
        FORGOTTEN.store(parent.cast(), Ordering::Relaxed);
    }
    // Two forgotten children wait in front of this one; it is linked behind them, and unlinked again when it goes.
    assert!(poll(behind.as_mut()).is_pending());
    channel.close();
    let mut first = pin!(channel.recv());
    assert!(poll(first.as_mut()).is_ready(), "closed");
}
