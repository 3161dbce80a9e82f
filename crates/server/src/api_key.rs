//! The key of the HTTP API: given, or made at the first start and kept in the
//! data directory, readable for its owner alone.

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use uuid::Uuid;

/// The file in the data directory that holds the key.
const KEY_FILE: &str = "api-key";

/// The shortest key of the API or of tokens: 256 bits, as RFC 7518 §3.2 asks
/// for HS256.
pub const KEY_BYTES_MIN: usize = 32;

/// A key that is compared in constant time.
pub(crate) struct ApiKey(Box<[u8]>);

impl ApiKey {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(key.into())
    }

    /// The key in the data directory, made if there is none.
    pub(crate) fn of(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        match fs::read(&path) {
            Ok(key) if key.trim_ascii().len() >= KEY_BYTES_MIN => Ok(Self::new(key.trim_ascii())),
            Ok(_) => Err(io::Error::other(format!(
                "{} holds less than {KEY_BYTES_MIN} bytes; remove it to have a new key made",
                path.display()
            ))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = random_key();
                let mut file = fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)?;
                writeln!(file, "{key}")?;
                file.sync_all()?;
                Ok(Self::new(key.as_bytes()))
            }
            Err(error) => Err(error),
        }
    }

    /// A key that nobody knows: the API is closed.
    pub(crate) fn unknown() -> Self {
        Self::new(random_key().as_bytes())
    }

    /// Whether this is the key. How long it takes tells nothing but whether
    /// the length is right.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        let pairs = self.0.iter().zip(given);
        let differences = pairs.fold(0, |all, (ours, theirs)| black_box(all | (ours ^ theirs)));
        self.0.len() == given.len() && differences == 0
    }
}

/// 244 random bits from the system, as 64 hexadecimal digits.
fn random_key() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_the_key_is_the_key() {
        let key = ApiKey::new(b"0123");
        assert!(key.is(b"0123"));
        for wrong in [&b""[..], b"012", b"0124", b"01234", b"1123"] {
            assert!(!key.is(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let dir = std::env::temp_dir().join(format!("palabre-key-{}", Uuid::new_v4()));
        fs::create_dir(&dir).unwrap();
        let first = ApiKey::of(&dir).unwrap();
        let path = dir.join(KEY_FILE);
        let text = fs::read_to_string(&path).unwrap();
        assert!(first.is(text.trim_end().as_bytes()));
        assert!(ApiKey::of(&dir).unwrap().is(text.trim_end().as_bytes()));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, b"short").unwrap();
        let error = ApiKey::of(&dir).err().unwrap();
        assert!(error.to_string().contains("remove it"));
        fs::remove_dir_all(&dir).unwrap();
    }
}
