//! Arrow arrays of any type, cell by cell.

use arrow_array::Array;
use arrow_array::ArrowPrimitiveType;
use arrow_array::cast::AsArray;
use arrow_array::types;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use arrow_schema::DataType;
use arrow_schema::TimeUnit;
use dataward_model::Category;
use dataward_model::made_up::is_made_up;

use super::ColumnProfile;
use super::ENOUGH_HITS;
use super::Kinds;
use super::identity;
use super::sample;
use crate::Detector;

/// [`dataward_model::made_up::DAY`] in days since 1970.
const MADE_UP_DAY: i64 = -25_567;

/// Cells shorter than this are judged by the sample alone; longer ones are looked into.
const LONG_CELL: usize = 24;

pub(super) fn update(profile: &mut ColumnProfile, detector: &Detector, array: &dyn Array) {
    match array.data_type() {
        DataType::Utf8 => texts(profile, detector, array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(profile, detector, array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(profile, detector, array.as_string_view().iter()),
        DataType::Binary => binaries(profile, detector, array.as_binary::<i32>().iter()),
        DataType::LargeBinary => binaries(profile, detector, array.as_binary::<i64>().iter()),
        DataType::BinaryView => binaries(profile, detector, array.as_binary_view().iter()),
        DataType::FixedSizeBinary(_) => binaries(profile, detector, array.as_fixed_size_binary().iter()),
        DataType::Dictionary(_, value) => match arrow_cast::cast(array, value) {
            Ok(plain) => update(profile, detector, plain.as_ref()),
            Err(_) => shown(profile, detector, array, Kinds::TEXT),
        },
        DataType::List(_) => lists(profile, detector, array, array.as_list::<i32>().values().as_ref()),
        DataType::LargeList(_) => lists(profile, detector, array, array.as_list::<i64>().values().as_ref()),
        DataType::Null => profile.skip(array.len() as u64),
        DataType::Boolean => {
            profile.kinds.add(Kinds::BOOLEAN);
            profile.rows += array.len() as u64;
            for value in array.as_boolean().iter().flatten() {
                profile.see_number(u64::from(value), || if value { "true".into() } else { "false".into() });
            }
        }
        _ => numbers(profile, detector, array),
    }
}

fn numbers(profile: &mut ColumnProfile, detector: &Detector, array: &dyn Array) {
    macro_rules! primitive {
        ($kind:ident, $type:ty, $bits:expr) => {{
            profile.kinds.add(Kinds::$kind);
            primitives::<$type>(profile, array, $bits, |_| false);
        }};
    }
    // Days and moments; of a moment it is said how many of its unit a day has.
    macro_rules! day {
        ($kind:ident, $type:ty, $a_day:expr) => {{
            profile.kinds.add(Kinds::$kind);
            primitives::<$type>(profile, array, |v| v as u64, |v| i64::from(v) == MADE_UP_DAY * $a_day);
        }};
    }
    match array.data_type() {
        DataType::Int8 => primitive!(INTEGER, types::Int8Type, |v| v as i64 as u64),
        DataType::Int16 => primitive!(INTEGER, types::Int16Type, |v| v as i64 as u64),
        DataType::Int32 => primitive!(INTEGER, types::Int32Type, |v| v as i64 as u64),
        DataType::Int64 => primitive!(INTEGER, types::Int64Type, |v| v as u64),
        DataType::UInt8 => primitive!(INTEGER, types::UInt8Type, u64::from),
        DataType::UInt16 => primitive!(INTEGER, types::UInt16Type, u64::from),
        DataType::UInt32 => primitive!(INTEGER, types::UInt32Type, u64::from),
        DataType::UInt64 => primitive!(INTEGER, types::UInt64Type, |v| v),
        DataType::Float32 => primitive!(DECIMAL, types::Float32Type, |v| f64::from(v).to_bits()),
        DataType::Float64 => primitive!(DECIMAL, types::Float64Type, f64::to_bits),
        DataType::Decimal128(_, _) => primitive!(DECIMAL, types::Decimal128Type, |v| v as u64 ^ (v >> 64) as u64),
        DataType::Date32 => day!(DATE, types::Date32Type, 1),
        DataType::Date64 => day!(DATE, types::Date64Type, 86_400_000),
        DataType::Time32(TimeUnit::Second) => primitive!(TIME, types::Time32SecondType, |v| v as u64),
        DataType::Time32(_) => primitive!(TIME, types::Time32MillisecondType, |v| v as u64),
        DataType::Time64(TimeUnit::Microsecond) => primitive!(TIME, types::Time64MicrosecondType, |v| v as u64),
        DataType::Time64(_) => primitive!(TIME, types::Time64NanosecondType, |v| v as u64),
        DataType::Timestamp(TimeUnit::Second, _) => day!(TIMESTAMP, types::TimestampSecondType, 86_400),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            day!(TIMESTAMP, types::TimestampMillisecondType, 86_400_000);
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            day!(TIMESTAMP, types::TimestampMicrosecondType, 86_400_000_000);
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            day!(TIMESTAMP, types::TimestampNanosecondType, 86_400_000_000_000);
        }
        DataType::Decimal32(_, _) | DataType::Decimal64(_, _) | DataType::Decimal256(_, _) | DataType::Float16 => {
            shown(profile, detector, array, Kinds::DECIMAL);
        }
        DataType::Struct(_) | DataType::Map(_, _) | DataType::FixedSizeList(_, _) | DataType::Union(_, _) => {
            shown(profile, detector, array, Kinds::NESTED);
        }
        _ => shown(profile, detector, array, Kinds::TEXT),
    }
}

fn primitives<T: ArrowPrimitiveType>(
    profile: &mut ColumnProfile,
    array: &dyn Array,
    bits: impl Fn(T::Native) -> u64,
    is_made_up: impl Fn(T::Native) -> bool,
) {
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(array, &options).ok();
    profile.rows += array.len() as u64;
    for (index, value) in array.as_primitive::<T>().iter().enumerate() {
        let Some(value) = value.filter(|value| !is_made_up(*value)) else { continue };
        profile.see_number(bits(value), || {
            formatter
                .as_ref()
                .and_then(|formatter| formatter.value(index).try_to_string().ok())
                .unwrap_or_default()
                .into()
        });
    }
}

fn texts<'a>(profile: &mut ColumnProfile, detector: &Detector, cells: impl Iterator<Item = Option<&'a str>>) {
    profile.kinds.add(Kinds::TEXT);
    for cell in cells {
        profile.rows += 1;
        // What stands in the place of erased values says nothing of the column.
        let Some(text) = cell.filter(|text| !is_made_up(text)) else { continue };
        profile.see_text(text);
        if let Some(key) = detector.sketch_key() {
            identity::see(&mut profile.identity, key, text);
        }
        if text.len() >= LONG_CELL {
            look_inside(profile, detector, text);
        }
    }
}

fn binaries<'a>(profile: &mut ColumnProfile, detector: &Detector, cells: impl Iterator<Item = Option<&'a [u8]>>) {
    for cell in cells {
        match cell.map(std::str::from_utf8) {
            // MySQL sends text with a binary collation as bytes.
            Some(Ok(text)) => texts(profile, detector, std::iter::once(Some(text))),
            Some(Err(_)) => {
                profile.kinds.add(Kinds::BINARY);
                profile.rows += 1;
                let bytes = cell.unwrap_or_default();
                profile.filled += 1;
                profile.bytes += bytes.len() as u64;
                let hash = sample::hash_bytes(bytes);
                profile.distinct.add(hash);
            }
            None => profile.rows += 1,
        }
    }
}

fn lists(profile: &mut ColumnProfile, detector: &Detector, array: &dyn Array, values: &dyn Array) {
    let rows = profile.rows + array.len() as u64;
    update(profile, detector, values);
    profile.rows = rows.max(profile.filled);
}

fn shown(profile: &mut ColumnProfile, detector: &Detector, array: &dyn Array, kind: Kinds) {
    let options = FormatOptions::new();
    profile.kinds.add(kind);
    profile.rows += array.len() as u64;
    let Ok(formatter) = ArrayFormatter::try_new(array, &options) else { return };
    for index in (0..array.len()).filter(|&index| !array.is_null(index)) {
        let Ok(text) = formatter.value(index).try_to_string() else { continue };
        profile.see_text(&text);
        if text.len() >= LONG_CELL && kind != Kinds::DECIMAL {
            look_inside(profile, detector, &text);
        }
    }
}

/// Looks for precise patterns in a longer cell, so that sparse personal data in free text is found
/// wherever it stands in the table. Each category is counted up to [`ENOUGH_HITS`] by itself, so
/// that the order of cells does not matter.
fn look_inside(profile: &mut ColumnProfile, detector: &Detector, text: &str) {
    let bytes = text.as_bytes();
    if memchr::memchr3(b' ', b'"', b'=', bytes).is_none() {
        return;
    }
    if memchr::memchr(b'@', bytes).is_some() {
        let hits = profile.inside.get(&Category::EMAIL).copied().unwrap_or(0);
        if hits < ENOUGH_HITS && super::shape::contains_email(text) {
            profile.inside.insert(Category::EMAIL, hits + 1);
        }
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if text.len() >= NUMBERS_INSIDE && digits >= 9 {
        let mut found = crate::text::structured(detector, text);
        found.retain(|category| *category != Category::EMAIL);
        for category in found {
            let hits = profile.inside.entry(category).or_default();
            *hits = (*hits + 1).min(ENOUGH_HITS);
        }
    }
}

/// Cells from this length on, with digits enough for a phone number, are searched for numbers.
const NUMBERS_INSIDE: usize = 40;
