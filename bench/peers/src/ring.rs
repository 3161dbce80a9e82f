//! Many sends with one system call, by io_uring(7): what a server on it could
//! win beside one on epoll(7).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use io_uring::{IoUring, opcode, types};

/// How many sends go to the kernel at once.
const SENDS_MAX: usize = 256;

/// A ring for sends that are all done when a batch has been handed over: no
/// socket is waited for.
pub struct Ring {
    uring: IoUring,
    /// How much of the bytes each socket of the batch took.
    taken: Vec<usize>,
}

impl Ring {
    /// Asks the kernel for a ring that only this thread uses.
    pub fn new() -> io::Result<Self> {
        let uring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(SENDS_MAX as u32)?;
        Ok(Self {
            uring,
            taken: Vec::new(),
        })
    }

    /// Sends the bytes to each socket; returns how many each took, in order.
    pub fn send_to_all(&mut self, sockets: &[BorrowedFd<'_>], bytes: &[u8]) -> &[usize] {
        self.taken.clear();
        self.taken.resize(sockets.len(), 0);
        let mut first = 0;
        for batch in sockets.chunks(SENDS_MAX) {
            for (index, socket) in (first..).zip(batch) {
                self.push(*socket, bytes, index);
            }
            self.hand_over(batch.len());
            first += batch.len();
        }
        &self.taken
    }

    fn push(&mut self, socket: BorrowedFd<'_>, bytes: &[u8], index: usize) {
        let fd = types::Fd(socket.as_raw_fd());
        let send = opcode::Send::new(fd, bytes.as_ptr(), bytes.len() as u32)
            .flags(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
            .build()
            .user_data(index as u64);
        // SAFETY: the bytes and the socket are borrowed by `send_to_all`, which
        // returns only when the kernel is done with them; if it cannot know
        // that, `hand_over` ends the process.
        unsafe { self.uring.submission().push(&send) }
            .expect("a batch is no bigger than the queue");
    }

    /// Submits so many sends and waits until they are done.
    fn hand_over(&mut self, n_sends: usize) {
        let mut n_done = 0;
        while n_done < n_sends {
            match self.uring.submit_and_wait(n_sends - n_done) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    eprintln!("the ring failed: {error}");
                    std::process::abort();
                }
                _ => {}
            }
            for done in self.uring.completion() {
                self.taken[done.user_data() as usize] = done.result().try_into().unwrap_or(0);
                n_done += 1;
            }
        }
    }
}
