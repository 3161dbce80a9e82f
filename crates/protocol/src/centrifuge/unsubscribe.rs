//! Unsubscribe codes: how the server ends a subscription, and what then.

/// Why the server ends a subscription while the connection stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnsubscribeCode {
    /// The server wants it so.
    Server,
    /// The connection lost its place in the channel.
    InsufficientState,
    /// The subscription was not refreshed in time.
    Expired,
    /// What the client knows is void: its token, its place.
    StateInvalidated,
}

impl UnsubscribeCode {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self::Server,
        Self::InsufficientState,
        Self::Expired,
        Self::StateInvalidated,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.row().0
    }

    /// The text on the wire.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().1
    }

    /// Whether the client subscribes again by itself.
    #[must_use]
    pub const fn resubscribes(self) -> bool {
        self.code() >= 2500
    }

    const fn row(self) -> (u32, &'static str) {
        match self {
            Self::Server => (2000, "server unsubscribe"),
            Self::InsufficientState => (2500, "insufficient state"),
            Self::Expired => (2501, "subscription expired"),
            Self::StateInvalidated => (2502, "state invalidated"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_protocols() {
        let rows = UnsubscribeCode::ALL.map(|end| {
            let then = if end.resubscribes() { "again" } else { "over" };
            format!("{} {}, {then}", end.code(), end.reason())
        });
        assert_eq!(
            rows.join("\n"),
            "2000 server unsubscribe, over\n\
             2500 insufficient state, again\n\
             2501 subscription expired, again\n\
             2502 state invalidated, again"
        );
    }
}
