//! Locks and what else threads share: those of std, or of a model.
//!
//! Under the feature `model` they are those of shuttle, which runs threads one
//! at a time and tries many orders in which they might have run; `tests/model.rs`
//! lives on that. Nothing else is to be built with it.

#[cfg(not(feature = "model"))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, atomic};

#[cfg(feature = "model")]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, atomic};
