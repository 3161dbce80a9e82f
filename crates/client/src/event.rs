//! What comes out of the machine.

use std::time::Duration;

use protocol::centrifuge::{self, Error, Json};

/// What the machine wants done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket now; there is none at this time.
    Open,
    /// Send this text as one message.
    Send(String),
    /// Close the socket. Whatever it still says is not to be passed on.
    Close,
}

/// What the machine tells its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// There is a connection.
    Connected {
        /// Its id, which others see.
        client: String,
    },
    /// There is no connection now; there will be.
    Connecting {
        /// How the last one ended.
        problem: Problem,
        /// When the next is tried.
        retry_at: Duration,
    },
    /// There is no connection, nor will there be.
    Disconnected(Problem),
    /// The channel is followed, from here on.
    Subscribed {
        /// Which one.
        channel: String,
        /// Where in it we are; none where nothing is kept.
        position: Option<Position>,
    },
    /// The channel is followed no more.
    Unsubscribed {
        /// Which one.
        channel: String,
        /// Why.
        problem: Problem,
    },
    /// A token has ended, or is about to: give another by
    /// [`Client::set_token`](crate::Client::set_token), or for the connection
    /// by [`Client::set_identity`](crate::Client::set_identity). Until then a
    /// channel that it has ended for is not followed, and nothing connects.
    TokenWanted {
        /// That of this channel; none: that of the connection.
        channel: Option<String>,
    },
    /// Somebody said something.
    Publication {
        /// In which channel.
        channel: String,
        /// What was said.
        publication: Publication,
    },
    /// What came meanwhile cannot be had.
    Gap {
        /// In which channel.
        channel: String,
        /// How much is missing; none where nobody can tell.
        n_missing: Option<u64>,
    },
    /// Somebody came: a client info, as JSON.
    Join {
        /// To which channel.
        channel: String,
        /// Who.
        info: String,
    },
    /// Somebody left: a client info, as JSON.
    Leave {
        /// Which channel.
        channel: String,
        /// Who.
        info: String,
    },
    /// What was said in a channel before, as [`Question::Newest`] asked.
    History {
        /// In which channel.
        channel: String,
        /// Newest first.
        publications: Vec<Publication>,
    },
    /// Who is in a channel, as [`Question::Presence`] asked.
    Presence {
        /// In which channel.
        channel: String,
        /// A client info each, as JSON.
        members: Vec<String>,
    },
    /// Who is in a channel by a plain WebSocket, as [`Question::Guests`] asked.
    Guests {
        /// In which channel.
        channel: String,
        /// How many bear each name, as JSON; see docs/centrifuge.md.
        guests: String,
    },
    /// A question has no answer.
    Unanswered {
        /// About which channel.
        channel: String,
        /// What was asked.
        question: Question,
        /// Why not.
        problem: Problem,
    },
    /// The server has it: in a channel that is kept, on its disk.
    Acknowledged(u64),
    /// The server does not have it, or nobody can tell.
    Refused {
        /// The ticket of what was published.
        ticket: u64,
        /// Why.
        problem: Problem,
    },
}

/// What can be asked about a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The newest publications, which may be handed on as well: compare offsets.
    Newest {
        /// How many at most; the server gives 300 in one answer.
        limit: u32,
    },
    /// Who is there.
    Presence,
    /// Who is there by a plain WebSocket, and so not among the others.
    Guests,
}

/// Where in a channel one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The last offset that was seen.
    pub offset: u64,
    /// The epoch that it is counted in.
    pub epoch: String,
}

/// What was said in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// As JSON.
    pub data: String,
    /// Its place in the channel; 0 where none is kept.
    pub offset: u64,
}

impl From<&centrifuge::Publication<'_>> for Publication {
    fn from(publication: &centrifuge::Publication<'_>) -> Self {
        Self {
            data: text(publication.data),
            offset: publication.offset,
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 100 on the server's error, from 1000 on how the socket was closed,
    /// below 100 one of ours.
    pub code: u32,
    /// For people.
    pub message: String,
    /// Whether the same again may well succeed.
    pub temporary: bool,
}

impl Problem {
    pub(crate) const TIMEOUT: u32 = 1;
    pub(crate) const CONNECTION_LOST: u32 = 2;
    pub(crate) const DISCONNECTED: u32 = 3;
    pub(crate) const MESSAGE_TOO_BIG: u32 = 5;

    pub(crate) fn temporary(code: u32, message: &str) -> Self {
        Self {
            code,
            message: message.into(),
            temporary: true,
        }
    }

    pub(crate) fn lasting(code: u32, message: &str) -> Self {
        Self {
            temporary: false,
            ..Self::temporary(code, message)
        }
    }
}

impl From<Error<'_>> for Problem {
    fn from(error: Error<'_>) -> Self {
        Self {
            code: error.code,
            message: error.message.into_owned(),
            temporary: error.temporary,
        }
    }
}

pub(crate) fn text(json: Json<'_>) -> String {
    String::from_utf8_lossy(json.as_bytes()).into_owned()
}
