//! Rooms in pages of others: `<palabre-chat>` puts one into a frame.
//!
//! | path | what |
//! |---|---|
//! | `/embed.js` | the element, for any page |
//! | `/embed` | whether the page that asks may show a room, and if not, why |
//! | `/embed/NAME` | the chat, for a frame |
//!
//! What holds strangers off is `frame-ancestors`, by which the browser itself
//! refuses to show the frame; it names those that [`OriginPolicy`] welcomes.
//! `/embed` keeps nobody out. It lets the element say what is wrong in words,
//! since a page cannot see why a frame of it stays empty.

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;

use super::routes::text;
use crate::origin::{Decision, OriginPolicy};

/// Whether the page that asks may show a room.
pub(super) fn judge(
    origins: &OriginPolicy,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Response<Full<Bytes>> {
    let origin = headers.get(header::ORIGIN);
    let decision = match origin {
        // No policy can name a page without an origin, so no frame of its would be shown.
        Some(origin) if origin == "null" => Err(
            "a page opened from a file, or without an origin of its own, cannot show a room; \
             serve it over HTTP"
                .to_owned(),
        ),
        _ => match origins.decide(origin, headers.get(header::HOST), peer) {
            Decision::Welcome(_) => Ok(()),
            Decision::Refused(why) => Err(why.to_string()),
        },
    };
    let mut response = match decision {
        Ok(()) => text(StatusCode::OK, "this page may show a room"),
        Err(why) => text(StatusCode::FORBIDDEN, &why),
    };
    let headers = response.headers_mut();
    // The answer is for whoever asks, above all for those who are refused.
    let anyone = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Lets the pages that are welcome show this one in a frame.
pub(super) fn unfold(page: &mut Response<Full<Bytes>>, origins: &OriginPolicy) {
    if let Some(policy) = page.headers_mut().get_mut(header::CONTENT_SECURITY_POLICY) {
        let nobody = policy.to_str().unwrap_or_default();
        let ancestors = format!("frame-ancestors {}", origins.ancestors());
        let framed = nobody.replace("frame-ancestors 'none'", &ancestors);
        *policy = framed.try_into().expect("sources of a policy are ASCII");
    }
}
