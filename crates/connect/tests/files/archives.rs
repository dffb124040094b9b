//! Compressed files and archives: whole, nested, cut off, locked and malicious.

use std::io::Write;

use dataward_connect::formats::Limits;
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::Folder;
use crate::support::refusal;
use crate::support::show;

const PEOPLE: &str = "id,name\n1,Ada\n2,Bob\n";
const ROWS: &str = "id | name\n  1 | Ada\n  2 | Bob\n";

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes.as_ref()).unwrap();
    writer.finish().unwrap()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[tokio::test]
async fn a_compressed_file_reads_as_the_file() {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(PEOPLE.as_bytes()).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(PEOPLE.as_bytes()).unwrap();
    let cases = [
        ("p.csv.gz", gzip(PEOPLE)),
        ("p.csv.bz2", bzip2.finish().unwrap()),
        ("p.csv.xz", xz.finish().unwrap()),
        ("p.csv.zst", zstd::encode_all(PEOPLE.as_bytes(), 1).unwrap()),
        ("named-wrongly.csv", gzip(PEOPLE)),
        ("in-two-parts.csv.gz", [gzip(&PEOPLE[..10]), gzip(&PEOPLE[10..])].concat()),
    ];
    for (name, bytes) in cases {
        assert_eq!(show(name, bytes).await, format!("{name}: {ROWS}"));
    }
}

#[tokio::test]
async fn archives_in_archives_name_the_way_to_their_members() {
    let inner = zipped(&[("b/c.csv", PEOPLE.as_bytes())]);
    let tar = tarred(&[("x/p.csv", PEOPLE.as_bytes()), ("y.zip", &inner), ("z.csv.gz", &gzip(PEOPLE))]);
    let expected =
        |name: &str| format!("{name}!/x/p.csv: {ROWS}{name}!/y.zip!/b/c.csv: {ROWS}{name}!/z.csv.gz: {ROWS}");
    assert_eq!(show("a.tar", &tar).await, expected("a.tar"));
    assert_eq!(show("a.tar.gz", gzip(&tar)).await, expected("a.tar.gz"));
    assert_eq!(show("a.tgz", gzip(&tar)).await, expected("a.tgz"));
}

#[tokio::test]
async fn paths_that_climb_out_are_only_names() {
    let climbing = "../../etc/passwd.csv";
    let expected = |name: &str| format!("{name}!/{climbing}: {ROWS}");
    assert_eq!(show("a.zip", zipped(&[(climbing, PEOPLE.as_bytes())])).await, expected("a.zip"));
    assert_eq!(show("a.tar", tarred(&[(climbing, PEOPLE.as_bytes())])).await, expected("a.tar"));
}

#[tokio::test]
async fn one_bad_member_does_not_hide_the_rest() {
    let bytes = zipped(&[
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"),
        ("broken.csv.gz", &gzip("id,name\n".repeat(9000))[..60]),
        ("p.csv", PEOPLE.as_bytes()),
    ]);
    let read = show("a.zip", bytes).await;
    assert!(read.contains(&format!("a.zip!/p.csv: {ROWS}")), "{read}");
    let skipped = "skipped a.zip!/photo.jpg: it is an image (image/jpeg); dataward does not read text in images\n\
         skipped a.zip!/broken.csv.gz: cannot read a.zip!/broken.csv.gz: it ends too early; it was cut off or is still being written\n";
    assert!(read.ends_with(skipped), "{read}");
}

#[tokio::test]
async fn members_behind_a_password_are_listed() {
    let mut bytes = zipped(&[("p.csv", PEOPLE.as_bytes()), ("q.csv", PEOPLE.as_bytes())]);
    // Bit 0 of the flags says encrypted: in the local header (offset 6) and in the list (offset 8).
    let list = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[list + 8] |= 1;
    assert_eq!(
        show("a.zip", bytes).await,
        format!(
            "a.zip!/q.csv: {ROWS}skipped a.zip!/p.csv: not allowed to read a.zip!/p.csv: \
             it is encrypted with a password; unpack it yourself to have it scanned\n"
        )
    );
}

#[tokio::test]
async fn what_is_left_of_a_cut_off_archive_is_read() {
    let many: String = (0..40_000).map(|id| format!("{id},Ada {}\n", id * 7919 % 65_537)).collect();
    let whole = format!("id,name\n{many}");
    let members = [("p.csv", PEOPLE.as_bytes()), ("big.csv", whole.as_bytes())];
    for (name, bytes) in
        [("a.zip", zipped(&members)), ("a.tar", tarred(&members)), ("a.tar.gz", gzip(tarred(&members)))]
    {
        let folder = Folder::new();
        folder.write(name, &bytes[..bytes.len() * 3 / 4]);
        let reading = folder.read(name).await;
        assert_eq!(reading.tables[0].rows, 2, "{name}");
        assert!((5_000..40_000).contains(&reading.tables[1].rows), "{name}: {}", reading.tables[1].rows);
        assert_eq!(reading.tables[1].rows_total, None, "{name}");
        assert!(reading.skipped.iter().any(|skipped| skipped.place.ends_with("big.csv")), "{name}");
    }
    let folder = Folder::new();
    let packed = gzip(&whole);
    folder.write("p.csv.gz", &packed[..packed.len() / 2]);
    let reading = folder.read("p.csv.gz").await;
    assert!(reading.tables[0].rows > 5_000);
    assert_eq!(
        reading.skipped[0].reason,
        "cannot read p.csv.gz: it ends too early; it was cut off or is still being written"
    );
}

#[tokio::test]
async fn bombs_are_refused() {
    let limits = Limits { ratio_floor_bytes: 64 << 10, inflated_bytes: 4 << 20, ..Limits::default() };
    let folder = Folder::with_limits(limits);
    let flat = gzip(format!("{},b\n", "a".repeat(1000)).repeat(2048));
    folder.write("bomb.csv.gz", &flat).write("bomb.zip", zipped(&[("a.csv.gz", &flat), ("p.csv", PEOPLE.as_bytes())]));
    let read = folder.read("bomb.csv.gz").await;
    assert_eq!(
        read.skipped[0].reason,
        "refused to read bomb.csv.gz: more than 200 bytes come out of each stored byte, as in a decompression bomb; \
         if you trust it, unpack it yourself and scan the result"
    );
    let read = folder.read("bomb.zip").await;
    assert_eq!(read.skipped[0].place, "bomb.zip!/a.csv.gz");
    assert_eq!(read.tables.last().unwrap().head.name, "bomb.zip!/p.csv");

    let varied: String =
        (0..10_000u64).map(|id| format!("{},{}\n", id * 7919 % 1_000_003, id * 104_729 % 999_983)).collect();
    let packed = gzip(format!("id,code\n{varied}"));
    let members: Vec<(String, &[u8])> = (0..50).map(|number| (format!("{number}.csv.gz"), packed.as_slice())).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    folder.write("42.zip", zipped(&members));
    let read = folder.read("42.zip").await;
    assert_eq!(read.skipped.last().unwrap().place, "42.zip");
    assert_eq!(
        read.skipped.last().unwrap().reason,
        "refused to read 42.zip: more than 4 MiB come out of it; unpack it yourself and scan the folder"
    );
}

#[tokio::test]
async fn a_tower_of_archives_is_refused() {
    let mut tower = PEOPLE.as_bytes().to_vec();
    for _ in 0..6 {
        tower = gzip(&tower);
    }
    assert_eq!(
        refusal("tower.gz", tower).await,
        "refused to read tower.gz: archives lie more than 5 deep in each other; unpack it yourself and scan the result"
    );
}

#[tokio::test]
async fn damage_is_named() {
    let mut bytes = gzip(PEOPLE.repeat(100));
    // There is no block of type 3.
    bytes[10] = 0xff;
    assert_eq!(
        refusal("p.csv.gz", &bytes[..40]).await,
        "cannot read p.csv.gz: its bytes are damaged or not what its name claims"
    );
}
