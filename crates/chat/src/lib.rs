//! What a room allows, and what a message becomes when it is let in.
//!
//! The rules stand here and nowhere else, as functions of what was said and
//! by whom; they know no socket and no clock.
//!
//! ```text
//! protocol::plain::Incoming ──admit──▶ JSON with sender, id, time ──▶ engine
//!                              │
//!                              └─────▶ Refusal, to its sender alone
//! ```
//!
//! - [`RoomName`]: how a room may be called, and the channel it is.
//! - [`SenderName`]: how a person may be called.
//! - [`Chat`]: the way of one message through the rules.
//! - [`Amendments`]: edits, deletions and reactions, and what becomes of the
//!   message.
//! - [`FileId`]: how a file is found, and by whom.
//! - [`Search`]: what may be asked about what was said, and what is answered.

mod admit;
mod amend;
mod file;
mod guests;
mod id;
mod kind;
mod room;
mod rooms;
mod search;
mod sender;

pub use admit::{Chat, MESSAGE_CHARS_MAX};
pub use amend::{Amendments, REACTIONS_BYTES_MAX, REACTIONS_MAX};
pub use file::{FILES_PATH, FileId};
pub use guests::Guests;
pub use id::MessageIds;
pub use kind::{EMOJI_BYTES_MAX, FILE_URL_BYTES_MAX, FILES_MAX};
pub use room::{InvalidRoomName, ROOM_NAME_CHARS_MAX, RoomName};
pub use rooms::{ROOMS_AGE_US_MAX, ROOMS_MAX};
pub use search::{QUERY_CHARS_MAX, RESULTS_DEFAULT, RESULTS_MAX, Search, WORD_CHARS_MAX, words_of};
pub use sender::{ANONYMOUS, InvalidSenderName, SENDER_CHARS_MAX, SenderName};
