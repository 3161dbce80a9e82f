//! What Palabre is compared with: servers as one would write them, each with
//! the means of its library, and a floor that does nothing but send.
//!
//! Each takes a port as its only argument (0 for a free one), says where it
//! listens on standard output, and passes on to everyone what anyone says.

pub mod ring;

use std::net::SocketAddr;

/// Where to listen, from the command line.
pub fn address() -> SocketAddr {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(0)))
}

/// Says where the server listens.
pub fn announce(address: SocketAddr) {
    println!("listening at http://{address}/");
}
