//! The server to measure: its URL, its addresses, and whether it is ours.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use anyhow::{Context as _, bail, ensure};

/// Where to connect to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) secure: bool,
    /// Host and port as the URL has them: the header `Host`.
    pub(crate) authority: String,
    /// The name a certificate is for.
    pub(crate) host: String,
    /// Path and query, with `{n}` for the number of the connection.
    pub(crate) path: String,
    pub(crate) address: SocketAddr,
}

impl Target {
    /// The server behind a URL.
    ///
    /// # Errors
    /// If the URL is none of a WebSocket, its host has no address, or it is
    /// not this machine and `allow_remote` does not say that this is meant.
    pub(crate) fn new(url: &str, allow_remote: bool) -> anyhow::Result<Self> {
        let (secure, rest) = match url.split_once("://") {
            Some(("ws", rest)) => (false, rest),
            Some(("wss", rest)) => (true, rest),
            _ => bail!("{url} is no URL of a WebSocket; one begins with ws:// or wss://"),
        };
        let slash = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let well_formed = |byte: u8| byte.is_ascii_graphic();
        ensure!(
            path.bytes().all(well_formed) && !path.contains('#'),
            "{url}: blanks, letters outside ASCII and # have to be percent-encoded"
        );
        ensure!(
            !authority.is_empty() && authority.bytes().all(well_formed) && !authority.contains('@'),
            "{url} names no host"
        );
        let default_port = if secure { 443 } else { 80 };
        let (host, port) = host_and_port(authority, default_port)
            .with_context(|| format!("{url} has a port that is no number up to 65535"))?;
        let address = (host, port)
            .to_socket_addrs()
            .with_context(|| format!("{host} has no address"))?
            .next()
            .with_context(|| format!("{host} has no address"))?;
        ensure!(
            allow_remote || address.ip().is_loopback(),
            "{host} is {}, not this machine. To load a server of others is to attack it; \
             --allow-remote says that it is yours",
            address.ip()
        );
        Ok(Self {
            secure,
            authority: authority.to_owned(),
            host: host.to_owned(),
            path: match path.strip_prefix('/') {
                Some(_) => path.to_owned(),
                None => format!("/{path}"),
            },
            address,
        })
    }

    /// Whether the server is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }
}

fn host_and_port(authority: &str, default: u16) -> Option<(&str, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (
                host,
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    match port? {
        "" => Some((host, default)),
        port => Some((host, port.parse().ok()?)),
    }
}

/// Where connections come from, so that each has a port of its own.
///
/// A machine has some 28,000 ports for each of its addresses, and a port that
/// was used rests for a minute. On the way to itself it has 16 million
/// addresses.
#[derive(Debug)]
pub(crate) struct Sources {
    addresses: Vec<IpAddr>,
    n_made: usize,
}

/// Connections from one address before the next is taken.
const PER_ADDRESS: usize = 10_000;

impl Sources {
    /// The addresses given; else those of the loopback network, where the
    /// server is there; else whichever the system takes.
    pub(crate) fn new(given: &[IpAddr], target: &Target) -> Self {
        let addresses = match (given, target.address) {
            ([], SocketAddr::V4(address)) if address.ip().is_loopback() => (2..250)
                .map(|last| IpAddr::from([127, 0, 0, last]))
                .collect(),
            (given, _) => given.to_vec(),
        };
        Self {
            addresses,
            n_made: 0,
        }
    }

    /// The address for the next connection; `None` leaves it to the system.
    pub(crate) fn next(&mut self) -> Option<IpAddr> {
        let turn = self.n_made / PER_ADDRESS;
        self.n_made += 1;
        self.addresses
            .get(turn % self.addresses.len().max(1))
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        for (url, secure, address, host, path) in [
            (
                "ws://127.0.0.1:8080",
                false,
                "127.0.0.1:8080",
                "127.0.0.1",
                "/",
            ),
            (
                "wss://127.0.0.1/a?b=c",
                true,
                "127.0.0.1:443",
                "127.0.0.1",
                "/a?b=c",
            ),
            ("ws://[::1]:9/{n}", false, "[::1]:9", "::1", "/{n}"),
            (
                "ws://127.0.0.1?x",
                false,
                "127.0.0.1:80",
                "127.0.0.1",
                "/?x",
            ),
        ] {
            let target = Target::new(url, false).unwrap();
            assert_eq!(target.secure, secure, "{url}");
            assert_eq!(target.address, address.parse().unwrap(), "{url}");
            assert_eq!((target.host.as_str(), target.path.as_str()), (host, path));
        }
    }

    #[test]
    fn what_is_no_url_is_answered_with_what_is_wrong() {
        for (url, expected) in [
            ("http://127.0.0.1", "begins with ws:// or wss://"),
            ("127.0.0.1:8080", "begins with ws:// or wss://"),
            ("ws://", "names no host"),
            ("ws://127.0.0.1:99999/", "no number up to 65535"),
            ("ws://127.0.0.1/a b", "percent-encoded"),
            ("ws://192.0.2.1:80/", "not this machine"),
        ] {
            let error = format!("{:#}", Target::new(url, false).unwrap_err());
            assert!(error.contains(expected), "{url}: {error}");
        }
        assert!(
            !Target::new("ws://192.0.2.1:80/", true)
                .unwrap()
                .is_loopback()
        );
    }

    #[test]
    fn many_connections_come_from_many_addresses() {
        let here = Target::new("ws://127.0.0.1:1", false).unwrap();
        let mut sources = Sources::new(&[], &here);
        let first = sources.next();
        assert_eq!(first, Some(IpAddr::from([127, 0, 0, 2])));
        let others: Vec<_> = (1..=PER_ADDRESS).map(|_| sources.next()).collect();
        assert!(others[..PER_ADDRESS - 1].iter().all(|it| *it == first));
        assert_eq!(others[PER_ADDRESS - 1], Some(IpAddr::from([127, 0, 0, 3])));
        let away = Target::new("ws://192.0.2.1:1", true).unwrap();
        assert_eq!(Sources::new(&[], &away).next(), None);
    }
}
