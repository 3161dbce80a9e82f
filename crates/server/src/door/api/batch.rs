//! Many calls in one request, done one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::super::Door;
use super::call::{ApiError, Call};
use crate::limits::API_BATCH_MAX;

/// Each command is an object with one field: the method, with its parameters.
#[derive(Deserialize)]
pub(super) struct Batch {
    commands: Vec<BTreeMap<String, Box<RawValue>>>,
}

impl Batch {
    /// Answers each command in its order; the answers have no `result` around
    /// them.
    pub(super) async fn perform(self, door: &Arc<Door>) -> Result<String, ApiError> {
        if self.commands.len() > API_BATCH_MAX {
            let why = format!("a batch may have {API_BATCH_MAX} commands");
            return Err(ApiError::bad_request(&why));
        }
        let mut replies = Vec::with_capacity(self.commands.len());
        for command in self.commands {
            replies.push(match reply(command, door).await {
                Ok(reply) => reply,
                Err(error) => error.to_json(),
            });
        }
        Ok(format!("{{\"replies\":[{}]}}", replies.join(",")))
    }
}

async fn reply(
    command: BTreeMap<String, Box<RawValue>>,
    door: &Arc<Door>,
) -> Result<String, ApiError> {
    let mut fields = command.into_iter();
    let (Some((method, parameters)), None) = (fields.next(), fields.next()) else {
        return Err(ApiError::bad_request("a command has one method"));
    };
    if method == "batch" || !Call::METHODS.contains(&&*method) {
        return Err(ApiError::bad_request("there is no such method in a batch"));
    }
    let call = Call::parse(&method, parameters.get().as_bytes())
        .map_err(|error| ApiError::bad_request(&error.to_string()))?;
    // A batch holds calls, and a call may be a batch, though not in one.
    let result = Box::pin(call.perform(door)).await?;
    Ok(format!("{{{}:{result}}}", json!(method)))
}
