//! How right the classifier is: by part, by style of names, by type, and whether its confidence
//! means something.

use std::collections::BTreeMap;

use dataward_detect::Detector;
use dataward_model::Category;

use crate::generate;
use crate::generate::LabelledTable;
use crate::generate::STYLES;
use crate::heldout;

#[derive(Default)]
struct Tally {
    hits: f64,
    missed: f64,
    wrong: f64,
}

impl Tally {
    fn see(&mut self, truth: Option<&Category>, found: Option<&Category>, same: bool) {
        match (truth, found) {
            (Some(_), Some(_)) if same => self.hits += 1.0,
            (Some(_), Some(_)) => {
                self.missed += 1.0;
                self.wrong += 1.0;
            }
            (Some(_), None) => self.missed += 1.0,
            (None, Some(_)) => self.wrong += 1.0,
            (None, None) => {}
        }
    }

    fn print(&self, title: &str) {
        let precision = self.hits / (self.hits + self.wrong).max(1.0);
        let recall = self.hits / (self.hits + self.missed).max(1.0);
        let f1 = 2.0 * self.hits / (2.0 * self.hits + self.wrong + self.missed).max(1.0);
        println!("{title:<52} P {precision:.3}  R {recall:.3}  F1 {f1:.3}  n {}", self.hits + self.missed);
    }
}

/// How much is told of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Each column that came out wrong, with its evidence, besides the rest.
    Misses,
    /// Totals alone: nobody may learn from the part.
    Totals,
    /// Totals by type, and which kinds came out as what.
    Types,
}

/// Measures on generated tables.
pub(crate) fn run(detector: &Detector, show: Option<&str>) {
    let train = generate::tables(detector, false, 2, 20_261_123);
    part(detector, "train", &train, if show == Some("all") { Show::Misses } else { Show::Types });
    let unseen = generate::tables(detector, true, 2, 20_261_123);
    part(detector, "unseen", &unseen, if show.is_some() { Show::Misses } else { Show::Types });
}

/// Measures on tables of others: misses of the looked-at part, of the other one totals alone.
pub(crate) fn held_out(detector: &Detector, file: &str, show: Option<&str>) {
    let seen = heldout::tables(detector, file, "seen");
    part(detector, "held out, looked at", &seen, if show.is_some() { Show::Misses } else { Show::Types });
    let unseen = heldout::tables(detector, file, "unseen");
    part(detector, "held out, never looked at", &unseen, Show::Totals);
}

fn part(detector: &Detector, title: &str, tables: &[LabelledTable], show: Show) {
    let mut exact = Tally::default();
    let mut family = Tally::default();
    let mut personal = Tally::default();
    let mut styles: BTreeMap<_, (Tally, f64, f64)> = STYLES.iter().map(|&style| (style, Default::default())).collect();
    let mut types: BTreeMap<String, Tally> = BTreeMap::new();
    let mut wrong: BTreeMap<String, u32> = BTreeMap::new();
    let mut bins = [(0.0, 0.0, 0.0); 10];
    let (mut hard, mut flagged) = (0.0_f64, 0.0_f64);
    for table in tables {
        for verdict in table.profile.verdict(detector).columns {
            let label = &table.labels[&verdict.column];
            if label.debatable {
                continue;
            }
            let (truth, found) = (label.category.as_ref(), verdict.category.as_ref());
            let same = truth == found;
            let near = truth.map(Category::family) == found.map(Category::family);
            exact.see(truth, found, same);
            family.see(truth, found, near);
            personal.see(truth, found, true);
            let style = styles.get_mut(&label.style).expect("every style is there");
            style.0.see(truth, found, near);
            if let Some(truth) = truth {
                types.entry(truth.key().to_owned()).or_default().see(Some(truth), found, same);
            } else if let Some(found) = found {
                types.entry(found.key().to_owned()).or_default().see(None, Some(found), false);
            }
            if truth.is_some() && found.is_some() && !same {
                types.entry(found.map_or("", Category::key).to_owned()).or_default().wrong += 1.0;
            }
            if label.hard_negative {
                hard += 1.0;
                style.1 += 1.0;
                if found.is_some() {
                    flagged += 1.0;
                    style.2 += 1.0;
                }
            }
            let confidence = verdict.confidence.value();
            let bin = &mut bins[((confidence * 10.0) as usize).min(9)];
            bin.0 += 1.0;
            bin.1 += confidence;
            bin.2 += f64::from(u8::from(same));
            if !same {
                let kind = label.kind.split(" [").next().unwrap_or(&label.kind);
                let line = format!("{:?} {kind} -> {}", label.style, found.map_or("none", Category::key));
                if show == Show::Misses {
                    println!(
                        "  {line} | {} . {} | {:?}",
                        table.profile.head().name,
                        verdict.column,
                        verdict
                            .why
                            .iter()
                            .take(5)
                            .map(|why| format!("{:.1} {}", why.weight, why.text))
                            .collect::<Vec<_>>()
                    );
                }
                *wrong.entry(line).or_default() += 1;
            }
        }
    }
    println!("== {title}: {} tables", tables.len());
    exact.print("exact type");
    family.print("family");
    personal.print("personal or not");
    for (style, (tally, hard, flagged)) in &styles {
        tally.print(&format!(
            "family, {style:?} names (hard negatives flagged {:.1} %)",
            100.0 * flagged / hard.max(1.0)
        ));
    }
    println!("hard negatives flagged: {flagged} of {hard} = {:.1} %", 100.0 * flagged / hard.max(1.0));
    let total: f64 = bins.iter().map(|bin| bin.0).sum();
    let error: f64 = bins.iter().map(|bin| (bin.1 - bin.2).abs() / total).sum();
    println!("expected calibration error: {error:.3}");
    if show == Show::Totals {
        return;
    }
    for (at, (count, confidence, right)) in bins.iter().enumerate().filter(|(_, bin)| bin.0 > 0.0) {
        println!("confidence from .{at}: {count} columns, said {:.3}, right {:.3}", confidence / count, right / count);
    }
    for (name, tally) in &types {
        tally.print(name);
    }
    let mut wrong: Vec<_> = wrong.into_iter().collect();
    wrong.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (line, count) in wrong.iter().take(if show == Show::Misses { 0 } else { 45 }) {
        println!("{count:>4} {line}");
    }
}
