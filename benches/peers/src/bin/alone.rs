//! One runtime alone in a process: `alone RUNTIME tasks|timers|connections|million|pummel-1|pummel-8`. Prints one line of
//! JSON: bytes, or nanoseconds, for each.

use zokio_peers::alone::{self, Alone, Compio, Epoll, Glommio, Monoio, Smol, Tokio, Uring};

fn run<R: Alone>(work: &str) {
    match work {
        "tasks" => alone::tasks::<R>(),
        "timers" => alone::timers::<R>(),
        "connections" => alone::connections::<R>(),
        "million" => alone::million::<R>(),
        "pummel-1" => alone::pummel::<R>(1),
        "pummel-8" => alone::pummel::<R>(8),
        other => panic!("no such work: {other}"),
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, work] = &words[..] else { panic!("alone RUNTIME WORK") };
    match runtime.as_str() {
        "zokio-uring" => run::<Uring>(work),
        "zokio-epoll" => run::<Epoll>(work),
        "tokio" => run::<Tokio>(work),
        "smol" => run::<Smol>(work),
        "monoio" => run::<Monoio>(work),
        "compio" => run::<Compio>(work),
        "glommio" => run::<Glommio>(work),
        other => panic!("no such runtime: {other}"),
    }
}
