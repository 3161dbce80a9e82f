//! What one member has heard of one channel: a run without a hole, but for
//! gaps that it was told of.

use client::Position;

use crate::ledger::{Broken, Kept, Ledger, broken};

/// How far a member has come in a room or a feed.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) channel: Box<str>,
    /// The epoch that it is counted in; empty until it is known.
    pub(crate) epoch: Box<str>,
    /// The last offset that was heard, or that lies in a gap.
    pub(crate) at: u64,
    pub(crate) n_heard: u64,
    /// Whether it was told of a gap.
    pub(crate) has_gaps: bool,
    /// What was heard, where it is written down.
    pub(crate) heard: Option<Vec<(u64, String)>>,
}

impl View {
    pub(crate) fn new(channel: &str, epoch: &str, writes_down: bool) -> Self {
        Self {
            channel: channel.into(),
            epoch: epoch.into(),
            at: 0,
            n_heard: 0,
            has_gaps: false,
            heard: writes_down.then(Vec::new),
        }
    }

    /// What comes now is of this epoch. Another than before had to be told.
    pub(crate) fn enter(&mut self, epoch: &str) -> Kept {
        if self.epoch.is_empty() {
            self.epoch = epoch.into();
        }
        match *self.epoch == *epoch {
            true => Ok(()),
            false => broken!("{} has another epoch, without a word", self.channel),
        }
    }

    /// A publication has come.
    pub(crate) fn hear(&mut self, offset: u64, id: &str, data: &str, ledger: &Ledger) -> Kept {
        ledger.check_heard(&self.channel, &self.epoch, offset, id)?;
        let (channel, at) = (&self.channel, self.at);
        if offset <= at {
            return broken!("{id}, {offset} of {channel}, was heard again behind {at}");
        }
        if offset > at + 1 {
            return broken!("{id}, {offset} of {channel}, was heard behind {at}, without a word");
        }
        self.at = offset;
        self.n_heard += 1;
        if let Some(heard) = &mut self.heard {
            heard.push((offset, data.to_owned()));
        }
        Ok(())
    }

    /// It was told that nothing up to an offset will come.
    pub(crate) fn skip(&mut self, to: u64, ledger: &Ledger) -> Kept {
        ledger.check_gap(&self.channel, &self.epoch, self.at + 1, to)?;
        self.at = to;
        self.has_gaps = true;
        Ok(())
    }

    /// It was told that it goes on elsewhere; returns whether that is in
    /// another epoch, of which nobody can say what is missing.
    pub(crate) fn leap(&mut self, to: &Position, ledger: &Ledger) -> Result<bool, Broken> {
        if self.epoch.is_empty() || *self.epoch == *to.epoch {
            self.enter(&to.epoch)?;
            return self.skip(to.offset, ledger).map(|()| false);
        }
        self.epoch = to.epoch.as_str().into();
        self.at = to.offset;
        self.has_gaps = true;
        // What was written down is of what was.
        if let Some(heard) = &mut self.heard {
            heard.clear();
        }
        Ok(true)
    }
}
