//! An axum app: the router, the extractors and the state are axum's, and need no change.
//!
//! ```sh
//! cargo run --release -p web --bin axum
//! curl http://127.0.0.1:8080/hello/zokio
//! curl --json '[1, 2, 3]' http://127.0.0.1:8080/sum
//! ```

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::{Router, get, post};
use clap::Parser;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;
use web::{Listen, interrupted};
use zokio_std::http::Server;

async fn hello(State(count): State<Arc<AtomicU64>>, Path(name): Path<String>) -> String {
    let number = count.fetch_add(1, Ordering::Relaxed) + 1;
    format!("hello {name}, you are number {number}\n")
}

async fn sum(Json(numbers): Json<Vec<i64>>) -> Json<i64> {
    Json(numbers.into_iter().fold(0, i64::saturating_add))
}

fn main() -> io::Result<()> {
    let app = Router::new().route("/hello/{name}", get(hello)).route("/sum", post(sum)).with_state(Arc::default());
    Listen::parse().run(async |listener| {
        Server::new(listener).serve_until(interrupted(), move |request| app.clone().oneshot(request)).await
    })
}
