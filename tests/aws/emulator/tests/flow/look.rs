//! Looking after a stack, as its owner does: what happened, what is open and why, what died, and how it is.

use anyhow::{Context, Result, ensure};
use fanin_tests_emulator::Stack;
use serde_json::{Value, json};

use crate::PATIENCE;

/// Asks with each verb; `EXPECTED` of the flow has happened before.
pub(crate) async fn look(stack: &Stack) -> Result<()> {
    what_happened(stack).await?;
    what_is_open(stack).await?;
    why_not(stack).await?;
    dead_letters(stack).await?;
    let status = stack.fanin_output(&["status", "--stack", "{stack}", "-o", "json"]).await?;
    ensure!(status.status.code() == Some(1), "a dead letter needs a person: {status:?}");
    let logs = stack.fanin(&["logs", "--stack", "{stack}", "--function", "timers", "-n", "5"]).await?;
    ensure!(logs.contains("timers"), "{logs}");
    Ok(())
}

async fn lines(stack: &Stack, arguments: &[&str]) -> Result<Vec<Value>> {
    let said = stack.fanin_output(&[arguments, &["--stack", "{stack}", "-o", "jsonl"]].concat()).await?;
    let text = String::from_utf8_lossy(&said.stdout);
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

/// Asks again until there are so many lines: logs come late.
async fn at_least(stack: &Stack, count: usize, arguments: &[&str]) -> Result<Vec<Value>> {
    let begun = std::time::Instant::now();
    loop {
        let found = lines(stack, arguments).await?;
        if found.len() >= count {
            return Ok(found);
        }
        ensure!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} fanin {arguments:?} still tells {found:?}");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

fn named(lines: &[Value]) -> Vec<String> {
    let mut named: Vec<String> = lines.iter().map(|l| format!("{} {}", l["name"], l["key"]["job"])).collect();
    named.sort();
    named
}

async fn what_happened(stack: &Stack) -> Result<()> {
    let fired = at_least(stack, 4, &["events", "search", "--kind", "fired"]).await?;
    let expected = [
        r#""archived" "alpha""#,
        r#""archived" "beta""#,
        r#""job_complete" "alpha""#,
        r#""job_complete" "beta""#,
    ];
    ensure!(named(&fired) == expected, "{fired:?}");
    let ended = at_least(stack, 2, &["events", "search", "--kind", "completed", "--name", "report"]).await?;
    ensure!(named(&ended) == [r#""report.done" "alpha""#, r#""report.done" "beta""#], "{ended:?}");
    let one = fired.first().and_then(|fired| fired["id"].as_str()).context("a firing has an id")?;
    let shown = lines(stack, &["events", "show", one]).await?;
    ensure!(shown.len() == 1 && shown[0]["id"] == *one, "{shown:?}");
    Ok(())
}

async fn what_is_open(stack: &Stack) -> Result<()> {
    let open = stack.fanin(&["state", "--pending", "--stack", "{stack}", "-o", "json"]).await?;
    let open: Value = serde_json::from_str(&open)?;
    let keys: Vec<&Value> =
        open["instances"].as_array().into_iter().flatten().map(|i| &i["key"]["job"]).collect();
    ensure!(keys == [&json!("gamma")] && open["runs"] == json!([]), "{open}");
    Ok(())
}

/// An event that came, and is almost a part.
async fn why_not(stack: &Stack) -> Result<()> {
    let detail = r#"{"bucket":{"name":"uploads"},"object":{"key":"jobs/gamma/part-x"}}"#;
    let near =
        ["emit", "--source", "aws.s3", "--type", "Object Created", "--detail", detail, "--id", "near-1"];
    stack.fanin(&[&near[..], &["--stack", "{stack}"]].concat()).await?;
    at_least(stack, 1, &["events", "search", "--unmatched", "--text", "near-1"]).await?;
    let why = ["explain", "job_complete", "--key", "gamma", "--stack", "{stack}"];
    let why = stack.fanin_output(&why).await?;
    let told = String::from_utf8_lossy(&why.stdout).into_owned();
    ensure!(why.status.code() == Some(3), "{why:?}");
    for part in ["1 of 2", "near misses", "near-1", "jobs/gamma/part-x"] {
        ensure!(told.contains(part), "{part} is not in {told}");
    }
    Ok(())
}

/// The upload whose number of parts is no number.
async fn dead_letters(stack: &Stack) -> Result<()> {
    let letters = at_least(stack, 1, &["dead", "list"]).await?;
    ensure!(letters.len() == 1 && letters[0]["code"] == "reach-not-a-number", "{letters:?}");
    let place = letters[0]["place"].as_str().context("a letter has a place")?;
    let shown = stack.fanin(&["dead", "show", place, "--stack", "{stack}"]).await?;
    ensure!(shown.contains("part-1-of-two"), "the payload is kept: {shown}");
    // Nothing was mended: the same event dies once more, as another letter.
    stack.fanin(&["dead", "redrive", place, "--stack", "{stack}"]).await?;
    let begun = std::time::Instant::now();
    loop {
        let again = lines(stack, &["dead", "list"]).await?;
        if again.len() == 1 && again[0]["place"] != *place {
            ensure!(again[0]["id"] == letters[0]["id"], "the same event: {again:?}");
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "after {PATIENCE:?}: {again:?}");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}
