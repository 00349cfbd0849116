//! Walks over the lines and tokens of OBJ text without copying. A backslash before the end of a
//! line continues the line.

pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    started: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, started: false }
    }

    /// Goes to the first token of the next line that has one; `false` at the end.
    pub(super) fn next_line(&mut self) -> bool {
        if self.started {
            self.skip_line();
        }
        self.started = true;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.skip_line(),
                _ => return true,
            }
        }
        false
    }

    fn skip_line(&mut self) {
        // What is left of a line is short as a rule; a search function costs more than it saves.
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => break,
                b'\\' => self.at += self.continuation().max(1),
                _ => self.at += 1,
            }
        }
    }

    /// Length of a line continuation at the cursor, or 0.
    fn continuation(&self) -> usize {
        match self.bytes.get(self.at..) {
            Some([b'\\', b'\n', ..]) => 2,
            Some([b'\\', b'\r', b'\n', ..]) => 3,
            _ => 0,
        }
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                _ => break,
            }
        }
    }

    #[inline]
    pub(super) fn keyword(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'\\') {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    /// Comments count as the end.
    pub(super) fn at_end_of_line(&mut self) -> bool {
        self.skip_blanks();
        matches!(self.bytes.get(self.at), None | Some(b'\n' | b'#'))
    }

    /// Numbers that are not there are 0, as everybody reads them.
    #[inline]
    pub(super) fn floats<const N: usize>(&mut self) -> [f32; N] {
        let mut values = [0.0; N];
        for value in &mut values {
            let Some(number) = self.float() else { break };
            *value = number;
        }
        values
    }

    #[inline]
    pub(super) fn float(&mut self) -> Option<f32> {
        self.skip_blanks();
        let rest = self.bytes.get(self.at..)?;
        let (value, n_bytes) = fast_float2::parse_partial::<f32, _>(rest).ok()?;
        self.at += n_bytes;
        Some(value)
    }

    /// A whole number after blanks.
    #[inline]
    pub(super) fn integer(&mut self) -> Option<i64> {
        self.skip_blanks();
        self.digits()
    }

    /// A whole number right here.
    #[inline]
    pub(super) fn digits(&mut self) -> Option<i64> {
        let start = self.at;
        let is_negative = match self.bytes.get(self.at) {
            Some(b'-') => {
                self.at += 1;
                true
            }
            Some(b'+') => {
                self.at += 1;
                false
            }
            _ => false,
        };
        let first_digit = self.at;
        let mut value = 0i64;
        while let Some(digit) = self.bytes.get(self.at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
            // Beyond any index; stays there instead of wrapping around.
            value = (value * 10 + i64::from(digit)).min(1 << 40);
            self.at += 1;
        }
        if self.at == first_digit {
            self.at = start;
            return None;
        }
        Some(if is_negative { -value } else { value })
    }

    #[inline]
    pub(super) fn slash(&mut self) -> bool {
        let found = self.bytes.get(self.at) == Some(&b'/');
        self.at += usize::from(found);
        found
    }

    pub(super) fn rest_of_line(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|&b| b != b'\n') {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }
}
