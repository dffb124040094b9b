//! Places to PDF: pages with their marks, the tree of what they are, bookmarks, running heads and feet.

use std::num::NonZeroU16;

use krilla::SerializeSettings;
use krilla::annotation::Annotation;
use krilla::annotation::LinkAnnotation;
use krilla::annotation::Target;
use krilla::color::rgb;
use krilla::configure::Accessibility;
use krilla::configure::ConfigurationBuilder;
use krilla::destination::Destination;
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::PathBuilder;
use krilla::geom::Point;
use krilla::geom::Rect;
use krilla::geom::Transform;
use krilla::metadata::DateTime;
use krilla::metadata::Metadata;
use krilla::outline::Outline;
use krilla::outline::OutlineNode;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::paint::LineCap;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::tagging::Artifact;
use krilla::tagging::ArtifactType;
use krilla::tagging::ContentTag;
use krilla::tagging::Identifier;
use krilla::tagging::ListNumbering;
use krilla::tagging::Node;
use krilla::tagging::SpanTag;
use krilla::tagging::TableHeaderScope;
use krilla::tagging::Tag;
use krilla::tagging::TagGroup;
use krilla::tagging::TagKind;
use krilla::tagging::TagTree;

use crate::pdf::Document;
use crate::pdf::Ink;
use crate::pdf::PdfError;
use crate::pdf::fonts::Face;
use crate::pdf::fonts::Fonts;
use crate::pdf::layout::Child;
use crate::pdf::layout::Kind;
use crate::pdf::layout::Layout;
use crate::pdf::layout::SIDE;
use crate::pdf::layout::SMALL;
use crate::pdf::layout::mark;
use crate::pdf::svg::Mark;
use crate::pdf::svg::Step;
use crate::pdf::text::Style;

/// Baseline of the running foot, from the lower edge.
const FOOT: f32 = 42.0;
/// Top of the running head, from the upper edge.
const HEAD: f32 = 32.0;

/// What was drawn for a piece: its text or drawing, and the area that can be clicked.
type Drawn = (Option<Identifier>, Option<Identifier>);

pub(crate) fn paint(document: &Document, fonts: &Fonts, layout: &Layout<'_>) -> Result<Vec<u8>, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| PdfError::Standard("PDF/UA-1 is not to be had".to_owned()))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut file = krilla::Document::new_with(settings);
    let mut drawn: Vec<Drawn> = vec![(None, None); layout.pieces.len()];
    let [width, height] = layout.paper;
    for (number, ground) in layout.grounds.iter().enumerate() {
        let size =
            PageSettings::from_wh(width, height).ok_or_else(|| PdfError::Standard("a page has no size".to_owned()))?;
        let mut page = file.start_page_with(size);
        let mut surface = page.surface();
        artifact(&mut surface, fonts, ArtifactType::Layout, ground);
        for (piece, drawn) in layout.pieces.iter().zip(&mut drawn).filter(|(piece, _)| piece.page == number) {
            let texts = piece.marks.iter().all(|mark| matches!(mark, Mark::Text { .. }));
            let tag = if texts { ContentTag::Span(SpanTag::empty()) } else { ContentTag::Other };
            drawn.0 = Some(surface.start_tagged(tag));
            piece.marks.iter().for_each(|mark| draw(&mut surface, fonts, mark));
            surface.end_tagged();
        }
        running(&mut surface, document, fonts, layout, number);
        surface.finish();
        for (index, piece) in layout.pieces.iter().enumerate().filter(|(_, piece)| piece.page == number) {
            let Some(([x, y, wide, high], number)) = piece.link else { continue };
            let Some(heading) = layout.headings.get(number) else { continue };
            let Some(area) = Rect::from_xywh(x, y, wide, high) else { continue };
            let place = XyzDestination::new(heading.page, Point::from_xy(SIDE, (heading.y - 12.0).max(0.0)));
            let link = LinkAnnotation::new(area, Target::Destination(Destination::Xyz(place)));
            let link = Annotation::new_link(link, Some(format!("To: {}", heading.text)));
            drawn[index].1 = Some(page.add_tagged_annotation(link));
        }
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(document.language.clone()));
    for root in &layout.roots {
        if let Some(group) = group(layout, *root, &drawn) {
            tree.push(group);
        }
    }
    file.set_tag_tree(tree);
    file.set_outline(outline(document, layout));
    file.set_metadata(metadata(document));
    file.finish().map_err(|error| PdfError::Standard(told(&error)))
}

/// Rules of the standard that a document can break by what stands in it.
const RULES: &[&str] = &[
    "ContainsNotDefGlyph",
    "InvalidCodepointMapping",
    "MissingAltText",
    "MissingDocumentOutline",
    "MissingHeadingTitle",
    "NoCodepointMapping",
    "NoDocumentLanguage",
    "NoDocumentTitle",
    "TooLongString",
    "UnicodePrivateArea",
    "MissingAnnotationAltText",
];

/// What krilla has to say, without what stands in the document.
fn told(error: &KrillaError) -> String {
    match error {
        KrillaError::Validation(errors) => {
            let texts: Vec<String> = errors.iter().map(|error| format!("{error:?}")).collect();
            // The names of the rules; what stands around them may be text of the document.
            let words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()));
            let kinds = words.filter(|word| RULES.contains(word)).map(str::to_owned);
            let mut kinds: Vec<String> = kinds.collect();
            kinds.sort();
            kinds.dedup();
            kinds.join(", ")
        }
        _ => "the file could not be put together".to_owned(),
    }
}

fn group(layout: &Layout<'_>, node: usize, drawn: &[Drawn]) -> Option<TagGroup> {
    let node = &layout.nodes[node];
    let mut children: Vec<Node> = Vec::new();
    for child in &node.children {
        match *child {
            Child::Node(child) => children.extend(group(layout, child, drawn).map(Node::Group)),
            Child::Piece(piece) => {
                let (content, link) = drawn[piece];
                children.extend(content.map(Node::Leaf));
                children.extend(link.map(Node::Leaf));
            }
        }
    }
    // A cell without text is still a cell.
    let keep = !children.is_empty() || matches!(node.kind, Kind::Cell | Kind::HeadCell { .. });
    keep.then(|| TagGroup::with_children(tag(&node.kind), children))
}

fn tag(kind: &Kind) -> TagKind {
    match kind {
        Kind::Heading(level, title) => {
            let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(title.clone())).into()
        }
        Kind::Paragraph => Tag::P.into(),
        Kind::List { numbered: true } => Tag::L(ListNumbering::Decimal).into(),
        Kind::List { numbered: false } => Tag::L(ListNumbering::Disc).into(),
        Kind::Item => Tag::LI.into(),
        Kind::Label => Tag::Lbl.into(),
        Kind::ItemBody => Tag::LBody.into(),
        Kind::Table(caption) => Tag::Table.with_summary(Some(caption.clone())).into(),
        Kind::TableHead => Tag::THead.into(),
        Kind::TableBody => Tag::TBody.into(),
        Kind::Row => Tag::TR.into(),
        Kind::HeadCell { of_row: true } => Tag::TH(TableHeaderScope::Row).into(),
        Kind::HeadCell { of_row: false } => Tag::TH(TableHeaderScope::Column).into(),
        Kind::Cell => Tag::TD.into(),
        Kind::Figure(spoken) => Tag::Figure(Some(spoken.clone())).into(),
        Kind::Caption => Tag::P.into(),
        Kind::Code => Tag::Code.into(),
        Kind::Contents => Tag::TOC.into(),
        Kind::ContentsItem => Tag::TOCI.into(),
        Kind::Link => Tag::Link.into(),
        Kind::Part => Tag::Section.into(),
    }
}

/// The name of the document from the second page on, and below what it is and the page's number.
fn running(surface: &mut Surface<'_>, document: &Document, fonts: &Fonts, layout: &Layout<'_>, number: usize) {
    let [width, height] = layout.paper;
    let text = |text: &str, at: [f32; 2]| mark(at, SMALL, Ink::Soft, text);
    // Stretches of a text one after another, each in a font that has its letters; and how wide they are.
    let set = |words: &str| -> (Vec<(Face, String, f32)>, f32) {
        let mut x = 0.0;
        let mut stretches = Vec::new();
        for (face, stretch) in fonts.set(SMALL.face, words) {
            let wide = fonts.width(face, SMALL.size, &stretch);
            stretches.push((face, stretch, x));
            x += wide;
        }
        (stretches, x)
    };
    let at = |stretches: Vec<(Face, String, f32)>, [x, y]: [f32; 2]| {
        let marks = stretches.into_iter();
        marks.map(move |(face, text, from)| mark([x + from, y], Style { face, ..SMALL }, Ink::Soft, &text))
    };
    if number > 0 {
        let (title, title_wide) = set(&document.title);
        let mut marks: Vec<Mark> = at(title, [SIDE, HEAD]).collect();
        let (kicker, wide) = set(&document.kicker);
        if !kicker.is_empty() && wide + title_wide < width - 2.0 * SIDE - 20.0 {
            marks.extend(at(kicker, [width - SIDE - wide, HEAD]));
        }
        artifact(surface, fonts, ArtifactType::Header, &marks);
    }
    let page = format!("{} / {}", number + 1, layout.grounds.len());
    let wide = fonts.width(SMALL.face, SMALL.size, &page);
    let mut marks = vec![text(&page, [width - SIDE - wide, height - FOOT])];
    if !document.foot.is_empty() {
        marks.extend(at(set(&document.foot).0, [SIDE, height - FOOT]));
    }
    artifact(surface, fonts, ArtifactType::Footer, &marks);
}

fn artifact(surface: &mut Surface<'_>, fonts: &Fonts, kind: ArtifactType, marks: &[Mark]) {
    if marks.is_empty() {
        return;
    }
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
    marks.iter().for_each(|mark| draw(surface, fonts, mark));
    surface.end_tagged();
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    let color = |ink: Ink| {
        let [red, green, blue] = ink.rgb();
        rgb::Color::new(red, green, blue)
    };
    match mark {
        Mark::Text { at: [x, y], turn, face, size, ink, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: color(*ink).into(), ..Fill::default() }));
            let glyphs = fonts.glyphs(*face, text);
            let turned = *turn != 0.0;
            if turned {
                surface.push_transform(&Transform::from_rotate_at(*turn, *x, *y));
            }
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, fonts.drawn(*face), text, *size, false);
            if turned {
                surface.pop();
            }
        }
        Mark::Fill { steps, ink } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: color(*ink).into(), ..Fill::default() }));
            outlined(surface, steps);
        }
        Mark::Stroke { steps, width, ink } => {
            surface.set_fill(None);
            let stroke =
                Stroke { paint: color(*ink).into(), width: *width, line_cap: LineCap::Butt, ..Stroke::default() };
            surface.set_stroke(Some(stroke));
            outlined(surface, steps);
        }
    }
}

fn outlined(surface: &mut Surface<'_>, steps: &[Step]) {
    let mut path = PathBuilder::new();
    for step in steps {
        match *step {
            Step::Move([x, y]) => path.move_to(x, y),
            Step::Line([x, y]) => path.line_to(x, y),
            Step::Curve([a, b], [c, d], [x, y]) => path.cubic_to(a, b, c, d, x, y),
            Step::Close => path.close(),
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// Bookmarks: headings of level 1 with those of level 2 below them; the title where there is none.
fn outline(document: &Document, layout: &Layout<'_>) -> Outline {
    let place = |page: usize, y: f32| XyzDestination::new(page, Point::from_xy(SIDE, (y - 12.0).max(0.0)));
    let mut outline = Outline::new();
    let mut open: Option<OutlineNode> = None;
    for heading in &layout.headings {
        let node = OutlineNode::new(heading.text.clone(), place(heading.page, heading.y));
        match (heading.level, &mut open) {
            (1, _) | (2, None) => {
                if let Some(done) = open.replace(node) {
                    outline.push_child(done);
                }
            }
            (2, Some(parent)) => parent.push_child(node),
            _ => {}
        }
    }
    outline.push_child(open.unwrap_or_else(|| OutlineNode::new(document.title.clone(), place(0, 0.0))));
    outline
}

fn metadata(document: &Document) -> Metadata {
    let metadata = Metadata::new()
        .title(if document.title.is_empty() { "Document".to_owned() } else { document.title.clone() })
        .language(document.language.clone())
        .creator("dataward".to_owned());
    let Some(made) = document.made else { return metadata };
    let made = made.to_zoned(jiff::tz::TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or(0);
    let date = DateTime::new(u16::try_from(made.year()).unwrap_or(0))
        .month(small(made.month()))
        .day(small(made.day()))
        .hour(small(made.hour()))
        .minute(small(made.minute()))
        .second(small(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    metadata.creation_date(date)
}
