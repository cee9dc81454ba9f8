//! The documentation of this crate, held to the rules that the core's is held to.
#![cfg(not(target_os = "wasi"))]

#[path = "../../zokio-core/tests/docs.rs"]
mod rules;
