//! What we tell the system of our threads and our memory.
//!
//! The only unsafe code of the house: three calls of the C library for which
//! there is no safe one. Each is here for a measurement, and each may fail: the
//! server works without, it only costs more.
#![expect(unsafe_code, reason = "calls of the C library; each has its proof")]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::sync::Once;

/// Lets this thread wait for those that are at work.
///
/// A thread of the usual kind (`SCHED_OTHER`) that is woken may push aside who
/// works on its core, and finds the one message it was woken for. One of this
/// kind (`SCHED_BATCH`, see sched(7)) waits until the other sleeps or has used
/// its time, and finds all that came meanwhile: fewer turns, and each write
/// carries more. It runs at once where a core is idle, and has the same share
/// of time. Beside a load generator on two cores an echo costs 0.78 of the CPU
/// it did, a delivery to 1,000 members 0.9 (`docs/scale.md`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn yield_to_others() {
    let unused = libc::sched_param { sched_priority: 0 };
    // SAFETY: 0 is the calling thread; the kernel copies what the pointer shows
    // before the call returns. A refusal leaves everything as it was.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const unused) };
    if result != 0 {
        tracing::debug!(error = %std::io::Error::last_os_error(), "stays a thread of the usual kind");
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn yield_to_others() {}

/// From this size on memory is a mapping of its own, and goes back when it is
/// freed. It is glibc's own first value, which would grow by itself: then big
/// lists, freed, leave holes that nothing fills.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPING_BYTES_MIN: libc::c_int = 128 * 1024;

/// Has big pieces of memory given back as soon as they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn keep_mappings_apart() {
    static SET: Once = Once::new();
    // SAFETY: `mallopt` wants not to be called by two at once, and is not. It
    // stores one word; who allocates meanwhile sees the old or the new, and
    // either is right for a piece of any size.
    SET.call_once(|| unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPING_BYTES_MIN);
    });
}

/// Gives the pages back in which nothing is in use; 0.2 ms for 10 MB. Who asks
/// for memory meanwhile waits.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn give_memory_back() {
    // SAFETY: touches only pages that malloc holds as free, under its locks.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep_mappings_apart() {}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_memory_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The system's kind of a thread stands in field 41 of its `stat` (proc_pid_stat(5)).
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn kind_of_this_thread() -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let (_, after_name) = stat.rsplit_once(')').unwrap();
        after_name
            .split_whitespace()
            .nth(41 - 3)
            .unwrap()
            .to_owned()
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn a_thread_that_yields_is_one_of_the_batch_kind_and_no_other_becomes_it() {
        let before = kind_of_this_thread();
        let yielding = std::thread::spawn(|| {
            yield_to_others();
            kind_of_this_thread()
        });
        assert_eq!(yielding.join().unwrap(), libc::SCHED_BATCH.to_string());
        assert_eq!(kind_of_this_thread(), before);
    }

    #[test]
    fn memory_that_is_in_use_outlives_what_is_given_back() {
        keep_mappings_apart();
        let kept: Vec<_> = (0..10_000_u32).map(|n| Box::new([n; 16])).collect();
        drop(vec![Box::new([0_u8; 4096]); 1000]);
        give_memory_back();
        assert!((0..).zip(&kept).all(|(n, it)| **it == [n; 16]));
    }
}
