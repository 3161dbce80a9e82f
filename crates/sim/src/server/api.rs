//! The HTTP API, as far as it publishes in feeds.

use engine::log::{LogError, Position};
use engine::{Draft, Origin, Outcome, ShardId};

use super::Server;
use crate::application::Notice;
use crate::channels::name_of;
use crate::figures::Count;
use crate::net::Net;
use crate::sabotage::Sabotage;

/// Where the answers of the log's writer would go: feeds have none.
const NOWHERE: Origin = Origin {
    shard: ShardId(u8::MAX),
    connection: 0,
    serial: 0,
    tag: 0,
};

impl Server {
    /// Publishes; where the feed knows the key, it says where that is.
    pub(crate) fn publish(&self, notice: &Notice, net: &mut Net) -> Result<Position, LogError> {
        let key = match net.sabotage {
            Some(Sabotage::ForgetKeys) => "".into(),
            _ => notice.key.clone(),
        };
        let draft = Draft {
            id: key,
            json: notice.data().into(),
            ..Draft::default()
        };
        let (name, now) = (name_of(&notice.feed), net.server_now());
        let (channel, outcome) = self
            .engine
            .publish(&name, draft, now, NOWHERE, &*self.post)?;
        let offset = match outcome {
            Some(Outcome::Stored { offset }) => offset,
            Some(Outcome::Repeated(record)) => {
                net.figures.count(Count::FeedRepeats);
                record.offset
            }
            other => {
                let what = format!("a feed that answers {other:?}");
                return Err(LogError::Unusable(what));
            }
        };
        let epoch = channel.epoch().into();
        Ok(Position { offset, epoch })
    }
}
