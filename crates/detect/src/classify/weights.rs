//! How much each kind of evidence counts, from `data/weights.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use dataward_model::Category;

/// Weights in natural-logarithm odds by name of evidence, with exceptions by category.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// For every category.
    pub general: BTreeMap<String, f64>,
    /// Added to the general weight for one category.
    pub by_category: BTreeMap<String, BTreeMap<String, f64>>,
    /// What all log-odds are multiplied with before they become a probability.
    pub sharpness: f64,
}

static STANDARD: LazyLock<Weights> = LazyLock::new(|| {
    Weights::parse(include_str!("../../data/weights.toml")).expect("the weights are checked when the crate is tested")
});

impl Weights {
    /// The weights that the crate was built with.
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// Reads `[general]`, `[category."user.name"]` tables and `sharpness`; none where a line makes
    /// no sense.
    pub fn parse(text: &str) -> Option<Self> {
        let mut weights = Self { sharpness: 1.0, ..Self::default() };
        let mut section: Option<String> = None;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                let name = name.strip_suffix(']')?;
                section = Some(name.trim_start_matches("category.").trim_matches('"').to_owned());
                continue;
            }
            let (name, value) = line.split_once('=')?;
            let name = name.trim().trim_matches('"').to_owned();
            let value: f64 = value.trim().parse().ok()?;
            match section.as_deref() {
                None if name == "sharpness" => weights.sharpness = value,
                None => return None,
                Some("general") => {
                    weights.general.insert(name, value);
                }
                Some(category) => {
                    weights.by_category.entry(category.to_owned()).or_default().insert(name, value);
                }
            }
        }
        Some(weights)
    }

    /// Writes what [`Self::parse`] reads.
    pub fn print(&self) -> String {
        let mut text = format!("sharpness = {:.3}\n\n[general]\n", self.sharpness);
        for (name, weight) in &self.general {
            text.push_str(&format!("{name} = {weight:.2}\n"));
        }
        for (category, weights) in &self.by_category {
            text.push_str(&format!("\n[category.\"{category}\"]\n"));
            for (name, weight) in weights {
                text.push_str(&format!("{name} = {weight:.2}\n"));
            }
        }
        text
    }

    /// What evidence of that name counts for a category.
    pub fn of(&self, name: &str, category: &Category) -> f64 {
        let general = self.general.get(name).copied().unwrap_or(0.0);
        general + self.by_category.get(category.key()).and_then(|weights| weights.get(name)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_read_as_they_were_written() {
        let standard = Weights::standard();
        let again = Weights::parse(&standard.print()).unwrap();
        assert_eq!(again.print(), standard.print());
        assert!(standard.of("header", &Category::EMAIL) > 1.0);
        assert!(standard.of("values_against", &Category::EMAIL) < -1.0);
        assert_eq!(Weights::parse("nonsense"), None);
    }
}
