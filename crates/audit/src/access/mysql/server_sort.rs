//! The order in which MySQL holds the lines of `mysql.db`, where its own order leaves a tie.
//!
//! The server reads the table by its primary key and sorts it with C++'s `std::sort`, which is not stable: of
//! lines that are as specific (`shop__u` and `shop%`), which comes first and so counts depends on how many
//! lines there are. This is that sort as GNU's libstdc++ has it (`bits/stl_algo.h`), so that ties fall as they do
//! when the server has just read its tables. NOTE: after each GRANT on a database the server sorts what it holds
//! once more, so until FLUSH PRIVILEGES or a restart a tie may fall otherwise.

/// Parts of at most this many are left to the insertion sort.
const THRESHOLD: usize = 16;

/// Sorts by `before`, which says whether one must come before another.
pub(super) fn sort<T: Clone>(items: &mut [T], before: &impl Fn(&T, &T) -> bool) {
    if items.is_empty() {
        return;
    }
    let depth = 2 * items.len().ilog2();
    partition_all(items, depth, before);
    // Insertion within the first part, then of the rest one by one.
    for at in 1..items.len() {
        let mut to = at;
        while to > 0 && before(&items[to], &items[to - 1]) {
            items.swap(to, to - 1);
            to -= 1;
        }
    }
}

fn partition_all<T: Clone>(mut items: &mut [T], mut depth: u32, before: &impl Fn(&T, &T) -> bool) {
    while items.len() > THRESHOLD {
        if depth == 0 {
            // Heap sort, for orders made to be slow; ties of it are not followed.
            items.sort_by(|a, b| before(b, a).cmp(&before(a, b)));
            return;
        }
        depth -= 1;
        let cut = partition(items, before);
        let (first, rest) = items.split_at_mut(cut);
        partition_all(rest, depth, before);
        items = first;
    }
}

/// Around the median of the second, the middle and the last, which goes to the front.
fn partition<T: Clone>(items: &mut [T], before: &impl Fn(&T, &T) -> bool) -> usize {
    let (a, b, c) = (1, items.len() / 2, items.len() - 1);
    let less = |x: usize, y: usize| before(&items[x], &items[y]);
    let median = match (less(a, b), less(b, c), less(a, c)) {
        (true, true, _) => b,
        (true, false, true) => c,
        (true, false, false) => a,
        (false, _, true) => a,
        (false, true, false) => c,
        (false, false, false) => b,
    };
    items.swap(0, median);
    let pivot = items[0].clone();
    let (mut first, mut last) = (1, items.len());
    loop {
        while before(&items[first], &pivot) {
            first += 1;
        }
        last -= 1;
        while before(&pivot, &items[last]) {
            last -= 1;
        }
        if first >= last {
            return first;
        }
        items.swap(first, last);
        first += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `std::sort` of GCC 12 makes of 40 pairs by their first part alone.
    #[test]
    fn ties_fall_as_in_libstdcpp() {
        let mut items: Vec<(u32, u32)> = (0..40).map(|number| (number * 7 % 5, number)).collect();
        sort(&mut items, &|a, b| a.0 > b.0);
        let numbers: Vec<u32> = items.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers, GCC);
    }

    #[test]
    fn a_few_stay_in_their_order_and_all_are_sorted() {
        let mut few: Vec<(u32, u32)> = (0..16).map(|number| (number % 3, number)).collect();
        sort(&mut few, &|a, b| a.0 > b.0);
        assert!(few.windows(2).all(|pair| pair[0].0 > pair[1].0 || pair[0].0 == pair[1].0 && pair[0].1 < pair[1].1));
        for length in [0, 1, 17, 33, 1000] {
            let mut many: Vec<u32> = (0..length).map(|number| number * 7919 % 101).collect();
            sort(&mut many, &|a, b| a > b);
            assert!(many.is_sorted_by(|a, b| a >= b), "{length}");
        }
    }

    const GCC: [u32; 40] = [
        17, 2, 37, 22, 7, 32, 27, 12, 9, 24, 14, 29, 19, 34, 4, 39, 21, 1, 26, 31, 36, 16, 11, 6, 18, 23, 38, 13, 28,
        3, 8, 33, 0, 20, 5, 35, 10, 30, 15, 25,
    ];
}
