//! An invoice as a PDF.

use lopdf::Document;
use lopdf::Object;
use lopdf::Stream;
use lopdf::StringFormat;
use lopdf::content::Content;
use lopdf::content::Operation;
use lopdf::dictionary;

use crate::DemoError;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::files::Folder;
use crate::numbers;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let westerners: Vec<_> = folder.customers.iter().filter(|person| person.country == "DE").collect();
    let person = (*dice.pick(&westerners)).clone();
    let day = days_before(folder.today, 40);
    let lines = [
        "Blue Lantern Books GmbH".to_owned(),
        String::new(),
        person.name(),
        person.street.clone(),
        format!("{} {}", person.postal_code, person.town),
        String::new(),
        format!("Rechnung BL-{}-00117", day.year()),
        format!("Datum: {}", iso(day)),
        format!("E-Mail: {}", person.email.trim()),
        "2 x Quiet Harbours            39,80 EUR".to_owned(),
        "1 x Doctor Marlow's Garden    14,90 EUR".to_owned(),
        "Gesamt                        54,70 EUR".to_owned(),
        format!("Lastschrift von {}", numbers::iban(dice, "DE")),
    ];
    let mut bytes = Vec::new();
    page(&lines).and_then(|mut document| document.save_to(&mut bytes).map_err(DemoError::from))?;
    folder.put(&format!("invoices/{}-00117.pdf", day.year()), bytes)
}

/// One page with `lines` in Helvetica, in WinAnsi encoding.
fn page(lines: &[String]) -> Result<Document, DemoError> {
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let mut operations = vec![
        Operation::new("BT", vec![]),
        Operation::new("Tf", vec!["F1".into(), 11.into()]),
        Operation::new("TL", vec![16.into()]),
        Operation::new("Td", vec![72.into(), 760.into()]),
    ];
    for line in lines {
        let text = encoding_rs::WINDOWS_1252.encode(line).0.into_owned();
        operations.push(Operation::new("Tj", vec![Object::String(text, StringFormat::Literal)]));
        operations.push(Operation::new("T*", vec![]));
    }
    operations.push(Operation::new("ET", vec![]));
    let content = Content { operations }.encode().map_err(DemoError::format("invoice"))?;
    let content = document.add_object(Stream::new(dictionary! {}, content));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    });
    let kids = vec![Object::Reference(page)];
    document.objects.insert(pages, Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 }));
    let catalogue = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalogue);
    Ok(document)
}
