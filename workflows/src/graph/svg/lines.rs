//! The edges: curves between columns, straight through them, an arrow at the end.

use super::boxes;
use super::layers::{Layers, Route, What};
use super::measure;
use super::place::Frame;
use super::text::escape;
use super::{LABEL_SIZE, top};
use crate::graph::{Edge, Graph};

/// Pixels between two edges that end at the same side of a node, at most.
const PORT: f64 = 11.0;
/// Pixels at the corners of a node where no edge ends.
const CORNER: f64 = 10.0;
/// Length and half height of an arrow.
const ARROW: (f64, f64) = (8.0, 3.6);

/// All edges.
pub(super) fn draw(graph: &Graph, layers: &Layers, frame: &Frame) -> String {
    let columns = column_of(layers);
    let ports = Ports::of(graph, layers);
    let mut out = String::new();
    for (at, route) in layers.routes.iter().enumerate() {
        let Some(edge) = graph.edges.get(route.edge) else { continue };
        let points = points(route, layers, frame, &columns, &ports.of_route(at));
        out.push_str(&curve(edge, &points, route.back));
    }
    let ends = graph.ends();
    for at in &layers.loops {
        let (Some(edge), Some((node, _))) = (graph.edges.get(*at), ends.get(*at)) else { continue };
        out.push_str(&around(graph, layers, (*node, edge), &columns, frame));
    }
    out
}

/// The column of each cell.
fn column_of(layers: &Layers) -> Vec<usize> {
    let mut columns = vec![0; layers.cells.len()];
    for (at, column) in layers.columns.iter().enumerate() {
        for cell in column {
            if let Some(its) = columns.get_mut(*cell) {
                *its = at;
            }
        }
    }
    columns
}

/// Where edges leave and reach the sides of nodes: x inset and y, for each route the left end and the right end.
struct Ports {
    ends: Vec<[(f64, f64); 2]>,
}

impl Ports {
    fn of(graph: &Graph, layers: &Layers) -> Ports {
        let mut ends = vec![[(0.0, 0.0); 2]; layers.routes.len()];
        for (place, node) in graph.nodes.iter().enumerate() {
            let Some(cell) = layers.cells.get(place) else { continue };
            let height = boxes::height(node);
            let middle = top(node, cell.y, cell.height) + height / 2.0;
            for side in [0, 1] {
                let mut here: Vec<(f64, usize)> = Vec::new();
                for (at, route) in layers.routes.iter().enumerate() {
                    let (end, next) = match side {
                        0 => (route.cells.first(), route.cells.get(1)),
                        _ => (route.cells.last(), route.cells.iter().rev().nth(1)),
                    };
                    if end == Some(&place) {
                        here.push((next.map_or(0.0, |next| layers.y(*next)), at));
                    }
                }
                here.sort_by(|a, b| a.0.total_cmp(&b.0));
                let step = (height - 2.0 * CORNER) / here.len().saturating_sub(1).max(1) as f64;
                let step = step.clamp(0.0, PORT);
                let first = -step * here.len().saturating_sub(1) as f64 / 2.0;
                for (number, (_, at)) in here.iter().enumerate() {
                    let from_middle = first + step * number as f64;
                    let (left, right) = boxes::inset(node, from_middle);
                    // The left end of a route lies on the right side of its node.
                    let inset = if side == 0 { -right } else { left };
                    if let Some(end) = ends.get_mut(*at).and_then(|ends| ends.get_mut(side)) {
                        *end = (inset, middle + from_middle);
                    }
                }
            }
        }
        Ports { ends }
    }

    fn of_route(&self, at: usize) -> [(f64, f64); 2] {
        self.ends.get(at).copied().unwrap_or_default()
    }
}

/// The points of a route: the end of a node, then both sides of each column that it crosses, then the next node.
fn points(
    route: &Route,
    layers: &Layers,
    frame: &Frame,
    columns: &[usize],
    [start, end]: &[(f64, f64); 2],
) -> Vec<(f64, f64)> {
    let mut points = Vec::with_capacity(route.cells.len() * 2);
    let last = route.cells.len().saturating_sub(1);
    for (at, id) in route.cells.iter().enumerate() {
        let column = columns.get(*id).and_then(|c| frame.columns.get(*c)).copied();
        let (x, width) = column.unwrap_or_default();
        match at {
            0 => points.push((x + width + start.0, start.1)),
            _ if at == last => points.push((x + end.0, end.1)),
            _ => {
                points.push((x, layers.y(*id)));
                points.push((x + width, layers.y(*id)));
            }
        }
    }
    points
}

fn curve(edge: &Edge, points: &[(f64, f64)], back: bool) -> String {
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else {
        return String::new();
    };
    let tip = if back { first } else { last };
    let mut points = points.to_vec();
    // The line ends inside of its arrow.
    let end = if back { points.first_mut() } else { points.last_mut() };
    if let Some(end) = end {
        end.0 += if back { ARROW.0 - 2.0 } else { 2.0 - ARROW.0 };
    }
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    for (at, (x, y)) in points.iter().enumerate() {
        match before {
            None => path.push_str(&format!("M{x:.1} {y:.1}")),
            // Every second stretch lies between columns.
            Some((from, above)) if at % 2 == 1 && (above - y).abs() > 0.05 => {
                let middle = (from + x) / 2.0;
                path.push_str(&format!("C{middle:.1} {above:.1} {middle:.1} {y:.1} {x:.1} {y:.1}"));
            }
            Some(_) => path.push_str(&format!("L{x:.1} {y:.1}")),
        }
        before = Some((*x, *y));
    }
    finish(edge, &path, tip, if back { 1.0 } else { -1.0 })
}

/// The line and its arrow, with what it means as a tooltip.
fn finish(edge: &Edge, path: &str, (x, y): (f64, f64), towards: f64) -> String {
    let class = if edge.dashed() { "edge dashed" } else { "edge" };
    let name = |id: &str| escape(id.split_once('.').map_or(id, |(_, name)| name));
    let label = if edge.label.is_empty() { String::new() } else { format!(": {}", escape(&edge.label)) };
    format!(
        "<g class=\"{class}\"><title>{} to {}{label}</title><path d=\"{path}\"/>\
         <path class=\"tip\" d=\"M{x:.1} {y:.1}l{:.1} {:.1}v{:.1}Z\"/></g>\n",
        name(&edge.from),
        name(&edge.to),
        ARROW.0 * towards,
        -ARROW.1,
        ARROW.1 * 2.0
    )
}

/// An edge from a node to itself: out on the right, over the top, back in from the left.
fn around(
    graph: &Graph,
    layers: &Layers,
    (place, edge): (usize, &Edge),
    columns: &[usize],
    frame: &Frame,
) -> String {
    let (Some(node), Some(cell)) = (graph.nodes.get(place), layers.cells.get(place)) else {
        return String::new();
    };
    let Some((x, width)) = columns.get(place).and_then(|c| frame.columns.get(*c)) else {
        return String::new();
    };
    debug_assert!(matches!(cell.what, What::Node(_)), "the first cells are the nodes");
    let top = top(node, cell.y, cell.height);
    let (right, above) = (x + width, top - boxes::LOOP * 0.55);
    let (from, to) = (top + 11.0, right - 24.0);
    let path = format!(
        "M{:.1} {from:.1}C{:.1} {from:.1} {:.1} {above:.1} {:.1} {above:.1}C{:.1} {above:.1} {to:.1} {above:.1} {to:.1} {:.1}",
        right - boxes::inset(node, boxes::height(node) / 2.0 - 11.0).1,
        right + 16.0,
        right + 16.0,
        right - 4.0,
        right - 20.0,
        top - ARROW.0 + 2.0
    );
    let text = measure::shorten(&edge.label, LABEL_SIZE, false, width - boxes::LOOP_BESIDE + 1.0);
    let class = if edge.dashed() { "edge dashed" } else { "edge" };
    format!(
        "<g class=\"{class}\"><title>{} again: {}</title><path d=\"{path}\"/>\
         <path class=\"tip\" d=\"M{to:.1} {top:.1}l{:.1} {:.1}h{:.1}Z\"/></g>\
         <text class=\"label end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
        escape(&node.name),
        escape(&edge.label),
        -ARROW.1,
        -ARROW.0,
        ARROW.1 * 2.0,
        to - 8.0,
        top - 6.0,
        escape(&text)
    )
}
