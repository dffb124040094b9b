//! What the example `train_names` needs to fit the weights of names.

use super::names::latin;
use super::names::latin::features;
use super::names::latin::model;
use super::names::token;

/// A labelled text as the model sees it.
#[derive(Debug)]
pub struct Lesson {
    candidates: Vec<model::Candidate>,
    right: Vec<bool>,
    words: usize,
    /// How many names it has; some may be no candidate.
    names: usize,
}

impl Lesson {
    /// Reads `text`, in which the byte ranges `names` are names.
    pub fn read(text: &str, names: &[(usize, usize)]) -> Self {
        let tokens = token::tokens(text);
        let document = latin::Document::read(text, &tokens);
        let candidates = latin::candidates(text, &tokens, &document);
        let right = candidates
            .iter()
            .map(|candidate| names.contains(&(tokens[candidate.first].start, tokens[candidate.last].end)))
            .collect();
        Self { candidates, right, words: tokens.len(), names: names.len() }
    }
}

/// The table of `data/text/sounds.txt`: which letters follow each other in names, counted from the lexicon.
pub fn sounds() -> String {
    latin::sound::learn()
}

/// How well the names of `lessons` are found with a file of weights: precision, recall, F1 and F2 of exact finds.
pub fn judge(file: &str, lessons: &[Lesson]) -> String {
    let weights = model::Weights::read(file);
    let (mut right, mut found, mut names) = (0.0_f32, 0.0_f32, 0.0_f32);
    for lesson in lessons {
        let scores: Vec<f32> = lesson.candidates.iter().map(|candidate| weights.score(candidate)).collect();
        for (index, _) in model::decide(&lesson.candidates, &scores, lesson.words) {
            found += 1.0;
            right += f32::from(u8::from(lesson.right[index]));
        }
        names += lesson.names as f32;
    }
    let (precision, recall) = (right / found.max(1.0), right / names.max(1.0));
    let f = |beta: f32| (1.0 + beta * beta) * precision * recall / (beta * beta * precision + recall).max(1e-9);
    format!("P {precision:.3}  R {recall:.3}  F1 {:.3}  F2 {:.3}  ({names})", f(1.0), f(2.0))
}

/// Fits weights to lessons by gradient steps over all of them, `rounds` times; gives the file of
/// weights. `pull` draws each weight towards zero, so that rare facts count little.
pub fn fit(lessons: &[Lesson], rounds: usize, pull: f32) -> String {
    let mut weights = model::Weights { rules: 1.0, facts: vec![0.0; features::count()] };
    let mut steps = vec![1e-3_f32; features::count()];
    let mut seen = vec![0_u32; features::count()];
    for lesson in lessons {
        for fact in lesson.candidates.iter().flat_map(|candidate| &candidate.facts) {
            seen[usize::from(*fact)] += 1;
        }
    }
    for round in 0..rounds {
        let rate = 0.25 / (1.0 + round as f32 * 0.3);
        for at in 0..lessons.len() {
            // A fixed order that mixes the languages.
            let lesson = &lessons[(at * 7919 + round * 31) % lessons.len()];
            let scores: Vec<f32> = lesson.candidates.iter().map(|candidate| weights.score(candidate)).collect();
            let probabilities = model::marginals(&lesson.candidates, &scores, lesson.words);
            for ((candidate, &right), &probability) in lesson.candidates.iter().zip(&lesson.right).zip(&probabilities) {
                let gradient = f32::from(u8::from(right)) - probability;
                if gradient.abs() < 1e-4 {
                    continue;
                }
                for &fact in &candidate.facts {
                    let fact = usize::from(fact);
                    let step = gradient - pull * weights.facts[fact] / seen[fact].max(1) as f32;
                    steps[fact] += step * step;
                    weights.facts[fact] += rate * step / steps[fact].sqrt();
                }
            }
        }
    }
    let mut file = String::new();
    file.push_str(&format!("rules_log_odds\t0\t{}\n", weights.rules));
    let mut place = 0;
    for template in features::TEMPLATES {
        for value in 0..template.size() {
            if weights.facts[place].abs() >= 0.02 {
                file.push_str(&format!("{}\t{value}\t{:.2}\n", template.name, weights.facts[place]));
            }
            place += 1;
        }
    }
    file
}
