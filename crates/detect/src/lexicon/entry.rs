//! What is known of a word, packed into 64 bits.

use super::Weight;

/// Everything a word can be. Zero when it is not in the lexicon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry(u64);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// The closed or open lists a word can stand in, beside names and towns.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// All kinds, in the order of their bits.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word that raw lists use.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

// The order is the layout of names.fst: append only, or build it anew.
kinds! {
    /// A country's name in some language.
    Country = "country",
    /// An ISO 3166 code, two or three letters.
    CountryCode = "country_code",
    /// A state, province, department, prefecture.
    State = "state",
    /// Its short form.
    StateCode = "state_code",
    /// A word that makes a street: road, rue, -straße.
    Street = "street",
    /// The name of a street without house number.
    StreetName = "street_name",
    /// A flat, floor or building word in an address.
    Unit = "unit",
    /// A legal form or other word of company names.
    LegalForm = "legal_form",
    /// A weekday, month, season, time zone.
    Time = "time",
    /// A colour.
    Colour = "colour",
    /// A product, material, dish.
    Product = "product",
    /// A song, book, team, airline.
    Title = "title",
    /// A job title or a word of one.
    Job = "job",
    /// A gender.
    Gender = "gender",
    /// A language or its code.
    Language = "language",
    /// A marital status.
    Marital = "marital",
    /// A religion.
    Religion = "religion",
    /// An ethnic origin.
    Ethnicity = "ethnicity",
    /// A political party or opinion.
    Political = "political",
    /// A sexual orientation.
    Orientation = "orientation",
    /// A currency or its code.
    Currency = "currency",
    /// An animal.
    Animal = "animal",
    /// A vehicle maker or model.
    Vehicle = "vehicle",
    /// An everyday word.
    Common = "common",
    /// A music or film genre.
    Genre = "genre",
    /// A form of address or name suffix.
    Honorific = "honorific",
    /// A department of a company.
    Department = "department",
    /// A state of a thing: paid, open, large, web.
    Status = "status",
    /// An illness or medicine.
    Health = "health",
    /// A blood group.
    Blood = "blood",
    /// Who comes from a country: Swiss, Brazilian, Deutscher.
    Nationality = "nationality",
}

const KIND_SHIFT: u32 = 30;

impl Entry {
    /// From the map's value.
    pub fn unpack(packed: u64) -> Self {
        Self(packed)
    }

    /// For the map.
    pub fn pack(self) -> u64 {
        self.0
    }

    /// Whether the lexicon has the word at all.
    pub fn is_known(self) -> bool {
        self.0 != 0
    }

    /// How common it is as a given name.
    pub fn given(self) -> Option<Weight> {
        self.weight(0)
    }

    /// How common it is as a surname.
    pub fn surname(self) -> Option<Weight> {
        self.weight(6)
    }

    /// How large the largest town of that name is.
    pub fn city(self) -> Option<Weight> {
        self.weight(12)
    }

    /// The country of that town, ISO 3166 alpha-2.
    pub fn city_country(self) -> Option<String> {
        let index = (self.0 >> 18) & 0x3FF;
        let letter = |value: u64| char::from(b'A' + u8::try_from(value % 26).unwrap_or(0));
        (index > 0).then(|| [letter((index - 1) / 26), letter(index - 1)].iter().collect())
    }

    /// Whether it is given to women, to men; both where either.
    pub fn given_to(self) -> (bool, bool) {
        (self.0 >> 28 & 1 == 1, self.0 >> 29 & 1 == 1)
    }

    /// Whether it stands in a list.
    pub fn is(self, kind: Kind) -> bool {
        self.0 >> (KIND_SHIFT + kind as u32) & 1 == 1
    }

    /// Whether it stands in one of the lists.
    pub fn is_any(self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|&kind| self.is(kind))
    }

    /// Adds the given-name role; the commoner weight stays.
    pub fn add_given(&mut self, weight: Weight, women: bool, men: bool) {
        self.raise(0, weight);
        self.0 |= u64::from(women) << 28 | u64::from(men) << 29;
    }

    /// Adds the surname role; the commoner weight stays.
    pub fn add_surname(&mut self, weight: Weight) {
        self.raise(6, weight);
    }

    /// Adds the town role; the larger town's country stays.
    pub fn add_city(&mut self, weight: Weight, country: &str) {
        let before = self.city().unwrap_or(0);
        self.raise(12, weight);
        let letters = country.as_bytes();
        if weight > before && letters.len() == 2 && letters.iter().all(u8::is_ascii_uppercase) {
            let index = u64::from(letters[0] - b'A') * 26 + u64::from(letters[1] - b'A') + 1;
            self.0 = self.0 & !(0x3FF << 18) | index << 18;
        }
    }

    /// Adds a list.
    pub fn add_kind(&mut self, kind: Kind) {
        self.0 |= 1 << (KIND_SHIFT + kind as u32);
    }

    fn weight(self, shift: u32) -> Option<Weight> {
        let weight = (self.0 >> shift) as u8 & 63;
        (weight > 0).then_some(weight)
    }

    fn raise(&mut self, shift: u32, weight: Weight) {
        let before = self.weight(shift).unwrap_or(0);
        let weight = u64::from(weight.clamp(1, 63).max(before));
        self.0 = self.0 & !(63 << shift) | weight << shift;
    }
}
