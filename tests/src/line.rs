//! A line to a farm that a test can cut: a relay on loopback.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Hands every byte on to a server, slowly enough that a transfer has a middle, until it is cut.
pub struct Line {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    target: Mutex<SocketAddr>,
    open: Mutex<Vec<TcpStream>>,
    is_cut: AtomicBool,
    n_bytes: AtomicU64,
}

/// So much is handed on between two short rests.
const GULP_BYTES: usize = 64 << 10;
const REST: Duration = Duration::from_millis(2);

impl Line {
    /// # Panics
    /// When there is no free port on loopback.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound above");
        let state = Arc::new(State {
            target: Mutex::new(target),
            open: Mutex::default(),
            is_cut: AtomicBool::new(false),
            n_bytes: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                shared.connect(caller);
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Breaks every connection, in whatever it is doing, and lets nobody through until mended.
    pub fn cut(&self) {
        self.state.is_cut.store(true, Ordering::SeqCst);
        for stream in self.state.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // It may have ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn mend(&self) {
        self.state.is_cut.store(false, Ordering::SeqCst);
    }

    /// Handed on so far, both ways.
    pub fn n_bytes(&self) -> u64 {
        self.state.n_bytes.load(Ordering::Relaxed)
    }

    /// The server has come back at another address.
    pub fn aim_at(&self, target: SocketAddr) {
        *self.state.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }
}

impl State {
    fn connect(self: &Arc<Self>, caller: TcpStream) {
        let target = *self.target.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_cut.load(Ordering::SeqCst) {
            return;
        }
        let Ok(server) = TcpStream::connect(target) else { return };
        for stream in [&caller, &server] {
            if let Ok(copy) = stream.try_clone() {
                self.open.lock().unwrap_or_else(PoisonError::into_inner).push(copy);
            }
        }
        for (from, to) in [(&caller, &server), (&server, &caller)] {
            if let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) {
                let state = Arc::clone(self);
                thread::spawn(move || state.hand_on(from, to));
            }
        }
    }

    fn hand_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut gulp = vec![0; GULP_BYTES];
        while let Ok(n_read) = from.read(&mut gulp) {
            if n_read == 0 || self.is_cut.load(Ordering::SeqCst) || to.write_all(&gulp[..n_read]).is_err() {
                break;
            }
            self.n_bytes.fetch_add(n_read as u64, Ordering::Relaxed);
            if n_read > GULP_BYTES / 4 {
                thread::park_timeout(REST);
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}
