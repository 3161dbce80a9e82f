//! One server per data directory.
//!
//! The lock is the kernel's, on a file of its own, and goes with the process
//! however that ends; a file that is left over locks nothing. SQLite's own
//! locks would let a second server write, and give the same offsets twice.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::OpenError;

/// Holds a data directory until it is dropped.
#[derive(Debug)]
pub(crate) struct DirLock {
    file: File,
}

impl DirLock {
    pub(crate) fn take(dir: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory {
            dir: dir.to_owned(),
            source,
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join("palabre.lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                dir: dir.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

impl Drop for DirLock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started right now
        // has the file open too, until it becomes another program.
        let _ = self.file.unlock();
    }
}
