//! An HTTP handler as a WASI component.
//!
//! ```sh
//! cd targets && cargo build --release -p http-wasi --target wasm32-wasip2
//! wasmtime serve -S cli target/wasm32-wasip2/release/http_wasi.wasm
//! curl http://127.0.0.1:8080/hello
//! ```
//!
//! | path | what it answers |
//! |---|---|
//! | `/hello` | a line |
//! | `/echo` | the body that came, as it comes |
//! | `/length` | how long the body is; at most a mebibyte |
//! | `/slow/MILLIS` | a line, after so long |
//! | `/both/MILLIS` | how many milliseconds two sleeps of that length took, at the same time |
//! | `/fetch/HOST:PORT/PATH` | what another server answers there |
#![cfg(all(target_os = "wasi", target_env = "p2"))]

use std::time::Duration;
use zokio_wasi::http::{HttpError, Incoming, Method, Outgoing, Request, Response, StatusCode, http_handler, send};
use zokio_wasi::time::{Clock as _, clock};
use zokio_wasi::{sleep, spawn_local, timeout};

/// How long another server may take.
const PATIENCE: Duration = Duration::from_secs(5);

async fn answer(request: Request<Incoming>) -> Result<Response<Outgoing>, Box<dyn std::error::Error>> {
    let path = request.uri().path().to_owned();
    let words: Vec<&str> = path.split('/').skip(1).collect();
    Ok(match (request.method(), &words[..]) {
        (&Method::GET, ["hello"]) => Response::new("hello from a component\n".into()),
        (&Method::POST, ["echo"]) => Response::new(request.into_body().into()),
        (&Method::POST, ["length"]) => match request.into_body().bytes(1 << 20).await {
            Ok(bytes) => Response::new(format!("{}\n", bytes.len()).into()),
            Err(_) => status(StatusCode::PAYLOAD_TOO_LARGE),
        },
        (&Method::GET, ["slow", millis]) => {
            sleep(Duration::from_millis(millis.parse()?)).await;
            Response::new("at last\n".into())
        }
        (&Method::GET, ["both", millis]) => {
            let time = Duration::from_millis(millis.parse()?);
            let begun = clock().now();
            let other = spawn_local(sleep(time));
            sleep(time).await;
            let _ = other.await;
            Response::new(format!("{}\n", (clock().now() - begun).as_millis()).into())
        }
        (&Method::GET, ["fetch", authority, rest @ ..]) => {
            let other = Request::get(format!("http://{authority}/{}", rest.join("/"))).body(Outgoing::empty())?;
            match timeout(PATIENCE, send(other)).await {
                Ok(Ok(response)) => response.map(Into::into),
                Ok(Err(HttpError::Host(_))) => status(StatusCode::BAD_GATEWAY),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => status(StatusCode::GATEWAY_TIMEOUT),
            }
        }
        _ => status(StatusCode::NOT_FOUND),
    })
}

fn status(code: StatusCode) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::empty());
    *response.status_mut() = code;
    response
}

http_handler!(answer);
