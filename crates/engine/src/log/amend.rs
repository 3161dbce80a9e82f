//! What an amendment does to what it amends: asked of the application.

use bytes::Bytes;
use protocol::plain::Refusal;

use super::{Entry, Record};

/// The application's rules of amending, and of what goes with a record. Pure:
/// the log asks inside of its writer's transaction, and may ask again where
/// that failed.
pub trait Amends: Send + Sync {
    /// What becomes of an amendment's target; `None` stands for a target that
    /// is not there, or no more.
    ///
    /// # Errors
    /// If it may not be amended so; its publisher alone is told.
    fn amend(&self, target: Option<&Record>, entry: &Entry) -> Result<Amended, Refusal>;

    /// What is left of an earlier amendment once its target is erased; `None`
    /// leaves it as it is.
    fn erase(&self, amendment: &Record) -> Option<Bytes>;

    /// The ids of the files that a new entry brings. Each belongs to the first
    /// that brings it, and goes when that is erased or dropped. A log without
    /// files beside it never asks.
    fn files(&self, entry: &Entry) -> Vec<Box<str>> {
        let _ = entry;
        Vec::new()
    }
}

/// What an amendment comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amended {
    /// The data of the target from now on.
    pub data: Bytes,
    /// Whether earlier amendments of the target are to be erased with it.
    pub erases: bool,
}

/// Nothing may be amended.
#[derive(Debug, Clone, Copy)]
pub struct NoAmends;

impl Amends for NoAmends {
    fn amend(&self, _: Option<&Record>, _: &Entry) -> Result<Amended, Refusal> {
        Err(Refusal::TargetMissing)
    }

    fn erase(&self, _: &Record) -> Option<Bytes> {
        None
    }
}
