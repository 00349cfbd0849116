//! Walks over the values of rows, whatever their encoding.

use super::header::{Kind, Property, Scalar};

/// Every step gives `None` when the bytes end or are no value.
pub(super) trait Cursor<'a>: Sized {
    fn new(bytes: &'a [u8]) -> Self;

    fn number(&mut self, scalar: Scalar) -> Option<f64>;

    /// A whole number; fractions in a list of floats are cut off.
    fn integer(&mut self, scalar: Scalar) -> Option<i64>;

    fn skip(&mut self, scalar: Scalar, n: usize) -> Option<()>;

    fn n_bytes_read(&self) -> usize;

    /// Nothing but blanks is left.
    fn is_at_end(&self) -> bool;

    #[inline]
    fn length(&mut self, count: Scalar) -> Option<usize> {
        usize::try_from(self.integer(count)?).ok()
    }

    #[inline]
    fn skip_property(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::Scalar(scalar) => self.skip(scalar, 1),
            Kind::List { count, item } => {
                let n = self.length(count)?;
                self.skip(item, n)
            }
        }
    }

    #[inline]
    fn skip_row(&mut self, properties: &[Property]) -> Option<()> {
        properties.iter().try_for_each(|property| self.skip_property(property.kind))
    }
}

/// Numbers between blanks; where lines end does not matter.
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Text<'_> {
    #[inline]
    fn skip_blanks(&mut self) {
        while self.bytes.get(self.at).is_some_and(|&byte| byte <= b' ') {
            self.at += 1;
        }
    }
}

impl<'a> Cursor<'a> for Text<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    fn number(&mut self, _: Scalar) -> Option<f64> {
        self.skip_blanks();
        let (value, n_bytes) = fast_float2::parse_partial::<f64, _>(self.bytes.get(self.at..)?).ok()?;
        self.at += n_bytes;
        // "12abc" is no number.
        self.bytes.get(self.at).is_none_or(|&byte| byte <= b' ').then_some(value)
    }

    #[inline]
    fn integer(&mut self, scalar: Scalar) -> Option<i64> {
        self.skip_blanks();
        let start = self.at;
        let mut value = 0i64;
        while let Some(digit) = self.bytes.get(self.at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
            // Beyond any index; stays there instead of wrapping around.
            value = (value * 10 + i64::from(digit)).min(1 << 40);
            self.at += 1;
        }
        if self.at > start && self.bytes.get(self.at).is_none_or(|&byte| byte <= b' ') {
            return Some(value);
        }
        self.at = start;
        self.number(scalar).map(|value| value as i64)
    }

    #[inline]
    fn skip(&mut self, _: Scalar, n: usize) -> Option<()> {
        for _ in 0..n {
            self.skip_blanks();
            let start = self.at;
            while self.bytes.get(self.at).is_some_and(|&byte| byte > b' ') {
                self.at += 1;
            }
            if self.at == start {
                return None;
            }
        }
        Some(())
    }

    fn n_bytes_read(&self) -> usize {
        self.at
    }

    fn is_at_end(&self) -> bool {
        self.bytes.get(self.at..).is_none_or(|rest| rest.iter().all(|&byte| byte <= b' '))
    }
}

pub(super) struct Binary<'a, const IS_BIG: bool> {
    bytes: &'a [u8],
    at: usize,
}

impl<const IS_BIG: bool> Binary<'_, IS_BIG> {
    #[inline]
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = *self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        if IS_BIG {
            bytes.reverse();
        }
        Some(bytes)
    }
}

impl<'a, const IS_BIG: bool> Cursor<'a> for Binary<'a, IS_BIG> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    fn number(&mut self, scalar: Scalar) -> Option<f64> {
        match scalar {
            Scalar::F32 => self.take().map(|b| f64::from(f32::from_le_bytes(b))),
            Scalar::F64 => self.take().map(f64::from_le_bytes),
            _ => self.integer(scalar).map(|value| value as f64),
        }
    }

    #[inline]
    fn integer(&mut self, scalar: Scalar) -> Option<i64> {
        match scalar {
            Scalar::I8 => self.take().map(|b| i64::from(i8::from_le_bytes(b))),
            Scalar::U8 => self.take().map(|[b]| i64::from(b)),
            Scalar::I16 => self.take().map(|b| i64::from(i16::from_le_bytes(b))),
            Scalar::U16 => self.take().map(|b| i64::from(u16::from_le_bytes(b))),
            Scalar::I32 => self.take().map(|b| i64::from(i32::from_le_bytes(b))),
            Scalar::U32 => self.take().map(|b| i64::from(u32::from_le_bytes(b))),
            Scalar::F32 => self.take().map(|b| f32::from_le_bytes(b) as i64),
            Scalar::F64 => self.take().map(|b| f64::from_le_bytes(b) as i64),
        }
    }

    #[inline]
    fn skip(&mut self, scalar: Scalar, n: usize) -> Option<()> {
        let end = scalar.n_bytes().checked_mul(n)?.checked_add(self.at)?;
        if end > self.bytes.len() {
            return None;
        }
        self.at = end;
        Some(())
    }

    fn n_bytes_read(&self) -> usize {
        self.at
    }

    fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }
}
