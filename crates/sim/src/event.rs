//! What happens in a world, one thing after the other.

use engine::log::Position;

use crate::application::{Call, Notice};
use crate::net::{Frame, MemberId, WireId};

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A member's connection reaches the server.
    Reach(WireId),
    /// A frame comes to the server's end.
    Up(WireId, Frame),
    /// A frame comes to the member's end.
    Down(WireId, Frame),
    /// The server learns that the connection is gone.
    LostUp(WireId),
    /// The member learns that the connection is gone.
    LostDown(WireId),
    /// Something of the server with this number has its turn.
    Server(u32, Job),
    /// The server starts.
    Start,
    /// A member does what it has waited for.
    Tick(MemberId),
    /// A member says something.
    Say(MemberId),
    /// A member says again what was refused.
    Again(MemberId, usize),
    /// A member is given a token; for the connection where no channel is named.
    Renew(MemberId, Box<str>),
    /// An application publishes something.
    Publish(usize),
    /// An application calls the server.
    Call(Call, Notice),
    /// The answer to a call; none where the server could not do it.
    Answered(Call, Option<Position>),
    /// An application has waited long enough.
    Unanswered(Call),
    /// Something goes wrong.
    Weather,
    /// Something that went wrong is over.
    Clear(Clearing),
}

/// What a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    Turn(usize),
    Write,
    Written,
    Read,
    HandOver,
    Second,
    Stopped,
}

/// What gets well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clearing {
    DiskHasRoom,
    DiskAnswers,
    Reads(MemberId),
}
