//! How far numbers of a column spread.

/// Smallest, largest and average.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) mean: f64,
    pub(crate) count: f64,
}

impl Spread {
    /// Of `values` without the outermost fiftieth at either end: one slip of a pen decides for no column.
    pub(super) fn of_most(mut values: Vec<f64>) -> Self {
        const OUTERMOST: usize = 50;
        values.sort_by(f64::total_cmp);
        let cut = values.len() / OUTERMOST;
        let mut spread = Self::default();
        values[cut..values.len() - cut].iter().for_each(|value| spread.see(*value));
        spread
    }

    pub(super) fn see(&mut self, value: f64) {
        if self.count == 0.0 {
            self.least = value;
            self.most = value;
        }
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.mean = (self.mean * self.count + value) / (self.count + 1.0);
        self.count += 1.0;
    }

    /// Whether all values are equal.
    pub(crate) fn is_constant(&self) -> bool {
        self.count > 0.0 && self.least == self.most
    }
}
