//! The bars that the house has set itself, each as a figure of one run.

use super::contender::{
    CENTRIFUGE_ROOM, CENTRIFUGE_ROOMS, FLOOR, FLOOR_EACH, FLOOR_ECHO, PALABRE_BEFORE, PALABRE_LIVE,
    PALABRE_OWN, PALABRE_ROOM, UWEBSOCKETS, WS,
};
use super::figures::{Figures, Results};
use super::section::Key;

/// What one run of Centrifuge's Go library cost beside the same floor, on
/// another day: 2.16 over 0.53. It cannot be had here.
const GO_LIBRARY_OVER_FLOOR: f64 = 4.08;

/// What is to be reached.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) what: &'static str,
    measure: fn(&Results) -> Option<f64>,
    pub(super) unit: Unit,
    /// What has to be reached, and what one would like to.
    pub(super) first: Option<f64>,
    pub(super) aim: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// At most so many times the other's.
    Times,
    Bytes,
    Microseconds,
    /// At least so many.
    PerSecond,
}

/// How a figure stands to its bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// The aim, too.
    Aim,
    First,
    /// By this factor.
    Missed(f64),
    NotMeasured,
}

const CPU: fn(&Figures) -> Option<f64> = |it| it.cpu;

pub(super) const BARS: &[Bar] = &[
    times(
        "saturated, 1,000: CPU of a delivery, beside the floor",
        1.3,
        None,
        |it| ratio(it, Key::Saturated1000, CPU, PALABRE_LIVE, FLOOR),
    ),
    times("the same, beside uWebSockets", 1.0, Some(0.75), |it| {
        ratio(it, Key::Saturated1000, CPU, PALABRE_LIVE, UWEBSOCKETS)
    }),
    times(
        "the same, beside Node `ws`",
        1.0 / 12.0,
        Some(1.0 / 20.0),
        |it| ratio(it, Key::Saturated1000, CPU, PALABRE_LIVE, WS),
    ),
    times(
        "saturated, 10,000: CPU of a delivery, beside the floor",
        1.3,
        None,
        |it| ratio(it, Key::Saturated10000, CPU, PALABRE_LIVE, FLOOR),
    ),
    times("the same, beside uWebSockets", 1.0, Some(0.75), |it| {
        ratio(it, Key::Saturated10000, CPU, PALABRE_LIVE, UWEBSOCKETS)
    }),
    times(
        "the same, beside Node `ws`",
        1.0 / 12.0,
        Some(1.0 / 20.0),
        |it| ratio(it, Key::Saturated10000, CPU, PALABRE_LIVE, WS),
    ),
    times(
        "Centrifuge dialect, durable room, saturated: beside the Go library (4.08 × the floor, measured earlier)",
        0.5,
        Some(0.25),
        |it| {
            let over_floor = ratio(it, Key::Saturated1000, CPU, CENTRIFUGE_ROOM, FLOOR)?;
            Some(over_floor / GO_LIBRARY_OVER_FLOOR)
        },
    ),
    times(
        "50 messages/s, JSON checked: CPU, beside a bare send for each",
        1.25,
        Some(1.0),
        |it| ratio(it, Key::Paced, CPU, PALABRE_LIVE, FLOOR_EACH),
    ),
    times(
        "50 messages/s: p99 of delivery, beside the floor",
        1.2,
        None,
        |it| ratio(it, Key::Paced, |it| it.p99_ms, PALABRE_LIVE, FLOOR),
    ),
    Bar {
        what: "memory of an idle connection",
        measure: |it| it.median(Key::Idle19000, PALABRE_LIVE)?.bytes,
        unit: Unit::Bytes,
        first: Some(1536.0),
        aim: Some(640.0),
    },
    Bar {
        what: "CPU of a connect and upgrade",
        measure: |it| it.median(Key::Storm, PALABRE_LIVE)?.connect_us,
        unit: Unit::Microseconds,
        first: Some(40.0),
        aim: Some(25.0),
    },
    times(
        "storms: memory of the last, beside that of the second",
        1.05,
        None,
        |it| it.median(Key::Storm, PALABRE_LIVE)?.growth,
    ),
    times("the same, once all have left", 1.05, None, |it| {
        it.median(Key::Storm, PALABRE_LIVE)?.growth_left
    }),
    times(
        "echo: CPU of a round trip, beside the floor",
        1.25,
        Some(1.1),
        |it| {
            let ours = it.median(Key::Echo, PALABRE_OWN)?.cpu?;
            Some(ours / it.median(Key::Echo, FLOOR_ECHO)?.cpu?)
        },
    ),
    Bar {
        what: "durable: acknowledged",
        measure: |it| it.median(Key::Durable, CENTRIFUGE_ROOMS)?.per_second,
        unit: Unit::PerSecond,
        first: Some(20_000.0),
        aim: Some(50_000.0),
    },
    times(
        "saturated, 1,000, a room: CPU, beside the revision before",
        1.1,
        None,
        |it| ratio(it, Key::Saturated1000, CPU, PALABRE_ROOM, PALABRE_BEFORE),
    ),
    times(
        "saturated, 10,000, a room: CPU, beside the revision before",
        1.1,
        None,
        |it| ratio(it, Key::Saturated10000, CPU, PALABRE_ROOM, PALABRE_BEFORE),
    ),
    times(
        "50 messages/s, a room: CPU, beside the revision before",
        1.1,
        None,
        |it| ratio(it, Key::Paced, CPU, PALABRE_ROOM, PALABRE_BEFORE),
    ),
];

const fn times(
    what: &'static str,
    first: f64,
    aim: Option<f64>,
    measure: fn(&Results) -> Option<f64>,
) -> Bar {
    Bar {
        what,
        measure,
        unit: Unit::Times,
        first: Some(first),
        aim,
    }
}

/// One contender's figure over another's.
fn ratio(
    results: &Results,
    key: Key,
    figure: fn(&Figures) -> Option<f64>,
    ours: &str,
    theirs: &str,
) -> Option<f64> {
    let of = |name| figure(&results.median(key, name)?);
    Some(of(ours)? / of(theirs)?)
}

impl Bar {
    pub(super) fn figure(&self, results: &Results) -> Option<f64> {
        (self.measure)(results).filter(|it| it.is_finite())
    }

    pub(super) fn verdict(&self, results: &Results) -> Verdict {
        let Some(figure) = self.figure(results) else {
            return Verdict::NotMeasured;
        };
        // How far beyond the bar: more than 1 is missed.
        let beyond = |bar: f64| match self.unit {
            Unit::PerSecond => bar / figure,
            _ => figure / bar,
        };
        match (self.aim.map(beyond), self.first.map(beyond)) {
            (Some(..=1.0), _) => Verdict::Aim,
            (_, Some(factor)) if factor > 1.0 => Verdict::Missed(factor),
            _ => Verdict::First,
        }
    }
}

impl Unit {
    /// The figure as one reads it.
    pub(super) fn show(self, figure: f64) -> String {
        match self {
            Self::Times if figure < 0.2 => format!("1/{:.1} ×", 1.0 / figure),
            Self::Times => format!("{figure:.2} ×"),
            Self::Bytes => format!("{figure:.0} B"),
            Self::Microseconds => format!("{figure:.1} µs"),
            Self::PerSecond => format!("{figure:.0}/s"),
        }
    }

    /// The word before a bar.
    pub(super) fn sense(self) -> &'static str {
        match self {
            Self::PerSecond => "≥",
            _ => "≤",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(ours: f64) -> Results {
        let mut results = Results::default();
        for (name, cpu) in [(PALABRE_LIVE, ours), (UWEBSOCKETS, 1.0)] {
            let figures = Figures {
                cpu: Some(cpu),
                ..Figures::default()
            };
            results.add(Key::Saturated1000, name, figures);
        }
        results
    }

    #[test]
    fn a_figure_is_judged_by_both_bars() {
        let bar = &BARS[1];
        assert_eq!(bar.verdict(&results(0.7)), Verdict::Aim);
        assert_eq!(bar.verdict(&results(0.9)), Verdict::First);
        assert_eq!(bar.verdict(&results(1.5)), Verdict::Missed(1.5));
        assert_eq!(bar.verdict(&Results::default()), Verdict::NotMeasured);
    }

    #[test]
    fn more_is_better_where_it_is_a_rate() {
        let bar = BARS.iter().find(|it| it.unit == Unit::PerSecond).unwrap();
        let mut results = Results::default();
        let figures = Figures {
            per_second: Some(10_000.0),
            ..Figures::default()
        };
        results.add(Key::Durable, CENTRIFUGE_ROOMS, figures);
        assert_eq!(bar.verdict(&results), Verdict::Missed(2.0));
        assert_eq!(bar.unit.show(10_000.0), "10000/s");
    }

    #[test]
    fn small_shares_are_shown_as_fractions() {
        assert_eq!(Unit::Times.show(1.0 / 16.0), "1/16.0 ×");
        assert_eq!(Unit::Times.show(1.234), "1.23 ×");
    }
}
