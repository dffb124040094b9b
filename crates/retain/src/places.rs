//! Where the places lie that holds and tollings name: two sources at one address are one place.

use std::collections::BTreeMap;

use dataward_connect::amend::Whereabouts;
use dataward_model::SourceId;
use dataward_store::StoredHold;

/// Where the sources of a policy are.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<SourceId, Whereabouts>);

impl Places {
    /// These sources.
    pub fn new(sources: BTreeMap<SourceId, Whereabouts>) -> Self {
        Self(sources)
    }

    /// Where a source is; none where it is not known.
    pub fn of(&self, source: &SourceId) -> Option<&Whereabouts> {
        self.0.get(source)
    }

    /// Whether two sources are known to be on one server, or to be one: nothing is guessed.
    pub fn is_one_server(&self, one: &SourceId, other: &SourceId) -> bool {
        let at = |id: &SourceId| self.0.get(id);
        one == other || at(one).zip(at(other)).is_some_and(|(one, other)| one.is_one_server(other) == Some(true))
    }

    /// What `table` of the source `named` (none: all of it) is called in `source`: some of none where that is all of it,
    /// none where nothing of it lies there. A source that is not known may be any.
    pub fn seen_from(&self, named: &SourceId, table: Option<&str>, source: &SourceId) -> Option<Option<String>> {
        if named == source {
            return Some(table.map(str::to_owned));
        }
        let Some(named) = self.0.get(named) else { return Some(None) };
        let Some(source) = self.0.get(source) else { return Some(None) };
        let place = named.seen_from(table.unwrap_or_default(), source)?;
        Some(Some(place).filter(|place| !place.is_empty()))
    }

    /// What the table of a hold is called in `source`, likewise. A hold on a person is about every source.
    pub fn of_hold(&self, hold: &StoredHold, source: &SourceId) -> Option<Option<String>> {
        match &hold.source {
            Some(named) => self.seen_from(named, hold.table.as_deref(), source),
            None => Some(None),
        }
    }
}
