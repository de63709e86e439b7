//! Asks a directory and keeps everything it was told.

use std::path::Path;

use fanin_history::History;
use fanin_history::backtest::report::{BacktestReport, ConditionRow, Difference, RuleRow};
use fanin_history::backtest::{Question, Watch, backtest};

use crate::recorder::plan;

/// A backtest with everything it told.
pub(crate) struct Told {
    pub(crate) report: BacktestReport,
    pub(crate) differences: Vec<Difference>,
}

impl Told {
    pub(crate) fn condition(&self, name: &str) -> &ConditionRow {
        self.report.conditions.iter().find(|c| c.name == name).unwrap()
    }

    pub(crate) fn rule(&self, name: &str) -> &RuleRow {
        self.report.rules.iter().find(|r| r.name == name).unwrap()
    }

    /// `field: old -> new` of every difference of one name, sorted and without repetitions.
    pub(crate) fn fields(&self, name: &str) -> Vec<String> {
        let of = self.differences.iter().filter(|d| d.name == name).flat_map(|d| &d.fields);
        let mut fields: Vec<String> = of.map(|f| format!("{}: {} -> {}", f.field, f.old, f.new)).collect();
        fields.sort();
        fields.dedup();
        fields
    }
}

/// Asks about a directory.
pub(crate) fn ask(dir: &Path, new: &str, question: &Question) -> Told {
    let history = History::open(dir).unwrap();
    let mut differences = Vec::new();
    let mut last = (0, 0);
    let report = {
        let mut watch = Watch {
            progress: &mut |done, total| last = (done, total),
            each: Some(&mut |difference| differences.push(difference.clone())),
        };
        backtest(&history, &plan(new), question, &mut watch).unwrap()
    };
    assert_eq!(last.0, last.1, "the progress ends at its end");
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<BacktestReport>(&text).unwrap(), report, "the document comes back");
    Told { report, differences }
}

/// Asks about everything in a directory.
pub(crate) fn ask_all(dir: &Path, new: &str) -> Told {
    ask(dir, new, &Question::default())
}
