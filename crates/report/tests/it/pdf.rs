//! Paged documents, read back with poppler's tools.

use std::path::PathBuf;
use std::process::Command;

use dataward_model::Finding;
use dataward_model::Place;
use dataward_report::ReportData;
use dataward_report::pdf;
use dataward_report::pdf::Block;
use dataward_report::pdf::Cell;
use dataward_report::pdf::Document;
use dataward_report::pdf::Figure;
use dataward_report::pdf::Ink;
use dataward_report::pdf::Table;
use dataward_report::pdf::Tile;

const BARS: &str = r#"<svg viewBox="0 0 360 60"><title>Bars</title><desc>Two bars.</desc>
<rect class="t-high" x="0" y="0" width="200" height="22" rx="2"/><text class="i-high" x="100" y="15" text-anchor="middle">12</text>
<circle class="t-low" cx="20" cy="45" r="8"/><line class="c-rule" x1="0" y1="58" x2="360" y2="58"/>
<text class="c-label" transform="translate(300 50) rotate(-40)">rising &amp; shining</text>
<path fill="black" d="M220,30h20v20h-20z"/></svg>"#;

fn sample() -> Document {
    let mut document =
        Document::new("Certificate of everything, with a title that is longer than one line", "Blue Lantern Books");
    document.foot = "dataward 0.1.0 · log head 8f3a".to_owned();
    document.made = Some("2026-11-29T12:00:00Z".parse().unwrap());
    document.contents = true;
    document.push(Block::Lead("About 5,400 people. 46 places with personal data in 2 sources.".to_owned()));
    let tile = |name: &str, value: &str| Tile {
        name: name.to_owned(),
        value: value.to_owned(),
        note: "estimated; a person known twice counts once where that could be seen".to_owned(),
    };
    document.push(Block::Tiles(vec![
        tile("People", "5,400"),
        tile("Places", "46"),
        tile("Open", "9"),
        tile("Score", "61"),
    ]));
    document.heading(1, "Words and facts");
    document.paragraph("A text with `code::in_it`, **what matters**, Ελληνικά, кириллица, Zażółć and 中. ".repeat(6));
    document.facts(&[
        ("Rule", "Support tickets"),
        ("Root hash", &"8f3a".repeat(40)),
        ("A longer name than others", "x"),
    ]);
    document.push(Block::List(vec!["One thing".to_owned(), "Another thing, told at length. ".repeat(8)]));
    document.push(Block::Steps(vec!["First `dataward audit`".to_owned(), "Then wait".to_owned()]));
    document.code("dataward evidence verify\ndataward-log/1\n42\n".to_owned() + &"q8Zr".repeat(60));
    document.heading(2, "Drawings");
    let figure = |caption: &str| Figure {
        svg: BARS.to_owned(),
        caption: caption.to_owned(),
        note: "What it means, in small letters.".to_owned(),
        width: 400.0,
    };
    document.push(Block::Figures(vec![figure("One")]));
    document.push(Block::Figures(vec![figure("Left"), figure("Right")]));
    document.heading(1, "Tables");
    let mut table = Table::new("Every table", &["Place", "Rows", "Severity", "Why"]).numbers(&[1]);
    for row in 0..90 {
        table.row([
            Cell::from(format!("shop.public.customers_{row}")),
            Cell::from(format!("{}", row * 1371)),
            Cell::marked(if row % 3 == 0 { Ink::High } else { Ink::Low }, if row % 3 == 0 { "high" } else { "low" }),
            Cell::from("A reason that takes more than a line, since reasons do. ".repeat(1 + row % 4)),
        ]);
    }
    let mut long = Table::new("A row longer than a page", &["Place", "Text"]);
    long.row(["place", &"word ".repeat(3_000)]);
    document.push(Block::Table(table));
    document.push(Block::Table(long));
    document.push(Block::PageBreak);
    document.heading(1, "Words to copy");
    document.push(Block::Words((0..24).map(|number| format!("abandon{number}")).collect()));
    document
}

fn written(document: &Document, name: &str) -> PathBuf {
    let bytes = pdf::pdf(document).unwrap();
    assert_eq!(bytes, pdf::pdf(document).unwrap(), "the same values give the same bytes");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn tool(name: &str, arguments: &[&str], file: &std::path::Path) -> String {
    let mut command = Command::new(name);
    command.args(arguments).arg(file);
    if name == "pdftotext" {
        command.arg("-");
    }
    let output = command.output().unwrap_or_else(|error| panic!("{name} (package poppler-utils): {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_report_says_what_the_page_says_and_cites_the_log() {
    let data = crate::fixture::lantern();
    let file = written(&dataward_report::paged(&data), "report.pdf");
    let text = tool("pdftotext", &["-layout"], &file).split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "About 5,400 people. 46 places with personal data in 2 sources. 1 thing to put right today.",
        "49 / 100",
        "missed: 20 October 2026",
        "From entries 4 and 5 of the evidence log.",
        "support_ro",
        "mP0kzqF6Yw0b4nqXbq7H1u4cYxv7Jm3oW6mO0yT0P0M=",
        "dataward evidence prove INDEX",
        "nobody has said",
    ] {
        assert!(text.contains(said), "`{said}` is missing in {text}");
    }
}

#[test]
fn what_is_wrong_at_many_places_is_counted_and_takes_no_pages() {
    let pages = |data: &ReportData| {
        let file = written(&dataward_report::paged(data), "report.pdf");
        let about = tool("pdfinfo", &[], &file);
        let line = about.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap();
        let text = tool("pdftotext", &["-layout"], &file).split_whitespace().collect::<Vec<_>>().join(" ");
        (line.trim().parse::<usize>().unwrap(), text)
    };
    let mut data = crate::fixture::lantern();
    let (before, _) = pages(&data);
    let like = data.findings.iter().find(|finding| finding.check == "collection/no-retention-rule").unwrap().clone();
    data.findings.extend((0..300).map(|at| Finding {
        id: format!("F-more{at}"),
        place: Place::of_table(like.place.source.clone(), format!("more_{at}")),
        ..like.clone()
    }));
    let (after, text) = pages(&data);
    assert!(after <= before + 1, "{before} pages, then {after}");
    assert!(text.contains("And 301 more places: dataward findings --check collection/no-retention-rule."), "{text}");
    assert!(text.contains("dataward findings export --as csv"), "{text}");
}

#[test]
fn contents_name_the_pages_where_headings_stand() {
    let file = written(&sample(), "sample.pdf");
    let first = tool("pdftotext", &["-layout", "-l", "1"], &file);
    for heading in ["Words and facts", "Drawings", "Tables", "Words to copy"] {
        let line =
            first.lines().find(|line| line.trim_start().starts_with(heading)).unwrap_or_else(|| panic!("{first}"));
        let page = line.split_whitespace().last().unwrap();
        let there = tool("pdftotext", &["-layout", "-f", page, "-l", page], &file);
        assert!(there.lines().any(|line| line.trim() == heading), "page {page}: {there}");
    }
}

#[test]
fn text_can_be_copied_and_read_aloud_in_order() {
    let file = written(&sample(), "order.pdf");
    let text = tool("pdftotext", &[], &file);
    assert!(text.contains("Ελληνικά, кириллица, Zażółć and [U+4E2D]"), "{text}");
    let structure = tool("pdfinfo", &["-struct-text"], &file);
    assert!(structure.contains("A text with code::in_it") && !structure.contains("withcode"), "{structure}");
    for tag in ["H1 ", "Table", "TH:", "TD", "Figure", "TOC", "L ", "Code"] {
        assert!(structure.contains(tag), "no {tag} in {structure}");
    }
    let about = tool("pdfinfo", &[], &file);
    assert!(about.contains("Tagged:          yes") && about.contains("Certificate of everything"), "{about}");
    let fonts = tool("pdffonts", &[], &file);
    assert!(fonts.lines().skip(2).all(|line| line.contains(" yes yes yes")), "{fonts}");
}

#[test]
fn rows_longer_than_a_page_go_on_with_the_names_of_the_columns_repeated() {
    let file = written(&sample(), "rows.pdf");
    let text = tool("pdftotext", &["-layout"], &file);
    assert_eq!(text.matches("word").count(), 3_000);
    assert!(text.split('\u{c}').filter(|page| page.contains("Severity")).count() >= 3);
}

#[test]
fn a_drawing_that_is_not_understood_is_refused_in_a_sentence() {
    let mut document = Document::new("x", "");
    document.push(Block::Figures(vec![Figure {
        svg: "<svg viewBox='0 0 1 1'><image/></svg>".to_owned(),
        caption: "Logo".to_owned(),
        note: String::new(),
        width: 100.0,
    }]));
    assert_eq!(
        pdf::pdf(&document).unwrap_err().to_string(),
        "drawing `Logo` cannot be printed: it has an element `image`"
    );
}

#[test]
fn an_empty_document_and_odd_letters_are_no_trouble() {
    written(&Document::new("", ""), "empty.pdf");
    let mut document = Document::new("\u{202e}\u{0}\u{7}😀", "\u{ffff}");
    document.paragraph("a\tb\u{ad}c\u{200b}d\u{feff} `");
    document.heading(3, "");
    document.facts(&[("", "")]);
    document.push(Block::Table(Table::new("", &[])));
    document.push(Block::List(Vec::new()));
    document.push(Block::Tiles(Vec::new()));
    document.push(Block::Figures(Vec::new()));
    document.code("");
    written(&document, "odd.pdf");
}

/// A font of this machine (package fonts-ipafont-gothic).
fn gothic() -> Option<&'static [u8]> {
    static FONT: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let path = "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf";
    let read =
        || std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}: apt-get install fonts-ipafont-gothic"));
    Some(FONT.get_or_init(read))
}

#[test]
fn letters_of_the_east_come_from_a_font_of_the_machine_and_are_named_without_one() {
    let mut document = Document::new("Report of 青灯書店", "青灯書店");
    document.foot = "青灯書店 · dataward".to_owned();
    document.paragraph("`shop.会員` holds names such as おおにし and 大西、ミサキ; Ελληνικά, Київ.");
    document.paragraph("顧客の氏名と住所".repeat(30));
    document.push(Block::PageBreak);
    document.paragraph("second page");
    let printed = pdf::print(&document).unwrap();
    assert!(printed.lacks_letters);
    document.further_font = Some(gothic);
    assert!(!pdf::print(&document).unwrap().lacks_letters);
    let file = written(&document, "east.pdf");
    let text = tool("pdftotext", &[], &file);
    for said in ["Report of 青灯書店", "shop.会員", "おおにし", "大西、ミサキ", "Ελληνικά, Київ", "青灯書店 · dataward"]
    {
        assert!(text.contains(said), "`{said}` is missing in {text}");
    }
    assert!(!text.contains("[U+"), "{text}");
    assert_eq!(text.matches('顧').count(), 30, "{text}");
    let fonts = tool("pdffonts", &[], &file);
    assert!(fonts.contains("IPA") && fonts.lines().skip(2).all(|line| line.contains(" yes yes yes")), "{fonts}");
}

#[test]
fn no_heading_stands_alone_at_the_end_of_a_page() {
    let mut moved = 0;
    for lines in 30..64 {
        let mut document = Document::new("", "");
        for line in 0..lines {
            document.paragraph(format!("line {line}"));
        }
        document.heading(1, "Outer");
        document.heading(2, "Inner");
        document.push(Block::Figures(vec![Figure {
            svg: r#"<svg viewBox="0 0 100 60"><title>T</title><desc>D</desc><text class="c-label" x="1" y="30">within</text></svg>"#
                .to_owned(),
            caption: "Caption".to_owned(),
            note: String::new(),
            width: 480.0,
        }]));
        let text = tool("pdftotext", &["-layout"], &written(&document, &format!("headed{lines}.pdf")));
        let page_of = |said: &str| text.split('\u{c}').position(|page| page.contains(said)).unwrap();
        assert_eq!(
            (page_of("Outer"), page_of("Inner")),
            (page_of("Caption"), page_of("Caption")),
            "{lines} lines: {text}"
        );
        moved += page_of("Outer");
        assert_eq!(text.matches("Outer").count(), 1, "{text}");
    }
    assert!(moved > 0);
}
