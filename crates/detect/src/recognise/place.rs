//! Whereabouts: a pair of coordinates.

use dataward_model::Category;

use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;

/// Latitude and longitude in degrees with at least three decimals each.
pub static COORDINATES: Recogniser = Recogniser::new(
    "coordinates",
    "geographic position",
    Category::PRECISE_LOCATION,
    Shape::Text(Marks::DOT.and(Marks::COMMA)),
    coordinates,
)
.prior(-1.0)
.context(&[
    "lat",
    "latitude",
    "lon",
    "lng",
    "gps",
    "coordinates",
    "geo",
    "position",
    "coordenadas",
    "koordinaten",
    "座標",
])
.examples(
    &["52.5200, 13.4050", "-33.86882,151.20930", "(48.858370, 2.294481)"],
    &["52.5, 13.4", "152.5200, 13.4050", "1.234,567"],
);

fn coordinates(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text().trim_start_matches('(').trim_end_matches(')');
    let (latitude, longitude) = text.split_once(',')?;
    let (latitude, digits) = degrees(latitude.trim())?;
    let (longitude, more_digits) = degrees(longitude.trim())?;
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && digits >= 3 && more_digits >= 3)
        .then_some(Strength::by_chance(if digits >= 4 && more_digits >= 4 { 0.02 } else { 0.2 }))
}

/// A decimal number of degrees and how many decimals it has.
fn degrees(text: &str) -> Option<(f64, usize)> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = body.split_once('.')?;
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (whole.len() <= 3 && plain(whole) && plain(decimals)).then_some(())?;
    Some((text.strip_prefix('+').unwrap_or(text).parse().ok()?, decimals.len()))
}
