//! How much of what a business has to show is shown. docs/book/findings.md explains the formula.
//!
//! For each table with personal data and each audit stage there is something to show: that it is
//! declared, that only those read it who may, that it is right, encrypted where it lies and on the way.
//! It is *shown* when the stage ran to its end when it was due and nothing of it is open at the table.
//! It is *wrong* when something is open, *accepted* when someone answers for leaving it, and *unknown* when
//! nobody has looked, or too long ago: what is not known is not shown. Each counts by how sensitive the
//! table is and how many people are in it, as findings do.

use dataward_model::Place;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_policy::AuditStage;

use crate::Exposure;
use crate::HeldTable;
use crate::checks;
use crate::risk;

/// A finding that is open or accepted, as far as the score goes.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The check, as `stage/check`.
    pub check: &'a str,
    /// Where.
    pub place: &'a Place,
    /// How grave it is.
    pub severity: Severity,
    /// Whether someone answers for leaving it as it is.
    pub accepted: bool,
}

/// Weights of what is shown, wrong, accepted and unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Looked at in time, and nothing is wrong.
    pub shown: u64,
    /// Something is wrong.
    pub wrong: u64,
    /// Something is wrong, and someone answers for leaving it.
    pub accepted: u64,
    /// Nobody looked, or too long ago.
    pub unknown: u64,
}

/// How much is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Over all stages.
    pub whole: Shares,
    /// By stage, in the order of the roadmap.
    pub stages: Vec<(AuditStage, Shares)>,
    /// The gravest open finding: it caps the points.
    pub worst: Option<Severity>,
    /// By check, what would be shown in addition if it found nothing more; greatest first.
    gains: Vec<(String, u64)>,
}

/// With something critical open, no more points than this.
pub const CAP_CRITICAL: u64 = 49;
/// With something grave open, no more points than this.
pub const CAP_HIGH: u64 = 79;

impl Shares {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.shown + self.wrong + self.accepted + self.unknown
    }

    /// `part` of all in per cent, rounded down.
    pub fn percent(&self, part: u64) -> u64 {
        (part * 100).checked_div(self.total()).unwrap_or(0)
    }

    /// The same in per cent, which come to 100 where there is anything: what is shown is rounded down, and
    /// what rounding leaves over goes to the others, to those first that lost most.
    pub fn in_percent(&self) -> Self {
        let total = self.total();
        if total == 0 {
            return Self::default();
        }
        let shown = self.percent(self.shown);
        let others = [self.wrong, self.accepted, self.unknown];
        let mut percent = others.map(|part| self.percent(part));
        let left = 100 - shown - percent.iter().sum::<u64>();
        let mut by_loss = [0, 1, 2];
        by_loss.sort_by_key(|at| std::cmp::Reverse(others[*at] * 100 % total));
        let takers = by_loss.into_iter().filter(|at| others[*at] > 0);
        takers.take(left as usize).for_each(|at| percent[at] += 1);
        let [wrong, accepted, unknown] = percent;
        Self { shown, wrong, accepted, unknown }
    }

    fn add(&mut self, other: Self) {
        self.shown += other.shown;
        self.wrong += other.wrong;
        self.accepted += other.accepted;
        self.unknown += other.unknown;
    }
}

impl Score {
    /// Of `tables`, where the stages in `current` ran to their end and are not overdue. None when there is
    /// nothing to show. Of tables in the sources of `local`, which are reached over no network, nothing is to be shown on
    /// the way.
    pub fn of(
        tables: &[HeldTable],
        current: &[AuditStage],
        standing: &[Standing<'_>],
        local: &[SourceId],
    ) -> Option<Self> {
        let mut stages = Vec::new();
        let mut gains: Vec<(String, u64)> = Vec::new();
        for stage in AuditStage::ALL.into_iter().filter(|stage| checks::of_stage(*stage).next().is_some()) {
            let mut shares = Shares::default();
            let is_current = current.contains(&stage);
            for table in tables {
                let weight = 1 + u64::from(risk::points(table.sensitivity(), Exposure::Inside, table.people));
                let here = standing.iter().filter(|standing| standing.is_about(stage, table));
                let (accepted, open): (Vec<&Standing<'_>>, Vec<&Standing<'_>>) =
                    here.partition(|standing| standing.accepted);
                let is_local = stage == AuditStage::Transit && local.contains(&table.source);
                if is_local && open.is_empty() && accepted.is_empty() {
                    continue;
                }
                let mut blocking: Vec<&str> = open.iter().map(|standing| standing.check).collect();
                blocking.sort_unstable();
                blocking.dedup();
                if let ([only], true) = (blocking.as_slice(), is_current) {
                    match gains.iter_mut().find(|(check, _)| check == only) {
                        Some((_, gain)) => *gain += weight,
                        None => gains.push(((*only).to_owned(), weight)),
                    }
                }
                match (open.is_empty(), is_current, accepted.is_empty()) {
                    (false, _, _) => shares.wrong += weight,
                    (true, false, _) => shares.unknown += weight,
                    (true, true, false) => shares.accepted += weight,
                    (true, true, true) => shares.shown += weight,
                }
            }
            stages.push((stage, shares));
        }
        let mut whole = Shares::default();
        stages.iter().for_each(|(_, shares)| whole.add(*shares));
        gains.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let worst = standing.iter().filter(|standing| !standing.accepted).map(|standing| standing.severity).max();
        (whole.total() > 0).then_some(Self { whole, stages, worst, gains })
    }

    /// 0 to 100: the share that is shown, rounded down and capped while something grave is open.
    pub fn points(&self) -> u64 {
        self.whole.percent(self.whole.shown).min(self.cap())
    }

    /// The most points that are given with what is open.
    pub fn cap(&self) -> u64 {
        match self.worst {
            Some(Severity::Critical) => CAP_CRITICAL,
            Some(Severity::High) => CAP_HIGH,
            _ => 100,
        }
    }

    /// Per cent of all that would be shown in addition if the check `name` found nothing more.
    pub fn gain_of_check(&self, name: &str) -> u64 {
        let gain = self.gains.iter().find(|(check, _)| check == name).map_or(0, |(_, gain)| *gain);
        self.whole.percent(gain)
    }

    /// Per cent of all that would be known in addition if the stage ran.
    pub fn gain_of_stage(&self, stage: AuditStage) -> u64 {
        let unknown = self.stages.iter().find(|(known, _)| *known == stage).map_or(0, |(_, shares)| shares.unknown);
        self.whole.percent(unknown)
    }
}

impl Standing<'_> {
    fn is_about(&self, stage: AuditStage, table: &HeldTable) -> bool {
        let name = self.place.table.as_ref();
        self.check.split('/').next() == Some(stage.as_str())
            && self.place.source == table.source
            && name.is_none_or(|name| *name == table.table || *name == table.unit)
    }
}

#[cfg(test)]
mod tests {
    use dataward_model::Category;

    use super::*;
    use crate::HeldColumn;

    fn table(name: &str, category: Category, people: u64) -> HeldTable {
        HeldTable {
            source: SourceId::new("shop").unwrap(),
            table: name.to_owned(),
            unit: name.to_owned(),
            goes_whole: false,
            is_derived: false,
            readable_by_everyone: false,
            people: Some(people),
            columns: vec![HeldColumn { column: "c".to_owned(), category }],
        }
    }

    fn place(table: &str) -> Place {
        Place::of_table(SourceId::new("shop").unwrap(), table)
    }

    #[test]
    fn nothing_is_shown_before_anybody_looked() {
        let tables = [table("customers", Category::EMAIL, 600)];
        let score = Score::of(&tables, &[], &[], &[]).unwrap();
        assert_eq!((score.points(), score.whole.percent(score.whole.unknown)), (0, 100));
        assert_eq!(Score::of(&[], &AuditStage::ALL, &[], &[]), None);
    }

    #[test]
    fn what_was_looked_at_and_is_not_wrong_is_shown() {
        let tables = [table("customers", Category::EMAIL, 600), table("cards", Category::CREDIT_CARD, 600)];
        let all = Score::of(&tables, &AuditStage::ALL, &[], &[]).unwrap();
        assert_eq!(all.points(), 100);
        let cards = place("cards");
        let open =
            Standing { check: "encryption/not-encrypted", place: &cards, severity: Severity::Medium, accepted: false };
        let one = Score::of(&tables, &AuditStage::ALL, &[open], &[]).unwrap();
        assert!((80..100).contains(&one.points()), "{}", one.points());
        let whole = one.points() + one.gain_of_check("encryption/not-encrypted");
        assert!((99..=100).contains(&whole), "{whole}: both are rounded down");
        let accepted = Score::of(&tables, &AuditStage::ALL, &[Standing { accepted: true, ..open }], &[]).unwrap();
        assert_eq!(accepted.points(), one.points(), "an accepted fault is not shown either");
    }

    #[test]
    fn shares_in_per_cent_come_to_a_hundred_and_show_no_more_than_there_is() {
        let shares = Shares { shown: 467, wrong: 533, accepted: 0, unknown: 0 };
        assert_eq!(shares.in_percent(), Shares { shown: 46, wrong: 54, accepted: 0, unknown: 0 });
        let thirds = Shares { shown: 1, wrong: 1, accepted: 1, unknown: 0 };
        assert_eq!(thirds.in_percent(), Shares { shown: 33, wrong: 34, accepted: 33, unknown: 0 });
        let sixths = Shares { shown: 999, wrong: 1, accepted: 1, unknown: 1 };
        assert_eq!(sixths.in_percent().total(), 100);
        assert_eq!(Shares::default().in_percent(), Shares::default());
    }

    #[test]
    fn grave_findings_cap_the_points() {
        let tables: Vec<HeldTable> = (0..50).map(|n| table(&format!("t{n}"), Category::EMAIL, 600)).collect();
        let here = place("t3");
        let mut open =
            Standing { check: "access/not-given", place: &here, severity: Severity::Critical, accepted: false };
        assert_eq!(Score::of(&tables, &AuditStage::ALL, &[open], &[]).unwrap().points(), CAP_CRITICAL);
        open.severity = Severity::High;
        assert_eq!(Score::of(&tables, &AuditStage::ALL, &[open], &[]).unwrap().points(), CAP_HIGH);
    }

    #[test]
    fn what_goes_over_no_network_is_not_shown_to_be_encrypted_on_the_way() {
        let tables = [table("customers", Category::EMAIL, 600)];
        let shop = SourceId::new("shop").unwrap();
        let transit = |local: &[SourceId]| {
            let score = Score::of(&tables, &AuditStage::ALL, &[], local).unwrap();
            let stage = score.stages.into_iter().find(|(stage, _)| *stage == AuditStage::Transit).unwrap();
            stage.1.total()
        };
        assert!(transit(&[]) > 0);
        assert_eq!(transit(&[shop]), 0);
    }

    #[test]
    fn sensitive_tables_of_many_count_more() {
        let few = table("names", Category::NAME, 5);
        let many = table("health", Category::HEALTH, 50_000);
        let wrong = |at: &Place| {
            let open = Standing { check: "access/not-given", place: at, severity: Severity::Medium, accepted: false };
            Score::of(&[few.clone(), many.clone()], &AuditStage::ALL, &[open], &[]).unwrap().points()
        };
        assert!(wrong(&place("health")) < wrong(&place("names")));
    }
}
