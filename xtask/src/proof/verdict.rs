//! What was heard, beside what the log holds.

use std::collections::HashMap;

use anyhow::ensure;

use super::member::Heard;

/// The figures of a proof. All of the second block have to be 0.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) n_members: usize,
    pub(super) n_returns: usize,
    pub(super) n_acknowledged: usize,
    pub(super) n_deliveries: usize,

    /// Acknowledged and not in the log where the answer said, or in the log
    /// and not heard.
    pub(super) n_lost: usize,
    /// In the log twice, or heard twice.
    pub(super) n_twice: usize,
    /// Heard in another order than the log's, or in the log in another order
    /// than the speaker's.
    pub(super) n_out_of_order: usize,
}

impl Verdict {
    /// One member's part.
    pub(super) fn judge(&mut self, heard: &Heard, log: &[String]) {
        self.n_members += 1;
        self.n_returns += heard.n_returns;
        self.n_acknowledged += heard.acknowledged.len();
        self.n_deliveries += heard.ids.len();
        self.n_twice += heard.n_twice;
        self.n_lost += log.len().saturating_sub(heard.ids.len());
        self.n_lost += heard
            .acknowledged
            .iter()
            .filter(|(id, offset)| at(log, *offset) != Some(id))
            .count();
        let pairs = heard.ids.iter().zip(log);
        self.n_out_of_order += heard.n_early + pairs.filter(|(heard, kept)| heard != kept).count();
    }

    /// The log's own part.
    pub(super) fn judge_log(&mut self, log: &[String]) {
        let mut last_of = HashMap::<&str, u64>::new();
        for id in log {
            let (speaker, number) = id.rsplit_once('-').unwrap_or((id, "0"));
            let number = number.parse().unwrap_or(0);
            let last = last_of.entry(speaker).or_insert(0);
            self.n_twice += usize::from(number == *last);
            self.n_out_of_order += usize::from(number < *last);
            *last = number;
        }
    }

    /// Prints the figures.
    ///
    /// # Errors
    /// If anything was lost, came twice, or out of order.
    pub(super) fn close(&self) -> anyhow::Result<()> {
        println!("members              {:>9}", self.n_members);
        println!("returns              {:>9}", self.n_returns);
        println!("acknowledged         {:>9}", self.n_acknowledged);
        println!("deliveries           {:>9}", self.n_deliveries);
        println!("lost                 {:>9}", self.n_lost);
        println!("twice                {:>9}", self.n_twice);
        println!("out of order         {:>9}", self.n_out_of_order);
        self.hold()
    }

    /// # Errors
    /// If anything was lost, came twice, or out of order.
    pub(super) fn hold(&self) -> anyhow::Result<()> {
        let Self {
            n_lost,
            n_twice,
            n_out_of_order,
            ..
        } = self;
        ensure!(self.n_acknowledged > 0, "nothing was acknowledged");
        ensure!(
            n_lost + n_twice + n_out_of_order == 0,
            "the promise is broken: {n_lost} lost, {n_twice} twice, {n_out_of_order} out of order"
        );
        Ok(())
    }
}

fn at(log: &[String], offset: u64) -> Option<&String> {
    let index = usize::try_from(offset.checked_sub(1)?).ok()?;
    log.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn judged(heard: &str, acknowledged: &[(&str, u64)], log: &str) -> (usize, usize, usize) {
        let heard = Heard {
            ids: ids(heard),
            acknowledged: acknowledged
                .iter()
                .map(|&(id, offset)| (id.to_owned(), offset))
                .collect(),
            ..Heard::default()
        };
        let mut verdict = Verdict::default();
        verdict.judge(&heard, &ids(log));
        verdict.judge_log(&ids(log));
        (verdict.n_lost, verdict.n_twice, verdict.n_out_of_order)
    }

    #[test]
    fn what_is_right_has_no_fault() {
        assert_eq!(
            judged("a-1 b-1 a-2", &[("a-2", 3)], "a-1 b-1 a-2"),
            (0, 0, 0)
        );
    }

    #[test]
    fn each_fault_is_found() {
        assert_eq!(judged("a-1", &[], "a-1 a-2"), (1, 0, 0));
        assert_eq!(judged("a-1", &[("a-2", 2)], "a-1"), (1, 0, 0));
        assert_eq!(judged("a-1 a-1", &[], "a-1 a-1"), (0, 1, 0));
        assert_eq!(judged("b-1 a-1", &[], "a-1 b-1").2, 2);
        assert_eq!(judged("a-2 a-1", &[], "a-2 a-1"), (0, 0, 1));
    }
}
