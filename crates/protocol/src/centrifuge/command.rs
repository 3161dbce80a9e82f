//! Commands: what a client asks for.

use serde::Deserialize;

use super::frame::Malformed;
use super::json::{Object, write_object};
use super::read;
use super::request::{
    ChannelRequest, ConnectRequest, HistoryRequest, PublishRequest, RefreshRequest, RpcRequest,
    SendRequest, SubRefreshRequest, SubscribeRequest,
};

/// One line of a client's frame.
#[derive(Debug)]
pub struct Command<'a> {
    /// What the reply will be known by; 0 for a pong and a [`Request::Send`],
    /// which have none.
    pub id: u32,
    /// What is asked for.
    pub request: Request<'a>,
}

/// What a command asks for.
#[derive(Debug)]
pub enum Request<'a> {
    /// Who is there; the first command of a connection, and only that.
    Connect(ConnectRequest<'a>),
    /// To receive what is published in a channel.
    Subscribe(SubscribeRequest<'a>),
    /// To receive it no longer.
    Unsubscribe(ChannelRequest<'a>),
    /// To say something in a channel.
    Publish(PublishRequest<'a>),
    /// Who is subscribed to a channel.
    Presence(ChannelRequest<'a>),
    /// How many are.
    PresenceStats(ChannelRequest<'a>),
    /// What was published in a channel.
    History(HistoryRequest<'a>),
    /// A call of the application's own.
    Rpc(RpcRequest<'a>),
    /// A message to the server that wants no reply.
    Send(SendRequest<'a>),
    /// A new token for the connection.
    Refresh(RefreshRequest<'a>),
    /// A new token for a subscription.
    SubRefresh(SubRefreshRequest<'a>),
    /// The answer to a ping.
    Pong,
}

impl<'a> Command<'a> {
    /// Takes one line of a client's frame apart.
    ///
    /// # Errors
    /// The line is no command; its connection is closed for it.
    pub fn parse(line: &'a str) -> Result<Self, Malformed> {
        let line: Line<'a> = serde_json::from_str(line).map_err(Malformed::NotAMessage)?;
        let id = line.id;
        let request = line.request()?;
        match request.channel() {
            Some("") => Err(Malformed::NoChannel),
            _ => Ok(Self { id, request }),
        }
    }

    /// Writes the line to the end of `out`, as a client does.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_object(out, &|object: &mut Object<'_>| {
            object.field("id", self.id);
            self.request.field(object);
        });
    }
}

impl Request<'_> {
    /// The channel that it is about, for those that are about one.
    #[must_use]
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::Subscribe(request) => Some(&request.channel),
            Self::Unsubscribe(request) | Self::Presence(request) | Self::PresenceStats(request) => {
                Some(&request.channel)
            }
            Self::Publish(request) => Some(&request.channel),
            Self::History(request) => Some(&request.channel),
            Self::SubRefresh(request) => Some(&request.channel),
            Self::Connect(_) | Self::Rpc(_) | Self::Send(_) | Self::Refresh(_) | Self::Pong => None,
        }
    }

    fn field(&self, object: &mut Object<'_>) {
        match self {
            Self::Connect(request) => object.object("connect", request),
            Self::Subscribe(request) => object.object("subscribe", request),
            Self::Unsubscribe(request) => object.object("unsubscribe", request),
            Self::Publish(request) => object.object("publish", request),
            Self::Presence(request) => object.object("presence", request),
            Self::PresenceStats(request) => object.object("presence_stats", request),
            Self::History(request) => object.object("history", request),
            Self::Rpc(request) => object.object("rpc", request),
            Self::Send(request) => object.object("send", request),
            Self::Refresh(request) => object.object("refresh", request),
            Self::SubRefresh(request) => object.object("sub_refresh", request),
            Self::Pong => {}
        }
    }
}

/// A command as it is written: each request has a field of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(deserialize_with = "read::nullable")]
    id: u32,
    #[serde(borrow)]
    connect: Option<ConnectRequest<'a>>,
    #[serde(borrow)]
    subscribe: Option<SubscribeRequest<'a>>,
    #[serde(borrow)]
    unsubscribe: Option<ChannelRequest<'a>>,
    #[serde(borrow)]
    publish: Option<PublishRequest<'a>>,
    #[serde(borrow)]
    presence: Option<ChannelRequest<'a>>,
    #[serde(borrow)]
    presence_stats: Option<ChannelRequest<'a>>,
    #[serde(borrow)]
    history: Option<HistoryRequest<'a>>,
    #[serde(borrow)]
    rpc: Option<RpcRequest<'a>>,
    #[serde(borrow)]
    send: Option<SendRequest<'a>>,
    #[serde(borrow)]
    refresh: Option<RefreshRequest<'a>>,
    #[serde(borrow)]
    sub_refresh: Option<SubRefreshRequest<'a>>,
}

impl<'a> Line<'a> {
    /// The one request that counts. Without an id that is `send`, and a line
    /// that sends nothing is a pong, whatever else it holds; with an id it is
    /// the first, in the order of the fields.
    fn request(self) -> Result<Request<'a>, Malformed> {
        if self.id == 0 {
            return Ok(self.send.map_or(Request::Pong, Request::Send));
        }
        None.or(self.connect.map(Request::Connect))
            .or(self.subscribe.map(Request::Subscribe))
            .or(self.unsubscribe.map(Request::Unsubscribe))
            .or(self.publish.map(Request::Publish))
            .or(self.presence.map(Request::Presence))
            .or(self.presence_stats.map(Request::PresenceStats))
            .or(self.history.map(Request::History))
            .or(self.rpc.map(Request::Rpc))
            .or(self.send.map(Request::Send))
            .or(self.refresh.map(Request::Refresh))
            .or(self.sub_refresh.map(Request::SubRefresh))
            .ok_or(Malformed::Nothing)
    }
}
