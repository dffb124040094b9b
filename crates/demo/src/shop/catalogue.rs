//! Publishers, books and pick-up points: nothing about a person, though much of it looks so.

use jiff::civil::Date;

use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::shop::sheet::Cell;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;

/// Titles that hold names, places and dates of no living person.
const TITLES: &[&str] = &[
    "The Secret Diary of Lady Pemberton",
    "Doctor Marlow's Garden",
    "Letters to Theodora",
    "Uncle Vasily's Boat",
    "Anna of the Marshes",
    "The Baker of Rue Cassini",
    "My Brother Tobias",
    "Madame Orlova Goes East",
    "The Widow Hartmann",
    "Johnny Quicksilver",
    "Captain Bellweather Returns",
    "Saint Brendan's Fire",
    "The Smith of Ivory Lane",
    "Emily and the Lantern",
    "A Winter with Mr. Crane",
    "Martha's Recipes for Long Nights",
    "The Black Tulip Ledger",
    "Quiet Harbours",
    "An Atlas of Small Islands",
    "Bread, Salt, Smoke",
    "The Paper Orchard",
    "How Rivers Forget",
    "Tales from the Tram",
    "Nine Ways to Fold a Map",
    "Stone Alphabet",
    "The Owl Keeper",
    "Field Notes on Silence",
    "Under the Copper Beech",
    "Clockwork for Beginners",
    "Das Haus am Deich",
    "Die Töchter des Uhrmachers",
    "Herr Petersen sucht das Meer",
    "Le Jardin de Madame Lune",
    "La casa de los espejos",
    "Il ponte di Carla",
    "Sommer in Bullerholm",
    "The Year 1911",
    "Call Me Rosalind",
    "Frankie and the Moon",
    "Dear Max",
];
const COMPANIES: &[&str] = &[
    "Hartmann & Söhne Verlag",
    "Penrose House",
    "Éditions du Phare",
    "Müller-Weber Druck KG",
    "Morgan & Daughters Ltd",
    "Casa Editrice Lanterna",
    "Van Houten Boeken B.V.",
    "Northern Light Press",
    "Kowalski Brothers Publishing",
    "Atelier Saint-Martin",
    "Johnson Street Books",
    "Grüner Igel Verlag",
];

/// The catalogue's tables.
pub(crate) fn sheets(dice: &mut Dice, today: Date) -> Vec<Sheet> {
    let towns = ["Leipzig", "London", "Lyon", "München", "Bristol", "Torino", "Utrecht", "Umeå", "Kraków", "Nantes"];
    let publishers = COMPANIES.iter().zip(1i64..).map(|(company, id)| {
        let site = format!("https://publisher-{id}.example/trade");
        row![id, *company, *dice.pick(&towns), site]
    });
    let publishers = Sheet::new("publishers", publishers.collect());
    let genres = ["novel", "crime", "children", "poetry", "travel", "history", "cooking", "science"];
    let books = (0..420).map(|number| {
        let title = TITLES[number % TITLES.len()];
        let title = match number / TITLES.len() {
            0 => title.to_owned(),
            1 => format!("{title} (paperback)"),
            volume => format!("{title}, vol. {volume}"),
        };
        let published = iso(days_before(today, dice.between(30, 9000)));
        let genre = *dice.pick(&genres);
        row![
            isbn(dice),
            title,
            dice.between(1, COMPANIES.len() as i64),
            genre,
            published,
            dice.between(499, 4999),
            dice.between(0, 80)
        ]
    });
    let books = Sheet::new("books", books.collect());
    let points = [
        ("Blue Lantern Hamburg-Ottensen", 53.5547, 9.9296),
        ("Blue Lantern Leipzig Hbf", 51.3455, 12.3821),
        ("Kiosk am Weserufer", 53.0749, 8.8067),
        ("Locker 14, Central Station", 52.3791, 4.9003),
        ("Librairie partenaire, quai 3", 47.2136, -1.5497),
    ];
    let points = points
        .iter()
        .zip(1i64..)
        .map(|((name, latitude, longitude), id)| row![id, *name, *latitude, *longitude, "Mon-Sat 9:30-19:00"]);
    vec![publishers, books, Sheet::new("pickup_points", points.collect())]
}

/// The ISBNs of the books among `sheets`.
pub(crate) fn isbns(sheets: &[Sheet]) -> Vec<String> {
    let books = sheets.iter().find(|sheet| sheet.table == "books");
    let first_cells = books.into_iter().flat_map(|sheet| sheet.rows.iter().filter_map(|row| row.first()));
    first_cells.filter_map(|cell| if let Cell::Text(isbn) = cell { Some(isbn.clone()) } else { None }).collect()
}

/// An ISBN-13 with its check digit.
fn isbn(dice: &mut Dice) -> String {
    let twelve = dice.fill("9783#########");
    let sum: u32 =
        twelve.bytes().zip([1u32, 3].into_iter().cycle()).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    format!("{twelve}{}", (10 - sum % 10) % 10)
}
