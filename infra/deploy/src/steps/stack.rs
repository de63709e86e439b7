//! Stacks: made or brought up to date when their template or parameters are different.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack, StackStatus, Tag};
use serde_json::Value;

use super::watch::settled;
use super::{Outcome, Run, body};
use crate::aws::{Aws, code_of, trouble};
use crate::limits::{MAX_SHOWN_CHANGES, MAX_TEMPLATE_INLINE};
use crate::template::Part;

/// The code that stands in a function until its own comes.
pub(super) const PLACEHOLDER_KEY: &str = "code/placeholder.zip";

/// A stack after its step.
pub(crate) struct Settled {
    pub(crate) outcome: Outcome,
    pub(crate) outputs: BTreeMap<String, String>,
}

/// A stack as it should be.
struct Wanted {
    name: String,
    template: Value,
    parameters: BTreeMap<String, String>,
    protected: bool,
}

pub(super) async fn state(run: &Run<'_>, answering: Vec<String>) -> anyhow::Result<Settled> {
    let mut parameters = BTreeMap::new();
    if !run.project.settings.asynchronous.is_empty() {
        parameters.insert("AnsweringRoles".to_owned(), answering.join(","));
    }
    let template = body(run.project, Part::State)?;
    let name = run.project.names.stack().to_owned();
    settle(run, Wanted { name, template, parameters, protected: true }).await
}

pub(super) async fn functions(run: &Run<'_>, state: &Settled) -> anyhow::Result<Settled> {
    let mut parameters = BTreeMap::new();
    let mut set = |name: &str, value: String| drop(parameters.insert(name.to_owned(), value));
    set("Architecture", run.project.settings.arch.as_str().to_owned());
    set("CodeBucket", run.project.names.bucket(&run.aws.account, &run.aws.region));
    for function in crate::FunctionName::ALL {
        set(&format!("{}Code", function.logical()), PLACEHOLDER_KEY.to_owned());
    }
    for url in ["ConditionsQueueUrl", "RulesQueueUrl"] {
        // A stack that would be made first has none yet.
        set(url, state.outputs.get(url).cloned().unwrap_or_default());
    }
    let template = body(run.project, Part::Functions)?;
    let name = run.project.names.functions_stack();
    settle(run, Wanted { name, template, parameters, protected: false }).await
}

pub(super) async fn wiring(run: &Run<'_>) -> anyhow::Result<Settled> {
    let mut parameters = BTreeMap::new();
    let topic = run.options.alarm_topic.clone().unwrap_or_default();
    parameters.insert("AlarmTopic".to_owned(), topic);
    let template = body(run.project, Part::Wiring)?;
    let name = run.project.names.wiring_stack();
    settle(run, Wanted { name, template, parameters, protected: false }).await
}

/// The stack of this name, if there is one.
pub(crate) async fn find(aws: &Aws, name: &str) -> anyhow::Result<Option<Stack>> {
    match aws.cloudformation.describe_stacks().stack_name(name).send().await {
        Ok(found) => {
            let gone = |s: &Stack| s.stack_status() == Some(&StackStatus::DeleteComplete);
            Ok(found.stacks().iter().find(|s| !gone(s)).cloned())
        }
        Err(error) if code_of(&error) == "ValidationError" => Ok(None),
        Err(error) => {
            Err(trouble(&format!("looking at the stack {name}"), "cloudformation:DescribeStacks", &error))
        }
    }
}

async fn settle(run: &Run<'_>, wanted: Wanted) -> anyhow::Result<Settled> {
    let Some(there) = find(run.aws, &wanted.name).await? else { return make(run, &wanted).await };
    usable(&wanted.name, &there)?;
    let before = template_of(run.aws, &wanted.name).await?;
    let same_parameters = there.parameters().iter().all(|p| {
        let key = p.parameter_key().unwrap_or_default();
        wanted.parameters.get(key).is_some_and(|value| Some(value.as_str()) == p.parameter_value())
    }) && there.parameters().len() == wanted.parameters.len();
    if before == wanted.template && same_parameters {
        return Ok(Settled { outcome: Outcome::Unchanged, outputs: outputs(&there) });
    }
    let mut changes = differences(&before, &wanted.template);
    if !same_parameters {
        changes.push("parameters".to_owned());
    }
    let changes = changes.join(", ");
    if run.options.dry {
        return Ok(Settled {
            outcome: Outcome::Would(format!("change {changes}")),
            outputs: outputs(&there),
        });
    }
    if !update(run, &wanted).await? {
        return Ok(Settled { outcome: Outcome::Unchanged, outputs: outputs(&there) });
    }
    let there = settled(run, &wanted.name).await?;
    Ok(Settled { outcome: Outcome::Done(format!("changed {changes}")), outputs: outputs(&there) })
}

/// A stack that can be brought up to date.
fn usable(name: &str, there: &Stack) -> anyhow::Result<()> {
    let status = there.stack_status().map_or("", StackStatus::as_str);
    let reason = there.stack_status_reason().map_or_else(String::new, |r| format!(": {r}"));
    match status {
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_FAILED"
        | "REVIEW_IN_PROGRESS" => bail!(
            "the stack {name} is in {status}{reason}. It was never finished: remove it with `aws cloudformation delete-stack --stack-name {name}`, then deploy again"
        ),
        "UPDATE_ROLLBACK_FAILED" => bail!(
            "the stack {name} is in {status}{reason}. Bring it back with `aws cloudformation continue-update-rollback --stack-name {name}`, then deploy again"
        ),
        status if status.ends_with("_IN_PROGRESS") => bail!(
            "the stack {name} is in {status}: somebody is changing it; wait with `aws cloudformation describe-stacks --stack-name {name}`, then deploy again"
        ),
        _ => Ok(()),
    }
}

async fn make(run: &Run<'_>, wanted: &Wanted) -> anyhow::Result<Settled> {
    let count = wanted.template.get("Resources").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    if run.options.dry {
        let outcome = Outcome::Would(format!("make it, with {count} resources"));
        return Ok(Settled { outcome, outputs: BTreeMap::new() });
    }
    let (inline, url) = carried(run, wanted).await?;
    let request = run.aws.cloudformation.create_stack().stack_name(&wanted.name);
    let request = request
        .set_template_body(inline)
        .set_template_url(url)
        .set_parameters(Some(parameters(wanted)))
        .set_tags(Some(tags(run)))
        .enable_termination_protection(wanted.protected)
        .capabilities(Capability::CapabilityIam);
    let what = format!("making the stack {}", wanted.name);
    request.send().await.map_err(|error| trouble(&what, "cloudformation:CreateStack", &error))?;
    let there = settled(run, &wanted.name).await?;
    Ok(Settled { outcome: Outcome::Done(format!("made, with {count} resources")), outputs: outputs(&there) })
}

/// False: there was nothing to change.
async fn update(run: &Run<'_>, wanted: &Wanted) -> anyhow::Result<bool> {
    let (inline, url) = carried(run, wanted).await?;
    let request = run.aws.cloudformation.update_stack().stack_name(&wanted.name);
    let request = request
        .set_template_body(inline)
        .set_template_url(url)
        .set_parameters(Some(parameters(wanted)))
        .set_tags(Some(tags(run)))
        .capabilities(Capability::CapabilityIam);
    match request.send().await {
        Ok(_) => Ok(true),
        Err(error) if format!("{error:?}").contains("No updates are to be performed") => Ok(false),
        Err(error) => {
            let what = format!("changing the stack {}", wanted.name);
            Err(trouble(&what, "cloudformation:UpdateStack", &error))
        }
    }
}

/// The template within the request, or, when it is too large for that, its address in the claims bucket.
async fn carried(run: &Run<'_>, wanted: &Wanted) -> anyhow::Result<(Option<String>, Option<String>)> {
    let text = wanted.template.to_string();
    if text.len() <= MAX_TEMPLATE_INLINE {
        return Ok((Some(text), None));
    }
    ensure!(
        wanted.name != run.project.names.stack(),
        "the template of the stack {} has {} bytes and CloudFormation takes {MAX_TEMPLATE_INLINE} before there is a bucket to put it into; --observe makes fewer rules",
        wanted.name,
        text.len()
    );
    let bucket = run.project.names.bucket(&run.aws.account, &run.aws.region);
    let key = format!("code/{}.json", wanted.name);
    let put = run.aws.s3.put_object().bucket(&bucket).key(&key).body(text.into_bytes().into());
    let what = format!("putting a template into the bucket {bucket}");
    put.send().await.map_err(|error| trouble(&what, "s3:PutObject", &error))?;
    let host = match &run.aws.endpoint {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{}.amazonaws.com", run.aws.region),
    };
    Ok((None, Some(format!("{host}/{key}"))))
}

async fn template_of(aws: &Aws, name: &str) -> anyhow::Result<Value> {
    let what = format!("reading the template of the stack {name}");
    let found = aws.cloudformation.get_template().stack_name(name).send().await;
    let found = found.map_err(|error| trouble(&what, "cloudformation:GetTemplate", &error))?;
    let text = found.template_body().with_context(|| format!("the stack {name} has no template"))?;
    // A template that somebody else wrote may be no JSON: then everything is different.
    Ok(serde_json::from_str(text).unwrap_or(Value::Null))
}

/// Which resources are different, as `+Name`, `-Name` and `Name`.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let resources = |document: &Value| -> BTreeMap<String, Value> {
        let map = document.get("Resources").and_then(Value::as_object);
        map.map(|m| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect()).unwrap_or_default()
    };
    let (before, after) = (resources(before), resources(after));
    let mut changes: Vec<String> = Vec::new();
    changes.extend(after.keys().filter(|k| !before.contains_key(*k)).map(|k| format!("+{k}")));
    changes.extend(before.keys().filter(|k| !after.contains_key(*k)).map(|k| format!("-{k}")));
    changes.extend(
        after.iter().filter(|(k, v)| before.get(*k).is_some_and(|b| b != *v)).map(|(k, _)| k.clone()),
    );
    if changes.is_empty() {
        changes.push("the template".to_owned());
    }
    if changes.len() > MAX_SHOWN_CHANGES {
        let more = changes.len() - MAX_SHOWN_CHANGES;
        changes.truncate(MAX_SHOWN_CHANGES);
        changes.push(format!("{more} more"));
    }
    changes
}

fn parameters(wanted: &Wanted) -> Vec<Parameter> {
    let one = |(key, value): (&String, &String)| {
        Parameter::builder().parameter_key(key).parameter_value(value).build()
    };
    wanted.parameters.iter().map(one).collect()
}

fn tags(run: &Run<'_>) -> Vec<Tag> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    vec![tag("fanin:stack", run.project.names.stack()), tag("fanin:workflow", &run.project.plan.workflow)]
}

fn outputs(stack: &Stack) -> BTreeMap<String, String> {
    let pair = |o: &aws_sdk_cloudformation::types::Output| {
        Some((o.output_key()?.to_owned(), o.output_value()?.to_owned()))
    };
    stack.outputs().iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_different_is_named() {
        let before = json!({ "Resources": { "A": 1, "B": 1, "C": 1 } });
        let after = json!({ "Resources": { "A": 1, "B": 2, "D": 1 } });
        assert_eq!(differences(&before, &after), ["+D", "-C", "B"]);
        assert_eq!(differences(&before, &before), ["the template"]);
        let many: serde_json::Map<String, Value> =
            (0..MAX_SHOWN_CHANGES + 1).map(|n| (format!("R{n:03}"), json!(1))).collect();
        let shown = differences(&json!({}), &json!({ "Resources": many }));
        assert_eq!((shown.len(), shown.last().map(String::as_str)), (MAX_SHOWN_CHANGES + 1, Some("1 more")));
    }

    #[test]
    fn a_stack_that_cannot_be_changed_says_how_it_is_mended() {
        let stack = |status: &str| Stack::builder().stack_status(StackStatus::from(status)).build();
        for (status, mend) in [
            ("ROLLBACK_COMPLETE", "delete-stack --stack-name s"),
            ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name s"),
            ("UPDATE_IN_PROGRESS", "describe-stacks --stack-name s"),
        ] {
            let error = usable("s", &stack(status)).unwrap_err().to_string();
            assert!(error.contains(status) && error.contains(mend), "{error}");
        }
        for status in ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"] {
            assert!(usable("s", &stack(status)).is_ok());
        }
    }
}
