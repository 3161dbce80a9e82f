//! Errors: how a command fails while its connection stays.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{Fields, Object};
use super::read;

/// The protocol's own errors. Below 400 they are all its own; an application
/// numbers its errors from 400 to 1999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// Something broke on our side.
    Internal,
    /// Nobody knows who is asking.
    Unauthorized,
    /// There is no such namespace.
    UnknownChannel,
    /// Who is asking may not.
    PermissionDenied,
    /// There is no such call.
    MethodNotFound,
    /// The connection has that subscription, or is about to.
    AlreadySubscribed,
    /// The connection has all the subscriptions that it may have.
    LimitExceeded,
    /// The request makes sense to the protocol, and not to the channel.
    BadRequest,
    /// The channel or the server does not have what is asked for.
    NotAvailable,
    /// The token was good once; the client fetches another.
    TokenExpired,
    /// The connection was over before it began.
    Expired,
    /// Too much in too short a time.
    TooManyRequests,
    /// What was published since cannot be told any more.
    UnrecoverablePosition,
    /// What is being read page by page has changed.
    ConcurrentPagination,
}

impl ErrorCode {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Internal,
        Self::Unauthorized,
        Self::UnknownChannel,
        Self::PermissionDenied,
        Self::MethodNotFound,
        Self::AlreadySubscribed,
        Self::LimitExceeded,
        Self::BadRequest,
        Self::NotAvailable,
        Self::TokenExpired,
        Self::Expired,
        Self::TooManyRequests,
        Self::UnrecoverablePosition,
        Self::ConcurrentPagination,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.row().0
    }

    /// The text on the wire.
    #[must_use]
    pub const fn message(self) -> &'static str {
        self.row().1
    }

    /// Whether the same command may succeed later.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::Internal | Self::TooManyRequests | Self::ConcurrentPagination
        )
    }

    const fn row(self) -> (u32, &'static str) {
        match self {
            Self::Internal => (100, "internal server error"),
            Self::Unauthorized => (101, "unauthorized"),
            Self::UnknownChannel => (102, "unknown channel"),
            Self::PermissionDenied => (103, "permission denied"),
            Self::MethodNotFound => (104, "method not found"),
            Self::AlreadySubscribed => (105, "already subscribed"),
            Self::LimitExceeded => (106, "limit exceeded"),
            Self::BadRequest => (107, "bad request"),
            Self::NotAvailable => (108, "not available"),
            Self::TokenExpired => (109, "token expired"),
            Self::Expired => (110, "expired"),
            Self::TooManyRequests => (111, "too many requests"),
            Self::UnrecoverablePosition => (112, "unrecoverable position"),
            Self::ConcurrentPagination => (113, "concurrent pagination"),
        }
    }
}

/// An error as a reply carries it: one of the protocol's or the application's.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Error<'a> {
    /// The number, for programs.
    #[serde(deserialize_with = "read::nullable")]
    pub code: u32,
    /// What is wrong, for people.
    #[serde(borrow, deserialize_with = "read::text")]
    pub message: Cow<'a, str>,
    /// Whether the same command may succeed later.
    #[serde(deserialize_with = "read::nullable")]
    pub temporary: bool,
}

impl From<ErrorCode> for Error<'_> {
    fn from(code: ErrorCode) -> Self {
        Self {
            code: code.code(),
            message: code.message().into(),
            temporary: code.is_temporary(),
        }
    }
}

impl Fields for Error<'_> {
    fn fields(&self, object: &mut Object<'_>) {
        object.field("code", self.code);
        object.field("message", &*self.message);
        object.field("temporary", self.temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_protocols() {
        let rows = ErrorCode::ALL.map(|error| {
            let temporary = if error.is_temporary() {
                " temporary"
            } else {
                ""
            };
            format!("{} {}{temporary}", error.code(), error.message())
        });
        assert_eq!(
            rows.join("\n"),
            "100 internal server error temporary\n\
             101 unauthorized\n\
             102 unknown channel\n\
             103 permission denied\n\
             104 method not found\n\
             105 already subscribed\n\
             106 limit exceeded\n\
             107 bad request\n\
             108 not available\n\
             109 token expired\n\
             110 expired\n\
             111 too many requests temporary\n\
             112 unrecoverable position\n\
             113 concurrent pagination temporary"
        );
    }
}
