//! The calls, their parameters, and those of them that only ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::log::{LogError, Range, Record};
use engine::{ChannelName, Kept, Rules};
use protocol::centrifuge::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::super::Door;
use super::batch::Batch;
use super::order::{Disconnect, Unsubscribe};
use super::publish::{Broadcast, Publish};
use crate::limits::API_HISTORY_MAX;

/// A call with its parameters.
pub(super) enum Call {
    Publish(Publish),
    Broadcast(Broadcast),
    Presence(OfChannel),
    PresenceStats(OfChannel),
    History(History),
    HistoryRemove(OfChannel),
    Unsubscribe(Unsubscribe),
    Disconnect(Disconnect),
    Channels(Channels),
    Batch(Batch),
    Info,
}

/// Parameters of a call about a channel.
#[derive(Deserialize)]
pub(super) struct OfChannel {
    channel: String,
}

#[derive(Deserialize)]
pub(super) struct History {
    channel: String,
    #[serde(default)]
    limit: i64,
    since: Option<Since>,
    #[serde(default)]
    reverse: bool,
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    epoch: String,
}

#[derive(Deserialize)]
pub(super) struct Channels {
    #[serde(default)]
    pattern: String,
}

/// Why a call was not done.
#[derive(Debug)]
pub(super) struct ApiError {
    code: u32,
    message: String,
}

impl ApiError {
    pub(super) fn bad_request(why: &str) -> Self {
        Self {
            code: ErrorCode::BadRequest.code(),
            message: why.into(),
        }
    }

    /// As the API writes it.
    pub(super) fn to_json(&self) -> String {
        json!({"error": {"code": self.code, "message": self.message}}).to_string()
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self {
            code: code.code(),
            message: code.message().into(),
        }
    }
}

impl From<LogError> for ApiError {
    fn from(error: LogError) -> Self {
        tracing::error!(%error, "cannot do a call of the API");
        ErrorCode::Internal.into()
    }
}

impl Call {
    /// The methods, as they stand in the path.
    pub(super) const METHODS: [&str; 11] = [
        "publish",
        "broadcast",
        "presence",
        "presence_stats",
        "history",
        "history_remove",
        "unsubscribe",
        "disconnect",
        "channels",
        "batch",
        "info",
    ];

    /// Reads the parameters of one of [`METHODS`](Self::METHODS).
    pub(super) fn parse(method: &str, body: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(match method {
            "publish" => Self::Publish(serde_json::from_slice(body)?),
            "broadcast" => Self::Broadcast(serde_json::from_slice(body)?),
            "presence" => Self::Presence(serde_json::from_slice(body)?),
            "presence_stats" => Self::PresenceStats(serde_json::from_slice(body)?),
            "history" => Self::History(serde_json::from_slice(body)?),
            "history_remove" => Self::HistoryRemove(serde_json::from_slice(body)?),
            "unsubscribe" => Self::Unsubscribe(serde_json::from_slice(body)?),
            "disconnect" => Self::Disconnect(serde_json::from_slice(body)?),
            "batch" => Self::Batch(serde_json::from_slice(body)?),
            "channels" => Self::Channels(serde_json::from_slice(body)?),
            _ => {
                serde_json::from_slice::<serde::de::IgnoredAny>(body)?;
                Self::Info
            }
        })
    }

    /// Does the call; the result is JSON.
    pub(super) async fn perform(self, door: &Arc<Door>) -> Result<String, ApiError> {
        match self {
            Self::Publish(publish) => publish.perform(door).await,
            Self::Broadcast(broadcast) => broadcast.perform(door).await,
            Self::Presence(asked) => presence(door, &asked.channel),
            Self::PresenceStats(asked) => presence_stats(door, &asked.channel),
            Self::History(history) => door.waiting(move |door| history.read(door)).await,
            Self::HistoryRemove(asked) => history_remove(door, &asked.channel),
            Self::Unsubscribe(unsubscribe) => unsubscribe.perform(door),
            Self::Disconnect(disconnect) => disconnect.perform(door),
            Self::Batch(batch) => batch.perform(door).await,
            Self::Channels(asked) => Ok(channels(door, &asked.pattern)),
            Self::Info => Ok(info(door)),
        }
    }
}

impl Door {
    /// Does what may have to wait for the disk, on a thread that may.
    pub(super) async fn waiting<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = self.api_calls.acquire().await;
        let door = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&door);
            door.shared.wake();
            done
        });
        let done = done.await;
        drop(permit);
        done.unwrap_or_else(|_| Err(ErrorCode::Internal.into()))
    }

    pub(super) fn channel_name(&self, name: &str) -> Result<ChannelName, ApiError> {
        Ok(self.api_rules().channel(name)?)
    }
}

/// Who is there: those with an id, and those by a plain WebSocket.
#[derive(Serialize)]
struct Here<'a> {
    presence: BTreeMap<String, Box<RawValue>>,
    #[serde(flatten)]
    guests: chat::Guests<'a>,
}

fn presence(door: &Door, channel: &str) -> Result<String, ApiError> {
    let channel = door.shared.engine.find(&door.channel_name(channel)?);
    let told = channel.map(|channel| (channel.presence(), channel.guests()));
    let (present, guests) = told.unwrap_or_default();
    let present = present.into_iter();
    Ok(written(&Here {
        presence: present
            .filter_map(|(client, info)| Some((client.to_string(), raw(&info)?)))
            .collect(),
        guests: (&guests).into(),
    }))
}

fn presence_stats(door: &Door, channel: &str) -> Result<String, ApiError> {
    let channel = door.shared.engine.find(&door.channel_name(channel)?);
    let (n_clients, n_users) = channel.map_or((0, 0), |channel| channel.n_present());
    Ok(json!({"num_clients": n_clients, "num_users": n_users}).to_string())
}

/// What feeds remember can be forgotten; rooms have deletions and
/// `--keep`.
fn history_remove(door: &Door, channel: &str) -> Result<String, ApiError> {
    let name = door.channel_name(channel)?;
    if name.namespace().kept() != Kept::Briefly {
        return Err(ErrorCode::NotAvailable.into());
    }
    door.shared.engine.feeds().remove(name.as_str());
    Ok("{}".to_owned())
}

/// Those channels that somebody has open. A pattern may have a `*` at its end,
/// or is a whole name.
fn channels(door: &Door, pattern: &str) -> String {
    let is_meant = |name: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern.is_empty() || name == pattern,
    };
    let open = door.shared.engine.channels();
    let open: BTreeMap<&str, _> = open
        .iter()
        .filter(|channel| is_meant(channel.name().as_str()))
        .map(|channel| {
            let n_clients = channel.n_present().0;
            (channel.name().as_str(), json!({"num_clients": n_clients}))
        })
        .collect();
    json!({ "channels": open }).to_string()
}

fn info(door: &Door) -> String {
    let node = json!({
        "name": "palabre",
        "version": env!("CARGO_PKG_VERSION"),
        "num_clients": door.permits.taken(),
        "num_channels": door.shared.engine.n_channels(),
        "uptime": door.shared.clock.now().steady().as_secs(),
    });
    json!({"nodes": [node]}).to_string()
}

#[derive(Serialize)]
struct Page {
    publications: Vec<Published>,
    offset: u64,
    epoch: Box<str>,
}

#[derive(Serialize)]
struct Published {
    data: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Box<RawValue>>,
    offset: u64,
}

impl History {
    fn read(&self, door: &Door) -> Result<String, ApiError> {
        let name = door.channel_name(&self.channel)?;
        if name.namespace().kept() == Kept::Nothing {
            return Err(ErrorCode::NotAvailable.into());
        }
        let engine = &door.shared.engine;
        let top = engine.top(&name)?;
        let range = match (&self.since, self.reverse) {
            (None, false) => Range::After(0),
            (None, true) => Range::Before(u64::MAX),
            (Some(since), _) if !since.epoch.is_empty() && *since.epoch != *top.epoch => {
                return Err(ErrorCode::UnrecoverablePosition.into());
            }
            (Some(since), false) => Range::After(since.offset),
            (Some(Since { offset: 0, .. }), true) => return Err(ErrorCode::BadRequest.into()),
            // An offset that is not there yet has nothing before it.
            (Some(since), true) if since.offset > top.offset => Range::Before(0),
            (Some(since), true) => Range::Before(since.offset),
        };
        let limit = usize::try_from(self.limit).unwrap_or(API_HISTORY_MAX);
        let records = match limit.min(API_HISTORY_MAX) {
            0 => Vec::new(),
            limit => engine.read(&name, range, limit, door.shared.clock.now())?,
        };
        let page = Page {
            publications: records.into_iter().filter_map(published).collect(),
            offset: top.offset,
            epoch: top.epoch,
        };
        Ok(written(&page))
    }
}

fn published(record: Record) -> Option<Published> {
    Some(Published {
        data: raw(&record.data)?,
        info: record.info.as_deref().and_then(raw),
        offset: record.offset,
    })
}

/// JSON that we have written ourselves, or checked when it came.
fn raw(json: &[u8]) -> Option<Box<RawValue>> {
    serde_json::from_slice(json).ok()
}

fn written(result: &impl Serialize) -> String {
    serde_json::to_string(result).expect("texts and numbers can be written")
}
