//! The holds of the state, opened: which rows they mean is sealed there, as it names a person.

use dataward_model::SourceId;
use dataward_seal::SecretKey;
use dataward_seal::blob;
use dataward_store::Store;
use dataward_store::StoredHold;

use crate::error::RetainError;
use crate::hold::Cover;
use crate::hold::Holds;
use crate::hold::Matching;

/// Reads and writes the holds of a state.
pub struct HoldBook<'a> {
    store: &'a Store,
    key: SecretKey,
    /// What the policy file stops beside: tollings that are open today.
    always: Vec<(SourceId, Cover)>,
}

impl<'a> HoldBook<'a> {
    /// The holds of `store`, sealed with `key`, and what the policy itself stops.
    pub fn new(store: &'a Store, key: SecretKey, always: Vec<(SourceId, Cover)>) -> Self {
        Self { store, key, always }
    }

    /// What is stopped in a source at this moment.
    ///
    /// # Errors
    /// When the state can't be read, or a hold can't be opened: then nothing may go.
    pub async fn of(&self, source: &SourceId) -> Result<Holds, RetainError> {
        let stored = self.store.holds(false).await?;
        let mut covers = Vec::new();
        for hold in stored.iter().filter(|hold| hold.source == *source) {
            covers.push(self.open(hold)?);
        }
        covers.extend(self.always.iter().filter(|(of, _)| of == source).map(|(_, cover)| cover.clone()));
        Ok(Holds::new(covers))
    }

    /// `matching`, sealed for the hold `id`.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, id: &str, matching: &Matching) -> Result<Vec<u8>, RetainError> {
        let text = serde_json::to_vec(matching).map_err(|error| RetainError::Internal(error.to_string()))?;
        blob::seal(&self.key, &text, &label(id)).map_err(|error| RetainError::Internal(error.to_string()))
    }

    fn open(&self, hold: &StoredHold) -> Result<Cover, RetainError> {
        let rows = match &hold.rows {
            None => None,
            Some(sealed) => {
                let text = blob::open(&self.key, sealed, &label(&hold.id));
                let matching = text.and_then(|text| serde_json::from_slice(&text).ok());
                Some(matching.ok_or_else(|| {
                    RetainError::refused(
                        format!("the hold `{}` can't be opened: its key is another one", hold.id),
                        "put the file `retain.key` back; until then nothing is deleted",
                    )
                })?)
            }
        };
        Ok(Cover { matter: hold.matter.clone(), table: hold.table.clone(), rows })
    }
}

fn label(id: &str) -> String {
    format!("dataward hold {id}")
}
