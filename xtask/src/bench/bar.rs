//! The bars that the house has set itself, each as a figure of one run.

use super::contender::{
    CENTRIFUGE_ROOM, CENTRIFUGE_ROOMS, Contender, FLOOR, FLOOR_EACH, FLOOR_ECHO, GO_LIBRARY,
    PALABRE_BEFORE, PALABRE_LIVE, PALABRE_OWN, PALABRE_ROOM, UWEBSOCKETS, WS,
};
use super::figures::{Figure, Results};
use super::section::Key;

/// What is to be reached.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) what: &'static str,
    key: Key,
    figure: Figure,
    ours: &'static Contender,
    /// Whose figure ours is divided by; nobody's where it is one by itself.
    theirs: Option<&'static Contender>,
    pub(super) unit: Unit,
    /// What has to be reached, and what one would like to.
    pub(super) first: f64,
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

/// All bars, in the order in which they are shown.
pub(super) fn bars() -> impl Iterator<Item = &'static Bar> {
    BARS.iter().copied().flatten()
}

static BARS: &[&[Bar]] = &[
    &saturated(
        "saturated, 1,000: CPU of a delivery, beside the floor",
        Key::Saturated1000,
    ),
    &saturated(
        "saturated, 10,000: CPU of a delivery, beside the floor",
        Key::Saturated10000,
    ),
    &[
        cpu(
            "Centrifuge dialect, a room (history on, on disk), saturated, 1,000: CPU, beside Centrifuge's Go library",
            Key::Saturated1000,
            [&CENTRIFUGE_ROOM, &GO_LIBRARY],
            0.5,
        )
        .aim(0.25),
        cpu(
            "the same at 50 messages/s, beside Centrifuge's Go library",
            Key::Paced,
            [&CENTRIFUGE_ROOM, &GO_LIBRARY],
            0.5,
        ),
        cpu(
            "50 messages/s, JSON checked: CPU, beside a bare send for each",
            Key::Paced,
            [&PALABRE_LIVE, &FLOOR_EACH],
            1.25,
        )
        .aim(1.0),
        beside(
            "50 messages/s: p99 of delivery, beside the floor",
            Key::Paced,
            |it| it.p99_ms,
            [&PALABRE_LIVE, &FLOOR],
            1.2,
        ),
        alone(
            "memory of an idle connection",
            Key::Idle19000,
            |it| it.bytes,
            &PALABRE_LIVE,
            1536.0,
            Unit::Bytes,
        )
        .aim(640.0),
        alone(
            "CPU of a connect and upgrade",
            Key::Storm,
            |it| it.connect_us,
            &PALABRE_LIVE,
            40.0,
            Unit::Microseconds,
        )
        .aim(25.0),
        alone(
            "storms: memory of the last, beside that of the second",
            Key::Storm,
            |it| it.growth,
            &PALABRE_LIVE,
            1.05,
            Unit::Times,
        ),
        alone(
            "the same, once all have left",
            Key::Storm,
            |it| it.growth_left,
            &PALABRE_LIVE,
            1.05,
            Unit::Times,
        ),
        cpu(
            "echo: CPU of a round trip, beside the floor",
            Key::Echo,
            [&PALABRE_OWN, &FLOOR_ECHO],
            1.25,
        )
        .aim(1.1),
        alone(
            "durable: acknowledged",
            Key::Durable,
            |it| it.per_second,
            &CENTRIFUGE_ROOMS,
            20_000.0,
            Unit::PerSecond,
        )
        .aim(50_000.0),
        before(
            "saturated, 1,000, a room: CPU, beside the revision before",
            Key::Saturated1000,
        ),
        before(
            "saturated, 10,000, a room: CPU, beside the revision before",
            Key::Saturated10000,
        ),
        before(
            "50 messages/s, a room: CPU, beside the revision before",
            Key::Paced,
        ),
    ],
];

/// A saturated broadcast, beside the floor and two peers.
const fn saturated(what: &'static str, key: Key) -> [Bar; 3] {
    [
        cpu(what, key, [&PALABRE_LIVE, &FLOOR], 1.3),
        cpu(
            "the same, beside uWebSockets",
            key,
            [&PALABRE_LIVE, &UWEBSOCKETS],
            1.0,
        )
        .aim(0.75),
        cpu(
            "the same, beside Node `ws`",
            key,
            [&PALABRE_LIVE, &WS],
            1.0 / 12.0,
        )
        .aim(1.0 / 20.0),
    ]
}

/// A room, beside that of the revision before.
const fn before(what: &'static str, key: Key) -> Bar {
    cpu(what, key, [&PALABRE_ROOM, &PALABRE_BEFORE], 1.1)
}

/// A figure of ours over the same of theirs: at most so many times it.
const fn beside(
    what: &'static str,
    key: Key,
    figure: Figure,
    [ours, theirs]: [&'static Contender; 2],
    first: f64,
) -> Bar {
    Bar {
        theirs: Some(theirs),
        ..alone(what, key, figure, ours, first, Unit::Times)
    }
}

/// The same of CPU.
const fn cpu(what: &'static str, key: Key, both: [&'static Contender; 2], first: f64) -> Bar {
    beside(what, key, |it| it.cpu, both, first)
}

/// A figure of ours by itself.
const fn alone(
    what: &'static str,
    key: Key,
    figure: Figure,
    ours: &'static Contender,
    first: f64,
    unit: Unit,
) -> Bar {
    Bar {
        what,
        key,
        figure,
        ours,
        theirs: None,
        unit,
        first,
        aim: None,
    }
}

impl Bar {
    const fn aim(self, aim: f64) -> Self {
        Self {
            aim: Some(aim),
            ..self
        }
    }

    pub(super) fn figure(&self, results: &Results) -> Option<f64> {
        let of = |it: &Contender| (self.figure)(&results.median(self.key, it.name)?);
        let ours = of(self.ours)?;
        let figure = match self.theirs {
            Some(theirs) => ours / of(theirs)?,
            None => ours,
        };
        Some(figure).filter(|it| it.is_finite())
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
        match (self.aim.map(beyond), beyond(self.first)) {
            (Some(..=1.0), _) => Verdict::Aim,
            (_, factor) if factor > 1.0 => Verdict::Missed(factor),
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
    use crate::bench::figures::Figures;

    /// The verdict on the only bar about these two, were theirs 1.
    fn verdict([ours, theirs]: [&Contender; 2], cpu: f64) -> Verdict {
        let is_about = |it: &&'static Bar| {
            let with = it.theirs.map(|it| it.name);
            (it.key, it.ours.name, with) == (Key::Saturated1000, ours.name, Some(theirs.name))
        };
        let bar = bars().find(is_about).unwrap();
        assert_eq!(bar.verdict(&Results::default()), Verdict::NotMeasured);
        let mut results = Results::default();
        for (name, cpu) in [(ours.name, cpu), (theirs.name, 1.0)] {
            let figures = Figures {
                cpu: Some(cpu),
                ..Figures::default()
            };
            results.add(Key::Saturated1000, name, figures);
        }
        bar.verdict(&results)
    }

    #[test]
    fn a_figure_is_judged_by_both_bars() {
        let with_uwebsockets = |cpu| verdict([&PALABRE_LIVE, &UWEBSOCKETS], cpu);
        assert_eq!(with_uwebsockets(0.7), Verdict::Aim);
        assert_eq!(with_uwebsockets(0.9), Verdict::First);
        assert_eq!(with_uwebsockets(1.5), Verdict::Missed(1.5));
        let with_go = |cpu| verdict([&CENTRIFUGE_ROOM, &GO_LIBRARY], cpu);
        assert_eq!(with_go(0.25), Verdict::Aim);
        assert_eq!(with_go(0.5), Verdict::First);
        assert_eq!(with_go(1.0), Verdict::Missed(2.0));
    }

    #[test]
    fn more_is_better_where_it_is_a_rate() {
        let bar = bars().find(|it| it.unit == Unit::PerSecond).unwrap();
        let mut results = Results::default();
        let figures = Figures {
            per_second: Some(10_000.0),
            ..Figures::default()
        };
        results.add(Key::Durable, CENTRIFUGE_ROOMS.name, figures);
        assert_eq!(bar.verdict(&results), Verdict::Missed(2.0));
        assert_eq!(bar.unit.show(10_000.0), "10000/s");
    }

    #[test]
    fn small_shares_are_shown_as_fractions() {
        assert_eq!(Unit::Times.show(1.0 / 16.0), "1/16.0 ×");
        assert_eq!(Unit::Times.show(1.234), "1.23 ×");
    }
}
