//! The shapes of the nodes: their sizes, their outlines, their texts.

use super::layers::LABEL_SIZE;
use super::measure;
use super::text::escape;
use crate::graph::{Node, NodeKind};

const NAME_SIZE: f64 = 13.0;
const DETAIL_SIZE: f64 = 11.0;
const NAME_LINE: f64 = 16.0;
const DETAIL_LINE: f64 = 14.0;
/// Pixels above and below the text.
const AIR: f64 = 8.0;
/// Pixels beside the text, where the shape has none of its own.
const SIDE: f64 = 12.0;
/// A longer line is cut; the whole is in the tooltip.
const ROOM: f64 = 240.0;
/// The corners of a hexagon, and of an arrow.
const POINT: f64 = 11.0;
/// Room above a node for an edge to itself.
pub(super) const LOOP: f64 = 26.0;
/// Pixels beside the label of such an edge.
pub(super) const LOOP_BESIDE: f64 = 36.0;

/// Width and height of the cell of a node; with the label of its edge to itself, if it has one.
pub(super) fn size(node: &Node, around: Option<&str>) -> (f64, f64) {
    let name = measure::width(&name(node), NAME_SIZE, true);
    let widest =
        node.details.iter().map(|d| measure::width(&detail(d), DETAIL_SIZE, false)).fold(name, f64::max);
    let more = match node.kind {
        NodeKind::Condition | NodeKind::Target | NodeKind::Function => POINT,
        _ => 0.0,
    };
    let beside = around.map_or(0.0, |label| measure::width(label, LABEL_SIZE, false) + LOOP_BESIDE);
    let above = if around.is_some() { LOOP } else { 0.0 };
    ((widest + 2.0 * (SIDE + more)).max(beside), height(node) + above)
}

/// Height of the shape itself.
pub(super) fn height(node: &Node) -> f64 {
    let cap = if node.kind == NodeKind::Bucket { 6.0 } else { 0.0 };
    cap + 2.0 * AIR + NAME_LINE + DETAIL_LINE * node.details.len() as f64
}

fn name(node: &Node) -> String {
    measure::shorten(&node.name, NAME_SIZE, true, ROOM)
}

fn detail(line: &str) -> String {
    measure::shorten(line, DETAIL_SIZE, false, ROOM)
}

/// How far the outline lies inside of the box, on the left and on the right, so far from the middle.
pub(super) fn inset(node: &Node, from_middle: f64) -> (f64, f64) {
    let part = (from_middle.abs() / (height(node) / 2.0)).min(1.0);
    match node.kind {
        NodeKind::Condition => (POINT * part, POINT * part),
        NodeKind::Target => (0.0, POINT * part),
        _ => (0.0, 0.0),
    }
}

/// A node: tooltip, outline and text, in a box with the upper left corner at `x`, `y`.
pub(super) fn draw(node: &Node, (x, y): (f64, f64), width: f64) -> String {
    let height = height(node);
    let (right, bottom, middle) = (x + width, y + height, y + height / 2.0);
    let rect = |radius: f64| {
        format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius}\"/>"
        )
    };
    let outline = match node.kind {
        NodeKind::Bucket => {
            let (top, end, half) = (y + 5.0, bottom - 5.0, width / 2.0);
            format!(
                "<path d=\"M{x:.1} {top:.1}A{half:.1} 5 0 0 1 {right:.1} {top:.1}V{end:.1}A{half:.1} 5 0 0 1 {x:.1} {end:.1}Z\"/>\
                 <path class=\"line\" d=\"M{x:.1} {top:.1}A{half:.1} 5 0 0 0 {right:.1} {top:.1}\"/>"
            )
        }
        NodeKind::Schedule | NodeKind::Event | NodeKind::Caught => rect(13.0),
        NodeKind::Rule => rect(4.0),
        NodeKind::Condition => {
            let (a, b) = (x + POINT, right - POINT);
            format!(
                "<path d=\"M{a:.1} {y:.1}H{b:.1}L{right:.1} {middle:.1}L{b:.1} {bottom:.1}H{a:.1}L{x:.1} {middle:.1}Z\"/>"
            )
        }
        NodeKind::Function => {
            let (a, b) = (x + 6.0, right - 6.0);
            let bars =
                format!("<path class=\"line\" d=\"M{a:.1} {y:.1}V{bottom:.1}M{b:.1} {y:.1}V{bottom:.1}\"/>");
            rect(3.0) + &bars
        }
        NodeKind::Target => {
            let b = right - POINT;
            format!("<path d=\"M{x:.1} {y:.1}H{b:.1}L{right:.1} {middle:.1}L{b:.1} {bottom:.1}H{x:.1}Z\"/>")
        }
    };
    let text = texts(node, x + width / 2.0, y);
    let kind = node.kind.word();
    format!("<g class=\"node {kind}\"><title>{}</title>{outline}{text}</g>\n", escape(&tooltip(node)))
}

fn texts(node: &Node, middle: f64, top: f64) -> String {
    let cap = if node.kind == NodeKind::Bucket { 6.0 } else { 0.0 };
    let mut y = top + cap + AIR + NAME_SIZE - 1.0;
    let mut out =
        format!("<text class=\"name\" x=\"{middle:.1}\" y=\"{y:.1}\">{}</text>", escape(&name(node)));
    y += NAME_LINE - DETAIL_SIZE - 2.0;
    for line in &node.details {
        y += DETAIL_LINE;
        out.push_str(&format!(
            "<text x=\"{middle:.1}\" y=\"{:.1}\">{}</text>",
            y - 4.0,
            escape(&detail(line))
        ));
    }
    out
}

fn tooltip(node: &Node) -> String {
    let lines: Vec<&str> = node.details.iter().map(String::as_str).collect();
    let more = if lines.is_empty() { String::new() } else { format!("\n{}", lines.join("\n")) };
    format!("{} {}{more}", node.kind.word(), node.name)
}
