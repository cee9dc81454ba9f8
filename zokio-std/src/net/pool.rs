//! Connections that are kept for the next who needs one.

use crate::time::{now, sleep_until};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zokio_core::sync::{Notify, Semaphore, SemaphorePermit};
use zokio_core::time::Instant;

/// Makes the connections of a [`Pool`].
pub trait Connect {
    /// What it makes: a stream, or a client on top of one.
    type Connection;

    /// A new connection.
    ///
    /// # Errors
    /// What [`Pool::get`] passes on.
    fn connect(&self) -> impl Future<Output = io::Result<Self::Connection>>;

    /// Whether a connection that was idle can be used again. By default it is believed.
    fn check(&self, _connection: &mut Self::Connection) -> impl Future<Output = bool> {
        async { true }
    }
}

/// At most so many connections, lent to one user each and kept while nobody needs them.
///
/// Who wants one while all are lent waits in line: the one that has waited longest is served first. The connection that was used
/// last is lent first, so those that are not needed grow old and are closed; that is seen when one is lent, when
/// [`close_idle`](Self::close_idle) is called, and at once where [`reap`](Self::reap) runs.
///
/// ```
/// use std::time::Duration;
/// use zokio_std::net::{Connect, Pool, TcpListener, TcpStream};
///
/// struct To(std::net::SocketAddr);
///
/// impl Connect for To {
///     type Connection = TcpStream;
///     async fn connect(&self) -> std::io::Result<TcpStream> {
///         TcpStream::connect(self.0).await
///     }
/// }
///
/// zokio_std::Runtime::new()?.block_on(async {
///     let listener = TcpListener::bind(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))?;
///     let pool = Pool::new(To(listener.local_addr()?), 4).idle_timeout(Duration::from_secs(30));
///     drop(pool.get().await?); // connects
///     drop(pool.get().await?); // the same connection
///     assert_eq!(pool.metrics().connected, 1);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct Pool<C: Connect> {
    connector: C,
    places: Semaphore,
    size: usize,
    idle_timeout: Duration,
    kept: Mutex<Kept<C::Connection>>,
    /// For [`reap`](Self::reap), while no connection is idle.
    returned: Notify,
}

struct Kept<C> {
    /// Those that nobody uses, and since when; the one that was used last is at the back.
    idle: VecDeque<(C, Instant)>,
    metrics: PoolMetrics,
}

/// What a [`Pool`] has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// Connections made.
    pub connected: u64,
    /// Attempts to make one that failed.
    pub refused: u64,
    /// Times that an idle connection was lent again.
    pub reused: u64,
    /// Idle connections that were closed because they had grown old.
    pub expired: u64,
    /// Idle connections that did not pass the check.
    pub unhealthy: u64,
    /// Connections that somebody uses now.
    pub lent: usize,
    /// Connections that nobody uses now.
    pub idle: usize,
}

impl<C: Connect> Pool<C> {
    /// At most `size` connections at once (at least one), made by `connector` when they are needed.
    pub fn new(connector: C, size: usize) -> Self {
        let size = size.max(1);
        let kept = Kept { idle: VecDeque::new(), metrics: PoolMetrics::default() };
        Self {
            connector,
            places: Semaphore::new(size),
            size,
            idle_timeout: Duration::from_secs(90),
            kept: Mutex::new(kept),
            returned: Notify::new(),
        }
    }

    /// Closes connections that nobody used for so long; 90 seconds unless told otherwise.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// A connection: an idle one that passes the check, or a new one; waits while all are lent.
    ///
    /// **Cancel safety:** dropping the future loses its place in line; a connection that was being checked or made is closed.
    /// **Wake-up:** when somebody gives a connection back. **Complexity:** O(1), and O(connections that have grown old).
    ///
    /// # Errors
    /// Those of [`Connect::connect`]; the place is free for the next then.
    pub async fn get(&self) -> io::Result<PooledConnection<'_, C>> {
        let closed = |_| io::Error::from(io::ErrorKind::NotConnected);
        let place = self.places.acquire(1).await.map_err(closed)?;
        while let Some(mut connection) = self.take_idle() {
            if self.connector.check(&mut connection).await {
                self.kept().metrics.reused += 1;
                return Ok(PooledConnection { pool: self, connection: Some(connection), _place: place });
            }
            self.kept().metrics.unhealthy += 1;
        }
        let made = self.connector.connect().await;
        let metrics = &mut self.kept().metrics;
        match made {
            Ok(connection) => {
                metrics.connected += 1;
                Ok(PooledConnection { pool: self, connection: Some(connection), _place: place })
            }
            Err(error) => {
                metrics.refused += 1;
                Err(error)
            }
        }
    }

    /// Closes connections that have grown old.
    pub fn close_idle(&self) {
        drop(self.expired());
    }

    /// Closes connections as they grow old, for as long as it is polled: to be run beside what uses the pool.
    ///
    /// **Cancel safety:** dropping it changes nothing. **Wake-up:** when the oldest idle connection has grown old; where there is
    /// none, when one is given back. **Complexity:** O(connections that have grown old).
    ///
    /// # Panics
    /// If no runtime runs on this thread.
    pub async fn reap(&self) -> Infallible {
        loop {
            self.close_idle();
            let oldest = self.kept().idle.front().map(|(_, since)| *since);
            match oldest {
                Some(since) => sleep_until(since + self.idle_timeout).await,
                None => self.returned.notified().await,
            }
        }
    }

    /// What it has done so far.
    pub fn metrics(&self) -> PoolMetrics {
        let kept = self.kept();
        PoolMetrics { lent: self.size - self.places.available(), idle: kept.idle.len(), ..kept.metrics }
    }

    fn kept(&self) -> MutexGuard<'_, Kept<C::Connection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<C::Connection> {
        // Closed outside the lock, which may take a while.
        drop(self.expired());
        self.kept().idle.pop_back().map(|(connection, _)| connection)
    }

    fn expired(&self) -> Vec<C::Connection> {
        let now = now();
        let mut kept = self.kept();
        let old = kept.idle.iter().take_while(|(_, since)| now - *since >= self.idle_timeout).count();
        kept.metrics.expired += old as u64;
        kept.idle.drain(..old).map(|(connection, _)| connection).collect()
    }
}

impl<C: Connect> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("size", &self.size).field("metrics", &self.metrics()).finish_non_exhaustive()
    }
}

/// A connection of a [`Pool`]. Dropping it gives it back; one that is [broken](Self::discard) is not to be.
pub struct PooledConnection<'p, C: Connect> {
    pool: &'p Pool<C>,
    /// `None` once it was taken out.
    connection: Option<C::Connection>,
    // Released after the connection is back: whoever is next finds it.
    _place: SemaphorePermit<'p>,
}

impl<C: Connect> PooledConnection<'_, C> {
    /// Takes the connection out of the pool, which may make another one: because it is broken, or to be kept.
    pub fn discard(mut self) -> Option<C::Connection> {
        self.connection.take()
    }
}

impl<C: Connect> Deref for PooledConnection<'_, C> {
    type Target = C::Connection;

    fn deref(&self) -> &C::Connection {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("taken out by what consumes this only"),
        }
    }
}

impl<C: Connect> DerefMut for PooledConnection<'_, C> {
    fn deref_mut(&mut self) -> &mut C::Connection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("taken out by what consumes this only"),
        }
    }
}

impl<C: Connect<Connection: fmt::Debug>> fmt::Debug for PooledConnection<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledConnection").field(&self.connection).finish()
    }
}

impl<C: Connect> Drop for PooledConnection<'_, C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.kept().idle.push_back((connection, now()));
            self.pool.returned.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::join;
    use crate::time::sleep;
    use std::cell::{Cell, RefCell};

    /// Connections are numbers; every third cannot be made, and what is in `broken` fails the check.
    #[derive(Default)]
    struct Numbers {
        next: Cell<u32>,
        broken: RefCell<Vec<u32>>,
    }

    impl Connect for Numbers {
        type Connection = u32;

        async fn connect(&self) -> io::Result<u32> {
            let number = self.next.get();
            self.next.set(number + 1);
            if number % 3 == 2 { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(number) }
        }

        async fn check(&self, connection: &mut u32) -> bool {
            !self.broken.borrow().contains(connection)
        }
    }

    #[test]
    fn the_last_that_was_used_is_lent_first_and_the_broken_are_not() {
        let runtime = crate::Runtime::new().unwrap();
        runtime.block_on(async {
            let pool = Pool::new(Numbers::default(), 2);
            let (one, two) = (pool.get().await.unwrap(), pool.get().await.unwrap());
            assert_eq!((*one, *two), (0, 1));
            drop(one);
            drop(two);
            assert_eq!(*pool.get().await.unwrap(), 1);
            pool.connector.broken.borrow_mut().push(1);
            assert_eq!(*pool.get().await.unwrap(), 0, "the other one");
            pool.connector.broken.borrow_mut().push(0);
            assert_eq!(pool.get().await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
            // The place of the attempt that failed is free.
            let taken = pool.get().await.unwrap();
            assert_eq!(taken.discard(), Some(3));
            let metrics = pool.metrics();
            assert_eq!((metrics.connected, metrics.refused, metrics.reused, metrics.unhealthy), (3, 1, 2, 2));
            assert_eq!((metrics.lent, metrics.idle), (0, 0));
        });
    }

    #[test]
    fn those_that_wait_are_served_in_their_order() {
        let runtime = crate::Runtime::new().unwrap();
        runtime.block_on(async {
            let pool = Pool::new(Numbers::default(), 1);
            let served = RefCell::new(Vec::new());
            let held = pool.get().await.unwrap();
            let waits = |number: u32| {
                let (pool, served) = (&pool, &served);
                async move {
                    let connection = pool.get().await.unwrap();
                    served.borrow_mut().push((number, *connection));
                }
            };
            let gives_back = async { drop(held) };
            join((waits(1), waits(2), waits(3), gives_back)).await;
            assert_eq!(*served.borrow(), [(1, 0), (2, 0), (3, 0)], "one connection for all, in order");
        });
    }

    #[test]
    fn what_nobody_needs_grows_old() {
        let runtime = crate::Runtime::new().unwrap();
        runtime.block_on(async {
            let pool = Pool::new(Numbers::default(), 2).idle_timeout(Duration::from_millis(1));
            drop(pool.get().await.unwrap());
            sleep(Duration::from_millis(5)).await;
            pool.close_idle();
            assert_eq!((pool.metrics().expired, pool.metrics().idle), (1, 0));
            assert_eq!(*pool.get().await.unwrap(), 1, "a new one");
        });
    }

    #[test]
    fn what_grows_old_is_closed_without_anybody_asking() {
        let runtime = crate::Runtime::builder().virtual_time(true).build().unwrap();
        runtime.block_on(async {
            let minute = Duration::from_secs(60);
            let pool = Pool::new(Numbers::default(), 2).idle_timeout(minute);
            let uses = async {
                // The reaper sleeps without a deadline, then until that of the first.
                sleep(minute).await;
                let (one, two) = (pool.get().await.unwrap(), pool.get().await.unwrap());
                drop(one);
                sleep(minute / 2).await;
                drop(two);
                sleep(minute / 2).await;
                crate::future::yield_now().await;
                assert_eq!((pool.metrics().expired, pool.metrics().idle), (1, 1));
                sleep(minute / 2).await;
                crate::future::yield_now().await;
                assert_eq!((pool.metrics().expired, pool.metrics().idle), (2, 0));
            };
            crate::future::race((uses, async { match pool.reap().await {} })).await;
        });
    }
}
