//! What is measured, with whom.

use super::contender::{
    AXUM, CENTRIFUGE_LIVE, CENTRIFUGE_ROOM, CENTRIFUGE_ROOMS, Contender, FLOOR, FLOOR_EACH,
    FLOOR_ECHO, FLOOR_RING, GO_LIBRARY, PALABRE_BEFORE, PALABRE_LIVE, PALABRE_OWN, PALABRE_ROOM,
    PALABRE_TEN, PALABRE_TLS, SOCKET_IO, TOKIO_WEBSOCKETS, TUNGSTENITE, UWEBSOCKETS, WS,
};

/// One measurement of several contenders.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) key: Key,
    pub(super) title: &'static str,
    /// The subcommand of `palabre bench`, and its options.
    command: &'static [&'static str],
    /// The same for a quick run.
    quick: &'static [&'static str],
    groups: &'static [&'static [&'static Contender]],
    /// Whether one round is enough: what is measured is not noisy, or is
    /// measured several times in it.
    pub(super) once: bool,
}

/// The name of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(super) enum Key {
    Saturated1000,
    Saturated10000,
    Paced,
    Idle1000,
    Idle19000,
    Storm,
    Echo,
    Durable,
    Latency,
    Beside,
}

/// Who is measured by what each broadcasts.
const BROADCAST: &[&Contender] = &[
    &FLOOR,
    &FLOOR_RING,
    &PALABRE_LIVE,
    &PALABRE_ROOM,
    &PALABRE_BEFORE,
    &CENTRIFUGE_LIVE,
    &CENTRIFUGE_ROOM,
    &GO_LIBRARY,
    &UWEBSOCKETS,
    &WS,
];

/// Who is measured by what an idle connection takes.
const IDLE: &[&Contender] = &[
    &FLOOR,
    &PALABRE_LIVE,
    &PALABRE_TLS,
    &CENTRIFUGE_LIVE,
    &CENTRIFUGE_ROOM,
    &GO_LIBRARY,
    &UWEBSOCKETS,
];

/// Who is measured with 1,000 connections only.
const WITH_1000: &[&Contender] = &[&TOKIO_WEBSOCKETS, &AXUM, &TUNGSTENITE, &SOCKET_IO];

pub(super) static SECTIONS: &[Section] = &[
    section(
        Key::Saturated1000,
        "Saturated broadcast to 1,000",
        &["fanout", "--seconds=2"],
        &[BROADCAST, &[&FLOOR_EACH], WITH_1000],
    ),
    section(
        Key::Saturated10000,
        "Saturated broadcast to 10,000",
        &["fanout", "--connections=10000", "--seconds=3"],
        &[BROADCAST],
    ),
    Section {
        quick: &["fanout", "--rate=50", "--seconds=3"],
        ..section(
            Key::Paced,
            "Broadcast at 50 messages/s to 1,000",
            &["fanout", "--rate=50", "--seconds=4"],
            &[BROADCAST, &[&FLOOR_EACH]],
        )
    },
    Section {
        once: true,
        ..section(
            Key::Idle1000,
            "1,000 idle connections",
            &["idle", "--connections=1000"],
            &[IDLE, &[&WS], WITH_1000],
        )
    },
    Section {
        quick: &["idle", "--connections=5000"],
        once: true,
        ..section(
            Key::Idle19000,
            "Idle connections, nearly as many as a process may have here",
            &["idle", "--connections=19000"],
            &[IDLE],
        )
    },
    Section {
        quick: &["idle", "--connections=5000", "--rounds=4", "--seconds=0"],
        once: true,
        ..section(
            Key::Storm,
            "As many come and go, again and again",
            &["idle", "--connections=19000", "--rounds=10", "--seconds=0"],
            &[&[&PALABRE_LIVE]],
        )
    },
    section(
        Key::Echo,
        "Echo, 50 connections",
        &["echo", "--seconds=2"],
        &[&[&FLOOR_ECHO, &PALABRE_OWN]],
    ),
    section(
        Key::Durable,
        "Acknowledged by the disk: 100 publishers in 1,000 rooms",
        &["durable", "--window=64", "--seconds=4"],
        &[&[&CENTRIFUGE_ROOMS]],
    ),
    Section {
        quick: &["fanout", "--seconds=2"],
        once: true,
        ..section(
            Key::Latency,
            "Latency at 25, 50 and 75 % of saturation, 1,000 receivers",
            &["fanout", "--seconds=3"],
            &[&[&FLOOR, &PALABRE_LIVE]],
        )
    },
    section(
        Key::Beside,
        "A room of ten, beside one that is flooded",
        &["fanout", "--connections=10", "--rate=20", "--seconds=5"],
        &[&[&PALABRE_TEN]],
    ),
];

/// Shares of saturation at which latency is measured, in percent.
pub(super) const SHARES: &[u32] = &[25, 50, 75];

/// One that is measured in as many rounds as any, and is quick as it is.
const fn section(
    key: Key,
    title: &'static str,
    command: &'static [&'static str],
    groups: &'static [&'static [&'static Contender]],
) -> Section {
    Section {
        key,
        title,
        command,
        quick: command,
        groups,
        once: false,
    }
}

impl Section {
    /// The subcommand of `palabre bench`, and its options.
    pub(super) fn measurement(&self, quick: bool) -> &'static [&'static str] {
        if quick { self.quick } else { self.command }
    }

    /// In the order in which they take their turns.
    pub(super) fn contenders(&self) -> impl Iterator<Item = &'static Contender> + use<> {
        self.groups.iter().copied().flatten().copied()
    }

    pub(super) fn keyed(key: Key) -> &'static Self {
        SECTIONS
            .iter()
            .find(|it| it.key == key)
            .expect("each key has its section")
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn each_key_has_its_section_and_no_two_contenders_have_one_name() {
        for key in Key::value_variants() {
            let section = Section::keyed(*key);
            let mut names: Vec<_> = section.contenders().map(|it| it.name).collect();
            let n_contenders = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), n_contenders, "{}", section.title);
        }
    }
}
