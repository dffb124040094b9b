//! Japanese addresses: prefecture, town, block numbers, without blanks.

use super::*;

/// What names of quarters and houses before the number hold: 松が谷, 霞ヶ関, 丸の内ＪＰタワー.
fn of_a_quarter(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{30A1}'..='\u{30FA}' | 'A'..='Z' | 'Ａ'..='Ｚ' | 'ー' | 'の' | 'が' | 'つ' | '々')
}

/// 〒150-0041 東京都渋谷区神南1-19-11: postal code, prefecture, town, block.
pub(super) fn japanese(text: &str, found: &mut Vec<Found>) {
    for at in memchr::memmem::find_iter(text.as_bytes(), "〒") {
        let rest = text[at + 3..].trim_start();
        let start = text.len() - rest.len();
        let length = rest.bytes().take(8).take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
        if length >= 7 {
            found.push(Found { start, end: start + length, category: Category::POSTAL_CODE, log_odds: 5.0 });
        }
    }
    if !text.as_bytes().contains(&0xE7) && !text.as_bytes().contains(&0xE5) && !text.as_bytes().contains(&0xE9) {
        return;
    }
    for prefecture in PREFECTURES {
        for start in memchr::memmem::find_iter(text.as_bytes(), prefecture) {
            let prefecture_end = start + prefecture.len();
            let window: String = text[prefecture_end..].chars().take(16).collect();
            let Some(town) = window
                .char_indices()
                .find(|(place, c)| *place >= 3 && matches!(c, '市' | '区' | '町' | '村'))
                .map(|(place, c)| place + c.len_utf8())
            else {
                continue;
            };
            if window[..town].chars().any(|c| "、。 \n（）はにでをがの".contains(c)) {
                continue;
            }
            // 横浜市中区: a ward belongs to its city.
            let ward =
                window[town..].char_indices().take(5).find(|(_, c)| *c == '区').map(|(place, c)| place + c.len_utf8());
            let town = match ward {
                Some(ward)
                    if window[..town].ends_with('市')
                        && !window[town..town + ward].chars().any(|c| c.is_ascii_digit() || "、。 ".contains(c)) =>
                {
                    town + ward
                }
                _ => town,
            };
            let town_end = prefecture_end + town;
            let block = &text[town_end..];
            let mut block_end = 0;
            let mut digits = false;
            for (place, c) in block.char_indices().take(24) {
                let digit = c.is_ascii_digit() || matches!(c, '０'..='９');
                let part = digit
                    || matches!(c, '-' | '丁' | '目' | '番' | '地' | '号' | '−' | '‐' | '－' | '―' | '–' | 'ー')
                    || (!digits && of_a_quarter(c));
                if !part {
                    break;
                }
                digits |= digit;
                block_end = place + c.len_utf8();
            }
            if !digits {
                continue;
            }
            found.push(Found { start, end: prefecture_end, category: Category::STATE, log_odds: 3.0 });
            found.push(Found { start: prefecture_end, end: town_end, category: Category::CITY, log_odds: 3.0 });
            found.push(Found { start: town_end, end: town_end + block_end, category: Category::STREET, log_odds: 3.0 });
        }
    }
}
