//! Commands: what a client asks for.

use serde::Deserialize;

use super::frame::Malformed;
use super::json::{Object, write_object};
use super::read::{self, Strict};
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
        let Strict(line) =
            serde_json::from_str::<Strict<Line<'_>>>(line).map_err(Malformed::NotAMessage)?;
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
    #[serde(borrow, deserialize_with = "read::object")]
    connect: Option<ConnectRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    subscribe: Option<SubscribeRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    unsubscribe: Option<ChannelRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    publish: Option<PublishRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    presence: Option<ChannelRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    presence_stats: Option<ChannelRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    history: Option<HistoryRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    rpc: Option<RpcRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    send: Option<SendRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
    refresh: Option<RefreshRequest<'a>>,
    #[serde(borrow, deserialize_with = "read::object")]
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    /// What is understood of a line, written as a line, or why nothing is.
    fn check(line: &str, expected: &str) {
        assert_eq!(understood(line), expected, "{line}");
    }

    fn understood(line: &str) -> String {
        let mut out = Vec::new();
        match Command::parse(line) {
            Ok(command) => command.write(&mut out),
            Err(Malformed::NotAMessage(_)) => return "not a message".into(),
            Err(error) => return error.to_string(),
        }
        String::from_utf8(out).unwrap()
    }

    /// Every request with every field that is read, as it is written.
    const LINES: [&str; 12] = [
        r##"{"id":1,"connect":{"token":"t","data":{"a":[1, 2]},"subs":{"#léa":{"recover":true,"offset":3,"epoch":"e","delta":"fossil"}},"name":"js","version":"1"}}"##,
        r#"{"id":2,"subscribe":{"channel":"c","token":"t","recover":true,"epoch":"e","offset":18446744073709551615,"data":null,"positioned":true,"recoverable":true,"join_leave":true,"delta":"fossil","flag":3,"type":1}}"#,
        r#"{"id":3,"unsubscribe":{"channel":"c"}}"#,
        r#"{"id":4,"publish":{"channel":"c","data":null}}"#,
        r#"{"id":5,"presence":{"channel":"c"}}"#,
        r#"{"id":6,"presence_stats":{"channel":"c"}}"#,
        r#"{"id":7,"history":{"channel":"c","limit":-1,"since":{"offset":5,"epoch":"e"},"reverse":true}}"#,
        r#"{"id":8,"rpc":{"method":"billing:charge","data":"\ud800"}}"#,
        r#"{"send":{"data":7}}"#,
        r#"{"id":4294967295,"refresh":{"token":"t"}}"#,
        r#"{"id":11,"sub_refresh":{"channel":"c","token":"t"}}"#,
        "{}",
    ];

    #[test]
    fn every_request_is_read_with_all_its_fields() {
        for line in LINES {
            check(line, line);
        }
    }

    #[test]
    fn what_is_missing_is_null_and_what_is_unknown_is_nothing() {
        check(
            r#" {"subscribe":{"channel":"c","token":null,"recover":null,"offset":null,"delta":"","tf":null,"x":[{}]},"y":1,"method":1,"id":1,"connect":null} "#,
            r#"{"id":1,"subscribe":{"channel":"c"}}"#,
        );
        check(r#"{"id":1,"connect":{}}"#, r#"{"id":1,"connect":{}}"#);
        check(
            r#"{"id":1,"connect":{"headers":{"a":"b"},"flag":1,"dict":"d","subs":null}}"#,
            r#"{"id":1,"connect":{}}"#,
        );
        check(
            r#"{"id":1,"history":{"channel":"c","since":{}}}"#,
            r#"{"id":1,"history":{"channel":"c","since":{}}}"#,
        );
        check(
            r#"{"id":1,"publish":{"channel":"c"}}"#,
            r#"{"id":1,"publish":{"channel":"c"}}"#,
        );
    }

    #[test]
    fn of_several_requests_the_first_of_the_protocols_order_counts() {
        check(
            r#"{"id":1,"publish":{"channel":"c","data":1},"subscribe":{"channel":"c"}}"#,
            r#"{"id":1,"subscribe":{"channel":"c"}}"#,
        );
        check(
            r#"{"id":1,"refresh":{},"send":{},"rpc":{}}"#,
            r#"{"id":1,"rpc":{}}"#,
        );
    }

    #[test]
    fn without_an_id_it_is_a_pong_unless_it_is_sent() {
        check(r#"{"id":0}"#, "{}");
        check(r#"{"subscribe":{"channel":"c"}}"#, "{}");
        check(
            r#"{"subscribe":{"channel":"c"},"send":{}}"#,
            r#"{"send":{}}"#,
        );
    }

    #[test]
    fn what_makes_no_sense_is_malformed() {
        for line in [
            "hello",
            "[]",
            "null",
            "{} {}",
            "{\"id\":1",
            r#"{"id":-1,"connect":{}}"#,
            r#"{"id":1.0,"connect":{}}"#,
            r#"{"id":4294967296,"connect":{}}"#,
            r#"{"id":"1","connect":{}}"#,
            r#"{"id":1,"connect":[]}"#,
            r#"{"id":1,"connect":{"token":7}}"#,
            r#"{"id":1,"connect":{"subs":{"c":[true]}}}"#,
            r#"{"id":1,"history":{"channel":"c","since":[1,"e"]}}"#,
            r#"[1,{}]"#,
            r#"{"id":1,"connect":{"subs":[]}}"#,
            r#"{"id":1,"connect":{"subs":{"c":1}}}"#,
            r#"{"id":1,"subscribe":{"channel":"c","delta":"xdelta"}}"#,
            r#"{"id":1,"subscribe":{"channel":"c","offset":-1}}"#,
            r#"{"id":1,"subscribe":{"channel":"c","offset":18446744073709551616}}"#,
            r#"{"id":1,"subscribe":{"channel":"\ud800"}}"#,
            r#"{"id":1,"subscribe":{"channel":"a","channel":"b"}}"#,
            r#"{"id":1,"history":{"channel":"c","limit":2147483648}}"#,
            r#"{"id":1,"publish":{"channel":"c","data":nul}}"#,
        ] {
            check(line, "not a message");
        }
        for line in [r#"{"id":5}"#, r#"{"id":5,"ping":{}}"#] {
            check(line, "an id and nothing to do");
        }
        for line in [
            r#"{"id":1,"subscribe":{}}"#,
            r#"{"id":1,"publish":{"channel":"","data":1}}"#,
            r#"{"id":1,"presence":{"channel":null}}"#,
        ] {
            check(line, "a request without its channel");
        }
    }

    #[test]
    fn a_payload_has_a_depth() {
        let publish = |depth| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"id":1,"publish":{{"channel":"c","data":{open}{close}}}}}"#)
        };
        assert!(Command::parse(&publish(128)).is_ok());
        assert!(Command::parse(&publish(129)).is_err());
        assert!(Command::parse(&publish(30_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_it_panic(line in "\\PC*") {
            let _ = Command::parse(&line);
        }

        /// A piece of one line takes the place of a piece of another.
        #[test]
        fn what_is_understood_is_written_so_that_it_is_understood(
            line in select(&LINES),
            other in select(&LINES),
            cuts in any::<[Index; 4]>(),
        ) {
            let (head, rest) = cut(line, &cuts[0]);
            let (_, tail) = cut(rest, &cuts[1]);
            let (_, rest) = cut(other, &cuts[2]);
            let (piece, _) = cut(rest, &cuts[3]);
            let once = understood(&[head, piece, tail].concat());
            if once.starts_with('{') {
                prop_assert_eq!(understood(&once), once);
            }
        }
    }

    fn cut<'t>(text: &'t str, at: &Index) -> (&'t str, &'t str) {
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        text.split_at(at)
    }
}
