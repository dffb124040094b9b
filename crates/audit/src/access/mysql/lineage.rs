//! What comes out of a query, and what it has to look at: which columns its output is made of, and
//! which it names anywhere.
//!
//! The server stores views with every column written as `table`.`column` or `alias`.`column`; bodies
//! of routines may leave the table out. An alias that stands for two tables in two places of one query
//! counts for both.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::Expr;
use sqlparser::ast::FunctionArg;
use sqlparser::ast::FunctionArgExpr;
use sqlparser::ast::FunctionArguments;
use sqlparser::ast::GroupByExpr;
use sqlparser::ast::Ident;
use sqlparser::ast::JoinOperator;
use sqlparser::ast::ObjectName;
use sqlparser::ast::Query;
use sqlparser::ast::Select;
use sqlparser::ast::SelectItem;
use sqlparser::ast::SelectItemQualifiedWildcardKind;
use sqlparser::ast::SetExpr;
use sqlparser::ast::Statement;
use sqlparser::ast::TableFactor;
use sqlparser::ast::TableWithJoins;
use sqlparser::ast::Value;
use sqlparser::ast::Visit;
use sqlparser::ast::Visitor;
use sqlparser::ast::visit_expressions;
use sqlparser::ast::visit_expressions_mut;
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::index::Index;
use super::looked_up;

/// A column of a table or view.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ColumnRef {
    pub(super) database: String,
    pub(super) table: String,
    pub(super) column: String,
}

/// What there is to know of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Lineage {
    /// What each column of the result is made of, in order.
    pub(super) outputs: Vec<Output>,
    /// Every column that it names; whoever runs it needs SELECT on all of them.
    pub(super) named: BTreeSet<ColumnRef>,
    /// Those that it names elsewhere than in its list of results: in conditions, orders, groups, joins.
    pub(super) looked_up: BTreeSet<ColumnRef>,
    /// Every table that it names.
    pub(super) tables: BTreeSet<(String, String)>,
    /// Stored functions that it calls.
    pub(super) functions: BTreeSet<(String, String)>,
    /// What keeps rows out of the result. Texts in it are left out: they may be somebody's data.
    pub(super) conditions: Vec<String>,
}

/// One column of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) name: String,
    /// The columns whose values are in it.
    pub(super) from: BTreeSet<ColumnRef>,
    /// It is one column as it is, so that it may be written through.
    pub(super) plain: bool,
}

/// Takes `sql` apart; names without a database are looked for in `database`. None for what our parser
/// does not understand.
pub(super) fn of_query(sql: &str, database: &str, index: &Index) -> Option<Lineage> {
    let statements = Parser::parse_sql(&MySqlDialect {}, sql).ok()?;
    let [Statement::Query(query)] = statements.as_slice() else { return None };
    let mut walk = Walk { index, database, aliases: BTreeMap::new(), lineage: Lineage::default() };
    let _ = query.visit(&mut Tables { walk: &mut walk });
    let outputs = walk.query(query);
    walk.collect_named(query);
    walk.lineage.looked_up = looked_up::expressions(query).iter().flat_map(|one| walk.named_by(one)).collect();
    walk.lineage.outputs = outputs;
    walk.lineage.conditions.dedup();
    Some(walk.lineage)
}

/// Notes every table, also those in conditions, so that names anywhere in the query find them.
struct Tables<'w, 'a> {
    walk: &'w mut Walk<'a>,
}

impl Visitor for Tables<'_, '_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if matches!(factor, TableFactor::Table { .. }) {
            self.walk.factor(factor, &mut Vec::new());
        }
        ControlFlow::Continue(())
    }
}

#[derive(Clone, Debug)]
enum Source {
    Derived(Vec<Output>),
    Table(String, String),
}

struct Walk<'a> {
    index: &'a Index,
    database: &'a str,
    aliases: BTreeMap<String, Vec<Source>>,
    lineage: Lineage,
}

impl Walk<'_> {
    fn query(&mut self, query: &Query) -> Vec<Output> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let outputs = self.query(&table.query);
            let outputs = renamed(outputs, table.alias.columns.iter().map(|column| &column.name));
            self.add(&table.alias.name.value, Source::Derived(outputs));
        }
        let outputs = self.set(&query.body);
        if query.limit_clause.is_some() || query.fetch.is_some() {
            self.lineage.conditions.push("LIMIT".to_owned());
        }
        outputs
    }

    fn set(&mut self, set: &SetExpr) -> Vec<Output> {
        match set {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                let mut outputs = self.set(left);
                for (output, other) in outputs.iter_mut().zip(self.set(right)) {
                    output.from.extend(other.from);
                    output.plain = false;
                }
                outputs
            }
            _ => Vec::new(),
        }
    }

    fn select(&mut self, select: &Select) -> Vec<Output> {
        let mut local = Vec::new();
        for from in &select.from {
            self.from(from, &mut local);
        }
        if let Some(condition) = &select.selection {
            self.lineage.conditions.push(masked(condition));
        }
        if let Some(condition) = &select.having {
            self.lineage.conditions.push(format!("HAVING {}", masked(condition)));
        }
        if !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty()) {
            self.lineage.conditions.push("GROUP BY".to_owned());
        }
        let mut outputs = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expression) => outputs.push(self.output(&expression.to_string(), expression)),
                SelectItem::ExprWithAlias { expr, alias } => outputs.push(self.output(&alias.value, expr)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let wanted = last(name).to_lowercase();
                    let sources = local.iter().filter(|(alias, _)| *alias == wanted);
                    outputs.extend(sources.flat_map(|(_, source)| self.all_of(source)));
                }
                SelectItem::Wildcard(_) => {
                    outputs.extend(local.iter().flat_map(|(_, source)| self.all_of(source)));
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {}
            }
        }
        let is_star = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
        let starred: Vec<ColumnRef> = match select.projection.iter().any(is_star) {
            true => outputs.iter().flat_map(|output| output.from.clone()).collect(),
            false => Vec::new(),
        };
        self.lineage.named.extend(starred);
        outputs
    }

    fn output(&mut self, name: &str, expression: &Expr) -> Output {
        let mut from = BTreeSet::new();
        self.carried(expression, &mut from);
        let plain = matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) && from.len() == 1;
        let name = name.rsplit('.').next().unwrap_or(name).trim_matches('`').to_owned();
        Output { name, from, plain }
    }

    fn all_of(&self, source: &Source) -> Vec<Output> {
        match source {
            Source::Derived(outputs) => outputs.clone(),
            Source::Table(database, table) => {
                let columns = self.index.columns(database, table).unwrap_or_default().iter();
                columns
                    .map(|column| Output {
                        name: column.clone(),
                        from: BTreeSet::from([column_ref(database, table, column)]),
                        plain: true,
                    })
                    .collect()
            }
        }
    }

    fn from(&mut self, from: &TableWithJoins, local: &mut Vec<(String, Source)>) {
        self.factor(&from.relation, local);
        for join in &from.joins {
            self.factor(&join.relation, local);
            if !matches!(join.join_operator, JoinOperator::Left(_) | JoinOperator::LeftOuter(_)) {
                self.lineage.conditions.push("JOIN".to_owned());
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor, local: &mut Vec<(String, Source)>) {
        let (alias, source) = match factor {
            TableFactor::Table { name, alias, .. } => {
                let parts: Vec<&str> = name.0.iter().filter_map(|part| Some(part.as_ident()?.value.as_str())).collect();
                let Some((table, database)) = parts.split_last() else { return };
                let shown = alias.as_ref().map_or(*table, |alias| alias.name.value.as_str());
                let derived = database.is_empty().then(|| self.aliases.get(&table.to_lowercase())).flatten();
                let derived =
                    derived.and_then(|known| known.iter().find(|source| matches!(source, Source::Derived(_))));
                let database = database.last().copied().unwrap_or(self.database);
                let source =
                    derived.cloned().unwrap_or_else(|| Source::Table(database.to_owned(), (*table).to_owned()));
                (shown.to_owned(), source)
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let outputs = self.query(subquery);
                let Some(alias) = alias else { return };
                let outputs = renamed(outputs, alias.columns.iter().map(|column| &column.name));
                (alias.name.value.clone(), Source::Derived(outputs))
            }
            TableFactor::NestedJoin { table_with_joins, .. } => return self.from(table_with_joins, local),
            _ => return,
        };
        if let Source::Table(database, table) = &source
            && self.index.columns(database, table).is_some()
        {
            self.lineage.tables.insert((database.clone(), table.clone()));
        }
        local.push((alias.to_lowercase(), source.clone()));
        self.add(&alias, source);
    }

    fn add(&mut self, alias: &str, source: Source) {
        self.aliases.entry(alias.to_lowercase()).or_default().push(source);
    }

    /// The columns whose values are in the value of an expression.
    fn carried(&mut self, expression: &Expr, into: &mut BTreeSet<ColumnRef>) {
        match expression {
            Expr::Identifier(name) => into.extend(self.resolve(std::slice::from_ref(name))),
            Expr::CompoundIdentifier(parts) => into.extend(self.resolve(parts)),
            Expr::Nested(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::Convert { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::Substring { expr: inner, .. }
            | Expr::Trim { expr: inner, .. }
            | Expr::Ceil { expr: inner, .. }
            | Expr::Floor { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::Prefixed { value: inner, .. } => self.carried(inner, into),
            Expr::BinaryOp { left, op, right } => {
                use sqlparser::ast::BinaryOperator::*;
                // What only says whether something holds shows no value.
                if !matches!(
                    op,
                    Gt | Lt | GtEq | LtEq | Spaceship | Eq | NotEq | And | Or | Xor | Regexp | MyIntegerDivide
                ) {
                    self.carried(left, into);
                    self.carried(right, into);
                }
            }
            Expr::Case { conditions, else_result, .. } => {
                conditions.iter().for_each(|branch| self.carried(&branch.result, into));
                else_result.iter().for_each(|result| self.carried(result, into));
            }
            Expr::Subquery(query) => into.extend(self.query(query).into_iter().flat_map(|output| output.from)),
            Expr::Tuple(parts) => parts.iter().for_each(|part| self.carried(part, into)),
            Expr::Function(function) => {
                if !TELLS_NO_VALUE.contains(&last(&function.name).to_lowercase().as_str()) {
                    self.arguments(&function.args, into);
                }
            }
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::RLike { .. }
            | Expr::Exists { .. }
            | Expr::MatchAgainst { .. }
            | Expr::Position { .. }
            | Expr::Value(_) => {}
            // Whatever else it is: all that is named in it.
            other => {
                let _ = visit_expressions(other, |inner| {
                    into.extend(self.named_by(inner));
                    ControlFlow::<()>::Continue(())
                });
            }
        }
    }

    fn arguments(&mut self, arguments: &FunctionArguments, into: &mut BTreeSet<ColumnRef>) {
        match arguments {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => {
                into.extend(self.query(query).into_iter().flat_map(|output| output.from));
            }
            FunctionArguments::List(list) => {
                for argument in &list.args {
                    let (FunctionArg::Unnamed(value)
                    | FunctionArg::Named { arg: value, .. }
                    | FunctionArg::ExprNamed { arg: value, .. }) = argument;
                    if let FunctionArgExpr::Expr(expression) = value {
                        self.carried(expression, into);
                    }
                }
            }
        }
    }

    fn named_by(&self, expression: &Expr) -> BTreeSet<ColumnRef> {
        match expression {
            Expr::Identifier(name) => self.resolve(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(parts) => self.resolve(parts),
            _ => BTreeSet::new(),
        }
    }

    /// The columns that a name stands for.
    fn resolve(&self, parts: &[Ident]) -> BTreeSet<ColumnRef> {
        let mut found = BTreeSet::new();
        let Some((column, before)) = parts.split_last() else { return found };
        let column = column.value.as_str();
        let sources: Vec<&Source> = match before {
            [] => self.aliases.values().flatten().collect(),
            [alias] => self.aliases.get(&alias.value.to_lowercase()).into_iter().flatten().collect(),
            // MySQL writes `database`.`alias`.`column` where the alias is a view's.
            [.., database, table] => {
                let known = self.aliases.get(&table.value.to_lowercase()).into_iter().flatten();
                let is_there = |source: &&Source| matches!(source, Source::Table(of, _) if *of == database.value);
                let aliased: Vec<&Source> = known.filter(is_there).collect();
                if aliased.is_empty() {
                    found.extend(self.column(&database.value, &table.value, column));
                }
                aliased
            }
        };
        for source in sources {
            match source {
                Source::Table(database, table) => found.extend(self.column(database, table, column)),
                Source::Derived(outputs) => {
                    let same = outputs.iter().filter(|output| output.name.eq_ignore_ascii_case(column));
                    found.extend(same.flat_map(|output| output.from.clone()));
                }
            }
        }
        found
    }

    /// The column, spelt as the catalogue does, if the table has it.
    fn column(&self, database: &str, table: &str, column: &str) -> Option<ColumnRef> {
        let columns = self.index.columns(database, table)?;
        let known = columns.iter().find(|known| known.to_lowercase() == column.to_lowercase())?;
        Some(column_ref(database, table, known))
    }

    fn collect_named(&mut self, query: &Query) {
        let mut named = BTreeSet::new();
        let mut functions = BTreeSet::new();
        let _ = visit_expressions(query, |expression| {
            named.extend(self.named_by(expression));
            if let Expr::Function(function) = expression {
                let parts: Vec<&Ident> = function.name.0.iter().filter_map(|part| part.as_ident()).collect();
                match parts.as_slice() {
                    [name] => functions.insert((self.database.to_owned(), name.value.clone())),
                    [.., database, name] => functions.insert((database.value.clone(), name.value.clone())),
                    [] => false,
                };
            }
            ControlFlow::<()>::Continue(())
        });
        self.lineage.named.extend(named);
        self.lineage.functions = functions;
    }
}

pub(super) fn column_ref(database: &str, table: &str, column: &str) -> ColumnRef {
    ColumnRef { database: database.to_owned(), table: table.to_owned(), column: column.to_owned() }
}

/// The last part of a name.
pub(super) fn last(name: &ObjectName) -> &str {
    name.0.last().and_then(|part| part.as_ident()).map_or("", |part| part.value.as_str())
}

fn renamed<'a>(mut outputs: Vec<Output>, names: impl Iterator<Item = &'a Ident>) -> Vec<Output> {
    for (output, name) in outputs.iter_mut().zip(names) {
        output.name.clone_from(&name.value);
    }
    outputs
}

/// A condition without the texts in it.
fn masked(condition: &Expr) -> String {
    let mut condition = condition.clone();
    let _ = visit_expressions_mut(&mut condition, |inner| {
        if let Expr::Value(value) = inner
            && let Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) = &mut value.value
        {
            *text = "…".to_owned();
        }
        ControlFlow::<()>::Continue(())
    });
    condition.to_string()
}

/// Functions whose result tells of a value at most how long it is, whether it is there, or what its
/// hash is.
const TELLS_NO_VALUE: [&str; 24] = [
    "bit_length",
    "char_length",
    "character_length",
    "count",
    "crc32",
    "exists",
    "field",
    "find_in_set",
    "instr",
    "isnull",
    "length",
    "locate",
    "md5",
    "octet_length",
    "ord",
    "password",
    "position",
    "row_number",
    "sha",
    "sha1",
    "sha2",
    "sign",
    "strcmp",
    "uuid",
];
