//! Access verification: who can do what to which customer data, and through which path.
//!
//! `connect` reads the facts of a source's catalogue ([`dataward_connect::grants`]); the model of its
//! engine, a folder here, works the effective rights out of them ([`model::AccessModel`]), and what
//! follows is the same for all engines: the [`matrix`] on a screen, what changed since the last look
//! ([`diff`]), what the policy did not want ([`intent`]), the statements that take it away
//! ([`revoke`]) and those that give the rest back ([`give_back`]). Nothing here asks a server anything.

pub mod diff;
pub mod entry;
pub mod facts;
pub mod give_back;
pub mod given_to_everybody;
pub mod held;
pub mod intent;
pub mod matrix;
pub mod model;
pub mod mysql;
pub mod not_given;
pub mod noted;
pub mod objects;
pub mod open_to_everyone;
pub mod posix;
pub mod postgres;
pub mod readable_by_everyone;
pub mod revoke;
mod shell;

use dataward_connect::GrantFacts;

pub use diff::AccessChange;
pub use diff::AccessSnapshot;
pub use entry::Entry;
pub use entry::EntryGroup;
pub use entry::Path;
pub use entry::Privileges;
pub use entry::Reach;
pub use entry::Rows;
pub use intent::Intent;
pub use matrix::Matrix;
pub use model::AccessModel;
pub use model::Listed;
pub use model::Missing;
pub use model::Note;
pub use model::NoteKind;
pub use model::Principal;
pub use model::Scope;

/// Works out the effective rights from the facts of a catalogue: the one list of engines.
pub fn model_of(facts: GrantFacts) -> Box<dyn AccessModel> {
    match facts {
        GrantFacts::Files(facts) => Box::new(posix::FilesModel::new(*facts)),
        GrantFacts::Mysql(facts) => Box::new(mysql::MysqlModel::new(*facts)),
        GrantFacts::Objects(facts) => Box::new(objects::ObjectsModel::new(*facts)),
        GrantFacts::Postgres(facts) => Box::new(postgres::PostgresModel::new(*facts)),
    }
}
