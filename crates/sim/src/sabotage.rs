//! Faults that are put into a world on purpose, to see that it notices.

/// One of the promises, broken around the engine and the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The log does not find an id that it has.
    ForgetIds,
    /// The log answers before it has synced.
    AnswerUnsynced,
    /// Now and then a publication does not reach the shard that is last.
    SkipShard,
    /// Everybody is live, also who is behind.
    LiveTooEarly,
    /// Publications are delivered whatever the member has heard already.
    IgnorePositions,
    /// Two publications of one turn change places.
    Swap,
    /// Pages of the log lack their first record.
    CutPage,
    /// Answers to publishers are lost.
    LoseAnswers,
    /// Members in the plain dialect come back one message early.
    ForgetLast,
    /// Members in the plain dialect come back one message late.
    SkipNext,
    /// The server takes as much as one likes.
    IgnoreRate,
    /// Members give up what is refused as one too many.
    GiveUp,
    /// Feeds of one server have the epochs of those of another.
    OneIncarnation,
    /// Nobody looks at the epoch of who comes back.
    ForgetEpochs,
    /// Feeds forget the keys of what they have.
    ForgetKeys,
    /// Members may publish in feeds.
    OpenFeeds,
    /// Now and then what is told in a live channel does not reach the shard
    /// that is last.
    SkipLive,
    /// Now and then it reaches them all twice.
    RepeatLive,
    /// The server takes tokens whoever has signed them.
    TrustForgers,
    /// It takes tokens that have ended.
    TakeEnded,
    /// It never looks whether a token has ended since.
    NeverLook,
    /// A token that is renewed is not good for longer.
    KeepFirstEnd,
    /// Connections that end stay members.
    StayBehind,
    /// Members who have moved to another seat are not told.
    ForgetSeats,
}

impl Sabotage {
    /// Every one.
    pub const ALL: [Self; 24] = [
        Self::ForgetIds,
        Self::AnswerUnsynced,
        Self::SkipShard,
        Self::LiveTooEarly,
        Self::IgnorePositions,
        Self::Swap,
        Self::CutPage,
        Self::LoseAnswers,
        Self::ForgetLast,
        Self::SkipNext,
        Self::IgnoreRate,
        Self::GiveUp,
        Self::OneIncarnation,
        Self::ForgetEpochs,
        Self::ForgetKeys,
        Self::OpenFeeds,
        Self::SkipLive,
        Self::RepeatLive,
        Self::TrustForgers,
        Self::TakeEnded,
        Self::NeverLook,
        Self::KeepFirstEnd,
        Self::StayBehind,
        Self::ForgetSeats,
    ];
}
