//! Bytes without any pattern.

/// Shorter things cannot be told from compressed ones or from chance.
const LEAST_BYTES: usize = 4096;
/// Formats that are dense but not encrypted.
const COMPRESSED: &[&[u8]] = &[
    b"\x1f\x8b",
    b"PK",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"Rar!",
    b"\x04\x22\x4d\x18",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"RIFF",
    b"OggS",
    b"ID3",
    b"\x1a\x45\xdf\xa3",
    b"PAR1",
    b"\x00\x00\x00",
    b"\x7fELF",
    b"MZ",
    b"wOFF",
    b"wOF2",
    b"fLaC",
    b"LZIP",
    b"\x5d\x00\x00",
    b"\xca\xfe\xba\xbe",
    b"\x78\x9c",
    b"\x78\xda",
    b"\x78\x01",
    b"\x1f\x9d",
    b"MSCF",
    b"II*\0",
    b"MM\0*",
    b"\xff\xfb",
    b"\xff\xf1",
    b"ORC",
    b"Obj\x01",
];

/// Bytes in which every value comes equally often. SQLCipher's databases, raw volumes and most homemade
/// encryption look so; compressed data nearly does, so only the whole first pages together decide.
pub(super) fn of_file(head: &[u8], bytes: u64) -> Option<&'static str> {
    let mut seen = Histogram::default();
    seen.add(head);
    if is_compressed(head) || !seen.is_noise() {
        return None;
    }
    // Pages of 4096 and a random salt where the header of a database would stand.
    Some(if bytes.is_multiple_of(4096) {
        "SQLCipher or another cipher without a header"
    } else {
        "a cipher without a header"
    })
}

/// Whether it begins as a format does that is dense without being encrypted.
fn is_compressed(head: &[u8]) -> bool {
    COMPRESSED.iter().any(|magic| head.starts_with(magic))
}

/// How often each byte occurs.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: [u64; 256],
    all: usize,
    /// Parts of formats that are dense without being encrypted.
    compressed: usize,
    parts: usize,
    /// The lengths of the shortest and the longest part.
    lengths: (usize, usize),
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; 256], all: 0, compressed: 0, parts: 0, lengths: (usize::MAX, 0) }
    }
}

impl Histogram {
    /// Counts the bytes of a part.
    pub(crate) fn add(&mut self, part: &[u8]) {
        part.iter().for_each(|byte| self.counts[usize::from(*byte)] += 1);
        self.all += part.len();
        self.parts += 1;
        self.compressed += usize::from(is_compressed(part));
        self.lengths = (self.lengths.0.min(part.len()), self.lengths.1.max(part.len()));
    }

    /// Whether all bytes come equally often, by chi-square: 255 degrees of freedom, between the 0.1 and 99.9
    /// percentiles (190 and 330).
    fn is_noise(&self) -> bool {
        let expected = self.all as f64 / 256.0;
        let chi: f64 = self.counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
        self.all >= LEAST_BYTES && (190.0..330.0).contains(&chi)
    }

    /// Whether the parts are values that were encrypted, each with a nonce and a tag: noise of at least 28 bytes.
    /// Hashes and tokens are noise of one length, what is encrypted is longer and shorter as the values are.
    pub(crate) fn is_of_sealed_values(&self) -> bool {
        let (shortest, longest) = self.lengths;
        // By chance some begin as compressed ones do: one in 65,536 for each of two bytes.
        shortest >= 28 && shortest < longest && self.compressed * 50 <= self.parts && self.is_noise()
    }
}
