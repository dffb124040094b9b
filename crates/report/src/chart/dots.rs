//! A pile of dots over a scale of per cent.

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;

const WIDTH: f64 = 360.0;
const LEFT: f64 = 20.0;
/// Per cent that share a pile.
const BIN: u8 = 5;
const PILES: usize = 20;
/// Rows in the highest pile; beyond, one dot stands for several.
const HIGHEST: usize = 12;
const RADIUS: f64 = 4.5;
const STEP: f64 = 10.5;

/// One thing on the scale.
pub(crate) struct Dot {
    /// 0 to 100.
    pub(crate) percent: u8,
    /// Its colour.
    pub(crate) tone: Tone,
}

/// Piles of dots; returns the chart and how many things one dot stands for.
pub(crate) fn dots(heading: &Heading, dots: &[Dot]) -> (String, usize) {
    let mut piles: Vec<Vec<Tone>> = vec![Vec::new(); PILES];
    for dot in dots {
        piles[usize::from(dot.percent.min(99) / BIN)].push(dot.tone);
    }
    let first = piles.iter().position(|pile| !pile.is_empty()).unwrap_or(0).min(PILES / 2);
    let step_x = (WIDTH - 2.0 * LEFT) / (PILES - first) as f64;
    let abreast = ((step_x / STEP) as usize).max(1);
    let fullest = piles.iter().map(Vec::len).max().unwrap_or(0);
    let worth = fullest.div_ceil(HIGHEST * abreast).max(1);
    let rows_of = |pile: &[Tone]| pile.len().div_ceil(worth).div_ceil(abreast);
    let floor = fullest.div_ceil(worth).div_ceil(abreast) as f64 * STEP + 22.0;
    let mut canvas = Canvas::new();
    for (pile, index) in piles.iter_mut().skip(first).zip(0u32..) {
        pile.sort();
        let middle = LEFT + (f64::from(index) + 0.5) * step_x;
        for (tone, place) in pile.iter().step_by(worth).zip(0usize..) {
            let (row, column) = (place / abreast, place % abreast);
            let x = middle + (column as f64 - (abreast - 1) as f64 / 2.0) * STEP;
            canvas.circle([x, floor - 7.5 - row as f64 * STEP, RADIUS], *tone, "");
        }
        if !pile.is_empty() {
            let top = floor - 6.0 - rows_of(pile) as f64 * STEP;
            canvas.text([middle, top], Anchor::Middle, "c-note", &pile.len().to_string());
        }
    }
    canvas.line([LEFT, floor, WIDTH - LEFT, floor]);
    let low = first * usize::from(BIN);
    for percent in (low..=100).rev().step_by(2 * usize::from(BIN)) {
        let x = LEFT + (percent - low) as f64 / f64::from(BIN) * step_x;
        canvas.text([x, floor + 15.0], Anchor::Middle, "c-note", &format!("{percent}%"));
    }
    (canvas.finish(heading, WIDTH, floor + 22.0), worth)
}
