//! What agreement and disagreement are worth, learned from the rows themselves.
//!
//! I. Fellegi and A. Sunter, "A Theory for Record Linkage" (1969): each comparison has for each level the
//! probabilities m (rows of one person) and u (rows of two). u comes from pairs at random; m by
//! expectation and maximisation among the pairs of each blocking rule, over the comparisons that the rule
//! leaves free; what is shared by many counts less than what is rare (term frequencies).

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::blocking::Rule;
use super::compare::Comparison;
use super::compare::LEVELS;
use super::compare::Pattern;
use super::compare::TwoPeople;
use super::compare::What;
use super::compare::id_level;
use super::compare::is_nothing_own_the_same;
use super::compare::level_of;
use super::compare::pattern;
use super::compare::two_people;
use super::register::Rows;

/// Pairs at random that u is learned from.
const RANDOM_PAIRS: u64 = 1_000_000;
/// Pairs of one rule that m is learned from.
const RULE_PAIRS: u64 = 200_000;
/// How often all is learned anew from what was learned before.
const ROUNDS: usize = 4;
/// Steps of expectation and maximisation in a round.
const STEPS: usize = 25;
/// What the starting values weigh, in pairs of one person.
const START_WEIGHT: f64 = 4.0;

/// What alike e-mail addresses say at most.
const MOST_OF_ALIKE: f64 = 16.0;

/// The level of a number of a person that agrees.
const SAME_ID: usize = 3;
/// Pairs with the same number from which on it can be said what another name beside it is.
const LEAST_SLIPS: f64 = 10.0;

/// How often each pattern occurs.
type Counts = BTreeMap<Pattern, f64>;

/// What was learned.
#[derive(Debug)]
pub(super) struct Model {
    m: Vec<[f64; LEVELS]>,
    u: Vec<[f64; LEVELS]>,
    /// The share of all pairs that are one person.
    prior: f64,
    rows: f64,
    /// Whether another given name, or another birth, is a slip in this table rather than another person.
    is_slip: [bool; 2],
}

/// Learns from the rows.
pub(super) fn learn(rows: &Rows, comparisons: &[Comparison], rules: &[Rule]) -> Model {
    let random = random_pairs(rows, comparisons);
    let blocked: Vec<Counts> = in_parallel(rules, |rule| rule_pairs(rows, comparisons, rule));
    let all_pairs = rows.len() as f64 * (rows.len() as f64 - 1.0) / 2.0;
    let mut model = Model {
        m: comparisons.iter().map(|one| one.kind.start()).collect(),
        u: vec![[0.0; LEVELS]; comparisons.len()],
        prior: 0.0,
        rows: rows.len() as f64,
        is_slip: [false; 2],
    };
    model.learn_u(comparisons, &random);
    let mut shares = vec![0.3; rules.len()];
    for _ in 0..ROUNDS {
        model.learn_m(comparisons, rules, &blocked, &mut shares);
        let mut matches: Vec<f64> = rules
            .iter()
            .zip(&shares)
            .map(|(rule, share)| share * rule.pairs as f64 / model.recall(rows, comparisons, rule))
            .collect();
        matches.sort_by(f64::total_cmp);
        let most_likely = matches.get(matches.len() / 2).copied().unwrap_or(1.0);
        model.prior = (most_likely.max(1.0) / all_pairs).min(0.5);
        model.learn_u(comparisons, &random);
        model.learn_slips(comparisons, rules, &blocked);
    }
    model
}

/// Runs `work` for each item on the cores there are, in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = super::threads();
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mine = items.iter().enumerate().skip(thread).step_by(threads);
                    mine.map(|(at, item)| (at, work(item))).collect::<Vec<_>>()
                })
            })
            .collect();
        handles
            .into_iter()
            .flat_map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn random_pairs(rows: &Rows, comparisons: &[Comparison]) -> Counts {
    let number = rows.len() as u64;
    let mut counts: HashMap<Pattern, f64> = HashMap::new();
    let mut count = |a: usize, b: usize| *counts.entry(pattern(rows, comparisons, a, b)).or_default() += 1.0;
    if number * (number - 1) / 2 <= RANDOM_PAIRS {
        for a in 0..rows.len() {
            (a + 1..rows.len()).for_each(|b| count(a, b));
        }
        return counts.into_iter().collect();
    }
    // The same pairs in every run (a 64-bit congruential generator, Knuth's numbers).
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((state >> 33) * number) >> 31) as usize
    };
    for _ in 0..RANDOM_PAIRS {
        let (a, b) = (draw(), draw());
        if a != b {
            count(a, b);
        }
    }
    counts.into_iter().collect()
}

fn rule_pairs(rows: &Rows, comparisons: &[Comparison], rule: &Rule) -> Counts {
    let step = rule.pairs.div_ceil(RULE_PAIRS).max(1);
    let mut counts: HashMap<Pattern, f64> = HashMap::new();
    let mut at = 0_u64;
    for group in &rule.groups {
        let group = rule.group(*group);
        for (place, a) in group.iter().enumerate() {
            for b in &group[place + 1..] {
                at += 1;
                // A stride that shares no factor with the sizes of groups.
                if at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & 0xffff_ffff < (1 << 32) / step {
                    *counts.entry(pattern(rows, comparisons, *a as usize, *b as usize)).or_default() += 1.0;
                }
            }
        }
    }
    counts.into_iter().collect()
}

impl Model {
    /// How much the pair speaks for one person: log2 of the odds. `pattern` is that of the rows.
    pub(super) fn weight(
        &self,
        rows: &Rows,
        comparisons: &[Comparison],
        pair: (usize, usize),
        pattern: Pattern,
    ) -> f64 {
        if self.is_two_people(comparisons, pattern) {
            return -100.0;
        }
        let mut odds = self.prior / (1.0 - self.prior);
        for (at, comparison) in comparisons.iter().enumerate() {
            let level = level_of(pattern, at);
            if level == 0 {
                continue;
            }
            let rare = is_rare_level(comparison.kind, level).then(|| self.frequency(rows, comparison, pair.0));
            let ratio = self.m[at][level] / rare.unwrap_or(self.u[at][level]);
            // Addresses are made of names: that they are alike says little beyond the names.
            let is_made_of_names = comparison.kind == What::Email && (level == 2 || level == 3);
            odds *= if is_made_of_names { ratio.min(MOST_OF_ALIKE) } else { ratio };
        }
        odds.max(1e-30).log2()
    }

    /// Whether two rows are two people whatever else agrees. The same number of the state never is.
    fn is_two_people(&self, comparisons: &[Comparison], pattern: Pattern) -> bool {
        if is_nothing_own_the_same(comparisons, pattern) {
            return true;
        }
        let reason = two_people(comparisons, pattern);
        reason.is_some_and(|reason| id_level(comparisons, pattern) != SAME_ID && !self.is_slip[reason as usize])
    }

    /// Whether rows that are alike but for the given name (or the birth) are twins (or parent and child), or one
    /// person with a slip: those of one person mostly keep their number, those of two never share one.
    fn learn_slips(&mut self, comparisons: &[Comparison], rules: &[Rule], blocked: &[Counts]) {
        let Some(id) = comparisons.iter().position(|one| one.kind == What::Id) else { return };
        let kept = self.m[id][SAME_ID];
        for reason in [TwoPeople::ByName, TwoPeople::ByBirth] {
            self.is_slip[reason as usize] = true;
            let (mut same, mut other) = (0.0, 0.0);
            for (rule, counts) in rules.iter().zip(blocked) {
                if comparisons.iter().any(|one| one.kind == What::Id && !is_free(one, rule)) {
                    continue;
                }
                for (pattern, count) in counts {
                    let ids = id_level(comparisons, *pattern);
                    // Asked as if the numbers differed: the same question of both.
                    let asked = if ids == SAME_ID { pattern ^ (2 << (4 * id)) } else { *pattern };
                    if ids == 0 || two_people(comparisons, asked) != Some(reason) {
                        continue;
                    }
                    // What else agrees has to say one person, the number left aside.
                    let is_free = |at: usize| comparisons[at].kind != What::Id;
                    if self.odds(*pattern, comparisons, self.prior, is_free) > 1.0 {
                        *(if ids == SAME_ID { &mut same } else { &mut other }) += count;
                    }
                }
            }
            let expected = same * (1.0 - kept) / kept;
            self.is_slip[reason as usize] = same >= LEAST_SLIPS && expected * 2.0 > other;
        }
    }

    /// How likely another row has the value of `row` by chance: two of its rows are the pair itself.
    fn frequency(&self, rows: &Rows, comparison: &Comparison, row: usize) -> f64 {
        let field = comparison.fields[0];
        let count = f64::from(rows.texts[field].count(rows.row(row)[field]));
        (count - 2.0).max(0.5) / self.rows
    }

    fn odds(&self, pattern: Pattern, comparisons: &[Comparison], share: f64, is_free: impl Fn(usize) -> bool) -> f64 {
        if self.is_two_people(comparisons, pattern) {
            return 0.0;
        }
        let mut odds = share / (1.0 - share).max(1e-12);
        for at in (0..comparisons.len()).filter(|at| is_free(*at)) {
            let level = level_of(pattern, at);
            if level != 0 {
                odds *= self.m[at][level] / self.u[at][level];
            }
        }
        odds
    }

    /// u: how often two people agree so; pairs that are likely one person do not count.
    fn learn_u(&mut self, comparisons: &[Comparison], random: &Counts) {
        let mut sums = vec![[0.0; LEVELS]; comparisons.len()];
        for (pattern, count) in random {
            let two = if self.prior > 0.0 {
                let odds = self.odds(*pattern, comparisons, self.prior, |_| true);
                count / (1.0 + odds)
            } else {
                *count
            };
            for (at, sums) in sums.iter_mut().enumerate() {
                sums[level_of(*pattern, at)] += two;
            }
        }
        for (u, sums) in self.u.iter_mut().zip(&sums) {
            let all: f64 = sums[1..].iter().sum();
            for (u, sum) in u.iter_mut().zip(sums).skip(1) {
                *u = (sum + 0.1) / (all + 1.0);
            }
        }
    }

    fn learn_m(&mut self, comparisons: &[Comparison], rules: &[Rule], blocked: &[Counts], shares: &mut [f64]) {
        let mut learned = vec![[0.0; LEVELS]; comparisons.len()];
        for ((rule, counts), share) in rules.iter().zip(blocked).zip(shares.iter_mut()) {
            let free: Vec<bool> = comparisons.iter().map(|one| is_free(one, rule)).collect();
            let before = self.m.clone();
            let mut sums = Vec::new();
            for _ in 0..STEPS {
                sums = vec![[0.0; LEVELS]; comparisons.len()];
                let (mut ones, mut all) = (0.0, 0.0);
                for (pattern, count) in counts {
                    let odds = self.odds(*pattern, comparisons, *share, |at| free[at]);
                    let one = count * odds / (1.0 + odds);
                    ones += one;
                    all += count;
                    for (at, sums) in sums.iter_mut().enumerate() {
                        sums[level_of(*pattern, at)] += one;
                    }
                }
                *share = (ones / f64::max(all, 1.0)).clamp(1e-6, 0.9999);
                for (at, sums) in sums.iter().enumerate().filter(|(at, _)| free[*at]) {
                    self.m[at] = shares_of(sums, comparisons[at].kind);
                }
            }
            self.m = before;
            // Each rule counts by its pairs of one person, at most ten thousand: none drowns the others.
            let ones: f64 = sums.first().map_or(0.0, |sums| sums.iter().sum());
            let scale = (10_000.0 / f64::max(ones, 1.0)).min(1.0);
            for (at, sums) in sums.iter().enumerate().filter(|(at, _)| free[*at]) {
                for (learned, sum) in learned[at].iter_mut().zip(sums) {
                    *learned += sum * scale;
                }
            }
        }
        for ((m, learned), comparison) in self.m.iter_mut().zip(&learned).zip(comparisons) {
            *m = shares_of(learned, comparison.kind);
        }
    }

    /// The share of the pairs of one person that a rule finds.
    fn recall(&self, rows: &Rows, comparisons: &[Comparison], rule: &Rule) -> f64 {
        let mut recall = 1.0;
        for (at, comparison) in comparisons.iter().enumerate() {
            let m = &self.m[at];
            let used: Vec<usize> = comparison.fields.iter().copied().filter(|field| rule.uses(*field)).collect();
            if comparison.kind == What::Address && !used.is_empty() {
                let street = used.contains(&comparison.fields[0]);
                recall *= if street { m[7] + m[8] + m[9] + m[15] } else { m[3] + m[6] + m[9] + m[12] }.clamp(0.05, 1.0);
            } else if used.contains(&comparison.fields[0]) {
                recall *= m[comparison.kind.exact()].max(0.05);
            }
            for field in used {
                let there = 1.0 - f64::from(rows.texts[field].count(0)) / self.rows;
                recall *= (there * there).max(0.05).sqrt();
            }
        }
        recall.max(0.01)
    }
}

fn is_free(comparison: &Comparison, rule: &Rule) -> bool {
    match comparison.kind {
        What::Address => !comparison.fields.iter().any(|field| rule.uses(*field)),
        _ => !rule.uses(comparison.fields[0]),
    }
}

fn shares_of(sums: &[f64; LEVELS], kind: What) -> [f64; LEVELS] {
    let all: f64 = sums[1..].iter().sum();
    let start = kind.start();
    let whole: f64 = start.iter().sum();
    let mut shares = [0.0; LEVELS];
    for level in 1..LEVELS {
        shares[level] = (sums[level] + START_WEIGHT * start[level] / whole) / (all + START_WEIGHT);
    }
    shares
}

/// Levels where a rare value says more than a frequent one.
fn is_rare_level(kind: What, level: usize) -> bool {
    match kind {
        What::Address => level == 9 || level == 8,
        // Swapped names and words are rarer still.
        _ => level == kind.exact(),
    }
}
