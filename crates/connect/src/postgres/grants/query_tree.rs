//! What a parsed query reads, and which columns come out of it.

use super::facts::Need;
use super::facts::Oid;
use super::facts::Query;
use super::facts::Shown;
use super::node_tree::Node;

/// Objects below this number are built into the server (`FirstNormalObjectId`).
const FIRST_OWN_OBJECT: Oid = 16_384;

/// Attribute numbers in permission sets are shifted by this (`FirstLowInvalidHeapAttributeNumber`).
const ATTRIBUTE_SHIFT: i64 = 7;

/// The bit of SELECT in `requiredPerms`.
const SELECT_BIT: u64 = 1 << 1;

/// The query of a view's rule; none when the tree is not understood.
pub(super) fn of_rule(text: &str) -> Option<Query> {
    let tree = Node::parse(text)?;
    let query = tree.items().first()?;
    (query.label() == "QUERY").then(|| of_queries(&[query]))
}

/// What a function with a parsed body does: a list of lists of queries, or the one of `RETURN`.
pub(super) fn of_body(text: &str) -> Option<Query> {
    let tree = Node::parse(text)?;
    let mut queries = Vec::new();
    let mut rest = vec![&tree];
    while let Some(node) = rest.pop() {
        match node.label() {
            "QUERY" => queries.push(node),
            _ => rest.extend(node.items().iter().rev()),
        }
    }
    (!queries.is_empty()).then(|| of_queries(&queries))
}

/// All of `queries` are run, the last one's rows come out.
fn of_queries(queries: &[&Node]) -> Query {
    let mut found = Query::default();
    for query in queries {
        gather(query, &mut found, 0);
    }
    if let Some(last) = queries.last() {
        let outputs = if last.field("commandType").number::<u8>() == 1 { "targetList" } else { "returningList" };
        found.filters = filters(last, 0);
        for (index, target) in visible(last.field(outputs)).enumerate() {
            let mut from = Vec::new();
            match outputs {
                "targetList" => output(&[last], index, &mut from, 0),
                _ => shown(target.field("expr"), &[last], &mut from, 0),
            }
            from.sort_unstable();
            from.dedup();
            let output = i16::try_from(index + 1).unwrap_or(i16::MAX);
            found.shows.push(Shown { output, from });
        }
    }
    found.calls.sort_unstable();
    found.calls.dedup();
    found
}

/// Deeper nesting is not followed.
const DEEPEST: usize = 1000;

/// What must be readable, what is called and changed, anywhere in the tree.
fn gather(node: &Node, found: &mut Query, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match node.label() {
        // Up to version 15 the entry itself says what it needs, from 16 on a list beside it.
        "RTE" | "RANGETBLENTRY" | "RTEPERMISSIONINFO" => {
            let relation: Oid = node.field("relid").number();
            let reads = node.field("requiredPerms").number::<u64>() & SELECT_BIT != 0;
            if relation != 0 && reads {
                let columns = node.field("selectedCols").numbers().map(|bit| bit - ATTRIBUTE_SHIFT);
                let columns = columns.filter(|column| *column >= 0).filter_map(|column| i16::try_from(column).ok());
                found.needs.push(Need { relation, columns: columns.collect() });
            }
        }
        "FUNCEXPR" => {
            let function: Oid = node.field("funcid").number();
            if function >= FIRST_OWN_OBJECT {
                found.calls.push(function);
            }
        }
        "QUERY" if node.field("commandType").number::<u8>() > 1 => {
            let index: usize = node.field("resultRelation").number();
            let entry = index.checked_sub(1).and_then(|index| node.field("rtable").items().get(index));
            found.writes.extend(entry.map(|entry| entry.field("relid").number::<Oid>()));
        }
        _ => {}
    }
    for child in node.children() {
        gather(child, found, depth + 1);
    }
}

/// Output columns, without those that only sorting or grouping needs.
fn visible(targets: &Node) -> impl Iterator<Item = &Node> {
    targets.items().iter().filter(|target| !target.field("resjunk").is_true())
}

/// The columns behind output `index` of the innermost of `scopes`.
fn output(scopes: &[&Node], index: usize, from: &mut Vec<(Oid, i16)>, depth: usize) {
    let Some(query) = scopes.last() else { return };
    if depth > DEEPEST {
        return;
    }
    if !query.field("setOperations").is_null() {
        // UNION and the like: every branch stands among the tables as a subquery.
        for entry in query.field("rtable").items() {
            let subquery = entry.field("subquery");
            if !subquery.is_null() {
                output(&[scopes, &[subquery]].concat(), index, from, depth + 1);
            }
        }
        return;
    }
    if let Some(target) = visible(query.field("targetList")).nth(index) {
        shown(target.field("expr"), scopes, from, depth + 1);
    }
}

/// The columns whose values can be read off an expression. What merely tells whether something is so,
/// or keeps a part or a digest of a value, does not show the value.
fn shown(expression: &Node, scopes: &[&Node], from: &mut Vec<(Oid, i16)>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match expression.label() {
        "VAR" => variable(expression, scopes, from, depth + 1),
        "FUNCEXPR" if is_reducing(expression.field("funcid").number()) || is_boolean(expression, "funcresulttype") => {}
        "OPEXPR" if is_boolean(expression, "opresulttype") => {}
        "AGGREF" if is_reducing(expression.field("aggfnoid").number()) => {}
        "WINDOWFUNC" if is_reducing(expression.field("winfnoid").number()) => {}
        "NULLTEST" | "BOOLEANTEST" | "SCALARARRAYOPEXPR" | "DISTINCTEXPR" | "ROWCOMPAREEXPR" | "BOOLEXPR" => {}
        "SUBLINK" => {
            // EXISTS, ALL and ANY only tell whether.
            let kind: u8 = expression.field("subLinkType").number();
            let subquery = expression.field("subselect");
            if kind >= 4 {
                output(&[scopes, &[subquery]].concat(), 0, from, depth + 1);
            }
        }
        // `CASE email WHEN …` compares its argument and does not show it.
        "CASEEXPR" => {
            for when in expression.field("args").items() {
                shown(when.field("result"), scopes, from, depth + 1);
            }
            shown(expression.field("defresult"), scopes, from, depth + 1);
        }
        _ => {
            for child in expression.children() {
                shown(child, scopes, from, depth + 1);
            }
        }
    }
}

fn is_boolean(expression: &Node, field: &str) -> bool {
    const BOOLEAN: Oid = 16;
    expression.field(field).number::<Oid>() == BOOLEAN
}

fn variable(variable: &Node, scopes: &[&Node], from: &mut Vec<(Oid, i16)>, depth: usize) {
    let up: usize = variable.field("varlevelsup").number();
    let Some(level) = scopes.len().checked_sub(up + 1) else { return };
    let scopes = &scopes[..=level];
    let query = scopes[level];
    let index: usize = variable.field("varno").number();
    let Some(entry) = index.checked_sub(1).and_then(|index| query.field("rtable").items().get(index)) else { return };
    let column: i16 = variable.field("varattno").number();
    let place = usize::try_from(column).ok().and_then(|column| column.checked_sub(1));
    let outputs = |of: &Node| match place {
        Some(place) => place..place + 1,
        None => 0..visible(of.field("targetList")).count(),
    };
    match entry.field("rtekind").number::<u8>() {
        0 if column >= 0 => from.push((entry.field("relid").number(), column)),
        1 => {
            let subquery = entry.field("subquery");
            for place in outputs(subquery) {
                output(&[scopes, &[subquery]].concat(), place, from, depth + 1);
            }
        }
        2 => aliases(entry.field("joinaliasvars"), place, scopes, from, depth),
        6 => {
            let up: usize = entry.field("ctelevelsup").number();
            let Some(level) = scopes.len().checked_sub(up + 1) else { return };
            let name = entry.field("ctename").word();
            let tables = scopes[level].field("cteList").items().iter();
            let Some(table) = tables.into_iter().find(|table| table.field("ctename").word() == name) else { return };
            let query = table.field("ctequery");
            // A recursive one comes back to itself; its first branch has said what there is to say.
            if scopes.iter().any(|scope| std::ptr::eq(*scope, query)) {
                return;
            }
            for place in outputs(query) {
                output(&[&scopes[..=level], &[query]].concat(), place, from, depth + 1);
            }
        }
        9 => aliases(entry.field("groupexprs"), place, scopes, from, depth),
        // Functions and VALUES: what goes in may come out.
        3 => shown(entry.field("functions"), scopes, from, depth + 1),
        4 => shown(entry.field("tablefunc"), scopes, from, depth + 1),
        5 => shown(entry.field("values_lists"), scopes, from, depth + 1),
        _ => {}
    }
}

fn aliases(list: &Node, place: Option<usize>, scopes: &[&Node], from: &mut Vec<(Oid, i16)>, depth: usize) {
    let items = list.items();
    let wanted = match place {
        Some(place) => items.get(place..=place).unwrap_or_default(),
        None => items,
    };
    for item in wanted {
        shown(item, scopes, from, depth + 1);
    }
}

/// Whether rows of what a query reads may be left out or merged.
fn filters(query: &Node, depth: usize) -> bool {
    let tables = query.field("rtable").items();
    if depth > DEEPEST {
        return true;
    }
    if !query.field("setOperations").is_null() {
        return !is_union_all(query.field("setOperations"))
            || tables
                .iter()
                .any(|entry| !entry.field("subquery").is_null() && filters(entry.field("subquery"), depth + 1));
    }
    let narrows = ["groupClause", "groupingSets", "havingQual", "distinctClause", "limitCount", "limitOffset"];
    if narrows.iter().any(|field| !query.field(field).is_null()) || query.field("hasAggs").is_true() {
        return true;
    }
    let tree = query.field("jointree");
    let [table] = tree.field("fromlist").items() else { return true };
    if !tree.field("quals").is_null() || table.label() != "RANGETBLREF" {
        return true;
    }
    let index: usize = table.field("rtindex").number();
    let Some(entry) = index.checked_sub(1).and_then(|index| tables.get(index)) else { return true };
    match entry.field("rtekind").number::<u8>() {
        0 => !entry.field("tablesample").is_null(),
        1 => filters(entry.field("subquery"), depth + 1),
        _ => true,
    }
}

fn is_union_all(operation: &Node) -> bool {
    match operation.label() {
        "SETOPERATIONSTMT" => {
            operation.field("op").number::<u8>() == 1
                && operation.field("all").is_true()
                && is_union_all(operation.field("larg"))
                && is_union_all(operation.field("rarg"))
        }
        "RANGETBLREF" => true,
        _ => false,
    }
}

/// Functions and aggregates whose result does not hold the whole value any more: digests, lengths,
/// parts, replacements, counts, sums. Numbers of `pg_proc.dat`, the same in all versions; the names are
/// in [`super::body::REDUCING`].
fn is_reducing(function: Oid) -> bool {
    const PARTS: &[Oid] = &[
        // md5, sha224 to sha512, hashtext
        2311, 2321, 3419, 3420, 3421, 3422, 400, // left, right, substr, substring, split_part, overlay
        3060, 3061, 877, 883, 936, 937, 2012, 2013, 2073, 2074, 2088, 749, 752, 1404, 1405,
        // regexp_replace, regexp_substr, regexp_matches, replace, translate
        2284, 2285, 6251, 6252, 6253, 2763, 2764, 3396, 3397, 2087, 878, // length and its kin, strpos, ascii
        1317, 1318, 1257, 1372, 1381, 1374, 1375, 720, 868, 849, 1620, // date_part, extract, date_trunc, age
        1171, 1384, 1385, 2021, 6199, 6200, 6202, 6203, 6204, 1217, 2020, 1284, 1199, 2058, 2059, 1386, 1181,
        // count, sum, avg, stddev, variance
        2147, 2803, 2100, 2101, 2102, 2103, 2104, 2105, 2106, 2107, 2108, 2109, 2110, 2111, 2112, 2113, 2114,
    ];
    PARTS.contains(&function)
}
