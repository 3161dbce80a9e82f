//! The origin policy: which web pages may open a socket here.
//!
//! A browser lets any page open a WebSocket to any server; no same-origin rule stands in between.
//! So a page of a stranger, open in a visitor's browser, could talk to this server from where the
//! visitor sits: behind the company's firewall, or on the very machine (*cross-site WebSocket
//! hijacking*). What the browser does do is to say honestly, in the `Origin` header, whose page it
//! is; the server has to judge. Other programs write into that header what they like, which costs
//! nothing, as they could connect anyway: this policy protects the users of browsers.
//!
//! The first line that fits decides:
//!
//! | the page's origin                           | is welcome                                     |
//! |---------------------------------------------|------------------------------------------------|
//! | none (no `Origin`: not a browser)           | always                                         |
//! | matches an `--allow-origin`                 | always                                         |
//! | not an origin, or several                   | never                                          |
//! | loopback: `localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`, any port | always              |
//! | the host and port of the `Host` header      | unless it smells of DNS rebinding, see below   |
//! | `null` or `file://` (opened from a file)    | when peer and `Host` are both loopback         |
//! | any other                                   | never                                          |
//!
//! **Same host.** A port that is left out is the one of the origin's scheme, on both sides. So a
//! proxy that terminates TLS needs no option, if it hands `Host` on as it came:
//! `https://chat.example` and `Host: chat.example` agree, though this server sees plain HTTP.
//!
//! **Loopback, from whatever peer.** A page at `http://localhost:5173` is one that the visitor's
//! own machine serves: somebody is developing. A stranger cannot be `localhost` (the name never
//! goes to DNS), and who runs a server on the visitor's machine has no need of this one. Asking
//! that the peer be this machine too would shut out the developer whose Palabre runs in a container
//! or on a staging host, and add nothing behind a local proxy, where every peer is this machine.
//!
//! **DNS rebinding.** The owner of `evil.example` can let that name point to 127.0.0.1 once their
//! page is loaded; then `Origin` and `Host` agree. No certificate would, so `https` origins are
//! safe. A server that strangers can reach by themselves has nothing to lose either. What remains
//! is a plain `http` origin whose name is a public one, on a connection from this very machine: it
//! is refused, and welcome again with `--allow-origin` where it is meant (a proxy here that speaks
//! plain HTTP outside). Between machines of one private network we do not guard: names of an
//! internal DNS cannot be told from public ones, and such a server is open to all of the network.
//!
//! **Pages opened from a file** have no origin of their own and say `null` (some web views:
//! `file://`). So does a sandboxed frame in anyone's page, and nothing else in the handshake tells
//! them apart (seen with Chromium 156): this line also admits strangers to a server that runs on
//! the visitor's own machine and is addressed as such. That is the price of a page that works when
//! it is double-clicked. A server behind a name never pays it, since its `Host` is not loopback,
//! not even with a proxy on the same machine, as long as that hands `Host` on.

use std::net::IpAddr;

use http::HeaderValue;

use self::pattern::Pattern;
pub use self::pattern::PatternError;
use self::url::{Host, Origin};

mod pattern;
mod url;

/// Whose pages are welcome.
#[derive(Clone, Debug, Default)]
pub struct OriginPolicy {
    allowed: Vec<Pattern>,
}

/// What the policy says of one handshake, and by which of its lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The socket may be opened.
    Welcome(Welcome),
    /// The handshake is to be answered with 403.
    Refused(Refusal),
}

/// Why a page is welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Welcome {
    /// There is no `Origin`: the client is not a browser.
    NoOrigin,
    /// An `--allow-origin` matches.
    Allowed,
    /// The page is served by the visitor's own machine.
    Loopback,
    /// The page was served by this server, or by the proxy in front of it.
    SameHost,
    /// The page was opened from a file on this machine.
    File,
}

/// Why a page is not welcome. Its text is for the developer of that page and for the log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The header is not an origin.
    #[error("the Origin header is not one origin")]
    Malformed,
    /// A page of somewhere else.
    #[error("origin {0} is not welcome here; --allow-origin {0} would admit it")]
    Stranger(String),
    /// Same host by name, but the name may have been bent to point here.
    #[error(
        "origin {0} has a public name but comes from this machine, as in DNS rebinding; \
         --allow-origin {0} would admit it, as would https"
    )]
    Rebinding(String),
    /// A page without an origin, opened elsewhere than on this machine.
    #[error(
        "a page opened from a file is welcome only at localhost, on the machine of the server; \
         serve it over HTTP, or admit every such page with --allow-origin null"
    )]
    File,
}

impl OriginPolicy {
    /// A policy that also admits what the patterns of `--allow-origin` match:
    /// `https://example.org`, `http://10.0.0.7:3000`, `https://*.example.org` (any name below it,
    /// not itself), `null` (pages opened from a file, and all others without an origin), `*`.
    pub fn new(
        allowed: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<OriginPolicy, PatternError> {
        let patterns = allowed.into_iter().map(|pattern| pattern.as_ref().parse());
        Ok(OriginPolicy {
            allowed: patterns.collect::<Result<_, _>>()?,
        })
    }

    /// Whose pages may show one of ours in a frame, as sources of a
    /// Content-Security-Policy: those that the table above welcomes, as far
    /// as a policy can name them. It knows neither files nor IPv6 addresses.
    pub(crate) fn ancestors(&self) -> String {
        let mut sources =
            "'self' http://localhost:* http://*.localhost:* http://127.0.0.1:*".to_owned();
        for source in self.allowed.iter().filter_map(Pattern::source) {
            sources.push(' ');
            sources.push_str(&source);
        }
        sources
    }

    /// Judges a handshake by its `Origin` and `Host` headers and the address it comes from.
    pub(crate) fn decide(
        &self,
        origin: Option<&HeaderValue>,
        host: Option<&HeaderValue>,
        peer: IpAddr,
    ) -> Decision {
        let Some(origin) = origin else {
            return Decision::Welcome(Welcome::NoOrigin);
        };
        let text = origin.to_str().unwrap_or_default();
        let origin = Origin::parse(text);
        if self
            .allowed
            .iter()
            .any(|pattern| pattern.matches(origin.as_ref()))
        {
            return Decision::Welcome(Welcome::Allowed);
        }
        let Some(origin) = origin else {
            return Decision::Refused(Refusal::Malformed);
        };
        let host = host.and_then(|host| host.to_str().ok());
        let peer_is_here = peer.to_canonical().is_loopback();
        match &origin {
            Origin::Opaque => {
                let addressed = host.and_then(|host| url::authority(host, None));
                let at_localhost = addressed.is_some_and(|(host, _)| host.is_loopback());
                match peer_is_here && at_localhost {
                    true => Decision::Welcome(Welcome::File),
                    false => Decision::Refused(Refusal::File),
                }
            }
            Origin::Web { host: page, .. } if page.is_loopback() && origin.is_http() => {
                Decision::Welcome(Welcome::Loopback)
            }
            Origin::Web {
                scheme,
                host: page,
                port,
            } => {
                let addressed =
                    host.and_then(|host| url::authority(host, url::default_port(scheme)));
                if addressed.as_ref() != Some(&(page.clone(), *port)) {
                    return Decision::Refused(Refusal::Stranger(text.to_owned()));
                }
                match peer_is_here && scheme == "http" && may_be_rebound(page) {
                    true => Decision::Refused(Refusal::Rebinding(text.to_owned())),
                    false => Decision::Welcome(Welcome::SameHost),
                }
            }
        }
    }
}

/// Whether a stranger may own this name in the public DNS.
///
/// Addresses are nobody's to redirect; names without a dot, and those under the suffixes that are
/// kept out of the public DNS (RFC 6761, RFC 6762, RFC 8375, and ICANN's `internal`), neither.
fn may_be_rebound(host: &Host) -> bool {
    const NOT_PUBLIC: &[&str] = &["home.arpa", "internal", "local", "localhost", "test"];
    match host {
        Host::Address(_) => false,
        Host::Name(name) => {
            name.contains('.') && !NOT_PUBLIC.iter().any(|suffix| url::is_below(name, suffix))
        }
    }
}

#[cfg(test)]
mod tests;
