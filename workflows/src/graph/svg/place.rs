//! Where each cell lies: heights by least squares under the order of its column, columns side by side.

use super::layers::{Layers, What};

/// Rounds of pulling the cells towards their neighbours.
const ROUNDS: usize = 16;
/// Rounds of moving groups up: each lets those below follow.
const COMPACT_ROUNDS: usize = 8;
/// Pixels between two cells of a column, of which one is a node.
const GAP: f64 = 16.0;
/// Pixels between two edges.
const EDGE_GAP: f64 = 6.0;
/// Pixels between columns, at least and at most; the steeper the edges, the more.
const COLUMN_GAP: (f64, f64) = (26.0, 74.0);
/// The part of the steepest edge's height that a gap is wide.
const SLOPE: f64 = 0.3;

/// The columns' left ends and widths, and the size of all of it.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) columns: Vec<(f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Gives every cell its height and every column its place; the upper left corner is at zero.
pub(super) fn place(layers: &mut Layers) -> Frame {
    for column in 0..layers.columns.len() {
        let middle = vec![0.0; layers.columns.get(column).map_or(0, Vec::len)];
        let even = vec![1.0; middle.len()];
        settle(layers, column, &middle, &even);
    }
    let count = layers.columns.len();
    for round in 0..ROUNDS {
        let last = round + 1 == ROUNDS;
        for step in 0..count {
            let column = if round % 2 == 0 { step } else { count - 1 - step };
            pull(layers, column, if last { None } else { Some(round % 2 == 0) });
        }
    }
    compact(layers);
    let top = layers.cells.iter().map(|cell| cell.y - cell.height / 2.0).fold(f64::INFINITY, f64::min);
    let mut frame = Frame::default();
    for cell in &mut layers.cells {
        cell.y -= top;
        frame.height = frame.height.max(cell.y + cell.height / 2.0);
    }
    let mut x = 0.0;
    for (at, column) in layers.columns.iter().enumerate() {
        let width =
            column.iter().filter_map(|id| layers.cells.get(*id)).map(|cell| cell.width).fold(0.0, f64::max);
        frame.columns.push((x, width));
        frame.width = x + width;
        x += width + gap(layers, at);
    }
    frame
}

/// Moves groups of linked cells up, each as a whole, as far as what lies above it allows. Pulling alone leaves them apart.
fn compact(layers: &mut Layers) {
    let groups = groups(layers);
    let top = layers.cells.iter().map(|cell| cell.y - cell.height / 2.0).fold(f64::INFINITY, f64::min);
    for _ in 0..COMPACT_ROUNDS {
        let mut room = vec![f64::INFINITY; layers.cells.len()];
        for column in &layers.columns {
            let mut end = (top, false, usize::MAX);
            for id in column {
                let (Some(cell), Some(group)) = (layers.cells.get(*id), groups.get(*id)) else { continue };
                let node = matches!(cell.what, What::Node(_));
                let apart = match end.2 {
                    usize::MAX => 0.0,
                    _ if node || end.1 => GAP,
                    _ => EDGE_GAP,
                };
                if end.2 != *group
                    && let Some(room) = room.get_mut(*group)
                {
                    *room = room.min((cell.y - cell.height / 2.0 - end.0 - apart).max(0.0));
                }
                end = (cell.y + cell.height / 2.0, node, *group);
            }
        }
        for (cell, group) in layers.cells.iter_mut().zip(&groups) {
            let up = room.get(*group).copied().unwrap_or(0.0);
            cell.y -= if up.is_finite() { up } else { 0.0 };
        }
    }
}

/// For each cell the first cell of its group: those that links lead to.
fn groups(layers: &Layers) -> Vec<usize> {
    let mut groups = vec![usize::MAX; layers.cells.len()];
    for first in 0..layers.cells.len() {
        let mut open = vec![first];
        while let Some(id) = open.pop() {
            let Some(group) = groups.get_mut(id).filter(|group| **group == usize::MAX) else { continue };
            *group = first;
            if let Some(cell) = layers.cells.get(id) {
                open.extend(cell.left.iter().chain(&cell.right));
            }
        }
    }
    groups
}

/// The room after a column.
fn gap(layers: &Layers, column: usize) -> f64 {
    let mut steepest = 0.0_f64;
    for id in layers.columns.get(column).into_iter().flatten() {
        let Some(cell) = layers.cells.get(*id) else { continue };
        for next in &cell.right {
            steepest = steepest.max((layers.y(*next) - cell.y).abs());
        }
    }
    (steepest * SLOPE).clamp(COLUMN_GAP.0, COLUMN_GAP.1)
}

/// Moves the cells of a column towards their neighbours: those before it, after it, or both.
fn pull(layers: &mut Layers, column: usize, left: Option<bool>) {
    let Some(cells) = layers.columns.get(column) else { return };
    let (mut wanted, mut weights) = (Vec::with_capacity(cells.len()), Vec::with_capacity(cells.len()));
    for cell in cells.iter().filter_map(|id| layers.cells.get(*id)) {
        let bend = !matches!(cell.what, What::Node(_));
        let (mut sum, mut weight) = (0.0, 0.0);
        let sides = [(Some(true), &cell.left), (Some(false), &cell.right)];
        for neighbour in
            sides.into_iter().filter(|(side, _)| left.is_none() || left == *side).flat_map(|(_, n)| n)
        {
            let Some(other) = layers.cells.get(*neighbour) else { continue };
            // An edge on its way is kept straight before a node is kept in the middle.
            let straight = if bend && !matches!(other.what, What::Node(_)) { 8.0 } else { 1.0 };
            sum += other.y * straight;
            weight += straight;
        }
        // Without neighbours on this side a cell stays, but gives way easily.
        wanted.push(if weight > 0.0 { sum / weight } else { cell.y });
        weights.push(if weight > 0.0 { weight } else { 0.05 });
    }
    settle(layers, column, &wanted, &weights);
}

/// Least squares: the heights nearest to the wanted ones at which the cells, in their order, do not overlap. Groups of
/// cells that would push each other are merged and lie at their weighted mean.
fn settle(layers: &mut Layers, column: usize, wanted: &[f64], weights: &[f64]) {
    let Some(cells) = layers.columns.get(column) else { return };
    let mut offsets: Vec<f64> = Vec::with_capacity(cells.len());
    let mut before: Option<(f64, bool)> = None;
    for cell in cells.iter().filter_map(|id| layers.cells.get(*id)) {
        let node = matches!(cell.what, What::Node(_));
        let so_far = offsets.last().copied().unwrap_or(0.0);
        let apart = before.map_or(0.0, |(height, other)| {
            (height + cell.height) / 2.0 + if node || other { GAP } else { EDGE_GAP }
        });
        offsets.push(so_far + apart);
        before = Some((cell.height, node));
    }
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for ((wanted, weight), offset) in wanted.iter().zip(weights).zip(&offsets) {
        let mut group = ((wanted - offset) * weight, *weight, 1);
        while let Some(above) = groups.last() {
            if above.0 / above.1 <= group.0 / group.1 {
                break;
            }
            group = (above.0 + group.0, above.1 + group.1, above.2 + group.2);
            groups.pop();
        }
        groups.push(group);
    }
    let lie = groups.iter().flat_map(|(sum, weight, count)| std::iter::repeat_n(sum / weight, *count));
    let placed: Vec<(usize, f64)> =
        cells.iter().zip(lie.zip(&offsets)).map(|(id, (at, offset))| (*id, at + offset)).collect();
    for (id, y) in placed {
        if let Some(cell) = layers.cells.get_mut(id) {
            cell.y = y;
        }
    }
}
