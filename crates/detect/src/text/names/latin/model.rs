//! The model that decides which candidates are names: a linear score for each, and the likeliest cut
//! of the text into names and the rest (a semi-Markov conditional random field). Weights stand in
//! `data/text/names.tsv`, fitted by the example `train_names`.

use std::sync::LazyLock;

use super::features;

/// Words `first..=last` that may be a name, and what is known of them.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// What the rules say, in log-odds.
    pub(crate) rules: f32,
    /// Facts, as places among the weights.
    pub(crate) facts: Vec<u16>,
}

/// The weights.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// What the rules count.
    pub(crate) rules: f32,
    /// One a fact.
    pub(crate) facts: Vec<f32>,
}

impl Weights {
    /// Reads the file of weights: `name<TAB>value<TAB>weight`; unknown lines count nothing.
    pub(crate) fn read(file: &str) -> Self {
        let mut weights = Self { rules: 0.0, facts: vec![0.0; features::count()] };
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.split('\t');
            let (Some(name), Some(value), Some(weight)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let (Ok(value), Ok(weight)) = (value.parse::<usize>(), weight.parse::<f32>()) else { continue };
            if name == "rules_log_odds" {
                weights.rules = weight;
            } else if let Some(place) = features::place(name, value) {
                weights.facts[place] = weight;
            }
        }
        weights
    }

    pub(crate) fn score(&self, candidate: &Candidate) -> f32 {
        candidate.facts.iter().map(|&fact| self.facts[usize::from(fact)]).sum::<f32>() + self.rules * candidate.rules
    }
}

/// The fitted weights.
pub(crate) static WEIGHTS: LazyLock<Weights> =
    LazyLock::new(|| Weights::read(include_str!("../../../../data/text/names.tsv")));

/// The likeliest set of candidates without overlaps, each with the probability that it is a name.
/// `scores` belong to `candidates`, which are in order of their first word; `count` words.
pub(crate) fn decide(candidates: &[Candidate], scores: &[f32], count: usize) -> Vec<(usize, f32)> {
    let probabilities = marginals(candidates, scores, count);
    let mut best = vec![0.0_f32; count + 1];
    let mut back: Vec<Option<usize>> = vec![None; count + 1];
    let ends = by_end(candidates, count);
    for at in 0..count {
        best[at + 1] = best[at];
        for &index in &ends[at] {
            // What is a name rather than none; the bias towards finding is that of F2.
            let gain = log_odds(probabilities[index]) + LENIENCE;
            let candidate = &candidates[index];
            if gain > 0.0 && best[candidate.first] + gain > best[at + 1] {
                best[at + 1] = best[candidate.first] + gain;
                back[at + 1] = Some(index);
            }
        }
    }
    let mut chosen = Vec::new();
    let mut at = count;
    while at > 0 {
        match back[at] {
            Some(index) => {
                chosen.push((index, probabilities[index]));
                at = candidates[index].first;
            }
            None => at -= 1,
        }
    }
    chosen.reverse();
    chosen
}

/// A name is kept from this log-odds downward: below even odds, because a name that is overlooked
/// costs more than one too many.
pub(crate) const LENIENCE: f32 = 0.4;

pub(crate) fn log_odds(probability: f32) -> f32 {
    let probability = probability.clamp(1e-5, 1.0 - 1e-5);
    (probability / (1.0 - probability)).ln()
}

fn by_end(candidates: &[Candidate], count: usize) -> Vec<Vec<usize>> {
    let mut ends = vec![Vec::new(); count];
    for (index, candidate) in candidates.iter().enumerate() {
        ends[candidate.last].push(index);
    }
    ends
}

/// The probability of each candidate over all cuts of the text: forward and backward sums.
pub(crate) fn marginals(candidates: &[Candidate], scores: &[f32], count: usize) -> Vec<f32> {
    let ends = by_end(candidates, count);
    let mut forward = vec![0.0_f64; count + 1];
    for at in 0..count {
        let mut sum = forward[at];
        for &index in &ends[at] {
            sum = add(sum, forward[candidates[index].first] + f64::from(scores[index]));
        }
        forward[at + 1] = sum;
    }
    let mut starts = vec![Vec::new(); count];
    for (index, candidate) in candidates.iter().enumerate() {
        starts[candidate.first].push(index);
    }
    let mut backward = vec![0.0_f64; count + 1];
    for at in (0..count).rev() {
        let mut sum = backward[at + 1];
        for &index in &starts[at] {
            sum = add(sum, backward[candidates[index].last + 1] + f64::from(scores[index]));
        }
        backward[at] = sum;
    }
    let total = forward[count];
    candidates
        .iter()
        .zip(scores)
        .map(|(candidate, &score)| {
            (forward[candidate.first] + f64::from(score) + backward[candidate.last + 1] - total).exp() as f32
        })
        .collect()
}

/// `ln(e^a + e^b)`.
fn add(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    high + (low - high).exp().ln_1p()
}
