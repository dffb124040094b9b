//! What comes out of views and functions: columns of tables, read as somebody else.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Arc;

use dataward_connect::postgres::grants::Body;
use dataward_connect::postgres::grants::Function;
use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::Query;
use dataward_connect::postgres::grants::Relation;
use dataward_connect::postgres::grants::RelationKind;
use dataward_connect::postgres::grants::Statement;

use super::rights::Rights;
use super::role_set::RoleSet;
use super::rows::Conditions;
use super::rows::Seen;

/// A column of a table that comes out of a view or function.
#[derive(Clone, Debug)]
pub(super) struct Exposure {
    /// Its place among the relations.
    pub(super) table: usize,
    /// The column's number.
    pub(super) column: i16,
    /// For whom it works.
    pub(super) who: RoleSet,
    /// Row security on the way.
    pub(super) conditions: Conditions,
    /// Whether the view or function leaves rows out.
    pub(super) filtered: bool,
    /// Whether whoever asks must have the right to the table themselves, and is spared looking it up.
    pub(super) asks: bool,
}

/// Works out what views and functions show.
#[derive(Debug)]
pub(super) struct Exposures<'a> {
    rights: &'a Rights<'a>,
    /// By relation: who sees which rows under their own name.
    seen: &'a [Seen],
    by_oid: &'a HashMap<Oid, usize>,
    /// By relation: the tables whose rows it includes, at any depth.
    below: &'a HashMap<usize, Vec<usize>>,
    functions: HashMap<Oid, usize>,
    functions_by_name: HashMap<&'a str, Vec<usize>>,
    relations_by_name: HashMap<&'a str, Vec<usize>>,
    works: RefCell<HashMap<usize, RoleSet>>,
    #[expect(clippy::type_complexity, reason = "a memory of answers, by view and column")]
    outputs: RefCell<HashMap<(usize, i16), Arc<[Exposure]>>>,
    /// Outputs that hang on one that is being worked out, with the place of the first of these: what they lack reaches
    /// that one by the way that is open.
    #[expect(clippy::type_complexity, reason = "a memory of answers, by view and column")]
    unfinished: RefCell<HashMap<(usize, i16), (usize, Arc<[Exposure]>)>>,
    /// The outputs that are being worked out, each for the one before it.
    under_way: RefCell<Vec<(usize, i16)>>,
    /// The first of these that turned out to be made of itself.
    ring: Cell<usize>,
    nothing: Conditions,
}

/// As whom a query reads.
#[derive(Clone, Copy)]
enum Reader {
    /// As this role; none: a role that is gone.
    Fixed(Option<usize>),
    /// As whoever asks.
    Asker,
}

/// Views on views are followed so far. The server itself gives up before that.
const DEEPEST: usize = 256;

impl<'a> Exposures<'a> {
    pub(super) fn new(
        rights: &'a Rights<'a>,
        seen: &'a [Seen],
        by_oid: &'a HashMap<Oid, usize>,
        below: &'a HashMap<usize, Vec<usize>>,
    ) -> Self {
        let facts = rights.facts;
        let mut functions_by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, function) in facts.functions.iter().enumerate() {
            functions_by_name.entry(&function.name).or_default().push(index);
        }
        let mut relations_by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, relation) in facts.relations.iter().enumerate() {
            relations_by_name.entry(&relation.name).or_default().push(index);
        }
        Self {
            rights,
            seen,
            by_oid,
            below,
            functions: facts.functions.iter().enumerate().map(|(index, function)| (function.oid, index)).collect(),
            functions_by_name,
            relations_by_name,
            works: RefCell::default(),
            outputs: RefCell::default(),
            unfinished: RefCell::default(),
            under_way: RefCell::default(),
            ring: Cell::new(usize::MAX),
            nothing: Conditions::from([]),
        }
    }

    /// For whom a view runs through without being refused something on the way. Its own access list is
    /// not looked at.
    pub(super) fn works(&self, view: usize) -> RoleSet {
        self.works_at(view, 0)
    }

    fn works_at(&self, view: usize, depth: usize) -> RoleSet {
        if let Some(known) = self.works.borrow().get(&view) {
            return known.clone();
        }
        // A view that reads itself works for nobody.
        self.works.borrow_mut().insert(view, self.rights.roles.none());
        let relation = &self.rights.facts.relations[view];
        let mut who = self.rights.roles.everyone.clone();
        match (&relation.query, relation.kind) {
            (Some(query), RelationKind::View) if depth < DEEPEST => {
                let reader = self.reader(relation);
                self.keep_allowed(&mut who, query, reader, depth);
            }
            (_, RelationKind::Materialised) if !relation.populated => who = self.rights.roles.none(),
            _ => {}
        }
        self.works.borrow_mut().insert(view, who.clone());
        who
    }

    fn reader(&self, view: &Relation) -> Reader {
        if view.security_invoker { Reader::Asker } else { Reader::Fixed(self.rights.roles.index(view.owner)) }
    }

    /// Keeps those for whom every need of `query` is met.
    fn keep_allowed(&self, who: &mut RoleSet, query: &Query, reader: Reader, depth: usize) {
        for need in &query.needs {
            let Some(index) = self.by_oid.get(&need.relation).copied() else { continue };
            let relation = &self.rights.facts.relations[index];
            let allowed = self.rights.on_columns(relation, &need.columns);
            match reader {
                Reader::Asker => who.keep(&allowed),
                Reader::Fixed(role) if role.is_some_and(|role| allowed.contains(role)) => {}
                Reader::Fixed(_) => *who = self.rights.roles.none(),
            }
            // The view inside runs for whoever asks, where it is one that asks them, whoever reads it.
            if relation.kind == RelationKind::View {
                who.keep(&self.works_at(index, depth + 1));
            }
        }
    }

    /// What comes out of a column of a view or materialised view.
    pub(super) fn outputs(&self, view: usize, column: i16) -> Arc<[Exposure]> {
        self.outputs_at(view, column, 0)
    }

    fn outputs_at(&self, view: usize, column: i16, depth: usize) -> Arc<[Exposure]> {
        if let Some(known) = self.outputs.borrow().get(&(view, column)) {
            return Arc::clone(known);
        }
        let before = self.under_way.borrow().iter().position(|one| *one == (view, column));
        if let Some(before) = before {
            // A copy may be made of what reads it: nothing more comes out of it that way.
            self.ring.set(self.ring.get().min(before));
            return Arc::from([]);
        }
        if let Some((ring, known)) = self.unfinished.borrow().get(&(view, column)) {
            self.ring.set(self.ring.get().min(*ring));
            return Arc::clone(known);
        }
        let place = self.under_way.borrow().len();
        self.under_way.borrow_mut().push((view, column));
        let outer = self.ring.replace(usize::MAX);
        let found = self.work_out(view, column, depth);
        self.under_way.borrow_mut().pop();
        let is_whole = self.ring.get() >= place;
        if is_whole {
            // What hung on this one is worked out anew when it is asked for.
            self.unfinished.borrow_mut().retain(|_, (ring, _)| *ring < place);
            self.outputs.borrow_mut().insert((view, column), Arc::clone(&found));
        } else {
            self.unfinished.borrow_mut().insert((view, column), (self.ring.get(), Arc::clone(&found)));
        }
        self.ring.set(outer.min(if is_whole { usize::MAX } else { self.ring.get() }));
        found
    }

    fn work_out(&self, view: usize, column: i16, depth: usize) -> Arc<[Exposure]> {
        let relation = &self.rights.facts.relations[view];
        let mut found = Vec::new();
        if let (Some(query), true) = (&relation.query, depth < DEEPEST) {
            let works = self.works_at(view, depth);
            let is_copy = relation.kind == RelationKind::Materialised;
            let reader =
                if is_copy { Reader::Fixed(self.rights.roles.index(relation.owner)) } else { self.reader(relation) };
            // Columns of views are numbered as the outputs of their query.
            let sources = query.shows.iter().filter(|shown| shown.output == column).flat_map(|shown| &shown.from);
            for (oid, number) in sources {
                for mut exposure in self.column(*oid, *number, reader, depth + 1) {
                    if is_copy {
                        // What the owner comes to see is copied, also through a view that asks whoever reads it.
                        if !self.rights.roles.index(relation.owner).is_some_and(|owner| exposure.who.contains(owner)) {
                            continue;
                        }
                        // The rows are there, whoever may read what they were made of, and whoever was asked then.
                        exposure.who = works.clone();
                        exposure.asks = false;
                    } else {
                        exposure.who.keep(&works);
                    }
                    exposure.filtered |= query.filters;
                    found.push(exposure);
                }
            }
            if relation.holds_rows {
                let mut copied = Vec::new();
                self.copied(query, column, &mut HashSet::new(), &mut copied);
                for (table, column) in copied {
                    if found.iter().all(|known: &Exposure| (known.table, known.column) != (table, column)) {
                        let (who, conditions) = (works.clone(), Arc::clone(&self.nothing));
                        found.push(Exposure { table, column, who, conditions, filtered: true, asks: false });
                    }
                }
            }
            for function in query.calls.iter().filter_map(|oid| self.functions.get(oid)) {
                let called = &self.rights.facts.functions[*function];
                if called.definer && !is_copy {
                    let who = works.and(&self.rights.on_function(called));
                    let owner = self.rights.roles.index(called.owner);
                    found.extend(self.run(*function, owner, depth + 1).into_iter().map(|exposure| Exposure {
                        who: who.clone(),
                        filtered: true,
                        ..exposure
                    }));
                }
            }
            found.retain(|exposure| !exposure.who.is_empty());
        }
        found.into()
    }

    /// The columns of tables that an output of a copy came from, whoever may see them now: what was stored stays
    /// readable when row security is switched on, or a right taken away, until the copy is filled anew.
    fn copied(&self, query: &Query, output: i16, seen: &mut HashSet<(usize, i16)>, found: &mut Vec<(usize, i16)>) {
        let relations = &self.rights.facts.relations;
        for (oid, number) in query.shows.iter().filter(|shown| shown.output == output).flat_map(|shown| &shown.from) {
            let Some(index) = self.by_oid.get(oid).copied() else { continue };
            for column in relations[index].columns.iter().filter(|one| *number == 0 || one.number == *number) {
                if !seen.insert((index, column.number)) {
                    continue;
                }
                match (&relations[index].query, relations[index].kind) {
                    (Some(inner), RelationKind::View | RelationKind::Materialised) => {
                        self.copied(inner, column.number, seen, found);
                    }
                    _ => {
                        found.push((index, column.number));
                        found.extend(self.same_below(index, column.number));
                    }
                }
            }
        }
    }

    /// What a column of a relation shows when `reader` reads it; column 0 is the whole row.
    fn column(&self, oid: Oid, number: i16, reader: Reader, depth: usize) -> Vec<Exposure> {
        let Some(index) = self.by_oid.get(&oid).copied() else { return Vec::new() };
        let relation = &self.rights.facts.relations[index];
        let numbers: Vec<i16> = match number {
            0 => relation.columns.iter().map(|column| column.number).collect(),
            number => vec![number],
        };
        let mut found = Vec::new();
        for number in numbers {
            match relation.kind {
                RelationKind::View => found.extend(self.outputs_at(index, number, depth).iter().cloned()),
                RelationKind::Materialised => {
                    found.extend(self.table(index, number, reader));
                    found.extend(self.outputs_at(index, number, depth).iter().cloned());
                }
                _ => found.extend(self.table(index, number, reader)),
            }
        }
        found
    }

    /// A column of a table, and the same column of the tables whose rows it includes.
    fn table(&self, index: usize, number: i16, reader: Reader) -> Vec<Exposure> {
        let seen = &self.seen[index];
        let everyone = &self.rights.roles.everyone;
        let asks = matches!(reader, Reader::Asker);
        let parts: Vec<(Conditions, RoleSet)> = match reader {
            Reader::Asker => {
                let mut parts = vec![(Arc::clone(&self.nothing), seen.all.clone())];
                parts.extend(seen.some.iter().cloned());
                parts
            }
            Reader::Fixed(None) => Vec::new(),
            Reader::Fixed(Some(role)) if seen.all.contains(role) => vec![(Arc::clone(&self.nothing), everyone.clone())],
            Reader::Fixed(Some(role)) => {
                let mine = seen.some.iter().filter(|(_, who)| who.contains(role));
                mine.map(|(conditions, _)| (Arc::clone(conditions), everyone.clone())).collect()
            }
        };
        let places = std::iter::once((index, number)).chain(self.same_below(index, number));
        let places: Vec<(usize, i16)> = places.collect();
        parts
            .into_iter()
            .flat_map(|(conditions, who)| {
                places.iter().map(move |(table, column)| Exposure {
                    table: *table,
                    column: *column,
                    who: who.clone(),
                    conditions: Arc::clone(&conditions),
                    filtered: false,
                    asks,
                })
            })
            .collect()
    }

    fn same_below(&self, index: usize, number: i16) -> impl Iterator<Item = (usize, i16)> {
        let relations = &self.rights.facts.relations;
        let name = relations[index].columns.iter().find(|column| column.number == number).map(|column| &column.name);
        self.below.get(&index).into_iter().flatten().filter_map(move |below| {
            let same = relations[*below].columns.iter().find(|column| Some(&column.name) == name)?;
            Some((*below, same.number))
        })
    }

    /// What comes out of a function that runs as whoever calls it. The server looked its tables up when it
    /// was made, so USAGE on their schemas is not asked for.
    pub(super) fn run_for_asker(&self, query: &Query) -> Vec<Exposure> {
        let mut who = self.rights.roles.everyone.clone();
        self.keep_allowed(&mut who, query, Reader::Asker, 0);
        let shown = query.shows.iter().flat_map(|shown| &shown.from);
        let mut found: Vec<Exposure> =
            shown.flat_map(|(oid, number)| self.column(*oid, *number, Reader::Asker, 1)).collect();
        for exposure in &mut found {
            exposure.who.keep(&who);
            exposure.filtered |= query.filters;
        }
        found
    }

    /// What comes out of a function that runs as `role`, and of all that it calls: each is gone through once, however
    /// often they call each other.
    pub(super) fn run(&self, function: usize, role: Option<usize>, depth: usize) -> Vec<Exposure> {
        let mut found = Vec::new();
        let mut known: HashSet<(usize, usize)> = role.map(|role| (function, role)).into_iter().collect();
        let mut rest: VecDeque<(usize, usize)> = known.iter().copied().collect();
        while let Some((function, role)) = rest.pop_front() {
            let called = &self.rights.facts.functions[function];
            if called.shows_nothing || depth >= DEEPEST {
                continue;
            }
            let calls = match &called.body {
                Body::Unknown => continue,
                Body::Parsed(query) => self.run_parsed(query, role, depth, &mut found),
                Body::Dynamic(statements) | Body::Text(statements) => {
                    let run = |statement| self.run_statement(called, statement, role, depth, &mut found);
                    statements.iter().flat_map(run).collect()
                }
            };
            for call in calls {
                let called = &self.rights.facts.functions[call];
                if !self.rights.on_function(called).contains(role) {
                    continue;
                }
                let role = if called.definer { self.rights.roles.index(called.owner) } else { Some(role) };
                rest.extend(role.map(|role| (call, role)).filter(|call| known.insert(*call)));
            }
        }
        found
    }

    /// Adds what a query shows to `role`; the functions that it calls.
    fn run_parsed(&self, query: &Query, role: usize, depth: usize, found: &mut Vec<Exposure>) -> Vec<usize> {
        let mut who = self.rights.roles.none();
        who.insert(role);
        let reader = Reader::Fixed(Some(role));
        self.keep_allowed(&mut who, query, reader, depth);
        if who.is_empty() {
            return Vec::new();
        }
        let shown = query.shows.iter().flat_map(|shown| &shown.from);
        let shown = shown.flat_map(|(oid, number)| self.column(*oid, *number, reader, depth + 1));
        found.extend(shown.filter(|exposure| exposure.who.contains(role)).map(|mut exposure| {
            exposure.filtered |= query.filters;
            exposure
        }));
        query.calls.iter().filter_map(|oid| self.functions.get(oid)).copied().collect()
    }

    /// Adds what a statement in the text of a function shows to `role`; the functions that it may call.
    fn run_statement(
        &self,
        of: &Function,
        statement: &Statement,
        role: usize,
        depth: usize,
        found: &mut Vec<Exposure>,
    ) -> Vec<usize> {
        for (schema, name) in &statement.reads {
            for index in self.resolve(of, schema.as_deref(), name, role) {
                let relation = &self.rights.facts.relations[index];
                let picked = |names: &Option<Vec<String>>| -> Vec<i16> {
                    let wanted = |name: &String| names.as_ref().is_none_or(|names| names.contains(name));
                    relation.columns.iter().filter(|column| wanted(&column.name)).map(|column| column.number).collect()
                };
                if !self.rights.on_columns(relation, &picked(&statement.names)).contains(role)
                    || !self.works_at(index, depth + 1).contains(role)
                {
                    continue;
                }
                for number in picked(&statement.shows) {
                    let out = self.column(relation.oid, number, Reader::Fixed(Some(role)), depth + 1);
                    found.extend(out.into_iter().filter(|exposure| exposure.who.contains(role)).map(|mut exposure| {
                        exposure.filtered |= statement.filters;
                        exposure
                    }));
                }
            }
        }
        let named = |(schema, name): &(Option<String>, String)| {
            let named = self.functions_by_name.get(name.as_str()).into_iter().flatten().copied();
            let schema = schema.clone();
            named.filter(move |called| self.is_in(self.rights.facts.functions[*called].schema, schema.as_deref()))
        };
        statement.calls.iter().flat_map(named).collect()
    }

    fn is_in(&self, schema: usize, name: Option<&str>) -> bool {
        name.is_none_or(|name| self.rights.facts.schemas[schema].name == name)
    }

    /// The relations that a name in the text of a function may mean to `role`. Without a search path of
    /// its own whoever calls chooses one, so it may mean any.
    fn resolve(&self, of: &Function, schema: Option<&str>, name: &str, role: usize) -> Vec<usize> {
        let facts = self.rights.facts;
        let named = self.relations_by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let usable = |index: &&usize| self.rights.usage(facts.relations[**index].schema).contains(role);
        let mut usable = named.iter().filter(usable);
        match (schema, &of.search_path) {
            (Some(schema), _) => {
                usable.filter(|index| self.is_in(facts.relations[**index].schema, Some(schema))).copied().collect()
            }
            (None, None) => usable.copied().collect(),
            (None, Some(path)) => {
                let usable: Vec<usize> = usable.by_ref().copied().collect();
                let owner = self.rights.roles.index(of.owner).map(|owner| facts.roles[owner].name.as_str());
                let path = path.iter().map(|schema| if schema == "$user" { owner.unwrap_or_default() } else { schema });
                let mut path = path;
                path.find_map(|schema| {
                    usable.iter().find(|index| self.is_in(facts.relations[**index].schema, Some(schema)))
                })
                .map(|index| vec![*index])
                .unwrap_or_default()
            }
        }
    }
}
