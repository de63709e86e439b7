//! `send`: a target other than a function.

use fanin_rule::SendTarget;

use crate::analysis::aws;
use crate::codes;
use crate::read::{Fields, text};
use crate::report::{Mistake, Report};
use crate::suggest::list;
use crate::syntax::function::url;
use crate::tree::{Node, Place};

const TARGETS: [&str; 6] = ["sqs", "sns", "eventbridge", "step_functions", "http", "log"];

/// The one target a `send` names.
pub(super) fn read(what: &str, node: &Node, place: Place, report: &mut Report<'_>) -> Option<SendTarget> {
    let what = format!("`send` of {what}");
    let fields = Fields::of(node, (&what, place), &TARGETS, report)?;
    let targets = fields.present(&TARGETS);
    let entry = match targets.as_slice() {
        [one] => *one,
        [] if fields.misspelled(&TARGETS) => return None,
        [] => {
            let mistake = Mistake::new(codes::RULE_TARGET, node.place, format!("{what} names no target"));
            report.add(
                mistake.help(format!(
                    "name one of {}, for example `send: {{ sqs: ops-alerts }}`",
                    list(TARGETS)
                )),
            );
            return None;
        }
        [_, second, ..] => {
            let mistake =
                Mistake::new(codes::RULE_TARGET, second.place, format!("{what} names more than one target"));
            report.add(mistake.help("make a rule for each, with the same `when`"));
            return None;
        }
    };
    let name = text(&entry.value, &format!("`{}` of {what}", entry.key), report)?;
    let value = name.value.to_owned();
    let target = match entry.key.as_str() {
        "sqs" => SendTarget::Sqs(value),
        "sns" => SendTarget::Sns(value),
        "eventbridge" => SendTarget::Eventbridge(value),
        "step_functions" => SendTarget::StepFunctions(value),
        "http" => SendTarget::Http(url(name, &what, report)?),
        _ => SendTarget::Log(value),
    };
    aws::target_name(&target, entry.value.place, report);
    Some(target)
}
