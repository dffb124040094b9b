//! A scanned identity card: an image, which today's tools cannot read as text.

use std::io::Write;

use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;

use crate::DemoError;
use crate::dice::Dice;
use crate::files::Folder;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 200;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        rows.push(0); // no filter
        for x in 0..WIDTH {
            let photograph = (20..110).contains(&x) && (40..160).contains(&y);
            let line = x > 130 && x < 290 && y % 24 < 8 && y > 40;
            let shade = if photograph {
                120
            } else if line {
                70
            } else {
                225
            };
            rows.push(shade + dice.between(0, 12) as u8);
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&rows)?;
    let pixels = encoder.finish()?;
    let mut head = [WIDTH.to_be_bytes(), HEIGHT.to_be_bytes()].concat();
    head.extend([8, 0, 0, 0, 0]); // eight bits of grey
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", &head), (b"IDAT", &pixels), (b"IEND", &Vec::new())] {
        let mut sum = Crc::new();
        sum.update(kind);
        sum.update(data);
        png.extend((data.len() as u32).to_be_bytes());
        png.extend(kind);
        png.extend(data);
        png.extend(sum.sum().to_be_bytes());
    }
    folder.put("scans/id-card-front.png", png)
}
