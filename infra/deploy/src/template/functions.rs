//! The three functions with their roles and logs.

use anyhow::ensure;
use fanin_state_first::Lane;
use serde_json::{Map, Value, json};

use super::Part;
use super::draft::Draft;
use super::roles;
use crate::limits::{CONDITIONS_TIMEOUT_S, MAX_ENVIRONMENT, TIMERS_TIMEOUT_S};
use crate::names::FunctionName;
use crate::settings::Arch;

/// Megabytes of a function. A Rust function needs a tenth of it; the processor grows with the memory.
const MEMORY_MB: u32 = 256;

pub(super) fn add(draft: &mut Draft<'_>) -> anyhow::Result<()> {
    parameters(draft);
    let environment = environment(draft)?;
    for function in FunctionName::ALL {
        let name = draft.names().function(function);
        let logical = function.logical();
        let logs = format!("{logical}Logs");
        draft.resource(
            &logs,
            "AWS::Logs::LogGroup",
            json!({
                "LogGroupName": draft.names().log_group(function),
                "RetentionInDays": draft.project.settings.log_days,
            }),
        );
        let role = roles::role(draft, function)?;
        draft.resource(&format!("{logical}Role"), "AWS::IAM::Role", role);
        let timeout = match function {
            FunctionName::ConditionEngine => CONDITIONS_TIMEOUT_S,
            FunctionName::RuleEngine => draft.project.rules_timeout_s(),
            FunctionName::Timers => TIMERS_TIMEOUT_S,
        };
        let properties = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": [{ "Ref": "Architecture" }],
            "MemorySize": MEMORY_MB,
            "Timeout": timeout,
            "Role": { "Fn::GetAtt": [format!("{logical}Role"), "Arn"] },
            "Code": { "S3Bucket": { "Ref": "CodeBucket" }, "S3Key": { "Ref": format!("{logical}Code") } },
            "LoggingConfig": { "LogGroup": { "Ref": logs } },
            "Environment": { "Variables": environment },
        });
        draft.resource(logical, "AWS::Lambda::Function", properties);
    }
    Ok(())
}

fn parameters(draft: &mut Draft<'_>) {
    let arch = draft.project.settings.arch.as_str();
    draft.parameters.insert(
        "Architecture".to_owned(),
        json!({
            "Type": "String", "Default": arch, "AllowedValues": [Arch::Arm64.as_str(), Arch::X86.as_str()],
            "Description": "The processor the functions were built for",
        }),
    );
    draft.parameters.insert(
        "CodeBucket".to_owned(),
        json!({ "Type": "String", "Description": "The bucket that has the zip files of the functions" }),
    );
    for function in FunctionName::ALL {
        let about = format!("The zip file of {} within that bucket", function.binary());
        let default = format!("{}.zip", function.binary());
        draft.parameters.insert(
            format!("{}Code", function.logical()),
            json!({ "Type": "String", "Default": default, "Description": about }),
        );
    }
}

/// What the functions are told.
fn environment(draft: &mut Draft<'_>) -> anyhow::Result<Value> {
    let settings = &draft.project.settings;
    let joined =
        settings.asynchronous.iter().map(|name| draft.project.lambda_of(name)).collect::<Vec<_>>().join(",");
    let mut map = Map::new();
    let mut set = |name: &str, value: Value| drop(map.insert(name.to_owned(), value));
    set("FANIN_WORKFLOW", json!(&*draft.project.plan.workflow));
    set("FANIN_TABLE", json!(draft.names().table()));
    if !settings.functions.is_empty() {
        set("FANIN_FUNCTIONS", json!(serde_json::to_string(&settings.functions)?));
    }
    if !joined.is_empty() {
        set("FANIN_ASYNC", json!(joined));
    }
    set("FANIN_LOG", json!("info"));
    set("FANIN_EVENTS", json!(settings.events.word()));
    set(
        "FANIN_BUCKET",
        if draft.part.has(Part::State) { json!({ "Ref": "Claims" }) } else { draft.bucket_name() },
    );
    set("FANIN_CONDITIONS_QUEUE", draft.queue_url(Lane::Conditions));
    set("FANIN_RULES_QUEUE", draft.queue_url(Lane::Rules));
    let size = Value::Object(map.clone()).to_string().len();
    ensure!(
        size <= MAX_ENVIRONMENT,
        "the functions' environment would have {size} bytes and Lambda takes {MAX_ENVIRONMENT}: give the functions in the workflow the names they have on AWS, instead of --function"
    );
    Ok(Value::Object(map))
}
