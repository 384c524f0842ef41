//! A table, read row by row. One of its first rows names the columns.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};

use super::draft::Draft;
use super::error::ImportError;
use super::headings::{Column, column};
use super::imported::Take;
use super::table_row::Row;
use super::warning::Warning;

/// How many bytes are searched for the heading and the separator.
const BEGINNING: u64 = 64 * 1024;
/// How many rows may stand above the heading: a caption, `sep=;`, an empty line.
const CAPTION_ROWS: usize = 10;
/// What separates cells. Spreadsheets in half of Europe write semicolons.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Where the table begins, and how it is written.
struct Heading {
    separator: u8,
    columns: Vec<Option<Column>>,
    unknown: Vec<String>,
    /// Where the first row of values begins.
    end: usize,
}

pub(super) fn read(mut source: impl Read, today: NaiveDate, take: &mut Take<'_>) -> Result<Vec<Warning>, ImportError> {
    let mut beginning = Vec::new();
    source.by_ref().take(BEGINNING).read_to_end(&mut beginning)?;
    let heading = heading(&beginning)?;
    let warnings = heading.unknown.iter().map(|name| Warning::Unused(format!("the column {name:?}"))).collect();
    let rest = Cursor::new(beginning.split_off(heading.end)).chain(source);
    let mut reader =
        ReaderBuilder::new().delimiter(heading.separator).flexible(true).has_headers(false).from_reader(rest);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record)? {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells = heading.columns.iter().zip(record.iter());
        let known = cells.filter_map(|(column, cell)| Some(((*column)?, cell.to_owned()))).collect();
        if let ControlFlow::Break(()) = take(Row(known).read(Draft::new(today))) {
            break;
        }
    }
    Ok(warnings)
}

/// The row among the first ones with the most known columns, and the separator of that row.
fn heading(beginning: &[u8]) -> Result<Heading, ImportError> {
    let (named, skipped) = named_separator(beginning);
    let separators = named.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
    let mut best: Option<(usize, Heading)> = None;
    for separator in separators {
        let text = &beginning[skipped..];
        let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(false).from_reader(text);
        let mut record = csv::ByteRecord::new();
        for _ in 0..CAPTION_ROWS {
            if !reader.read_byte_record(&mut record)? {
                break;
            }
            let names: Vec<_> = record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
            let columns: Vec<_> = names.iter().map(|name| column(name)).collect();
            let known = columns.iter().flatten().count();
            if known > best.as_ref().map_or(0, |(known, _)| *known) {
                let unknown = names.into_iter().zip(&columns);
                let unknown = unknown.filter(|(name, column)| column.is_none() && !name.is_empty());
                let unknown = unknown.map(|(name, _)| name).collect();
                let end = skipped + usize::try_from(reader.position().byte()).unwrap_or(0);
                best = Some((known, Heading { separator, columns, unknown, end }));
            }
        }
    }
    best.map(|(_, heading)| heading).ok_or(ImportError::NoKnownColumn)
}

/// The separator of a first line `sep=;`, as spreadsheets write it for each other, and the line's length.
fn named_separator(beginning: &[u8]) -> (Option<u8>, usize) {
    let end = beginning.iter().position(|byte| *byte == b'\n').map_or(beginning.len(), |at| at + 1);
    let line = String::from_utf8_lossy(&beginning[..end]).to_lowercase();
    let named = line.trim_matches(['"', '\r', '\n', ' ', '\u{feff}']).strip_prefix("sep=").map(str::to_owned);
    match named.as_deref().map(str::as_bytes) {
        // Only the line's end was trimmed, so a tab is the separator itself.
        Some([separator, ..]) if SEPARATORS.contains(separator) => (Some(*separator), end),
        Some(_) => (None, end),
        None => (None, 0),
    }
}
