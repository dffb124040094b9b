//! What holds for every input: no panic, no span outside the text or across a character, whatever the
//! recognisers, the text scanner, the header reader and the reader of embedded JSON, XML and log lines
//! are given. `./x fuzz` runs the same checks with more cases, `./x fuzz TARGET` under a fuzzer.

use proptest::collection::vec;
use proptest::prelude::*;

mod checks;

/// Pieces from which texts are put together: what recognisers look for, next to what breaks cuts.
const PIECE: &str = "[a-zA-Z0-9@.:/ +()-]{0,12}|[\u{C0}-\u{17F} ]{0,4}|[\u{3000}-\u{30FF}\u{4E00}-\u{4E80}０-９－]{0,6}|\
    [0-9]{3,17}|[\n,;=\"'$_#-]{0,3}|[\u{300}-\u{303}\u{200B}-\u{200F}\u{1F600}-\u{1F604}]|tel |IBAN DE89 |password=|born |\
    Dr\\. Anna |様|eyJ|://|年|昭和|\\{\"name\":|<name>|-----BEGIN |\\$2b\\$|user '|M\\. |ul\\. |10115 |, IL 62704|E11\\.9 |asthma ";

fn text() -> impl Strategy<Value = String> {
    vec(prop_oneof![9 => PIECE, 1 => ".{0,12}"], 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn prop_texts_with_names(text in text()) {
        checks::text(checks::detector(true), &text);
    }

    #[test]
    fn prop_texts_without_names(text in text()) {
        checks::text(checks::detector(false), &text);
    }

    #[test]
    fn prop_values_of_every_family(edits in vec(any::<u8>(), 2..20)) {
        for (name, _) in checks::FAMILIES {
            let family = checks::family(name);
            prop_assert!(!family.is_empty(), "{} has no recogniser", name);
            checks::value(&family, &checks::damaged(&family, &edits));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn prop_names_of_columns(names in vec("[a-zA-Z_0-9 .-]{0,14}|.{0,10}|(user|kunden|氏名|e|tel|c)[A-Z_0-9]{0,3}(mail|nr|Name|id)?", 1..6)) {
        checks::table(&names, &[Some("x".to_owned()), None, Some("12".to_owned())]);
    }

    #[test]
    fn prop_cells_with_documents_inside(
        cells in vec(prop_oneof![
            4 => "[\\[\\]{}:,\"'\\\\a-z0-9 <>/=&;.@u-]{0,60}",
            2 => "\\{\"[a-z]{1,6}\": ?(\"[^\"]{0,8}\"|\\{\"[a-z]{1,4}\":[0-9.]{1,5}\\}|\\[.{0,6}\\])[,}]?.{0,4}",
            2 => "<[a-z]{1,5}( [a-z]=\"[^\"]{0,5}\")?>.{0,12}</?[a-z]{1,5}>",
            2 => "([a-z_]{1,8}=[^ ]{0,10} ){1,5}",
            1 => text(),
        ], 1..6)
    ) {
        let cells: Vec<Option<String>> = cells.into_iter().map(Some).collect();
        checks::table(&["note".to_owned()], &cells);
    }
}
