//! Between the host's words and those of the crate `http`.

use super::HttpError;
use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::string::{String, ToString};
use std::vec::Vec;
use wasip2::http::types::{Fields, Method as HostMethod, Scheme};

pub(super) fn invalid(part: &'static str, why: impl ToString) -> HttpError {
    HttpError::Invalid(part, why.to_string())
}

pub(super) fn method(of_host: HostMethod) -> Result<Method, HttpError> {
    Ok(match of_host {
        HostMethod::Get => Method::GET,
        HostMethod::Head => Method::HEAD,
        HostMethod::Post => Method::POST,
        HostMethod::Put => Method::PUT,
        HostMethod::Delete => Method::DELETE,
        HostMethod::Connect => Method::CONNECT,
        HostMethod::Options => Method::OPTIONS,
        HostMethod::Trace => Method::TRACE,
        HostMethod::Patch => Method::PATCH,
        HostMethod::Other(name) => Method::from_bytes(name.as_bytes()).map_err(|error| invalid("method", error))?,
    })
}

pub(super) fn host_method(method: &Method) -> HostMethod {
    match *method {
        Method::GET => HostMethod::Get,
        Method::HEAD => HostMethod::Head,
        Method::POST => HostMethod::Post,
        Method::PUT => HostMethod::Put,
        Method::DELETE => HostMethod::Delete,
        Method::CONNECT => HostMethod::Connect,
        Method::OPTIONS => HostMethod::Options,
        Method::TRACE => HostMethod::Trace,
        Method::PATCH => HostMethod::Patch,
        _ => HostMethod::Other(method.as_str().to_string()),
    }
}

pub(super) fn headers(fields: &Fields) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields.entries() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| invalid("header's name", error))?;
        let value = HeaderValue::from_bytes(&value).map_err(|error| invalid("header's value", error))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Those that belong to one connection: hosts forbid them, and who passes a message on leaves them out.
const OF_A_CONNECTION: [&str; 8] =
    ["connection", "host", "http2-settings", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

pub(super) fn fields(headers: &HeaderMap) -> Result<Fields, HttpError> {
    let ours = headers.iter().filter(|(name, _)| !OF_A_CONNECTION.contains(&name.as_str()));
    let entries: Vec<(String, Vec<u8>)> =
        ours.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    Fields::from_list(&entries).map_err(|error| invalid("headers", std::format!("{error:?}")))
}

pub(super) fn host_scheme(scheme: &str) -> Scheme {
    match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_string()),
    }
}

pub(super) fn scheme(of_host: Option<Scheme>) -> String {
    match of_host {
        Some(Scheme::Https) => "https".to_string(),
        Some(Scheme::Other(other)) => other,
        _ => "http".to_string(),
    }
}
