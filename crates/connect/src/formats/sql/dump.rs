//! The statements of a dump that carry tables and rows; all others are passed over.

use std::io::BufRead;

use dataward_model::ColumnHead;
use dataward_model::Skipped;
use dataward_model::TableHead;

use super::lexer::FieldEnd;
use super::lexer::LexError;
use super::lexer::Lexer;
use super::lexer::Token;
use super::schema;
use super::values;
use crate::ConnectError;
use crate::formats::Out;
use crate::formats::limits::from_io;
use crate::formats::limits::human_bytes;
use crate::formats::text_columns::Repair;
use crate::formats::text_columns::TextColumns;
use dataward_model::counted;

/// A dump on its way into an [`Out`].
pub(super) struct Dump<'o, R> {
    lexer: Lexer<R>,
    out: &'o mut Out,
    /// The name of the file.
    name: String,
    limit: usize,
    /// What `USE` or `\connect` named last.
    database: Option<String>,
    /// The tables made so far, in the order of the dump.
    tables: Vec<Table>,
    open: Option<Open>,
    too_long: u64,
    value: Vec<u8>,
}

struct Table {
    name: String,
    columns: Vec<ColumnHead>,
    begun: bool,
}

struct Open {
    table: String,
    names: Vec<String>,
    /// By position of the value: whether the column holds bytes rather than text.
    binary: Vec<bool>,
    columns: TextColumns,
    /// A row has begun and not ended.
    in_row: bool,
}

/// Why a dump ended early.
enum Stop {
    /// For good.
    Error(ConnectError),
    /// Its text does.
    Lex(LexError),
}

impl From<LexError> for Stop {
    fn from(error: LexError) -> Self {
        Self::Lex(error)
    }
}

impl From<ConnectError> for Stop {
    fn from(error: ConnectError) -> Self {
        Self::Error(error)
    }
}

impl<'o, R: BufRead> Dump<'o, R> {
    /// Reads the dump `name` from `reader`. `backslash` says whether `\` escapes in strings, `limit`
    /// how many bytes a cell may have.
    pub(super) fn new(reader: R, name: &str, backslash: bool, limit: usize, out: &'o mut Out) -> Self {
        Self {
            lexer: Lexer::new(reader, backslash, limit),
            out,
            name: name.to_owned(),
            limit,
            database: None,
            tables: Vec::new(),
            open: None,
            too_long: 0,
            value: Vec::new(),
        }
    }

    /// Reads it all. A dump that breaks off gives what came before, and a line that says so.
    pub(super) fn run(mut self) -> Result<(), ConnectError> {
        let stopped = self.statements();
        let table = self.open.as_ref().map(|open| open.table.clone());
        let complete = stopped.is_ok();
        match stopped {
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Lex(LexError::Io(error))) => {
                self.close(false)?;
                return Err(from_io(&self.name, &error));
            }
            Err(Stop::Lex(LexError::CutOff)) | Ok(()) => self.close(complete)?,
        }
        for at in 0..self.tables.len() {
            if !self.tables[at].begun {
                let table = &self.tables[at];
                let head = TableHead::table(format!("{}#{}", self.name, table.name), table.columns.clone());
                self.out.begin(head)?;
                self.out.end_complete()?;
            }
        }
        if self.too_long > 0 {
            let reason = format!(
                "{} larger than {}, left out",
                counted(self.too_long, "value is", "values are"),
                human_bytes(self.limit as u64)
            );
            self.out.skip(Skipped::failed(&self.name, reason))?;
        }
        if !complete {
            let place = table.map_or_else(|| self.name.clone(), |table| format!("{}#{table}", self.name));
            let reason = "the dump breaks off in the middle of a statement; what came before was read";
            self.out.skip(Skipped::failed(place, reason))?;
        }
        Ok(())
    }

    fn statements(&mut self) -> Result<(), Stop> {
        loop {
            match self.lexer.advance()? {
                Token::End => return Ok(()),
                Token::Sign(b';') => continue,
                // A command for psql.
                Token::Sign(b'\\') => self.command()?,
                Token::Word => self.statement()?,
                _ => self.lexer.pass_statement()?,
            }
            self.out.check_cancelled()?;
        }
    }

    fn statement(&mut self) -> Result<(), Stop> {
        let word = self.lexer.text().to_ascii_uppercase();
        match word.as_slice() {
            b"INSERT" | b"REPLACE" => self.insert()?,
            b"COPY" => return self.copy(),
            b"CREATE" => self.create()?,
            b"COMMENT" => self.comment()?,
            b"USE" => {
                self.lexer.advance()?;
                self.database = Some(self.lexer.name()?).filter(|name| !name.is_empty());
            }
            b"SET" => {
                self.lexer.advance()?;
                if self.lexer.at_word("standard_conforming_strings") {
                    self.lexer.advance()?;
                    self.lexer.advance()?;
                    self.lexer.backslash = self.lexer.at_word("off");
                }
            }
            b"DELIMITER" => return self.foreign_delimiter(),
            _ => {}
        }
        Ok(self.lexer.pass_statement()?)
    }

    /// `\connect shop`, `\restrict …`: up to the end of the line.
    fn command(&mut self) -> Result<(), Stop> {
        self.lexer.line()?;
        let line = String::from_utf8_lossy(self.lexer.text()).into_owned();
        if let Some(database) = line.strip_prefix("connect ") {
            let database = database.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'']);
            self.database = Some(database.to_owned()).filter(|name| !name.is_empty() && name != "-reuse-previous=on");
        }
        Ok(())
    }

    /// MySQL's triggers and procedures stand between `DELIMITER ;;` and `DELIMITER ;`.
    fn foreign_delimiter(&mut self) -> Result<(), Stop> {
        loop {
            self.lexer.line()?;
            let line = self.lexer.text();
            let own = line.trim_ascii() == b";"
                || line
                    .to_ascii_uppercase()
                    .trim_ascii()
                    .strip_prefix(b"DELIMITER")
                    .is_some_and(|rest| rest.trim_ascii() == b";");
            if own || !self.lexer.line_follows()? {
                return Ok(());
            }
        }
    }

    fn create(&mut self) -> Result<(), Stop> {
        loop {
            self.lexer.advance()?;
            if self.lexer.token != Token::Word || self.lexer.at_word("table") {
                break;
            }
            if self.lexer.at_word("trigger") {
                return self.pass_trigger();
            }
            let modifier = ["or", "replace", "temp", "temporary", "unlogged", "global", "local", "foreign", "virtual"];
            if !modifier.iter().any(|word| self.lexer.at_word(word)) {
                return Ok(());
            }
        }
        if !self.lexer.at_word("table") {
            return Ok(());
        }
        self.lexer.advance()?;
        if self.lexer.at_word("if") {
            for _ in 0..3 {
                self.lexer.advance()?;
            }
        }
        let name = self.lexer.name()?;
        let name = self.qualified(name);
        if !self.lexer.at_sign(b'(') {
            return Ok(());
        }
        let columns = schema::columns(&mut self.lexer)?;
        self.tables.retain(|table| table.name != name);
        let known: usize = self.tables.iter().map(|table| table.columns.len()).sum();
        if known + columns.len() <= MOST_COLUMNS && !columns.is_empty() {
            self.tables.push(Table { name, columns, begun: false });
        }
        Ok(())
    }

    /// SQLite's triggers hold statements of their own, up to `END;`.
    fn pass_trigger(&mut self) -> Result<(), Stop> {
        let mut after_end = false;
        let mut inside = false;
        loop {
            match self.lexer.advance()? {
                Token::End => return Ok(()),
                Token::Sign(b';') if after_end || !inside => return Ok(()),
                _ => {}
            }
            inside |= self.lexer.at_word("begin");
            after_end = self.lexer.at_word("end");
        }
    }

    /// `COMMENT ON COLUMN table.column IS '…'`.
    fn comment(&mut self) -> Result<(), Stop> {
        self.lexer.advance()?;
        self.lexer.advance()?;
        if !self.lexer.at_word("column") {
            return Ok(());
        }
        self.lexer.advance()?;
        let name = self.lexer.name()?;
        self.lexer.advance()?;
        if self.lexer.token != Token::Text {
            return Ok(());
        }
        let comment = String::from_utf8_lossy(self.lexer.text()).into_owned();
        let Some((table, column)) = name.rsplit_once('.') else { return Ok(()) };
        let table = self.qualified(table.to_owned());
        let table = self.tables.iter_mut().find(|known| known.name == table);
        if let Some(column) = table.and_then(|table| table.columns.iter_mut().find(|known| known.name == column)) {
            column.comment = Some(comment);
        }
        Ok(())
    }

    /// `COPY table (columns) FROM stdin;` and the lines after it.
    fn copy(&mut self) -> Result<(), Stop> {
        self.lexer.advance()?;
        let table = self.lexer.name()?;
        let names = if self.lexer.at_sign(b'(') { schema::names(&mut self.lexer)? } else { Vec::new() };
        let mut from_stdin = false;
        while !matches!(self.lexer.token, Token::End | Token::Sign(b';')) {
            from_stdin |= self.lexer.at_word("stdin");
            self.lexer.advance()?;
        }
        if !from_stdin {
            return Ok(());
        }
        self.lexer.line()?;
        self.begin(table, names)?;
        loop {
            let mut position = 0;
            loop {
                let end = self.lexer.field(b'\t')?;
                let field = self.lexer.text();
                if position == 0 && end != FieldEnd::Field && field == b"\\." {
                    return Ok(());
                }
                if end == FieldEnd::Input {
                    return Err(LexError::CutOff.into());
                }
                let null = field == b"\\N" || self.lexer.too_long;
                self.too_long += u64::from(self.lexer.too_long);
                let mut value = std::mem::take(&mut self.value);
                values::copy_unescaped(field, &mut value);
                self.cell(position, (!null).then_some(value.as_slice()));
                self.value = value;
                position += 1;
                if end == FieldEnd::Line {
                    break;
                }
            }
            self.end_row()?;
        }
    }

    /// `INSERT INTO table (columns) VALUES (…), (…);`
    fn insert(&mut self) -> Result<(), Stop> {
        while self.lexer.token == Token::Word && !self.lexer.at_word("into") {
            self.lexer.advance()?;
        }
        if !self.lexer.at_word("into") {
            return Ok(());
        }
        self.lexer.advance()?;
        let table = self.lexer.name()?;
        let names = if self.lexer.at_sign(b'(') { schema::names(&mut self.lexer)? } else { Vec::new() };
        while self.lexer.token == Token::Word && !self.lexer.at_word("values") && !self.lexer.at_word("value") {
            if self.lexer.at_word("select") || self.lexer.at_word("with") {
                return Ok(());
            }
            self.lexer.advance()?;
        }
        if self.lexer.token != Token::Word {
            return Ok(());
        }
        self.begin(table, names)?;
        loop {
            match self.lexer.advance()? {
                Token::Sign(b'(') => self.row()?,
                Token::Sign(b',') => {}
                Token::End => return Err(LexError::CutOff.into()),
                // `;`, or what to do with rows that are there already.
                _ => return Ok(()),
            }
        }
    }

    fn row(&mut self) -> Result<(), Stop> {
        let mut position = 0;
        loop {
            let (value, last) = self.value()?;
            self.cell(position, value.as_deref());
            position += 1;
            if last {
                break;
            }
        }
        self.end_row()
    }

    /// The next value of a row, and whether it is the last.
    fn value(&mut self) -> Result<(Option<Vec<u8>>, bool), Stop> {
        let mut depth = 0u32;
        let mut text: Option<Vec<u8>> = None;
        let mut null = false;
        let mut plain = Vec::new();
        let mut function = Vec::new();
        let mut others = Vec::new();
        let last = loop {
            match self.lexer.advance()? {
                Token::End => return Err(LexError::CutOff.into()),
                Token::Sign(b',') if depth == 0 => break false,
                Token::Sign(b')') if depth == 0 => break true,
                Token::Sign(b'(') => {
                    if depth == 0 {
                        function = std::mem::take(&mut plain);
                    }
                    depth += 1;
                }
                Token::Sign(b')') => depth -= 1,
                Token::Text | Token::Name | Token::Word if self.lexer.too_long => {
                    self.too_long += 1;
                    null = true;
                }
                Token::Text | Token::Name if text.is_none() => text = Some(self.lexer.text().to_vec()),
                Token::Text if others.len() < 8 => others.push(self.lexer.text().to_vec()),
                Token::Hex if text.is_none() => match values::readable_hex(self.lexer.text()) {
                    Some(bytes) => text = Some(bytes),
                    None => null = true,
                },
                Token::Word if depth == 0 && text.is_none() => plain.extend_from_slice(self.lexer.text()),
                Token::Sign(sign) if depth == 0 && text.is_none() => plain.push(sign),
                _ => {}
            }
        };
        let value = match text {
            _ if null => None,
            Some(text) if function.is_empty() => Some(text),
            Some(text) => Some(values::apply_function(&function, text, &others)),
            None if plain.is_empty()
                || plain.eq_ignore_ascii_case(b"null")
                || plain.eq_ignore_ascii_case(b"default") =>
            {
                None
            }
            None => Some(plain),
        };
        Ok((value, last))
    }

    /// Makes `table` the open one; `names` are its columns in the order of the values, empty for
    /// all in the order of the table.
    fn begin(&mut self, table: String, names: Vec<String>) -> Result<(), Stop> {
        let table = self.qualified(table);
        if self.open.as_ref().is_some_and(|open| open.table == table && open.names == names) {
            return Ok(());
        }
        self.close(true)?;
        let known = self.tables.iter_mut().find(|known| known.name == table);
        let declared: &[ColumnHead] = match known {
            Some(known) => {
                known.begun = true;
                &known.columns
            }
            None => &[],
        };
        let heads: Vec<ColumnHead> = match names.as_slice() {
            [] => declared.to_vec(),
            names => names
                .iter()
                .map(|name| {
                    let head = declared.iter().find(|head| head.name == *name);
                    head.cloned().unwrap_or_else(|| ColumnHead::new(name.clone(), ""))
                })
                .collect(),
        };
        let binary = heads.iter().map(|head| values::is_binary(&head.declared_type)).collect();
        let columns = TextColumns::new(heads.iter().map(|head| head.name.clone()), Repair::Windows1252);
        self.out.begin(TableHead::table(format!("{}#{table}", self.name), heads))?;
        self.open = Some(Open { table, names, binary, columns, in_row: false });
        Ok(())
    }

    fn cell(&mut self, position: usize, value: Option<&[u8]>) {
        let Some(open) = &mut self.open else { return };
        open.in_row = true;
        if position >= MOST_VALUES {
            return;
        }
        while position >= open.columns.width() {
            open.columns.add("");
        }
        let Some(value) = value else { return };
        if open.binary.get(position) == Some(&true) {
            let bytes = match value.strip_prefix(b"\\x") {
                Some(digits) => values::readable_hex(digits),
                None => values::is_readable(value).then(|| value.to_vec()),
            };
            if let Some(bytes) = bytes {
                open.columns.cell(position, &bytes);
            }
            return;
        }
        open.columns.cell(position, value);
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.columns.end_row();
        open.in_row = false;
        if open.columns.is_full(self.out.request().batch_bytes) {
            self.out.rows(open.columns.flush())?;
        }
        Ok(())
    }

    /// Ends the open table; `complete` says whether all its rows were seen.
    fn close(&mut self, complete: bool) -> Result<(), ConnectError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if open.in_row {
            // The dump breaks off here; the values that are whole still count.
            open.columns.end_row();
        }
        if open.columns.rows() > 0 {
            self.out.rows(open.columns.flush())?;
        }
        if complete { self.out.end_complete() } else { self.out.end(None) }
    }

    fn qualified(&self, table: String) -> String {
        match &self.database {
            Some(database) => format!("{database}.{table}"),
            None => table,
        }
    }
}

/// Columns of all tables together whose heads are kept; tables beyond come without types.
const MOST_COLUMNS: usize = 200_000;

/// Values of one row that are looked at.
const MOST_VALUES: usize = 10_000;
