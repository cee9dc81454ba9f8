//! Requests that the component answers.

use super::convert::{fields, headers, invalid, method, scheme};
use super::{HttpError, Incoming, Outgoing};
use crate::p2::block_on;
use ::http::{Request, Response, StatusCode, Uri};
use std::string::ToString;
use wasip2::http::types::{ErrorCode, IncomingRequest, OutgoingResponse, ResponseOutparam};

/// Makes an async function what the component answers requests with: `http_handler!(path::to::function)`, once in a `cdylib`.
///
/// The function takes a `Request<Incoming>` and returns `Result<Response<Outgoing>, E>`; an error becomes status 500, and so does
/// a response that HTTP does not allow. Headers that belong to a connection, such as `connection` itself, are left out. Tasks that it spawned and that have not ended go on when the next request comes to the same instance, if
/// the host sends one.
///
/// ```no_run,standalone_crate
/// use zokio_wasi::http::{Incoming, Outgoing, Request, Response, http_handler};
///
/// async fn hello(request: Request<Incoming>) -> Result<Response<Outgoing>, Box<dyn std::error::Error>> {
///     Ok(Response::new(format!("hello, {}\n", request.uri().path()).into()))
/// }
///
/// http_handler!(hello);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! http_handler {
    ($handler:path) => {
        const _: () = {
            struct Handler;

            impl $crate::__wasip2::exports::http::incoming_handler::Guest for Handler {
                fn handle(
                    request: $crate::__wasip2::http::types::IncomingRequest,
                    response: $crate::__wasip2::http::types::ResponseOutparam,
                ) {
                    $crate::http::respond(request, response, $handler);
                }
            }

    $crate::__wasip2::http::proxy::export!(Handler with_types_in $crate::__wasip2);
        };
    };
}

/// What [`http_handler!`](crate::http_handler) does with a request; for components with an export of their own.
///
/// In use: the body of [`http_handler!`](crate::http_handler).
pub fn respond<F, E>(request: IncomingRequest, response: ResponseOutparam, handler: impl FnOnce(Request<Incoming>) -> F)
where
    F: Future<Output = Result<Response<Outgoing>, E>>,
{
    // The host's half of the exchange, until somebody has answered.
    let mut unanswered = Some(response);
    let ran = block_on(async {
        let answer = match incoming(request) {
            Ok(request) => handler(request).await.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR)),
            // What the host let through although HTTP does not allow it.
            Err(_) => status(StatusCode::BAD_REQUEST),
        };
        let (head, body) = outgoing(answer)
            .or_else(|_| outgoing(status(StatusCode::INTERNAL_SERVER_ERROR)))
            .map_err(|_| "no response can be made")?;
        let sink = head.body().map_err(|()| "the body was taken before")?;
        if let Some(unanswered) = unanswered.take() {
            ResponseOutparam::set(unanswered, Ok(head));
        }
        // A client that has gone is told nothing.
        let _ = body.send(sink).await;
        Ok::<(), &str>(())
    });
    let refused = match ran {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    if let Some(unanswered) = unanswered {
        ResponseOutparam::set(unanswered, Err(ErrorCode::InternalError(Some(refused))));
    }
}

fn status(code: StatusCode) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::empty());
    *response.status_mut() = code;
    response
}

fn outgoing(answer: Response<Outgoing>) -> Result<(OutgoingResponse, Outgoing), HttpError> {
    let (parts, body) = answer.into_parts();
    let head = OutgoingResponse::new(fields(&parts.headers)?);
    head.set_status_code(parts.status.as_u16()).map_err(|()| invalid("status", parts.status))?;
    Ok((head, body))
}

fn incoming(request: IncomingRequest) -> Result<Request<Incoming>, HttpError> {
    let method = method(request.method())?;
    let mut uri = Uri::builder().scheme(scheme(request.scheme()).as_str());
    uri = uri.path_and_query(request.path_with_query().unwrap_or_else(|| "/".to_string()));
    uri = uri.authority(request.authority().unwrap_or_else(|| "localhost".to_string()));
    let uri = uri.build().map_err(|error| invalid("address", error))?;
    let headers = headers(&request.headers())?;
    let body = request.consume().map_err(|()| invalid("body", "it was taken before"))?;
    let mut request = Request::new(Incoming::new(body)?);
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
    Ok(request)
}
