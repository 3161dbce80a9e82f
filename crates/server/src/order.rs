//! What an application's server wants done with the connections of a user.
//!
//! Nobody knows on which shards a user is, so all shards are told, and each
//! looks at its connections: it costs a look at each of them, and no list of
//! users has to be kept for what is rare.

use engine::{CentrifugeSession, ChannelName};
use uuid::Uuid;

/// An order, for all shards.
#[derive(Debug)]
pub(crate) struct Order {
    /// Whose connections; never empty, since all of the plain dialect have an
    /// empty one.
    pub(crate) user: String,
    /// The only one that is meant, if one is.
    pub(crate) client: Option<Uuid>,
    /// Those that are not meant.
    pub(crate) spared: Vec<Uuid>,
    pub(crate) action: Action,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// End the subscription to a channel; to all where none is named.
    Unsubscribe(Option<ChannelName>),
    /// Close the connection.
    Disconnect { code: u16, reason: String },
}

impl Order {
    /// Whether a connection is meant.
    pub(crate) fn is_for(&self, session: &CentrifugeSession) -> bool {
        let client = session.client();
        *session.user() == *self.user
            && self.client.is_none_or(|one| one == client)
            && !self.spared.contains(&client)
    }
}
