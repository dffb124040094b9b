//! The holds of the state, opened: which rows they mean is sealed there, as it names a person.

use std::collections::HashMap;
use std::sync::Arc;

use dataward_model::SourceId;
use dataward_seal::SecretKey;
use dataward_seal::blob;
use dataward_store::Store;
use dataward_store::StoredHold;
use serde::Deserialize;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::error::RetainError;
use crate::hold::Cover;
use crate::hold::Holds;
use crate::hold::Matching;
use crate::hold_person::Known;
use crate::hold_person::Person;
use crate::places::Places;

/// What the rows of a hold mean, as it is sealed.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Meaning {
    /// A person, in every source.
    Person(Person),
    /// Rows of one table.
    Rows(Matching),
}

/// What a sketch of the project has of a value, where it takes it up.
pub type HashOf = Arc<dyn Fn(&str) -> Option<u64> + Send + Sync>;

/// Reads and writes the holds of a state.
pub struct HoldBook<'a> {
    store: &'a Store,
    key: SecretKey,
    /// What the policy file stops beside: tollings that are open today.
    always: Vec<(SourceId, Cover)>,
    hash_of: Option<HashOf>,
    places: Places,
    /// What scans knew of each source when it was first asked for.
    known: Mutex<HashMap<SourceId, Arc<Known>>>,
}

impl<'a> HoldBook<'a> {
    /// The holds of `store`, sealed with `key`, and what the policy itself stops.
    pub fn new(store: &'a Store, key: SecretKey, always: Vec<(SourceId, Cover)>) -> Self {
        Self { store, key, always, hash_of: None, places: Places::default(), known: Mutex::default() }
    }

    /// Tells files in which a person's value does not stand by the sketches of the state; without, whatever holds
    /// values of that kind stays for them.
    pub fn with_hash(mut self, hash_of: HashOf) -> Self {
        self.hash_of = Some(hash_of);
        self
    }

    /// Knows where the sources are: a hold covers a place whatever it is called. Without, one on another source than
    /// the one that is asked about stops all of it.
    pub fn in_places(mut self, places: Places) -> Self {
        self.places = places;
        self
    }

    /// What is stopped in a source at this moment.
    ///
    /// # Errors
    /// When the state can't be read, or a hold can't be opened: then nothing may go.
    pub async fn of(&self, source: &SourceId) -> Result<Holds, RetainError> {
        let stored = self.store.holds(false).await?;
        let mut holds = self.stopped(source, &stored).await?;
        holds.add(self.always.iter().filter_map(|(of, cover)| {
            let table = self.places.seen_from(of, cover.table.as_deref(), source)?;
            Some(Cover { table, ..cover.clone() })
        }));
        Ok(holds)
    }

    /// What these holds stop in a source.
    ///
    /// # Errors
    /// As [`HoldBook::of`].
    pub async fn stopped(&self, source: &SourceId, stored: &[StoredHold]) -> Result<Holds, RetainError> {
        let (mut covers, mut rows_of_persons, mut persons) = (Vec::new(), Vec::new(), Vec::new());
        for hold in stored {
            let Some(table) = self.places.of_hold(hold, source) else { continue };
            let cover = |rows| Cover { matter: hold.matter.clone(), table: table.clone(), rows };
            match self.meaning(hold)? {
                None => covers.push(cover(None)),
                Some(Meaning::Rows(rows)) => covers.push(cover(Some(rows))),
                Some(Meaning::Person(person)) => {
                    let hash = self.hash_of.as_ref().and_then(|hash_of| hash_of(&person.value));
                    let (rows, cleared) = self.known(source).await?.about(&person, &hold.matter, hash);
                    rows_of_persons.extend(rows);
                    persons.push(cleared);
                }
            }
        }
        Ok(Holds::new(covers).with_persons(rows_of_persons, persons))
    }

    /// Which rows a hold means; none: all of its place.
    ///
    /// # Errors
    /// When it can't be opened: then nothing may go.
    pub fn meaning(&self, hold: &StoredHold) -> Result<Option<Meaning>, RetainError> {
        hold.rows.as_ref().map(|sealed| self.open(&hold.id, sealed)).transpose()
    }

    async fn known(&self, source: &SourceId) -> Result<Arc<Known>, RetainError> {
        let mut all = self.known.lock().await;
        if let Some(known) = all.get(source) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(Known::of(self.store, source).await?);
        all.insert(source.clone(), Arc::clone(&known));
        Ok(known)
    }

    /// `meaning`, sealed for the hold `id`.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, id: &str, meaning: &Meaning) -> Result<Vec<u8>, RetainError> {
        let text = serde_json::to_vec(meaning).map_err(|error| RetainError::Internal(error.to_string()))?;
        blob::seal(&self.key, &text, &label(id)).map_err(|error| RetainError::Internal(error.to_string()))
    }

    fn open(&self, id: &str, sealed: &[u8]) -> Result<Meaning, RetainError> {
        let text = blob::open(&self.key, sealed, &label(id));
        text.and_then(|text| serde_json::from_slice(&text).ok()).ok_or_else(|| {
            RetainError::refused(
                format!("the hold `{id}` can't be opened: its key is another one"),
                "put the file `retain.key` back; until then nothing is deleted",
            )
        })
    }
}

fn label(id: &str) -> String {
    format!("dataward hold {id}")
}
