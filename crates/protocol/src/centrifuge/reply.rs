//! Replies: what a command led to.

use super::error::Error;
use super::json::{Fields, Json, Object, write_object};
use super::result::{
    ConnectResult, Expiry, HistoryResult, Presence, PresenceStats, RefreshResult, SubscribeResult,
};

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The command's id.
    pub id: u32,
    /// What it led to.
    pub result: Result<Answer<'a>, Error<'a>>,
}

/// What a command led to where it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// To `connect`.
    Connect(ConnectResult<'a>),
    /// To `subscribe`.
    Subscribe(SubscribeResult<'a>),
    /// To `unsubscribe`.
    Unsubscribe,
    /// To `publish`.
    Publish,
    /// To `presence`: the connections and what is known of them.
    Presence(Presence<'a>),
    /// To `presence_stats`.
    PresenceStats(PresenceStats),
    /// To `history`.
    History(HistoryResult<'a>),
    /// To `rpc`: what the call returned.
    Rpc(Option<Json<'a>>),
    /// To `refresh`.
    Refresh(RefreshResult<'a>),
    /// To `sub_refresh`.
    SubRefresh(Expiry),
}

impl Reply<'_> {
    /// Writes the message to the end of `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        debug_assert!(self.id > 0, "a reply without its id reads as a ping");
        write_object(out, &|object: &mut Object<'_>| {
            object.field("id", self.id);
            match &self.result {
                Ok(answer) => answer.field(object),
                Err(error) => object.object("error", error),
            }
        });
    }
}

impl Answer<'_> {
    fn field(&self, reply: &mut Object<'_>) {
        match self {
            Self::Connect(result) => reply.object("connect", result),
            Self::Subscribe(result) => reply.object("subscribe", result),
            Self::Unsubscribe => reply.object("unsubscribe", &Empty),
            Self::Publish => reply.object("publish", &Empty),
            Self::Presence(result) => reply.object("presence", result),
            Self::PresenceStats(result) => reply.object("presence_stats", result),
            Self::History(result) => reply.object("history", result),
            Self::Rpc(data) => reply.object("rpc", &|object: &mut Object<'_>| {
                object.json("data", *data);
            }),
            Self::Refresh(result) => reply.object("refresh", result),
            Self::SubRefresh(result) => reply.object("sub_refresh", result),
        }
    }
}

/// A result that says no more than that all went well.
struct Empty;

impl Fields for Empty {
    fn fields(&self, _: &mut Object<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::super::{ClientInfo, ErrorCode, Incoming, Publication};
    use super::*;

    /// What is written, and that a client reads the same.
    fn check<'a>(result: Result<Answer<'a>, Error<'a>>, expected: &str) {
        let reply = Reply { id: 4, result };
        let mut out = Vec::new();
        reply.write(&mut out);
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, expected);
        assert_eq!(Incoming::parse(&line).unwrap(), Incoming::Reply(reply));
    }

    fn publication(offset: u64) -> Publication<'static> {
        Publication {
            data: Json::trusted(b"[1]"),
            info: None,
            tags: None,
            offset,
            epoch: "".into(),
        }
    }

    #[test]
    fn an_empty_result_is_there() {
        check(Ok(Answer::Unsubscribe), r#"{"id":4,"unsubscribe":{}}"#);
        check(Ok(Answer::Publish), r#"{"id":4,"publish":{}}"#);
        check(Ok(Answer::Rpc(None)), r#"{"id":4,"rpc":{}}"#);
        check(
            Ok(Answer::Connect(ConnectResult::default())),
            r#"{"id":4,"connect":{}}"#,
        );
        check(
            Ok(Answer::Subscribe(SubscribeResult::default())),
            r#"{"id":4,"subscribe":{}}"#,
        );
        check(
            Ok(Answer::Refresh(RefreshResult::default())),
            r#"{"id":4,"refresh":{}}"#,
        );
        check(
            Ok(Answer::SubRefresh(Expiry::default())),
            r#"{"id":4,"sub_refresh":{}}"#,
        );
    }

    #[test]
    fn some_zeros_are_always_there() {
        check(
            Ok(Answer::Presence(Presence::default())),
            r#"{"id":4,"presence":{"presence":{}}}"#,
        );
        check(
            Ok(Answer::PresenceStats(PresenceStats::default())),
            r#"{"id":4,"presence_stats":{"num_clients":0,"num_users":0}}"#,
        );
        check(
            Ok(Answer::History(HistoryResult::default())),
            r#"{"id":4,"history":{"publications":[],"epoch":"","offset":0}}"#,
        );
    }

    #[test]
    fn a_connection_is_told_what_it_is() {
        check(
            Ok(Answer::Connect(ConnectResult {
                client: "7a".into(),
                version: "0.1.0".into(),
                expires: true,
                ttl: 60,
                data: Some(Json::trusted(br#"{"a":1}"#)),
                subs: vec![("#léa".into(), SubscribeResult::default())],
                ping: 25,
                pong: true,
                session: "s".into(),
                node: "n".into(),
                time: 1_795_395_600_000,
            })),
            r##"{"id":4,"connect":{"client":"7a","version":"0.1.0","expires":true,"ttl":60,"data":{"a":1},"subs":{"#léa":{}},"ping":25,"pong":true,"session":"s","node":"n","time":1795395600000}}"##,
        );
    }

    #[test]
    fn a_subscription_is_told_where_it_is() {
        check(
            Ok(Answer::Subscribe(SubscribeResult {
                expires: true,
                ttl: 60,
                recoverable: true,
                epoch: "k3".into(),
                publications: vec![publication(18), publication(19)],
                recovered: true,
                offset: 17,
                positioned: true,
                data: Some(Json::trusted(br#"{"a":1}"#)),
                was_recovering: true,
                delta: true,
            })),
            r#"{"id":4,"subscribe":{"expires":true,"ttl":60,"recoverable":true,"epoch":"k3","publications":[{"data":[1],"offset":18},{"data":[1],"offset":19}],"recovered":true,"offset":17,"positioned":true,"data":{"a":1},"was_recovering":true,"delta":true}}"#,
        );
    }

    #[test]
    fn others_are_told_with_a_user_even_without_a_name() {
        let info = ClientInfo {
            client: "7a".into(),
            chan_info: Some(Json::trusted(b"2")),
            ..ClientInfo::default()
        };
        let info = info.to_json();
        check(
            Ok(Answer::Presence(Presence {
                presence: vec![("7a".into(), Json::trusted(&info))],
            })),
            r#"{"id":4,"presence":{"presence":{"7a":{"user":"","client":"7a","chan_info":2}}}}"#,
        );
    }

    #[test]
    fn a_call_returns_what_it_returns() {
        check(
            Ok(Answer::Rpc(Some(Json::trusted(br#""a\nb""#)))),
            r#"{"id":4,"rpc":{"data":"a\nb"}}"#,
        );
        check(
            Ok(Answer::Refresh(RefreshResult {
                client: "7a".into(),
                version: "1".into(),
                expires: true,
                ttl: 60,
            })),
            r#"{"id":4,"refresh":{"client":"7a","version":"1","expires":true,"ttl":60}}"#,
        );
    }

    #[test]
    fn an_error_says_whether_to_try_again() {
        check(
            Err(ErrorCode::PermissionDenied.into()),
            r#"{"id":4,"error":{"code":103,"message":"permission denied"}}"#,
        );
        check(
            Err(ErrorCode::TooManyRequests.into()),
            r#"{"id":4,"error":{"code":111,"message":"too many requests","temporary":true}}"#,
        );
    }
}
