//! TLS: where the certificate comes from, and how it changes while the server runs.
//!
//! ```text
//! TlsSource ──load──▶ Tls ──acceptor──▶ one TlsAcceptor, cloned per connection
//!     ▲                │ reload                │ asks at each handshake
//!     └── read again ──┴──▶ certificate ◀──────┘
//! ```
//!
//! There is one rustls configuration for the life of the server; what a reload replaces is the
//! certificate that it asks for at each handshake. So connections that stand are not disturbed,
//! an acceptor that a shard holds is never out of date, and the keys of session tickets survive: a
//! browser that comes back after a renewal still resumes without a full handshake. Where a reload
//! fails, the certificate that was in force stays so.
//!
//! The cryptography is aws-lc-rs, named here and not installed for the process, so that no other
//! library in the tree can decide it first. ALPN offers `http/1.1` alone: WebSocket over HTTP/2 is
//! another handshake (RFC 8441), and a browser that is offered `h2` would try it.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

mod files;
mod self_signed;

/// Where the certificate and its key come from.
#[derive(Clone, Debug)]
pub enum TlsSource {
    /// From PEM files: `--tls-cert` and `--tls-key`, which may be one and the same.
    Files {
        /// The server's certificate first, then those that lead to a root.
        cert: PathBuf,
        /// The key, not encrypted: PKCS #8, SEC 1 or PKCS #1.
        key: PathBuf,
    },
    /// `--tls self-signed`: made here, and kept so that a browser's exception for it lasts.
    SelfSigned {
        /// The folder that keeps it, made where it is missing.
        data_dir: PathBuf,
        /// The address the server listens on; the certificate names it beside `localhost`.
        address: IpAddr,
    },
}

/// TLS, ready for connections.
pub(crate) struct Tls {
    source: TlsSource,
    certificate: Arc<InForce>,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Loads the certificate, or makes it.
    pub(crate) fn load(source: TlsSource) -> Result<Tls, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificate = Arc::new(InForce(RwLock::new(source.certificate(&provider)?)));
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Provider)?;
        let mut config = builder
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Provider)?;
        Ok(Tls {
            source,
            certificate,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// Reads the source again; handshakes from now on get what it holds.
    ///
    /// On an error all stays as it was. It reads files (and may write the self-signed one), so it
    /// is for a signal's handler, not for a connection's path.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let fresh = self.source.certificate(&aws_lc_rs::default_provider())?;
        *self
            .certificate
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What accepts connections: an `Arc`, cheap to clone and good for as long as the server runs.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

impl TlsSource {
    fn certificate(&self, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
        match self {
            TlsSource::Files { cert, key } => files::load(cert, key, provider),
            TlsSource::SelfSigned { data_dir, address } => {
                self_signed::load(data_dir, *address, provider)
            }
        }
        .map(Arc::new)
    }
}

/// The certificate in force. The lock guards one pointer, for as long as a clone of it takes.
#[derive(Debug)]
struct InForce(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for InForce {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(
            &self.0.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

/// Which of the two files an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `--tls-cert`
    Certificate,
    /// `--tls-key`
    Key,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Certificate => "--tls-cert",
            Role::Key => "--tls-key",
        })
    }
}

/// Why there is no TLS, with what to do about it. The cause, where there is one, is the `source`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file is missing, or not ours to read.
    #[error("cannot read {}, given as {role}", path.display())]
    Read {
        /// What the file is for.
        role: Role,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is damaged.
    #[error("{}, given as {role}, is not a valid PEM file", path.display())]
    Pem {
        /// What the file is for.
        role: Role,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The file holds something else.
    #[error(
        "no certificate in {}, given as --tls-cert; \
         it must be PEM text with a '-----BEGIN CERTIFICATE-----'",
        path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error(
        "no private key in {}, given as --tls-key; it must be PEM text with a \
         '-----BEGIN PRIVATE KEY-----' (or 'EC PRIVATE KEY', or 'RSA PRIVATE KEY')",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The file would do if it had no password.
    #[error(
        "the private key in {0} is encrypted; \
         take the password off with: openssl pkey -in {0} -out key.pem",
        path.display()
    )]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// Both are fine, but they are not a pair.
    #[error(
        "the key in {} does not belong to the first certificate in {}; \
         give the pair that was issued together, the server's own certificate first",
        key.display(), cert.display()
    )]
    Mismatch {
        /// The file with the certificate.
        cert: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// PEM on the outside, but not what it says on the inside.
    #[error("cannot use the certificate in {} with the key in {}", cert.display(), key.display())]
    Unusable {
        /// The file with the certificate.
        cert: PathBuf,
        /// The file with the key.
        key: PathBuf,
        /// What rustls says of them.
        source: rustls::Error,
    },
    /// The self-signed certificate could not be made.
    #[error("cannot make a self-signed certificate")]
    Make(#[source] rcgen::Error),
    /// The self-signed certificate could not be kept.
    #[error(
        "cannot keep the self-signed certificate in {}; choose another data directory",
        path.display()
    )]
    Keep {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The cryptographic library does not work: no randomness, say.
    #[error("cannot set up TLS")]
    Provider(#[source] rustls::Error),
}

#[cfg(test)]
mod tests;
