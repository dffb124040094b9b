//! `CREATE TABLE`: names, types, keys and comments of columns, in the dialects that dumps are
//! written in.

use std::io::BufRead;

use dataward_model::ColumnHead;
use dataward_model::ColumnRole;
use dataward_model::Reference;

use super::lexer::LexError;
use super::lexer::Lexer;
use super::lexer::Token;

/// Reads the columns of a table; the current token is the `(` before them, afterwards the one
/// after the `)`.
pub(super) fn columns<R: BufRead>(lexer: &mut Lexer<R>) -> Result<Vec<ColumnHead>, LexError> {
    let mut columns: Vec<ColumnHead> = Vec::new();
    loop {
        lexer.advance()?;
        match lexer.token {
            Token::End => return Err(LexError::CutOff),
            Token::Sign(b')') => break,
            Token::Name => {
                let name = text(lexer);
                lexer.advance()?;
                columns.push(column(lexer, name)?);
            }
            Token::Word => {
                let word = text(lexer);
                lexer.advance()?;
                if is_constraint(&word, lexer) {
                    constraint(lexer, &word, &mut columns)?;
                } else {
                    columns.push(column(lexer, word)?);
                }
            }
            _ => {}
        }
        pass_item(lexer)?;
        if lexer.at_sign(b')') {
            break;
        }
        if columns.len() > MOST_COLUMNS {
            lexer.pass_statement()?;
            return Ok(columns);
        }
    }
    lexer.advance()?;
    Ok(columns)
}

/// Whether `word`, with which an item begins, begins a constraint; `key` may be a column's name.
fn is_constraint<R: BufRead>(word: &str, lexer: &Lexer<R>) -> bool {
    let key_follows = lexer.at_word("key") || lexer.at_word("index");
    let listed = lexer.at_sign(b'(') || lexer.token == Token::Name;
    match word.to_ascii_uppercase().as_str() {
        "CONSTRAINT" | "LIKE" => true,
        "PRIMARY" | "FOREIGN" => key_follows,
        "UNIQUE" | "KEY" | "INDEX" | "FULLTEXT" | "SPATIAL" => key_follows || listed,
        "CHECK" => lexer.at_sign(b'('),
        "EXCLUDE" => lexer.at_word("using") || lexer.at_sign(b'('),
        "PERIOD" => lexer.at_word("for"),
        _ => false,
    }
}

/// A column from its type on.
fn column<R: BufRead>(lexer: &mut Lexer<R>, name: String) -> Result<ColumnHead, LexError> {
    let mut column = ColumnHead::new(name, declared_type(lexer)?);
    let mut depth = 0u32;
    loop {
        match lexer.token {
            Token::End => return Err(LexError::CutOff),
            Token::Sign(b',') if depth == 0 => return Ok(column),
            Token::Sign(b')') if depth == 0 => return Ok(column),
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth -= 1,
            Token::Word if depth == 0 && lexer.at_word("primary") => column.role = ColumnRole::PrimaryKey,
            Token::Word if depth == 0 && lexer.at_word("unique") => raise(&mut column, ColumnRole::Unique),
            Token::Word if depth == 0 && lexer.at_word("comment") => {
                lexer.advance()?;
                if lexer.token == Token::Text {
                    column.comment = Some(text(lexer));
                }
                continue;
            }
            Token::Word if depth == 0 && lexer.at_word("references") => {
                let (table, names) = references(lexer)?;
                raise(&mut column, ColumnRole::ForeignKey);
                column.references = Some(Reference { table, column: names.into_iter().next().unwrap_or_default() });
                continue;
            }
            _ => {}
        }
        lexer.advance()?;
    }
}

/// The type as it is written, up to the first word that cannot belong to it.
fn declared_type<R: BufRead>(lexer: &mut Lexer<R>) -> Result<String, LexError> {
    let mut declared = String::new();
    let mut depth = 0u32;
    loop {
        match lexer.token {
            Token::End => return Err(LexError::CutOff),
            Token::Sign(b',' | b')') if depth == 0 => break,
            Token::Word if depth == 0 => {
                let word = text(lexer);
                let upper = word.to_ascii_uppercase();
                if ENDS_TYPE.contains(&upper.as_str()) || (upper == "CHARACTER" && !declared.is_empty()) {
                    break;
                }
                if !declared.is_empty() {
                    declared.push(' ');
                }
                declared.push_str(&word);
            }
            Token::Word | Token::Hex => declared.push_str(&text(lexer)),
            Token::Text => declared.push_str(&format!("'{}'", text(lexer))),
            // `text[]`: what stands between brackets reads as a quoted name.
            Token::Name if !declared.is_empty() => declared.push_str("[]"),
            Token::Name => declared.push_str(&text(lexer)),
            Token::Sign(sign) => {
                depth = match sign {
                    b'(' => depth + 1,
                    b')' => depth - 1,
                    _ => depth,
                };
                declared.push(char::from(sign));
            }
        }
        if declared.len() > TYPE_BYTES {
            declared.truncate(declared.floor_char_boundary(TYPE_BYTES));
        }
        lexer.advance()?;
    }
    Ok(declared)
}

/// A constraint of the table from its second token on.
fn constraint<R: BufRead>(lexer: &mut Lexer<R>, word: &str, columns: &mut [ColumnHead]) -> Result<(), LexError> {
    let mut kind = word.to_ascii_uppercase();
    if kind == "CONSTRAINT" {
        lexer.name()?;
        kind = text(lexer).to_ascii_uppercase();
        lexer.advance()?;
    }
    if !matches!(kind.as_str(), "PRIMARY" | "UNIQUE" | "FOREIGN") {
        return Ok(());
    }
    while matches!(lexer.token, Token::Word | Token::Name) {
        lexer.advance()?;
    }
    if !lexer.at_sign(b'(') {
        return Ok(());
    }
    let names = names(lexer)?;
    let target = match kind.as_str() {
        "FOREIGN" if lexer.at_word("references") => Some(references(lexer)?),
        _ => None,
    };
    for (position, name) in names.iter().enumerate() {
        let Some(column) = columns.iter_mut().find(|column| column.name == *name) else { continue };
        match (kind.as_str(), &target) {
            ("PRIMARY", _) => column.role = ColumnRole::PrimaryKey,
            ("UNIQUE", _) if names.len() == 1 => raise(column, ColumnRole::Unique),
            ("FOREIGN", Some((table, targets))) => {
                raise(column, ColumnRole::ForeignKey);
                let target = targets.get(position).cloned().unwrap_or_default();
                column.references = Some(Reference { table: table.clone(), column: target });
            }
            _ => {}
        }
    }
    Ok(())
}

/// `REFERENCES table (columns)`; the current token is the word, afterwards the one after it all.
fn references<R: BufRead>(lexer: &mut Lexer<R>) -> Result<(String, Vec<String>), LexError> {
    lexer.advance()?;
    let table = lexer.name()?;
    let names = if lexer.at_sign(b'(') { names(lexer)? } else { Vec::new() };
    Ok((table, names))
}

/// A list of names in brackets; the current token is `(`, afterwards the one after `)`. Whatever
/// else stands there (the length of a prefix, an order) is passed over.
pub(super) fn names<R: BufRead>(lexer: &mut Lexer<R>) -> Result<Vec<String>, LexError> {
    let mut names = Vec::new();
    let mut depth = 1u32;
    let mut expected = true;
    while depth > 0 {
        lexer.advance()?;
        match lexer.token {
            Token::End => return Err(LexError::CutOff),
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth -= 1,
            Token::Sign(b',') if depth == 1 => expected = true,
            Token::Name | Token::Word if expected && names.len() <= MOST_COLUMNS => {
                names.push(text(lexer));
                expected = false;
            }
            _ => {}
        }
    }
    lexer.advance()?;
    Ok(names)
}

/// Passes over the rest of a column or constraint, up to its `,` or the last `)`.
fn pass_item<R: BufRead>(lexer: &mut Lexer<R>) -> Result<(), LexError> {
    let mut depth = 0u32;
    loop {
        match lexer.token {
            Token::End => return Err(LexError::CutOff),
            Token::Sign(b',' | b')') if depth == 0 => return Ok(()),
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')') => depth -= 1,
            _ => {}
        }
        lexer.advance()?;
    }
}

fn raise(column: &mut ColumnHead, role: ColumnRole) {
    if column.role == ColumnRole::Plain {
        column.role = role;
    }
}

fn text<R: BufRead>(lexer: &Lexer<R>) -> String {
    String::from_utf8_lossy(lexer.text()).into_owned()
}

/// Words that begin what follows a type.
const ENDS_TYPE: &[&str] = &[
    "AS",
    "AUTOINCREMENT",
    "AUTO_INCREMENT",
    "CHARSET",
    "CHECK",
    "COLLATE",
    "COMMENT",
    "COMPRESSION",
    "CONSTRAINT",
    "DEFAULT",
    "ENCODE",
    "GENERATED",
    "IDENTITY",
    "INVISIBLE",
    "KEY",
    "NOT",
    "NULL",
    "ON",
    "OPTIONS",
    "PRIMARY",
    "REFERENCES",
    "STORAGE",
    "STORED",
    "UNIQUE",
    "VIRTUAL",
];

/// No engine has tables as wide.
const MOST_COLUMNS: usize = 10_000;

/// Types that list many values are cut here.
const TYPE_BYTES: usize = 1024;
