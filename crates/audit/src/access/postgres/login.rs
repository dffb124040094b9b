//! Who gets in: CONNECT, the end of passwords, connection limits, and the lines of pg_hba.conf.

use std::collections::BTreeMap;
use std::net::IpAddr;

use dataward_connect::postgres::grants::HbaLine;
use dataward_connect::postgres::grants::PasswordState;
use dataward_connect::postgres::grants::PostgresGrants;

use super::rights::Rights;
use super::role_set::RoleSet;
use super::roles::Roles;

/// What keeps accounts out, by role.
#[derive(Debug)]
pub(super) struct Doors {
    barriers: Vec<Option<String>>,
    /// Accounts that a line lets in without any proof, by role: the line.
    pub(super) without_proof: Vec<Option<i32>>,
    /// Lines that ask nothing of whoever comes by the socket: the accounts that they let in.
    pub(super) by_socket: BTreeMap<i32, Vec<usize>>,
}

/// Ways of proving who one is that ask the server for the password it keeps.
const BY_PASSWORD: &[&str] = &["md5", "password", "scram-sha-256"];

impl Doors {
    pub(super) fn new(rights: &Rights<'_>) -> Self {
        let (facts, roles) = (rights.facts, rights.roles);
        let connect = rights.connect();
        let mut doors = Self { barriers: Vec::new(), without_proof: Vec::new(), by_socket: BTreeMap::new() };
        for (index, role) in facts.roles.iter().enumerate() {
            let lines = facts.hba.as_ref().map(|lines| open_lines(lines, facts, roles, index));
            let barrier = if role.login { barrier(facts, &connect, index, lines.as_deref()) } else { None };
            let trusting = lines.iter().flatten().find(|line| line.method == "trust");
            let asks_nothing = lines.iter().flatten().filter(|line| line.method == "trust" && line.kind == "local");
            for line in asks_nothing.filter(|_| role.login && barrier.is_none()) {
                doors.by_socket.entry(line.line).or_default().push(index);
            }
            doors.barriers.push(barrier);
            doors.without_proof.push(trusting.filter(|_| role.login).map(|line| line.line));
        }
        doors
    }

    /// Why an account cannot log in; none when it can.
    pub(super) fn barrier(&self, role: usize) -> Option<String> {
        self.barriers[role].clone()
    }
}

fn barrier(facts: &PostgresGrants, connect: &RoleSet, index: usize, lines: Option<&[&HbaLine]>) -> Option<String> {
    let role = &facts.roles[index];
    if !connect.contains(index) {
        return Some(format!("it has no CONNECT on the database {}", facts.database));
    }
    if role.connection_limit == 0 && !role.superuser {
        return Some("its connection limit is 0".to_owned());
    }
    if lines.is_some_and(<[_]>::is_empty) {
        return Some("no line of pg_hba.conf lets it in".to_owned());
    }
    let only_by_password =
        lines.is_none_or(|lines| lines.iter().all(|line| BY_PASSWORD.contains(&line.method.as_str())));
    if role.expired && only_by_password {
        return Some("its password is past its end".to_owned());
    }
    if role.password == Some(PasswordState::None) && only_by_password && lines.is_some() {
        return Some("it has no password and pg_hba.conf asks for one".to_owned());
    }
    None
}

/// The lines that let an account in from somewhere: those that are for it, do not reject, and do not lie
/// wholly behind another one: the first line that fits decides, and no other is tried.
fn open_lines<'a>(lines: &'a [HbaLine], facts: &PostgresGrants, roles: &Roles, index: usize) -> Vec<&'a HbaLine> {
    let mine: Vec<&HbaLine> = lines.iter().filter(|line| !line.broken && is_for(line, facts, roles, index)).collect();
    let open = mine
        .iter()
        .enumerate()
        .filter(|(place, line)| line.method != "reject" && !mine[..*place].iter().any(|before| covers(before, line)));
    open.map(|(_, line)| *line).collect()
}

fn is_for(line: &HbaLine, facts: &PostgresGrants, roles: &Roles, index: usize) -> bool {
    let name = facts.roles[index].name.as_str();
    let in_role =
        |role: &str| role == name || roles.named(role).is_some_and(|role| roles.belongs_to(index).contains(role));
    let database = line.databases.iter().any(|word| match word.as_str() {
        "all" => true,
        "sameuser" => facts.database == name,
        "samerole" | "samegroup" => in_role(&facts.database),
        "replication" => false,
        word => word == facts.database || matches(word, &facts.database),
    });
    let user = line.users.iter().any(|word| match word.strip_prefix('+') {
        Some(role) => in_role(role),
        None => word == "all" || word == name || matches(word, name),
    });
    database && user
}

/// A regular expression (from version 16 on) counts as a match: it may be one.
fn matches(word: &str, _name: &str) -> bool {
    word.starts_with('/')
}

/// Whether everybody who comes by `line` comes by `before` first.
fn covers(before: &HbaLine, line: &HbaLine) -> bool {
    let kind = match (before.kind.as_str(), line.kind.as_str()) {
        (before, line) if before == line => true,
        ("host", line) => line.starts_with("host"),
        ("hostnossl", "hostgssenc") | ("hostnogssenc", "hostssl") => true,
        _ => false,
    };
    kind && match (network(before), network(line)) {
        _ if line.kind == "local" => true,
        _ if before.address.as_deref() == Some("all") => true,
        (Some((before, prefix)), Some((address, longer))) => prefix <= longer && same_prefix(before, address, prefix),
        _ => before.address == line.address && before.mask == line.mask,
    }
}

/// Address and length of the prefix.
fn network(line: &HbaLine) -> Option<(IpAddr, u32)> {
    let address: IpAddr = line.address.as_deref()?.parse().ok()?;
    let prefix = match line.mask.as_deref().map(str::parse::<IpAddr>) {
        Some(Ok(IpAddr::V4(mask))) => u32::from(mask).leading_ones(),
        Some(Ok(IpAddr::V6(mask))) => u128::from(mask).leading_ones(),
        _ => return None,
    };
    Some((address, prefix))
}

fn same_prefix(one: IpAddr, other: IpAddr, prefix: u32) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (u32::from(one) ^ u32::from(other)).leading_zeros() >= prefix.min(32) || prefix == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            (u128::from(one) ^ u128::from(other)).leading_zeros() >= prefix.min(128) || prefix == 0
        }
        _ => false,
    }
}

/// Whether a line lets people in from anywhere on the net.
pub(super) fn is_from_anywhere(line: &HbaLine) -> bool {
    line.kind != "local"
        && (line.address.as_deref() == Some("all") || network(line).is_some_and(|(_, prefix)| prefix == 0))
}
