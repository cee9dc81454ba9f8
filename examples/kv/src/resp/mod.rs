//! The Redis protocol, version 2: requests in, replies out, both over plain byte slices.

pub(crate) mod args;
pub(crate) mod inline;
pub(crate) mod number;
pub(crate) mod parse;
pub(crate) mod reply;
pub(crate) mod window;
