//! What waits to be written to one connection.
//!
//! Frames are shared, not copied: a thousand slow connections that wait for
//! the same batch hold one batch. An empty outbox owns nothing.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

use crate::transport::Transport;

/// How many slices go into one write. Linux takes 1,024; most turns have one.
const SLICES_MAX: usize = 64;

/// A queue of bytes for one socket.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Queue,
    bytes: usize,
}

/// One frame waits in most turns, and needs no list.
#[derive(Debug, Default)]
enum Queue {
    #[default]
    Empty,
    One(Bytes),
    #[expect(
        clippy::box_collection,
        reason = "a list in place would double what every idle connection holds"
    )]
    Many(Box<VecDeque<Bytes>>),
}

/// How far a flush came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Nothing is left.
    All,
    /// The kernel takes no more for now.
    Blocked,
}

impl Outbox {
    /// Queues bytes: whole frames.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        self.bytes += bytes.len();
        self.queue = match std::mem::take(&mut self.queue) {
            Queue::Empty => Queue::One(bytes),
            Queue::One(first) => Queue::Many(Box::new(VecDeque::from([first, bytes]))),
            Queue::Many(mut list) => {
                list.push_back(bytes);
                Queue::Many(list)
            }
        };
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// How many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops what has not begun to be written. What has begun must be
    /// finished, or the receiver would take the next frame for its rest.
    pub(crate) fn drop_unbegun(&mut self) {
        let head = match std::mem::take(&mut self.queue) {
            Queue::Empty => None,
            Queue::One(head) => Some(head),
            Queue::Many(mut list) => list.pop_front(),
        };
        self.bytes = 0;
        if let Some(head) = head {
            self.push(head);
        }
    }

    /// Writes as much as goes.
    pub(crate) fn flush(&mut self, transport: &mut Transport) -> io::Result<Flushed> {
        let outcome = self.write_all(transport).and_then(|()| transport.flush());
        match outcome {
            Ok(()) => Ok(Flushed::All),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Flushed::Blocked),
            Err(error) => Err(error),
        }
    }

    fn write_all(&mut self, transport: &mut Transport) -> io::Result<()> {
        loop {
            let written = match &self.queue {
                Queue::Empty => return Ok(()),
                Queue::One(frame) => transport.write(&[IoSlice::new(frame)])?,
                Queue::Many(list) => {
                    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
                    let n = list.len().min(SLICES_MAX);
                    for (slice, frame) in slices.iter_mut().zip(list.iter()) {
                        *slice = IoSlice::new(frame);
                    }
                    transport.write(&slices[..n])?
                }
            };
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.advance(written);
        }
    }

    /// Takes what was written from the front.
    fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        match &mut self.queue {
            Queue::Empty => {}
            Queue::One(frame) => frame.advance(written),
            Queue::Many(list) => {
                while let Some(frame) = list.front_mut() {
                    if written < frame.len() {
                        frame.advance(written);
                        break;
                    }
                    written -= frame.len();
                    list.pop_front();
                }
            }
        }
        if self.bytes == 0 {
            self.queue = Queue::Empty;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(outbox: &Outbox) -> Vec<u8> {
        match &outbox.queue {
            Queue::Empty => Vec::new(),
            Queue::One(frame) => frame.to_vec(),
            Queue::Many(list) => list.iter().flat_map(|frame| frame.to_vec()).collect(),
        }
    }

    fn outbox(frames: &[&'static str]) -> Outbox {
        let mut outbox = Outbox::default();
        for frame in frames {
            outbox.push(Bytes::from_static(frame.as_bytes()));
        }
        outbox
    }

    #[test]
    fn keeps_the_order_and_the_count_whatever_the_kernel_takes() {
        let whole = b"onetwothree";
        for first in 0..=whole.len() {
            for second in 0..=whole.len() - first {
                let mut outbox = outbox(&["one", "two", "three"]);
                outbox.advance(first);
                outbox.advance(second);
                let rest = &whole[first + second..];
                assert_eq!(bytes(&outbox), rest);
                assert_eq!(outbox.bytes(), rest.len());
            }
        }
    }

    #[test]
    fn owns_nothing_when_it_is_empty() {
        let mut outbox = outbox(&["one", "two"]);
        outbox.advance(6);
        assert!(matches!(outbox.queue, Queue::Empty));
        assert!(size_of::<Outbox>() <= 48);
    }

    #[test]
    fn dropping_keeps_what_has_begun() {
        let mut outbox = outbox(&["one", "two", "three"]);
        outbox.advance(1);
        outbox.drop_unbegun();
        assert_eq!(bytes(&outbox), b"ne");
        assert_eq!(outbox.bytes(), 2);
    }
}
