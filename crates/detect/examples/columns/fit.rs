//! Fits the weights of evidence on generated tables: multinomial logistic regression, held close to
//! the weights it starts from so that no quirk of the generator is learned.

use std::collections::BTreeMap;

use dataward_detect::Detector;
use dataward_detect::classify::Weighing;
use dataward_detect::classify::Weights;
use dataward_model::Category;

use crate::generate;
use crate::generate::STYLES;
use crate::heldout;

/// How hard a weight is held at its prior; for exceptions of one category harder.
const HOLD: f64 = 2.0;
const HOLD_CATEGORY: f64 = 4.0;
const HARD_NEGATIVE: f64 = 2.5;
const ROUNDS: usize = 250;
const STEP: f64 = 0.35;

/// `held_out` are files of `bench/columns/heldout.py` and `bench/third/make.py`: of them the looked-at parts alone are
/// learned from.
pub(crate) fn run(detector: &Detector, out: Option<&str>, held_out: &[String]) {
    let mut examples: Vec<(Weighing, Option<Category>, f64)> = Vec::new();
    let mut tables = generate::tables(detector, false, 3, 77);
    tables.extend(held_out.iter().flat_map(|file| heldout::tables(detector, file, "seen")));
    for table in tables {
        for weighing in dataward_detect::classify::weighings(&table.profile, detector) {
            let label = &table.labels[&weighing.column];
            if !label.debatable {
                let weight = if label.style == STYLES[3] { 0.5 } else { 1.0 };
                // A false alarm costs trust in all the others.
                let weight = if label.hard_negative { HARD_NEGATIVE * weight } else { weight };
                examples.push((weighing, label.category.clone(), weight));
            }
        }
    }
    let prior = Weights::standard().clone();
    let mut weights = prior.clone();
    println!("{} columns", examples.len());
    for round in 0..ROUNDS {
        let loss = step(&mut weights, &prior, &examples);
        if round % 25 == 0 || round + 1 == ROUNDS {
            println!("round {round}: loss {loss:.4}");
        }
    }
    if let Some(out) = out {
        let head: String = include_str!("../../data/weights.toml")
            .lines()
            .take_while(|line| line.starts_with('#'))
            .map(|line| format!("{line}\n"))
            .collect();
        std::fs::write(out, head + &weights.print()).expect("the weights can be written");
    }
}

fn step(weights: &mut Weights, prior: &Weights, examples: &[(Weighing, Option<Category>, f64)]) -> f64 {
    let mut slopes: BTreeMap<(String, String), f64> = BTreeMap::new();
    let mut loss = 0.0;
    let total: f64 = examples.iter().map(|(_, _, weight)| weight).sum();
    for (weighing, truth, importance) in examples {
        let odds: Vec<f64> = weighing
            .categories
            .iter()
            .map(|(category, evidence)| {
                weights.of("bias", category)
                    + evidence.iter().map(|one| weights.of(one.name, category) * one.amount).sum::<f64>()
            })
            .collect();
        let most = odds.iter().copied().fold(0.0, f64::max);
        let sum: f64 = (-most).exp() + odds.iter().map(|odds| (odds - most).exp()).sum::<f64>();
        let right = weighing.categories.iter().position(|(category, _)| Some(category) == truth.as_ref());
        let share = match (right, truth) {
            (Some(at), _) => (odds[at] - most).exp() / sum,
            (None, None) => (-most).exp() / sum,
            (None, Some(_)) => continue,
        };
        loss -= importance * share.max(1e-9).ln() / total;
        for (at, (category, evidence)) in weighing.categories.iter().enumerate() {
            let belief = (odds[at] - most).exp() / sum;
            let error = importance * (belief - f64::from(u8::from(right == Some(at)))) / total;
            let mut add = |name: &str, amount: f64| {
                *slopes.entry((name.to_owned(), String::new())).or_default() += error * amount;
                *slopes.entry((name.to_owned(), category.key().to_owned())).or_default() += error * amount;
            };
            add("bias", 1.0);
            for one in evidence {
                add(one.name, one.amount);
            }
        }
    }
    for ((name, category), slope) in slopes {
        let (weight, before, hold) = if category.is_empty() {
            let before = prior.general.get(&name).copied().unwrap_or(0.0);
            (weights.general.entry(name).or_insert(before), before, HOLD / total)
        } else {
            let before = prior.by_category.get(&category).and_then(|list| list.get(&name)).copied().unwrap_or(0.0);
            (
                weights.by_category.entry(category).or_default().entry(name).or_insert(before),
                before,
                HOLD_CATEGORY / total,
            )
        };
        *weight -= STEP * 40.0 * (slope + hold * (*weight - before));
    }
    keep_signs(weights);
    loss
}

/// Evidence for stays for, evidence against stays against, so that every reason makes sense alone.
fn keep_signs(weights: &mut Weights) {
    for (name, positive) in SIGNS {
        let general = weights.general.entry((*name).to_owned()).or_default();
        *general = if *positive { general.max(0.1) } else { general.min(-0.1) };
        let general = *general;
        for list in weights.by_category.values_mut() {
            if let Some(weight) = list.get_mut(*name) {
                let total = general + *weight;
                *weight = if *positive { total.max(0.05) } else { total.min(-0.05) } - general;
            }
        }
    }
}

const SIGNS: &[(&str, bool)] = &[
    ("among_things", false),
    ("both", true),
    ("constant", false),
    ("empty", false),
    ("flag", false),
    ("foreign_key", false),
    ("header", true),
    ("header_elsewhere", false),
    ("header_person", true),
    ("header_thing", false),
    ("header_veto", false),
    ("neighbour", true),
    ("nobody_beside", false),
    ("of_organisation", false),
    ("precedent", true),
    ("precedent_against", false),
    ("primary_key", false),
    ("sequence", false),
    ("table_person", true),
    ("table_thing", false),
    ("values", true),
    ("values_against", false),
];
