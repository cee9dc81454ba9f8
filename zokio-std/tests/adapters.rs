//! Other people's libraries on our streams, tasks and time: hyper's HTTP/1.1 and HTTP/2 answer curl, and the stream traits of
//! tokio and futures-io carry bytes.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;
use zokio_std::compat::{HyperExecutor, HyperTimer};
use zokio_std::driver::DriverKind;
use zokio_std::http::{Body, Request, Response, Server, StatusCode, full};
use zokio_std::net::{TcpListener, TcpStream, UnixStream};
use zokio_std::sync::Notify;
use zokio_std::time::sleep;
use zokio_std::{Runtime, blocking::BlockingPool, spawn_local};

/// On every driver that there is here.
fn on_both(test: impl AsyncFn()) {
    for kind in [DriverKind::Uring, DriverKind::Epoll] {
        match Runtime::builder().driver(kind).build() {
            Ok(runtime) => runtime.block_on(test()),
            Err(error) => eprintln!("SKIPPED: no {kind} here: {error}"),
        }
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// What curl prints; `None` where there is no curl.
async fn curl(args: Vec<String>) -> Option<String> {
    let run = move || Command::new("curl").args(["-sS", "--max-time", "20"]).args(args).output();
    match BlockingPool::shared().call(run).unwrap().await.unwrap() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            eprintln!("SKIPPED: no curl here: {error}");
            None
        }
    }
}

async fn answer(request: Request<Body>) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/hello" => Ok(Response::new(full("hello, curl"))),
        "/slow" => {
            sleep(Duration::from_millis(50)).await;
            Ok(Response::new(full("at last")))
        }
        "/length" => match request.into_body().collect().await {
            Ok(body) => Ok(Response::new(full(body.to_bytes().len().to_string()))),
            Err(_) => {
                let mut refusal = Response::new(full("too long"));
                *refusal.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
                Ok(refusal)
            }
        },
        _ => Err("nothing there".into()),
    }
}

/// What an ordinary socket gets for `request`, until the end of the connection.
async fn raw(address: SocketAddr, request: &'static str) -> String {
    let talk = move || {
        let mut peer = std::net::TcpStream::connect(address).unwrap();
        peer.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = peer.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    };
    BlockingPool::shared().call(talk).unwrap().await.unwrap()
}

#[test]
fn a_server_answers_curl() {
    on_both(async || {
        let (listener, address) = listen();
        let end = Rc::new(Notify::new());
        let until = end.clone();
        let server = Server::new(listener).body_limit(1000).connections(4);
        let server = spawn_local(server.serve_until(async move { until.notified().await }, answer));
        let url = |path: &str| format!("http://{address}{path}");
        if let Some(text) = curl(vec![url("/hello"), url("/hello"), url("/slow")]).await {
            assert_eq!(text, "hello, curlhello, curlat last");
        }
        let post = |bytes: usize| vec!["-d".into(), "x".repeat(bytes), url("/length")];
        if let Some(text) = curl(post(900)).await {
            assert_eq!(text, "900");
            assert_eq!(curl(post(1001)).await.unwrap(), "too long");
        }
        // Two requests on one connection, then one that fails and ends it alone.
        let two = "GET /hello HTTP/1.1\r\nhost: x\r\n\r\nGET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        assert_eq!(raw(address, two).await.matches("hello, curl").count(), 2);
        assert_eq!(raw(address, "GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").await, "");
        assert!(raw(address, "nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
        end.notify_one();
        server.await.unwrap().unwrap();
        assert!(std::net::TcpStream::connect(address).is_err(), "nobody listens any more");
    });
}

#[test]
fn a_server_ends_without_cutting_anybody_off() {
    on_both(async || {
        let (listener, address) = listen();
        let (end, begun) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (until, told) = (end.clone(), begun.clone());
        let handler = move |request| {
            told.notify_one();
            answer(request)
        };
        let server = Server::new(listener).serve_until(async move { until.notified().await }, handler);
        let server = spawn_local(server);
        // One that sends nothing, and is idle.
        let mut idle = std::net::TcpStream::connect(address).unwrap();
        let busy = spawn_local(raw(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"));
        begun.notified().await;
        end.notify_one();
        let answered = busy.await.unwrap();
        assert!(answered.ends_with("at last"), "{answered}");
        server.await.unwrap().unwrap();
        assert_eq!(idle.read(&mut [0; 8]).unwrap(), 0);
    });
}

#[test]
fn a_server_loses_patience() {
    on_both(async || {
        let (listener, address) = listen();
        let (end, begun) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (until, told) = (end.clone(), begun.clone());
        let never = move |_| {
            told.notify_one();
            std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
        };
        let server = Server::new(listener).patience(Duration::from_millis(5));
        let server = spawn_local(server.serve_until(async move { until.notified().await }, never));
        let busy = spawn_local(raw(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"));
        begun.notified().await;
        end.notify_one();
        server.await.unwrap().unwrap();
        assert_eq!(busy.await.unwrap(), "");
    });
}

#[test]
fn a_request_whose_head_does_not_come_is_given_up() {
    on_both(async || {
        let (listener, address) = listen();
        let server = Server::new(listener).header_timeout(Duration::from_millis(20));
        let _server = spawn_local(server.serve_until(std::future::pending(), answer));
        let answer = raw(address, "GET /hello HTTP/1.1\r\nhost:").await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    });
}

#[test]
fn http_2_answers_curl_and_hyper() {
    on_both(async || {
        let (mut listener, address) = listen();
        let served = Rc::new(Cell::new(0));
        let count = served.clone();
        spawn_local(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let count = count.clone();
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let count = count.clone();
                    async move {
                        count.set(count.get() + 1);
                        let body = request.into_body().collect().await?.to_bytes();
                        Ok::<_, hyper::Error>(Response::new(full(format!("{} bytes", body.len()))))
                    }
                });
                let http = http2::Builder::new(HyperExecutor).timer(HyperTimer).serve_connection(stream, service);
                spawn_local(async move { drop(http.await) }).detach();
            }
        })
        .detach();
        let has_http_2 = curl(vec!["--version".into()]).await.is_some_and(|text| text.contains("HTTP2"));
        if has_http_2 {
            let post =
                vec!["--http2-prior-knowledge".into(), "-d".into(), "12345".into(), format!("http://{address}/")];
            assert_eq!(curl(post).await.as_deref(), Some("5 bytes"));
        }
        let stream = TcpStream::connect(address).await.unwrap();
        let mut http = hyper::client::conn::http2::Builder::new(HyperExecutor);
        http.timer(HyperTimer);
        let (sender, connection) = http.handshake::<_, Full<Bytes>>(stream).await.unwrap();
        spawn_local(async move { drop(connection.await) }).detach();
        // Many at once on one connection.
        let requests: Vec<_> = (0..50)
            .map(|number: usize| {
                let mut sender = sender.clone();
                spawn_local(async move {
                    let request = Request::post("http://zokio/").body(full(vec![0; number * 100])).unwrap();
                    let body = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
                    assert_eq!(body.to_bytes(), format!("{} bytes", number * 100));
                })
            })
            .collect();
        for request in requests {
            request.await.unwrap();
        }
        assert_eq!(served.get(), 50 + usize::from(has_http_2));
    });
}

#[test]
fn streams_have_the_traits_of_tokio() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    on_both(async || {
        let (mut one, other) = UnixStream::pair().unwrap();
        let (mut read, mut write) = other.into_split();
        let bytes: Vec<u8> = (0..100_000u32).map(|at| at as u8).collect();
        let expected = bytes.clone();
        let reader = spawn_local(async move {
            let mut all = Vec::new();
            AsyncReadExt::read_to_end(&mut read, &mut all).await.unwrap();
            assert!(all == expected);
            AsyncWriteExt::write_all(&mut write, b"done").await.unwrap();
            AsyncWriteExt::shutdown(&mut write).await.unwrap();
        });
        AsyncWriteExt::write_all(&mut one, &bytes).await.unwrap();
        AsyncWriteExt::shutdown(&mut one).await.unwrap();
        let mut text = String::new();
        AsyncReadExt::read_to_string(&mut one, &mut text).await.unwrap();
        assert_eq!(text, "done");
        reader.await.unwrap();
    });
}

#[test]
fn streams_have_the_traits_of_futures_io() {
    use futures_util::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    on_both(async || {
        let (mut listener, address) = listen();
        let mut client = TcpStream::connect(address).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        AsyncWriteExt::write_all(&mut client, b"one\ntwo\n").await.unwrap();
        AsyncWriteExt::close(&mut client).await.unwrap();
        let (mut lines, mut line) = (BufReader::new(server), String::new());
        for expected in ["one\n", "two\n", ""] {
            line.clear();
            lines.read_line(&mut line).await.unwrap();
            assert_eq!(line, expected);
        }
    });
}
