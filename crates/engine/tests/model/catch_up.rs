//! Who comes back reads pages of the log while the writer goes on. No page
//! holds what the channel has not told yet, so nothing looks like a gap, and
//! nothing comes twice.

use std::sync::Arc;

use engine::{CentrifugeSession, Client, Effect, Engine, Node, PlainSession, Session, Start};
use protocol::centrifuge::{Answer, Event, Incoming, incoming};
use shuttle::thread;
use uuid::Uuid;

use crate::check;
use crate::stage::{PLAIN, Post, engine, node, origin, publish, spawn_writer, tea};

/// Publications of a scenario; the first is there before anybody comes.
const N: u64 = 3;

#[test]
fn who_catches_up_misses_none_and_doubles_none() {
    check(|| {
        catch_up(|node, effects| {
            let client = Client {
                origin: origin(0),
                id: Uuid::nil(),
            };
            let mut session = CentrifugeSession::new(client, false);
            let subscribe = r#"{"id":2,"subscribe":{"channel":"room:tea","recover":true}}"#;
            let frame = format!("{{\"id\":1,\"connect\":{{}}}}\n{subscribe}");
            session.take(&frame, node, effects);
            Session::Centrifuge(Box::new(session))
        });
    });
}

#[test]
fn so_it_is_in_the_plain_dialect() {
    check(|| {
        catch_up(|node, effects| {
            let mut session = PlainSession::join(&tea(), origin(0), PLAIN, node).unwrap();
            session.start(Start::After(0), node, effects);
            Session::Plain(session)
        });
    });
}

/// A shard with one session, beside a writer and a publisher.
fn catch_up(begin: fn(&mut Node, &mut Vec<Effect>) -> Session) {
    let engine = engine();
    let post = Arc::new(Post::default());
    // The room is closed then, so its tail begins empty.
    publish(&engine, &post, 0, 1);
    engine.commit(engine.commits().take(), &*post).unwrap();

    let writer = spawn_writer(&engine, &post);
    let publisher = {
        let (engine, post) = (Arc::clone(&engine), Arc::clone(&post));
        thread::spawn(move || publish(&engine, &post, 1, N - 1))
    };
    let mut node = node(&engine, &post);
    let mut effects = Vec::new();
    let mut session = begin(&mut node, &mut effects);
    let mut heard = Vec::new();
    loop {
        let is_over = post.lock().answers.len() as u64 == N;
        work(&mut session, &mut node, &engine, &mut effects, &mut heard);
        hear(&post, &mut node, &mut heard);
        if is_over && !session.is_behind() {
            break;
        }
        thread::yield_now();
    }
    engine.commits().close();
    publisher.join().unwrap();
    writer.join().unwrap();
    assert_eq!(heard, (1..=N).collect::<Vec<_>>());
}

/// Does what the session asks for, and lets it catch up a step.
fn work(
    session: &mut Session,
    node: &mut Node,
    engine: &Engine,
    effects: &mut Vec<Effect>,
    heard: &mut Vec<u64>,
) {
    if session.is_behind() {
        session.catch_up(node, effects);
    }
    while !effects.is_empty() {
        for effect in std::mem::take(effects) {
            match effect {
                Effect::Send(message) => heard.extend(offsets(&message)),
                Effect::Read(read) => {
                    let records =
                        engine.read(read.channel.name(), read.range, read.limit, node.now);
                    session.read(read.origin.tag, records, node, effects);
                }
                other => panic!("it was not to ask for {other:?}"),
            }
        }
    }
}

/// What the shard does with its mail.
fn hear(post: &Post, node: &mut Node, heard: &mut Vec<u64>) {
    let told = std::mem::take(&mut post.lock().told);
    for (_, publication) in told {
        let offset = publication.offset.unwrap_or(0);
        for member in node.hub.members_mut(publication.channel.number()) {
            if member.is_live && offset > member.position {
                member.position = offset;
                heard.push(offset);
            }
        }
    }
}

/// The offsets of the publications in a message, which names no gap.
fn offsets(message: &[u8]) -> Vec<u64> {
    let text = std::str::from_utf8(message).unwrap();
    if let Some((_, offset)) = text.strip_suffix('}').unwrap().split_once(r#"{,"offset":"#) {
        return vec![offset.parse().unwrap()];
    }
    match incoming(text).next().unwrap().unwrap() {
        Incoming::Push(push) => match push.event {
            Event::Publication(publication) => vec![publication.offset],
            Event::Join(_) => Vec::new(),
            other => panic!("{other:?}"),
        },
        Incoming::Reply(reply) => match reply.result.unwrap() {
            Answer::Subscribe(result) => {
                assert!(result.recovered, "{text}");
                result.publications.iter().map(|one| one.offset).collect()
            }
            _ => Vec::new(),
        },
        Incoming::Ping => Vec::new(),
    }
}
