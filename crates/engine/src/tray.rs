//! What waits for one thread, and whether that thread has to be woken for it.
//!
//! ```text
//! sender                           owner
//! put something in, and more       asleep = true
//! asleep, and something there?     something there? yes: do not sleep
//!      yes: asleep = false, wake   no: sleep until it is woken
//! ```
//!
//! Whichever comes first, one of the two sees what the other did. How a thread
//! is woken is the business of whoever owns the tray.

use std::sync::PoisonError;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// A list that many fill and one empties.
#[derive(Debug)]
pub struct Tray<T> {
    items: Mutex<Vec<T>>,
    asleep: AtomicBool,
}

impl<T> Default for Tray<T> {
    fn default() -> Self {
        Self {
            items: Mutex::new(Vec::new()),
            asleep: AtomicBool::new(false),
        }
    }
}

impl<T> Tray<T> {
    /// Puts something in; its owner has to be woken for it.
    pub fn put(&self, item: T) {
        self.lock().push(item);
    }

    /// Whether the owner is asleep though something is there. Whoever hears
    /// yes has to wake it: nobody else does.
    #[must_use]
    pub fn has_to_be_woken(&self) -> bool {
        self.asleep.load(Ordering::SeqCst)
            && !self.lock().is_empty()
            && self.asleep.swap(false, Ordering::SeqCst)
    }

    /// Takes everything that waits, and leaves an empty list in its place.
    pub fn swap(&self, items: &mut Vec<T>) {
        debug_assert!(items.is_empty());
        std::mem::swap(&mut *self.lock(), items);
    }

    /// Says that the owner is about to sleep; returns whether it may.
    #[must_use]
    pub fn lie_down(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        let may_sleep = self.lock().is_empty();
        if !may_sleep {
            self.get_up();
        }
        may_sleep
    }

    /// Says that the owner is awake and will look.
    pub fn get_up(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }

    /// A push cannot be interrupted half-way, so a poisoned lock is sound.
    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
