//! What an engine's own checks say of what it stores: broken pages, indexes that disagree with their
//! tables, references that lead nowhere. They only read, under a reader's lock and a time-out.

/// What the checks of an engine said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelfCheck {
    /// What is damaged.
    pub faults: Vec<EngineFault>,
    /// References that lead nowhere, of tables: what is stored is whole, and something is missing.
    pub orphans: Vec<EngineFault>,
    /// Rules that tables declare and rows break, one line a table: written around the engine, or before the rule.
    pub broken_rules: Vec<EngineFault>,
    /// Which checks were made, for people.
    pub done: Vec<String>,
    /// Which were not, and what would help.
    pub unseen: Vec<String>,
}

/// Something that is wrong. Messages of engines quote data: they are told in words of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFault {
    /// The table; none: the source as a whole.
    pub table: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl SelfCheck {
    /// Notes that something is damaged; the same is noted once.
    pub fn fault(&mut self, table: Option<&str>, what: impl Into<String>) {
        let fault = EngineFault { table: table.map(str::to_owned), what: what.into() };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}
