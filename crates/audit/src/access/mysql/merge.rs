//! Views that the server merges into the query that reads them.

use std::ops::ControlFlow;

use sqlparser::ast::Expr;
use sqlparser::ast::GroupByExpr;
use sqlparser::ast::Query;
use sqlparser::ast::SetExpr;
use sqlparser::ast::visit_expressions;

use super::lineage::last;

/// Whether the server can put the tables of a view with this query in its place: not when rows are put
/// together, counted out or looked up one by one.
pub(super) fn merges(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let mut plain = true;
    for item in &select.projection {
        let _ = visit_expressions(item, |expression| {
            plain &= match expression {
                Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => false,
                Expr::Function(function) => {
                    function.over.is_none() && !AGGREGATES.contains(&last(&function.name).to_lowercase().as_str())
                }
                _ => true,
            };
            ControlFlow::<()>::Continue(())
        });
    }
    plain
        && !grouped
        && select.having.is_none()
        && select.distinct.is_none()
        && query.limit_clause.is_none()
        && query.with.is_none()
        && !select.from.is_empty()
}

const AGGREGATES: [&str; 17] = [
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "count",
    "group_concat",
    "json_arrayagg",
    "json_objectagg",
    "max",
    "min",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var_pop",
    "variance",
];
