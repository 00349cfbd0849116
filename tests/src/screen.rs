//! A screen that is not there (Xvfb), the windows on it, and a hand for mouse and keys (xdotool).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, InputFocus, Window};
use x11rb::rust_connection::RustConnection;

/// An X server of its own, ended with the test.
pub struct Screen {
    server: Child,
    display: String,
    connection: RustConnection,
    root: Window,
}

impl Screen {
    /// # Panics
    /// When Xvfb is missing or does not start.
    pub fn new(width: u32, height: u32) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts; `cargo xtask test` installs it");
        let mut number = String::new();
        let stdout = server.stdout.take().expect("piped above");
        BufReader::new(stdout).read_line(&mut number).expect("Xvfb says its number");
        let display = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&display)).expect("the screen answers");
        let root = connection.setup().roots[screen].root;
        Self { server, display, connection, root }
    }

    /// Such as `:7`.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Lets `command` open its window here.
    pub fn host<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET")
    }

    /// The first window whose title contains `text`, with its whole title.
    pub fn window(&self, text: &str) -> Option<(Window, String)> {
        let children = self.connection.query_tree(self.root).ok()?.reply().ok()?.children;
        children.into_iter().find_map(|window| {
            let title = self.title(window)?;
            title.contains(text).then_some((window, title))
        })
    }

    /// `_NET_WM_NAME`.
    pub fn title(&self, window: Window) -> Option<String> {
        let name = self.connection.intern_atom(false, b"_NET_WM_NAME").ok()?.reply().ok()?.atom;
        let reply =
            self.connection.get_property(false, window, name, AtomEnum::ANY, 0, 1024).ok()?.reply().ok()?;
        String::from_utf8(reply.value).ok()
    }

    /// Gives `window` the keyboard, as a window manager would.
    ///
    /// # Panics
    /// When the window is gone.
    pub fn focus(&self, window: Window) {
        let focus = self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME);
        focus.expect("server").check().expect("the window takes the keyboard");
    }

    /// What a person would see, as RGB.
    ///
    /// # Panics
    /// When the server is gone.
    pub fn picture(&self) -> image::RgbImage {
        let size = self.connection.get_geometry(self.root).expect("server").reply().expect("server");
        let (width, height) = (size.width, size.height);
        let pixels = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, u32::MAX)
            .expect("server")
            .reply()
            .expect("a picture of the screen")
            .data;
        let rgb = pixels.chunks_exact(4).flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]]).collect();
        image::RgbImage::from_raw(width.into(), height.into(), rgb).expect("32 bits a pixel")
    }

    /// Keeps a picture of the screen for people to look at.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn keep(&self, path: &Path) {
        self.picture().save(path).expect("a screenshot is written");
    }

    /// Moves the mouse, presses keys: one xdotool call with its arguments.
    ///
    /// # Panics
    /// When xdotool is missing or refuses.
    pub fn hand<const N: usize>(&self, arguments: [&str; N]) {
        let status = Command::new("xdotool").env("DISPLAY", &self.display).args(arguments).status();
        assert!(status.expect("xdotool starts; `cargo xtask test` installs it").success(), "{arguments:?}");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
