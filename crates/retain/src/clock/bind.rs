//! Which columns of a table an expression speaks of.

use std::collections::BTreeMap;
use std::ops::Range;

use dataward_policy::FiscalYearEnd;
use dataward_policy::Period;
use dataward_policy::StartExpression;
use dataward_policy::StartKind;
use dataward_policy::StartNode;
use dataward_policy::Symbol;
use jiff::tz::TimeZone;

use super::ClockError;
use super::ColumnFacts;
use super::Engine;
use super::TypeClass;
use super::symbols;

/// What an expression is bound with, beside the columns.
#[derive(Clone, Debug)]
pub struct BindContext<'a> {
    /// The engine that keeps the table.
    pub engine: Engine,
    /// Whose calendar days count.
    pub time_zone: TimeZone,
    /// When the fiscal year ends.
    pub fiscal_year_end: FiscalYearEnd,
    /// What columns are qualified with in SQL: the table's alias there. Needed for events.
    pub alias: Option<&'a str>,
    /// What symbols mean in this table, where somebody wrote it down.
    pub meanings: Option<&'a BTreeMap<Symbol, StartExpression>>,
    /// Tables of events that may be named.
    pub events: &'a [EventFacts],
}

/// A table of events. The last event of a row counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFacts {
    /// What expressions call it.
    pub name: String,
    /// Schema and table, or the table alone, unquoted.
    pub path: Vec<String>,
    /// The column with the day.
    pub at: ColumnFacts,
    /// The column that says whose event it is.
    pub key: String,
    /// The column of the table at hand that `key` points to.
    pub matches: String,
}

/// An expression whose columns are found.
#[derive(Clone, Debug)]
pub struct BoundStart {
    pub(super) text: String,
    pub(super) root: BoundNode,
    pub(super) reasons: Vec<String>,
    pub(super) time_zone: TimeZone,
    pub(super) fiscal_year_end: FiscalYearEnd,
    pub(super) alias: Option<String>,
}

/// A part of a bound expression: as [`StartKind`], with columns for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundNode {
    /// The first that is known.
    Coalesce(Vec<BoundNode>),
    /// A column, here or in a table of events.
    Column(BoundColumn),
    /// The last day of the calendar year.
    EndOfCalendarYear(Box<BoundNode>),
    /// The last day of the fiscal year.
    EndOfFiscalYear(Box<BoundNode>),
    /// The last of those that are known.
    Latest(Vec<BoundNode>),
    /// The last; unknown while one of them is.
    Max(Vec<BoundNode>),
    /// The first of those that are known.
    Min(Vec<BoundNode>),
    /// A period later.
    Plus(Box<BoundNode>, Period),
}

/// A column that says when something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundColumn {
    /// The column.
    pub facts: ColumnFacts,
    /// Whether it may lie ahead, as the end of a contract may.
    pub may_lie_ahead: bool,
    /// The table of events it is in; none for the table at hand.
    pub event: Option<EventFacts>,
}

/// Finding the columns of a table that an expression speaks of.
pub trait Bind {
    /// The expression over these columns.
    ///
    /// # Errors
    /// Where a name is no column and no event, or several columns may be meant: it names them.
    fn bind(&self, columns: &[ColumnFacts], context: &BindContext<'_>) -> Result<BoundStart, ClockError>;
}

impl Bind for StartExpression {
    fn bind(&self, columns: &[ColumnFacts], context: &BindContext<'_>) -> Result<BoundStart, ClockError> {
        let mut binder = Binder { columns, context, meanings: context.meanings, reasons: Vec::new() };
        let root = binder.node(self.root())?;
        Ok(BoundStart {
            text: self.as_str().to_owned(),
            root,
            reasons: binder.reasons,
            time_zone: context.time_zone.clone(),
            fiscal_year_end: context.fiscal_year_end,
            alias: context.alias.map(str::to_owned),
        })
    }
}

impl BoundStart {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The expression over columns.
    pub fn root(&self) -> &BoundNode {
        &self.root
    }

    /// Why which column was taken: one sentence each, where the expression did not name it.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// The same, with columns qualified by `alias` in SQL.
    #[must_use]
    pub fn with_alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// All columns that it reads, each once, those of events left out.
    pub fn columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        self.root.visit(&mut |column| match &column.event {
            None => names.push(&column.facts.name),
            Some(event) => names.push(&event.matches),
        });
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl BoundNode {
    /// Hands out the columns.
    pub(super) fn visit<'a>(&'a self, each: &mut impl FnMut(&'a BoundColumn)) {
        match self {
            Self::Column(column) => each(column),
            Self::EndOfCalendarYear(node) | Self::EndOfFiscalYear(node) | Self::Plus(node, _) => node.visit(each),
            Self::Coalesce(nodes) | Self::Latest(nodes) | Self::Max(nodes) | Self::Min(nodes) => {
                for node in nodes {
                    node.visit(each);
                }
            }
        }
    }
}

/// Longer is a slip of the finger; a bound, so that no day passes the year 9999.
const LONGEST_YEARS: f64 = 200.0;

struct Binder<'a> {
    columns: &'a [ColumnFacts],
    context: &'a BindContext<'a>,
    /// Taken away while a written-down meaning is bound: it may not speak of itself.
    meanings: Option<&'a BTreeMap<Symbol, StartExpression>>,
    reasons: Vec<String>,
}

impl Binder<'_> {
    fn node(&mut self, node: &StartNode) -> Result<BoundNode, ClockError> {
        Ok(match &node.kind {
            StartKind::Coalesce(nodes) => BoundNode::Coalesce(self.nodes(nodes)?),
            StartKind::EndOfCalendarYear(inner) => BoundNode::EndOfCalendarYear(Box::new(self.node(inner)?)),
            StartKind::EndOfFiscalYear(inner) => BoundNode::EndOfFiscalYear(Box::new(self.node(inner)?)),
            StartKind::Event(name) => BoundNode::Column(self.event(name, &node.span)?),
            StartKind::Latest(nodes) => BoundNode::Latest(self.nodes(nodes)?),
            StartKind::Max(nodes) => BoundNode::Max(self.nodes(nodes)?),
            StartKind::Min(nodes) => BoundNode::Min(self.nodes(nodes)?),
            StartKind::Name { name, quoted } => self.name(name, *quoted, &node.span)?,
            StartKind::Plus(inner, period) => {
                if period.mean_days() > LONGEST_YEARS * 366.0 {
                    return Err(ClockError {
                        message: format!("{period} is longer than {LONGEST_YEARS} years"),
                        help: "write a shorter period".to_owned(),
                        span: node.span.clone(),
                        candidates: Vec::new(),
                    });
                }
                BoundNode::Plus(Box::new(self.node(inner)?), *period)
            }
        })
    }

    fn nodes(&mut self, nodes: &[StartNode]) -> Result<Vec<BoundNode>, ClockError> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn name(&mut self, name: &str, quoted: bool, span: &Range<usize>) -> Result<BoundNode, ClockError> {
        if let Some(column) = self.column_named(name, quoted) {
            if !column.class.can_be_a_day(self.context.engine) {
                return Err(not_a_day(column, span, self.days()));
            }
            return Ok(column_node(column.clone()));
        }
        let symbol = Symbol::parse(name).filter(|_| !quoted);
        let Some(symbol) = symbol else {
            let candidates = self.days();
            return Err(ClockError {
                message: format!("the table has no column `{name}`"),
                help: match candidates.as_slice() {
                    [] => "it has no column that says when something happened".to_owned(),
                    some => format!("columns that say when: {}", some.join(", ")),
                },
                span: span.clone(),
                candidates,
            });
        };
        if let Some(meaning) = self.meanings.and_then(|meanings| meanings.get(&symbol)) {
            let outer = self.meanings.take();
            let node = self.node(meaning.root()).map_err(|error| ClockError {
                message: format!("`{symbol}` is `{meaning}` here, and {}", error.message, symbol = symbol.as_str()),
                span: span.clone(),
                ..error
            });
            self.meanings = outer;
            self.reasons.push(format!("`{}` is `{meaning}`: the policy says so", symbol.as_str()));
            return node;
        }
        let found = symbols::resolve(symbol, self.columns, self.context.engine);
        match found {
            Ok(resolved) => {
                self.reasons.push(resolved.reason);
                let mut nodes: Vec<BoundNode> = resolved.columns.into_iter().map(column_node).collect();
                Ok(match nodes.len() {
                    1 => nodes.remove(0),
                    _ => BoundNode::Latest(nodes),
                })
            }
            Err(unresolved) => Err(ClockError {
                message: unresolved.message,
                help: unresolved.help,
                span: span.clone(),
                candidates: unresolved.candidates,
            }),
        }
    }

    fn event(&self, name: &str, span: &Range<usize>) -> Result<BoundColumn, ClockError> {
        let wrong =
            |message: String, help: String| ClockError { message, help, span: span.clone(), candidates: Vec::new() };
        let Some(event) = self.context.events.iter().find(|event| event.name == name) else {
            let help = format!("declare `[event.{name}]` with table, at, key and matches");
            return Err(wrong(format!("no event `{name}` is declared for this source"), help));
        };
        if !event.at.class.can_be_a_day(self.context.engine) {
            return Err(not_a_day(&event.at, span, Vec::new()));
        }
        if self.column_named(&event.matches, true).is_none() {
            let message = format!("the event `{name}` matches a column `{}`, which the table has not", event.matches);
            return Err(wrong(message, "repair `matches` of the event".to_owned()));
        }
        if self.context.alias.is_none() {
            let message = format!("the event `{name}` needs a name for the table at hand");
            return Err(wrong(message, "report this: it is a fault of dataward".to_owned()));
        }
        Ok(BoundColumn {
            facts: event.at.clone(),
            may_lie_ahead: symbols::may_lie_ahead(name) || symbols::may_lie_ahead(&event.at.name),
            event: Some(event.clone()),
        })
    }

    /// Exactly so named, else the only one that differs by case alone.
    fn column_named(&self, name: &str, exactly: bool) -> Option<&ColumnFacts> {
        let exact = self.columns.iter().find(|column| column.name == name);
        if exact.is_some() || exactly {
            return exact;
        }
        let mut like = self.columns.iter().filter(|column| column.name.eq_ignore_ascii_case(name));
        like.next().filter(|_| like.next().is_none())
    }

    /// The columns that say when something happened beyond doubt.
    fn days(&self) -> Vec<String> {
        symbols::days(self.columns, self.context.engine)
    }
}

fn column_node(facts: ColumnFacts) -> BoundNode {
    let may_lie_ahead = symbols::may_lie_ahead(&facts.name);
    BoundNode::Column(BoundColumn { facts, may_lie_ahead, event: None })
}

fn not_a_day(column: &ColumnFacts, span: &Range<usize>, candidates: Vec<String>) -> ClockError {
    let message = match column.class {
        TypeClass::Text => format!("the column `{}` is text, which may hold anything", column.name),
        _ => format!("the column `{}` does not say when something happened", column.name),
    };
    ClockError {
        message,
        help: match candidates.as_slice() {
            [] => "give the table a column of type date or timestamp".to_owned(),
            some => format!("columns that say when: {}", some.join(", ")),
        },
        span: span.clone(),
        candidates,
    }
}
