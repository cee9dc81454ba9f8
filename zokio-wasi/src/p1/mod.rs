//! Preview 1: one `poll_oneoff` for everything that a module waits for.
//!
//! | file | what it is |
//! |---|---|
//! | [`abi`] | the binary layout and the numbers |
//! | `host` | the functions of the host, as a trait; `imports` is the real one |
//! | `driver`, `table`, `ready` | who waits for what, and the wait |
//! | `io` | the same waits under operations with completions |
//! | `descriptor`, `stdio`, `net` | async streams |

pub mod abi;
mod descriptor;
mod driver;
mod error;
mod host;
#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod imports;
mod io;
mod net;
mod ready;
mod stdio;
mod table;

pub use descriptor::Descriptor;
pub use driver::{DriverStats, Reactor, Unparker};
pub use error::Error;
pub use host::Host;
#[cfg(all(target_os = "wasi", target_env = "p1"))]
pub use imports::Wasi;
#[cfg(p2_runtime)]
pub(crate) use io::done;
pub use io::{PollOneoff, PollOneoffDriver};
pub use net::{Listener, Stream};
pub use stdio::{Output, Stdin};
