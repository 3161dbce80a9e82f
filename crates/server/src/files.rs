//! The files that people send, in the folder `files` of the data directory.
//!
//! ```text
//! upload ─▶ files/incoming/ID ──without metadata, sync, rename──▶ files/ID ─▶ reader
//!            └ emptied at the start                                 └ removed with its message
//! ```
//!
//! A file is its bytes and nothing else: what type it has is read from them
//! each time, and its name stands in the URL. So nothing can contradict them,
//! and a better table of types serves old files better, too. A file never
//! changes once it is there.
//!
//! Nothing here keeps a file open: each piece is written or read by itself. So
//! however slow the other side is, it costs no file of the process, and
//! removing a file needs to wait for nobody.
//!
//! All of this waits for the disk: call it where that may be.

mod image;
mod kind;
mod metadata;
mod name;
mod sweep;
mod uploads;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use chat::FileId;
use rustix::fs::statvfs;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

pub(crate) use self::image::Size;
pub(crate) use self::kind::{Kind, Showing};
pub(crate) use self::metadata::HELD_BYTES_MAX;
pub(crate) use self::name::FileName;
pub(crate) use self::sweep::Sweeper;
pub(crate) use self::uploads::{Refused, Uploads};

/// The folder in the data directory.
pub(crate) const FOLDER: &str = "files";

/// The folder in it where files are that are not whole yet.
const INCOMING: &str = "incoming";

/// Bytes from the start of a file that its type is read from.
const KIND_BYTES: usize = 4 << 10;

/// Bytes from its start in which an image's size is looked for: a photograph
/// may have a small one, and a profile of its colours, before it.
const SIZE_BYTES: usize = 512 << 10;

/// The store.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    /// Of films one is looked through at a time, so that what is held of one
    /// is all that is held.
    stripping: Arc<Semaphore>,
}

/// A file that is on its way. Dropped before it is whole, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Incoming {
    id: FileId,
    path: PathBuf,
}

/// An image from which nobody can take what it tells of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// What there is to know of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) bytes: u64,
    pub(crate) kind: Kind,
}

impl Files {
    /// The files in a data directory, which belongs to this server alone.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        let incoming = folder.join(INCOMING);
        // What was on its way when the last server fell will not be continued.
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&incoming)?,
        }
        let folder = std::path::absolute(folder)?;
        let stripping = Arc::new(Semaphore::new(1));
        Ok(Self { folder, stripping })
    }

    /// How much the disk takes before it is full, in bytes.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        let disk = statvfs(&self.folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// A file that begins.
    pub(crate) fn begin(&self) -> io::Result<Incoming> {
        let id = FileId::from_chance(chance());
        let path = self.folder.join(INCOMING).join(id.as_str());
        File::create_new(&path)?;
        Ok(Incoming { id, path })
    }

    /// The turn of a file of a kind of which one is looked through at a time;
    /// `None` where there may be several. It is waited for here, not where one
    /// waits for the disk: who waits has no thread, which others need. It goes
    /// along into [`Files::strip`], so that it lasts as long as that.
    pub(crate) async fn turn(&self, kind: Kind) -> Option<OwnedSemaphorePermit> {
        let stripping = Arc::clone(&self.stripping);
        match metadata::has_lists(kind) {
            true => stripping.acquire_owned().await.ok(),
            false => None,
        }
    }

    /// A file of this kind that is whole, without what an image tells besides
    /// itself.
    pub(crate) fn strip(
        &self,
        incoming: Incoming,
        kind: Kind,
        _turn: Option<OwnedSemaphorePermit>,
    ) -> io::Result<Result<Incoming, Damaged>> {
        let Some(strip) = metadata::stripper(kind) else {
            return Ok(Ok(incoming));
        };
        let mut from = BufReader::new(File::open(&incoming.path)?);
        let kept = self.begin()?;
        let mut to = BufWriter::new(OpenOptions::new().write(true).open(&kept.path)?);
        match strip(&mut from, &mut to).and_then(|()| to.flush()) {
            Ok(()) => Ok(Ok(kept)),
            Err(error) if metadata::is_damage(&error) => Ok(Err(Damaged)),
            Err(error) => Err(error),
        }
    }

    /// Keeps a file that is whole: once this returns it outlives the loss of
    /// power.
    pub(crate) fn keep(&self, incoming: Incoming) -> io::Result<FileId> {
        File::open(&incoming.path)?.sync_all()?;
        fs::rename(&incoming.path, self.path(incoming.id))?;
        // A name is on the disk when its folder is.
        File::open(&self.folder)?.sync_all()?;
        Ok(incoming.id)
    }

    /// What a file is; `None` where there is none.
    pub(crate) fn find(&self, id: FileId) -> io::Result<Option<Found>> {
        let mut file = match File::open(self.path(id)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = file.metadata()?.len();
        let kind = kind_of(&mut file)?;
        Ok(Some(Found { bytes, kind }))
    }

    /// The width and height of an image, where it says so early enough.
    pub(crate) fn image_size(&self, id: FileId) -> io::Result<Option<Size>> {
        let mut head = Vec::new();
        let file = File::open(self.path(id))?;
        file.take(SIZE_BYTES as u64).read_to_end(&mut head)?;
        Ok(image::size(&head))
    }

    /// Up to so many bytes from a place in a file; none at its end.
    pub(crate) fn read(&self, id: FileId, from: u64, bytes_max: usize) -> io::Result<Bytes> {
        let mut file = File::open(self.path(id))?;
        file.seek(SeekFrom::Start(from))?;
        let mut piece = Vec::with_capacity(bytes_max);
        file.take(bytes_max as u64).read_to_end(&mut piece)?;
        Ok(piece.into())
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, id: FileId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The one place where a file's path comes from: an id has nothing in it
    /// that could lead elsewhere.
    fn path(&self, id: FileId) -> PathBuf {
        self.folder.join(id.as_str())
    }
}

impl Incoming {
    /// Puts a piece behind those that have come.
    pub(crate) fn write(&self, piece: &[u8]) -> io::Result<()> {
        OpenOptions::new()
            .append(true)
            .open(&self.path)?
            .write_all(piece)
    }

    /// What kind of file it is.
    pub(crate) fn kind(&self) -> io::Result<Kind> {
        kind_of(&mut File::open(&self.path)?)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Once it is kept, it is not here any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// What kind of file it is, read from its beginning.
fn kind_of(file: &mut impl io::Read) -> io::Result<Kind> {
    let mut head = Vec::with_capacity(KIND_BYTES);
    file.take(KIND_BYTES as u64).read_to_end(&mut head)?;
    Ok(Kind::of(&head))
}

/// Random bytes from the system. A UUID of version 4 has two that are not
/// wholly so.
fn chance() -> [u8; FileId::CHANCE_BYTES] {
    let uuids = [Uuid::new_v4(), Uuid::new_v4()];
    let bytes = uuids.iter().flat_map(|uuid| {
        let bytes = uuid.as_bytes().iter().enumerate();
        bytes.filter_map(|(at, byte)| (at != 6 && at != 8).then_some(*byte))
    });
    let mut chance = [0; FileId::CHANCE_BYTES];
    for (to, from) in chance.iter_mut().zip(bytes) {
        *to = from;
    }
    chance
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn films_take_turns_and_nothing_else_waits_for_them() {
        let folder = std::env::temp_dir().join(format!("palabre-turns-{}", Uuid::new_v4()));
        let files = Files::open(&folder).unwrap();
        let turn = |head| {
            let mut turn = pin!(files.turn(Kind::of(head)));
            turn.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        };
        let film = b"\0\0\0\x1cftypisom";
        let Poll::Ready(Some(first)) = turn(film) else {
            panic!("the first waits for nobody");
        };
        assert!(turn(film).is_pending());
        assert!(matches!(turn(b"\xff\xd8\xff\xe0"), Poll::Ready(None)));
        drop(first);
        assert!(turn(film).is_ready());
        fs::remove_dir_all(&folder).unwrap();
    }
}
