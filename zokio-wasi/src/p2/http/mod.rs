//! HTTP by the host: answering requests ([`http_handler!`](crate::http_handler)), and making them ([`send`]).
//!
//! Requests and responses are those of the crate `http`, which is exported here as `types`.

mod body;
mod client;
mod convert;
mod serve;

pub use ::http as types;
pub use ::http::{Method, Request, Response, StatusCode};
pub use body::{Incoming, Outgoing, TooLong};
pub use client::send;
pub use serve::respond;

pub use crate::http_handler;

use std::fmt;
use wasip2::http::types::ErrorCode;

/// Why a request could not be made, or not be answered.
///
/// From [`send`], in use there.
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpError {
    /// What the host says.
    Host(ErrorCode),
    /// A part of a request or a response that HTTP does not allow: which, and why.
    Invalid(&'static str, std::string::String),
    /// Moving the body failed.
    Body(std::io::Error),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(code) => write!(f, "the host could not make the request: {code:?}"),
            Self::Invalid(part, why) => write!(f, "the {part} is not one that HTTP allows: {why}"),
            Self::Body(error) => write!(f, "moving the body: {error}"),
        }
    }
}

impl std::error::Error for HttpError {}

impl From<std::io::Error> for HttpError {
    fn from(error: std::io::Error) -> Self {
        Self::Body(error)
    }
}
