//! What AWS would refuse when the workflow is deployed.

use fanin_rule::SendTarget;

use crate::codes;
use crate::report::{Mistake, Report};
use crate::syntax::condition::Name;
use crate::syntax::rule::TargetDraft;
use crate::syntax::workflow::Draft;
use crate::tree::{Node, Place};

/// Characters of an event pattern, by EventBridge's standard quota.
const MAX_PATTERN: usize = 2_048;
/// Characters of the name of an EventBridge rule.
const MAX_RULE_NAME: usize = 64;
/// Characters of the name of a Lambda function.
const MAX_FUNCTION_NAME: usize = 64;
/// Characters of the name of a bucket.
const MAX_BUCKET_NAME: usize = 63;

/// A pattern that is larger than EventBridge takes by its standard quota.
pub(crate) fn pattern_size(what: &str, node: &Node, json: &str, report: &mut Report<'_>) {
    let size = json.chars().count();
    if size > MAX_PATTERN {
        let message = format!(
            "the pattern of {what} has {size} characters as JSON; EventBridge takes {MAX_PATTERN} by its standard quota"
        );
        let help = "split the event into several and join them with a condition `any`, or shorten the lists with `prefix` or `wildcard`";
        report.add(Mistake::new(codes::AWS_LIMIT, node.place, message).help(help));
    }
}

/// A bucket that S3 cannot have.
pub(crate) fn bucket_name(bucket: &str, place: Place, report: &mut Report<'_>) {
    if bucket.len() > MAX_BUCKET_NAME {
        let message =
            format!("the bucket's name has {} characters; S3 takes {MAX_BUCKET_NAME}", bucket.len());
        report.add(
            Mistake::new(codes::AWS_LIMIT, place, message).help("write the name of the bucket you have"),
        );
    }
}

/// The names under which parts of the workflow would stand in AWS.
pub(super) fn names(draft: &Draft, report: &mut Report<'_>) {
    let workflow = draft.name.as_deref().unwrap_or_default();
    for event in &draft.events {
        too_long(&format!("{workflow}-{}", event.name.value), event.name.place, report);
    }
    for rule in &draft.rules {
        if let Some(TargetDraft::Invoke(function)) = &rule.target {
            function_name(function, report);
        }
    }
}

fn too_long(name: &str, place: Place, report: &mut Report<'_>) {
    if name.len() > MAX_RULE_NAME {
        let message = format!(
            "the rule for this event would be called `{name}`: {} characters; EventBridge takes {MAX_RULE_NAME}",
            name.len()
        );
        let help = "shorten the event's name or the workflow's, which stands before it";
        report.add(Mistake::new(codes::AWS_LIMIT, place, message).help(help));
    }
}

fn function_name(function: &Name, report: &mut Report<'_>) {
    let length = function.value.len();
    if length > MAX_FUNCTION_NAME {
        let message =
            format!("the function's name has {length} characters; Lambda takes {MAX_FUNCTION_NAME}");
        let help = "shorten it here and under `functions`";
        report.add(Mistake::new(codes::AWS_LIMIT, function.place, message).help(help));
    }
}

/// A name that the service cannot have. ARNs and addresses are left alone.
pub(crate) fn target_name(target: &SendTarget, place: Place, report: &mut Report<'_>) {
    let (what, name, most, more) = match target {
        SendTarget::Sqs(name) => ("an SQS queue", name, 80, ""),
        SendTarget::Sns(name) => ("an SNS topic", name, 256, ""),
        SendTarget::Eventbridge(name) => ("an EventBridge bus", name, 256, "./"),
        SendTarget::StepFunctions(name) => ("a Step Functions state machine", name, 80, "."),
        SendTarget::Http(_) | SendTarget::Log(_) => return,
    };
    if name.starts_with("arn:") || name.contains("://") {
        return;
    }
    let stem = match target {
        SendTarget::Sqs(_) | SendTarget::Sns(_) => name.strip_suffix(".fifo").unwrap_or(name),
        _ => name,
    };
    let odd = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || more.contains(*c));
    if let Some(odd) = stem.chars().find(odd) {
        let message = format!("`{name}` is not the name of {what}: it cannot have {odd:?}");
        let help = "write letters, digits, `-` and `_`, or the whole ARN";
        report.add(Mistake::new(codes::AWS_LIMIT, place, message).help(help));
    } else if name.len() > most {
        let message = format!("the name of {what} has {} characters; AWS takes {most}", name.len());
        report.add(Mistake::new(codes::AWS_LIMIT, place, message).help("write the name of the one you have"));
    }
}
