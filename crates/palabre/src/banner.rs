//! What a person reads first: the addresses to click, and what to do next.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use server::Server;

/// Prints the banner on standard output.
pub(crate) fn print(server: &Server) {
    let address = server.address();
    let text = banner(address, server.is_secure(), network_address(address));
    // A closed standard output is no reason not to serve.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let _ = std::io::stdout().flush();
}

fn banner(listening: SocketAddr, secure: bool, network: Option<IpAddr>) -> String {
    let port = listening.port();
    let (http, ws) = if secure {
        ("https", "wss")
    } else {
        ("http", "ws")
    };
    let here = match listening.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => format!("localhost:{port}"),
        _ => listening.to_string(),
    };
    let mut text = format!(
        "Palabre {} is listening.\n\n  Chat       {http}://{here}/\n  WebSocket  {ws}://{here}/\n",
        env!("CARGO_PKG_VERSION"),
    );
    if let Some(ip) = network {
        let shared = SocketAddr::new(ip, port);
        let _ = writeln!(text, "  To share   {http}://{shared}/");
    }
    if listening.ip().is_loopback() {
        let _ = writeln!(
            text,
            "\nOnly this machine can reach it. For everyone on your network:\n  palabre --listen 0.0.0.0:{port}"
        );
    }
    text.push_str("\nCtrl+C stops it.\n\n");
    text
}

/// The address by which others on the network reach this machine, if the
/// server listens there.
///
/// The system is asked from where it would send; nothing is sent.
fn network_address(listening: SocketAddr) -> Option<IpAddr> {
    if !listening.ip().is_unspecified() {
        return None;
    }
    // Addresses for documentation (RFC 5737, RFC 3849): no one is there.
    let (from, to): (IpAddr, IpAddr) = match listening.ip() {
        IpAddr::V4(_) => (
            Ipv4Addr::UNSPECIFIED.into(),
            Ipv4Addr::new(192, 0, 2, 1).into(),
        ),
        IpAddr::V6(_) => (
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
        ),
    };
    let socket = UdpSocket::bind((from, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_addresses_and_how_to_share() {
        let address = (Ipv4Addr::LOCALHOST, 8080).into();
        assert_eq!(
            banner(address, false, None),
            format!(
                "Palabre {} is listening.\n\n  \
                 Chat       http://localhost:8080/\n  \
                 WebSocket  ws://localhost:8080/\n\n\
                 Only this machine can reach it. For everyone on your network:\n  \
                 palabre --listen 0.0.0.0:8080\n\n\
                 Ctrl+C stops it.\n\n",
                env!("CARGO_PKG_VERSION")
            )
        );
    }

    #[test]
    fn tells_the_address_to_share() {
        let network = IpAddr::from([192, 168, 1, 20]);
        let text = banner((Ipv4Addr::UNSPECIFIED, 443).into(), true, Some(network));
        assert!(text.contains("  Chat       https://localhost:443/\n"));
        assert!(text.contains("  To share   https://192.168.1.20:443/\n"));
        assert!(!text.contains("Only this machine"));
    }
}
