//! The words that give a value away, ready to be searched.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickBuilder;
use aho_corasick::AhoCorasickKind;
use aho_corasick::MatchKind;

use super::Role;

pub(super) struct Keys {
    pub(super) automaton: AhoCorasick,
    pub(super) roles: Vec<Role>,
    /// A bit for each hash of the last three bytes of a word.
    endings: Box<[u64; (1 << 15) / 64]>,
}

impl Keys {
    /// Whether one of the words may end at the end of `window` or at most `behind` bytes before it: a look before
    /// the automaton is asked. Between the word of a key and its end stand letters only, but where a log says
    /// `for user jdoe:`.
    pub(super) fn may_end_in(&self, window: &[u8], behind: usize) -> bool {
        let byte = |at: usize| u32::from(window[at]) | 0x20;
        let Some(mut end) = window.len().checked_sub(1).filter(|end| *end >= 2) else { return false };
        let least = end.saturating_sub(behind).max(2);
        let mut key = byte(end) << 8 | byte(end - 1) << 16;
        let mut told = false;
        loop {
            key = key >> 8 | byte(end - 2) << 16;
            let hash = hash_of_three(key);
            if self.endings[hash / 64] >> (hash % 64) & 1 == 1 {
                return true;
            }
            let last = window[end];
            told |= matches!(last, b' ' | b'\'');
            if end == least || !(told || last.is_ascii_alphabetic() || last == b'_') {
                return false;
            }
            end -= 1;
        }
    }
}

/// The lower three bytes, with letters of either case alike and a few marks taken for others, as 15 bits.
#[inline]
fn hash_of_three(key: u32) -> usize {
    ((key << 8).wrapping_mul(0x9E37_79B1) >> 17) as usize
}

type List = (Role, &'static str);

/// What gives away the value behind it or itself. Each list has at most 32 words, as long as each other or
/// longer than three bytes, and case as it is written: so the search compares 32 bytes at once.
pub(super) static PREFIXES: [LazyLock<Keys>; 3] = [
    LazyLock::new(|| build(PHRASES, false)),
    LazyLock::new(|| build(TOKENS, false)),
    LazyLock::new(|| build(SHORT, false)),
];

const PHRASES: &[List] = &[
    (
        Role::LogIn,
        "ccepted password for |ccepted publickey for |ailed password for |for user |nvalid user |by user |ogged in as |user '",
    ),
    (
        Role::Prose,
        "assword |asswort |assword was |asswort war |senha era |ontraseña era |assword is |asswort ist |asswort lautet |de passe est |ontraseña es |enha é |achtwoord is |asło to |ontraseña |senha |ösenord |chtwoord |asło |de passe ",
    ),
    (Role::Password, "パスワード"),
    (Role::User, "ユーザー名|ユーザーID"),
];

const TOKENS: &[List] = &[
    (Role::Armour, "-----BEGIN"),
    (Role::Bearer, "Bearer |bearer "),
    (Role::Hash, "{SSHA|{SMD5|{CRYPT}|pbkdf2_sha|pbkdf2:sha|scrypt:3|sha1$|bcrypt_sha256$"),
    (
        Role::Token,
        "AKIA|ASIA|ghp_|gho_|ghs_|github_pat_|glpat-|xoxb-|xoxp-|sk_live_|sk_test_|rk_live_|whsec_|AIza|ya29.|npm_|sk-proj-|sk-ant-|shpat_",
    ),
];

const SHORT: &[List] = &[(Role::Token, "SG.|eyJ"), (Role::Url, "://")];

/// Words before `:` or `=`.
pub(super) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    build(
        &[
            (
                Role::Password,
                "password|passwd|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|hasło|haslo|lösenord|losenord|パスワード|passphrase|pwd",
            ),
            (
                Role::Secret,
                "api_key|apikey|api-key|api key|secret|access_token|auth_token|access_key|private_key|client_secret|_token|token",
            ),
            (
                Role::User,
                "username|user_name|user|login|benutzername|benutzer|nutzername|utilisateur|identifiant|usuario|utente|utilizador|usuário|gebruikersnaam|gebruiker|użytkownika|użytkownik|användarnamn|användare|handle|nickname|screen_name|skype|telegram|instagram|twitter|discord",
            ),
        ],
        true,
    )
});

fn build(lists: &[List], any_case: bool) -> Keys {
    let words = || lists.iter().flat_map(|(role, list)| list.split('|').map(move |word| (word, *role)));
    let automaton = AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(any_case)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words().map(|(word, _)| word))
        .expect("the words are few and short");
    let mut endings = Box::new([0_u64; (1 << 15) / 64]);
    for (word, _) in words() {
        let hash = hash_of_three(word.bytes().fold(0, |key, byte| key << 8 | u32::from(byte | 0x20)));
        endings[hash / 64] |= 1 << (hash % 64);
    }
    Keys { automaton, roles: words().map(|(_, role)| role).collect(), endings }
}
