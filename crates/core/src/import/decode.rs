//! Bytes as text: UTF-8, UTF-16 with a byte order mark, and the Windows-1252 that spreadsheets still write.

use std::io::{self, Read};

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// The letters of Windows-1252 that Latin-1 hasn't: 0x80 to 0x9F (WHATWG's table).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A byte as Windows-1252 reads it.
pub(super) fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    /// Bytes that aren't UTF-8 are read as Windows-1252, one by one.
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

/// Reads any of these encodings as UTF-8, without a byte order mark, a piece at a time.
pub(super) struct Utf8Reader<R> {
    inner: R,
    encoding: Option<Encoding>,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Utf8Reader<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, encoding: None, raw: Vec::new(), text: Vec::new(), given: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() && !self.ended {
            let had = self.raw.len();
            self.raw.resize(had + CHUNK, 0);
            let count = self.inner.read(&mut self.raw[had..]);
            self.raw.truncate(had + *count.as_ref().unwrap_or(&0));
            self.ended = count? == 0;
            if self.encoding.is_none() && (self.raw.len() >= 3 || self.ended) {
                let (encoding, mark) = match self.raw.as_slice() {
                    [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
                    [0xff, 0xfe, ..] => (Encoding::Utf16(u16::from_le_bytes), 2),
                    [0xfe, 0xff, ..] => (Encoding::Utf16(u16::from_be_bytes), 2),
                    _ => (Encoding::Utf8, 0),
                };
                self.raw.drain(..mark);
                self.encoding = Some(encoding);
            }
            match self.encoding {
                Some(Encoding::Utf8) => self.decode_utf8(),
                Some(Encoding::Utf16(unit)) => self.decode_utf16(unit),
                None => {}
            }
        }
        Ok(())
    }

    fn decode_utf8(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        let mut rest = raw.as_slice();
        let mut letter = [0; 4];
        loop {
            let (valid, wrong) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), Some(0)),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            self.text.extend_from_slice(&rest[..valid]);
            rest = &rest[valid..];
            let wrong = match wrong {
                Some(wrong) => wrong,
                None if self.ended => rest.len(),
                // The next piece completes this character.
                None => break,
            };
            if wrong == 0 {
                break;
            }
            for byte in &rest[..wrong] {
                self.text.extend_from_slice(windows_1252(*byte).encode_utf8(&mut letter).as_bytes());
            }
            rest = &rest[wrong..];
        }
        self.raw = rest.to_vec();
    }

    fn decode_utf16(&mut self, unit: fn([u8; 2]) -> u16) {
        let mut whole = self.raw.len() / 2 * 2;
        let last = whole.checked_sub(2).map(|at| unit([self.raw[at], self.raw[at + 1]]));
        if !self.ended && last.is_some_and(|last| (0xd800..0xdc00).contains(&last)) {
            // The first half of a character.
            whole -= 2;
        }
        let units = self.raw[..whole].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let mut letter = [0; 4];
        for c in char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)) {
            self.text.extend_from_slice(c.encode_utf8(&mut letter).as_bytes());
        }
        self.raw.drain(..whole);
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.fill()?;
        }
        let count = buffer.len().min(self.text.len() - self.given);
        buffer[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time, as a slow pipe may.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.split_off_first().map_or(Ok(0), |byte| {
                buffer[0] = *byte;
                Ok(1)
            })
        }
    }

    fn decoded(bytes: &[u8]) -> String {
        let mut slowly = String::new();
        Utf8Reader::new(Slow(bytes)).read_to_string(&mut slowly).expect("text");
        let mut text = String::new();
        Utf8Reader::new(bytes).read_to_string(&mut text).expect("text");
        assert_eq!(slowly, text);
        text
    }

    #[test]
    fn text_is_read_whatever_it_is_written_in() {
        assert_eq!(decoded("Café – 42 €".as_bytes()), "Café – 42 €");
        assert_eq!(decoded("\u{feff}Café".as_bytes()), "Café");
        assert_eq!(decoded(b"Caf\xe9 \x96 42 \x80"), "Café – 42 €");
        assert_eq!(decoded(b"\xff\xfeC\0a\0f\0\xe9\0"), "Café");
        assert_eq!(decoded(b"\xfe\xff\xd8\x3d\xde\x00"), "😀");
        assert_eq!(decoded(b""), "");
    }
}
