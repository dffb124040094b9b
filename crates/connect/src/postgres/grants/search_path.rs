//! The search path of a function, as the catalogue keeps it.

/// `"$user", public, "My Schema"` as names.
pub(super) fn search_path(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = match rest.strip_prefix('"') {
            Some(inside) => {
                let mut name = String::new();
                let mut rest = inside;
                loop {
                    let Some((before, after)) = rest.split_once('"') else { return found };
                    name += before;
                    match after.strip_prefix('"') {
                        Some(after) => {
                            name.push('"');
                            rest = after;
                        }
                        None => break (name, after),
                    }
                }
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        if !name.is_empty() {
            found.push(name);
        }
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_paths_are_read_with_quotes() {
        assert_eq!(search_path(r#""$user", public, "My ""Schema", a"#), ["$user", "public", "My \"Schema", "a"]);
        assert_eq!(search_path("\"\""), [""; 0]);
    }
}
