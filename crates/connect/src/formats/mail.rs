//! Mail: single messages (`.eml`, Maildir) and mailboxes (`mbox`).
//!
//! The headers that say who wrote to whom, the text and the HTML become a document; attachments go
//! back into the formats under a name of their own (`box.mbox#12!/people.csv`). A mailbox is one
//! document, gone through once for the text and once more for the attachments, so that no more
//! than one message is held at a time.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Cursor;
use std::sync::Arc;

use dataward_model::Skipped;
use mail_parser::Addr;
use mail_parser::Address;
use mail_parser::HeaderName;
use mail_parser::HeaderValue;
use mail_parser::Message;
use mail_parser::MessageParser;
use mail_parser::MimeHeaders;
use mail_parser::PartType;

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Inside;
use super::Out;
use super::ReadAt;
use super::Seekable;
use super::decode_member;
use super::html_text::HtmlText;
use super::limits::from_io;
use super::limits::human_bytes;
use super::sent::Moments;
use super::sent::sent;
use super::text_rows::TextRows;
use crate::ConnectError;

/// One message.
pub(super) struct Mail;

impl Format for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let known = known_headers(head.bytes);
        let named = head.has_extension(&["eml", "mht", "mhtml", "nws"]);
        match (named, known) {
            (true, 1..) => Certainty::Certain,
            (false, 3..) => Certainty::Sure,
            _ => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let inside = input.inside();
        let bytes = input.into_bytes()?;
        let message = parse(&bytes).ok_or_else(|| ConnectError::Malformed {
            target: name.clone(),
            reason: "it has no headers of a mail".to_owned(),
        })?;
        let mut document = DocumentWriter::begin(out, &name)?;
        if document.out().request().mail_dates {
            Moments::default().take(sent(&message), &mut document)?;
            return document.finish();
        }
        write_text(&message, &mut document)?;
        document.finish()?;
        if message.attachments.is_empty() {
            return Ok(());
        }
        attachments(&message, &inside?, out)
    }
}

/// Many messages in one file, each after a line that begins with `From `.
pub(super) struct Mailbox;

impl Format for Mailbox {
    fn name(&self) -> &'static str {
        "mailbox"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let line_end = memchr::memchr(b'\n', head.bytes).unwrap_or(head.bytes.len());
        let (line, rest) = head.bytes.split_at(line_end);
        let dated = line.contains(&b':') || head.has_extension(&["mbox", "mbx"]);
        match line.starts_with(b"From ") && dated && known_headers(rest.trim_ascii_start()) >= 1 {
            true => Certainty::Certain,
            false => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let limit = input.limits().document_bytes;
        let inside = input.inside();
        let at = input.into_random_access()?;
        let mut with_attachments = Vec::new();
        let mut document = DocumentWriter::begin(out, &name)?;
        let only_dates = document.out().request().mail_dates;
        let mut moments = Moments::default();
        each_message(&at, 0, limit, &name, &mut |number, offset, bytes| {
            let Some(bytes) = bytes else {
                let reason = format!("the message is larger than {}", human_bytes(limit));
                return document.out().skip(Skipped::failed(format!("{name}#{number}"), reason)).map(|()| true);
            };
            let message = parse(bytes);
            if only_dates {
                moments.take(message.as_ref().and_then(sent), &mut document)?;
            } else if let Some(message) = message {
                write_text(&message, &mut document)?;
                if !message.attachments.is_empty() {
                    with_attachments.push((number, offset));
                }
            }
            document.out().check_cancelled().map(|()| true)
        })?;
        document.finish()?;
        moments.finish(&name, out)?;
        if with_attachments.is_empty() {
            return Ok(());
        }
        let inside = inside?;
        for (number, offset) in with_attachments {
            each_message(&at, offset, limit, &name, &mut |_, _, bytes| {
                if let Some(message) = bytes.and_then(parse) {
                    attachments(&message, &inside.numbered(number), out)?;
                }
                Ok(false)
            })?;
        }
        Ok(())
    }
}

fn parse(bytes: &[u8]) -> Option<Message<'_>> {
    MessageParser::default().parse(bytes)
}

/// What looks at a message: its number from 1, where it begins, its bytes unless it is too large.
/// False ends the walk.
type Visit<'v> = dyn FnMut(u64, u64, Option<&[u8]>) -> Result<bool, ConnectError> + 'v;

/// Goes through the messages of a mailbox from `offset` on, at which a `From ` line stands.
fn each_message(
    at: &Arc<dyn ReadAt>,
    offset: u64,
    limit: u64,
    name: &str,
    visit: &mut Visit<'_>,
) -> Result<(), ConnectError> {
    let mut reader = BufReader::with_capacity(64 << 10, Seekable::from_offset(at.clone(), offset));
    let mut message: Vec<u8> = Vec::new();
    let mut line = Vec::new();
    let (mut number, mut start, mut position) = (0u64, offset, offset);
    let mut too_large = false;
    let mut after_empty = true;
    loop {
        line.clear();
        let read = read_line(&mut reader, &mut line, limit).map_err(|error| from_io(name, &error))?;
        let begins = read > 0 && after_empty && line.starts_with(b"From ");
        if (begins || read == 0) && number > 0 && !visit(number, start, (!too_large).then_some(message.as_slice()))? {
            return Ok(());
        }
        if read == 0 {
            return Ok(());
        }
        if begins {
            number += 1;
            start = position;
            too_large = false;
            message.clear();
        } else {
            // `>From ` was `From ` before it was put into the mailbox.
            let quoted =
                line.iter().position(|byte| *byte != b'>').is_some_and(|at| at > 0 && line[at..].starts_with(b"From "));
            message.extend_from_slice(if quoted { &line[1..] } else { &line });
            if message.len() as u64 > limit {
                too_large = true;
                message.clear();
            }
        }
        after_empty = line.trim_ascii().is_empty();
        position += read;
    }
}

/// Reads a line with its end; of one longer than `limit` only the start is kept. Gives its length.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>, limit: u64) -> io::Result<u64> {
    let mut length = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let end = memchr::memchr(b'\n', buffer).map(|at| at + 1);
        let taken = end.unwrap_or(buffer.len());
        if line.len() as u64 <= limit {
            line.extend_from_slice(&buffer[..taken]);
        }
        length += taken as u64;
        reader.consume(taken);
        if end.is_some() || taken == 0 {
            return Ok(length);
        }
    }
}

/// Headers and bodies of a message, those of attached messages left to [`attachments`].
fn write_text(message: &Message<'_>, document: &mut DocumentWriter<'_>) -> Result<(), ConnectError> {
    let mut emit = |row: &str| document.push(row);
    let mut rows = TextRows::new(&mut emit);
    for header in message.headers() {
        if is_about_people(&header.name)
            && let Some(value) = header_text(&header.value)
        {
            rows.line(&format!("{}: {}", header.name.as_str(), value.replace(['\r', '\n'], " ")))?;
            rows.end_row()?;
        }
    }
    let mut bodies: Vec<u32> = message.text_body.iter().chain(&message.html_body).copied().collect();
    bodies.sort_unstable();
    bodies.dedup();
    for part in bodies.into_iter().filter_map(|id| message.parts.get(id as usize)) {
        match &part.body {
            PartType::Text(text) => rows.push(text)?,
            PartType::Html(html) => {
                let mut page = HtmlText::new(&mut rows);
                page.push(html)?;
                page.finish()?;
            }
            _ => {}
        }
        rows.end_row()?;
    }
    Ok(())
}

fn attachments(message: &Message<'_>, inside: &Inside, out: &mut Out) -> Result<(), ConnectError> {
    for (position, id) in message.attachments.iter().enumerate() {
        let Some(part) = message.parts.get(*id as usize) else { continue };
        let number = position + 1;
        let path = match (part.attachment_name(), &part.body) {
            (Some(name), _) => name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned(),
            (None, PartType::Message(_)) => format!("message-{number}.eml"),
            (None, PartType::Html(_)) => format!("attachment-{number}.html"),
            (None, PartType::Text(_)) => format!("attachment-{number}.txt"),
            (None, _) => format!("attachment-{number}"),
        };
        let bytes: &[u8] = match &part.body {
            PartType::Message(nested) => nested.raw_message(),
            _ => part.contents(),
        };
        decode_member(inside.plain_member(&path, Cursor::new(bytes))?, out)?;
    }
    Ok(())
}

/// Signatures, routing tags and the like say nothing of people.
fn is_about_people(name: &HeaderName<'_>) -> bool {
    let name = name.as_str().to_ascii_lowercase();
    let technical = [
        "arc-",
        "authentication-results",
        "auto-submitted",
        "content-",
        "date",
        "dkim-signature",
        "in-reply-to",
        "message-id",
        "mime-version",
        "precedence",
        "received-spf",
        "references",
        "x-google-",
        "x-mailer",
        "x-ms-",
        "x-spam",
        "x-virus",
        "x-gm-",
        "x-microsoft-antispam",
        "domainkey",
        "user-agent",
        "thread-",
        "importance",
    ];
    !technical.iter().any(|start| name.starts_with(start))
}

fn header_text(value: &HeaderValue<'_>) -> Option<String> {
    match value {
        HeaderValue::Address(address) => {
            let mut people = Vec::new();
            match address {
                Address::List(list) => people.extend(list.iter().map(person)),
                Address::Group(groups) => {
                    for group in groups {
                        people.extend(group.name.iter().map(|name| name.to_string()));
                        people.extend(group.addresses.iter().map(person));
                    }
                }
            }
            Some(people.join(", "))
        }
        HeaderValue::Text(text) => Some(text.to_string()),
        HeaderValue::TextList(texts) => Some(texts.join(", ")),
        HeaderValue::Received(received) => {
            let ip = received.from_ip.map(|ip| ip.to_string());
            let whom = received.for_.as_ref().map(ToString::to_string);
            Some([ip, whom].into_iter().flatten().collect::<Vec<_>>().join(" for ")).filter(|text| !text.is_empty())
        }
        HeaderValue::DateTime(_) | HeaderValue::ContentType(_) | HeaderValue::Empty => None,
    }
}

fn person(address: &Addr<'_>) -> String {
    match (&address.name, &address.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.as_ref().or(address.as_ref()).map(ToString::to_string).unwrap_or_default(),
    }
}

/// How many of the first lines are headers that mails have; 0 when the first line is no header.
fn known_headers(bytes: &[u8]) -> usize {
    let mut known = 0;
    for line in bytes.split(|byte| *byte == b'\n').take(200) {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            break;
        }
        if line[0] == b' ' || line[0] == b'\t' {
            continue;
        }
        let Some(colon) = memchr::memchr(b':', line) else { return 0 };
        let name = &line[..colon];
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_') {
            return 0;
        }
        known += usize::from(HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header.as_bytes())));
    }
    known
}

const HEADERS: &[&str] = &[
    "Bcc",
    "Cc",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "Delivered-To",
    "From",
    "MIME-Version",
    "Message-ID",
    "Received",
    "Reply-To",
    "Return-Path",
    "Sender",
    "Subject",
    "To",
    "X-Mailer",
    "X-Original-To",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::read;

    const MAIL: &str = "Return-Path: <ada@example.org>\r\nReceived: from mx (mx [192.0.2.7]) by x; Fri, 1 Mar 2024 10:00:00 +0000\r\n\
From: =?UTF-8?Q?Ada_L=C3=B6velace?= <ada@example.org>\r\nTo: Bob <bob@example.org>, carol@example.org\r\nSubject: Guests\r\n\
Date: Fri, 1 Mar 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCall J=FCrgen: +44 20 7946 0958\r\n\
--c\r\nContent-Type: text/html\r\n\r\n<p>Call <b>J&uuml;rgen</b></p>\r\n--c--\r\n\
--b\r\nContent-Type: text/plain; name=guests.txt\r\nContent-Disposition: attachment; filename=\"../guests.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\nR3JhY2UgSG9wcGVy\r\n\
--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: dave@example.org\r\nSubject: Inner\r\nTo: x@example.org\r\n\r\nnested text\r\n\
--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk\r\n--b--\r\n";

    #[test]
    fn headers_bodies_and_attachments_of_a_mail_are_read() {
        for name in ["a.eml", "1700000000.M1P2.host:2,S"] {
            let found = read(name, MAIL.as_bytes());
            assert_eq!(
                found.names(),
                [name.to_owned(), format!("{name}!/guests.txt"), format!("{name}!/message-2.eml")]
            );
            assert_eq!(
                found.tables[0].text(),
                "Return-Path: ada@example.org\nReceived: 192.0.2.7\nFrom: Ada Lövelace <ada@example.org>\n\
                 To: Bob <bob@example.org>, carol@example.org\nSubject: Guests\nCall Jürgen: +44 20 7946 0958\nCall Jürgen"
            );
            assert_eq!(found.tables[1].text(), "Grace Hopper");
            assert_eq!(
                found.tables[2].text(),
                "From: dave@example.org\nSubject: Inner\nTo: x@example.org\nnested text"
            );
            assert_eq!(found.skipped.len(), 1, "the image: {:?}", found.skipped);
        }
    }

    #[test]
    fn a_mailbox_is_one_document_and_its_attachments_carry_the_message_number() {
        let plain = "From: eve@example.org\nTo: x@example.org\nSubject: Hi\n\n>From the sea\nFrom here on\n";
        let mailbox = format!(
            "From a Fri Mar  1 10:00:00 2024\n{plain}\nFrom b Fri Mar  1 10:00:01 2024\n{}",
            MAIL.replace("\r\n", "\n")
        );
        let found = read("box.mbox", mailbox.as_bytes());
        assert_eq!(found.names(), ["box.mbox", "box.mbox#2!/guests.txt", "box.mbox#2!/message-2.eml"]);
        let text = found.tables[0].text();
        assert!(text.contains("\nFrom the sea\nFrom here on\nReturn-Path: ada@example.org\n"), "{text}");
    }

    #[test]
    fn text_that_only_resembles_mail_stays_text() {
        for (name, text) in [
            ("notes.txt", "To: do\nbuy milk"),
            ("a.yaml", "from: x\nname: y\nto: z\nother: w\nlist:\n- 1"),
            ("story.txt", "From here to there it is far.\nSubject: none"),
        ] {
            assert_eq!(read(name, text.as_bytes()).tables[0].text(), text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_damaged_mail_never_makes_it_fail(at in 0..MAIL.len(), byte: u8, cut in 0..MAIL.len()) {
            let mut mail = MAIL.as_bytes().to_vec();
            mail[at] = byte;
            mail.truncate(cut);
            read("a.eml", &mail);
            let mut mailbox = b"From a Fri Mar  1 10:00:00 2024\n".to_vec();
            mailbox.extend_from_slice(&mail);
            read("a.mbox", &mailbox);
        }
    }
}
