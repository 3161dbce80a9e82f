//! `palabre bench` against the real server: what it counts, and what it says
//! of a server that it cannot measure. No figure of time is looked at.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;

use serde_json::Value;

use crate::process::{Palabre, run};

fn bench(what: &str, args: &[&str]) -> Output {
    run(&[&["bench", what], args].concat())
}

/// The figures of a measurement that is to work.
fn measured(what: &str, args: &[&str]) -> Value {
    let output = bench(what, &[args, &["--json"]].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is said of one that cannot be.
fn refused(what: &str, args: &[&str]) -> String {
    let output = bench(what, args);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(output.stdout.is_empty());
    error
}

fn server() -> Palabre {
    Palabre::start(&["--message-rate=0"])
}

fn url(server: &Palabre, path: &str) -> String {
    format!("--url=ws://127.0.0.1:{}{path}", server.port())
}

const SHORT: &[&str] = &["--warmup=0", "--seconds=30"];

/// All that was sent came to all receivers. The publishers hear it, too, but
/// nobody waits for the last that comes to them.
fn assert_delivered(traffic: &Value, n_sent: u64, n_receivers: u64, n_publishers: u64) {
    let deliveries = traffic["deliveries"].as_u64().unwrap();
    let all = n_sent * n_receivers..=n_sent * (n_receivers + n_publishers);
    assert!(all.contains(&deliveries), "{traffic}");
}

#[test]
fn fanout_counts_every_delivery() {
    let server = server();
    let pid = format!("--pid={}", server.pid());
    for path in ["/live/bench", "/rooms/bench"] {
        let url = url(&server, path);
        let args = [
            &[
                url.as_str(),
                &pid,
                "--connections=20",
                "--publishers=3",
                "--count=200",
            ],
            SHORT,
        ];
        let figures = measured("fanout", &args.concat());
        let traffic = &figures["traffic"];
        assert_eq!(traffic["sent"], 200, "{figures}");
        assert_delivered(traffic, 200, 20, 3);
        assert_eq!(
            (&traffic["lost"], &traffic["repeated"]),
            (&0.into(), &0.into())
        );
        assert_eq!(figures["closed"], 0);
        assert!(figures["server"]["memory"]["rss_bytes"].as_u64().unwrap() > 0);
        assert!(figures["server"]["cpu_seconds_per_million"].is_f64());
    }
}

#[test]
fn fanout_keeps_a_rate_and_speaks_other_protocols() {
    let server = server();
    let url = url(&server, "/connection/websocket");
    let args = [
        url.as_str(),
        "--hello",
        r#"{"id":1,"connect":{}}"#,
        "--hello",
        r#"{"id":2,"subscribe":{"channel":"live:b"}}"#,
        "--ready=\"subscribe\"",
        "--heartbeat={}",
        "--template",
        r#"{"id":{id},"publish":{"channel":"live:b","data":{"message":"{mark}{pad}"}}}"#,
        "--connections=5",
        "--rate=500",
        "--count=50",
    ];
    let figures = measured("fanout", &[&args, SHORT].concat());
    assert_delivered(&figures["traffic"], 50, 5, 1);
    assert_eq!(
        (&figures["traffic"]["lost"], &figures["rate"]),
        (&0.into(), &500.into())
    );
}

#[test]
fn each_hears_itself_in_echo_and_durable() {
    let server = server();
    let url = url(&server, "/live/own-{n}");
    let figures = measured(
        "echo",
        &[&[url.as_str(), "--connections=4", "--count=100"], SHORT].concat(),
    );
    assert_eq!(
        (
            &figures["traffic"]["deliveries"],
            &figures["traffic"]["lost"]
        ),
        (&100.into(), &0.into())
    );
    let url = self::url(&server, "/rooms/own-{n}");
    let args = [
        &[url.as_str(), "--publishers=3", "--window=8", "--count=100"],
        SHORT,
    ]
    .concat();
    let figures = measured("durable", &args);
    assert_eq!(
        (
            &figures["traffic"]["deliveries"],
            &figures["traffic"]["lost"]
        ),
        (&100.into(), &0.into())
    );
}

#[test]
fn idle_connections_come_and_go() {
    let server = server();
    let pid = format!("--pid={}", server.pid());
    let url = url(&server, "/live/bench");
    let args = [
        url.as_str(),
        &pid,
        "--connections=30",
        "--rounds=2",
        "--seconds=0",
    ];
    let figures = measured("idle", &args);
    let rounds = figures["rounds"].as_array().unwrap();
    assert_eq!((rounds.len(), &figures["closed"]), (2, &0.into()));
    assert!(rounds[0]["bytes_per_connection"].is_f64(), "{figures}");
}

#[test]
fn tls_is_spoken_with_a_certificate_that_nobody_signed() {
    let server = Palabre::start(&["--tls=self-signed", "--message-rate=0"]);
    let url = format!("--url=wss://127.0.0.1:{}/live/bench", server.port());
    let args = [&[url.as_str(), "--connections=3", "--count=20"], SHORT].concat();
    let figures = measured("fanout", &args);
    assert_eq!(figures["traffic"]["deliveries"], 20 * 4, "{figures}");
}

#[test]
fn people_get_a_table() {
    let server = server();
    let url = url(&server, "/live/bench");
    let output = bench(
        "fanout",
        &[&[url.as_str(), "--connections=2", "--count=10"], SHORT].concat(),
    );
    let table = String::from_utf8(output.stdout).unwrap();
    for row in ["connections", "deliveries/s", "lost", "latency p99.9, ms"] {
        assert!(table.contains(row), "{table}");
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let server = server();
    let here = url(&server, "/live/bench");
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("--url=ws://{}/", listener.local_addr().unwrap())
    };
    let nowhere = url(&server, "/nowhere");
    for (args, expected) in [
        (
            &["--url=http://127.0.0.1/"][..],
            "begins with ws:// or wss://",
        ),
        (
            &["--url=ws://192.0.2.1/"],
            "--allow-remote says that it is yours",
        ),
        (&[&nobody], "Connection refused"),
        (
            &[&nowhere],
            "the server refuses the handshake: HTTP/1.1 404",
        ),
        (
            &[&here, "--pid=4294967295"],
            "there is no process 4294967295",
        ),
        (
            &[&here, "--template={}"],
            "exactly one tells a message from the others",
        ),
        (&[&here, "--header=X"], "expected NAME: VALUE"),
    ] {
        let error = refused("fanout", args);
        assert!(error.contains(expected), "{args:?}: {error}");
    }
}

#[test]
fn a_server_that_closes_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("--url=ws://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept(socket).unwrap();
        socket.close(None).unwrap();
        socket.flush().unwrap();
        // Until the other side has gone, too.
        let _ = socket.get_mut().read_to_end(&mut Vec::new());
    });
    let error = refused("fanout", &[&url, "--connections=1"]);
    server.join().unwrap();
    assert!(error.contains("the server closes with no code"), "{error}");
}

#[test]
fn a_server_that_is_no_websocket_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("--url=ws://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 1024]).unwrap();
        socket.write_all(b"SSH-2.0-other\r\n\r\n").unwrap();
    });
    let error = refused("idle", &[&url, "--connections=1"]);
    server.join().unwrap();
    assert!(
        error.contains("refuses the handshake: SSH-2.0-other"),
        "{error}"
    );
}
