//! Where a business and its customers are.

/// Why a text is no jurisdiction: what to write instead.
pub const HINT: &str = "write `EU`, an ISO 3166 country (DE, FR, GB, US, CA, …) or a state or province (US-CA, CA-QC); \
     rules of their own so far: AT, AU, BR, CA, CA-QC, CH, DE, ES, EU, FR, GB, IE, IN, IT, JP, KR, NL, PL, SG, US, \
     US-CA, US-CO, US-FL, US-IL, US-MA, US-NY, US-TX, US-VA, US-WA, ZA";

/// Whether `code` is `EU` or a country of ISO 3166-1, with a subdivision or without. Subdivisions are
/// checked where laws differ by them (United States, Canada); elsewhere their form is.
pub fn is_known(code: &str) -> bool {
    let (country, subdivision) = code.split_once('-').map_or((code, None), |(country, rest)| (country, Some(rest)));
    let listed = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    match subdivision {
        None => country == "EU" || listed(COUNTRIES, country),
        Some(state) => match country {
            "US" => listed(STATES, state),
            "CA" => listed(PROVINCES, state),
            _ => {
                let form = (1..=3).contains(&state.len())
                    && state.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                form && listed(COUNTRIES, country)
            }
        },
    }
}

/// ISO 3166-1 alpha-2, officially assigned codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ \
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
    PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// ISO 3166-2:US, states, the district and territories.
const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY \
    NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI";

/// ISO 3166-2:CA.
const PROVINCES: &str = "AB BC MB NB NL NS NT NU ON PE QC SK YT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_states_and_the_union_are_known_and_nothing_else() {
        for known in ["EU", "DE", "GB", "US-CA", "CA-QC", "DE-BY", "CH-ZH", "ZA"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["XX", "UK", "de", "US-XX", "CA-CA", "EU-1", "DE-", "DE-BYERN", "", "Germany"] {
            assert!(!is_known(unknown), "{unknown}");
        }
        assert_eq!(COUNTRIES.split(' ').count(), 249);
    }
}
