//! What leaves a connection: queued for the end of the turn, or written on the
//! spot where nothing waits before it.

use bytes::Bytes;
use websocket::Frame;

use super::{Connection, End, Phase};
use crate::outbox::{Flushed, Outbox};
use crate::shard::desk::Desk;

impl Connection {
    /// Queues a control frame.
    pub(in crate::shard) fn send_control(&mut self, frame: Frame<'_>, desk: &mut Desk) {
        self.send(frame.to_bytes(), &mut desk.to_flush);
    }

    /// Queues messages, unless the connection is closing: nothing
    /// follows a close frame (RFC 6455 §5.5.1).
    pub(in crate::shard) fn deliver(&mut self, frames: Bytes, to_flush: &mut Vec<u32>) {
        // A dialect that has no words for what happened says nothing.
        if self.phase == Phase::Open && !frames.is_empty() {
            self.send(frames, to_flush);
        }
    }

    /// The same, but written at once where nothing waits before it. What the
    /// kernel does not take is queued; the flush sees to errors and limits.
    pub(in crate::shard) fn deliver_now(&mut self, frames: &Bytes, to_flush: &mut Vec<u32>) {
        if self.phase != Phase::Open || frames.is_empty() {
            return;
        }
        let can_write = !self.is_to_flush && !self.is_blocked && self.outbox.is_empty();
        let n_written = match can_write {
            true => self.transport.write_now(frames),
            false => 0,
        };
        if n_written < frames.len() {
            self.send(frames.slice(n_written..), to_flush);
        }
    }

    /// Queues whole frames, to be written at the end of the turn.
    pub(super) fn send(&mut self, frames: Bytes, to_flush: &mut Vec<u32>) {
        self.outbox.push(frames);
        self.mark_to_flush(to_flush);
    }

    /// Writes what waits, and goes on to what was to come after it.
    pub(in crate::shard) fn flush(&mut self, desk: &mut Desk) {
        self.is_to_flush = false;
        if !self.is_blocked && !self.write_out(desk) {
            return;
        }
        let queue_bytes_max = desk.shared.limits.queue_bytes_max;
        if self.outbox.bytes() > queue_bytes_max && self.phase == Phase::Open {
            self.outbox.drop_unbegun();
            self.close_for_slowness(desk);
        }
        if !self.is_blocked {
            self.go_on_when_written(desk);
        }
    }

    /// Writes as far as the kernel takes it; false if the socket has failed.
    fn write_out(&mut self, desk: &mut Desk) -> bool {
        match self.outbox.flush(&mut self.transport) {
            Ok(flushed) => self.is_blocked = flushed == Flushed::Blocked,
            // It hears nothing more, but what it said before is read.
            Err(_) if self.phase == Phase::Open => {
                self.outbox = Outbox::default();
                self.is_ended = true;
                self.mark_unread(desk);
                return false;
            }
            Err(_) => {
                self.leave_behind(End::Lost, desk);
                return false;
            }
        }
        true
    }

    fn go_on_when_written(&mut self, desk: &mut Desk) {
        match self.phase {
            Phase::Open if self.session.is_behind() => self.catch_up(desk),
            Phase::Open | Phase::Closing => {}
            Phase::Draining => {
                if self.transport.shut_down_writing().is_err() {
                    self.leave_behind(End::Lost, desk);
                }
            }
            Phase::Leaving => {
                // TLS announces its end; it is one, heard or not.
                let _ = self.transport.shut_down_writing();
                desk.gone.push(self.slot);
            }
        }
    }

    pub(in crate::shard) fn mark_writable(&mut self, desk: &mut Desk) {
        if std::mem::replace(&mut self.is_blocked, false) {
            self.mark_to_flush(&mut desk.to_flush);
        }
    }

    pub(in crate::shard) fn mark_to_flush(&mut self, to_flush: &mut Vec<u32>) {
        if !std::mem::replace(&mut self.is_to_flush, true) {
            to_flush.push(self.slot);
        }
    }
}
