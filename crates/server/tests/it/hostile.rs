use websocket::{Frame, Opcode};

use crate::chance::Chance;
use crate::client::Client;
use crate::raw::Raw;
use crate::server::{TestServer, each_way_limited};

/// Change it to try other noise; a failure repeats with the same.
const SEED: u64 = 0x0070_a1ab_0e00_0001;

const N_ATTACKERS: usize = 60;

#[test]
fn noise_on_many_sockets_leaves_a_conversation_undisturbed() {
    each_way_limited(
        |limits| limits.message_rate.per_second = 0,
        |server| {
            let mut chance = Chance::new(SEED);
            let mut lea = Client::join(server, "/");
            let mut mo = Client::join(server, "/");
            for n in 0..N_ATTACKERS {
                // In the same room, so that what gets through would be heard.
                let mut attacker = attacker(server, &mut chance);
                for _ in 0..4 {
                    let noise = noise(&mut chance);
                    if !attacker.try_send(&noise) {
                        break;
                    }
                    let said = n.to_string();
                    lea.say("Léa", &said);
                    assert_eq!(lea.hear_text_in_noise()["message"], said);
                    let heard = mo.hear_text_in_noise();
                    assert_eq!(heard["message"], said);
                    assert_eq!(heard["sender"], "Léa");
                }
                if chance.below(2) == 0 {
                    attacker.shut_down_writing();
                }
            }
            server.wait_for_connections(2);
        },
    );
}

#[test]
fn noise_instead_of_a_request_leaves_a_conversation_undisturbed() {
    let server = TestServer::limited(|limits| limits.message_rate.per_second = 0);
    let mut chance = Chance::new(SEED);
    let mut lea = Client::join(&server, "/");
    for n in 0..N_ATTACKERS {
        let mut attacker = Raw::connect(&server);
        let mut head = attacker.handshake("/rooms/tea?name=x", "").into_bytes();
        for _ in 0..=chance.below(4) {
            let at = chance.below(head.len());
            head[at] = chance.next() as u8;
        }
        head.truncate(chance.below(head.len() * 2));
        attacker.try_send(&head);
        lea.echo(&n.to_string());
    }
    server.wait_for_connections(1);
}

/// Somebody in the room, who may have agreed to compression.
fn attacker(server: &TestServer, chance: &mut Chance) -> Raw {
    let mut raw = Raw::connect(server);
    let fields = match chance.below(2) {
        0 => "",
        _ => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
    };
    raw.send(raw.handshake("/", fields));
    raw.expect_switch();
    raw
}

/// Bytes of no meaning, frames of no meaning, or frames with a flaw.
fn noise(chance: &mut Chance) -> Vec<u8> {
    let length = chance.below(300);
    let payload = chance.bytes(length);
    match chance.below(4) {
        0 => payload,
        1 => frame(Opcode::Binary, &payload, chance),
        2 => frame(Opcode::Text, &payload, chance),
        _ => {
            let object = br#"{"sender":"x","message":""}"#;
            let mut frame = frame(Opcode::Text, object, chance);
            let at = chance.below(frame.len());
            frame[at] ^= 1 << chance.below(8);
            frame
        }
    }
}

fn frame(opcode: Opcode, payload: &[u8], chance: &mut Chance) -> Vec<u8> {
    let frame = Frame {
        fin: chance.below(4) > 0,
        deflated: chance.below(4) == 0,
        ..Frame::message(opcode, payload)
    };
    let key = (chance.next() as u32).to_le_bytes();
    frame.masked(key).to_bytes().to_vec()
}
