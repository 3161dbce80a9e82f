//! A certificate of our own making, for trying out TLS: nobody vouches for it, so that a browser
//! asks once whether to go on.
//!
//! "Once" needs the same certificate after a restart; it is therefore kept, with its key, in one
//! file that only its owner may read. Text outside the PEM blocks is the reader's own (RFC 7468),
//! and holds what is needed to judge the file, so that nothing here has to parse certificates:
//!
//! ```text
//! Palabre made this certificate, for trying out TLS. Delete the file to get another.
//! names: localhost, 127.0.0.1, ::1, workshop
//! renew-after: 1824000000
//! -----BEGIN CERTIFICATE-----
//! …
//! -----BEGIN PRIVATE KEY-----
//! …
//! ```
//!
//! It is made anew when it is missing, damaged, near its end, or lacks a name that is needed. The
//! machine's own name is put in but not asked for: a container has another one at every start.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;

use super::{TlsError, files};

/// The file in the data directory.
pub(super) const FILE: &str = "tls-self-signed.pem";

/// Browsers refuse what is valid for more than 825 days, even from a person's own authority; some
/// ask for less. A year is understood by everyone.
const VALID: Duration = Duration::from_secs(365 * DAY);
const RENEWED_BEFORE_END: Duration = Duration::from_secs(30 * DAY);
const DAY: u64 = 24 * 60 * 60;

/// The certificate that `data_dir` keeps, made or renewed where it has to be.
pub(super) fn load(
    data_dir: &Path,
    address: IpAddr,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    load_at(SystemTime::now(), data_dir, address, provider)
}

pub(super) fn load_at(
    now: SystemTime,
    data_dir: &Path,
    address: IpAddr,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let path = data_dir.join(FILE);
    let needed = needed_names(address);
    let kept = fs::read_to_string(&path).is_ok_and(|text| is_good(&text, &needed, now));
    if kept && let Ok(certificate) = files::load(&path, &path, provider) {
        return Ok(certificate);
    }
    let text = make(&needed, now).map_err(TlsError::Make)?;
    keep(&path, &text).map_err(|source| TlsError::Keep {
        path: path.clone(),
        source,
    })?;
    tracing::info!(file = %path.display(), "made a self-signed certificate");
    files::load(&path, &path, provider)
}

fn needed_names(address: IpAddr) -> Vec<String> {
    let mut addresses = vec![
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    // 0.0.0.0 is every address of the machine; a certificate cannot say that.
    if !address.is_unspecified() && !addresses.contains(&address) {
        addresses.push(address);
    }
    let mut names = vec!["localhost".to_owned()];
    names.extend(addresses.iter().map(IpAddr::to_string));
    names
}

/// Whether the file's own words say that it will do.
fn is_good(text: &str, needed: &[String], now: SystemTime) -> bool {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let names: Vec<&str> = field("names: ").unwrap_or_default().split(", ").collect();
    let renew_after = field("renew-after: ").and_then(|seconds| seconds.parse().ok());
    let renew_after = renew_after.and_then(|s| UNIX_EPOCH.checked_add(Duration::from_secs(s)));
    needed.iter().all(|name| names.contains(&name.as_str()))
        && renew_after.is_some_and(|renew_after| now < renew_after)
}

/// A new certificate and its key, as the text of the file.
fn make(needed: &[String], now: SystemTime) -> Result<String, rcgen::Error> {
    let mut names = needed.to_vec();
    names.extend(machine_name().filter(|name| !needed.contains(name)));

    let mut params = CertificateParams::new(names.clone())?;
    // Clocks differ: a certificate from the future would be refused.
    params.not_before = (now - Duration::from_secs(DAY)).into();
    params.not_after = (now + VALID).into();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Palabre self-signed");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;

    let renew_after = now + VALID - RENEWED_BEFORE_END;
    let renew_after = renew_after
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    Ok(format!(
        "Palabre made this certificate, for trying out TLS. Delete the file to get another.\n\
         names: {}\n\
         renew-after: {renew_after}\n\
         {}{}",
        names.join(", "),
        certificate.pem(),
        key.serialize_pem(),
    ))
}

/// The machine's name, where a certificate can hold it.
fn machine_name() -> Option<String> {
    let uname = rustix::system::uname();
    let name = uname.nodename().to_str().ok()?.to_ascii_lowercase();
    let spelt = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(spelt)).then_some(name)
}

/// Writes the file aside and then puts it in its place, so that there is never half a file; and as
/// its owner's alone from the first byte on, since the key is in it.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let aside = path.with_extension("pem.new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)
}
