//! What a database server says of the connections of its clients.

/// How the clients of a server are connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// Whether the server refuses log-ins without TLS; none where it has no such setting for all.
    pub wants_tls: Option<bool>,
    /// Connected over the net with TLS.
    pub encrypted: u64,
    /// Connected over the net without.
    pub in_clear: u64,
    /// Connected from the same machine: nobody is on the way.
    pub local: u64,
    /// Connected in a way that we are not allowed to see.
    pub unseen: u64,
    /// The accounts that are connected without TLS.
    pub accounts_in_clear: Vec<String>,
    /// Log-ins since the server started, and how many came with TLS, where it counts them alone.
    pub since_start: Option<(u64, u64)>,
}

impl Clients {
    /// Counts connections of an account that come the same way.
    pub(crate) fn count(&mut self, way: Way, account: &str, number: u64) {
        match way {
            Way::Clear => {
                self.in_clear += number;
                if !self.accounts_in_clear.iter().any(|known| known == account) {
                    self.accounts_in_clear.push(account.to_owned());
                }
            }
            Way::Encrypted => self.encrypted += number,
            Way::Local => self.local += number,
            Way::Unseen => self.unseen += number,
        }
    }
}

/// How a client is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over the net, readable.
    Clear,
    /// Over the net, with TLS.
    Encrypted,
    /// From the same machine.
    Local,
    /// We may not see it.
    Unseen,
}
