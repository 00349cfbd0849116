//! The crate's way to files: every one goes through the model's [`crate::source::Source`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::SystemTime;

use openusd::ar::{Asset, ResolvedPath, Resolver};

/// What [`LayerResolver`] asks of the thread that holds the source.
pub(super) enum Request {
    /// Which layer or picture `named` is, as the layer `anchor` says it.
    Identify { named: String, anchor: Option<String>, reply: SyncSender<String> },
    /// The bytes of an identified layer.
    Open { identifier: String, reply: SyncSender<Result<Vec<u8>, String>> },
}

/// Separates the layer that names a picture from the name; no path holds it.
pub(super) const NAMED_BY: char = '\u{1f}';
/// Begins the identifier of a layer that is not there.
pub(super) const ABSENT: &str = "\u{1f}absent ";

pub(super) struct LayerResolver {
    asks: SyncSender<Request>,
    /// The crate asks for the same names again and again.
    known: RefCell<HashMap<(Option<String>, String), String>>,
}

impl LayerResolver {
    pub(super) fn new(asks: SyncSender<Request>) -> Self {
        Self { asks, known: RefCell::default() }
    }

    fn ask<T>(&self, request: impl FnOnce(SyncSender<T>) -> Request) -> Option<T> {
        let (reply, answer) = sync_channel(1);
        self.asks.send(request(reply)).ok()?;
        answer.recv().ok()
    }
}

impl Resolver for LayerResolver {
    fn create_identifier(&self, asset_path: &str, anchor: Option<&ResolvedPath>) -> String {
        let key = (anchor.map(|a| a.to_string_lossy().into_owned()), asset_path.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let (anchor, named) = key.clone();
        let identifier = self.ask(|reply| Request::Identify { named, anchor, reply }).unwrap_or_default();
        self.known.borrow_mut().insert(key, identifier.clone());
        identifier
    }

    fn resolve(&self, identifier: &str) -> Option<ResolvedPath> {
        let is_there = !identifier.is_empty() && !identifier.starts_with(ABSENT);
        is_there.then(|| ResolvedPath::new(identifier))
    }

    fn resolve_for_new_asset(&self, _: &str) -> Option<ResolvedPath> {
        None
    }

    fn open_asset(&self, resolved_path: &ResolvedPath) -> io::Result<Box<dyn Asset>> {
        let identifier = resolved_path.to_string_lossy().into_owned();
        let bytes = self.ask(|reply| Request::Open { identifier, reply });
        let bytes = bytes.unwrap_or_else(|| Err("the layer cannot be opened".into()));
        Ok(Box::new(LayerBytes(Cursor::new(bytes.map_err(io::Error::other)?))))
    }

    fn get_modification_timestamp(&self, _: &str, _: &ResolvedPath) -> Option<SystemTime> {
        None
    }
}

struct LayerBytes(Cursor<Vec<u8>>);

impl Read for LayerBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for LayerBytes {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.0.seek(position)
    }
}

impl Asset for LayerBytes {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.get_ref().len() as u64)
    }

    /// Gives the bytes away rather than a copy of them.
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(std::mem::take(self.0.get_mut()))
    }
}
