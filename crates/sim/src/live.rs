//! What one member has heard of one live channel: in each subscription a run
//! of what was told, without a hole or a repeat. What was told while it was
//! away it has missed; that it was away it has been told, since it subscribed
//! again.

use crate::ledger::{Broken, Kept, Ledger, broken};

/// What a member has heard, counted as the ledger counts.
#[derive(Debug)]
pub(crate) struct LiveView {
    pub(crate) channel: Box<str>,
    /// How much had been told when the subscription began.
    n_before: Option<usize>,
    /// How much is heard, once it has begun to hear.
    n_through: Option<usize>,
    /// How much was heard at any time.
    n_ever: usize,
    pub(crate) n_heard: u64,
}

impl LiveView {
    pub(crate) fn new(channel: &str) -> Self {
        Self {
            channel: channel.into(),
            n_before: None,
            n_through: None,
            n_ever: 0,
            n_heard: 0,
        }
    }

    /// A subscription begins, of the client that is known so; returns whether
    /// there was one before.
    pub(crate) fn begin(&mut self, client: &str, ledger: &Ledger) -> Result<bool, Broken> {
        let n_before = ledger.stream(&self.channel).n_before(client)?;
        self.n_through = None;
        Ok(self.n_before.replace(n_before).is_some())
    }

    pub(crate) fn hear(&mut self, id: &str, ledger: &Ledger) -> Kept {
        let channel = &self.channel;
        let place = ledger.stream(channel).place(id)?;
        let Some(n_before) = self.n_before else {
            return broken!("{id} was heard in {channel} before the subscription");
        };
        let (least, most) = match self.n_through {
            Some(n) => (n, n),
            // What was told shortly before may still be on its way.
            None => (self.n_ever, n_before.max(self.n_ever)),
        };
        if place < least {
            return broken!("{id}, {place} of {channel}, was heard again behind {least}");
        }
        if place > most {
            return broken!("{id}, {place} of {channel}, was heard behind {most}, without a word");
        }
        self.n_through = Some(place + 1);
        self.n_ever = place + 1;
        self.n_heard += 1;
        Ok(())
    }

    /// Whether it has heard this.
    pub(crate) fn check_own(&self, id: &str, ledger: &Ledger) -> Kept {
        match ledger.stream(&self.channel).place(id)? < self.n_ever {
            true => Ok(()),
            false => broken!("{id} was acknowledged before its publisher has heard it"),
        }
    }

    /// How much of what was told is still to come.
    pub(crate) fn n_to_come(&self, ledger: &Ledger) -> usize {
        let heard = self.n_through.or(self.n_before).unwrap_or(0);
        ledger.stream(&self.channel).n_told() - heard
    }
}
