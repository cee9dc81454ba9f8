//! What `#[task]` takes: no arguments, patterns, `&'static`, sixteen of them, `!`, options.
#![deny(warnings)]

use zokio_core::task::{SendSpawner, Spawn, Spawner};

#[zokio_core::task]
async fn plain() {}

#[zokio_core::task(pool = 3)]
async fn patterns((left, right): (u8, u8), text: &'static str) -> usize {
    text.len() + usize::from(left) + usize::from(right)
}

const URGENT: u8 = 7;

#[zokio_core::task(pool = 2, name = concat!("the ", "urgent"), priority = URGENT, deadline = core::time::Duration::from_millis(3))]
async fn urgent() {}

#[zokio_core::task]
async fn forever() -> ! {
    core::future::pending().await
}

#[allow(clippy::too_many_arguments)]
#[zokio_core::task]
async fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8) -> u8 {
    a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p
}

/// A task whose future is not `Send` although its arguments are: it is made where it runs.
#[zokio_core::task]
async fn local_inside(number: u8) -> u8 {
    let shared = std::rc::Rc::new(number);
    core::future::ready(()).await;
    *shared
}

/// The body's type is the function's, also where it must be inferred.
#[zokio_core::task]
async fn fallible(text: &'static str, mut count: u32) -> Result<u32, Box<dyn std::error::Error>> {
    count += text.parse::<u32>()?;
    if count == 7 {
        return Err("seven".into());
    }
    core::future::ready(()).await;
    Ok(count.try_into()?)
}

fn from_anywhere(spawner: SendSpawner) {
    let _ = spawner.spawn(local_inside(1));
}

fn spawn_all(spawner: Spawner) {
    let _ = spawner.spawn(plain());
    let _ = spawner.spawn(patterns((1, 2), "three"));
    let _ = spawner.spawn(urgent()).map(|handle| handle.name());
    let _ = spawner.spawn(forever());
    let _ = spawner.spawn(fallible("1", 2));
    let _ = spawner.spawn(many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
}

fn generic<S: Spawn>(task: S) {
    drop(task);
}

fn main() {
    let _ = (spawn_all, from_anywhere);
    generic(plain());
}
