//! How much a task may do in one poll before it gives way, where what it waits for is always there.
//!
//! A hosted runtime [refills](refill) it before each poll; channels, locks and streams [spend](spend) it, one unit for each poll of
//! theirs. On boards, and where no runtime refills, there is no limit and nothing is counted: a board's tasks are its own
//! program's, and the cost would be in every operation.

#[cfg_attr(all(feature = "std", not(loom)), path = "hosted.rs")]
#[cfg_attr(not(all(feature = "std", not(loom))), path = "bare.rs")]
mod imp;

pub use imp::{lift, refill, spend};
