//! A table from commas or tabulators.

use csv::{ReaderBuilder, StringRecord};

/// The most rows that are kept.
const ROWS: usize = 5_000;
/// The most columns that are kept.
const COLUMNS: usize = 200;
/// The widest that a column is, in cells of the terminal.
const WIDEST: usize = 40;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
    numbers: Vec<bool>,
}

impl Sheet {
    /// Reads a table whose first row is its head; of a text that is cut off the last row is left
    /// out. Nothing where it is none.
    pub(super) fn read(text: &str, tabs: bool, whole: bool) -> Option<Self> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(if tabs { b'\t' } else { delimiter(text) })
            .from_reader(text.as_bytes());
        let mut records = Vec::new();
        let mut record = StringRecord::new();
        while records.len() <= ROWS && reader.read_record(&mut record).ok()? {
            let cells = record.iter().take(COLUMNS).map(str::to_owned);
            records.push(cells.collect::<Vec<_>>());
        }
        if !whole && records.len() > 1 && records.len() <= ROWS {
            records.pop();
        }
        let mut rows = records.into_iter();
        let heads = rows.next()?;
        Some(Self::new(heads, rows.collect()))
    }

    fn new(mut heads: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let columns = rows
            .iter()
            .map(Vec::len)
            .max()
            .unwrap_or(0)
            .max(heads.len());
        heads.resize(columns, String::new());
        let cells = |column: usize| {
            let rows = rows.iter().filter_map(move |row| row.get(column));
            rows.map(String::as_str)
        };
        let width = |(column, head): (usize, &String)| {
            let widest = cells(column).map(width).max().unwrap_or(0);
            widest.max(width(head)).min(WIDEST)
        };
        let is_number = |column: usize| {
            let mut said = cells(column).map(str::trim).filter(|cell| !cell.is_empty());
            let mut any = false;
            said.all(|cell| {
                any = true;
                cell.parse::<f64>().is_ok()
            }) && any
        };
        let widths = heads.iter().enumerate().map(width).collect();
        let numbers = (0..columns).map(is_number).collect();
        Self {
            heads,
            rows,
            widths,
            numbers,
        }
    }

    /// The heads of the columns, untrusted.
    pub fn heads(&self) -> &[String] {
        &self.heads
    }

    /// The rows, untrusted; some may have fewer cells.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// How wide each column is, in cells of the terminal.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// Whether a column holds numbers alone.
    pub fn is_number(&self, column: usize) -> bool {
        self.numbers.get(column).copied().unwrap_or(false)
    }
}

/// How wide a cell is when what a terminal would obey is shown as one sign each.
fn width(cell: &str) -> usize {
    let odd = cell.chars().filter(|char| char.is_control()).count();
    textwrap::core::display_width(cell) + odd
}

/// The sign between cells: of those that people use the one that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: &u8| first.bytes().filter(|byte| byte == sign).count();
    // The last of those that are as many wins.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}
