//! A certificate and its key from PEM files.

use std::fs;
use std::path::Path;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::{Role, TlsError};

/// Reads both files, and checks that they are a pair.
pub(super) fn load(
    cert: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(cert, &read(Role::Certificate, cert)?)?;
    let private = private_key(key, &read(Role::Key, key)?)?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| {
        let (cert, key) = (cert.to_owned(), key.to_owned());
        match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { cert, key }
            }
            source => TlsError::Unusable { cert, key, source },
        }
    })
}

fn read(role: Role, path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read {
        role,
        path: path.to_owned(),
        source,
    })
}

fn certificates(path: &Path, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(TlsError::NoCertificate {
            path: path.to_owned(),
        }),
        Ok(chain) => Ok(chain),
        Err(source) => Err(TlsError::Pem {
            role: Role::Certificate,
            path: path.to_owned(),
            source,
        }),
    }
}

fn private_key(path: &Path, text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    let path = path.to_owned();
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        _ if is_encrypted(text) => TlsError::EncryptedKey { path },
        pem::Error::NoItemsFound => TlsError::NoKey { path },
        source => TlsError::Pem {
            role: Role::Key,
            path,
            source,
        },
    })
}

/// Whether there is a key with a password, as PKCS #8 says it or as OpenSSL did before.
fn is_encrypted(text: &[u8]) -> bool {
    let has = |mark: &str| {
        text.windows(mark.len())
            .any(|window| window == mark.as_bytes())
    };
    has("-----BEGIN ENCRYPTED PRIVATE KEY-----") || has("Proc-Type: 4,ENCRYPTED")
}
