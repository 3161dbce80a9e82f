//! Publishing for an application's server: in one channel, or in many.
//!
//! In a room the chat's rules hold, and the answer comes when it is on disk.

use std::sync::Arc;

use engine::log::Position;
use engine::{ChannelName, Dialect, Draft, Kept, Outcome, Rules, Speaker};
use protocol::centrifuge::ErrorCode;
use protocol::plain::{self, ID_BYTES_MAX};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::super::Door;
use super::call::ApiError;
use crate::limits::API_CHANNELS_MAX;

#[derive(Deserialize)]
pub(super) struct Publish {
    channel: String,
    data: Box<RawValue>,
    #[serde(default)]
    idempotency_key: String,
    #[serde(default)]
    skip_history: bool,
}

#[derive(Deserialize)]
pub(super) struct Broadcast {
    channels: Vec<String>,
    data: Box<RawValue>,
    #[serde(default)]
    idempotency_key: String,
    #[serde(default)]
    skip_history: bool,
}

/// A publication that is done, or on its way to the log.
enum Published {
    Done(Position),
    Waiting {
        epoch: Box<str>,
        answer: oneshot::Receiver<engine::Answer>,
    },
}

impl Publish {
    pub(super) async fn perform(self, door: &Arc<Door>) -> Result<String, ApiError> {
        let published = door
            .waiting(move |door| {
                let json = door.check(&self.data, &self.idempotency_key, self.skip_history)?;
                door.publish(&self.channel, &json, &self.idempotency_key)
            })
            .await?;
        Ok(place(&published.settled().await?).to_string())
    }
}

impl Broadcast {
    /// Answers for each channel in its order; one that fails keeps none of the
    /// others from its publication.
    pub(super) async fn perform(self, door: &Arc<Door>) -> Result<String, ApiError> {
        if self.channels.len() > API_CHANNELS_MAX {
            let why = format!("a broadcast may have {API_CHANNELS_MAX} channels");
            return Err(ApiError::bad_request(&why));
        }
        let all = door
            .waiting(move |door| {
                let json = door.check(&self.data, &self.idempotency_key, self.skip_history)?;
                let channels = self.channels.iter();
                let publish =
                    |channel: &String| door.publish(channel, &json, &self.idempotency_key);
                Ok(channels.map(publish).collect::<Vec<_>>())
            })
            .await?;
        let mut responses = Vec::with_capacity(all.len());
        for published in all {
            let settled = match published {
                Ok(published) => published.settled().await,
                Err(error) => Err(error),
            };
            responses.push(match settled {
                Ok(position) => format!("{{\"result\":{}}}", place(&position)),
                Err(error) => error.to_json(),
            });
        }
        Ok(format!("{{\"responses\":[{}]}}", responses.join(",")))
    }
}

impl Door {
    /// The data as it is published: JSON on one line, since lines are what
    /// the Centrifuge dialect is made of.
    fn check(&self, data: &RawValue, key: &str, skip_history: bool) -> Result<String, ApiError> {
        if skip_history {
            let why = "'skip_history' does not exist here; publish in a live: channel";
            return Err(ApiError::bad_request(why));
        }
        if key.len() > ID_BYTES_MAX {
            let why = format!("'idempotency_key' may have {ID_BYTES_MAX} bytes");
            return Err(ApiError::bad_request(&why));
        }
        let bytes_max = self.shared.limits.message_bytes_max;
        if data.get().len() > bytes_max {
            let why = format!("'data' may have {bytes_max} bytes");
            return Err(ApiError::bad_request(&why));
        }
        // What is only passed on has not been looked into: this finds what
        // nests too deep for the parsers of those who receive it.
        serde_json::from_str::<serde_json::Value>(data.get())
            .map_err(|error| ApiError::bad_request(&error.to_string()))?;
        Ok(data.get().replace(['\n', '\r'], " "))
    }

    fn publish(&self, channel: &str, json: &str, key: &str) -> Result<Published, ApiError> {
        let name = self.channel_name(channel)?;
        let draft = self.draft(&name, json, key)?;
        let outside = &self.shared.mailboxes.outside;
        let (origin, answer) = outside.expect();
        let now = self.shared.clock.now();
        let mailboxes = &*self.shared.mailboxes;
        let published = self
            .shared
            .engine
            .publish(&name, draft, now, origin, mailboxes);
        if !matches!(published, Ok((_, None))) {
            outside.forget(origin);
        }
        let (channel, outcome) = published?;
        let epoch = channel.epoch().into();
        Ok(match outcome {
            None => Published::Waiting { epoch, answer },
            Some(outcome) => Published::Done(position(&outcome, epoch)?),
        })
    }

    /// What is published, by the rules of the channel.
    fn draft(&self, name: &ChannelName, json: &str, key: &str) -> Result<Draft, ApiError> {
        let is_durable = name.namespace().kept() == Kept::Durably;
        let with_id = match is_durable && !key.is_empty() {
            true => with_id(json, key)?,
            false => json.to_owned(),
        };
        let speaker = Speaker {
            dialect: Dialect::Centrifuge,
            name: None,
            verified_name: None,
            last_name: None,
        };
        let now = self.shared.clock.now();
        let draft = self.api_rules().admit(name, &speaker, &with_id, now);
        let draft = draft.map_err(|refusal| ApiError::bad_request(&refusal.to_string()))?;
        Ok(match is_durable {
            true => draft,
            false => Draft {
                id: key.into(),
                ..draft
            },
        })
    }
}

/// A message with the key as its id.
fn with_id(json: &str, key: &str) -> Result<String, ApiError> {
    match plain::id_of(json) {
        Some(id) if id == key => return Ok(json.to_owned()),
        Some(_) => {
            let why = "'idempotency_key' and the message's 'id' differ; give one of them";
            return Err(ApiError::bad_request(why));
        }
        None => {}
    }
    // What is no object, or has an id that is none, the chat's rules refuse.
    let Some(fields) = json.trim_start().strip_prefix('{') else {
        return Ok(json.to_owned());
    };
    let comma = match fields.trim_start().starts_with('}') {
        true => "",
        false => ",",
    };
    Ok(format!("{{\"id\":{}{comma}{fields}", json!(key)))
}

impl Published {
    /// Where it is, once it is.
    async fn settled(self) -> Result<Position, ApiError> {
        match self {
            Self::Done(position) => Ok(position),
            Self::Waiting { epoch, answer } => match answer.await {
                Ok(answer) => position(&answer.outcome, epoch),
                Err(_) => Err(ErrorCode::Internal.into()),
            },
        }
    }
}

fn position(outcome: &Outcome, epoch: Box<str>) -> Result<Position, ApiError> {
    let offset = match outcome {
        Outcome::Passed => 0,
        Outcome::Stored { offset } => *offset,
        Outcome::Repeated(record) => record.offset,
        Outcome::Refused { refusal, .. } => {
            return Err(ApiError::bad_request(&refusal.to_string()));
        }
        Outcome::Failed { .. } => return Err(ErrorCode::Internal.into()),
    };
    Ok(Position { offset, epoch })
}

/// A place as the API writes it; nothing where nothing is kept.
fn place(position: &Position) -> serde_json::Value {
    match position.offset {
        0 => json!({}),
        offset => json!({"offset": offset, "epoch": position.epoch}),
    }
}
