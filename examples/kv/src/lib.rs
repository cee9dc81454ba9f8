//! A key-value server that speaks the Redis protocol, on any Zokio machine.
#![cfg_attr(not(test), no_std)]

mod clients;
mod command;
mod expiry;
mod resp;
mod server;
mod session;
mod shared;
mod store;
mod subscriptions;

pub use server::{Large, Medium, Server, Small};
pub use session::{End, Error, Options};
