//! Codes of letters and digits: ids, accounts, digests.

use super::*;

/// A run of letters and digits.
pub(super) fn read_code(pass: &mut Pass<'_>, start: usize, end: usize) -> usize {
    let length = end - start;
    // The account of an e-mail address.
    if pass.byte(end) == b'@' {
        return end;
    }
    if length == 8 && pass.byte(end) == b'-' && pass.text.get(start..start + 36).is_some_and(negative::is_uuid) {
        return start + 36;
    }
    if pass.byte(end) == b'<'
        && let Some(after) = read_machine_line(pass, start)
    {
        return after;
    }
    if length > 40 {
        return read_hash(pass, start, end);
    }
    if let Some(after) = read_iban(pass, start, end) {
        return after;
    }
    let glued = pass.byte_before(start) == b'_' || pass.byte(end) == b'_';
    // In one piece it was weighed as an IBAN already.
    let iban = length >= 15 && is_iban_shaped(pass, start);
    // Beyond the longest code of a state there are accounts and Twilio's keys only.
    let weighed = iban || length > registry::LONGEST_CODE && length != 34;
    if (8..=34).contains(&length) && !glued && !weighed && pass.weigh(start, end) {
        return end;
    }
    if matches!(length, 32 | 40) {
        return read_hash(pass, start, end);
    }
    if matches!(pass.byte(end), b'-' | b'(' | b' ' | b'+')
        && length <= 12
        && let Some(after) = read_split_code(pass, start, end)
    {
        return after;
    }
    let announced = length >= 4 && !glued && announces(pass.byte_before(start));
    if announced && pass.byte(end) == b'-' {
        let long = groups_end(pass, end);
        if long > end && pass.on_word_alone(start, long) {
            return long;
        }
    }
    if announced && pass.on_word_alone(start, end) {
        return end;
    }
    end
}

/// Where groups of digits with hyphens before them end: `T791-5890-6276`.
fn groups_end(pass: &Pass<'_>, end: usize) -> usize {
    const MOST: usize = 4;
    let mut long = end;
    for _ in 0..MOST {
        let next = if pass.byte(long) == b'-' { end_of_digits(pass, long + 1) } else { long };
        if next <= long + 1 {
            break;
        }
        long = next;
    }
    if pass.byte(long).is_ascii_alphanumeric() { end } else { long }
}

/// The second line of a passport or card that machines read, with the name in the line above it.
fn read_machine_line(pass: &mut Pass<'_>, start: usize) -> Option<usize> {
    let of_line = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'<';
    let length = pass.bytes[start..].iter().take(45).take_while(|byte| of_line(byte)).count();
    pass.count(length);
    let end = start + length;
    if !papers::is_machine_readable(&pass.text[start..end]) {
        return None;
    }
    // `P<UTOERIKSSON<<ANNA<MARIA<<<<`: kind and state, then surname and given names.
    let above = start.checked_sub(length + 1).filter(|_| pass.byte_before(start) == b'\n');
    if let Some(line) = above.and_then(|from| pass.text.get(from..start - 1))
        && line.starts_with(['P', 'I', 'A', 'C'])
        && line.bytes().all(|byte| of_line(&byte))
        && let Some(name) = line.get(5..).map(|rest| rest.trim_end_matches('<')).filter(|name| name.contains("<<"))
    {
        pass.push(start - 1 - length + 5, start - 1 - length + 5 + name.len(), Category::NAME, 6.0);
    }
    pass.push(start, end, Category::PASSPORT_NUMBER, 8.0);
    Some(end)
}

/// Codes with a hyphen or bracket inside: `A123456(3)`, `131052A308T`, `AB-123-CD`, `L898902C 3`.
fn read_split_code(pass: &mut Pass<'_>, start: usize, end: usize) -> Option<usize> {
    let mut long = end;
    let most = end + 16;
    while long < most {
        let byte = pass.byte(long);
        let next = pass.byte(long + 1);
        let joins = matches!(byte, b'-' | b'(' | b' ') && (next.is_ascii_digit() || next.is_ascii_uppercase());
        if !(byte.is_ascii_alphanumeric() || joins || byte == b')') {
            break;
        }
        long += 1;
    }
    let mut until = long;
    while until > end {
        let whole = !pass.byte(until).is_ascii_alphanumeric();
        if whole && pass.byte(until - 1) != b' ' && pass.weigh(start, until) {
            return Some(until);
        }
        until = memchr::memrchr3(b' ', b'-', b'(', &pass.bytes[end..until]).map_or(end, |place| end + place);
    }
    None
}

/// An IBAN in one piece or in groups of four.
fn read_iban(pass: &mut Pass<'_>, start: usize, end: usize) -> Option<usize> {
    if end - start < 4 || !is_iban_shaped(pass, start) || (end - start > 4 && end - start < 15) {
        return None;
    }
    if end - start >= 15 {
        return pass.weigh(start, end).then_some(end);
    }
    let mut ends = [0; 8];
    let mut count = 0;
    let mut at = end;
    while count < ends.len() && matches!(pass.byte(at), b' ' | b'-' | b'.') {
        let from = at + 1;
        let mut until = from;
        while pass.byte(until).is_ascii_alphanumeric() && until - from < 5 {
            until += 1;
        }
        if until == from || until - from > 4 {
            break;
        }
        ends[count] = until;
        count += 1;
        at = until;
    }
    for &until in ends[..count].iter().rev() {
        if until - start >= 18 && pass.weigh(start, until) {
            return Some(until);
        }
    }
    let last = *ends[..count].last()?;
    (last - start >= 18 && pass.on_word_alone(start, last)).then_some(last)
}

/// Two letters and two digits.
fn is_iban_shaped(pass: &Pass<'_>, start: usize) -> bool {
    pass.bytes[start..start + 2].iter().all(u8::is_ascii_alphabetic)
        && pass.bytes[start + 2..start + 4].iter().all(u8::is_ascii_digit)
}

/// A digest: a password's hash where the words say so.
fn read_hash(pass: &mut Pass<'_>, start: usize, end: usize) -> usize {
    if matches!(pass.word_before(start, Reach::within(6)), Some(word) if word.kind == Kind::Secret && word.distance <= 6)
        && negative::is_digest(&pass.text[start..end])
    {
        pass.push(start, end, Category::PASSWORD, 2.0);
    }
    end
}
