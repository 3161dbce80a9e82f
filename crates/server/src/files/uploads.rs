//! Who brings how much: all together, and each user.
//!
//! A user is who a token names. Anybody may have a new one, so what is counted
//! by user keeps one from taking it all by mistake; what keeps the server is
//! what is counted of all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{Bucket, RateLimit};

/// Users that are remembered, each until their rate has come back. Beyond them
/// only those may upload that are.
const USERS_MAX: usize = 10_000;

/// Who uploads now, and who has.
#[derive(Debug)]
pub(crate) struct Uploads {
    rate: RateLimit,
    at_once_max: usize,
    at_once_of_user_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    n_now: usize,
    users: HashMap<Box<str>, User>,
}

#[derive(Debug, Default)]
struct User {
    n_now: usize,
    bucket: Bucket,
}

/// Why somebody may not upload, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The server has as many on their way as it takes.
    Busy,
    /// The user has.
    TooManyAtOnce,
    /// The user has sent many in a short time.
    TooFast,
}

/// An upload that is allowed, until it is dropped.
#[derive(Debug)]
pub(crate) struct Uploading {
    uploads: Arc<Uploads>,
    user: Box<str>,
}

impl Uploads {
    pub(crate) fn new(rate: RateLimit, at_once_max: usize, at_once_of_user_max: usize) -> Self {
        Self {
            rate,
            at_once_max,
            at_once_of_user_max,
            state: Mutex::default(),
        }
    }

    /// Whether a user may bring one more; `now_us` never goes back.
    pub(crate) fn begin(self: &Arc<Self>, user: &str, now_us: u64) -> Result<Uploading, Refused> {
        let state = &mut *self.lock();
        if state.n_now >= self.at_once_max {
            return Err(Refused::Busy);
        }
        if state.users.len() >= USERS_MAX && !state.users.contains_key(user) {
            state
                .users
                .retain(|_, user| user.n_now > 0 || !user.bucket.is_full(now_us));
            if state.users.len() >= USERS_MAX {
                return Err(Refused::Busy);
            }
        }
        let of_user = state.users.entry(user.into()).or_default();
        if of_user.n_now >= self.at_once_of_user_max {
            return Err(Refused::TooManyAtOnce);
        }
        if !of_user.bucket.take(now_us, self.rate) {
            return Err(Refused::TooFast);
        }
        of_user.n_now += 1;
        state.n_now += 1;
        Ok(Uploading {
            uploads: Arc::clone(self),
            user: user.into(),
        })
    }

    /// Every change under the lock is whole, so a poisoned lock is sound.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        let mut state = self.uploads.lock();
        state.n_now -= 1;
        if let Some(user) = state.users.get_mut(&self.user) {
            user.n_now -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_share_and_all_together_a_limit() {
        let rate = RateLimit {
            per_second: 1,
            burst: 3,
        };
        let uploads = Arc::new(Uploads::new(rate, 3, 2));
        let begin = |user: &str, now_us| uploads.begin(user, now_us);
        let first = begin("lea", 0).unwrap();
        let second = begin("lea", 0).unwrap();
        assert_eq!(begin("lea", 0).unwrap_err(), Refused::TooManyAtOnce);
        let third = begin("mo", 0).unwrap();
        assert_eq!(begin("zoe", 0).unwrap_err(), Refused::Busy);
        drop((first, second, third));
        drop(begin("lea", 0).unwrap());
        assert_eq!(begin("lea", 0).unwrap_err(), Refused::TooFast);
        assert!(begin("lea", 1_000_000).is_ok());
    }

    #[test]
    fn users_are_forgotten_when_their_rate_is_back() {
        let rate = RateLimit {
            per_second: 1,
            burst: 1,
        };
        let uploads = Arc::new(Uploads::new(rate, 1, 1));
        for user in 0..USERS_MAX {
            drop(uploads.begin(&user.to_string(), 0).unwrap());
        }
        assert_eq!(uploads.begin("new", 0).unwrap_err(), Refused::Busy);
        assert!(uploads.begin("new", 1_000_000).is_ok());
        assert_eq!(uploads.lock().users.len(), 1);
    }
}
