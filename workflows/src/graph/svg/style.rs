//! The colours for light and dark pages, and the legend.

use super::measure;
use super::text::escape;
use crate::graph::{Graph, NodeKind};

/// Font size of the legend.
const SIZE: f64 = 11.0;

/// The colours of a kind: fill, line and text on a light page, then on a dark one.
struct Colours(NodeKind, [&'static str; 3], [&'static str; 3]);

const COLOURS: [Colours; 8] = [
    Colours(NodeKind::Bucket, ["#eceff1", "#5f6368", "#202124"], ["#2b2f36", "#9aa0a6", "#e8eaed"]),
    Colours(NodeKind::Schedule, ["#eceff1", "#5f6368", "#202124"], ["#2b2f36", "#9aa0a6", "#e8eaed"]),
    Colours(NodeKind::Event, ["#dbeafe", "#2563eb", "#172554"], ["#172a4f", "#60a5fa", "#dbeafe"]),
    Colours(NodeKind::Condition, ["#fef3c7", "#b45309", "#451a03"], ["#42290b", "#f59e0b", "#fef3c7"]),
    Colours(NodeKind::Rule, ["#dcfce7", "#15803d", "#052e16"], ["#0f3320", "#4ade80", "#dcfce7"]),
    Colours(NodeKind::Caught, ["#fee2e2", "#b91c1c", "#450a0a"], ["#4a1414", "#f87171", "#fee2e2"]),
    Colours(NodeKind::Function, ["#ede9fe", "#6d28d9", "#2e1065"], ["#2f1c56", "#a78bfa", "#ede9fe"]),
    Colours(NodeKind::Target, ["#fce7f3", "#be185d", "#500724"], ["#4a1130", "#f472b6", "#fce7f3"]),
];

/// Ground, lines between nodes, and their text.
const LIGHT: [&str; 3] = ["#ffffff", "#6b7280", "#374151"];
const DARK: [&str; 3] = ["#0d1117", "#8b949e", "#c9d1d9"];

/// The style sheet.
pub(super) fn sheet() -> String {
    let mut out = String::from(
        "<style>\n\
         text{font:11px ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",Helvetica,Arial,sans-serif;text-anchor:middle}\n\
         .title{font-size:15px;font-weight:600;text-anchor:start}.name{font-size:13px;font-weight:600}\n\
         .legend{text-anchor:start}.end{text-anchor:end}\n\
         .node path,.node rect{stroke-width:1.3}.node .line{fill:none}\n\
         .edge path{fill:none;stroke-width:1.4}.dashed path{stroke-dasharray:5 3.5}.edge .tip{stroke:none;stroke-dasharray:none}\n",
    );
    out.push_str(&colours(LIGHT, |colours| colours.1));
    out.push_str("@media (prefers-color-scheme:dark){\n");
    out.push_str(&colours(DARK, |colours| colours.2));
    out.push_str("}\n</style>\n");
    out
}

fn colours([ground, line, text]: [&str; 3], of: impl Fn(&Colours) -> [&'static str; 3]) -> String {
    let mut out = format!(
        ".ground{{fill:{ground}}}.edge path{{stroke:{line}}}.edge .tip{{fill:{line}}}text{{fill:{text}}}\n"
    );
    for kind in &COLOURS {
        let ([fill, stroke, text], word) = (of(kind), kind.0.word());
        out.push_str(&format!(
            ".{word} path,.{word} rect{{fill:{fill};stroke:{stroke}}}.{word} .line{{fill:none}}.{word} text{{fill:{text}}}\n"
        ));
    }
    out
}

/// What the colours stand for.
pub(super) struct Legend {
    pub(super) text: String,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The kinds the graph has, and the dashed line if there is one, in a row that begins at `x`, `y`.
pub(super) fn legend(graph: &Graph, (x, y): (f64, f64)) -> Legend {
    let mut out = String::new();
    let mut at = x;
    for Colours(kind, ..) in &COLOURS {
        if !graph.nodes.iter().any(|node| node.kind == *kind) {
            continue;
        }
        let word = kind.word();
        out.push_str(&format!(
            "<g class=\"node {word}\"><rect x=\"{at:.1}\" y=\"{y:.1}\" width=\"12\" height=\"12\" rx=\"3\"/></g>\
             <text class=\"legend\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            at + 17.0,
            y + 10.0,
            escape(word)
        ));
        at += 17.0 + measure::width(word, SIZE, false) + 16.0;
    }
    if graph.edges.iter().any(|edge| edge.dashed()) {
        let word = "timeout or failure";
        out.push_str(&format!(
            "<g class=\"edge dashed\"><path d=\"M{at:.1} {:.1}h24\"/></g>\
             <text class=\"legend\" x=\"{:.1}\" y=\"{:.1}\">{word}</text>\n",
            y + 6.0,
            at + 30.0,
            y + 10.0
        ));
        at += 30.0 + measure::width(word, SIZE, false) + 16.0;
    }
    Legend { text: out, width: at - x - 16.0, height: 12.0 }
}
