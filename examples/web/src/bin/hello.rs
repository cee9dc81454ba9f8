//! Says hello to every request.
//!
//! ```sh
//! cargo run --release -p web --bin hello
//! curl http://127.0.0.1:8080/
//! ```

use clap::Parser;
use std::convert::Infallible;
use std::io;
use web::{Listen, interrupted};
use zokio_std::http::{Body, Full, Request, Response, Server, full};

async fn hello(_: Request<Body>) -> Result<Response<Full>, Infallible> {
    Ok(Response::new(full("Hello, world!\n")))
}

fn main() -> io::Result<()> {
    Listen::parse().run(async |listener| Server::new(listener).serve_until(interrupted(), hello).await)
}
