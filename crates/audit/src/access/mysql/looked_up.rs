//! What a query names elsewhere than in its list of results.
//!
//! MySQL 9.7 asks about these columns of a definer's view once more, where the definer has no active roles and reads
//! them by lines on tables or columns alone. Then the session that asks decides:
//! * it reads the table by a line on everything or on the database: the view works;
//! * it has active roles: the view fails, whatever lines on the table anybody has;
//! * it has a line of its own on the table: that line has to give SELECT on the columns;
//! * else the view works.
//!
//! Whether that goes for a subquery depends on how the server rewrites it, so of those only values in the list of
//! results and tables made by a subquery count: elsewhere the view is taken to work.

use std::ops::ControlFlow;

use sqlparser::ast::Expr;
use sqlparser::ast::GroupByExpr;
use sqlparser::ast::JoinConstraint;
use sqlparser::ast::JoinOperator;
use sqlparser::ast::OrderByKind;
use sqlparser::ast::Query;
use sqlparser::ast::Select;
use sqlparser::ast::SelectItem;
use sqlparser::ast::SetExpr;
use sqlparser::ast::TableFactor;
use sqlparser::ast::Visit;
use sqlparser::ast::Visitor;
use sqlparser::ast::WindowType;

/// The names themselves.
pub(super) fn expressions(query: &Query) -> Vec<Expr> {
    let mut names = Names { depth: 0, found: Vec::new() };
    let SetExpr::Select(select) = query.body.as_ref() else { return names.found };
    names.outside_results(query, select);
    for item in &select.projection {
        if let SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } = item {
            let _ = expression.visit(&mut Results { names: &mut names });
        }
    }
    names.found
}

/// Collects names that stand in no further subquery.
struct Names {
    depth: u32,
    found: Vec<Expr>,
}

impl Names {
    fn outside_results(&mut self, query: &Query, select: &Select) {
        let _ = select.selection.visit(self);
        let _ = select.having.visit(self);
        if let GroupByExpr::Expressions(by, _) = &select.group_by {
            let _ = by.visit(self);
        }
        if let Some(OrderByKind::Expressions(by)) = query.order_by.as_ref().map(|order| &order.kind) {
            let _ = by.visit(self);
        }
        for from in &select.from {
            let tables = std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation));
            for table in tables {
                if let TableFactor::Derived { subquery, .. } = table
                    && let SetExpr::Select(inner) = subquery.body.as_ref()
                {
                    self.outside_results(subquery, inner);
                }
            }
        }
        for join in select.from.iter().flat_map(|from| &from.joins) {
            if let JoinOperator::Join(JoinConstraint::On(on))
            | JoinOperator::Inner(JoinConstraint::On(on))
            | JoinOperator::Left(JoinConstraint::On(on))
            | JoinOperator::LeftOuter(JoinConstraint::On(on))
            | JoinOperator::Right(JoinConstraint::On(on))
            | JoinOperator::RightOuter(JoinConstraint::On(on)) = &join.join_operator
            {
                let _ = on.visit(self);
            }
        }
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if self.depth == 0 && matches!(expression, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            self.found.push(expression.clone());
        }
        ControlFlow::Continue(())
    }
}

/// Looks for subqueries and windows in the list of results.
struct Results<'n> {
    names: &'n mut Names,
}

impl Visitor for Results<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Subquery(query) => {
                if let SetExpr::Select(select) = query.body.as_ref() {
                    self.names.outside_results(query, select);
                    let _ = select.projection.visit(self.names);
                }
            }
            Expr::Function(function) => {
                if let Some(WindowType::WindowSpec(window)) = &function.over {
                    let _ = window.visit(self.names);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
