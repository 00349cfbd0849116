//! A small X11 drag source: drops files on a window as a file manager does (XDND version 5).

use std::path::Path;

use anyhow::{Context, Result, bail};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

x11rb::atom_manager! {
    pub Atoms: AtomsCookie {
        XdndAware,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        URI_LIST: b"text/uri-list",
    }
}

/// Drags `paths` over the middle of `target` on `display` (such as `:7`) and drops them; returns
/// once the window says that it has taken them.
///
/// # Errors
/// When the display or window is not there, takes no drops, or refuses this one.
pub fn drop_files(display: &str, target: Window, paths: &[&Path]) -> Result<()> {
    let (connection, screen) = x11rb::connect(Some(display))?;
    let root = connection.setup().roots.get(screen).context("no such screen")?.root;
    let atoms = Atoms::new(&connection)?.reply()?;
    let aware = connection.get_property(false, target, atoms.XdndAware, AtomEnum::ATOM, 0, 1)?.reply()?;
    if aware.value_len == 0 {
        bail!("the window takes no drops");
    }
    let source = connection.generate_id()?;
    let aux = CreateWindowAux::new();
    connection.create_window(0, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux)?;
    connection.set_selection_owner(source, atoms.XdndSelection, x11rb::CURRENT_TIME)?;

    let geometry = connection.get_geometry(target)?.reply()?;
    let middle = connection
        .translate_coordinates(target, root, geometry.width as i16 / 2, geometry.height as i16 / 2)?
        .reply()?;
    let position = (u32::from(middle.dst_x as u16) << 16) | u32::from(middle.dst_y as u16);
    let drag = Drag { connection: &connection, atoms, source, target, uris: uri_list(paths) };
    drag.send(atoms.XdndEnter, [5 << 24, atoms.URI_LIST, 0, 0])?;
    drag.send(atoms.XdndPosition, [0, position, x11rb::CURRENT_TIME, atoms.XdndActionCopy])?;
    if drag.wait_for(atoms.XdndStatus)?[1] & 1 == 0 {
        bail!("the window refuses the files");
    }
    drag.send(atoms.XdndDrop, [0, x11rb::CURRENT_TIME, 0, 0])?;
    drag.wait_for(atoms.XdndFinished)?;
    Ok(())
}

struct Drag<'a> {
    connection: &'a RustConnection,
    atoms: Atoms,
    source: Window,
    target: Window,
    uris: String,
}

impl Drag<'_> {
    fn send(&self, message: Atom, data: [u32; 4]) -> Result<()> {
        let data = [self.source, data[0], data[1], data[2], data[3]];
        let event = ClientMessageEvent::new(32, self.target, message, data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, event)?;
        self.connection.flush()?;
        Ok(())
    }

    /// Hands out the file list whenever asked, until `message` comes; returns its data.
    fn wait_for(&self, message: Atom) -> Result<[u32; 5]> {
        loop {
            match self.connection.wait_for_event()? {
                Event::ClientMessage(event) if event.type_ == message => return Ok(event.data.as_data32()),
                Event::SelectionRequest(request) => self.hand_out(&request)?,
                _ => {}
            }
        }
    }

    fn hand_out(&self, request: &SelectionRequestEvent) -> Result<()> {
        let is_known = request.target == self.atoms.URI_LIST;
        if is_known {
            let (window, property) = (request.requestor, request.property);
            let uris = self.uris.as_bytes();
            self.connection.change_property8(PropMode::REPLACE, window, property, request.target, uris)?;
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if is_known { request.property } else { x11rb::NONE },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
        self.connection.flush()?;
        Ok(())
    }
}

/// RFC 2483; every byte but the unreserved ones of RFC 3986 is escaped.
fn uri_list(paths: &[&Path]) -> String {
    let mut list = String::new();
    for path in paths {
        list.push_str("file://");
        for &byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                    list.push(char::from(byte));
                }
                _ => list.push_str(&format!("%{byte:02X}")),
            }
        }
        list.push_str("\r\n");
    }
    list
}
