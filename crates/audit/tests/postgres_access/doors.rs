//! Who gets in, by facts written down here: no server is asked.

use dataward_audit::access::AccessModel;
use dataward_audit::access::NoteKind;
use dataward_audit::access::postgres::PostgresModel;
use dataward_connect::postgres::grants::AclItem;
use dataward_connect::postgres::grants::HbaLine;
use dataward_connect::postgres::grants::PasswordState;
use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Role;

fn role(oid: u32, name: &str) -> Role {
    Role {
        oid,
        name: name.to_owned(),
        login: true,
        inherit: true,
        connection_limit: -1,
        password: Some(PasswordState::Scram),
        ..Role::default()
    }
}

/// `host all ada 10.0.0.0/8 reject`, with the mask apart as the server has it.
fn line(text: &str) -> HbaLine {
    let words: Vec<&str> = text.split(' ').collect();
    let list = |text: &str| text.split(',').map(str::to_owned).collect();
    let (address, method) =
        if words[0] == "local" { (None, words[3]) } else { (Some(words[3]), words[words.len() - 1]) };
    HbaLine {
        line: 7,
        kind: words[0].to_owned(),
        databases: list(words[1]),
        users: list(words[2]),
        address: address.map(str::to_owned),
        mask: (words.len() == 6).then(|| words[4].to_owned()),
        method: method.to_owned(),
        broken: false,
    }
}

fn barrier(role: Role, lines: &[&str]) -> Option<String> {
    let facts = PostgresGrants {
        version: 170_000,
        database: "shop".to_owned(),
        roles: vec![role],
        hba: Some(lines.iter().map(|text| line(text)).collect()),
        ..PostgresGrants::default()
    };
    let model = PostgresModel::new(facts);
    let principal = model.principals().first().unwrap();
    assert_eq!(principal.login, principal.barrier.is_none());
    principal.barrier.clone()
}

#[test]
fn the_first_line_that_fits_decides() {
    let closed = Some("no line of pg_hba.conf lets it in".to_owned());
    let wide = "host all all 10.0.0.0 255.0.0.0 scram-sha-256";
    let cases = [
        (vec![wide], None),
        (vec!["host all ada 10.0.0.0 255.0.0.0 reject", wide], closed.clone()),
        (vec!["host all ada 0.0.0.0 0.0.0.0 reject", wide], closed.clone()),
        (vec!["host all all all reject", wide], closed.clone()),
        // Only part of the addresses, of the accounts, of the ways is shut.
        (vec!["host all ada 10.1.0.0 255.255.0.0 reject", wide], None),
        (vec!["host all bob 10.0.0.0 255.0.0.0 reject", wide], None),
        (vec!["hostnossl all ada 10.0.0.0 255.0.0.0 reject", wide], None),
        (vec![wide, "host all ada 10.0.0.0 255.0.0.0 reject"], None),
        (vec!["host other ada 10.0.0.0 255.0.0.0 trust"], closed.clone()),
        (vec!["host sameuser,replication ada 10.0.0.0 255.0.0.0 trust"], closed.clone()),
        (vec!["local shop +ada peer"], None),
        (vec![], closed),
    ];
    for (lines, expected) in cases {
        assert_eq!(barrier(role(20_000, "ada"), &lines), expected, "{lines:?}");
    }
}

#[test]
fn passwords_past_their_end_keep_out_only_where_a_password_is_asked_for() {
    let expired = || Role { expired: true, ..role(20_000, "ada") };
    assert!(barrier(expired(), &["host all all all scram-sha-256"]).is_some());
    assert_eq!(barrier(expired(), &["host all all all scram-sha-256", "local all all peer"]), None);
    let none = || Role { password: Some(PasswordState::None), ..role(20_000, "ada") };
    assert!(barrier(none(), &["host all all all md5"]).is_some());
    assert_eq!(barrier(none(), &["host all all all cert"]), None);
    assert!(barrier(Role { connection_limit: 0, ..role(20_000, "ada") }, &["local all all peer"]).is_some());
}

#[test]
fn sockets_that_ask_nothing_are_noted_and_those_that_ask_the_machine_are_not() {
    let notes = |lines: &[&str]| -> Vec<(NoteKind, String)> {
        let facts = PostgresGrants {
            version: 170_000,
            database: "shop".to_owned(),
            roles: vec![Role { superuser: true, ..role(10, "postgres") }, role(20_000, "ada")],
            hba: Some(lines.iter().map(|text| line(text)).collect()),
            ..PostgresGrants::default()
        };
        let model = PostgresModel::new(facts);
        let notes = model.notes().iter().filter(|note| note.text.contains("by the socket"));
        notes.map(|note| (note.kind, note.text.clone())).collect()
    };
    let lets = "line 7 of pg_hba.conf lets everybody on the machine in by the socket without any proof, as";
    let mighty = || vec![(NoteKind::SideDoor, format!("{lets} postgres too, of whom no right is ever asked"))];
    assert_eq!(notes(&["local all all trust"]), mighty());
    assert_eq!(notes(&["local all postgres trust", "local all all peer"]), mighty());
    assert_eq!(notes(&["local all ada trust"]), [(NoteKind::Account, format!("{lets} ada"))]);
    for closed in [
        vec!["local all all peer"],
        vec!["local all all reject", "local all all trust"],
        vec!["local other all trust"],
        vec!["local replication all trust"],
        vec!["host all all 10.0.0.0 255.0.0.0 scram-sha-256"],
    ] {
        assert_eq!(notes(&closed), [], "{closed:?}");
    }
}

#[test]
fn roles_that_are_gone_and_lines_that_are_broken_are_listed() {
    let gone = AclItem { grantee: 99, grantor: 10, rights: "UC".into(), grantable: String::new() };
    let schema = dataward_connect::postgres::grants::Schema {
        oid: 1,
        name: "old".to_owned(),
        owner: 98,
        acl: Some([gone].as_slice().into()),
    };
    let facts = PostgresGrants {
        version: 150_000,
        roles: vec![role(20_000, "ada")],
        schemas: vec![schema],
        hba: Some(vec![HbaLine { broken: true, line: 3, ..HbaLine::default() }]),
        ..PostgresGrants::default()
    };
    let model = PostgresModel::new(facts);
    let texts: Vec<&str> =
        model.notes().iter().filter(|note| note.kind == NoteKind::Weakness).map(|note| note.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "line 3 of pg_hba.conf is not understood by the server and does nothing",
            "old is still open to a role that is gone (99)"
        ]
    );
}

#[test]
fn shared_accounts_and_programs_that_are_superusers_are_noted() {
    let shared = Role { people: 3, ..role(20_000, "office") };
    let program = Role { superuser: true, program: Some("webshop".to_owned()), ..role(10, "postgres") };
    let alone = Role { people: 1, program: Some("webshop".to_owned()), ..role(20_001, "shop") };
    let facts = PostgresGrants { version: 170_000, roles: vec![shared, program, alone], ..PostgresGrants::default() };
    let model = PostgresModel::new(facts);
    let accounts = model.notes().iter().filter(|note| note.kind == NoteKind::Account);
    let found: Vec<_> = accounts.map(|note| (note.principal.as_deref().unwrap(), note.text.as_str())).collect();
    assert_eq!(
        found,
        [
            ("office", "is shared: people at 3 addresses work as it at the same time, and nothing tells who did what"),
            ("postgres", "is a superuser, and the program webshop works as it"),
        ]
    );
}
