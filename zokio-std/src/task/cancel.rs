//! Telling many tasks to stop.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

/// Tells many tasks to stop, once and for all. Clones mean the same token; [children](Self::child) are cancelled with it,
/// but not the other way round.
///
/// ```
/// use zokio_std::task::{CancellationToken, spawn_local};
///
/// # zokio_std::Runtime::new()?.block_on(async {
/// let token = CancellationToken::new();
/// let worker = spawn_local({ let token = token.child(); async move { token.cancelled().await } });
/// token.cancel();
/// worker.await.unwrap();
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Default)]
pub struct CancellationToken(Arc<Node>);

#[derive(Default)]
struct Node {
    cancelled: AtomicBool,
    inside: Mutex<Inside>,
    /// Keeps the way from the root down to here alive.
    _parent: Option<CancellationToken>,
}

#[derive(Default)]
struct Inside {
    waiting: Vec<Option<Waker>>,
    free: Vec<usize>,
    children: Vec<Weak<Node>>,
}

impl Node {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CancellationToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is cancelled with this one, or by itself alone.
    pub fn child(&self) -> Self {
        let child = Self(Arc::new(Node { _parent: Some(self.clone()), ..Node::default() }));
        let mut inside = self.0.lock();
        if self.is_cancelled() {
            child.0.cancelled.store(true, Ordering::Release);
        } else {
            if inside.children.len() == inside.children.capacity() {
                inside.children.retain(|child| child.strong_count() > 0);
            }
            inside.children.push(Arc::downgrade(&child.0));
        }
        drop(inside);
        child
    }

    /// Cancels it, and all its children; wakes whoever waits for that. O(those), without recursion.
    pub fn cancel(&self) {
        let mut nodes = vec![self.0.clone()];
        while let Some(node) = nodes.pop() {
            let inside = {
                let mut inside = node.lock();
                // Under the lock: whoever registers there afterwards sees it.
                node.cancelled.store(true, Ordering::Release);
                std::mem::take(&mut *inside)
            };
            inside.waiting.into_iter().flatten().for_each(Waker::wake);
            nodes.extend(inside.children.iter().filter_map(Weak::upgrade));
        }
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Waits until it is cancelled.
    ///
    /// **Cancel safety:** dropping the future changes nothing. **Wake-up:** once, by the cancellation.
    ///
    /// **Complexity:** O(1), no allocation.
    pub fn cancelled(&self) -> Cancelled<'_> {
        Cancelled { token: self, place: None }
    }

    /// Runs `future` until it ends or the token is cancelled, which gives `None` and drops it.
    ///
    /// **Cancel safety:** that of the future.
    ///
    /// **Wake-up:** by the future, or the cancellation. **Complexity:** O(1), no allocation.
    pub async fn run<F: Future>(&self, future: F) -> Option<F::Output> {
        let (mut future, mut cancelled) = (std::pin::pin!(future), std::pin::pin!(self.cancelled()));
        std::future::poll_fn(|cx| {
            if cancelled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            future.as_mut().poll(cx).map(Some)
        })
        .await
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// What [`CancellationToken::cancelled`] returns.
///
/// **Complexity:** O(1), no allocation.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Cancelled<'a> {
    token: &'a CancellationToken,
    place: Option<usize>,
}

impl Future for Cancelled<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut inside = self.token.0.lock();
        if self.token.is_cancelled() {
            self.place = None;
            return Poll::Ready(());
        }
        let place = self.place.or_else(|| inside.free.pop()).unwrap_or_else(|| {
            inside.waiting.push(None);
            inside.waiting.len() - 1
        });
        let old = inside.waiting[place].replace(waker);
        drop(inside);
        self.place = Some(place);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let mut inside = self.token.0.lock();
        // After the cancellation there are no places any more.
        let old = inside.waiting.get_mut(place).and_then(Option::take);
        if !self.token.is_cancelled() {
            inside.free.push(place);
        }
        drop(inside);
        drop(old);
    }
}
