//! How many people several tables hold together: who stands in two of them counts once, where keyed sketches tell.

use std::collections::BTreeMap;

use dataward_model::Family;
use dataward_model::Place;
use dataward_model::Sketch;
use dataward_store::Store;

use crate::AppError;

/// What tells people apart well enough to count them by it. One person has several cards.
const TELLING: [Family; 3] = [Family::Email, Family::GovernmentId, Family::Phone];

/// Sketches of the people in each table.
pub(crate) struct People(BTreeMap<Place, Vec<(Family, Sketch)>>);

impl People {
    /// All that the state knows.
    pub(crate) async fn read(store: &Store) -> Result<Self, AppError> {
        let mut tables: BTreeMap<Place, Vec<(Family, Sketch)>> = BTreeMap::new();
        for known in store.sketches().await? {
            let of_table = tables.entry(known.place).or_default();
            of_table.push((known.record.category.family(), known.record.sketch));
        }
        Ok(Self(tables))
    }

    /// How many people stand in these tables, each given with the people in it: at least as many as in the largest.
    /// Tables of which most people are told apart by one kind of value are united by it.
    pub(crate) fn united<'a>(&self, tables: impl IntoIterator<Item = (&'a Place, u64)>) -> Option<u64> {
        let tables: Vec<(&Place, u64)> = tables.into_iter().collect();
        let largest = tables.iter().map(|(_, people)| *people).max()?;
        let by_family = TELLING.into_iter().map(|family| {
            let (mut all, mut told, mut counted) = (Sketch::default(), 0, 0);
            for (place, people) in &tables {
                let mut own = Sketch::default();
                let known = self.0.get(place).into_iter().flatten().filter(|(known, _)| *known == family);
                known.for_each(|(_, sketch)| own.merge(sketch));
                let distinct = distinct(&own);
                if distinct > 0 && distinct * 2 >= *people {
                    all.merge(&own);
                    told += distinct;
                    counted += people;
                }
            }
            // What a sample did not show is as often in two tables as what it showed.
            (distinct(&all) as f64 / told.max(1) as f64 * counted as f64).round() as u64
        });
        by_family.chain([largest]).max()
    }
}

/// How many different values a sketch saw: all that it kept, else by how densely they lie (Bar-Yossef et al. 2002).
pub(crate) fn distinct(sketch: &Sketch) -> u64 {
    let (kept, last) = sketch.hashes().fold((0_usize, 0), |(kept, _), hash| (kept + 1, hash));
    if kept < Sketch::SIZE {
        return kept as u64;
    }
    ((kept - 1) as f64 / (last as f64 / u64::MAX as f64)).round() as u64
}

#[cfg(test)]
mod tests {
    use dataward_model::SourceId;

    use super::*;

    fn table(name: &str) -> Place {
        Place::of_table(SourceId::from_text("shop"), name)
    }

    fn sketch(people: std::ops::Range<u64>) -> Sketch {
        let mut sketch = Sketch::default();
        people.for_each(|person| {
            let mut z = person.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            sketch.add(z ^ (z >> 31));
        });
        sketch
    }

    fn people(tables: &[(&str, Family, std::ops::Range<u64>)]) -> People {
        People(
            tables
                .iter()
                .map(|(name, family, people)| (table(name), vec![(*family, sketch(people.clone()))]))
                .collect(),
        )
    }

    #[test]
    fn others_add_up_and_the_same_count_once() {
        let known = people(&[
            ("a", Family::Email, 0..60),
            ("b", Family::Email, 60..120),
            ("c", Family::Email, 0..60),
            ("d", Family::Phone, 0..60),
        ]);
        let [a, b, c, d] = ["a", "b", "c", "d"].map(table);
        assert_eq!(known.united([(&a, 60), (&b, 60)]), Some(120));
        assert_eq!(known.united([(&a, 60), (&c, 60)]), Some(60));
        assert_eq!(known.united([(&a, 60), (&b, 60), (&c, 60), (&d, 60)]), Some(120));
        assert_eq!(known.united([(&a, 60), (&d, 60)]), Some(60), "nobody can tell whether they are the same");
        assert_eq!(known.united([(&a, 500)]), Some(500), "few of them have an address");
        assert_eq!(known.united([]), None);
    }

    #[test]
    fn large_tables_are_counted_nearly() {
        let known = people(&[("a", Family::Email, 0..40_000), ("b", Family::Email, 20_000..60_000)]);
        let all = known.united([(&table("a"), 40_000), (&table("b"), 40_000)]).unwrap();
        assert!((55_000..65_000).contains(&all), "{all}");
    }
}
