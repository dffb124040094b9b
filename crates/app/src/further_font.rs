//! A font of this machine for letters that the fonts of our PDFs lack: of Chinese, Japanese and Korean, which would make
//! the program several times as large.

use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Folders in which systems keep fonts.
const FOLDERS: &[&str] =
    &["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", "C:\\Windows\\Fonts"];

/// How the names of fonts with these letters begin, in lower case, the best first.
const NAMES: &[&str] = &[
    "notosanscjk-regular",
    "notosanscjkjp-regular",
    "notosansjp",
    "sourcehansans-regular",
    "ipaexg",
    "ipag",
    "wqy-zenhei",
    "wqy-microhei",
    "droidsansfallback",
    "unifont",
    "nanumgothic",
    "hiragino sans gb",
    "pingfang",
    "yugothr",
    "msgothic",
    "msyh",
    "malgun",
];

/// A larger file is no font that we would put into a report.
const MOST_BYTES: u64 = 64 << 20;
/// Folders within folders.
const DEEPEST: usize = 4;

/// The font, read once; none where this machine has none of those that we know.
pub(crate) fn further_font() -> Option<&'static [u8]> {
    static FONT: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    FONT.get_or_init(|| find(FOLDERS.iter().map(Path::new))).as_deref()
}

fn find<'p>(folders: impl Iterator<Item = &'p Path>) -> Option<Vec<u8>> {
    let mut found: Vec<(usize, PathBuf)> = Vec::new();
    folders.for_each(|folder| look_into(folder, DEEPEST, &mut found));
    found.sort();
    found.into_iter().find_map(|(_, path)| fs_err::read(path).ok())
}

fn look_into(folder: &Path, depth: usize, found: &mut Vec<(usize, PathBuf)>) {
    // A folder that is not there, or not for us, has no font for us.
    let Ok(entries) = fs_err::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
        let Ok(facts) = fs_err::metadata(&path) else { continue };
        if facts.is_dir() {
            if depth > 0 {
                look_into(&path, depth - 1, found);
            }
        } else if [".ttf", ".otf", ".ttc"].iter().any(|end| name.ends_with(end)) && facts.len() <= MOST_BYTES {
            let rank = NAMES.iter().position(|begin| name.starts_with(begin));
            found.extend(rank.map(|rank| (rank, path)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_font_that_is_there_is_taken_and_others_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        let found = || find([folder.path(), Path::new("/no/such/folder")].into_iter());
        write("truetype/dejavu/DejaVuSans.ttf", "latin");
        assert_eq!(found(), None);
        write("truetype/wqy/wqy-zenhei.ttc", "wqy");
        write("opentype/noto/NotoSansCJK-Regular.ttc.txt", "no font");
        assert_eq!(found(), Some(b"wqy".to_vec()));
        write("opentype/ipafont-gothic/ipag.ttf", "ipa");
        assert_eq!(found(), Some(b"ipa".to_vec()));
    }
}
