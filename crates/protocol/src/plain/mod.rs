//! The plain dialect: what the brief's page speaks.
//!
//! A client sends a text frame that holds a JSON object; everyone in the
//! channel, the sender included, gets the same object with what the server
//! knows about it:
//!
//! ```text
//! in   {"sender":"Léa","message":"Bonsoir","mood":"gay"}
//! out  {"sender":"Léa","message":"Bonsoir","mood":"gay","id":"…","time":1795395600000,"offset":17}
//! ```
//!
//! What cannot be taken is answered to its sender alone with an object that a
//! client which knows only `sender` and `message` still shows sensibly:
//!
//! ```text
//! err  {"type":"error","code":"message-empty","sender":"palabre","message":"…"}
//! ```
//!
//! Who asked for what was said before, and for messages that are kept no more,
//! is told of the gap:
//!
//! ```text
//! gap  {"type":"gap","sender":"palabre","message":"…","from":5,"to":17}
//! ```
//!
//! | field | in | out |
//! |---|---|---|
//! | `message` | string, not empty; may be missing where `type` is `"delete"` | as it was sent |
//! | `sender` | string; missing or blank: the connection's name | string, trimmed |
//! | `id` | string of 1 to 64 bytes, or missing | the same, or the server's |
//! | `time` | ignored | milliseconds since 1970 |
//! | `offset` | ignored | the place in the channel, where one is kept |
//! | `type` | anything but `"error"` and `"gap"` | as it was sent |
//! | others | anything | as they were sent, in their order |

mod incoming;
mod outgoing;
mod refusal;

pub use incoming::{DELETED, ID_BYTES_MAX, Incoming, Text, deleted, fields, id_of, parse};
pub use outgoing::{Outgoing, gap, object, with_offset};
pub use refusal::Refusal;
