//! The smoke event: it proves the road. Each function is asked to handle nothing, then an event that nothing waits for goes
//! through the queue. Nothing is left behind.

use anyhow::{Context, bail};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::QueueAttributeName;
use base64::Engine;
use fanin_event::{Envelope, Recognizer, Scratch};
use serde_json::{Value, json};

use super::plan::now;
use super::stack::Settled;
use super::watch::wait;
use super::{Outcome, Run};
use crate::aws::trouble;
use crate::limits::MAX_SMOKE_POLLS;
use crate::names::FunctionName;

pub(super) async fn send(run: &Run<'_>, state: &Settled) -> anyhow::Result<Outcome> {
    if run.options.no_smoke {
        return Ok(Outcome::Skipped("--no-smoke".to_owned()));
    }
    if run.options.dry {
        return Ok(Outcome::Would("ask each function, then send an event that nothing waits for".to_owned()));
    }
    let at = now();
    let event = event(&at.to_string());
    if awaited(run, &event)? {
        let why = "every event is awaited by this workflow, a synthetic one too".to_owned();
        return Ok(Outcome::Skipped(why));
    }
    for function in FunctionName::ALL {
        ask(run, function, &at.to_string(), &event).await?;
    }
    let url = state.outputs.get("ConditionsQueueUrl").context("the stack does not say where its queue is")?;
    let dead = state
        .outputs
        .get("ConditionsDeadLettersUrl")
        .context("the stack does not say where its dead-letter queue is")?;
    let (_, dead_before) = (waiting(run, url).await?, waiting(run, dead).await?);
    let sent = run.aws.sqs.send_message().queue_url(url).message_body(&event).send().await;
    sent.map_err(|error| trouble("sending the smoke event", "sqs:SendMessage", &error))?;
    for look in 0..MAX_SMOKE_POLLS {
        wait(look).await;
        if waiting(run, dead).await? > dead_before {
            bail!(
                "the smoke event went to the dead-letter queue {dead}: look with `fanin logs --stack {}`",
                run.project.names.stack()
            );
        }
        if waiting(run, url).await? == 0 {
            return Ok(Outcome::Done(
                "all three functions answer, and an event went through the queue".to_owned(),
            ));
        }
    }
    // Somebody else's events never stop on a busy stack; that the functions answer is known.
    Ok(Outcome::Done(
        "all three functions answer; the queue was never empty, so the event was not followed".to_owned(),
    ))
}

fn event(at: &str) -> String {
    let id = format!("smoke-{at}");
    let envelope = Envelope {
        id: &id,
        source: "fanin.smoke",
        detail_type: "Smoke",
        time: at,
        resources: &[],
        detail: "{}",
    };
    envelope.to_text()
}

/// Whether the workflow would take the event for one of its own.
fn awaited(run: &Run<'_>, event: &str) -> anyhow::Result<bool> {
    let recognizer = Recognizer::new(&run.project.plan.events)?;
    let mut scratch = Scratch::new();
    let recognized = recognizer.recognize(event, &mut scratch)?;
    Ok(recognized.hits().count() > 0)
}

/// What a function gets in place of its event source.
fn payload(function: FunctionName, at: &str, event: &str) -> Value {
    let millis = now().0.to_string();
    match function {
        FunctionName::ConditionEngine => json!({ "Records": [{
            "messageId": "smoke", "receiptHandle": "smoke", "body": event, "eventSource": "aws:sqs",
            "attributes": {
                "ApproximateReceiveCount": "1", "SentTimestamp": millis, "ApproximateFirstReceiveTimestamp": millis,
            },
        }] }),
        FunctionName::RuleEngine => json!({ "Records": [] }),
        FunctionName::Timers => {
            json!({ "source": "aws.events", "detail-type": "Scheduled Event", "time": at, "detail": {} })
        }
    }
}

async fn ask(run: &Run<'_>, function: FunctionName, at: &str, event: &str) -> anyhow::Result<()> {
    let name = run.project.names.function(function);
    let payload = payload(function, at, event).to_string();
    let request = run.aws.lambda.invoke().function_name(&name).payload(Blob::new(payload.into_bytes()));
    let request = request.log_type(aws_sdk_lambda::types::LogType::Tail);
    let answer = request.send().await;
    let answer =
        answer.map_err(|error| trouble(&format!("asking {name}"), "lambda:InvokeFunction", &error))?;
    let text = answer.payload().map(|p| String::from_utf8_lossy(p.as_ref()).into_owned()).unwrap_or_default();
    let returned = serde_json::from_str::<Value>(&text).ok();
    let failures = returned.as_ref().and_then(|v| v.get("batchItemFailures")).and_then(Value::as_array);
    if answer.function_error().is_none() && failures.is_none_or(Vec::is_empty) {
        return Ok(());
    }
    let log = answer.log_result().and_then(|log| base64::engine::general_purpose::STANDARD.decode(log).ok());
    let log = log.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    bail!("the function {name} does not work: {}\n{log}", said(returned.as_ref(), &text));
}

/// The error in a function's answer.
fn said(returned: Option<&Value>, text: &str) -> String {
    let part = |name: &str| returned.and_then(|v| v.get(name)).and_then(Value::as_str).unwrap_or_default();
    match (part("errorType"), part("errorMessage")) {
        ("", "") => text.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    }
}

/// Messages in a queue, those in hand too.
async fn waiting(run: &Run<'_>, url: &str) -> anyhow::Result<u64> {
    let (visible, hidden) = (
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    );
    let request = run.aws.sqs.get_queue_attributes().queue_url(url);
    let answer = request.attribute_names(visible).attribute_names(hidden).send().await;
    let answer =
        answer.map_err(|error| trouble(&format!("looking at {url}"), "sqs:GetQueueAttributes", &error))?;
    let counts = answer.attributes().into_iter().flat_map(|map| map.values());
    Ok(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
}
