use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustls::pki_types::CertificateDer;
use websocket::Frame;

use crate::client::Client;
use crate::raw::{MASK, Raw};
use crate::server::{Certificate, PATIENCE, Stream, TestServer};

#[test]
fn big_messages_travel_both_ways() {
    let server = TestServer::secure();
    let mut lea = Client::join(&server, "/");
    let mut mo = Client::join(&server, "/");
    for n_bytes in [1, 16_383, 16_384, 16_385, 65_536] {
        let bytes = vec![n_bytes as u8; n_bytes];
        lea.send_binary(&bytes);
        assert!(mo.hear_binary() == bytes);
        mo.send_binary(&bytes);
        assert!(lea.hear_binary() == bytes);
    }
}

#[test]
fn a_stream_of_messages_keeps_its_order() {
    let server = TestServer::start_with(|options| {
        options.tls = Some(crate::server::CERTIFICATE.source());
        options.limits.message_rate.per_second = 0;
        options.limits.queue_bytes_max = 64 << 20;
    });
    let mut mo = Client::join(&server, "/");
    let mut lea = Raw::upgrade(&server, "/");
    const N: usize = 2000;
    let reader = std::thread::spawn(move || {
        for n in 0..N {
            let bytes = mo.hear_binary();
            assert_eq!(bytes.len(), 3000);
            assert_eq!(bytes[..8], n.to_be_bytes());
        }
    });
    for n in 0..N {
        let mut bytes = vec![0; 3000];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        lea.send(Frame::binary(&bytes).masked(MASK).to_bytes());
    }
    reader.join().unwrap();
}

#[test]
fn an_end_is_announced_as_tls_asks() {
    // `expect_end` fails where the stream ends without a close_notify.
    let server = TestServer::secure();
    let mut raw = Raw::upgrade(&server, "/");
    raw.send_frame(Frame::close(websocket::CloseCode::NORMAL, ""));
    assert_eq!(raw.expect_close(), Some(1000));
    raw.expect_end();
    let mut page = Raw::connect(&server);
    page.request("GET", "/health", "Connection: close\r\n");
    page.expect_end();
}

#[test]
fn a_new_certificate_is_for_those_who_come_from_now_on() {
    let certificate = Certificate::new("renewed");
    let mut server = TestServer::start_with(|options| options.tls = Some(certificate.source()));
    server.trust(&certificate);
    let mut before = Client::join(&server, "/");
    let old = shown(&server);

    certificate.renew();
    server.reload_certificate();
    server.trust(&certificate);
    let mut after = Client::join(&server, "/");
    assert_ne!(shown(&server), old);
    let said = before.echo("still here");
    assert_eq!(after.hear(), said);
}

/// The certificate that the server shows now.
fn shown(server: &TestServer) -> CertificateDer<'static> {
    let mut stream = server.connect();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    stream.read_exact(&mut [0; 15]).unwrap();
    let Stream::Tls(tls) = stream else {
        panic!("the server speaks no TLS");
    };
    tls.conn.peer_certificates().unwrap()[0]
        .clone()
        .into_owned()
}

#[test]
fn what_is_no_tls_does_no_harm() {
    let server = TestServer::secure();
    let mut lea = Client::join(&server, "/");
    for noise in [
        &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        &[0xff; 5000],
    ] {
        let mut tcp = TcpStream::connect(server.address()).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        tcp.write_all(noise).unwrap();
        // An alert may come, or the end at once.
        let _ = tcp.read_to_end(&mut Vec::new());
    }
    lea.echo("undisturbed");
    server.wait_for_connections(1);
}

#[test]
fn noise_inside_a_session_ends_that_session_alone() {
    let server = TestServer::secure();
    let mut lea = Client::join(&server, "/");
    let raw = Client::join(&server, "/");
    let mut tcp = raw.tcp();
    tcp.write_all(&[0x17, 3, 3, 0, 32]).unwrap();
    tcp.write_all(&[0xab; 32]).unwrap();
    server.wait_for_connections(1);
    lea.echo("undisturbed");
}
