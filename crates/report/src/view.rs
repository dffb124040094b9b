//! The report's values as the template prints them: all text, nothing left to decide.

use dataward_model::Confidence;
use dataward_model::Finding;
use dataward_model::Remedy;
use dataward_model::Sensitivity;
use dataward_model::TableShape;

use crate::data::ColumnReport;
use crate::data::Exposure;
use crate::data::NextStep;
use crate::data::SkippedPlace;
use crate::data::SourceReport;
use crate::data::TableReport;
use crate::data::Verdict;
use crate::words;

/// Pieces of evidence shown for a column.
const REASONS: usize = 3;

/// One number of the summary.
pub(crate) struct Tile {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) note: &'static str,
}

impl Tile {
    pub(crate) fn new(name: &'static str, value: String, note: &'static str) -> Self {
        Self { name, value, note }
    }
}

/// Something to do.
pub(crate) struct StepView {
    /// Markup.
    pub(crate) title: String,
    /// Markup.
    pub(crate) why: String,
    pub(crate) remedy: Todo,
}

impl StepView {
    pub(crate) fn new(step: &NextStep) -> Self {
        Self {
            title: words::marked(&words::capital(&step.title)),
            why: words::marked(&words::capital(&step.why)),
            remedy: Todo::new(&step.command),
        }
    }
}

/// Findings of one check and severity that say the same of many places are shown as one.
const ALIKE: usize = 4;
/// Places listed for findings that are shown as one.
const ALIKE_SHOWN: usize = 40;
/// One finding, or several that say the same.
pub(crate) struct FindingView {
    pub(crate) severity: &'static str,
    pub(crate) urgency: &'static str,
    /// Markup: escaped, with code marked.
    pub(crate) title: String,
    /// Markup.
    pub(crate) reason: String,
    pub(crate) remedy: Todo,
    /// The place of one finding; empty for several.
    pub(crate) place: String,
    /// When it was first seen, and its id, for one finding; empty for several.
    pub(crate) seen: String,
    pub(crate) id: String,
    /// Place and title of each of several, the titles as markup.
    pub(crate) alike: Vec<AlikeView>,
    /// Places that are not listed.
    pub(crate) more: usize,
}

/// What to do: a command, a sentence as markup, or nothing known.
pub(crate) enum Todo {
    Command(String),
    Nothing,
    Sentence(String),
}

impl Todo {
    fn new(remedy: &Remedy) -> Self {
        match remedy {
            Remedy::Command(text) => Self::Command(text.clone()),
            Remedy::Words(text) if text.is_empty() => Self::Nothing,
            Remedy::Words(text) => Self::Sentence(words::marked(&words::capital(text))),
        }
    }

    /// What to do about several findings of one check.
    fn of_all(group: &[&Finding]) -> Self {
        let mut remedies: Vec<&Remedy> = group.iter().map(|finding| &finding.remedy).collect();
        remedies.dedup();
        let Some(first) = remedies.first() else { return Self::Nothing };
        match (remedies.as_slice(), Self::new(first)) {
            ([_], todo) => todo,
            (_, Self::Command(_)) => {
                let shown: Vec<&str> = remedies.iter().take(ALIKE_SHOWN).map(|remedy| remedy.as_str()).collect();
                Self::Command(shown.join("\n"))
            }
            (_, Self::Sentence(first)) => Self::Sentence(format!(
                "{first} (so for the first; <code>dataward findings --check {}</code> tells it for each)",
                words::escape(&group[0].check)
            )),
            (_, Self::Nothing) => Self::Nothing,
        }
    }
}

impl FindingView {
    /// Views of `findings`, which stand in order of severity.
    pub(crate) fn all(findings: &[&Finding]) -> Vec<Self> {
        let mut groups: Vec<Vec<&Finding>> = Vec::new();
        for finding in findings {
            let same = |group: &&mut Vec<&Finding>| {
                group.first().is_some_and(|first| first.severity == finding.severity && first.check == finding.check)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(finding),
                None => groups.push(vec![finding]),
            }
        }
        let views = groups.into_iter().flat_map(|group| match group.first() {
            Some(first) if group.len() >= ALIKE => vec![Self::several(first, &group)],
            _ => group.into_iter().map(Self::one).collect(),
        });
        views.collect()
    }

    fn one(finding: &Finding) -> Self {
        Self {
            severity: finding.severity.as_str(),
            urgency: words::urgency(finding.severity),
            title: words::marked(&words::capital(&finding.title)),
            reason: words::marked(&words::capital(&finding.reason)),
            remedy: Todo::new(&finding.remedy),
            place: finding.place.to_string(),
            seen: words::day(finding.first_seen),
            id: finding.id.clone(),
            alike: Vec::new(),
            more: 0,
        }
    }

    fn several(first: &Finding, group: &[&Finding]) -> Self {
        let alike = group.iter().take(ALIKE_SHOWN);
        let alike = alike.map(|finding| AlikeView {
            place: finding.place.to_string(),
            title: words::marked(&words::capital(&finding.title)),
            id: finding.id.clone(),
        });
        Self {
            title: words::count(group.len() as u64, "place with the same fault", "places with the same fault"),
            place: String::new(),
            seen: String::new(),
            id: String::new(),
            alike: alike.collect(),
            remedy: Todo::of_all(group),
            more: group.len().saturating_sub(ALIKE_SHOWN),
            ..Self::one(first)
        }
    }
}

/// A place of several with the same fault.
pub(crate) struct AlikeView {
    pub(crate) place: String,
    /// What is wrong there, as HTML.
    pub(crate) title: String,
    pub(crate) id: String,
}

/// A source with its tables.
pub(crate) struct SourceView {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// Purpose, ground, owner and so on: name and text, and whether nothing was said.
    pub(crate) papers: Vec<(&'static str, String, bool)>,
    pub(crate) tables: Vec<TableView>,
    pub(crate) clean: String,
}

impl SourceView {
    pub(crate) fn new(source: &SourceReport) -> Self {
        let paper = |name, text: &Option<String>| match text {
            Some(text) => (name, text.clone(), false),
            None => (name, "not said".to_owned(), true),
        };
        let clean = source.tables.iter().filter(|table| table.places() == 0).count() as u64;
        let all = source.tables.len() as u64;
        let clean = match clean {
            0 => String::new(),
            _ if clean == all => {
                format!("Nothing about people was found in {}.", words::count(all, "table or file", "tables and files"))
            }
            _ => format!(
                "Nothing about people was found in {}.",
                words::count(clean, "more table or file", "more tables and files")
            ),
        };
        Self {
            id: source.id.to_string(),
            kind: source.product.clone().unwrap_or_else(|| source.kind.title().to_owned()),
            papers: vec![
                paper("Purpose", &source.purpose),
                paper("Lawful basis", &source.lawful_basis),
                paper("Collected from", &source.collected_from),
                paper("Owner", &source.owner),
            ],
            tables: source.tables.iter().filter(|table| table.places() > 0).map(TableView::new).collect(),
            clean,
        }
    }
}

/// A table with its personal columns.
pub(crate) struct TableView {
    pub(crate) name: String,
    pub(crate) facts: String,
    /// Who else can read it; empty when nobody can.
    pub(crate) open: &'static str,
    pub(crate) rows: Vec<RowView>,
}

impl TableView {
    fn new(table: &TableReport) -> Self {
        let mut facts = Vec::new();
        if table.shape == TableShape::Document {
            facts.push("document".to_owned());
        } else if let Some(rows) = table.rows {
            facts.push(words::count(rows, "row", "rows"));
        }
        if let Some(people) = table.people.filter(|people| *people > 0) {
            facts.push(words::people(people));
        }
        let columns = table.columns.iter().filter(|column| column.category.is_some()).map(RowView::of_column);
        let spans = table.spans.iter().map(|span| RowView {
            column: None,
            title: words::capital(span.category.title()),
            key: words::breakable(span.category.key()),
            also: String::new(),
            sensitivity: words::sensitivity(span.category.sensitivity()),
            tone: span.category.sensitivity().as_str(),
            percent: None,
            sure: "",
            masked: Vec::new(),
            why: vec![words::count(span.count, "time in the text", "times in the text")],
        });
        Self {
            name: table.name.clone(),
            facts: facts.join(", "),
            open: open_words(table),
            rows: columns.chain(spans).collect(),
        }
    }
}

/// One column, or one thing found in a document.
pub(crate) struct RowView {
    /// Markup; none for a document.
    pub(crate) column: Option<String>,
    pub(crate) title: String,
    /// Markup.
    pub(crate) key: String,
    pub(crate) also: String,
    pub(crate) sensitivity: &'static str,
    pub(crate) tone: &'static str,
    /// None where how sure is not a number.
    pub(crate) percent: Option<u8>,
    /// What to make of it; empty when nothing needs to be said.
    pub(crate) sure: &'static str,
    pub(crate) masked: Vec<String>,
    /// Markup.
    pub(crate) why: Vec<String>,
}

impl RowView {
    fn of_column(column: &ColumnReport) -> Self {
        let (title, key) = match &column.category {
            Some(category) => (words::capital(category.title()), words::breakable(category.key())),
            None => (String::new(), String::new()),
        };
        let worst = column.sensitivity().unwrap_or(Sensitivity::Low);
        let also: Vec<String> = column.also.iter().map(|category| category.title().to_owned()).collect();
        let mut why: Vec<String> =
            column.why.iter().take(REASONS).map(|reason| words::marked(&words::capital(reason))).collect();
        let (percent, sure) = match &column.decision {
            Some(decision) => {
                let verdict = if decision.verdict == Verdict::Confirmed { "confirmed" } else { "decided" };
                let told = format!("{verdict} by {}, {}", decision.by, words::day(decision.at));
                why.insert(0, words::escape(&words::capital(&told)));
                (None, verdict)
            }
            None => (Some(column.confidence.percent()), sure_words(column.confidence)),
        };
        Self {
            column: Some(words::breakable(&column.name)),
            title,
            key,
            also: words::list(&also),
            sensitivity: words::sensitivity(worst),
            tone: worst.as_str(),
            percent,
            sure,
            masked: column.masked.clone(),
            why,
        }
    }
}

fn sure_words(confidence: Confidence) -> &'static str {
    match confidence.percent() {
        80.. => "",
        _ => "to check",
    }
}

/// Whether more accounts than the owner's can read the table.
pub(crate) fn is_open(table: &TableReport) -> bool {
    table.exposure.is_some_and(|exposure| exposure > Exposure::Owner)
}

fn open_words(table: &TableReport) -> &'static str {
    match table.exposure {
        Some(Exposure::Everyone) => "readable by everyone",
        Some(Exposure::Group) => "readable by the group",
        Some(Exposure::Owner) | None => "",
    }
}

/// Places of one source that were not read for the same reason.
pub(crate) struct SkippedView {
    pub(crate) source: String,
    pub(crate) places: Vec<String>,
    pub(crate) more: u64,
    /// Markup.
    pub(crate) reason: String,
}

impl SkippedView {
    /// Puts together what has the same source and reason.
    pub(crate) fn all(skipped: Vec<&SkippedPlace>) -> Vec<Self> {
        const SHOWN: usize = 12;
        let mut views: Vec<Self> = Vec::new();
        for place in skipped {
            let source = place.source.to_string();
            let name = if place.place.is_empty() { "the whole source".to_owned() } else { place.place.clone() };
            match views.iter_mut().find(|view| view.source == source && view.reason == place.reason) {
                Some(view) if view.places.len() < SHOWN => view.places.push(name),
                Some(view) => view.more += 1,
                None => views.push(Self { source, places: vec![name], more: 0, reason: place.reason.clone() }),
            }
        }
        for view in &mut views {
            view.reason = words::marked(&words::capital(&view.reason));
        }
        views
    }
}

/// How much of a source was read.
pub(crate) struct MeasureView {
    pub(crate) source: String,
    pub(crate) product: String,
    pub(crate) transport: String,
    pub(crate) tables: String,
    pub(crate) columns: String,
    pub(crate) read: String,
    pub(crate) share: String,
    pub(crate) at: String,
}

impl MeasureView {
    pub(crate) fn new(source: &SourceReport) -> Self {
        // The parts of a document are not rows that could be counted.
        let tables = || source.tables.iter().filter(|table| table.shape == TableShape::Table);
        let read: u64 = tables().map(|table| table.rows_read).sum();
        let rows: Option<u64> = tables().map(|table| table.rows.map(|rows| rows.max(table.rows_read))).sum();
        let share = match rows {
            Some(rows) if rows == read => "all".to_owned(),
            Some(rows) => format!("{:.1}%", 100.0 * read as f64 / rows.max(1) as f64),
            None => "not known".to_owned(),
        };
        let columns: usize = source.tables.iter().map(|table| table.columns.len()).sum();
        Self {
            source: source.id.to_string(),
            product: source.product.clone().unwrap_or_else(|| source.kind.title().to_owned()),
            transport: source.transport.clone().unwrap_or_default(),
            tables: words::number(source.tables.len() as u64),
            columns: words::number(columns as u64),
            read: words::number(read),
            share,
            at: source.scanned_at.map_or_else(|| "never".to_owned(), words::moment),
        }
    }
}
