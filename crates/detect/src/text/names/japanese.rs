//! Names of people in Japanese: no blanks and no capitals, so the lexicon cuts surname and given name
//! out of runs of kanji, and forms of address tell where a name ends.

mod words;

use dataward_model::Category;

use crate::lexicon;
use crate::text::Found;
use words::FIRMS;
use words::HONORIFICS;
use words::NAME_KEYS;
use words::NAMES_OF_THINGS;
use words::NOT_NAMES;
use words::ROLES;

/// Finds names.
pub(super) fn find(text: &str, found: &mut Vec<Found>) {
    if !text.bytes().any(|byte| (0xE3..=0xE9).contains(&byte)) {
        return;
    }
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut at = 0;
    while at < chars.len() {
        at = if is_kanji(chars[at].1) {
            read_kanji(text, &chars, at, found)
        } else if is_katakana(chars[at].1) {
            read_katakana(text, &chars, at, found)
        } else {
            at + 1
        };
    }
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '々' | 'ヶ')
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー')
}

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}')
}

fn offset(text: &str, chars: &[(usize, char)], at: usize) -> usize {
    chars.get(at).map_or(text.len(), |&(offset, _)| offset)
}

/// Whether a form of address or a word of persons begins at `at`.
fn honorific(text: &str, from: usize) -> bool {
    HONORIFICS.iter().any(|word| text[from..].starts_with(word))
}

/// What announces a name right before it.
fn announced(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\u{3000}', '「', '"', '\'']);
    if NAMES_OF_THINGS.iter().any(|key| before.trim_end_matches([':', '：', '"']).ends_with(key)) {
        return false;
    }
    [
        "氏名：",
        "氏名:",
        "名前：",
        "名前:",
        "お名前：",
        "お名前:",
        "患者：",
        "患者:",
        "担当：",
        "担当:",
        "担当者：",
        "担当者:",
        "患者名：",
        "顧客名：",
        "申込者：",
        "受取人：",
        "名義：",
        "名義人：",
        "差出人：",
        "宛先：",
        "担当の",
        "代表取締役",
        "社長の",
        "私は",
        "申します",
        "株式会社の",
        "妻の",
        "夫の",
        "息子の",
        "娘の",
        "父の",
        "母の",
        "氏名\":",
        "name\":",
        "名前\":",
        "name:",
        "name=",
        "の患者",
    ]
    .iter()
    .any(|key| before.ends_with(key))
        || before.ends_with([':', '：'])
            && NAME_KEYS.iter().any(|key| before.trim_end_matches([':', '：', '"']).ends_with(key))
}

/// Reads the run of kanji at `at`; returns where to go on.
fn read_kanji(text: &str, chars: &[(usize, char)], at: usize, found: &mut Vec<Found>) -> usize {
    let mut end = at;
    while end < chars.len() && (is_kanji(chars[end].1)) {
        end += 1;
    }
    let mut from = at;
    // 原告山田花子: the role before a name is no part of it.
    let run = &text[chars[at].0..offset(text, chars, end)];
    let mut name = run;
    while let Some(role) = ROLES.iter().filter(|role| name.starts_with(**role)).max_by_key(|role| role.len()) {
        name = &name[role.len()..];
        from += role.chars().count();
    }
    // 代表取締役, 取締役会: nobody.
    if name.is_empty()
        || ["株式会社", "有限会社", "合同会社"].iter().any(|firm| name.starts_with(firm))
        || HONORIFICS.contains(&name)
        || name.strip_suffix('会').is_some_and(|rest| HONORIFICS.contains(&rest))
    {
        return end;
    }
    while from < end {
        match best_name(text, chars, from, end) {
            Some((until, log_odds)) => {
                found.push(Found {
                    start: chars[from].0,
                    end: offset(text, chars, until),
                    category: Category::NAME,
                    log_odds,
                });
                // A given name behind a blank was read along.
                from = until;
            }
            None => from += 1,
        }
    }
    from.max(end)
}

/// Most kanji of a given name; a run is looked at one further, to see whether it goes on.
const LONGEST_GIVEN: usize = 3;

/// The best name that begins at `from`, in a run that ends before `end`.
fn best_name(text: &str, chars: &[(usize, char)], from: usize, end: usize) -> Option<(usize, f32)> {
    let slice = |a: usize, b: usize| &text[offset(text, chars, a)..offset(text, chars, b)];
    let before = &text[..chars[from].0];
    let role = ROLES.iter().any(|role| {
        // 平井一夫: the last letter of a name is no husband.
        let head = before.trim_end_matches(' ').trim_end_matches("である").strip_suffix(role);
        head.is_some_and(|head| role.len() > 3 || !head.chars().next_back().is_some_and(is_kanji))
    });
    let starts_run = from == 0 || !is_kanji(chars[from - 1].1) || role;
    let keyed = starts_run && announced(text, chars[from].0) || role;
    let mut best: Option<(usize, f32)> = None;
    let mut consider = |until: usize, log_odds: f32| {
        if log_odds > 0.0 && best.is_none_or(|(_, most)| log_odds > most) {
            best = Some((until, log_odds));
        }
    };
    for length in 1..=3.min(end - from) {
        let entry = lexicon::look_up(slice(from, from + length));
        let Some(_) = entry.surname() else {
            continue;
        };
        let family = match length {
            1 => 0.2,
            2 => 1.6,
            _ => 1.8,
        } - if entry.city().is_some() { 0.6 } else { 0.0 };
        let after = from + length;
        let start_bonus = if starts_run { 0.6 } else { -0.8 };
        let base = family + start_bonus + if keyed { 3.0 } else { 0.0 };
        // Surname and form of address: 田中様.
        if honorific(text, offset(text, chars, after)) {
            consider(after, base + 2.2 - if length == 1 { 0.8 } else { 0.0 });
        }
        if keyed && after == end {
            consider(after, base - 1.0);
        }
        // お世話になっております。山田です。
        if length >= 2
            && after == end
            && entry.city().is_none()
            && says_who_writes(before, &text[offset(text, chars, end)..])
        {
            consider(after, base + 0.8);
        }
        // Surname, perhaps a blank, given name.
        let blank = chars.get(after).is_some_and(|&(_, c)| matches!(c, ' ' | '\u{3000}' | '・'));
        let given_from = if blank { after + 1 } else { after };
        let mut run_end = given_from;
        while run_end < given_from + LONGEST_GIVEN + 1 && chars.get(run_end).is_some_and(|&(_, c)| is_kanji(c)) {
            run_end += 1;
        }
        for given_length in 1..=LONGEST_GIVEN.min(run_end.saturating_sub(given_from)) {
            let until = given_from + given_length;
            // 松下電器, 鈴木商店: firms called after people.
            if FIRMS.iter().any(|firm| text[offset(text, chars, given_from)..].starts_with(firm)) {
                break;
            }
            let closes = until == run_end;
            let titled = honorific(text, offset(text, chars, until));
            let known = lexicon::look_up(slice(given_from, until)).given().is_some();
            let mut log_odds = base - 2.2;
            log_odds += match (known, given_length) {
                (true, 1) => 1.0,
                (true, _) => 2.8,
                (false, 2) => 0.3,
                (false, _) => -0.8,
            };
            log_odds += if titled {
                3.0
            } else if closes {
                0.6
            } else {
                -1.8
            };
            log_odds += if blank { 0.8 } else { 0.0 };
            consider(until, log_odds);
        }
        // Given names in hiragana or katakana: 山田さくら, 田中エミ — only announced or with a title.
        let kana_end = (after..chars.len().min(after + 4))
            .take_while(|&place| is_hiragana(chars[place].1))
            .last()
            .map(|place| place + 1);
        if let Some(kana_end) = kana_end {
            for until in (after + 2)..=kana_end {
                let titled = honorific(text, offset(text, chars, until));
                if lexicon::look_up(slice(after, until)).given().is_some() || titled && length >= 2 {
                    consider(until, base - 1.2 + if titled { 2.5 } else { 0.8 });
                }
            }
        }
    }
    // A given name alone: 直子ちゃん, 弟の裕樹さん, 妻 英樹.
    for length in 2..=3.min(end - from) {
        let until = from + length;
        let given = lexicon::look_up(slice(from, until)).given().is_some();
        let titled = ["さん", "ちゃん", "くん", "君", "様"]
            .iter()
            .any(|word| text[offset(text, chars, until)..].starts_with(word));
        let head = before.trim_end_matches(['の', ' ', '：', '（']);
        let relation = head.len() < before.len() && head.ends_with(RELATIONS_TAIL);
        if starts_run && (given || relation) && (titled || relation && until == end) {
            consider(until, if given { 1.4 } else { 0.9 });
        }
    }
    // Given names that mix scripts: 加藤 くみ子, 小林くみ子総裁.
    for length in 1..=3.min(end - from) {
        let after = from + length;
        let Some(_) = lexicon::look_up(slice(from, after)).surname() else { continue };
        let blank = chars.get(after).is_some_and(|&(_, c)| matches!(c, ' ' | '\u{3000}'));
        let given_from = after + usize::from(blank);
        let mut until = given_from;
        while until < chars.len() && until - given_from < 4 && (is_kanji(chars[until].1) || is_hiragana(chars[until].1))
        {
            until += 1;
            let name = slice(given_from, until);
            let mixed = name.chars().any(is_hiragana)
                && until - given_from >= 2
                && !BEHIND_NAMES.iter().any(|end| name.ends_with(end));
            let titled = honorific(text, offset(text, chars, until));
            let closed = !chars.get(until).is_some_and(|&(_, c)| is_kanji(c) || is_hiragana(c));
            if mixed && (titled || closed && (blank || keyed)) && lexicon::look_up(name).given().is_some()
                || mixed && titled && name.ends_with(['子', '美', '香', '代', '枝'])
                || mixed && blank && closed && starts_run
            {
                consider(until, 3.2 + if keyed { 1.5 } else { 0.0 });
            }
        }
    }
    // Unknown surname before a form of address: 鬼龍院様, whole run of two to four kanji.
    if starts_run && (2..=4).contains(&(end - from)) {
        let next = offset(text, chars, end);
        let strong = ["様", "さま", "さん", "くん", "ちゃん", "氏", "容疑者", "被告", "選手"]
            .iter()
            .any(|word| text[next..].starts_with(word));
        let common = lexicon::look_up(slice(from, end)).is_known() || NOT_NAMES.contains(&slice(from, end));
        if strong && !common {
            consider(end, 0.9);
        }
        if keyed && !NOT_NAMES.contains(&slice(from, end)) {
            consider(end, 2.0);
        }
    }
    best
}

/// Whether between `before` and `after` stands all that a sentence says: who writes.
fn says_who_writes(before: &str, after: &str) -> bool {
    let begins = before.trim_end_matches([' ', '\u{3000}']).is_empty() || before.ends_with(['。', '！', '\n', '、']);
    let ends =
        after.strip_prefix("です").is_some_and(|rest| rest.is_empty() || rest.starts_with(['。', '！', '\n', '、']));
    begins && ends
}

/// Words of grammar that follow names without a blank: 清水 愛です.
const BEHIND_NAMES: [&str; 6] = ["です", "でし", "から", "まで", "より", "だっ"];

/// What a given name follows.
const RELATIONS_TAIL: [char; 10] = ['弟', '兄', '妹', '姉', '妻', '夫', '父', '母', '男', '女'];

/// Foreign names: ドナルド・トランプ, and katakana with a form of address: スミスさん.
fn read_katakana(text: &str, chars: &[(usize, char)], at: usize, found: &mut Vec<Found>) -> usize {
    let mut end = at;
    let mut parts = 1;
    while end < chars.len() {
        let c = chars[end].1;
        if is_katakana(c) {
            end += 1;
        } else if matches!(c, '・' | '＝') && end > at && chars.get(end + 1).is_some_and(|&(_, next)| is_katakana(next))
        {
            parts += 1;
            end += 1;
        } else {
            break;
        }
    }
    let (start, until) = (chars[at].0, offset(text, chars, end));
    let titled = honorific(text, until);
    let known = text[start..until]
        .split(['・', '＝'])
        .filter(|part| {
            let entry = lexicon::look_up(part);
            entry.given().is_some() || entry.surname().is_some()
        })
        .count();
    let length = end - at;
    let log_odds = match (parts, titled) {
        (2..=4, true) => 4.0,
        (2..=4, false) if length >= 5 => 0.6 + known as f32,
        (1, true) if length >= 2 => 1.5 + known as f32,
        _ if announced(text, start) && length >= 3 => 1.5,
        _ => -1.0,
    };
    if log_odds > 0.0 {
        found.push(Found { start, end: until, category: Category::NAME, log_odds });
    }
    end
}
