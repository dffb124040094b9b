//! What the sample of a column says, as shares between 0 and 1: computed once for a verdict.

use std::collections::BTreeMap;

use dataward_model::Category;

use super::ColumnProfile;
use super::Kinds;
use super::shape;
use super::shape::Date;
use crate::Detector;
use crate::Span;
use crate::recognise::Candidate;
use crate::recognise::RecogniserId;
use crate::recognise::negative;
use crate::recognise::negative::Lookalike;
use crate::recognise::registry::match_candidate;
use chance::above_chance_of_many;
use forms::are_names_with_numbers;
use forms::common_prefix;
use forms::first_octet;
use forms::is_flag;
use forms::is_handle;
use forms::is_host;
use forms::is_icd;
use forms::is_prose;
use forms::is_random_token;

mod chance;
mod forms;
mod mailboxes;
mod phones;
mod places;
mod spread;
mod trades;
mod words;

pub(crate) use chance::above_chance;
pub(crate) use forms::is_role_mailbox;
pub(crate) use spread::Spread;
pub(crate) use words::WordShares;
pub(crate) use words::holds_a_name;

/// The share of sampled values that a recogniser takes, and how often chance would.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PassRate {
    pub(crate) share: f64,
    pub(crate) chance: f64,
}

/// Shares are over the distinct values of the sample unless said otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Distinct values in the sample.
    pub(crate) sampled: f64,
    pub(crate) filled: f64,
    pub(crate) rows: f64,
    pub(crate) distinct: f64,
    pub(crate) kinds: Kinds,
    /// All values are true/false, yes/no, 0/1 or one single value.
    pub(crate) flag: bool,
    pub(crate) constant: bool,
    pub(crate) length: Spread,
    pub(crate) tokens: Spread,
    pub(crate) digits_only: f64,
    pub(crate) with_digit: f64,
    pub(crate) with_letter: f64,
    pub(crate) with_blank: f64,
    pub(crate) lower_only: f64,
    pub(crate) upper_only: f64,
    pub(crate) east_asian: f64,
    pub(crate) cyrillic: f64,
    pub(crate) prose: f64,
    pub(crate) structured: f64,
    pub(crate) integers: f64,
    pub(crate) decimals: f64,
    /// Digits after the decimal point, on average over decimals.
    pub(crate) precision: f64,
    pub(crate) number: Spread,
    /// Whole numbers that end in two zeros.
    pub(crate) round: f64,
    pub(crate) dates: f64,
    pub(crate) timed: f64,
    /// First parts of values written like IPv4 addresses.
    pub(crate) octet: Spread,
    /// Years of the dates.
    /// Of the dates, without the outermost fiftieth at either end.
    pub(crate) year: Spread,
    /// Middle date, in rough days.
    pub(crate) middle_day: f64,
    pub(crate) lookalike: BTreeMap<&'static str, f64>,
    pub(crate) passes: BTreeMap<RecogniserId, PassRate>,
    pub(crate) postal: f64,
    /// Share of values that are written like no postal code at all.
    pub(crate) not_postal: f64,
    /// Characters with which all values begin, where there are at least four values: up to the last mark (`10-4020-`),
    /// or else to the first digit.
    pub(crate) prefix: f64,
    /// Share of card numbers with most digits starred out.
    pub(crate) masked_card: f64,
    pub(crate) handle: f64,
    pub(crate) handle_with_name: f64,
    pub(crate) handle_in_capitals: f64,
    pub(crate) domain_account: f64,
    /// Words with up to four digits behind: `Agne1994`.
    pub(crate) numbered_word: f64,
    /// Numbers with one zero in front, as they are dialled within a country.
    pub(crate) trunk: f64,
    /// Codes of two capitals, a handful of different ones at most.
    pub(crate) pairs: Vec<String>,
    pub(crate) token: f64,
    /// Keys of settings whose values are secret, and values as machines choose them: see [`forms`].
    pub(crate) secret_names: f64,
    pub(crate) secret_like: f64,
    pub(crate) icd: f64,
    pub(crate) url: f64,
    pub(crate) host: f64,
    /// Mailboxes of offices (`info@`), not of persons.
    pub(crate) role_mailbox: f64,
    pub(crate) agent: f64,
    /// Addresses with a name beside them: `Anna Meier <anna@example.org>`.
    pub(crate) named_mailbox: f64,
    /// Digits in the number and grouping of a phone number.
    pub(crate) dialable: f64,
    /// Valid in the plan of the one country that fits best, as far as beyond chance.
    pub(crate) phone: f64,
    pub(crate) plans: phones::Plans,
    /// Written as only phone numbers are.
    pub(crate) phone_formed: f64,
    pub(crate) words: WordShares,
    /// Share of longer values in which something of a category stands.
    pub(crate) inside: BTreeMap<Category, f64>,
    /// Share of values that carry any personal data inside.
    pub(crate) carrying: f64,
    /// Keys found in JSON, XML and key-value values, with a value of each.
    pub(crate) fields: Vec<(String, String)>,
}

/// More different codes than a table of customers has countries.
const MOST_PAIRS: usize = 32;

impl Facts {
    pub(crate) fn gather(profile: &ColumnProfile, detector: &Detector) -> Self {
        let mut facts = Self {
            sampled: profile.sample.values().len() as f64,
            filled: profile.filled as f64,
            rows: profile.rows as f64,
            distinct: profile.distinct() as f64,
            kinds: profile.kinds,
            ..Self::default()
        };
        let mut chances: BTreeMap<RecogniserId, (f64, f64)> = BTreeMap::new();
        let mut days = Vec::new();
        let mut years = Vec::new();
        let mut inside: BTreeMap<Category, f64> = BTreeMap::new();
        let mut flags = 0.0;
        facts.prefix = common_prefix(profile.sample.values().iter().map(|value| &*value.text));
        let numbered = are_names_with_numbers(profile.sample.values().iter().map(|value| &*value.text));
        for value in profile.sample.values() {
            let text = if numbered { value.text.trim_end_matches(|c: char| c.is_ascii_digit()) } else { &value.text };
            facts.see(text, value.count as f64, (&mut days, &mut years), &mut chances);
            if is_flag(&value.text) {
                flags += 1.0;
            }
            facts.look_inside(&value.text, detector, &mut inside);
        }
        let count = facts.sampled.max(1.0);
        facts.phone = facts.plans.best() * facts.dialable;
        facts.words.finish(count, facts.filled);
        for share in facts.shares() {
            *share /= count;
        }
        if facts.decimals > 0.0 {
            facts.precision /= facts.decimals * count;
        }
        for (_, share) in facts.lookalike.iter_mut() {
            *share /= count;
        }
        facts.passes = chances
            .into_iter()
            .map(|(id, (passes, chance))| (id, PassRate { share: passes / count, chance: chance / passes }))
            .collect();
        for (category, &hits) in &profile.inside {
            let sampled = inside.entry(category.clone()).or_default();
            *sampled = sampled.max(f64::from(hits) / facts.filled.max(1.0) * count);
        }
        facts.inside = inside.into_iter().map(|(category, hits)| (category, hits / count)).collect();
        facts.flag = flags == facts.sampled && facts.sampled > 0.0 && facts.distinct <= 3.0;
        facts.constant = facts.distinct == 1.0 && facts.filled >= 8.0;
        days.sort_by(f64::total_cmp);
        facts.middle_day = days.get(days.len() / 2).copied().unwrap_or(0.0);
        facts.year = Spread::of_most(years);
        facts
    }

    fn shares(&mut self) -> [&mut f64; 37] {
        [
            &mut self.digits_only,
            &mut self.with_digit,
            &mut self.with_letter,
            &mut self.with_blank,
            &mut self.lower_only,
            &mut self.upper_only,
            &mut self.east_asian,
            &mut self.cyrillic,
            &mut self.prose,
            &mut self.structured,
            &mut self.integers,
            &mut self.round,
            &mut self.decimals,
            &mut self.dates,
            &mut self.timed,
            &mut self.postal,
            &mut self.not_postal,
            &mut self.masked_card,
            &mut self.handle,
            &mut self.handle_with_name,
            &mut self.handle_in_capitals,
            &mut self.domain_account,
            &mut self.numbered_word,
            &mut self.trunk,
            &mut self.token,
            &mut self.secret_names,
            &mut self.secret_like,
            &mut self.icd,
            &mut self.url,
            &mut self.host,
            &mut self.role_mailbox,
            &mut self.agent,
            &mut self.named_mailbox,
            &mut self.dialable,
            &mut self.phone,
            &mut self.phone_formed,
            &mut self.carrying,
        ]
    }

    fn see(
        &mut self,
        text: &str,
        cells: f64,
        (days, years): (&mut Vec<f64>, &mut Vec<f64>),
        chances: &mut BTreeMap<RecogniserId, (f64, f64)>,
    ) {
        let scripts = shape::scripts(text);
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let tokens = text.split_whitespace().count();
        self.length.see(text.chars().count() as f64);
        self.tokens.see(tokens as f64);
        add(&mut self.digits_only, letters == 0 && digits > 0 && digits == text.len());
        add(&mut self.with_digit, digits > 0);
        add(&mut self.with_letter, letters > 0);
        add(&mut self.with_blank, tokens > 1);
        add(&mut self.lower_only, letters > 0 && !text.chars().any(char::is_uppercase));
        add(&mut self.upper_only, letters > 0 && !text.chars().any(char::is_lowercase));
        add(&mut self.east_asian, scripts.is_east_asian());
        add(&mut self.cyrillic, scripts.cyrillic);
        add(&mut self.prose, is_prose(text, tokens, scripts.is_east_asian()));
        self.see_number(text);
        if let Some(Date { year, timed, .. }) = shape::date(text) {
            let date = shape::date(text).map_or(0.0, Date::rough_days);
            self.dates += 1.0;
            add(&mut self.timed, timed);
            years.push(f64::from(year));
            days.push(date);
        }
        let candidate = Candidate::new(mailboxes::bare_address(text).unwrap_or(text));
        if let Some(what) = negative::lookalike(&candidate) {
            *self.lookalike.entry(lookalike_word(what)).or_default() += 1.0;
        }
        if text.len() <= 512 {
            for (id, strength) in match_candidate(&candidate).iter() {
                let entry = chances.entry(id).or_default();
                entry.0 += 1.0;
                entry.1 += f64::from(strength.chance());
            }
        }
        let (dialable, formed) = phones::phone(text, &candidate, &mut self.plans);
        add(&mut self.dialable, dialable);
        add(&mut self.phone_formed, formed);
        let postal = shape::postal_code(text);
        self.postal += postal;
        add(&mut self.not_postal, postal == 0.0);
        add(&mut self.masked_card, shape::is_masked_card(text));
        add(&mut self.icd, is_icd(text));
        add(&mut self.url, text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www."));
        add(
            &mut self.agent,
            text.starts_with("Mozilla/") || text.starts_with("Opera/") || text.contains("AppleWebKit"),
        );
        add(&mut self.named_mailbox, mailboxes::is_named_mailbox(text));
        add(&mut self.token, is_random_token(text));
        add(&mut self.secret_names, forms::names_a_secret(text));
        add(&mut self.secret_like, forms::is_secret_like(text));
        if let Some(octet) = first_octet(text) {
            self.octet.see(octet);
        }
        add(&mut self.host, is_host(text));
        add(&mut self.role_mailbox, is_role_mailbox(text));
        add(&mut self.handle_in_capitals, forms::is_handle_in_capitals(text));
        add(&mut self.domain_account, forms::is_domain_account(text));
        add(&mut self.trunk, phones::is_dialled_within_a_country(text));
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) && self.pairs.len() < MOST_PAIRS {
            self.pairs.push(text.to_owned());
        }
        if is_handle(text) && !is_host(text) {
            self.handle += 1.0;
            add(&mut self.numbered_word, forms::is_numbered_word(text));
            add(&mut self.handle_with_name, words::holds_a_name(text));
        }
        if text.len() <= 160 {
            self.words.see(&forms::unfolded_name(text), cells, scripts);
        }
    }

    fn see_number(&mut self, text: &str) {
        let plain = text.strip_prefix(['-', '+']).unwrap_or(text);
        if plain.is_empty() || plain.len() > 20 || !plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return;
        }
        let Ok(number) = text.parse::<f64>() else { return };
        match plain.split_once('.') {
            Some((_, decimals)) => {
                self.decimals += 1.0;
                self.precision += decimals.len() as f64;
            }
            None => {
                self.integers += 1.0;
                add(&mut self.round, plain.len() > 2 && plain.ends_with("00"));
            }
        }
        self.number.see(number);
    }

    fn look_inside(&mut self, text: &str, detector: &Detector, inside: &mut BTreeMap<Category, f64>) {
        if text.len() < 16 {
            return;
        }
        let mut found: Vec<Category> = Vec::new();
        if let Some(kind) = shape::structure(text) {
            self.structured += 1.0;
            for (key, value) in shape::fields(text, kind) {
                if self.fields.len() < 400 {
                    self.fields.push((key, value));
                }
            }
        }
        if text.contains(' ')
            || text.contains(['"', '=', '%', '、', '。', '\n'])
            || shape::scripts(text).is_east_asian()
        {
            let office = |span: &Span| is_role_mailbox(text.get(span.start..span.end).unwrap_or_default());
            let spans = detector.spans(text).into_iter().filter(|span| !office(span));
            found.extend(spans.map(|span| span.category));
            if shape::contains_email(text) {
                found.push(Category::EMAIL);
            }
        }
        found.sort();
        found.dedup();
        add(&mut self.carrying, !found.is_empty());
        for category in found {
            *inside.entry(category).or_default() += 1.0;
        }
    }

    /// Distinct values by filled cells: 1 for a key.
    pub(crate) fn uniqueness(&self) -> f64 {
        (self.distinct / self.filled.max(1.0)).min(1.0)
    }

    /// How often each different value occurs, on average: closed lists repeat.
    pub(crate) fn repetition(&self) -> f64 {
        self.filled / self.distinct.max(1.0)
    }

    /// A share drawn towards what chance gives: three values of which two fit say less than thirty
    /// of which twenty do.
    pub(crate) fn sure(&self, share: f64, chance: f64) -> f64 {
        self.drawn(share, chance, 2.5)
    }

    /// [`Self::sure`] where little else can be meant.
    pub(crate) fn sure_of_few(&self, share: f64, chance: f64) -> f64 {
        self.drawn(share, chance, 0.8)
    }

    /// [`Self::sure`] for closed lists that hardly any other word stands in.
    pub(crate) fn sure_of_list(&self, share: f64, chance: f64) -> f64 {
        self.drawn(share, chance, 0.6)
    }

    fn drawn(&self, share: f64, chance: f64, pseudo_values: f64) -> f64 {
        (share * self.sampled + chance * pseudo_values) / (self.sampled + pseudo_values)
    }

    /// How much this looks like a closed list of few values, 0 to 1: a handful that repeat.
    pub(crate) fn closed(&self) -> f64 {
        match self.distinct {
            ..6.5 => ((self.repetition() - 1.3) / 2.0).clamp(0.0, 1.2),
            ..12.5 => ((self.repetition() - 1.6) / 2.4).clamp(0.0, 1.0),
            _ => 0.0,
        }
    }

    /// Single words with a capital that vary, as names of persons and towns do; `small_letters` where the table has
    /// no capitals.
    pub(crate) fn looks_like_names(&self, small_letters: bool) -> bool {
        let words = &self.words;
        let written = (words.capitalised > 0.9 || small_letters)
            && self.with_digit < 0.05
            && self.upper_only < 0.5
            && self.prose < 0.1;
        let long = (3.0..=16.0).contains(&self.length.mean) && self.with_blank < 0.4;
        written && long && words.thing < 0.3 && self.distinct > 4.0 && self.closed() < 0.2
    }

    /// Whether most values hold a phone number or an e-mail address and something beside it.
    pub(crate) fn mixes_contacts(&self) -> bool {
        let inside = [Category::EMAIL, Category::PHONE_NUMBER]
            .map(|category| self.inside.get(&category).copied().unwrap_or(0.0));
        self.named_mailbox > 0.25 || inside.iter().any(|share| *share > 0.6) && self.with_letter > 0.9
    }

    /// Whole numbers that lie close together, as surrogate keys and counters do.
    pub(crate) fn is_sequence(&self) -> bool {
        self.integers > 0.99
            && self.distinct >= 3.0
            && self.uniqueness() > 0.9
            && (self.number.most - self.number.least) < self.distinct * 3.0 + 10.0
    }

    pub(crate) fn looks_like(&self, what: &str) -> f64 {
        self.lookalike.get(what).copied().unwrap_or(0.0)
    }

    /// The recogniser of a category that fits best: how much better than chance, and its title.
    pub(crate) fn best(&self, category: &Category, skip: &[&str]) -> Option<(f64, &'static str, PassRate)> {
        self.passes
            .iter()
            .map(|(id, rate)| (id.recogniser(), *rate))
            .filter(|(recogniser, _)| recogniser.category == *category && !skip.contains(&recogniser.name))
            .map(|(recogniser, rate)| (above_chance_of_many(rate, self.sampled), recogniser.title, rate))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// How surely these are ids that one country gives, and which.
    pub(crate) fn national(&self) -> Option<(f64, &'static str)> {
        self.passes
            .iter()
            .map(|(id, rate)| (id.recogniser(), *rate))
            .filter(|(recogniser, rate)| !recogniser.country.is_empty() && rate.chance < 0.05)
            .map(|(recogniser, rate)| (above_chance_of_many(rate, self.sampled), recogniser.country))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The pass rate of one recogniser.
    pub(crate) fn rate(&self, name: &str) -> PassRate {
        RecogniserId::named(name).and_then(|id| self.passes.get(&id).copied()).unwrap_or_default()
    }
}

fn add(share: &mut f64, yes: bool) {
    if yes {
        *share += 1.0;
    }
}

fn lookalike_word(what: Lookalike) -> &'static str {
    match what {
        Lookalike::ArticleNumber => "article number",
        Lookalike::Date => "date",
        Lookalike::Digest => "digest",
        Lookalike::Epoch => "epoch",
        Lookalike::Isbn => "isbn",
        Lookalike::NumberOfAYear => "number of a year",
        Lookalike::Uuid => "uuid",
        Lookalike::Version => "version",
    }
}
