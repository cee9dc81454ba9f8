//! The `#[task]` attribute of [`zokio-core`](https://docs.rs/zokio-core); use it from there.

mod task;

use proc_macro::TokenStream;

/// Makes an `async fn` a task with static slots: `#[task(pool = N)]`, one slot without `pool`.
///
/// Calling the function returns a task that is [spawned](../zokio_core/task/struct.Spawner.html) onto an executor; its
/// future is built in place, in a static that has room for exactly `N` of them. Nothing is taken before the spawn: a call
/// that is dropped loses nothing, and a spawn that finds no slot gives the call back.
///
/// | option | meaning | unless given |
/// |---|---|---|
/// | `pool = N` | how many of them there can be at a time | 1 |
/// | `name = "text"` | what it is called in errors and statistics, at most 255 bytes | the function's name |
/// | `priority = 0..=15` | its level under the `Priority` strategy; 15 is the most urgent | 0 |
/// | `deadline = Duration` | how long after a wake-up it is to be polled, under the `Deadline` strategy; if it is the name of an argument, each spawn says so | none |
/// | `crate = path` | the core, where it is not `::zokio_core` | |
///
/// All of them are constants, but a `deadline` that is an argument. The function is not generic, has no `impl Trait` and no borrowed arguments (but `&'static`),
/// and at most 16 of them.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, function: TokenStream) -> TokenStream {
    task::expand(arguments.into(), function.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
