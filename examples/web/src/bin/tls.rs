//! HTTPS: rustls over Zokio's streams, hyper over both.
//!
//! ```sh
//! cargo run --release -p web --bin tls -- --certificate certificate.pem --key key.pem
//! curl --cacert certificate.pem https://localhost:8080/
//! ```

use clap::Parser;
use futures_rustls::TlsAcceptor;
use futures_rustls::rustls::ServerConfig;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use web::{Listen, interrupted};
use zokio_std::compat::{FuturesIo, HyperTimer};
use zokio_std::future::{Either, select};
use zokio_std::http::{Response, full};
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::spawn_local;
use zokio_std::time::timeout;

/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    listen: Listen,
    /// The certificate and those that vouch for it, as PEM.
    #[arg(long)]
    certificate: PathBuf,
    /// Its private key, as PEM.
    #[arg(long)]
    key: PathBuf,
}

fn tls(certificate: &PathBuf, key: &PathBuf) -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn one(stream: TcpStream, tls: TlsAcceptor) {
    // What goes wrong with one connection is that client's to know.
    let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await else { return };
    let hello = service_fn(async |_| Ok::<_, Infallible>(Response::new(full("Hello, in private!\n"))));
    let _ = http1::Builder::new().timer(HyperTimer).serve_connection(FuturesIo(stream), hello).await;
}

async fn serve(mut listener: TcpListener, tls: TlsAcceptor) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept_patiently().await?;
        spawn_local(one(stream, tls.clone())).detach();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Arguments { listen, certificate, key } = Arguments::parse();
    let tls = tls(&certificate, &key)?;
    listen.run(async |listener| match select(serve(listener, tls), interrupted()).await {
        Either::Left(ended) => ended,
        Either::Right(()) => Ok(()),
    })?;
    Ok(())
}
