//! TLS as a client sees it, over a pipe in memory.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{env, process};

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio_rustls::TlsConnector;

use super::*;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A folder of its own for each test, which goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = env::temp_dir().join(format!("palabre-tls-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.file(name), text).unwrap();
        self.file(name)
    }

    fn self_signed(&self) -> TlsSource {
        TlsSource::SelfSigned {
            data_dir: self.0.clone(),
            address: HERE,
        }
    }

    fn kept(&self) -> String {
        fs::read_to_string(self.file(self_signed::FILE)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A certificate for `localhost` and its key, as PEM.
fn issued() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// A client that trusts the first certificate of this text, and nobody else.
fn client(trusted: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(4);
    Arc::new(config)
}

/// Shakes hands, and sends a byte there and back.
async fn talk(tls: &Tls, client: &Arc<ClientConfig>, name: &str) -> io::Result<HandshakeKind> {
    let (near, far) = duplex(16 * 1024);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connector = TlsConnector::from(Arc::clone(client));
    let acceptor = tls.acceptor();
    let serve = async {
        let mut stream = acceptor.accept(far).await?;
        let byte = stream.read_u8().await?;
        stream.write_u8(byte + 1).await?;
        stream.flush().await
    };
    let ask = async {
        let mut stream = connector.connect(name, near).await?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        stream.write_u8(1).await?;
        assert_eq!(stream.read_u8().await?, 2);
        let kind = stream.get_ref().1.handshake_kind();
        kind.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected))
    };
    // The client's error is the one that says something.
    let (kind, served) = tokio::join!(ask, serve);
    let kind = kind?;
    served?;
    Ok(kind)
}

#[tokio::test]
async fn the_self_signed_certificate_is_kept() {
    let folder = Folder::new("kept");
    let tls = Tls::load(folder.self_signed()).unwrap();
    let kept = folder.kept();
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(
            talk(&tls, &client(&kept), name).await.unwrap(),
            HandshakeKind::Full
        );
    }
    Tls::load(folder.self_signed()).unwrap();
    assert_eq!(
        folder.kept(),
        kept,
        "a restart does not ask the browser again"
    );
    tls.reload().unwrap();
    assert_eq!(folder.kept(), kept, "nor does a reload");
}

#[cfg(unix)]
#[test]
fn the_kept_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    Tls::load(folder.self_signed()).unwrap();
    let mode = fs::metadata(folder.file(self_signed::FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(&folder.0).unwrap().count(),
        1,
        "nothing is left aside"
    );
}

#[test]
fn the_self_signed_certificate_is_renewed_when_it_must_be() {
    let folder = Folder::new("renewed");
    let provider = aws_lc_rs::default_provider();
    let start = SystemTime::now();
    let day = Duration::from_secs(24 * 60 * 60);
    let kept_at = |now: SystemTime, address: IpAddr| {
        self_signed::load_at(now, &folder.0, address, &provider).unwrap();
        folder.kept()
    };
    let lan = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5));
    let first = kept_at(start, HERE);
    assert_eq!(kept_at(start + 334 * day, HERE), first, "a month is left");
    assert_eq!(
        kept_at(start, IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        first,
        "no name is missing"
    );

    let second = kept_at(start + 336 * day, HERE);
    assert_ne!(second, first, "its end is near");
    let third = kept_at(start, lan);
    assert!(
        third.contains("names: localhost, 127.0.0.1, ::1, 192.168.1.5"),
        "{third}"
    );
    assert_eq!(
        kept_at(start, IpAddr::V6(Ipv6Addr::LOCALHOST)),
        third,
        "it has more than is needed"
    );

    folder.write(self_signed::FILE, &third[..third.len() / 2]);
    assert_ne!(kept_at(start, lan), third, "half a file is no certificate");
    folder.write(self_signed::FILE, "");
    assert!(kept_at(start, lan).contains("BEGIN CERTIFICATE"));
}

#[tokio::test]
async fn a_reload_changes_the_certificate() {
    let folder = Folder::new("reload");
    let (first, first_key) = issued();
    let cert = folder.write("cert.pem", &first);
    let key = folder.write("key.pem", &first_key);
    let tls = Tls::load(TlsSource::Files { cert, key }).unwrap();
    talk(&tls, &client(&first), "localhost").await.unwrap();

    // Half of a renewal: the old pair stays in force.
    let (second, second_key) = issued();
    folder.write("cert.pem", &second);
    assert!(matches!(tls.reload(), Err(TlsError::Mismatch { .. })));
    talk(&tls, &client(&first), "localhost").await.unwrap();

    folder.write("key.pem", &second_key);
    tls.reload().unwrap();
    talk(&tls, &client(&second), "localhost").await.unwrap();
    let outdated = talk(&tls, &client(&first), "localhost").await.unwrap_err();
    assert!(outdated.to_string().contains("certificate"), "{outdated}");
}

#[tokio::test]
async fn a_client_resumes_even_after_a_reload() {
    let folder = Folder::new("resume");
    let tls = Tls::load(folder.self_signed()).unwrap();
    let client = client(&folder.kept());
    assert_eq!(
        talk(&tls, &client, "localhost").await.unwrap(),
        HandshakeKind::Full
    );
    assert_eq!(
        talk(&tls, &client, "localhost").await.unwrap(),
        HandshakeKind::Resumed
    );
    tls.reload().unwrap();
    assert_eq!(
        talk(&tls, &client, "localhost").await.unwrap(),
        HandshakeKind::Resumed
    );
}

#[test]
fn one_file_may_hold_both() {
    let folder = Folder::new("both");
    let (cert, key) = issued();
    let both = folder.write("both.pem", &format!("{key}{cert}"));
    Tls::load(TlsSource::Files {
        cert: both.clone(),
        key: both,
    })
    .unwrap();
}

#[test]
fn errors_say_what_to_do() {
    let folder = Folder::new("errors");
    let (cert, key) = issued();
    let (_, other_key) = issued();
    let cert = folder.write("cert.pem", &cert);
    let other_key = folder.write("other.pem", &other_key);
    let key = folder.write("key.pem", &key);
    let empty = folder.write("empty.pem", "nothing");
    let torn = folder.write("torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    let hollow = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let hollow = folder.write("hollow.pem", hollow);
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let locked = folder.write("locked.pem", locked);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAAA\n";
    let old = folder.write("old.pem", &format!("{old}-----END RSA PRIVATE KEY-----\n"));
    let missing = folder.file("missing.pem");

    let table: &[(&Path, &Path, &str)] = &[
        (
            &missing,
            &key,
            "cannot read DIR/missing.pem, given as --tls-cert",
        ),
        (
            &cert,
            &missing,
            "cannot read DIR/missing.pem, given as --tls-key",
        ),
        (
            &empty,
            &key,
            "no certificate in DIR/empty.pem, given as --tls-cert; it must be",
        ),
        (&key, &cert, "no certificate in DIR/key.pem"),
        (
            &cert,
            &cert,
            "no private key in DIR/cert.pem, given as --tls-key; it must be",
        ),
        (
            &torn,
            &key,
            "DIR/torn.pem, given as --tls-cert, is not a valid PEM file",
        ),
        (
            &cert,
            &torn,
            "DIR/torn.pem, given as --tls-key, is not a valid PEM file",
        ),
        (
            &cert,
            &locked,
            "the private key in DIR/locked.pem is encrypted; take the password off",
        ),
        (
            &cert,
            &old,
            "the private key in DIR/old.pem is encrypted; take the password off",
        ),
        (
            &cert,
            &other_key,
            "the key in DIR/other.pem does not belong to the first certificate",
        ),
        (
            &cert,
            &hollow,
            "cannot use the certificate in DIR/cert.pem with the key in DIR/hollow",
        ),
    ];
    for (cert, key, expected) in table {
        let source = TlsSource::Files {
            cert: cert.to_path_buf(),
            key: key.to_path_buf(),
        };
        let error = Tls::load(source)
            .err()
            .expect("it does not load")
            .to_string();
        let error = error.replace(&folder.0.display().to_string(), "DIR");
        assert!(error.starts_with(expected), "{error}");
    }

    let data_dir = empty.join("below-a-file");
    let error = Tls::load(TlsSource::SelfSigned {
        data_dir,
        address: HERE,
    })
    .err()
    .unwrap();
    assert!(
        error
            .to_string()
            .starts_with("cannot keep the self-signed certificate in "),
        "{error}"
    );
}
