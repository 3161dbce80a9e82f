//! The options of TLS: a certificate made here, or one from files.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::ValueEnum;
use server::TlsSource;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsArgs {
    /// Speak https and wss with a certificate made here, for trying it out.
    #[arg(long, value_name = "KIND", conflicts_with_all = ["tls_cert", "tls_key"], env = "PALABRE_TLS")]
    tls: Option<TlsKind>,

    /// Speak https and wss with this certificate, a PEM file with its chain.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        env = "PALABRE_TLS_CERT"
    )]
    tls_cert: Option<PathBuf>,

    /// The key of the certificate, a PEM file.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        env = "PALABRE_TLS_KEY"
    )]
    tls_key: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TlsKind {
    /// Kept in the data folder, so that a browser asks about it once.
    SelfSigned,
}

impl TlsArgs {
    /// Where the certificate comes from; `None` to speak no TLS.
    pub(super) fn into_source(self, data_dir: PathBuf, listen: SocketAddr) -> Option<TlsSource> {
        match (self.tls, self.tls_cert, self.tls_key) {
            (Some(TlsKind::SelfSigned), _, _) => Some(TlsSource::SelfSigned {
                data_dir,
                address: listen.ip(),
            }),
            (None, Some(cert), Some(key)) => Some(TlsSource::Files { cert, key }),
            _ => None,
        }
    }
}
