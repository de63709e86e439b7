//! From the graph to columns: circles broken, a column for each node, a cell for each edge in every column it crosses.
//!
//! Columns alternate: nodes in the even ones, labels in the odd ones between them. An edge has one cell in every column
//! between its ends, so nothing is ever drawn over anything else: what shares a column is kept apart in it.

use std::collections::{BTreeMap, VecDeque};

use super::boxes;
use super::measure;
use crate::graph::{Edge, EdgeKind, Graph, NodeKind};

/// Font size of labels.
pub(super) const LABEL_SIZE: f64 = 11.0;
/// Pixels that a label keeps free on each side.
const LABEL_AIR: f64 = 4.0;
/// Height of the cell of a label.
const LABEL_HEIGHT: f64 = 17.0;
/// Height of the cell of an edge without a label.
const BEND_HEIGHT: f64 = 6.0;
/// A longer label is cut.
const LABEL_ROOM: f64 = 190.0;

/// What takes room in a column.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) what: What,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The middle.
    pub(super) y: f64,
    /// Cells of the column before it that it is linked with.
    pub(super) left: Vec<usize>,
    /// Cells of the column after it.
    pub(super) right: Vec<usize>,
}

/// What a cell is.
#[derive(Debug)]
pub(super) enum What {
    /// A node, by its place in the graph.
    Node(usize),
    /// An edge on its way.
    Bend,
    /// An edge on its way, with its label.
    Label(String),
}

/// The way of one edge through the cells.
#[derive(Debug)]
pub(super) struct Route {
    /// Place of the edge in the graph.
    pub(super) edge: usize,
    /// From left to right; the first and the last are nodes.
    pub(super) cells: Vec<usize>,
    /// It points to the left: it closes a circle.
    pub(super) back: bool,
}

/// The graph in columns.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// The first ones are the nodes of the graph, in its order.
    pub(super) cells: Vec<Cell>,
    /// The cells of each column, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) routes: Vec<Route>,
    /// Edges from a node to itself.
    pub(super) loops: Vec<usize>,
}

/// Puts the graph into columns. Nothing when it takes more than `most` cells.
pub(super) fn layers(graph: &Graph, most: usize) -> Option<Layers> {
    let ends = graph.ends();
    let back = back_edges(graph.nodes.len(), &ends);
    let ranks = ranks(graph, &ends, &back);
    let mut layers = Layers::default();
    let last = ranks.iter().max().map_or(0, |rank| rank * 2);
    layers.columns.resize(last + 1, Vec::new());
    let around = ends.iter().zip(&graph.edges).filter(|((from, to), _)| from == to);
    let around: BTreeMap<usize, &str> =
        around.map(|((from, _), edge)| (*from, edge.label.as_str())).collect();
    for (place, (node, rank)) in graph.nodes.iter().zip(&ranks).enumerate() {
        let (width, height) = boxes::size(node, around.get(&place).copied());
        layers.add(What::Node(place), (width, height), rank * 2);
    }
    for (edge, ((from, to), back)) in ends.iter().zip(&back).enumerate() {
        if from == to {
            layers.loops.push(edge);
            continue;
        }
        let (left, right) = if *back { (*to, *from) } else { (*from, *to) };
        let span = ranks.get(left).zip(ranks.get(right)).map_or(0..0, |(a, b)| a * 2 + 1..b * 2);
        if layers.cells.len() + span.len() > most {
            return None;
        }
        let label = graph.edges.get(edge).map(|edge| (label_column(edge, *back, &span), edge.label.as_str()));
        layers.route(edge, (left, right, *back), span, label);
    }
    (layers.cells.len() <= most).then_some(layers)
}

/// The column of an edge's label: beside the node that it says something of.
fn label_column(edge: &Edge, back: bool, span: &std::ops::Range<usize>) -> usize {
    let of_the_end =
        edge.on.is_none() && matches!(edge.kind, EdgeKind::Member | EdgeKind::Reach | EdgeKind::After);
    if of_the_end != back { span.end.saturating_sub(1) } else { span.start }
}

impl Layers {
    fn add(&mut self, what: What, (width, height): (f64, f64), column: usize) -> usize {
        let id = self.cells.len();
        self.cells.push(Cell { what, width, height, y: 0.0, left: Vec::new(), right: Vec::new() });
        if let Some(column) = self.columns.get_mut(column) {
            column.push(id);
        }
        id
    }

    fn route(
        &mut self,
        edge: usize,
        (left, right, back): (usize, usize, bool),
        span: std::ops::Range<usize>,
        label: Option<(usize, &str)>,
    ) {
        let mut cells = vec![left];
        for column in span {
            let text = label.filter(|(at, text)| *at == column && !text.is_empty()).map(|(_, text)| text);
            cells.push(match text {
                Some(text) => {
                    let text = measure::shorten(text, LABEL_SIZE, false, LABEL_ROOM);
                    let width = measure::width(&text, LABEL_SIZE, false) + 2.0 * LABEL_AIR;
                    self.add(What::Label(text), (width, LABEL_HEIGHT), column)
                }
                None => self.add(What::Bend, (0.0, BEND_HEIGHT), column),
            });
        }
        cells.push(right);
        for (before, after) in cells.iter().zip(cells.iter().skip(1)) {
            if let Some(cell) = self.cells.get_mut(*before) {
                cell.right.push(*after);
            }
            if let Some(cell) = self.cells.get_mut(*after) {
                cell.left.push(*before);
            }
        }
        self.routes.push(Route { edge, cells, back });
    }

    /// The middle of a cell.
    pub(super) fn y(&self, cell: usize) -> f64 {
        self.cells.get(cell).map_or(0.0, |cell| cell.y)
    }
}

/// For each edge whether it closes a circle: it leads back to a node that the search has not left yet.
fn back_edges(nodes: usize, ends: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Left,
    }
    let mut out: Vec<Vec<(usize, usize)>> = vec![Vec::new(); nodes];
    for (edge, (from, to)) in ends.iter().enumerate() {
        if let Some(out) = out.get_mut(*from) {
            out.push((edge, *to));
        }
    }
    let mut state = vec![State::New; nodes];
    let mut back = vec![false; ends.len()];
    for start in 0..nodes {
        if state.get(start) != Some(&State::New) {
            continue;
        }
        let mut way = vec![(start, 0)];
        while let Some((node, next)) = way.last_mut() {
            let (node, step) = (*node, *next);
            *next += 1;
            let now = out.get(node).and_then(|out| out.get(step)).copied();
            if let Some(state) = state.get_mut(node) {
                *state = if now.is_some() { State::Open } else { State::Left };
            }
            let Some((edge, to)) = now else {
                way.pop();
                continue;
            };
            match state.get(to) {
                Some(State::New) => way.push((to, 0)),
                Some(State::Open) => {
                    if let Some(back) = back.get_mut(edge) {
                        *back = true;
                    }
                }
                _ => {}
            }
        }
    }
    back
}

/// The rank of each node: one more than the longest way to it, and not before the place of its kind.
fn ranks(graph: &Graph, ends: &[(usize, usize)], back: &[bool]) -> Vec<usize> {
    let first = firsts(graph);
    let mut ranks: Vec<usize> = graph.nodes.iter().map(|node| first(node.kind)).collect();
    let mut forward: Vec<Vec<usize>> = vec![Vec::new(); ranks.len()];
    let mut waits = vec![0_usize; ranks.len()];
    for ((from, to), back) in ends.iter().zip(back).filter(|((from, to), _)| from != to) {
        let (from, to) = if *back { (to, from) } else { (from, to) };
        if let (Some(out), Some(waits)) = (forward.get_mut(*from), waits.get_mut(*to)) {
            out.push(*to);
            *waits += 1;
        }
    }
    let mut ready: VecDeque<usize> =
        waits.iter().enumerate().filter(|(_, waits)| **waits == 0).map(|(node, _)| node).collect();
    while let Some(node) = ready.pop_front() {
        let rank = ranks.get(node).copied().unwrap_or(0);
        for next in forward.get(node).into_iter().flatten() {
            if let (Some(its), Some(waits)) = (ranks.get_mut(*next), waits.get_mut(*next)) {
                *its = (*its).max(rank + 1);
                *waits -= 1;
                if *waits == 0 {
                    ready.push_back(*next);
                }
            }
        }
    }
    ranks
}

/// The first rank of each kind. A kind that the graph does not have takes no column.
fn firsts(graph: &Graph) -> impl Fn(NodeKind) -> usize + use<> {
    let has = |kinds: &[NodeKind]| usize::from(graph.nodes.iter().any(|node| kinds.contains(&node.kind)));
    let event = has(&[NodeKind::Bucket, NodeKind::Schedule]);
    let condition = event + has(&[NodeKind::Event]);
    let rule = condition + has(&[NodeKind::Condition]);
    let called = rule + has(&[NodeKind::Rule]);
    move |kind| match kind {
        NodeKind::Bucket | NodeKind::Schedule => 0,
        NodeKind::Event => event,
        NodeKind::Condition => condition,
        NodeKind::Rule => rule,
        NodeKind::Caught | NodeKind::Function | NodeKind::Target => called,
    }
}
