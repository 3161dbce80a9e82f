//! What a publication costs before it is on its way to the shards: the
//! channel's lock, its offset, and one entry in each mailbox.
//!
//! `cargo bench -p engine`
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use divan::Bencher;
use engine::log::MemoryLog;
use engine::{
    Answer, ChannelName, Data, Engine, Fanout, Namespace, Publication, ShardId, ShardSet,
};

/// Mailboxes without anybody who reads them: emptied when they are full.
struct Mailboxes(Mutex<Vec<Arc<Publication>>>);

impl Fanout for Mailboxes {
    fn fan_out(&self, shards: ShardSet, publication: Arc<Publication>) {
        let mut mail = self.0.lock().unwrap();
        if mail.len() > 1_000 {
            mail.clear();
        }
        mail.extend(shards.iter().map(|_| Arc::clone(&publication)));
    }

    fn answer(&self, _: Answer) {}
}

fn main() {
    divan::main();
}

/// To a channel with members on so many shards.
#[divan::bench(args = [1, 2, 16])]
fn pass_on(bencher: Bencher<'_, '_>, n_shards: u8) {
    let engine = Engine::new(Arc::new(MemoryLog::new(1)));
    let name = ChannelName::new(Namespace::Live, "bench").unwrap();
    let mut channel = engine.join(&name, ShardId(0)).unwrap();
    for shard in 1..n_shards {
        channel = engine.join(&name, ShardId(shard)).unwrap();
    }
    let mailboxes = Mailboxes(Mutex::default());
    let json = Bytes::from_static(br#"{"sender":"Ann","message":"what people say"}"#);
    bencher.bench_local(|| {
        let json = json.clone();
        channel.pass_on(Data::Json { json, info: None }, &mailboxes);
    });
}
