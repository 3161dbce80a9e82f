//! Text in, effects and events out, a line each.

mod channels;
mod connections;
mod tokens;

use super::*;
use crate::event::Question;

/// A client, the time, and all that it asked for and told, a line each.
struct Fixture {
    client: Client,
    now: Duration,
}

impl Fixture {
    /// With `room:tea` followed, connected.
    fn connected() -> Self {
        let mut fixture = Self::opened();
        fixture.receive(
            r#"{"id":1,"connect":{"client":"c","version":"0","ping":25,"pong":true}}
{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":3}}"#,
            "connected; subscribed 3@e",
        );
        fixture
    }

    fn opened() -> Self {
        let mut fixture = Self::new();
        fixture.open("");
        fixture
    }

    fn new() -> Self {
        let mut client = Client::new(Options::default());
        client.subscribe(Duration::ZERO, "room:tea", Following::default());
        client.connect(Duration::ZERO);
        let now = Duration::from_secs(100);
        Self { client, now }
    }

    /// Opens the socket; the subscribe command goes on with `resume`.
    fn open(&mut self, resume: &str) {
        self.open_to(&format!(
            "open; {{\"id\":1,\"connect\":{{\"name\":\"rust\"}}}}|\
             {{\"id\":2,\"subscribe\":{{\"channel\":\"room:tea\"{resume},\"positioned\":true,\"recoverable\":true}}}}"
        ));
    }

    fn receive(&mut self, text: &str, expected: &str) {
        self.client.received(self.now, text);
        self.check(expected);
    }

    fn publish(&mut self, data: &str) -> Ticket {
        let data = RawValue::from_string(data.into()).unwrap();
        self.client.publish(self.now, "room:tea", data).unwrap()
    }

    fn ask(&mut self, question: Question, expected: &str) {
        self.client.ask(self.now, "room:tea", question);
        self.check(expected);
    }

    /// The socket is closed.
    fn close(&mut self, code: u16, expected: &str) {
        self.client.closed(self.now, code, "");
        self.check(expected);
    }

    /// The socket is open, and these are its first words.
    fn open_to(&mut self, expected: &str) {
        self.client.opened(self.now);
        self.check(expected);
    }

    /// Another socket, once the wait is over; its first words go unchecked.
    fn come_back(&mut self) {
        self.wait();
        self.client.opened(self.now);
        self.drop_effects();
    }

    fn drop_effects(&mut self) {
        while self.client.poll_effect().is_some() {}
    }

    /// Waits for what the client itself waits for.
    fn wait(&mut self) {
        self.now = self.client.deadline().unwrap();
        self.client.tick(self.now);
    }

    fn check(&mut self, expected: &str) {
        let effects: Vec<_> = std::iter::from_fn(|| self.client.poll_effect()).collect();
        let events: Vec<_> = std::iter::from_fn(|| self.client.poll_event()).collect();
        let effects = effects.into_iter().map(|effect| match effect {
            Effect::Open => "open".into(),
            Effect::Close => "close".into(),
            Effect::Send(text) => text.replace('\n', "|"),
        });
        let shown: Vec<_> = effects.chain(events.iter().map(show)).collect();
        assert_eq!(shown.join("; "), expected);
    }
}

fn show(event: &Event) -> String {
    match event {
        Event::Connected { .. } => "connected".into(),
        Event::Connecting { problem, .. } => format!("lost {}", problem.code),
        Event::Disconnected(problem) => format!("disconnected {}", problem.code),
        Event::Subscribed { position, .. } => match position {
            Some(Position { offset, epoch }) => format!("subscribed {offset}@{epoch}"),
            None => "subscribed".into(),
        },
        Event::Unsubscribed { problem, .. } => format!("unsubscribed {}", problem.code),
        Event::TokenWanted { channel } => match channel {
            Some(channel) => format!("wants a token for {channel}"),
            None => "wants a token".into(),
        },
        Event::Publication { publication, .. } => {
            format!("{}={}", publication.offset, publication.data)
        }
        Event::Gap { n_missing, .. } => format!("gap {n_missing:?}"),
        Event::Join { info, .. } => format!("join {info}"),
        Event::Leave { info, .. } => format!("leave {info}"),
        Event::History { publications, .. } => {
            let data = publications.iter().map(|it| it.data.as_str());
            format!("history {}", data.collect::<Vec<_>>().join(" "))
        }
        Event::Presence { members, .. } => format!("present {}", members.join(" ")),
        Event::Guests { guests, .. } => format!("guests {guests}"),
        Event::Unanswered { problem, .. } => format!("unanswered {}", problem.code),
        Event::Acknowledged(ticket) => format!("acknowledged {ticket}"),
        Event::Refused { ticket, problem } => format!("refused {ticket} {}", problem.code),
    }
}
