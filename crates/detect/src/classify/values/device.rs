//! Accounts, secrets, devices.

use dataward_model::Category;

use super::Context;
use super::Fit;
use super::Look;
use super::percent;
use crate::column::Kinds;
use crate::column::facts::Facts;
use crate::column::facts::PassRate;
use crate::column::facts::above_chance;

pub(super) fn username(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    if facts.with_blank > 0.4 || facts.flag || facts.dates > 0.2 || facts.with_letter < 0.3 || facts.length.mean > 40.0
    {
        return Fit::against(0.9, "the values cannot be account names");
    }
    if facts.domain_account > 0.9 {
        return Fit::new(0.85, "the values are accounts of a domain");
    }
    // `ALFKI` is a key of five letters, `KRAUSEA` an account.
    let plain = facts.words.given.max(facts.words.surname).max(facts.words.city);
    if facts.handle_in_capitals > 0.5
        && facts.length.least + 1.0 < facts.length.most
        && plain < 0.3
        && facts.words.thing < 0.2
        && facts.uniqueness() > 0.8
    {
        return Fit::new(0.5, "the values are account names made from names, in capitals");
    }
    if facts.prefix >= 3.0 && facts.token + facts.with_digit > 0.5 {
        return Fit::against(0.8, "the values begin alike, as ids of machines do");
    }
    if facts.rate("email").share > 0.5 {
        return Fit::against(0.6, "the values are e-mail addresses");
    }
    let named = facts.handle_with_name;
    let unique = if facts.uniqueness() > 0.7 || facts.distinct > 200.0 { 1.0 } else { 0.5 };
    let unique = unique * (1.0 - 0.9 * facts.closed().max(((facts.repetition() - 3.0) / 6.0).clamp(0.0, 1.0)));
    if facts.host > 0.5 {
        return Fit::against(1.0, "the values are names of sites or machines");
    }
    if facts.handle > 0.6 && named > 0.2 {
        let plain = facts.words.given.max(facts.words.surname).max(facts.words.city);
        let amount = (facts.sure(named, 0.1) - 0.15) / 0.4 * unique
            - 1.1 * (plain - 0.35).max(0.0)
            - 0.5 * (facts.words.thing - 0.3).max(0.0);
        let lower = facts.lower_only.max(if facts.with_digit > 0.3 { 0.8 } else { 0.0 });
        let amount =
            if amount > 0.0 { amount * if lower < 0.3 { 0.1 } else { 0.35 + 0.65 * lower } } else { amount.max(-0.1) };
        // Where the whole table is in small letters, bare names are names.
        let bare = context.small_letters && facts.with_digit < 0.2 && plain > 0.2;
        let amount = if bare { amount.min(0.05) } else { amount };
        return Fit::new(amount, format!("{} % of the values are account names made from names", percent(named)));
    }
    // Whose something is repeats: the name says that they are accounts.
    let said = look.name.strength(&Category::USERNAME) > 0.2 && look.name.person > 0.4;
    if said && facts.handle > 0.9 && facts.words.known < 0.6 && facts.token < 0.1 && facts.length.least >= 3.0 {
        return Fit::new(0.45, "the values can be account names, and the column's name speaks of a person");
    }
    if facts.handle > 0.6 && unique == 1.0 {
        // Beside an address or a password, words of letters and digits that no list knows.
        let account = context.beside(&Category::EMAIL, index).max(context.beside(&Category::PASSWORD, index));
        let taken = context.beside(&Category::USERNAME, index);
        let chosen = facts.handle > 0.9
            && (facts.with_digit > 0.15 && facts.with_digit < 0.95
                || facts.lower_only > 0.6
                || facts.words.known < 0.3 && facts.with_blank < 0.05)
            && facts.words.known < 0.6
            && facts.token < 0.1
            && facts.uniqueness() > 0.8
            && (4.0..=20.0).contains(&facts.length.mean);
        let beside = if chosen { 0.3 * (account - taken).max(0.0) } else { 0.0 };
        // Some of them with a number behind, and some without: nobody numbers things so.
        let some = chosen && (0.1..0.9).contains(&facts.numbered_word) && facts.numbered_word > 0.7 * facts.with_digit;
        let some = if some { 0.5 * (1.0 - 0.3 * taken) } else { 0.0 };
        return Fit::new(0.05 + beside.max(some), "the values can be account names");
    }
    Fit::against(0.35, "the values do not read like account names")
}

pub(super) fn password(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    if facts.flag || facts.dates > 0.3 || facts.with_blank > 0.6 || facts.decimals > 0.5 {
        return Fit::against(1.0, "the values cannot be passwords");
    }
    let hashes = facts.rate("password-hash");
    if hashes.share > 0.3 {
        return Fit::new(
            above_chance(hashes, facts.sampled),
            format!("{} % of the values are password hashes", percent(hashes.share)),
        );
    }
    let digest = facts.looks_like("digest");
    if digest > 0.8 {
        let account = context.beside(&Category::USERNAME, index).max(context.beside(&Category::EMAIL, index));
        // Git, files and messages have digests of 40 and more digits; unsalted passwords mostly 32. Where each row has
        // an account of its own, it is no list of files.
        let short = facts.length.mean < 36.0;
        let own = short || context.has_accounts() && facts.uniqueness() > 0.9;
        let (alone, beside) = (if short { 0.12 } else { 0.04 }, if own { 0.42 } else { 0.16 });
        // `image`, `checksum`: a digest of what the name says.
        let name = &look.name;
        let secret = name.strength(&Category::PASSWORD).max(name.strength(&Category::CREDENTIALS)) > 0.0;
        let of_else = !secret && (name.veto > 0.5 || name.thing > 0.4);
        let share = if of_else { 0.2 } else { 1.0 };
        return Fit::new(share * (alone + beside * account), "the values are digests, as passwords are stored");
    }
    if facts.kinds.has(Kinds::BINARY) || facts.token > 0.5 {
        return Fit::new(0.12, "the values are without sense, as stored passwords are");
    }
    if facts.integers > 0.9 && facts.kinds.only(Kinds::INTEGER) {
        return Fit::against(0.4, "the values are numbers");
    }
    Fit::silent()
}

pub(super) fn credentials(facts: &Facts, context: &Context, index: usize) -> Fit {
    if facts.flag || facts.dates > 0.3 || facts.with_blank > 0.5 || facts.decimals > 0.5 {
        return Fit::against(1.0, "the values cannot be keys or tokens");
    }
    let known = facts.rate("access-token").share.max(facts.rate("private-key").share);
    if known > 0.3 {
        return Fit::new(0.4 + 0.6 * known, format!("{} % of the values have the form of access keys", percent(known)));
    }
    if facts.secret_like > 0.0 && context.follows_names_of_secrets(index) {
        return Fit::new(0.75, "a column beside it names passwords or keys, and such values are among them");
    }
    if facts.token > 0.7
        && facts.length.mean >= 28.0
        && facts.looks_like("uuid") < 0.3
        && facts.looks_like("digest") < 0.3
    {
        return Fit::new(0.18, "the values are without sense, as keys and tokens are");
    }
    if facts.length.mean < 4.0 || facts.words.known > 0.6 {
        return Fit::against(0.6, "the values are no keys or tokens");
    }
    Fit::silent()
}

pub(super) fn cookie(facts: &Facts) -> Fit {
    if facts.token > 0.5 || facts.looks_like("uuid") > 0.5 {
        return Fit::new(0.1, "the values are without sense, as session ids are");
    }
    if facts.kinds.only(Kinds::INTEGER) || facts.flag || facts.with_blank > 0.4 || facts.dates > 0.1 {
        return Fit::against(0.8, "the values are no session ids");
    }
    Fit::against(0.3, "the values hardly look like session ids")
}

pub(super) fn ip(facts: &Facts) -> Fit {
    let (four, six) = (facts.rate("ipv4"), facts.rate("ipv6"));
    let share = (four.share + six.share).min(1.0);
    if facts.dates > 0.5 {
        return Fit::against(1.0, "the values are dates");
    }
    if share == 0.0 {
        let packed = facts.kinds.has(Kinds::BINARY)
            || facts.integers > 0.9 && (16_777_216.0..=f64::from(u32::MAX)).contains(&facts.number.most);
        return if packed { Fit::silent() } else { Fit::against(1.0, "none of the values is an IP address") };
    }
    // Versions begin with small numbers; addresses spread, or all begin with 10.
    let inner = facts.octet.is_constant() && facts.octet.most == 10.0;
    let small = facts.octet.count >= 4.0 && facts.octet.most < LEAST_NETWORK && !inner;
    let versions = facts.looks_like("version");
    // Addresses of one network may have small numbers only, but not in front.
    let versioned = versions > 0.8 && facts.octet.least < LEAST_NETWORK && !inner;
    let version = if versioned || small { versions.max(0.9) } else { 0.0 };
    let rate = PassRate { share, chance: four.chance.max(0.02) };
    let amount = above_chance(rate, facts.sampled) - 1.5 * version;
    Fit::new(amount, format!("{} % of the values are IP addresses", percent(share)))
}

/// Versions count up to here before the first point; networks of customers and offices mostly begin higher.
const LEAST_NETWORK: f64 = 24.0;

pub(super) fn device_id(facts: &Facts) -> Fit {
    let best = facts.best(&Category::DEVICE_ID, &[]);
    if let Some((amount, title, rate)) = best
        && amount > 0.0
    {
        return Fit::new(amount, format!("{} % of the values are a {title}", percent(rate.share)));
    }
    if facts.flag || facts.with_blank > 0.5 || facts.dates > 0.1 || facts.words.known > 0.7 || facts.length.mean < 5.0 {
        return Fit::against(1.0, "the values are no device ids");
    }
    if facts.looks_like("uuid") > 0.7 { Fit::new(0.05, "the values are random ids") } else { Fit::silent() }
}

pub(super) fn agent(facts: &Facts) -> Fit {
    if facts.agent > 0.3 {
        return Fit::new(
            facts.agent,
            format!("{} % of the values name a browser as it names itself", percent(facts.agent)),
        );
    }
    Fit::against(0.6, "the values name no browsers")
}
