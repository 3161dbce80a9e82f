//! The durable log, driven from outside.
//!
//! - `support`: directories that vanish, entries, short ways to ask.
//! - `semantics`: what every log promises, of both that there are.
//! - `amend`: what changes what was kept.
//! - `kept`: what is there after a restart, and what trimming leaves.
//! - `beside`: reading, trimming and copying while it is written to.
//! - `search`: what the index finds, and that it follows.
//! - `refused`: what is not opened, and what it says.
//! - `full`: a disk without room.
//! - `crash`: killed at any moment, and torn at the end.

#![allow(missing_docs, clippy::unwrap_used, reason = "these are tests")]

mod amend;
mod beside;
mod crash;
mod files;
mod full;
mod kept;
mod refused;
mod search;
mod semantics;
mod support;
