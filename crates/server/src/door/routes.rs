//! Which path is what.
//!
//! | path | as a page | as a WebSocket |
//! |---|---|---|
//! | `/` | the chat | the room `general` |
//! | `/socket` | | the room `general` |
//! | `/rooms/NAME` | the chat | the room `NAME` |
//! | `/live/NAME` | | the channel `live:NAME`, of which nothing is kept |
//! | `/connection/websocket` | | the Centrifuge dialect, in any channel |
//! | `/embed`, `/embed/NAME`, `/embed.js` | the chat in pages of others | |
//! | `/sw.js` | the page's service worker | |
//! | `/about` | what a WebSocket is | |
//! | `/assets/…` | the page's files | |
//! | `/client.js`, `/client/…` | the client module, for pages of anyone | |
//! | `/api/METHOD` | a call of the HTTP API | |
//! | `/files`, `/files/ID/NAME` | what people send, up and down | |
//! | `/health` | whether the server works | |
//! | `/metrics` | what it counts, for who has the API's key | |

use std::net::SocketAddr;

use bytes::Bytes;
use chat::{InvalidRoomName, RoomName};
use engine::{ChannelName, Namespace};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use percent_encoding::percent_decode_str;

use super::upgrade::{self, Target, Welcome};
use super::{Door, api, embed, files};
use crate::metrics;

/// What a request comes to.
pub(super) enum Answer {
    /// An HTTP answer.
    Page(Response<Full<Bytes>>),
    /// The connection becomes a WebSocket.
    Socket(Welcome),
    /// It is a call of the HTTP API, which takes its time.
    Call,
    /// It is about a file, and goes through the disk.
    File,
}

/// Where sockets are, for who looks for them elsewhere.
const NO_SOCKET: &str =
    "no WebSocket is here; open one at /, /rooms/NAME, /live/NAME or /connection/websocket";

/// What a request's path names.
enum Route<'a> {
    /// A file of the page.
    Asset(&'a str),
    /// A file of the client module, which pages of anyone may import.
    Module(&'a str),
    /// Where applications connect.
    Centrifuge,
    /// A channel, which may be shown by a file of the page.
    Channel {
        name: ChannelName,
        page: Option<&'static str>,
    },
    /// The chat in a frame, where the room can be.
    Framed(bool),
    /// Whether a page may have such a frame.
    Framing,
    /// What would be a room if its name were one.
    NoRoom(InvalidRoomName),
    Health,
    Metrics,
}

impl Door {
    /// Answers a request.
    pub(super) fn respond<B>(&self, request: &Request<B>, peer: SocketAddr) -> Answer {
        self.route(request, peer).unwrap_or_else(Answer::Page)
    }

    fn route<B>(
        &self,
        request: &Request<B>,
        peer: SocketAddr,
    ) -> Result<Answer, Response<Full<Bytes>>> {
        check_host(request)?;
        if api::is_meant(request.uri().path()) {
            return Ok(Answer::Call);
        }
        if files::is_meant(request.uri().path()) {
            return Ok(Answer::File);
        }
        let route = find(request.uri().path())?;
        if upgrade::is_asked_for(request.headers()) {
            return self.connect(route, request, peer).map(Answer::Socket);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(not_allowed());
        }
        self.show(route, request, peer).map(Answer::Page)
    }

    /// A route as a WebSocket.
    fn connect<B>(
        &self,
        route: Route<'_>,
        request: &Request<B>,
        peer: SocketAddr,
    ) -> Result<Welcome, Response<Full<Bytes>>> {
        let target = match route {
            Route::Channel { name, .. } => upgrade::plain(request, name)?,
            Route::Centrifuge => {
                upgrade::check_format(request.uri().query())?;
                Target::Centrifuge
            }
            Route::NoRoom(error) => {
                return Err(text(StatusCode::BAD_REQUEST, &error.to_string()));
            }
            Route::Asset(_)
            | Route::Module(_)
            | Route::Framed(_)
            | Route::Framing
            | Route::Health
            | Route::Metrics => {
                return Err(text(StatusCode::NOT_FOUND, NO_SOCKET));
            }
        };
        upgrade::accept(request, target, peer, &self.origins)
    }

    /// A route as a page.
    fn show<B>(
        &self,
        route: Route<'_>,
        request: &Request<B>,
        peer: SocketAddr,
    ) -> Result<Response<Full<Bytes>>, Response<Full<Bytes>>> {
        match route {
            Route::Channel { page: None, .. } | Route::Centrifuge => Err(upgrade::required()),
            Route::Channel {
                page: Some(path), ..
            }
            | Route::Asset(path) => self.page(path, request),
            Route::Module(path) => {
                let module = self.assets.respond_as_written(path, request.headers());
                let mut module = module.ok_or_else(not_found)?;
                let headers = module.headers_mut();
                let anyone = HeaderValue::from_static("*");
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
                Ok(module)
            }
            Route::Framed(is_room) => {
                let mut page = self.page("index.html", request)?;
                embed::unfold(&mut page, &self.origins);
                if !is_room {
                    *page.status_mut() = StatusCode::BAD_REQUEST;
                }
                Ok(page)
            }
            Route::Framing => Ok(embed::judge(&self.origins, request.headers(), peer.ip())),
            // The page says what is wrong, and leads to a room that is one.
            Route::NoRoom(_) => {
                let mut page = self.page("index.html", request)?;
                *page.status_mut() = StatusCode::BAD_REQUEST;
                Ok(page)
            }
            Route::Health => Ok(self.health()),
            Route::Metrics => self.metrics(request.headers()),
        }
    }

    fn page<B>(
        &self,
        path: &str,
        request: &Request<B>,
    ) -> Result<Response<Full<Bytes>>, Response<Full<Bytes>>> {
        let response = self.assets.respond(path, request.headers());
        response.ok_or_else(not_found)
    }

    /// Numbers only, but how busy a place is, is its operator's business.
    fn metrics(&self, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Response<Full<Bytes>>> {
        self.check_key(headers)?;
        let page = tokio::task::block_in_place(|| metrics::page(&self.shared));
        let mut response = Response::new(page.into());
        let headers = response.headers_mut();
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, text);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    fn health(&self) -> Response<Full<Bytes>> {
        let body = format!(
            "{{\"status\":\"ok\",\"version\":\"{}\",\"connections\":{}}}\n",
            env!("CARGO_PKG_VERSION"),
            self.permits.taken(),
        );
        let mut response = Response::new(body.into());
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A request of HTTP/1.1 says once which host it is for (RFC 9112 §3.2).
fn check_host<B>(request: &Request<B>) -> Result<(), Response<Full<Bytes>>> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => Ok(()),
        (None, _) if request.version() < Version::HTTP_11 => Ok(()),
        _ => Err(text(
            StatusCode::BAD_REQUEST,
            "a request needs the header 'Host', once",
        )),
    }
}

fn find(path: &str) -> Result<Route<'_>, Response<Full<Bytes>>> {
    let asset = |path| Ok(Route::Asset(path));
    match path {
        "/" => Ok(channel(Namespace::Room, "general", Some("index.html"))),
        "/socket" => Ok(channel(Namespace::Room, "general", None)),
        "/connection/websocket" => Ok(Route::Centrifuge),
        "/client.js" => Ok(Route::Module("client.js")),
        "/embed.js" => Ok(Route::Module("embed.js")),
        "/embed" => Ok(Route::Framing),
        "/sw.js" => asset("sw.js"),
        "/about" => asset("about.html"),
        "/favicon.ico" => asset("icons/favicon.svg"),
        "/health" => Ok(Route::Health),
        "/metrics" => Ok(Route::Metrics),
        _ => {
            if let Some(name) = path.strip_prefix("/rooms/") {
                Ok(channel(Namespace::Room, name, Some("index.html")))
            } else if let Some(name) = path.strip_prefix("/live/") {
                Ok(channel(Namespace::Live, name, None))
            } else if let Some(name) = path.strip_prefix("/embed/") {
                let room = channel(Namespace::Room, name, None);
                Ok(Route::Framed(!matches!(room, Route::NoRoom(_))))
            } else if path.starts_with("/client/") {
                Ok(Route::Module(&path[1..]))
            } else if let Some(path) = path.strip_prefix("/assets/") {
                asset(path)
            } else {
                Err(not_found())
            }
        }
    }
}

/// The channel that a path's last part names; a slash behind it is no matter.
fn channel(namespace: Namespace, name: &str, page: Option<&'static str>) -> Route<'static> {
    let name = name.strip_suffix('/').unwrap_or(name);
    let name = percent_decode_str(name).decode_utf8_lossy();
    match RoomName::parse(&name) {
        Ok(room) => Route::Channel {
            name: room.channel(namespace),
            page,
        },
        Err(error) => Route::NoRoom(error),
    }
}

fn not_found() -> Response<Full<Bytes>> {
    text(StatusCode::NOT_FOUND, "nothing is here; the chat is at /")
}

fn not_allowed() -> Response<Full<Bytes>> {
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "only GET and HEAD work here",
    );
    let allow = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// An answer in a sentence, for whoever looks at it.
pub(super) fn text(status: StatusCode, sentence: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(format!("{sentence}\n").into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, plain);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}
