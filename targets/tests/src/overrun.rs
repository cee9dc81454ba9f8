//! A task that takes more stack than there is.

use core::convert::Infallible;
use core::hint::black_box;
use zokio_board::Stack;
use zokio_board::host::println;

/// Goes deeper and deeper, and looks at the paint after each round, as a program would now and then.
///
/// # Panics
/// As soon as the stack was used to its end.
pub async fn use_it_up(stack: Stack) -> Infallible {
    let mut depth = 1;
    loop {
        black_box(deeper(depth));
        match stack.usage() {
            Ok(usage) => assert!(usage.most > depth as usize * FRAME, "{usage}"),
            Err(error) => panic!("{error}"),
        }
        if depth == 1 {
            println!("one call deep: it fits");
        }
        depth += 1;
        zokio_core::future::yield_now().await;
    }
}

/// Goes deeper until the stack is used up, and then panics over something else, as a program does that does not look.
///
/// # Panics
/// Always.
pub async fn stumble(stack: Stack) -> Infallible {
    let mut depth = 1;
    while stack.usage().is_ok() {
        black_box(deeper(depth));
        depth += 1;
    }
    panic!("a table is corrupt")
}

/// Bytes that a call takes at least.
const FRAME: usize = 16;

#[inline(never)]
fn deeper(depth: u32) -> u8 {
    let frame = black_box([depth as u8; FRAME]);
    if depth == 0 { frame[0] } else { deeper(depth - 1).wrapping_add(frame[FRAME - 1]) }
}
