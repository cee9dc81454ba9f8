//! Tasks that are joined in the order in which they end.

use crate::runtime::{JoinError, JoinHandle, spawn, spawn_local};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// A set of tasks with results of one type, joined in the order in which they end. Dropping it aborts them all.
///
/// ```
/// use zokio_std::task::JoinSet;
///
/// # zokio_std::Runtime::new()?.block_on(async {
/// let mut set = JoinSet::new();
/// for number in 0..3 {
///     set.spawn(async move { number * 10 });
/// }
/// let mut sum = 0;
/// while let Some(result) = set.join_next().await {
///     sum += result.unwrap();
/// }
/// assert_eq!(sum, 30);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct JoinSet<T> {
    tasks: Vec<Option<JoinHandle<T>>>,
    free: Vec<usize>,
    ended: Arc<Mutex<Ended>>,
}

/// Places of tasks whose future is gone, and who waits for them.
#[derive(Default)]
struct Ended {
    places: VecDeque<usize>,
    waker: Option<Waker>,
}

/// Tells the set when it is dropped, which is when the task has ended in whatever way.
struct Tells {
    ended: Arc<Mutex<Ended>>,
    place: usize,
}

impl Drop for Tells {
    fn drop(&mut self) {
        let waker = {
            let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.places.push_back(self.place);
            ended.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> JoinSet<T> {
    /// Without tasks.
    pub fn new() -> Self {
        Self { tasks: Vec::new(), free: Vec::new(), ended: Arc::default() }
    }

    fn place(&mut self) -> (usize, Tells) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.tasks.push(None);
            self.tasks.len() - 1
        });
        (place, Tells { ended: self.ended.clone(), place })
    }

    /// Spawns a task as [`spawn`] does.
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn spawn<F>(&mut self, future: F)
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (place, tells) = self.place();
        self.tasks[place] = Some(spawn(async move {
            let _tells = tells;
            future.await
        }));
    }

    /// Spawns a task as [`spawn_local`] does.
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, future: F)
    where
        F: Future<Output = T> + 'static,
        T: 'static,
    {
        let (place, tells) = self.place();
        self.tasks[place] = Some(spawn_local(async move {
            let _tells = tells;
            future.await
        }));
    }

    /// How many tasks have not been joined.
    pub fn len(&self) -> usize {
        self.tasks.len() - self.free.len()
    }

    /// Whether all have been joined.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the next task to end; `None` if there is none left.
    ///
    /// **Cancel safety:** no result is lost. **Wake-up:** by the end of a task. O(1).
    ///
    /// # Errors
    /// [`JoinError`], as of the task's handle.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| {
            if self.is_empty() {
                return Poll::Ready(None);
            }
            let place = {
                let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
                match ended.places.front() {
                    Some(&place) => place,
                    None => {
                        ended.waker = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                }
            };
            let Some(task) = &mut self.tasks[place] else { unreachable!("joined once") };
            // The future is gone; the result follows at once, if it is not there already.
            let result = std::task::ready!(Pin::new(task).poll(cx));
            self.tasks[place] = None;
            self.free.push(place);
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).places.pop_front();
            Poll::Ready(Some(result))
        })
        .await
    }

    /// Asks all tasks to end; they are still to be joined.
    pub fn abort_all(&self) {
        self.tasks.iter().flatten().for_each(JoinHandle::abort);
    }

    /// Aborts all tasks, and waits until they have ended.
    ///
    /// **Cancel safety:** all tasks are aborted already, and the rest of them is not waited for.
    ///
    /// **Wake-up:** by the ends of the tasks. **Complexity:** O(tasks).
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.abort_all();
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish_non_exhaustive()
    }
}
