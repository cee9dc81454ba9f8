//! Requests that the component makes.

use super::convert::{fields, headers, host_method, host_scheme, invalid};
use super::{HttpError, Incoming, Outgoing};
use crate::p2::driver::Subscription;
use ::http::{Request, Response, StatusCode};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{FutureIncomingResponse, OutgoingRequest};
use zokio_core::future::join;

/// Makes a request, and waits for the head of the response, whose body arrives as it is read.
///
/// The body is sent meanwhile: one that is passed on from elsewhere need not be there yet.
///
/// **Cancel safety:** dropping the future ends the request. **Wake-up:** by the driver's park.
///
/// # Errors
/// [`HttpError`].
///
/// **Costs:** a dozen calls of the host, and those of the bodies.
///
/// ```no_run,standalone_crate
/// use zokio_wasi::http::{HttpError, Outgoing, Request, send};
///
/// zokio_wasi::block_on(async {
///     let request = Request::post("http://localhost:8080/echo").body(Outgoing::from("hello"))?;
///     let response = match send(request).await {
///         Err(HttpError::Host(code)) => return Err(format!("nobody answers: {code:?}").into()),
///         response => response?,
///     };
///     // No more than the component has memory for.
///     println!("{}: {} bytes", response.status(), response.into_body().bytes(64 << 10).await?.len());
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn send(request: Request<impl Into<Outgoing>>) -> Result<Response<Incoming>, HttpError> {
    let (parts, body) = request.into_parts();
    let outgoing = OutgoingRequest::new(fields(&parts.headers)?);
    outgoing.set_method(&host_method(&parts.method)).map_err(|()| invalid("method", &parts.method))?;
    let scheme = parts.uri.scheme_str().map(host_scheme);
    outgoing.set_scheme(scheme.as_ref()).map_err(|()| invalid("scheme", &parts.uri))?;
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    outgoing.set_authority(authority).map_err(|()| invalid("authority", &parts.uri))?;
    let path = parts.uri.path_and_query().map(|path| path.as_str());
    outgoing.set_path_with_query(path).map_err(|()| invalid("path", &parts.uri))?;
    let sink = outgoing.body().map_err(|()| invalid("body", "it was taken before"))?;
    let answer = outgoing_handler::handle(outgoing, None).map_err(HttpError::Host)?;
    let (sent, answered) = join((body.into().send(sink), head(answer))).await;
    // A server may answer before it has read all, and then take no more.
    let response = answered?;
    match sent {
        Ok(()) | Err(HttpError::Body(_)) => Ok(response),
        Err(error) => Err(error),
    }
}

async fn head(answer: FutureIncomingResponse) -> Result<Response<Incoming>, HttpError> {
    let ready = Subscription::new(answer.subscribe());
    let incoming = loop {
        match answer.get() {
            Some(Ok(incoming)) => break incoming.map_err(HttpError::Host)?,
            Some(Err(())) => return Err(invalid("response", "it was taken before")),
            None => ready.ready().await,
        }
    };
    // "Child first".
    drop(ready);
    let status = StatusCode::from_u16(incoming.status()).map_err(|error| invalid("status", error))?;
    let headers = headers(&incoming.headers())?;
    let body = incoming.consume().map_err(|()| invalid("body", "it was taken before"))?;
    let mut response = Response::new(Incoming::new(body)?);
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}
