//! A real server on a free port, and the connections that reach it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use server::{Limits, Options, Server, TlsSource};

use crate::raw::Raw;

/// How long anything may take. It is never waited for where all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate for `localhost` that is made once for all tests.
pub(crate) static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| Certificate::new("all"));

/// A server that stops when it is dropped.
pub(crate) struct TestServer {
    server: Option<Server>,
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
}

impl TestServer {
    /// A server with the defaults, but for the address.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// A server whose limits are changed.
    pub(crate) fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        Self::start_with(|options| change(&mut options.limits))
    }

    /// A server that speaks TLS.
    pub(crate) fn secure() -> Self {
        Self::start_with(|options| options.tls = Some(CERTIFICATE.source()))
    }

    /// A server whose options are changed. There are two shards whatever the
    /// machine: neighbours in the order of arrival sit on different ones.
    pub(crate) fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            shards: Some(2),
            ..Options::default()
        };
        change(&mut options);
        let server = Server::start(options).unwrap();
        Self {
            address: server.address(),
            tls: server.is_secure().then(|| CERTIFICATE.client()),
            server: Some(server),
        }
    }

    /// As it stands in a `Host` header.
    pub(crate) fn authority(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// A connection, through TLS where the server speaks it.
    pub(crate) fn connect(&self) -> Stream {
        let tcp = TcpStream::connect(self.address).unwrap();
        self.over(tcp)
    }

    /// The same over a socket that is connected already.
    pub(crate) fn over(&self, tcp: TcpStream) -> Stream {
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        tcp.set_write_timeout(Some(PATIENCE)).unwrap();
        tcp.set_nodelay(true).unwrap();
        let Some(config) = &self.tls else {
            return Stream::Plain(tcp);
        };
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::clone(config), name).unwrap();
        Stream::Tls(Box::new(StreamOwned::new(session, tcp)))
    }

    /// Trusts another certificate than that of all tests.
    pub(crate) fn trust(&mut self, certificate: &Certificate) {
        self.tls = Some(certificate.client());
    }

    pub(crate) fn reload_certificate(&self) {
        let server = self.server.as_ref().unwrap();
        server.reload_certificate().unwrap();
    }

    /// Stops the server; returns when it has.
    pub(crate) fn stop(mut self) {
        self.server.take().unwrap().stop();
    }

    /// How many connections the server counts, but for the one that asks.
    pub(crate) fn n_connections(&self) -> u64 {
        let health = Raw::connect(self).get("/health").json();
        health["connections"].as_u64().unwrap() - 1
    }

    /// Waits until the server counts so many connections.
    pub(crate) fn wait_for_connections(&self, expected: u64) {
        until(&format!("there are {expected} connections"), || {
            self.n_connections() == expected
        });
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

/// Runs a test over plain TCP, and then over TLS.
pub(crate) fn each_way(test: impl Fn(&TestServer)) {
    each_way_limited(|_| {}, test);
}

/// The same with limits that are changed.
pub(crate) fn each_way_limited(change: impl Fn(&mut Limits), test: impl Fn(&TestServer)) {
    for tls in [None, Some(CERTIFICATE.source())] {
        eprintln!("over TLS: {}", tls.is_some());
        let server = TestServer::start_with(|options| {
            options.tls = tls;
            change(&mut options.limits);
        });
        test(&server);
    }
}

/// Asks until the answer is yes.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::yield_now();
    }
}

/// A certificate for `localhost` in files of its own.
pub(crate) struct Certificate {
    cert: PathBuf,
    key: PathBuf,
}

impl Certificate {
    pub(crate) fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let file = |kind| folder.join(format!("{name}-{}-{kind}.pem", std::process::id()));
        let certificate = Self {
            cert: file("cert"),
            key: file("key"),
        };
        certificate.renew();
        certificate
    }

    /// Writes a fresh pair into the files.
    pub(crate) fn renew(&self) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&self.cert, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&self.key, key.serialize_pem()).unwrap();
    }

    pub(crate) fn source(&self) -> TlsSource {
        TlsSource::Files {
            cert: self.cert.clone(),
            key: self.key.clone(),
        }
    }

    /// A client that trusts this certificate alone.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.cert).unwrap()
    }
}

/// The bytes to and from a server.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &tls.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
