//! The graph as a drawing: columns from left to right, one file, no script, for light and dark pages.
//!
//! The steps have a file each: [`layers`] puts nodes and edges into columns, [`order`] finds an order with few
//! crossings, [`place`] gives everything its room, [`boxes`] and [`lines`] draw. Graphviz was not taken: it would be a
//! program to install, and its drawings have no dark side.

mod boxes;
mod layers;
mod lines;
mod measure;
mod order;
mod place;
mod style;
mod text;

use layers::{LABEL_SIZE, Layers, What};
use place::Frame;
use text::escape;

use super::{Graph, Node};
use crate::limits::MAX_DRAWN_CELLS;

/// Pixels around everything.
const MARGIN: f64 = 20.0;
/// Height of the line with the workflow's name.
const TITLE: f64 = 30.0;

/// The workflow is too large for a drawing that anybody could read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the drawing would have more than {MAX_DRAWN_CELLS} nodes and bends; take `--format dot` or `--format json` \
             and a tool that cuts out a part"
        )
    }
}

impl std::error::Error for TooLarge {}

/// The text of an SVG file, with a line feed at its end.
///
/// # Errors
/// [`TooLarge`], past [`MAX_DRAWN_CELLS`].
pub fn svg(graph: &Graph) -> Result<String, TooLarge> {
    let mut layers = layers::layers(graph, MAX_DRAWN_CELLS).ok_or(TooLarge)?;
    order::order(&mut layers);
    let frame = place::place(&mut layers);
    let legend = style::legend(graph, (MARGIN, MARGIN + TITLE + frame.height + 24.0));
    let width = (frame.width + 2.0 * MARGIN).max(legend.width + 2.0 * MARGIN);
    let height = MARGIN + TITLE + frame.height + 24.0 + legend.height + MARGIN;
    let name = escape(&graph.workflow);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"workflow {name}\">\n"
    );
    out.push_str(&style::sheet());
    out.push_str("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
    out.push_str(&format!(
        "<text class=\"title\" x=\"{MARGIN}\" y=\"{:.1}\">{}</text>\n",
        MARGIN + 12.0,
        escape(&measure::shorten(&graph.workflow, 15.0, true, width - 2.0 * MARGIN))
    ));
    out.push_str(&format!("<g transform=\"translate({MARGIN} {:.1})\">\n", MARGIN + TITLE));
    out.push_str(&lines::draw(graph, &layers, &frame));
    out.push_str(&labels(&layers, &frame));
    out.push_str(&nodes(graph, &layers, &frame));
    out.push_str("</g>\n");
    out.push_str(&legend.text);
    out.push_str("</svg>\n");
    Ok(out)
}

/// The labels, each on a plate in the colour of the ground that interrupts its line.
fn labels(layers: &Layers, frame: &Frame) -> String {
    let mut out = String::new();
    for (column, (x, width)) in layers.columns.iter().zip(&frame.columns) {
        for cell in column.iter().filter_map(|id| layers.cells.get(*id)) {
            let What::Label(text) = &cell.what else { continue };
            let (middle, left) = (x + width / 2.0, x + (width - cell.width) / 2.0);
            out.push_str(&format!(
                "<rect class=\"ground\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
                 <text class=\"label\" x=\"{middle:.1}\" y=\"{:.1}\">{}</text>\n",
                cell.y - cell.height / 2.0,
                cell.width,
                cell.height,
                cell.y + LABEL_SIZE * 0.36,
                escape(text)
            ));
        }
    }
    out
}

fn nodes(graph: &Graph, layers: &Layers, frame: &Frame) -> String {
    let mut out = String::new();
    for (column, (x, width)) in layers.columns.iter().zip(&frame.columns) {
        for cell in column.iter().filter_map(|id| layers.cells.get(*id)) {
            let What::Node(place) = cell.what else { continue };
            let Some(node) = graph.nodes.get(place) else { continue };
            out.push_str(&boxes::draw(node, (*x, top(node, cell.y, cell.height)), *width));
        }
    }
    out
}

/// Where the shape of a node begins: below the room for an edge to itself.
fn top(node: &Node, middle: f64, height: f64) -> f64 {
    middle + height / 2.0 - boxes::height(node)
}
