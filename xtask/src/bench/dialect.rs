//! What the load generator says to a contender: who it is, what it joins, and
//! what it publishes, as options of `palabre bench`.

/// How a contender is spoken with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dialect {
    /// What one says is what everybody hears: the load generator's own words.
    Plain,
    /// The Centrifuge protocol of today, in this channel; in ten, where the
    /// name has a `{digit}`.
    Centrifuge(&'static str),
    /// Its first version, whose methods have numbers.
    CentrifugeV1(&'static str),
    /// Socket.IO over Engine.IO, the fourth version.
    SocketIo,
}

/// The data of a publication: the whole message in the plain dialect.
const DATA: &str = r#"{"sender":"bench","message":"{mark}{pad}"}"#;
const DATA_BYTES: usize = 100;

impl Dialect {
    /// What a connection says first, and what it waits for.
    pub(super) fn greeting(self) -> Vec<String> {
        match self {
            Self::Plain => Vec::new(),
            Self::Centrifuge(channel) => {
                let (subscribes, last) = subscribes(channel);
                options(&[
                    ("hello", r#"{"id":1,"connect":{}}"#),
                    ("hello", &subscribes),
                    ("ready", &format!(r#""id":{last},"subscribe""#)),
                    ("heartbeat", "{}"),
                ])
            }
            Self::CentrifugeV1(channel) => options(&[
                ("hello", r#"{"id":1,"params":{}}"#),
                (
                    "hello",
                    &r#"{"id":2,"method":1,"params":{"channel":"CHANNEL"}}"#
                        .replace("CHANNEL", channel),
                ),
                // It is the answer, and says that history is kept.
                ("ready", r#""recoverable":true"#),
            ]),
            Self::SocketIo => options(&[("hello", "40"), ("ready", "40{"), ("heartbeat", "2=3")]),
        }
    }

    /// What is published.
    pub(super) fn words(self) -> Vec<String> {
        let (around, channel) = match self {
            Self::Plain => return Vec::new(),
            Self::Centrifuge(channel) => (
                r#"{"id":{id},"publish":{"channel":"CHANNEL","data":DATA}}"#,
                channel,
            ),
            Self::CentrifugeV1(channel) => (
                r#"{"id":{id},"method":3,"params":{"channel":"CHANNEL","data":DATA}}"#,
                channel,
            ),
            Self::SocketIo => (r#"42["message",DATA]"#, ""),
        };
        let around = around.replace("CHANNEL", channel);
        let template = around.replace("DATA", DATA);
        let size = filled(&around).len() - "DATA".len() + DATA_BYTES;
        options(&[("template", &template), ("size", &size.to_string())])
    }
}

/// The commands that join the channel, or all ten, in one frame; and the id of
/// the last.
fn subscribes(channel: &str) -> (String, usize) {
    let n_channels = if channel.contains("{digit}") { 10 } else { 1 };
    let commands: Vec<String> = (0..n_channels)
        .map(|digit| {
            r#"{"id":ID,"subscribe":{"channel":"CHANNEL"}}"#
                .replace("ID", &(digit + 2).to_string())
                .replace("CHANNEL", channel)
                .replace("{digit}", &digit.to_string())
        })
        .collect();
    (commands.join("\n"), n_channels + 1)
}

/// The text with its placeholders as long as most of what takes their place.
fn filled(text: &str) -> String {
    text.replace("{id}", "1001")
        .replace("{n}", "10")
        .replace("{digit}", "0")
}

fn options(named: &[(&str, &str)]) -> Vec<String> {
    let option = |(name, value): &(&str, &str)| format!("--{name}={value}");
    named.iter().map(option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_dialect_is_the_load_generators_own() {
        assert!(Dialect::Plain.greeting().is_empty());
        assert!(Dialect::Plain.words().is_empty());
    }

    #[test]
    fn one_channel_is_joined_and_published_in() {
        let dialect = Dialect::Centrifuge("room:bench");
        assert_eq!(
            dialect.greeting(),
            [
                r#"--hello={"id":1,"connect":{}}"#,
                r#"--hello={"id":2,"subscribe":{"channel":"room:bench"}}"#,
                r#"--ready="id":2,"subscribe""#,
                "--heartbeat={}",
            ]
        );
        assert_eq!(
            dialect.words(),
            [
                r#"--template={"id":{id},"publish":{"channel":"room:bench","data":{"sender":"bench","message":"{mark}{pad}"}}}"#,
                "--size=154",
            ]
        );
    }

    #[test]
    fn ten_channels_are_joined_in_one_frame_and_each_is_published_in() {
        let dialect = Dialect::Centrifuge("room:b{n}-{digit}");
        let [_, joins, ready, _] = &dialect.greeting()[..] else {
            panic!("two hellos, what is waited for, and the heartbeat");
        };
        assert_eq!(joins.lines().count(), 10);
        assert!(
            joins.ends_with(r#"{"id":11,"subscribe":{"channel":"room:b{n}-9"}}"#),
            "{joins}"
        );
        assert_eq!(ready, r#"--ready="id":11,"subscribe""#);
        assert!(dialect.words()[0].contains(r#""room:b{n}-{digit}""#));
    }

    #[test]
    fn data_is_as_long_in_every_dialect() {
        for (dialect, size) in [
            (Dialect::CentrifugeV1("bench"), "--size=159"),
            (Dialect::SocketIo, "--size=114"),
        ] {
            assert_eq!(dialect.words()[1], size);
        }
    }
}
