//! Threads that meet in the engine, in many orders: run by shuttle, which
//! decides at each lock who goes on. `cargo xtask test` builds this with the
//! feature `model`.
//!
//! Shuttle runs one thread at a time, so it finds orders in which a step comes
//! between two others, and threads that wait for ever; it does not know that
//! processors reorder what is `Relaxed`.

#![allow(missing_docs, clippy::unwrap_used, reason = "these are tests")]

mod catch_up;
mod stage;

use std::sync::Arc;

use engine::{Hub, ShardId, Tray};
use shuttle::thread::{self, JoinHandle};

use self::stage::{Bell, Post, engine, join, publish, spawn_publishers, spawn_writer, tea};

/// Orders of each scenario that are tried.
const ORDERS: usize = 5000;

/// Always the same: a test that fails now and then helps nobody.
const SEED: u64 = 7;

pub(crate) fn check(scenario: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random_with_seed(scenario, SEED, ORDERS);
}

fn join_all(threads: [JoinHandle<()>; 2]) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Who sleeps over the last is never woken, and shuttle says so.
#[test]
fn nobody_sleeps_over_what_is_in_the_tray() {
    check(|| {
        let tray = Arc::new(Tray::default());
        let bell = Arc::new(Bell::default());
        let senders = [(); 2].map(|()| {
            let (tray, bell) = (Arc::clone(&tray), Arc::clone(&bell));
            thread::spawn(move || {
                tray.put(());
                tray.put(());
                if tray.has_to_be_woken() {
                    bell.ring();
                }
            })
        });
        let mut items = Vec::new();
        let mut n_taken = 0;
        while n_taken < 4 {
            if tray.lie_down() {
                bell.wait();
            }
            tray.get_up();
            tray.swap(&mut items);
            n_taken += items.drain(..).count();
        }
        join_all(senders);
    });
}

#[test]
fn the_writer_gets_all_that_is_submitted_and_an_end() {
    check(|| {
        let engine = engine();
        let post = Arc::new(Post::default());
        let writer = spawn_writer(&engine, &post);
        let publishers = spawn_publishers(&engine, &post, 2);
        join_all(publishers);
        engine.commits().close();
        writer.join().unwrap();
        assert_eq!(post.lock().answers.len(), 4);
        assert_eq!(engine.top(&tea()).unwrap().offset, 4);
        assert_eq!(engine.n_channels(), 0, "nobody is there");
    });
}

/// A writer that is not woken for the last would leave its publisher waiting:
/// here nobody closes the queue before all have been answered.
#[test]
fn the_writer_sleeps_over_nothing() {
    check(|| {
        let engine = engine();
        let post = Arc::new(Post::default());
        let writer = spawn_writer(&engine, &post);
        let publishers = spawn_publishers(&engine, &post, 1);
        while post.lock().answers.len() < 2 {
            thread::yield_now();
        }
        join_all(publishers);
        engine.commits().close();
        writer.join().unwrap();
    });
}

/// Shards come and go while others publish, and so open, close and open the
/// channel again. As long as a shard is there it hears everything, once, and
/// in the one order.
#[test]
fn who_is_in_a_channel_hears_all_of_it_whoever_comes_and_goes() {
    check(|| {
        let engine = engine();
        let post = Arc::new(Post::default());
        let writer = spawn_writer(&engine, &post);
        let shards = [0, 1].map(|shard| {
            let (engine, post) = (Arc::clone(&engine), Arc::clone(&post));
            thread::spawn(move || {
                let mut hub = Hub::new(ShardId(shard));
                let seat = join(&mut hub, &engine);
                hub.leave(&engine, seat);
                let seat = join(&mut hub, &engine);
                publish(&engine, &post, shard.into(), 1);
                (hub, seat)
            })
        });
        let shards = shards.map(|shard| shard.join().unwrap());
        engine.commits().close();
        writer.join().unwrap();
        let told = std::mem::take(&mut post.lock().told);
        for (shard, (mut hub, seat)) in (0..).zip(shards) {
            let number = hub.channel(seat).number();
            let joined_at = hub.member_mut(seat).position;
            let is_for_it = |one: &&(ShardId, Arc<engine::Publication>)| {
                one.0 == ShardId(shard) && one.1.channel.number() == number
            };
            let heard = told.iter().filter(is_for_it).filter_map(|one| one.1.offset);
            let heard: Vec<u64> = heard.filter(|offset| *offset > joined_at).collect();
            assert_eq!(heard, (joined_at + 1..=2).collect::<Vec<_>>());
            hub.leave(&engine, seat);
        }
        assert_eq!(engine.n_channels(), 0, "nobody is there");
    });
}
