//! Which rules apply where, what they contradict, and that nothing goes early for any combination of
//! rules, decisions, holds and tolling.

use dataward_model::Category;
use dataward_model::SourceId;
use dataward_policy::LegalAnswer;
use dataward_policy::Policy;
use dataward_policy::RulePack;
use dataward_policy::Subject;
use dataward_policy::TableName;
use dataward_policy::TableRole;
use dataward_policy::pack::Effect;
use dataward_retain::conflict::ConflictKind;
use dataward_retain::pack_diff::consequences;
use dataward_retain::pack_diff::rule_changes;
use dataward_retain::rules::Blocker;
use dataward_retain::rules::BlockerKind;
use dataward_retain::rules::Grounds;
use dataward_retain::rules::HeldColumn;
use dataward_retain::rules::HeldTable;
use dataward_retain::rules::Reach;
use dataward_retain::rules::Resolution;
use dataward_retain::rules::Standing;
use dataward_retain::rules::resolve;
use jiff::civil::Date;

const TODAY: Date = Date::constant(2026, 11, 29);

fn policy(jurisdictions: &str, sectors: &str, rest: &str) -> Policy {
    let text = format!(
        "[business]\nname = \"Test\"\njurisdictions = [{jurisdictions}]\nsectors = [{sectors}]\n\
         [source.shop]\nurl = \"sqlite:shop.db\"\n{rest}"
    );
    Policy::parse("dataward.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn table(name: &str, columns: &[(&str, Category)]) -> HeldTable {
    HeldTable {
        name: TableName { source: SourceId::new("shop").unwrap(), table: name.to_owned() },
        is_file: false,
        columns: columns
            .iter()
            .map(|(name, category)| HeldColumn { name: (*name).to_owned(), category: category.clone() })
            .collect(),
    }
}

fn resolved<'a>(policy: &'a Policy, holds: &'a [Blocker], table: &HeldTable) -> Resolution<'a> {
    resolve(Grounds { policy, pack: RulePack::built_in(), holds, today: TODAY }, table)
}

const TICKETS: &str = "[[retain]]\nname = \"Support tickets\"\nwhat = \"shop.tickets\"\nkeep = \"3 months\"\nfrom = \"closed_at\"\nthen = \"clean-up\"\n";
const ORDERS: &str = "[[retain]]\nname = \"Transaction records\"\nwhat = \"shop.orders\"\nkeep = \"5 years\"\nfrom = \"end_of_fiscal_year(placed_at)\"\nthen = \"archive\"\n";

fn decide(table: &str, rule: &str, answer: &str) -> String {
    format!(
        "[[decide]]\nplace = \"shop.{table}\"\nrule = \"{rule}\"\nanswer = \"{answer}\"\nbecause = \"as the lawyer says\"\n"
    )
}

/// Conflicts as (kind, rules, open).
fn conflicts(resolution: &Resolution<'_>) -> Vec<(ConflictKind, Vec<String>, bool)> {
    resolution.conflicts.iter().map(|one| (one.kind, one.rules.clone(), one.is_open())).collect()
}

#[test]
fn a_wish_for_a_category_covers_no_file() {
    let wish = "[[retain]]\nname = \"Contacts\"\nwhat = \"user.contact\"\nkeep = \"4 years\"\nfrom = \"created\"\nthen = \"erase\"\n";
    let policy = policy("\"DE\"", "", wish);
    let rows = table("customers", &[("email", Category::EMAIL)]);
    let file = HeldTable { is_file: true, ..rows.clone() };
    assert_eq!(resolved(&policy, &[], &rows).parts.len(), 1);
    let found = resolved(&policy, &[], &file);
    assert!(found.parts.is_empty() && found.conflicts.is_empty(), "{found:?}");
    assert_eq!(found.uncovered, file.columns);
}

#[test]
fn three_months_for_tickets_against_six_years_for_letters_is_a_decision() {
    let tickets = table("tickets", &[("email", Category::EMAIL), ("body", Category::CONTENT)]);
    let rule = "de-hgb-257-letters".to_owned();
    let open = policy("\"DE\"", "\"retail\"", TICKETS);
    let resolution = resolved(&open, &[], &tickets);
    assert!(conflicts(&resolution).contains(&(ConflictKind::MinimumOverWish, vec![rule.clone()], true)));
    assert!(matches!(resolution.parts[0].standing, Standing::Open { .. }));
    let conflict = resolution.conflicts.iter().find(|one| one.rules == [rule.clone()]).unwrap();
    assert_eq!(
        conflict.text,
        "`Support tickets` wants shop.tickets gone 3 months after closed at, and HGB § 257(1) no. 2-3, (4); AO § 147(1) no. 2,3,5 asks for 6 years \
         from the end of the year of created where it holds such things"
    );
    assert_eq!(
        conflict.options[1].command,
        "dataward retain policy --decide shop.tickets de-hgb-257-letters does-not-apply --because \"…\""
    );
    // Decided either way, it lasts, and the part may run.
    let not = policy("\"DE\"", "\"retail\"", &format!("{TICKETS}{}", decide("tickets", &rule, "does-not-apply")));
    let resolution = resolved(&not, &[], &tickets);
    assert_eq!((conflicts(&resolution), &resolution.parts[0].standing), (vec![], &Standing::Ready));
    assert_eq!(resolution.parts[0].clocks.len(), 1);
    let applies = policy("\"DE\"", "\"retail\"", &format!("{TICKETS}{}", decide("tickets", &rule, "applies")));
    let resolution = resolved(&applies, &[], &tickets);
    let part = &resolution.parts[0];
    assert_eq!(part.standing, Standing::Ready);
    assert_eq!(
        (part.clocks[part.governing].keep.to_string().as_str(), part.clocks[part.governing].by.as_str()),
        ("6 years", "de-hgb-257-letters")
    );
}

#[test]
fn five_years_for_transactions_against_eight_for_vouchers_is_a_decision() {
    let policy = policy("\"DE\"", "\"retail\"", ORDERS);
    let orders = table("orders", &[("customer_name", Category::NAME)]);
    let resolution = resolved(&policy, &[], &orders);
    let found = conflicts(&resolution);
    for rule in ["de-hgb-257-vouchers", "de-ustg-14b"] {
        assert!(found.contains(&(ConflictKind::MinimumOverWish, vec![rule.to_owned()], true)), "{rule}: {found:?}");
    }
    assert_eq!(resolution.minimum().unwrap().keep.to_string(), "8 years");
}

#[test]
fn member_states_bring_the_union_and_states_their_country() {
    let customers = table("customers", &[("email", Category::EMAIL)]);
    let has = |jurisdictions: &str, id: &str| {
        let policy = policy(jurisdictions, "\"retail\"", "");
        resolved(&policy, &[], &customers).laws.iter().any(|law| law.rule.id == id)
    };
    assert!(has("\"DE\"", "eu-gdpr-5-1-e") && has("\"NO\"", "eu-gdpr-5-1-e") && has("\"EU\"", "eu-gdpr-5-1-e"));
    assert!(!has("\"CH\"", "eu-gdpr-5-1-e") && !has("\"US-CA\"", "eu-gdpr-5-1-e"));
    assert!(has("\"FR\"", "fr-cnil-inactive-account") && !has("\"EU\"", "fr-cnil-inactive-account"));
    assert!(has("\"US-CA\"", "us-ca-7022-delete") && !has("\"US\"", "us-ca-7022-delete"));
    assert!(has("\"US-CA\"", "default-retention-email-address"));
}

#[test]
fn a_rule_of_medium_confidence_deletes_nothing_until_a_person_confirms_it() {
    // CNIL: two years for inactive accounts, of medium confidence; the wish is longer.
    let wish = "[[retain]]\nname = \"Accounts\"\nwhat = \"shop.customers\"\nkeep = \"4 years\"\nfrom = \"last_activity\"\nthen = \"erase\"\n";
    let customers = table("customers", &[("email", Category::EMAIL)]);
    let open = policy("\"FR\"", "", wish);
    let resolution = resolved(&open, &[], &customers);
    assert!(conflicts(&resolution).contains(&(
        ConflictKind::MaximumUnderWish,
        vec!["fr-cnil-inactive-account".to_owned()],
        true
    )));
    let part = &resolution.parts[0];
    assert_eq!((part.clocks[0].by.as_str(), part.ends.len()), ("Accounts", 0));
    let confirmed = format!(
        "{wish}{}{}",
        decide("customers", "fr-cnil-inactive-account", "applies"),
        decide("customers", "fr-cnil-prospects", "does-not-apply")
    );
    let confirmed = policy("\"FR\"", "", &confirmed);
    let part = &resolved(&confirmed, &[], &customers).parts[0];
    assert_eq!((part.clocks[0].by.as_str(), part.standing.clone()), ("fr-cnil-inactive-account", Standing::Ready));
}

#[test]
fn the_most_specific_wish_covers_a_column() {
    let rest = format!(
        "{ORDERS}[[retain]]\nname = \"E-mail\"\nwhat = \"user.contact.email\"\nkeep = \"2 years\"\nfrom = \"last_activity\"\nthen = \"erase\"\n\
         [[retain]]\nname = \"Notes\"\nwhat = \"shop.orders.note\"\nkeep = \"1 month\"\nfrom = \"created\"\nthen = \"anonymise\"\n"
    );
    let policy = policy("", "", &rest);
    let orders = table("orders", &[("email", Category::EMAIL), ("note", Category::CONTENT), ("name", Category::NAME)]);
    let covered: Vec<(String, usize)> =
        resolved(&policy, &[], &orders).parts.iter().map(|part| (part.wish.name.clone(), part.columns.len())).collect();
    assert_eq!(covered, [("Transaction records".to_owned(), 2), ("Notes".to_owned(), 1)]);
    let other = table("leads", &[("email", Category::EMAIL), ("phone", Category::PHONE_NUMBER)]);
    let resolution = resolved(&policy, &[], &other);
    assert_eq!(resolution.parts[0].wish.name, "E-mail");
    assert_eq!(resolution.uncovered, [HeldColumn { name: "phone".to_owned(), category: Category::PHONE_NUMBER }]);
}

#[test]
fn tolling_stops_while_it_lasts_and_lengthens_minimums_for_good() {
    let tolling = |until: &str| {
        format!(
            "{ORDERS}[[tolling]]\nname = \"Tax audit\"\nwhat = \"shop.orders\"\nrule = \"de-ao-147-tolling\"\nfrom = \"2026-01-10\"\n{until}\
             evidence = \"order of 2026-01-08\"\n"
        )
    };
    let orders = table("orders", &[("name", Category::NAME)]);
    let open = policy("", "", &tolling(""));
    assert_eq!(resolved(&open, &[], &orders).parts[0].standing, Standing::Blocked { by: vec!["Tax audit".to_owned()] });
    let over = policy("", "", &tolling("until = \"2026-11-28\"\n"));
    assert_eq!(resolved(&over, &[], &orders).parts[0].standing, Standing::Ready);
    let extended = ORDERS.replace("then =", "minimum = \"3 years\"\nthen =")
        + "[[tolling]]\nname = \"Order of the police\"\nwhat = \"shop.orders\"\nfrom = \"2025-01-01\"\nuntil = \"2025-02-01\"\nextends = \"5 years\"\nevidence = \"letter 17\"\n";
    let extended = policy("", "", &extended);
    let part = &resolved(&extended, &[], &orders).parts[0];
    assert_eq!(part.clocks[1].start.as_str(), "(end_of_fiscal_year(placed_at)) + 5 years");
}

/// Every role, jurisdiction, wish, answer and blocker: what may never happen does not.
#[test]
fn nothing_goes_early_for_any_combination_of_rule_answer_hold_and_tolling() {
    let roles: Vec<&str> = TableRole::WORDS.iter().map(|(word, _)| *word).collect();
    let sectors = "\"retail\", \"employer\", \"health\", \"finance\", \"telecom\", \"aml_obliged\", \"payment_cards\", \"public_video\"";
    let held = table("t", &[("email", Category::EMAIL), ("card", Category::CREDIT_CARD)]);
    let hold = [Blocker {
        kind: BlockerKind::Hold,
        name: "Lawsuit".to_owned(),
        what: Subject::Place { source: SourceId::new("shop").unwrap(), rest: "t.email".to_owned() },
    }];
    let mut seen = [0_usize; 3];
    for jurisdiction in ["DE", "FR", "ES", "GB", "US-CA", "IN", "CH", "NL"] {
        for role in &roles {
            for keep in ["1 month", "4 years", "30 years"] {
                for answer in
                    [None, Some(LegalAnswer::Applies), Some(LegalAnswer::DoesNotApply), Some(LegalAnswer::Seal)]
                {
                    let base = format!(
                        "[roles]\n\"shop.t\" = [\"{role}\"]\n[[retain]]\nname = \"W\"\nwhat = \"shop.t\"\nkeep = \"{keep}\"\nfrom = \"created\"\nthen = \"erase\"\n"
                    );
                    let mut policy = policy(&format!("\"{jurisdiction}\""), sectors, &base);
                    let ids: Vec<String> =
                        resolved(&policy, &[], &held).laws.iter().map(|law| law.rule.id.clone()).collect();
                    policy.retention.decisions = ids
                        .iter()
                        .filter_map(|id| {
                            Some(dataward_policy::LegalDecision {
                                place: held.name.clone(),
                                rule: dataward_policy::Spanned::new(0..0, id.clone()),
                                answer: answer?,
                                because: "test".to_owned(),
                                by: None,
                                on: None,
                            })
                        })
                        .collect();
                    for holds in [&hold[..], &[]] {
                        let resolution = resolved(&policy, holds, &held);
                        let part = &resolution.parts[0];
                        check(&resolution, answer, holds.is_empty());
                        seen[match part.standing {
                            Standing::Blocked { .. } => 0,
                            Standing::Open { .. } => 1,
                            Standing::Ready => 2,
                        }] += 1;
                    }
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

fn check(resolution: &Resolution<'_>, answer: Option<LegalAnswer>, free: bool) {
    let part = &resolution.parts[0];
    let label = format!("{:?} {answer:?} free: {free}\n{:?}", resolution.roles, resolution.conflicts);
    // A hold beats all.
    assert_eq!(matches!(part.standing, Standing::Blocked { .. }), !free, "{label}");
    // What nobody decided runs nowhere.
    if free {
        assert_eq!(
            resolution.open_conflicts().next().is_some(),
            matches!(part.standing, Standing::Open { .. }),
            "{label}"
        );
    }
    for law in &resolution.laws {
        let in_clocks = part.clocks.iter().any(|clock| clock.by == law.rule.id);
        match law.effect {
            // Every minimum holds back unless a person said that it does not apply.
            Effect::Minimum => {
                assert_eq!(in_clocks, answer != Some(LegalAnswer::DoesNotApply), "{} {label}", law.rule.id)
            }
            // A maximum shortens nothing that a person did not confirm.
            Effect::Maximum => {
                let confirmed = matches!(answer, Some(LegalAnswer::Applies | LegalAnswer::Seal));
                assert!(!in_clocks || confirmed, "{} {label}", law.rule.id);
                let ends = part.ends.iter().any(|clock| clock.by == law.rule.id);
                assert!(
                    !ends || confirmed || (!law.rule.is_doubtful() && law.reach == Reach::Is),
                    "{} {label}",
                    law.rule.id
                );
            }
            _ => assert!(!in_clocks, "{} {label}", law.rule.id),
        }
    }
    // A longer minimum than the wish is always said.
    if answer.is_none() {
        for minimum in resolution
            .laws
            .iter()
            .filter_map(|law| law.minimum())
            .filter(|clock| clock.length() > part.clocks[0].length())
        {
            let said = resolution.conflicts.iter().any(|one| one.rules.contains(&minimum.by));
            assert!(said, "{} {label}", minimum.by);
        }
    }
}

#[test]
fn another_pack_shows_what_it_changes_here() {
    let rules = include_str!("../../policy/src/pack/rules.toml");
    let at = rules.find("id = \"de-hgb-257-vouchers\"").unwrap();
    let (before, after) = rules.split_at(at);
    let old = RulePack::parse_rules(&format!("{before}{}", after.replacen("amount = 8", "amount = 10", 1))).unwrap();
    let changes = rule_changes(&old, RulePack::built_in());
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].id.as_str(), changes[0].before["term"].as_str(), changes[0].after["term"].as_str()),
        ("de-hgb-257-vouchers", "10 years", "8 years")
    );
    let policy = policy("\"DE\"", "\"retail\"", ORDERS);
    let grounds = Grounds { policy: &policy, pack: RulePack::built_in(), holds: &[], today: TODAY };
    let orders = table("orders", &[("name", Category::NAME)]);
    let leads = table("newsletter", &[("email", Category::EMAIL)]);
    let found = consequences(&old, grounds, &[orders, leads]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].table, "shop.orders");
    assert!(
        found[0].changes[0].starts_with(
            "minimum: 10 years from end_of_calendar_year(invoice_date) (de-hgb-257-vouchers) before, now 8 years"
        ),
        "{:?}",
        found[0].changes
    );
}
