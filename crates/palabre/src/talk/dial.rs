//! The way to a server: TCP, TLS where it is wanted, and the handshake of a
//! WebSocket.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use uuid::Uuid;
use websocket::HandshakeKey;

use super::place::Place;

/// For all of it, up to the server's answer.
const DIAL_MAX: Duration = Duration::from_secs(10);
/// What a server may answer before its first frame.
const ANSWER_BYTES_MAX: usize = 16 << 10;

/// A connection to a server, plain or through TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A WebSocket whose handshake is done.
pub(super) struct Dialed {
    pub(super) stream: Box<dyn Stream>,
    /// What came behind the server's answer.
    pub(super) read_ahead: Vec<u8>,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) struct DialError {
    pub(super) error: anyhow::Error,
    /// Whether a second try would end the same way.
    pub(super) is_final: bool,
}

impl DialError {
    fn lasting(error: anyhow::Error) -> Self {
        let is_final = true;
        Self { error, is_final }
    }
}

impl<E: Into<anyhow::Error>> From<E> for DialError {
    fn from(error: E) -> Self {
        let is_final = false;
        let error = error.into();
        Self { error, is_final }
    }
}

/// Whom to trust: the certificates of the system, and those in `ca`.
pub(super) fn tls(ca: Option<&Path>) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(ca) = ca {
        let shown = ca.display();
        let none = || format!("{shown}, given as --ca, holds no certificate in PEM");
        let certificates = CertificateDer::pem_file_iter(ca)
            .with_context(|| format!("cannot read {shown}, given as --ca"))?
            .collect::<Result<Vec<_>, _>>()
            .with_context(none)?;
        let (n_added, _) = roots.add_parsable_certificates(certificates);
        anyhow::ensure!(n_added > 0, none());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}

/// Connects to the server's endpoint of the Centrifuge dialect.
pub(super) async fn dial(place: &Place, tls: &TlsConnector) -> Result<Dialed, DialError> {
    let dialed = tokio::time::timeout(DIAL_MAX, connect(place, tls)).await;
    let silent = || anyhow::anyhow!("nothing came back within {} s", DIAL_MAX.as_secs());
    dialed.unwrap_or_else(|_| Err(silent().into()))
}

async fn connect(place: &Place, tls: &TlsConnector) -> Result<Dialed, DialError> {
    let tcp = TcpStream::connect((&*place.host, place.port)).await?;
    tcp.set_nodelay(true)?;
    if !place.is_secure {
        return shake_hands(tcp, place).await;
    }
    let name = ServerName::try_from(place.host.clone())
        .map_err(|error| DialError::lasting(error.into()))?;
    match tls.connect(name, tcp).await {
        Ok(stream) => shake_hands(stream, place).await,
        // A wrong certificate is wrong the next time, too.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(DialError::lasting(error.into()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn shake_hands(
    mut stream: impl Stream + 'static,
    place: &Place,
) -> Result<Dialed, DialError> {
    // 122 of its bits are random.
    let key = HandshakeKey::from_random(*Uuid::new_v4().as_bytes());
    let request = format!(
        "GET /connection/websocket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: {}\r\nSec-WebSocket-Key: {}\r\n\
         User-Agent: palabre/{}\r\n\r\n",
        place.authority,
        websocket::HANDSHAKE_VERSION,
        key.as_bytes().escape_ascii(),
        env!("CARGO_PKG_VERSION"),
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;

    let mut answer = Vec::new();
    let head_len = loop {
        if let Some(at) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        let is_over = stream.read_buf(&mut answer).await? == 0;
        if is_over || answer.len() > ANSWER_BYTES_MAX {
            return Err(DialError::lasting(anyhow::anyhow!(
                "what answers there is no Palabre"
            )));
        }
    };
    let read_ahead = answer.split_off(head_len);
    check(&answer, &read_ahead, key)?;
    let stream = Box::new(stream);
    Ok(Dialed { stream, read_ahead })
}

/// Whether the server's answer is a yes.
fn check(head: &[u8], body: &[u8], key: HandshakeKey) -> Result<(), DialError> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    let status = status.split_once(' ').map_or("", |(_, status)| status);
    let accept = key.accept();
    let is_accepted = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim().as_bytes() == accept
    };
    match status.get(..3) {
        Some("101") if lines.any(is_accepted) => Ok(()),
        Some("101") => Err(DialError::lasting(anyhow::anyhow!(
            "what answers there is no Palabre"
        ))),
        // Full, or a proxy whose server is away.
        Some("429" | "502" | "503" | "504") => {
            Err(anyhow::anyhow!("the answer was {status}").into())
        }
        _ => {
            let body = String::from_utf8_lossy(body);
            let sentence = body.lines().next().unwrap_or_default();
            let error = anyhow::anyhow!("the answer was {status} {sentence}");
            Err(DialError::lasting(error))
        }
    }
}
