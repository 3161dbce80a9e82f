//! A copy of a whole data directory, also while a server uses it: a folder
//! that is a data directory itself, for a server to be started on.
//!
//! ```text
//! claim FOLDER (empty) ──▶ log, under another name ──▶ its files ──▶ secret ──▶ palabre.db
//! ```
//!
//! The log comes first and says which files are copied, so the folder is as
//! the data directory was at one moment: each message with its files, and no
//! file without its message. A file never changes once it is there. One that
//! is deleted while the others are copied is missing in the copy, as its
//! message would be a moment later.
//!
//! What is left of a backup that was interrupted has no `palabre.db`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chat::FileId;
use storage::{Backup, BackupError, FilesOf};

use crate::{files, identity};

/// The log in a data directory, and in a copy that is not whole yet.
const LOG: &str = "palabre.db";
const UNFINISHED: &str = "unfinished.db";

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WholeBackup {
    /// The log.
    pub log: Backup,
    /// How many files are in it.
    pub n_files: u64,
    /// The size of all files.
    pub file_bytes: u64,
    /// How many of the files an earlier backup has, too, on the same disk.
    pub n_linked: u64,
    /// Files that messages have and that the data directory has not.
    pub n_missing: u64,
}

/// Copies all of a data directory that cannot be made again to the folder
/// `to`, which is new or empty: the log, the files of its messages, and the
/// secret. Files that the folder `earlier` has, which an earlier backup has
/// made, are linked, where the disk is the same, instead of copied.
///
/// # Errors
/// See [`BackupError`]; then nothing is left in the folder.
pub fn backup_whole(
    data: &Path,
    to: &Path,
    earlier: Option<&Path>,
) -> Result<WholeBackup, BackupError> {
    if let Some(file) = earlier.map(|earlier| earlier.join(LOG))
        && !file.is_file()
    {
        return Err(BackupError::NoEarlier { file });
    }
    let is_new = claim(to)?;
    let done = copy_all(data, to, earlier);
    if done.is_err() {
        // All of it is ours: the folder was empty.
        let _ = empty(to);
        if is_new {
            let _ = fs::remove_dir(to);
        }
    }
    done
}

/// Makes the folder, unless it is there and empty; whether it was made.
fn claim(to: &Path) -> Result<bool, BackupError> {
    match fs::create_dir(to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            match fs::read_dir(to).map_err(cannot_write(to))?.next() {
                None => Ok(false),
                Some(_) => Err(BackupError::NotEmpty { to: to.to_owned() }),
            }
        }
        Err(source) => Err(cannot_write(to)(source)),
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

fn copy_all(data: &Path, to: &Path, earlier: Option<&Path>) -> Result<WholeBackup, BackupError> {
    let unfinished = to.join(UNFINISHED);
    let mut whole = WholeBackup {
        log: storage::backup(data, &unfinished)?,
        n_files: 0,
        file_bytes: 0,
        n_linked: 0,
        n_missing: 0,
    };
    let places = Places {
        from: data.join(files::FOLDER),
        to: to.join(files::FOLDER),
        earlier: earlier.map(|earlier| earlier.join(files::FOLDER)),
    };
    places.copy_files(data, &unfinished, &mut whole)?;
    let secret = Path::new(identity::SECRET_FILE);
    // Its copy is as readable as it is: for its owner alone. A data directory
    // that a server has never used with chats has none.
    copy_file(&data.join(secret), &to.join(secret))?;
    let settle = || {
        fs::rename(&unfinished, to.join(LOG))?;
        // Names are on the disk when their folder is.
        File::open(to)?.sync_all()
    };
    settle().map_err(cannot_write(to))?;
    Ok(whole)
}

/// The folders of files.
struct Places {
    from: PathBuf,
    to: PathBuf,
    earlier: Option<PathBuf>,
}

impl Places {
    /// Copies the files of a copied log.
    fn copy_files(
        &self,
        data: &Path,
        copied: &Path,
        whole: &mut WholeBackup,
    ) -> Result<(), BackupError> {
        let wanted = FilesOf::open(copied)?;
        let now = FilesOf::open(&data.join(LOG))?;
        fs::create_dir(&self.to).map_err(cannot_write(&self.to))?;
        let mut last: Box<str> = Box::default();
        loop {
            let ids = wanted.after(&last)?;
            let Some(next) = ids.last().cloned() else {
                break;
            };
            last = next;
            for id in ids.iter().filter_map(|id| FileId::parse(id)) {
                self.copy(id.as_str(), &now, whole)?;
            }
        }
        let synced = File::open(&self.to).and_then(|folder| folder.sync_all());
        synced.map_err(cannot_write(&self.to))
    }

    fn copy(&self, id: &str, now: &FilesOf, whole: &mut WholeBackup) -> Result<(), BackupError> {
        let to = self.to.join(id);
        let earlier = self.earlier.as_ref().map(|folder| folder.join(id));
        if let Some(earlier) = earlier
            && fs::hard_link(&earlier, &to).is_ok()
        {
            whole.n_linked += 1;
            whole.n_files += 1;
            whole.file_bytes += fs::metadata(&to).map_or(0, |file| file.len());
            return Ok(());
        }
        match copy_file(&self.from.join(id), &to)? {
            Some(bytes) => {
                whole.n_files += 1;
                whole.file_bytes += bytes;
            }
            // Deleted with its message meanwhile, or lost.
            None => whole.n_missing += u64::from(now.has(id)?),
        }
        Ok(())
    }
}

/// Copies a file whole and synced, and says how large it is; `None` where
/// there is none.
fn copy_file(from: &Path, to: &Path) -> Result<Option<u64>, BackupError> {
    let copied = fs::copy(from, to).and_then(|bytes| {
        File::open(to)?.sync_all()?;
        Ok(bytes)
    });
    match copied {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BackupError::Copy {
            file: from.to_owned(),
            to: to.to_owned(),
            what: error.to_string(),
        }),
    }
}

fn cannot_write(to: &Path) -> impl Fn(io::Error) -> BackupError {
    let to = to.to_owned();
    move |source| BackupError::Write {
        to: to.clone(),
        source,
    }
}
