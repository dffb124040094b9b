//! What is not a right on a column and matters: accounts that are too easy to enter, ways around the
//! rights on tables, rights that are one step away, and things that do not work.

use dataward_connect::mysql::catalogue::Account;
use dataward_connect::mysql::catalogue::AccountName;
use dataward_connect::mysql::catalogue::Rights;
use dataward_model::Remedy;

use super::index::Index;
use super::pattern;
use super::pattern::Client;
use super::reach;
use super::session::Session;
use crate::access::model::Note;
use crate::access::model::NoteKind;

/// All notes on the accounts with these numbers.
pub(super) fn all(index: &Index, accounts: &[usize], clients: &[Client]) -> Vec<Note> {
    let mut notes = Vec::new();
    for account in accounts.iter().map(|at| &index.facts.accounts[*at]) {
        if !index.is_role(account) {
            easy_to_enter(index, account, &mut notes);
        }
        if runs_the_server(account) {
            let text = "runs the server: holds every right on it, and so every way around the others";
            notes.push(note(NoteKind::SideDoor, &account.name, text.to_owned(), None));
            continue;
        }
        side_doors(index, account, &mut notes);
        one_step(index, account, &mut notes);
        future(index, account, &mut notes);
    }
    grant_tables(index, accounts, clients, &mut notes);
    proxies(index, &mut notes);
    hidden_lines(index, &mut notes);
    forgotten(index, &mut notes);
    broken(index, &mut notes);
    notes.sort();
    notes.dedup();
    notes
}

fn note(kind: NoteKind, account: &AccountName, text: String, remedy: Option<String>) -> Note {
    Note { kind, principal: Some(account.shown()), text, remedy: remedy.map(Remedy::Command) }
}

fn easy_to_enter(index: &Index, account: &Account, notes: &mut Vec<Note>) {
    let name = &account.name;
    let quoted = name.quoted();
    let mut add = |text: &str, remedy: String| {
        notes.push(note(NoteKind::Account, name, text.to_owned(), Some(remedy)));
    };
    if name.user.is_empty() {
        add("anybody may log in without a name, and gets this account's rights", format!("DROP USER {quoted};"));
    }
    if account.without_password && !account.locked {
        add("no password is asked for", format!("ALTER USER {quoted} IDENTIFIED BY '<password>';"));
    }
    if account.locked && !has_nothing(index, account) {
        add("the account is locked and keeps its rights", format!("DROP USER {quoted};"));
    }
    if account.password_expired && !account.locked {
        add(
            "the password has expired; whoever knows it can log in and choose a new one",
            format!("ALTER USER {quoted} ACCOUNT LOCK;"),
        );
    }
    let anywhere = name.host.is_empty() || name.host.chars().all(|character| character == '%');
    if anywhere && !account.locked && !name.user.is_empty() {
        let without_tls = if account.requires_tls { "" } else { ", and without TLS" };
        add(
            &format!("may log in from any host{without_tls}"),
            match account.requires_tls {
                true => format!("RENAME USER {quoted} TO {};", AccountName::new(&name.user, "<host>").quoted()),
                false => format!("ALTER USER {quoted} REQUIRE SSL;"),
            },
        );
    }
    if account.rights.has(Rights::SUPER) && !is_administrator(name) {
        add(
            "holds SUPER; an application needs rights on its own tables only",
            format!("REVOKE SUPER ON *.* FROM {quoted};"),
        );
    }
    if let Some(seen) = &index.facts.seen
        && !account.locked
        && !name.user.is_empty()
        && !seen.contains(&name.user)
    {
        add("was not seen logged in since the server started", format!("ALTER USER {quoted} ACCOUNT LOCK;"));
    }
}

/// Names that stand for people who run the server.
fn is_administrator(name: &AccountName) -> bool {
    ["root", "mysql", "admin", "dba"].contains(&name.user.as_str())
}

/// An administrator who may do everything: each of the ways open to it is no news.
fn runs_the_server(account: &Account) -> bool {
    is_administrator(&account.name) && account.rights.has(Rights::SUPER | Rights::GRANT | Rights::CREATE_USER)
}

fn has_nothing(index: &Index, account: &Account) -> bool {
    let facts = &index.facts;
    account.rights.is_none()
        && !facts.database_rights.iter().any(|line| line.grantee == account.name)
        && !facts.table_rights.iter().any(|line| line.grantee == account.name)
        && !facts.routine_rights.iter().any(|line| line.grantee == account.name)
        && !facts.memberships.iter().any(|membership| membership.member == account.name)
}

/// Rights on everything that lead around the rights on tables.
const SIDE_DOORS: [(Rights, &str, &str); 9] = [
    (Rights::SUPER, "SUPER", "may make views and routines that run as any account"),
    (Rights::SET_USER, "SET USER", "may make views and routines that run as any account"),
    (Rights::PROCESS, "PROCESS", "sees the statements of all sessions, with the values in them"),
    (Rights::REPLICATION_SLAVE, "REPLICATION SLAVE", "may follow the binary log, with every change in it"),
    (Rights::REPLICATION_CLIENT, "REPLICATION CLIENT", "may list the binary logs"),
    (
        Rights::BINLOG_ADMIN,
        "BINLOG_ADMIN",
        "may switch the binary log of its session off, so that changes leave no trace",
    ),
    (Rights::BACKUP_ADMIN, "BACKUP_ADMIN", "may take a copy of all data"),
    (Rights::CLONE_ADMIN, "CLONE_ADMIN", "may take a copy of all data"),
    (Rights::SHOW_ROUTINE, "SHOW_ROUTINE", "reads the text of all routines"),
];

/// What each server calls the right to make things that run as somebody else.
fn set_user(index: &Index) -> &'static str {
    match (index.is_mariadb(), index.facts.version >= (8, 2, 0)) {
        (true, _) => "SET USER",
        (false, true) => "SET_ANY_DEFINER",
        (false, false) => "SET_USER_ID",
    }
}

fn side_doors(index: &Index, account: &Account, notes: &mut Vec<Note>) {
    let quoted = account.name.quoted();
    for (right, words, what) in SIDE_DOORS {
        let newer = right == Rights::BINLOG_ADMIN && !index.facts.settings.binary_log;
        if account.rights.has(right) && !newer {
            let words = if right == Rights::SET_USER { set_user(index) } else { words };
            let remedy = Some(format!("REVOKE {words} ON *.* FROM {quoted};"));
            notes.push(note(NoteKind::SideDoor, &account.name, format!("{words}: {what}"), remedy));
        }
    }
    if account.rights.has(Rights::FILE) {
        let what = match index.facts.settings.secure_file_priv.as_deref() {
            // FILE opens nothing then.
            None => return,
            Some("") => "FILE: reads and writes every file that the server can, tables of other servers among them",
            Some(_) => "FILE: reads and writes files in the folder of secure_file_priv",
        };
        let remedy = Some(format!("REVOKE FILE ON *.* FROM {quoted};"));
        notes.push(note(NoteKind::SideDoor, &account.name, what.to_owned(), remedy));
    }
}

/// Rights that can be turned into others today.
fn one_step(index: &Index, account: &Account, notes: &mut Vec<Note>) {
    let facts = &index.facts;
    let name = &account.name;
    let quoted = name.quoted();
    let mut add = |text: String, remedy: String| notes.push(note(NoteKind::Escalation, name, text, Some(remedy)));
    if account.rights.has(Rights::CREATE_USER) {
        add(
            "CREATE USER: may set the password of other accounts and log in as them".to_owned(),
            format!("REVOKE CREATE USER ON *.* FROM {quoted};"),
        );
    }
    if account.rights.has(Rights::ROLE_ADMIN) {
        add("ROLE_ADMIN: may give itself any role".to_owned(), format!("REVOKE ROLE_ADMIN ON *.* FROM {quoted};"));
    }
    if account.rights.has(Rights::GRANT) {
        add(
            "GRANT OPTION on *.*: may pass its rights on to anybody".to_owned(),
            format!("REVOKE GRANT OPTION ON *.* FROM {quoted};"),
        );
    }
    for line in facts.database_rights.iter().filter(|line| line.grantee == *name) {
        let on = format!("{}.*", identifier(&line.pattern));
        for (right, what) in [
            (Rights::GRANT, "may pass its rights on to anybody"),
            (Rights::TRIGGER, "may attach statements that run when others write there, with their values"),
            (Rights::EVENT, "may leave statements there that run by themselves"),
        ] {
            if line.rights.has(right) {
                let words = if right == Rights::GRANT { "GRANT OPTION" } else { right.words()[0] };
                add(format!("{words} on {}.*: {what}", line.pattern), format!("REVOKE {words} ON {on} FROM {quoted};"));
            }
        }
    }
    for line in facts.table_rights.iter().filter(|line| line.grantee == *name) {
        let on = format!("{}.{}", identifier(&line.database), identifier(&line.table));
        for (right, words, what) in [
            (Rights::GRANT, "GRANT OPTION", "may pass its rights on to anybody"),
            (Rights::TRIGGER, "TRIGGER", "may attach statements that run when others write there, with their values"),
        ] {
            if line.rights.has(right) {
                let text = format!("{words} on {}.{}: {what}", line.database, line.table);
                add(text, format!("REVOKE {words} ON {on} FROM {quoted};"));
            }
        }
    }
    for membership in facts.memberships.iter().filter(|membership| membership.member == *name && membership.admin) {
        add(
            format!("may give the role {} to anybody", membership.role.user),
            format!("REVOKE ADMIN OPTION FOR {} FROM {quoted};", membership.role.quoted()),
        );
    }
}

/// Rights that hold for tables that are not there yet.
fn future(index: &Index, account: &Account, notes: &mut Vec<Note>) {
    let quoted = account.name.quoted();
    if account.rights.has(Rights::SELECT) {
        let remedy = Some(format!("REVOKE SELECT ON *.* FROM {quoted};"));
        let text = "would read every new table of every database".to_owned();
        notes.push(note(NoteKind::Future, &account.name, text, remedy));
    }
    for line in index.database_lines(&account.name.user).filter(|line| line.grantee == account.name) {
        if line.rights.has(Rights::SELECT) {
            let remedy = Some(format!("REVOKE SELECT ON {}.* FROM {quoted};", identifier(&line.pattern)));
            let many = if pattern::is_plain(&line.pattern) { "" } else { ", in databases that are not there yet too" };
            let text = format!("would read every new table in {}{many}", line.pattern);
            notes.push(note(NoteKind::Future, &account.name, text, remedy));
        }
    }
}

/// Whoever reads or writes `mysql.*` reads the hashes of passwords, or gives itself rights.
fn grant_tables(index: &Index, accounts: &[usize], clients: &[Client], notes: &mut Vec<Note>) {
    let table = if index.is_mariadb() { "global_priv" } else { "user" };
    let others = accounts.iter().map(|at| &index.facts.accounts[*at]).filter(|account| !runs_the_server(account));
    for account in others {
        let sessions = reach::sessions(index, account, clients);
        let rights = sessions.direct.iter().chain(&sessions.set_role).flat_map(|session: &Session<'_>| {
            let sources = session.sources(index, "mysql", table);
            sources.into_iter().map(|source| source.rights).collect::<Vec<_>>()
        });
        let rights = rights.fold(Rights::NONE, |all, one| all | one);
        if rights.has(Rights::SELECT) {
            let text = format!("reads mysql.{table}, and with it the hashes of all passwords");
            notes.push(note(NoteKind::SideDoor, &account.name, text, None));
        }
        if rights.has(Rights::UPDATE) || rights.has(Rights::INSERT) {
            let text = format!("writes mysql.{table}, and so gives itself any right");
            notes.push(note(NoteKind::Escalation, &account.name, text, None));
        }
    }
}

fn proxies(index: &Index, notes: &mut Vec<Note>) {
    for (proxy, proxied) in &index.facts.proxies {
        // What every server is installed with: its first administrator may stand for anybody.
        if proxied.user.is_empty() && proxied.host.is_empty() && is_administrator(proxy) {
            continue;
        }
        let whom = if proxied.user.is_empty() { "anybody".to_owned() } else { proxied.shown() };
        let remedy = format!("REVOKE PROXY ON {} FROM {};", proxied.quoted(), proxy.quoted());
        notes.push(note(NoteKind::SideDoor, proxy, format!("may act as {whom} (PROXY)"), Some(remedy)));
    }
}

/// Lines of the anonymous user on databases: everybody from that host has them, and no SHOW GRANTS says so.
fn hidden_lines(index: &Index, notes: &mut Vec<Note>) {
    for line in index.database_lines("").filter(|line| !line.rights.is_none()) {
        let words = line.rights.words().join(", ");
        let text = format!(
            "rights of the anonymous user on {}.* are everybody's who comes from {}, and SHOW GRANTS does not show them: {words}",
            line.pattern,
            if line.grantee.host.is_empty() { "anywhere" } else { &line.grantee.host }
        );
        let on = identifier(&line.pattern);
        let remedy = Some(Remedy::Command(format!("REVOKE ALL PRIVILEGES ON {on}.* FROM {};", line.grantee.quoted())));
        notes.push(Note { kind: NoteKind::Weakness, principal: None, text, remedy });
    }
    for line in index.public_name().map(|public| index.database_lines(&public.user)).into_iter().flatten() {
        if line.grantee.host.is_empty() && !line.rights.is_none() {
            let text = format!(
                "everybody has rights on {}.* through PUBLIC: {}",
                line.pattern,
                line.rights.words().join(", ")
            );
            let on = identifier(&line.pattern);
            let remedy = Some(Remedy::Command(format!("REVOKE ALL PRIVILEGES ON {on}.* FROM PUBLIC;")));
            notes.push(Note { kind: NoteKind::Weakness, principal: None, text, remedy });
        }
    }
}

/// MariaDB (10.11, tried): a grant on a database, table or routine to a role makes the server forget, until it
/// reads its tables again, the rights on everything that the role has by roles that it holds. What is granted
/// stands in the tables, and so in the answer.
fn forgotten(index: &Index, notes: &mut Vec<Note>) {
    const GIVES: [Rights; 5] = [Rights::SELECT, Rights::INSERT, Rights::UPDATE, Rights::REFERENCES, Rights::EXECUTE];
    let facts = &index.facts;
    if !index.is_mariadb() {
        return;
    }
    let public = index.public_name().and_then(|name| index.account(name));
    for role in facts.accounts.iter().filter(|account| index.is_role(account)).chain(public) {
        let name = &role.name;
        let has_lines = facts.database_rights.iter().any(|line| line.grantee == *name)
            || facts.table_rights.iter().any(|line| line.grantee == *name)
            || facts.routine_rights.iter().any(|line| line.grantee == *name);
        let brought = index.closure(name).iter().skip(1).filter_map(|chain| chain.last());
        let by: Vec<&str> = brought
            .filter_map(|other| index.account(other))
            .filter(|other| GIVES.iter().any(|right| other.rights.has(*right) && !role.rights.has(*right)))
            .map(|other| other.name.user.as_str())
            .collect();
        if has_lines && !by.is_empty() {
            let text = format!(
                "{} may lack the rights on everything that it has by {} until FLUSH PRIVILEGES or a restart: MariaDB \
                 forgets them when something else is granted to it; here they are counted",
                name.shown(),
                by.join(", ")
            );
            let remedy = Some(Remedy::command("FLUSH PRIVILEGES;"));
            notes.push(Note { kind: NoteKind::Weakness, principal: None, text, remedy });
        }
    }
}

/// Views and routines whose definer is gone.
fn broken(index: &Index, notes: &mut Vec<Note>) {
    let views = index
        .facts
        .views
        .iter()
        .filter(|view| !view.invoker)
        .map(|view| ("view", &view.database, &view.name, &view.definer));
    let routines = index
        .facts
        .routines
        .iter()
        .filter(|routine| !routine.invoker)
        .map(|routine| ("routine", &routine.database, &routine.name, &routine.definer));
    for (kind, database, name, definer) in views.chain(routines) {
        if !index.facts.accounts.is_empty() && Session::of_definer(index, definer).is_none() {
            let text = format!(
                "{kind} {database}.{name} runs as {}, an account that is gone: it fails, and whoever makes an account of that \
                 name decides what it shows",
                definer.shown()
            );
            notes.push(Note { kind: NoteKind::Weakness, principal: None, text, remedy: None });
        }
    }
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
