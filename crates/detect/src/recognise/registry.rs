//! The one list of all recognisers, and the way from a value to those that take it.

use std::sync::LazyLock;

use crate::Detector;
use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::candidate::COMPACT;
use crate::recognise::*;

/// All recognisers: a new one is one file and one line here.
pub static RECOGNISERS: &[&Recogniser] = &[
    &contact::EMAIL,
    &contact::PROFILE_URL,
    &phone::INTERNATIONAL,
    &phone::NATIONAL,
    &card::PAYMENT_CARD,
    &finance::IBAN,
    &finance::BIC,
    &device::IPV4,
    &device::IPV6,
    &device::MAC,
    &device::IMEI,
    &vehicle::VIN,
    &place::COORDINATES,
    &secret::PASSWORD_HASH,
    &secret::TOKEN,
    &secret::PRIVATE_KEY,
    &national::ae::EMIRATES_ID,
    &national::ar::CUIL,
    &national::at::SVNR,
    &national::au::MEDICARE,
    &national::au::TFN,
    &national::be::NATIONAL_NUMBER,
    &national::bg::EGN,
    &national::br::CPF,
    &national::ca::SIN,
    &national::ch::AHV,
    &national::cl::RUT,
    &national::cl::RUT_DIGITS,
    &national::cn::RESIDENT_ID,
    &national::cn::RESIDENT_ID_DIGITS,
    &national::cz::RODNE_CISLO,
    &national::de::ID_CARD,
    &national::de::PENSION_NUMBER,
    &national::de::STEUER_ID,
    &national::dk::CPR,
    &national::r#do::CEDULA,
    &national::ec::CEDULA,
    &national::ee::ISIKUKOOD,
    &national::es::NIF,
    &national::fi::HETU,
    &national::fr::NIR,
    &national::fr::NIR_CORSICA,
    &national::fr::SPI,
    &national::gb::NHS,
    &national::gb::NINO,
    &national::gr::AFM,
    &national::gr::AMKA,
    &national::hk::ID_CARD,
    &national::hr::OIB,
    &national::hu::PERSONAL_NUMBER,
    &national::hu::TAJ,
    &national::hu::TAX_ID,
    &national::id::NIK,
    &national::ie::PPS,
    &national::il::ID,
    &national::r#in::AADHAAR,
    &national::r#in::PAN,
    &national::is::KENNITALA,
    &national::it::CODICE_FISCALE,
    &national::jp::MY_NUMBER,
    &national::kr::RRN,
    &national::kz::IIN,
    &national::lu::MATRICULE,
    &national::lv::PERSONAS_KODS,
    &national::mx::CURP,
    &national::mx::RFC,
    &national::my::NRIC,
    &national::nl::BSN,
    &national::no::FODSELSNUMMER,
    &national::nz::IRD,
    &national::pk::CNIC,
    &national::pl::ID_CARD,
    &national::pl::NIP,
    &national::pl::PESEL,
    &national::pt::CARTAO_CIDADAO,
    &national::pt::NIF,
    &national::ro::CNP,
    &national::ru::INN,
    &national::ru::SNILS,
    &national::se::PERSONNUMMER,
    &national::sg::NRIC,
    &national::si::EMSO,
    &national::th::ID,
    &national::tr::TCKN,
    &national::tw::ID,
    &national::ua::RNTRC,
    &national::us::ITIN,
    &national::us::SSN,
    &national::uy::CEDULA,
    &national::za::ID,
    &papers::MACHINE_READABLE,
    &papers::PASSPORT,
    &papers::LICENCE_GB,
    &papers::LICENCE_JP,
    &papers::LICENCE_PL,
    &papers::LICENCE_US,
    &papers::MEDICAL_RECORD,
    &papers::ICD_10,
    &plates::BE,
    &plates::DE,
    &plates::ES,
    &plates::FR,
    &plates::GB,
    &plates::NL,
    &plates::OTHERS,
    &vat::AT,
    &vat::BE,
    &vat::BG,
    &vat::CH,
    &vat::CY,
    &vat::CZ,
    &vat::DE,
    &vat::DK,
    &vat::EE,
    &vat::ES,
    &vat::FI,
    &vat::FR,
    &vat::GB,
    &vat::GR,
    &vat::HR,
    &vat::HU,
    &vat::IE,
    &vat::IT,
    &vat::LT,
    &vat::LU,
    &vat::LV,
    &vat::MT,
    &vat::NL,
    &vat::NO,
    &vat::PL,
    &vat::PT,
    &vat::RO,
    &vat::SE,
    &vat::SI,
    &vat::SK,
];

/// A recogniser's place in [`RECOGNISERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecogniserId(u16);

impl RecogniserId {
    /// How many recognisers there are; ids run from 0 to one below.
    pub fn count() -> usize {
        RECOGNISERS.len()
    }

    /// The id as an index into tables of [`Self::count`] entries.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The recogniser.
    pub fn recogniser(self) -> &'static Recogniser {
        RECOGNISERS[self.index()]
    }

    /// The recogniser of that name.
    pub fn named(name: &str) -> Option<Self> {
        RECOGNISERS.iter().position(|recogniser| recogniser.name == name).map(id)
    }
}

/// Most recognisers that one value is reported for.
pub const MOST: usize = 12;

/// The recognisers that take a value, in the order of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Matches {
    found: [(RecogniserId, Strength); MOST],
    length: usize,
}

impl Matches {
    const EMPTY: Self = Self { found: [(RecogniserId(0), Strength::by_chance(1.0)); MOST], length: 0 };

    fn push(&mut self, id: RecogniserId, strength: Strength) {
        if let Some(place) = self.found.get_mut(self.length) {
            *place = (id, strength);
            self.length += 1;
        }
    }

    /// The matches one by one.
    pub fn iter(&self) -> impl Iterator<Item = (RecogniserId, Strength)> + '_ {
        self.as_slice().iter().copied()
    }

    /// The matches.
    pub fn as_slice(&self) -> &[(RecogniserId, Strength)] {
        &self.found[..self.length]
    }

    /// Whether nothing took the value.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Which recognisers take a whole cell. Allocates nothing; a cell that fits no shape costs one walk
/// over its bytes.
pub fn match_cell(_detector: &Detector, cell: &str) -> Matches {
    if cell.len() > LONGEST_CELL {
        return Matches::EMPTY;
    }
    match_candidate(&Candidate::new(cell))
}

/// Which recognisers take each value of a value buffer: value `row` lies at
/// `buffer[offsets[row]..offsets[row + 1]]`, as in an Arrow string array. Values that are not UTF-8
/// are passed over.
pub fn match_buffer(
    detector: &Detector,
    buffer: &[u8],
    offsets: &[i32],
    mut found: impl FnMut(usize, RecogniserId, Strength),
) {
    for (row, pair) in offsets.windows(2).enumerate() {
        let (Ok(start), Ok(end)) = (usize::try_from(pair[0]), usize::try_from(pair[1])) else { continue };
        let Some(cell) = buffer.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
        for (id, strength) in match_cell(detector, cell).iter() {
            found(row, id, strength);
        }
    }
}

/// Which recognisers take a candidate.
pub fn match_candidate(candidate: &Candidate<'_>) -> Matches {
    let mut matches = Matches::EMPTY;
    let dispatch = &*DISPATCH;
    let (listed, text): (&[Entry], bool) = if candidate.length() > COMPACT {
        (&[], true)
    } else if candidate.letter_count() == 0 {
        let grouped = candidate.marks().only(Marks::GROUPING | Marks::PLUS | Marks::PARENTHESIS);
        (if grouped { &dispatch.digits[candidate.length()] } else { &[] }, !is_plain_number(candidate))
    } else {
        let grouped = candidate.marks().only(CODE_MARKS);
        (if grouped { &dispatch.code[candidate.length()] } else { &[] }, true)
    };
    for entry in listed {
        if let Some(strength) = (entry.validate)(candidate) {
            matches.push(entry.id, strength);
        }
    }
    if text {
        let letters = if candidate.letter_count() >= 3 { Marks::LETTERS } else { Marks::NONE };
        let marks = candidate.marks() | letters;
        for entry in dispatch.text.iter().filter(|entry| marks.has(entry.marks)) {
            if let Some(strength) = (entry.validate)(candidate) {
                matches.push(entry.id, strength);
            }
        }
    }
    matches
}

/// Whether bare digits can be nothing that is recognised as free text: no `+` or `00` in front, not
/// as long as a MAC address or a HETU.
fn is_plain_number(candidate: &Candidate<'_>) -> bool {
    let text = candidate.text();
    candidate.marks().only(Marks::GROUPING) && !text.starts_with("00") && !matches!(text.len(), 11 | 14 | 17)
}

/// A recogniser whose own example or near miss went wrong; what `rules check` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The recogniser's key.
    pub recogniser: &'static str,
    /// The example.
    pub example: &'static str,
    /// Whether it should have passed.
    pub should_pass: bool,
}

/// Runs the examples and near misses of every recogniser.
pub fn check_rules() -> Vec<BrokenRule> {
    let mut broken = Vec::new();
    for (index, recogniser) in RECOGNISERS.iter().enumerate() {
        let examples = recogniser.examples.iter().map(|&example| (example, true));
        let near_misses = recogniser.near_misses.iter().map(|&example| (example, false));
        for (example, should_pass) in examples.chain(near_misses) {
            let passes = match_candidate(&Candidate::new(example)).iter().any(|(found, _)| found == id(index));
            if passes != should_pass {
                broken.push(BrokenRule { recogniser: recogniser.name, example, should_pass });
            }
        }
    }
    broken
}

/// Cells longer than this are text, not a single value.
const LONGEST_CELL: usize = 512;

/// No code of letters and digits is longer, accounts aside: a Mexican CURP has 18 characters.
pub(crate) const LONGEST_CODE: usize = 18;

const CODE_MARKS: Marks = Marks::GROUPING.and(Marks::PARENTHESIS).and(Marks::PLUS);

/// Recognisers by what a candidate looks like.
struct Dispatch {
    digits: Vec<Vec<Entry>>,
    code: Vec<Vec<Entry>>,
    text: Vec<Entry>,
}

/// What is needed of a recogniser to run it, side by side in memory.
#[derive(Clone, Copy)]
struct Entry {
    id: RecogniserId,
    /// What a candidate must hold, for shapes of free text.
    marks: Marks,
    validate: fn(&Candidate<'_>) -> Option<Strength>,
}

static DISPATCH: LazyLock<Dispatch> = LazyLock::new(|| {
    let mut dispatch =
        Dispatch { digits: vec![Vec::new(); COMPACT + 1], code: vec![Vec::new(); COMPACT + 1], text: Vec::new() };
    for (index, recogniser) in RECOGNISERS.iter().enumerate() {
        let entry = Entry { id: id(index), marks: Marks::NONE, validate: recogniser.validate };
        match recogniser.shape {
            Shape::Code(lengths) => {
                for &length in lengths {
                    dispatch.code[usize::from(length)].push(entry);
                }
            }
            Shape::Digits(lengths) => {
                for &length in lengths {
                    dispatch.digits[usize::from(length)].push(entry);
                }
            }
            Shape::Text(marks) => dispatch.text.push(Entry { marks, ..entry }),
        }
    }
    dispatch
});

fn id(index: usize) -> RecogniserId {
    RecogniserId(u16::try_from(index).expect("fewer recognisers than 65,536"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recogniser_takes_its_examples_and_refuses_its_near_misses() {
        assert_eq!(check_rules(), Vec::new());
    }

    #[test]
    fn no_code_but_an_account_is_longer_than_said() {
        for recogniser in RECOGNISERS.iter().filter(|recogniser| recogniser.name != "iban") {
            if let Shape::Code(lengths) = recogniser.shape {
                let longest = lengths.iter().max().copied().unwrap_or(0);
                assert!(usize::from(longest) <= LONGEST_CODE, "{}", recogniser.name);
            }
        }
    }

    #[test]
    fn every_recogniser_has_a_name_of_its_own_and_examples_of_both_kinds() {
        for (index, recogniser) in RECOGNISERS.iter().enumerate() {
            assert!(RECOGNISERS[..index].iter().all(|other| other.name != recogniser.name), "{}", recogniser.name);
            assert!(!recogniser.examples.is_empty() && !recogniser.near_misses.is_empty(), "{}", recogniser.name);
        }
    }
}
