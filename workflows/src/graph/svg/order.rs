//! The order of the cells in each column: few crossings, found by sweeps towards the middle of the neighbours.

use super::layers::Layers;

/// Sweeps over all columns, there and back.
const SWEEPS: usize = 24;
/// Drawings up to so many cells are also improved by exchanging neighbours, which takes longer.
const TIDY_CELLS: usize = 800;

/// Orders every column. The same graph always gets the same order: ties keep what was there.
pub(super) fn order(layers: &mut Layers) {
    // What nothing is linked with goes below: elsewhere it would keep apart what is linked.
    let Layers { columns, cells, .. } = layers;
    let alone = |id: &usize| cells.get(*id).is_some_and(|cell| cell.left.is_empty() && cell.right.is_empty());
    columns.iter_mut().for_each(|column| column.sort_by_key(alone));
    let mut best = (crossings(layers), layers.columns.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let rightwards = sweep % 2 == 0;
        let count = layers.columns.len();
        for step in 1..count {
            let column = if rightwards { step } else { count - 1 - step };
            by_neighbours(layers, column, rightwards);
        }
        if layers.cells.len() <= TIDY_CELLS {
            exchange(layers);
        }
        let now = crossings(layers);
        if now < best.0 {
            best = (now, layers.columns.clone());
        }
    }
    layers.columns = best.1;
}

/// The place of each cell in its column.
fn places(layers: &Layers) -> Vec<usize> {
    let mut places = vec![0; layers.cells.len()];
    for column in &layers.columns {
        for (place, cell) in column.iter().enumerate() {
            if let Some(its) = places.get_mut(*cell) {
                *its = place;
            }
        }
    }
    places
}

/// Sorts a column by the mean place of the neighbours on one side; a cell without any stays where it is.
fn by_neighbours(layers: &mut Layers, column: usize, left: bool) {
    let places = places(layers);
    let Some(cells) = layers.columns.get(column) else { return };
    let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(cells.len());
    for (place, id) in cells.iter().enumerate() {
        let neighbours = layers.cells.get(*id).map(|cell| if left { &cell.left } else { &cell.right });
        let of = neighbours.map_or(0, Vec::len);
        let sum: usize = neighbours.into_iter().flatten().filter_map(|n| places.get(*n)).sum();
        let alone = layers.cells.get(*id).is_some_and(|cell| cell.left.is_empty() && cell.right.is_empty());
        let key = if alone {
            f64::INFINITY
        } else if of == 0 {
            place as f64
        } else {
            sum as f64 / of as f64
        };
        keyed.push((key, *id));
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some(cells) = layers.columns.get_mut(column) {
        *cells = keyed.into_iter().map(|(_, id)| id).collect();
    }
}

/// Exchanges neighbours in a column as long as that saves crossings.
fn exchange(layers: &mut Layers) {
    let mut places = places(layers);
    for column in 0..layers.columns.len() {
        let mut better = true;
        let mut rounds = 0;
        while better && rounds < SWEEPS {
            (better, rounds) = (false, rounds + 1);
            let count = layers.columns.get(column).map_or(0, Vec::len);
            for at in 1..count {
                let pair = layers.columns.get(column).and_then(|c| Some((*c.get(at - 1)?, *c.get(at)?)));
                let Some((above, below)) = pair else { continue };
                if between(layers, &places, below, above) < between(layers, &places, above, below) {
                    if let Some(cells) = layers.columns.get_mut(column) {
                        cells.swap(at - 1, at);
                    }
                    places.swap(above, below);
                    better = true;
                }
            }
        }
    }
}

/// Crossings of the links of two cells of one column, the first above the second.
fn between(layers: &Layers, places: &[usize], above: usize, below: usize) -> usize {
    let (Some(above), Some(below)) = (layers.cells.get(above), layers.cells.get(below)) else { return 0 };
    let place = |id: &usize| places.get(*id).copied().unwrap_or(0);
    let side = |upper: &[usize], lower: &[usize]| -> usize {
        upper.iter().map(|a| lower.iter().filter(|b| place(b) < place(a)).count()).sum()
    };
    side(&above.left, &below.left) + side(&above.right, &below.right)
}

/// All crossings between neighbouring columns.
fn crossings(layers: &Layers) -> usize {
    let places = places(layers);
    let mut all = 0;
    for (column, next) in layers.columns.iter().zip(layers.columns.iter().skip(1)) {
        let mut links: Vec<(usize, usize)> = Vec::new();
        for (place, id) in column.iter().enumerate() {
            let right = layers.cells.get(*id).map(|cell| cell.right.as_slice()).unwrap_or_default();
            links.extend(right.iter().filter_map(|n| Some((place, *places.get(*n)?))));
        }
        links.sort_unstable();
        all += inversions(&links, next.len());
    }
    all
}

/// Pairs of links, sorted by their left ends, whose right ends are the other way round.
fn inversions(links: &[(usize, usize)], width: usize) -> usize {
    // Sums over prefixes of how many right ends were seen at each place.
    let mut sums = vec![0_usize; width + 1];
    let mut found = 0;
    for (seen, (_, right)) in links.iter().enumerate() {
        let (mut at, mut up_to) = (right + 1, 0);
        while at > 0 {
            up_to += sums.get(at).copied().unwrap_or(0);
            at &= at - 1;
        }
        found += seen - up_to;
        at = right + 1;
        while let Some(sum) = sums.get_mut(at) {
            *sum += 1;
            at += at & at.wrapping_neg();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_counted_as_by_hand() {
        assert_eq!(inversions(&[(0, 0), (1, 1), (2, 2)], 3), 0);
        assert_eq!(inversions(&[(0, 2), (1, 1), (2, 0)], 3), 3);
        assert_eq!(inversions(&[(0, 1), (0, 2), (1, 0)], 3), 2);
        assert_eq!(inversions(&[(0, 1), (1, 1)], 2), 0);
    }
}
