//! What a pass rate is worth against chance.

use super::PassRate;

/// How far a pass rate lies above what chance gives, -1 to 1. A Luhn pass is worth 1 in 10: with
/// 10 % of chance hits, 37 % are needed to say anything and 85 % to say all; few values say less.
pub(crate) fn above_chance(rate: PassRate, count: f64) -> f64 {
    let chance = rate.chance.clamp(1e-6, 1.0);
    let floor = chance + 0.3 * (1.0 - chance);
    let ceiling = (floor + 0.55).min(1.0);
    if floor >= 0.999 {
        return 0.0;
    }
    let fit = ((rate.share - floor) / (ceiling - floor)).clamp(-1.0, 1.0);
    let surprise = 1.0 - chance.powf(count * rate.share / 2.0);
    // What nearly anything passes (nine digits as a US social security number) says nothing however
    // often it passes.
    let worth = (chance.ln() / 0.1_f64.ln()).clamp(0.0, 1.0);
    if fit > 0.0 { fit * surprise * worth } else { fit }
}

/// [`above_chance`] for the best of the recognisers of many countries: one of them takes a single number by chance as often
/// as not.
pub(super) fn above_chance_of_many(rate: PassRate, count: f64) -> f64 {
    const TRIED: f64 = 20.0;
    let fit = above_chance(rate, count);
    let by_chance = (TRIED * rate.chance.clamp(1e-6, 1.0).powf(count * rate.share)).min(1.0);
    if fit > 0.0 { fit * (1.0 - by_chance.sqrt()) } else { fit }
}
