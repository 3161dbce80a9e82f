//! Who somebody is: tokens, and the secret that signs them.
//!
//! A token is a JSON Web Token (RFC 7519) signed with HS256. Whoever comes
//! without one is given one, for a user id that is new; the page keeps it, so
//! that "my own message" can be told without an account. An application signs
//! tokens for its own users with the key that `--token-key` gives us both.
//!
//! | claim | meaning |
//! |---|---|
//! | `sub` | the user id |
//! | `exp` | when the token ends, in seconds since 1970; missing: never |
//! | `nbf` | before this it counts as ended |
//! | `name` | a name that the token vouches for |
//! | `info` | what others are shown of the user, as JSON |
//! | `channel` | the channel to which it lets subscribe, instead of connect |
//!
//! Subscriptions are the application's to give: our own secret signs none.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use bytes::Bytes;
use engine::{Grant, Identities, Identity, Now, TokenError};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The file in the data directory that holds our own secret.
pub(crate) const SECRET_FILE: &str = "secret";

/// Bytes of a secret: as many as SHA-256 gives (RFC 7518 §3.2).
const SECRET_BYTES: usize = 32;

/// What stands before the id of who has no account.
const ANONYMOUS: &str = "anon:";

#[derive(Default, Serialize, Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    info: Option<Box<RawValue>>,
    /// A subscription's token names its channel; it lets nobody connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
}

/// The keys that we trust.
pub(crate) struct Tokens {
    own: EncodingKey,
    /// Our own first, then the application's.
    trusted: Vec<DecodingKey>,
}

impl Tokens {
    /// Trusts our own secret, and the application's key if it has one.
    pub(crate) fn new(secret: &[u8], application: Option<&[u8]>) -> Self {
        let trusted = std::iter::once(secret).chain(application);
        Self {
            own: EncodingKey::from_secret(secret),
            trusted: trusted.map(DecodingKey::from_secret).collect(),
        }
    }

    fn claims(&self, token: &str, keys: &[DecodingKey], now: Now) -> Result<Claims, TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        // The time is passed in, here as everywhere.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = keys.iter().find_map(|key| {
            match jsonwebtoken::decode::<Claims>(token, key, &validation) {
                Ok(token) => Some(Ok(token.claims)),
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => None,
                Err(_) => Some(Err(TokenError::Invalid)),
            }
        });
        let claims = claims.ok_or(TokenError::Invalid)??;
        let now_s = now.unix_ms / 1000;
        let is_over = claims.exp.is_some_and(|ends_s| ends_s <= now_s);
        let is_to_come = claims.nbf.is_some_and(|begins_s| begins_s > now_s);
        match is_over || is_to_come {
            true => Err(TokenError::Expired),
            false => Ok(claims),
        }
    }
}

impl Identities for Tokens {
    fn verify(&self, token: &str, now: Now) -> Result<Identity, TokenError> {
        let claims = self.claims(token, &self.trusted, now)?;
        if claims.channel.is_some() {
            return Err(TokenError::Invalid);
        }
        Ok(Identity {
            user: claims.sub.into(),
            name: claims.name.map(Into::into),
            info: claims.info.as_deref().map(bytes),
            expires_s: claims.exp,
        })
    }

    fn verify_subscription(&self, token: &str, now: Now) -> Result<Grant, TokenError> {
        let claims = self.claims(token, &self.trusted[1..], now)?;
        Ok(Grant {
            user: claims.sub.into(),
            channel: claims.channel.ok_or(TokenError::Invalid)?.into(),
            info: claims.info.as_deref().map(bytes),
            expires_s: claims.exp,
        })
    }

    fn issue(&self, _: Now) -> (Identity, String) {
        let user = format!("{ANONYMOUS}{}", Uuid::new_v4().simple());
        let claims = Claims {
            sub: user.clone(),
            ..Claims::default()
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.own)
            .expect("claims of text can be signed");
        let identity = Identity {
            user: user.into(),
            ..Identity::default()
        };
        (identity, token)
    }
}

fn bytes(info: &RawValue) -> Bytes {
    info.get().to_owned().into()
}

/// The secret of this server: kept in the data directory, made on the first
/// start, readable for its owner alone.
pub(crate) fn secret(data_dir: &Path) -> io::Result<Vec<u8>> {
    let path = data_dir.join(SECRET_FILE);
    match fs::read(&path) {
        Ok(secret) if secret.len() == SECRET_BYTES => Ok(secret),
        Ok(_) => Err(io::Error::other(format!(
            "{} is damaged; remove it to make a new one, which makes visitors new users",
            path.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random_secret();
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(&secret)?;
            file.sync_all()?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

/// A secret that ends with the process.
pub(crate) fn random_secret() -> Vec<u8> {
    // Two UUIDs of version 4 hold 244 random bits from the system.
    let halves = [Uuid::new_v4(), Uuid::new_v4()];
    halves.iter().flat_map(|half| *half.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix_s: u64) -> Now {
        Now {
            unix_ms: unix_s * 1000,
            ..Now::default()
        }
    }

    fn sign(claims: &serde_json::Value, key: &[u8]) -> String {
        let header = Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(key)).unwrap()
    }

    #[test]
    fn an_identity_that_was_issued_is_accepted_again() {
        let tokens = Tokens::new(b"ours", None);
        let (identity, token) = tokens.issue(at(7));
        assert!(identity.user.starts_with("anon:"));
        assert_eq!(tokens.verify(&token, at(1 << 33)), Ok(identity));
        assert_ne!(tokens.issue(at(7)).0, tokens.issue(at(7)).0);
    }

    #[test]
    fn an_application_vouches_for_its_users() {
        let tokens = Tokens::new(b"ours", Some(b"theirs"));
        let claims = serde_json::json!({"sub":"42","exp":100,"name":"Aïcha","info":{"x":1}});
        let token = sign(&claims, b"theirs");
        let identity = tokens.verify(&token, at(99)).unwrap();
        assert_eq!(&*identity.user, "42");
        assert_eq!(identity.name.as_deref(), Some("Aïcha"));
        assert_eq!(identity.info.as_deref(), Some(&br#"{"x":1}"#[..]));
        assert_eq!(identity.expires_s, Some(100));
        assert_eq!(tokens.verify(&token, at(100)), Err(TokenError::Expired));
    }

    #[test]
    fn what_nobody_we_trust_has_signed_is_invalid() {
        let tokens = Tokens::new(b"ours", Some(b"theirs"));
        let claims = serde_json::json!({"sub":"42"});
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.";
        for token in ["", "x", unsigned, &sign(&claims, b"a stranger's")] {
            assert_eq!(
                tokens.verify(token, at(1)),
                Err(TokenError::Invalid),
                "{token}"
            );
        }
        let of_a_subscription = sign(&serde_json::json!({"sub":"42","channel":"c"}), b"ours");
        assert_eq!(
            tokens.verify(&of_a_subscription, at(1)),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn a_subscription_is_the_applications_to_give() {
        let tokens = Tokens::new(b"ours", Some(b"theirs"));
        let claims = serde_json::json!({
            "sub": "42", "channel": "$room:tea", "exp": 100, "nbf": 50, "info": {"x": 1},
        });
        let token = sign(&claims, b"theirs");
        let grant = tokens.verify_subscription(&token, at(99)).unwrap();
        assert_eq!((&*grant.user, &*grant.channel), ("42", "$room:tea"));
        assert_eq!(grant.info.as_deref(), Some(&br#"{"x":1}"#[..]));
        assert_eq!(grant.expires_s, Some(100));
        let verify = |token: &str, at_s| tokens.verify_subscription(token, at(at_s)).err();
        assert_eq!(verify(&token, 100), Some(TokenError::Expired));
        assert_eq!(verify(&token, 49), Some(TokenError::Expired));
        for key in [b"ours".as_slice(), b"a stranger's"] {
            assert_eq!(verify(&sign(&claims, key), 99), Some(TokenError::Invalid));
        }
        let to_connect = sign(&serde_json::json!({"sub": "42"}), b"theirs");
        assert_eq!(verify(&to_connect, 1), Some(TokenError::Invalid));
        let without_key = Tokens::new(b"ours", None);
        assert!(without_key.verify_subscription(&token, at(99)).is_err());
    }

    #[test]
    fn a_secret_is_made_once() {
        let dir = std::env::temp_dir().join(format!("palabre-secret-{}", Uuid::new_v4()));
        fs::create_dir(&dir).unwrap();
        let first = secret(&dir).unwrap();
        assert_eq!(secret(&dir).unwrap(), first);
        fs::write(dir.join(SECRET_FILE), b"short").unwrap();
        assert!(secret(&dir).unwrap_err().to_string().contains("remove it"));
        fs::remove_dir_all(&dir).unwrap();
    }
}
