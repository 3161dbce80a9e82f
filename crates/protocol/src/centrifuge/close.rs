//! Close codes: how a connection ends, and whether its client comes back.

/// Why the server closes a connection. The status of the close frame is the
/// code and its text the reason; what the client does follows from the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseCode {
    /// The peer is gone; nobody is left to tell.
    ConnectionClosed,
    /// The server stops.
    Shutdown,
    /// Something broke on our side.
    Internal,
    /// The connection was not refreshed in time.
    Expired,
    /// A subscription that the server made was not.
    SubscriptionExpired,
    /// The client reads slower than is written to it.
    Slow,
    /// A write failed, or took too long.
    WriteError,
    /// The connection lost its place in a channel that the server chose.
    InsufficientState,
    /// The server wants the client to connect anew.
    ForceReconnect,
    /// A ping was not answered.
    NoPong,
    /// Too much in too short a time.
    TooManyRequests,
    /// What the client knows is void: its token, its places.
    StateInvalidated,
    /// The token is not signed as it should be, or is another's.
    InvalidToken,
    /// What came is no command, or none that makes sense here.
    BadRequest,
    /// The connection never said `connect`.
    Stale,
    /// The server wants the client to stay away.
    ForceDisconnect,
    /// The user has all the connections that one may have.
    ConnectionLimit,
    /// The connection has all the subscriptions that it may have.
    ChannelLimit,
    /// A payload that this form of the protocol cannot carry.
    InappropriateProtocol,
    /// Who connects may not.
    PermissionDenied,
    /// There is nobody here who would take a `send`.
    NotAvailable,
    /// One mistake after the other.
    TooManyErrors,
}

impl CloseCode {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 22] = [
        Self::ConnectionClosed,
        Self::Shutdown,
        Self::Internal,
        Self::Expired,
        Self::SubscriptionExpired,
        Self::Slow,
        Self::WriteError,
        Self::InsufficientState,
        Self::ForceReconnect,
        Self::NoPong,
        Self::TooManyRequests,
        Self::StateInvalidated,
        Self::InvalidToken,
        Self::BadRequest,
        Self::Stale,
        Self::ForceDisconnect,
        Self::ConnectionLimit,
        Self::ChannelLimit,
        Self::InappropriateProtocol,
        Self::PermissionDenied,
        Self::NotAvailable,
        Self::TooManyErrors,
    ];

    /// The status of the close frame.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.row().0
    }

    /// The text of the close frame.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().1
    }

    /// Whether the client comes back by itself.
    #[must_use]
    pub const fn reconnects(self) -> bool {
        reconnects(self.code())
    }

    const fn row(self) -> (u16, &'static str) {
        match self {
            Self::ConnectionClosed => (3000, "connection closed"),
            Self::Shutdown => (3001, "shutdown"),
            Self::Internal => (3004, "internal server error"),
            Self::Expired => (3005, "connection expired"),
            Self::SubscriptionExpired => (3006, "subscription expired"),
            Self::Slow => (3008, "slow"),
            Self::WriteError => (3009, "write error"),
            Self::InsufficientState => (3010, "insufficient state"),
            Self::ForceReconnect => (3011, "force reconnect"),
            Self::NoPong => (3012, "no pong"),
            Self::TooManyRequests => (3013, "too many requests"),
            Self::StateInvalidated => (3014, "state invalidated"),
            Self::InvalidToken => (3500, "invalid token"),
            Self::BadRequest => (3501, "bad request"),
            Self::Stale => (3502, "stale"),
            Self::ForceDisconnect => (3503, "force disconnect"),
            Self::ConnectionLimit => (3504, "connection limit"),
            Self::ChannelLimit => (3505, "channel limit"),
            Self::InappropriateProtocol => (3506, "inappropriate protocol"),
            Self::PermissionDenied => (3507, "permission denied"),
            Self::NotAvailable => (3508, "not available"),
            Self::TooManyErrors => (3509, "too many errors"),
        }
    }
}

/// Whether a client comes back by itself after a close with `code`, be it one
/// of WebSocket's, of the protocol's or of an application's (4000 to 4999).
#[must_use]
pub const fn reconnects(code: u16) -> bool {
    !matches!(code, 3500..=3999 | 4500..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_protocols() {
        let rows = CloseCode::ALL.map(|close| {
            let returns = if close.reconnects() { "back" } else { "gone" };
            format!("{} {}, {returns}", close.code(), close.reason())
        });
        assert_eq!(
            rows.join("\n"),
            "3000 connection closed, back\n\
             3001 shutdown, back\n\
             3004 internal server error, back\n\
             3005 connection expired, back\n\
             3006 subscription expired, back\n\
             3008 slow, back\n\
             3009 write error, back\n\
             3010 insufficient state, back\n\
             3011 force reconnect, back\n\
             3012 no pong, back\n\
             3013 too many requests, back\n\
             3014 state invalidated, back\n\
             3500 invalid token, gone\n\
             3501 bad request, gone\n\
             3502 stale, gone\n\
             3503 force disconnect, gone\n\
             3504 connection limit, gone\n\
             3505 channel limit, gone\n\
             3506 inappropriate protocol, gone\n\
             3507 permission denied, gone\n\
             3508 not available, gone\n\
             3509 too many errors, gone"
        );
    }

    #[test]
    fn others_codes_go_by_their_range() {
        for (codes, back) in [
            (0..=3499, true),
            (3500..=3999, false),
            (4000..=4499, true),
            (4500..=4999, false),
            (5000..=u16::MAX, true),
        ] {
            assert!(codes.into_iter().all(|code| reconnects(code) == back));
        }
    }

    #[test]
    fn a_reason_fits_a_close_frame() {
        assert!(CloseCode::ALL.iter().all(|c| c.reason().len() <= 123));
    }
}
