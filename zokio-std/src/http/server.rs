//! Accepting, serving, and ending.

use super::{Body, Request, Response};
use crate::compat::HyperTimer;
use crate::net::{TcpListener, TcpStream};
use crate::sync::{Notify, Semaphore};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::cell::Cell;
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// Serves what `handler` answers, with everything as it is by default, until accepting fails for good.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use std::convert::Infallible;
/// use zokio_std::http::{Body, Full, Request, Response, serve, full};
/// use zokio_std::net::TcpListener;
///
/// async fn hello(_: Request<Body>) -> Result<Response<Full>, Infallible> {
///     Ok(Response::new(full("Hello, world!\n")))
/// }
///
/// let listener = TcpListener::bind(([127, 0, 0, 1], 8080).into())?;
/// serve(listener, hello).await?;
/// # Ok(()) }
/// ```
///
/// **Wake-up:** by connections, and by what they bring. **Complexity:** a task for each connection.
///
/// # Errors
/// As [`Server::serve_until`].
pub async fn serve<H, F, B, E>(listener: TcpListener, handler: H) -> io::Result<()>
where
    H: Fn(Request<Body>) -> F + 'static,
    F: Future<Output = Result<Response<B>, E>> + 'static,
    B: hyper::body::Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    Server::new(listener).serve_until(std::future::pending(), handler).await
}

/// An HTTP/1.1 server that is yet to serve.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use std::convert::Infallible;
/// use zokio_std::http::{Body, Full, Request, Response, Server, full};
/// use zokio_std::net::TcpListener;
///
/// async fn hello(_: Request<Body>) -> Result<Response<Full>, Infallible> {
///     Ok(Response::new(full("Hello, world!\n")))
/// }
///
/// let listener = TcpListener::bind(([127, 0, 0, 1], 8080).into())?;
/// let stop = zokio_std::time::sleep(std::time::Duration::from_secs(60));
/// Server::new(listener).serve_until(stop, hello).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until `serve_until`"]
pub struct Server {
    listener: TcpListener,
    keep_alive: bool,
    header_timeout: Duration,
    body_limit: usize,
    connections: usize,
    patience: Duration,
}

/// What the connections of a server have in common.
struct Common<H> {
    handler: H,
    http: http1::Builder,
    body_limit: usize,
    /// One for each connection that may be open.
    room: Semaphore,
    ending: Cell<bool>,
    end: Notify,
}

impl Server {
    /// A server for the connections of `listener`.
    pub fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            keep_alive: true,
            header_timeout: Duration::from_secs(30),
            body_limit: 2 << 20,
            connections: 16 << 10,
            patience: Duration::from_secs(30),
        }
    }

    /// Whether a connection serves more than one request; it does by default.
    pub fn keep_alive(mut self, on: bool) -> Self {
        self.keep_alive = on;
        self
    }

    /// How long the head of a request may take, from the moment that the connection waits for it; 30 s by default. So this also
    /// bounds how long a connection is kept without a request.
    pub fn header_timeout(mut self, time: Duration) -> Self {
        self.header_timeout = time;
        self
    }

    /// How many bytes a request's body may have; 2 MiB by default. Reading more of it is an error.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How many connections are served at a time; 16,384 by default. More wait to be accepted.
    pub fn connections(mut self, count: usize) -> Self {
        self.connections = count.max(1);
        self
    }

    /// How long [`serve_until`](Self::serve_until) waits at its end for requests that are being answered; 30 s by default.
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Serves what `handler` answers until `shutdown` is ready. Then no more is accepted, idle connections are closed, requests
    /// that have begun are answered, and what has not ended after [`patience`](Self::patience) is cut off.
    ///
    /// **Cancel safety:** dropping the future stops accepting; connections that are open go on. An error of `handler` ends its
    /// connection.
    ///
    /// **Wake-up:** by connections, by what they bring, and by the end. **Complexity:** a task for each connection.
    ///
    /// # Errors
    /// What makes accepting impossible. A lack of descriptors does not: the server waits, and goes on.
    pub async fn serve_until<H, F, B, E>(self, shutdown: impl Future<Output = ()>, handler: H) -> io::Result<()>
    where
        H: Fn(Request<Body>) -> F + 'static,
        F: Future<Output = Result<Response<B>, E>> + 'static,
        B: hyper::body::Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let Self { mut listener, keep_alive, header_timeout, body_limit, connections, patience } = self;
        let mut http = http1::Builder::new();
        http.timer(HyperTimer).keep_alive(keep_alive).header_read_timeout(header_timeout);
        let room = Semaphore::new(connections);
        let common = Rc::new(Common { handler, http, body_limit, room, ending: Cell::new(false), end: Notify::new() });
        let result = {
            let mut shutdown = pin!(shutdown);
            let mut accepting = pin!(accept_all(&mut listener, &common));
            poll_fn(|cx| match shutdown.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Ok(())),
                Poll::Pending => accepting.as_mut().poll(cx),
            })
            .await
        };
        drop(listener);
        common.ending.set(true);
        common.end.notify_all();
        // Whoever has all permits is alone.
        let _ = crate::time::timeout(patience, common.room.acquire(connections)).await;
        common.room.close();
        common.end.notify_all();
        result
    }
}

async fn accept_all<H, F, B, E>(listener: &mut TcpListener, common: &Rc<Common<H>>) -> io::Result<()>
where
    H: Fn(Request<Body>) -> F + 'static,
    F: Future<Output = Result<Response<B>, E>> + 'static,
    B: hyper::body::Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    loop {
        // Before a connection is taken, so that those there is no room for wait with the system.
        let Ok(permit) = common.room.acquire(1).await else { return Ok(()) };
        let (stream, _) = listener.accept_patiently().await?;
        permit.forget();
        crate::spawn_local(one(stream, Open(common.clone()))).detach();
    }
}

/// The permit of a connection that is open.
struct Open<H>(Rc<Common<H>>);

impl<H> Drop for Open<H> {
    fn drop(&mut self) {
        self.0.room.add_permits(1);
    }
}

/// Serves one connection.
async fn one<H, F, B, E>(stream: TcpStream, open: Open<H>)
where
    H: Fn(Request<Body>) -> F + 'static,
    F: Future<Output = Result<Response<B>, E>> + 'static,
    B: hyper::body::Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let common = &open.0;
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        (common.handler)(request.map(|body| Limited::new(body, common.body_limit)))
    });
    let mut connection = pin!(common.http.serve_connection(stream, service));
    let mut ending = pin!(common.end.notified());
    let mut asked = false;
    poll_fn(|cx| {
        while ending.as_mut().poll(cx).is_ready() || (common.ending.get() && !asked) {
            ending.set(common.end.notified());
            if common.room.is_closed() {
                // The patience is over.
                return Poll::Ready(());
            }
            asked = true;
            connection.as_mut().graceful_shutdown();
        }
        // What goes wrong with one connection is that client's to know.
        connection.as_mut().poll(cx).map(drop)
    })
    .await;
}
