//! A channel's name, and the namespace that says how the channel behaves.

use std::fmt;
use std::sync::Arc;

/// The longest name of a channel, its namespace included.
pub const CHANNEL_NAME_BYTES_MAX: usize = 255;

/// What stands before the name of a channel that wants a token.
pub const GUARDED: char = '$';

/// What the text before a channel name's first `:` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// `room:` is the chat; what is said there is in the durable log.
    Room,
    /// `live:` is for what is worth nothing a moment later: positions in a
    /// game, cursors, media. Nothing is counted or kept.
    Live,
    /// `feed:` is for notifications and dashboards. Only the application's
    /// server publishes there; see [`Feeds`](crate::Feeds).
    Feed,
}

/// What becomes of a publication once it has been delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: it has no offset and cannot be asked for.
    Nothing,
    /// It is in memory for a while.
    Briefly,
    /// It is on disk before anybody hears of it.
    Durably,
}

impl Namespace {
    /// All namespaces.
    pub const ALL: [Self; 3] = [Self::Room, Self::Live, Self::Feed];

    /// What is kept of the channels of this namespace.
    #[must_use]
    pub fn kept(self) -> Kept {
        match self {
            Self::Room => Kept::Durably,
            Self::Live => Kept::Nothing,
            Self::Feed => Kept::Briefly,
        }
    }

    /// Whether those who are subscribed may publish; else only the
    /// application's server does.
    #[must_use]
    pub fn is_open_to_members(self) -> bool {
        self != Self::Feed
    }

    /// The text before the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Live => "live",
            Self::Feed => "feed",
        }
    }
}

/// The name of a channel, such as `room:general`; one that exists is valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelName {
    namespace: Namespace,
    text: Arc<str>,
}

/// Why a text is no channel's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidChannelName {
    /// Nothing stands behind the colon.
    #[error("the name of the channel is empty")]
    Empty,
    /// It is longer than [`CHANNEL_NAME_BYTES_MAX`].
    #[error("the name of the channel has {bytes} bytes, the limit is {bytes_max}")]
    TooLong {
        /// How many it has, the namespace included.
        bytes: usize,
        /// How many it may have.
        bytes_max: usize,
    },
}

impl ChannelName {
    /// The channel `name` of a namespace.
    ///
    /// # Errors
    /// If `name` is empty, or too long together with its namespace.
    pub fn new(namespace: Namespace, name: &str) -> Result<Self, InvalidChannelName> {
        if name.is_empty() {
            return Err(InvalidChannelName::Empty);
        }
        Self::of(namespace, format!("{}:{name}", namespace.as_str()))
    }

    fn of(namespace: Namespace, text: String) -> Result<Self, InvalidChannelName> {
        if text.len() > CHANNEL_NAME_BYTES_MAX {
            let (bytes, bytes_max) = (text.len(), CHANNEL_NAME_BYTES_MAX);
            return Err(InvalidChannelName::TooLong { bytes, bytes_max });
        }
        Ok(Self {
            namespace,
            text: text.into(),
        })
    }

    /// The channel of the same name that wants a token: `$room:general` is
    /// another one than `room:general`, and behaves alike.
    ///
    /// # Errors
    /// If it is too long together with its mark.
    pub fn guarded(namespace: Namespace, name: &str) -> Result<Self, InvalidChannelName> {
        let open = Self::new(namespace, name)?;
        Self::of(namespace, format!("{GUARDED}{open}"))
    }

    /// Whether only those may subscribe to whom a token gives it.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.text.starts_with(GUARDED)
    }

    /// The namespace, which says how the channel behaves.
    #[must_use]
    pub fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// The whole name, such as `room:general`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_namespace_and_a_limit() {
        let name = ChannelName::new(Namespace::Room, "général").unwrap();
        assert_eq!(name.as_str(), "room:général");
        assert_eq!(
            ChannelName::new(Namespace::Live, ""),
            Err(InvalidChannelName::Empty)
        );

        let guarded = ChannelName::guarded(Namespace::Room, "général").unwrap();
        assert_eq!(guarded.as_str(), "$room:général");
        assert!(guarded.is_guarded() && !name.is_guarded());
        assert_ne!(guarded, name);

        let longest = "x".repeat(CHANNEL_NAME_BYTES_MAX - "room:".len());
        assert!(ChannelName::new(Namespace::Room, &longest).is_ok());
        let error = ChannelName::new(Namespace::Room, &(longest + "x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the name of the channel has 256 bytes, the limit is 255"
        );
    }
}
