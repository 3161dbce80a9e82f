//! What one member has heard of one channel: a run without a hole, but for
//! gaps that it was told of.

use crate::ledger::{Kept, Ledger, broken};

/// How far a member has come.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) channel: Box<str>,
    /// The last offset that was heard, or that lies in a gap.
    pub(crate) at: u64,
    pub(crate) n_heard: u64,
    /// What was heard, where it is written down.
    pub(crate) heard: Option<Vec<(u64, String)>>,
}

impl View {
    pub(crate) fn new(channel: &str, writes_down: bool) -> Self {
        Self {
            channel: channel.into(),
            at: 0,
            n_heard: 0,
            heard: writes_down.then(Vec::new),
        }
    }

    /// A publication has come.
    pub(crate) fn hear(&mut self, offset: u64, id: &str, data: &str, ledger: &Ledger) -> Kept {
        ledger.check_heard(&self.channel, offset, id)?;
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
        ledger.check_gap(&self.channel, self.at + 1, to)?;
        self.at = to;
        Ok(())
    }
}
