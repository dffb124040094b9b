//! A workbook with two sheets, written as the few parts every spreadsheet program needs.

use std::io::Cursor;
use std::io::Write;

use jiff::civil::Date;
use jiff::civil::date;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::DemoError;
use crate::dice::Dice;
use crate::files::Folder;
use crate::person::Person;

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/worksheets/sheet2.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const PACKAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Plan" sheetId="1" r:id="rId1"/><sheet name="Opening hours" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Style 1 is a day (built-in number format 14).
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut plan = String::from(&sheet_row(&["Name", "Phone", "From", "Until"]));
    for number in 0..24 {
        let person = Person::of_country(dice, "DE", folder.today, number);
        let from = folder.today.saturating_add(jiff::Span::new().days(dice.between(5, 200)));
        let until = from.saturating_add(jiff::Span::new().days(dice.between(3, 20)));
        plan.push_str(&format!(
            "<row>{}{}{}{}</row>",
            text(&person.name()),
            text(&person.phone),
            day(from),
            day(until)
        ));
    }
    let mut hours = String::from(&sheet_row(&["Day", "Opens", "Closes"]));
    for weekday in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] {
        hours.push_str(&sheet_row(&[weekday, "9:30", if weekday == "Saturday" { "16:00" } else { "19:00" }]));
    }
    let parts = [
        ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
        ("_rels/.rels", PACKAGE.to_owned()),
        ("xl/workbook.xml", WORKBOOK.to_owned()),
        ("xl/_rels/workbook.xml.rels", PARTS.to_owned()),
        ("xl/styles.xml", STYLES.to_owned()),
        ("xl/worksheets/sheet1.xml", worksheet(&plan)),
        ("xl/worksheets/sheet2.xml", worksheet(&hours)),
    ];
    let bytes = zipped(parts.iter().map(|(name, text)| (*name, text.as_bytes())))?;
    folder.put("staff/holiday-plan.xlsx", bytes)
}

fn worksheet(rows: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    )
}

fn sheet_row(cells: &[&str]) -> String {
    format!("<row>{}</row>", cells.iter().map(|cell| text(cell)).collect::<String>())
}

fn text(cell: &str) -> String {
    let cell = cell.replace('&', "&amp;").replace('<', "&lt;");
    format!(r#"<c t="inlineStr"><is><t>{cell}</t></is></c>"#)
}

/// A day as spreadsheets count it, from 30 December 1899.
fn day(day: Date) -> String {
    let number = day.since(date(1899, 12, 30)).map_or(0, |span| span.get_days());
    format!(r#"<c s="1"><v>{number}</v></c>"#)
}

/// A zip archive of `parts`, the same bytes whenever it is made.
pub(crate) fn zipped<'a>(parts: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, DemoError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for (name, bytes) in parts {
        zip.start_file(name, options).map_err(DemoError::format("archive"))?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish().map_err(DemoError::format("archive"))?.into_inner())
}
