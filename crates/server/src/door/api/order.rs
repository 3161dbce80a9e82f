//! Ending the subscriptions and connections of a user.

use protocol::centrifuge::CloseCode;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Door;
use super::call::ApiError;
use crate::mailbox::Mail;
use crate::order::{Action, Order};

/// Close codes that may be given: those of the protocol and of applications.
const CODES: std::ops::RangeInclusive<u16> = 3000..=4999;

/// Bytes of a reason: what a close frame carries (RFC 6455 §5.5.1).
const REASON_BYTES_MAX: usize = 123;

#[derive(Deserialize)]
pub(super) struct Unsubscribe {
    user: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    client: String,
}

#[derive(Deserialize)]
pub(super) struct Disconnect {
    user: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    whitelist: Vec<String>,
    #[serde(default)]
    disconnect: Farewell,
}

/// What is said to those who are disconnected.
#[derive(Deserialize)]
#[serde(default)]
struct Farewell {
    code: u16,
    reason: String,
}

impl Default for Farewell {
    fn default() -> Self {
        let code = CloseCode::ForceDisconnect;
        Self {
            code: code.code(),
            reason: code.reason().to_owned(),
        }
    }
}

impl Unsubscribe {
    pub(super) fn perform(self, door: &Door) -> Result<String, ApiError> {
        let channel = match &*self.channel {
            "" => None,
            name => Some(door.channel_name(name)?),
        };
        door.order(Order {
            user: user(self.user)?,
            client: one(&self.client),
            spared: Vec::new(),
            action: Action::Unsubscribe(channel),
        })
    }
}

impl Disconnect {
    pub(super) fn perform(self, door: &Door) -> Result<String, ApiError> {
        let Farewell { code, reason } = self.disconnect;
        if !CODES.contains(&code) || reason.len() > REASON_BYTES_MAX {
            let why = format!(
                "'disconnect' may have a code from {} to {} and a reason of {REASON_BYTES_MAX} bytes",
                CODES.start(),
                CODES.end()
            );
            return Err(ApiError::bad_request(&why));
        }
        door.order(Order {
            user: user(self.user)?,
            client: one(&self.client),
            spared: self.whitelist.iter().filter_map(|id| one(id)).collect(),
            action: Action::Disconnect { code, reason },
        })
    }
}

impl Door {
    /// Tells all shards. Whoever is not connected has nothing to lose, so
    /// there is no answer to wait for.
    fn order(&self, order: Order) -> Result<String, ApiError> {
        let order = std::sync::Arc::new(order);
        for mailbox in self.shared.mailboxes.all() {
            mailbox.send(Mail::Order(std::sync::Arc::clone(&order)));
        }
        Ok("{}".to_owned())
    }
}

fn user(user: String) -> Result<String, ApiError> {
    match user.is_empty() {
        true => Err(ApiError::bad_request("'user' must name somebody")),
        false => Ok(user),
    }
}

/// The connection of this id. What is no id of ours is nobody's, but it does
/// not mean all of them.
fn one(id: &str) -> Option<Uuid> {
    match id {
        "" => None,
        id => Some(id.parse().unwrap_or(Uuid::nil())),
    }
}
