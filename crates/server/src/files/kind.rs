//! What a file is, from its first bytes alone.
//!
//! What the sender says it is, in a header or by the end of its name, counts
//! for nothing: the answer decides what a browser does with the file. So what
//! a browser would run, such as HTML, SVG or a script, has no row here: it is
//! text, and text is saved, not shown.

/// What a browser is told to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Showing {
    /// Show it where it is.
    Inline,
    /// Save it.
    Attachment,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) media_type: &'static str,
    pub(crate) showing: Showing,
}

impl Kind {
    /// What begins so. What is cut in the middle is judged by what is there.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => inline("image/png"),
            [0xff, 0xd8, 0xff, ..] => inline("image/jpeg"),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => inline("image/gif"),
            [b'R', b'I', b'F', b'F', _, _, _, _, form @ ..] => Self::of_riff(form),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Self::of_iso_media(brand),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Self::of_matroska(head),
            [b'O', b'g', b'g', b'S', ..] => inline("audio/ogg"),
            [b'f', b'L', b'a', b'C', ..] => inline("audio/flac"),
            [b'I', b'D', b'3', ..] => inline("audio/mpeg"),
            [0xff, second, third, ..] if is_mp3_frame(*second, *third) => inline("audio/mpeg"),
            [b'%', b'P', b'D', b'F', b'-', ..] => attachment("application/pdf"),
            [b'P', b'K', 3, 4, ..] => attachment("application/zip"),
            _ if is_text(head) => attachment("text/plain; charset=utf-8"),
            // Without a first box, as QuickTime was before MP4. A text may begin so.
            [_, _, _, _, b'w', b'i', b'd', b'e', ..]
            | [_, _, _, _, b'f', b'r', b'e', b'e', ..]
            | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
            | [_, _, _, _, b'm', b'd', b'a', b't', ..] => attachment("video/quicktime"),
            _ => attachment("application/octet-stream"),
        }
    }

    fn of_riff(form: &[u8]) -> Self {
        match form {
            [b'W', b'E', b'B', b'P', ..] => inline("image/webp"),
            [b'W', b'A', b'V', b'E', ..] => inline("audio/wav"),
            _ => attachment("application/octet-stream"),
        }
    }

    /// The family of MP4, by the brand in its first box.
    fn of_iso_media(brand: &[u8]) -> Self {
        match brand {
            [b'a', b'v', b'i', b'f' | b's', ..] => inline("image/avif"),
            [b'M', b'4', b'A' | b'B', ..] => inline("audio/mp4"),
            [b'h', b'e', b'i' | b'v', ..] | [b'm', b'i', b'f', b'1', ..] => {
                attachment("image/heic")
            }
            [b'q', b't', b' ', b' ', ..] => attachment("video/quicktime"),
            // Canon's raw photographs, which have parts of their own.
            [b'c', b'r', b'x', b' ', ..] => attachment("application/octet-stream"),
            _ => inline("video/mp4"),
        }
    }

    /// WebM, which is Matroska that says so. A track of pictures names its
    /// codec `V_…`, near the beginning.
    fn of_matroska(head: &[u8]) -> Self {
        let has = |part: &[u8]| head.windows(part.len()).any(|bytes| bytes == part);
        match (has(b"webm"), has(b"V_VP") || has(b"V_AV1")) {
            (true, false) => inline("audio/webm"),
            (true, true) => inline("video/webm"),
            (false, _) => attachment("video/x-matroska"),
        }
    }

    pub(crate) fn is_image(self) -> bool {
        self.media_type.starts_with("image/")
    }
}

const fn inline(media_type: &'static str) -> Kind {
    Kind {
        media_type,
        showing: Showing::Inline,
    }
}

const fn attachment(media_type: &'static str) -> Kind {
    Kind {
        media_type,
        showing: Showing::Attachment,
    }
}

/// The header of a frame of MPEG audio, layer III, whose rates exist.
fn is_mp3_frame(second: u8, third: u8) -> bool {
    second & 0xe6 == 0xe2 && second & 0x18 != 0x08 && third >> 4 != 0xf && third & 0x0c != 0x0c
}

/// Whether these are letters, of which the last may be cut.
fn is_text(head: &[u8]) -> bool {
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !head.iter().any(is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (head, media_type) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x1cftypavif", "image/avif"),
            (b"\0\0\0\x1cftypM4A ", "audio/mp4"),
            (b"\0\0\0\x1cftypisom", "video/mp4"),
            (b"\0\0\0\x1cftypheic", "image/heic"),
            (b"\0\0\0\x18ftypcrx ", "application/octet-stream"),
            (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
            (b"\0\0\0\x08wide\0\0\x01\0mdat", "video/quicktime"),
            (b"\0\0\0\x08free\0\0\x01\0mdat", "video/quicktime"),
            (b"\0\0\x01\0moov", "video/quicktime"),
            (b"\0\0\0\x01mdat", "video/quicktime"),
            (b"too wide, then", "text/plain; charset=utf-8"),
            (b"\x1a\x45\xdf\xa3....webm....A_OPUS", "audio/webm"),
            (b"\x1a\x45\xdf\xa3....webm....V_VP9", "video/webm"),
            (b"\x1a\x45\xdf\xa3....matroska", "video/x-matroska"),
            (b"OggS\0", "audio/ogg"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"%PDF-1.7", "application/pdf"),
            ("été".as_bytes(), "text/plain; charset=utf-8"),
            (&"été".as_bytes()[..4], "text/plain; charset=utf-8"),
            (b"", "text/plain; charset=utf-8"),
            (b"MZ\x90\0\x03", "application/octet-stream"),
            (b"\xff\xfe\0a", "application/octet-stream"),
        ] {
            assert_eq!(Kind::of(head).media_type, media_type, "{head:?}");
        }
    }

    #[test]
    fn what_a_browser_would_run_is_text_to_save() {
        for head in [
            &b"<!doctype html><script>alert(1)</script>"[..],
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'/>",
            b"alert(1)",
            b"#!/bin/sh",
        ] {
            let kind = Kind::of(head);
            assert_eq!(kind.media_type, "text/plain; charset=utf-8");
            assert_eq!(kind.showing, Showing::Attachment);
        }
    }

    #[test]
    fn only_images_and_sounds_and_films_are_shown() {
        for head in [&b"%PDF-1.7"[..], b"PK\x03\x04", b"\0\x01", b"text"] {
            assert_eq!(Kind::of(head).showing, Showing::Attachment, "{head:?}");
        }
        assert_eq!(Kind::of(b"GIF89a<script>").showing, Showing::Inline);
    }
}
