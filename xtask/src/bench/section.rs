//! What is measured, with whom.

use super::contender::{
    AXUM, CENTRIFUGE_LIVE, CENTRIFUGE_ROOM, CENTRIFUGE_ROOMS, FLOOR, FLOOR_EACH, FLOOR_ECHO,
    PALABRE_BEFORE, PALABRE_LIVE, PALABRE_OWN, PALABRE_ROOM, PALABRE_TLS, SOCKET_IO,
    TOKIO_WEBSOCKETS, TUNGSTENITE, UWEBSOCKETS, WS,
};

/// One measurement of several contenders.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) key: Key,
    pub(super) title: &'static str,
    /// The subcommand of `palabre bench`, and its options.
    command: &'static [&'static str],
    /// The same for a quick run; nothing where it is the same.
    quick: &'static [&'static str],
    pub(super) contenders: &'static [&'static str],
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
}

pub(super) const SECTIONS: &[Section] = &[
    Section {
        key: Key::Saturated1000,
        title: "Saturated broadcast to 1,000",
        command: &["fanout", "--seconds=2"],
        quick: &[],
        contenders: &[
            FLOOR,
            FLOOR_EACH,
            PALABRE_LIVE,
            PALABRE_ROOM,
            PALABRE_BEFORE,
            CENTRIFUGE_LIVE,
            CENTRIFUGE_ROOM,
            UWEBSOCKETS,
            TOKIO_WEBSOCKETS,
            AXUM,
            TUNGSTENITE,
            WS,
            SOCKET_IO,
        ],
        once: false,
    },
    Section {
        key: Key::Saturated10000,
        title: "Saturated broadcast to 10,000",
        command: &["fanout", "--connections=10000", "--seconds=3"],
        quick: &[],
        contenders: &[
            FLOOR,
            PALABRE_LIVE,
            PALABRE_ROOM,
            PALABRE_BEFORE,
            CENTRIFUGE_LIVE,
            CENTRIFUGE_ROOM,
            UWEBSOCKETS,
            WS,
        ],
        once: false,
    },
    Section {
        key: Key::Paced,
        title: "Broadcast at 50 messages/s to 1,000",
        command: &["fanout", "--rate=50", "--seconds=4"],
        quick: &["fanout", "--rate=50", "--seconds=3"],
        contenders: &[
            FLOOR,
            FLOOR_EACH,
            PALABRE_LIVE,
            PALABRE_ROOM,
            PALABRE_BEFORE,
            CENTRIFUGE_LIVE,
            CENTRIFUGE_ROOM,
            UWEBSOCKETS,
            WS,
        ],
        once: false,
    },
    Section {
        key: Key::Idle1000,
        title: "1,000 idle connections",
        command: &["idle", "--connections=1000"],
        quick: &[],
        contenders: &[
            FLOOR,
            PALABRE_LIVE,
            PALABRE_TLS,
            CENTRIFUGE_LIVE,
            UWEBSOCKETS,
            TOKIO_WEBSOCKETS,
            AXUM,
            TUNGSTENITE,
            WS,
            SOCKET_IO,
        ],
        once: true,
    },
    Section {
        key: Key::Idle19000,
        title: "Idle connections, nearly as many as a process may have here",
        command: &["idle", "--connections=19000"],
        quick: &["idle", "--connections=5000"],
        contenders: &[
            FLOOR,
            PALABRE_LIVE,
            PALABRE_TLS,
            CENTRIFUGE_LIVE,
            UWEBSOCKETS,
        ],
        once: true,
    },
    Section {
        key: Key::Storm,
        title: "As many come and go, again and again",
        command: &["idle", "--connections=19000", "--rounds=10", "--seconds=0"],
        quick: &["idle", "--connections=5000", "--rounds=4", "--seconds=0"],
        contenders: &[PALABRE_LIVE],
        once: true,
    },
    Section {
        key: Key::Echo,
        title: "Echo, 50 connections",
        command: &["echo", "--seconds=2"],
        quick: &[],
        contenders: &[FLOOR_ECHO, PALABRE_OWN],
        once: false,
    },
    Section {
        key: Key::Durable,
        title: "Acknowledged by the disk: 100 publishers in 1,000 rooms",
        command: &["durable", "--window=64", "--seconds=4"],
        quick: &[],
        contenders: &[CENTRIFUGE_ROOMS],
        once: false,
    },
    Section {
        key: Key::Latency,
        title: "Latency at 25, 50 and 75 % of saturation, 1,000 receivers",
        command: &["fanout", "--seconds=3"],
        quick: &["fanout", "--seconds=2"],
        contenders: &[FLOOR, PALABRE_LIVE],
        once: true,
    },
];

/// Shares of saturation at which latency is measured, in percent.
pub(super) const SHARES: &[u32] = &[25, 50, 75];

impl Section {
    /// The subcommand of `palabre bench`, and its options.
    pub(super) fn measurement(&self, quick: bool) -> &'static [&'static str] {
        match self.quick {
            shorter @ [_, ..] if quick => shorter,
            _ => self.command,
        }
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
    use crate::bench::contender::Contender;

    #[test]
    fn each_key_has_its_section_and_each_contender_is_known() {
        for key in Key::value_variants() {
            let section = Section::keyed(*key);
            for name in section.contenders {
                assert_eq!(Contender::named(name).name, *name);
            }
        }
    }
}
