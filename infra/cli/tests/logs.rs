//! What is on standard error: for people, or with `--log-format json` for whoever collects logs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod serving;

use serving::{Dev, PATIENCE, answer, listener, run};

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t] }, capture: { $.detail.job: '{job}' } }
rules:
  pack: { when: part, invoke: packer }
functions:
  packer: { respond: { packed: true } }
";

const CARD: &str = "4111111111111111";

const PART: &str =
    r#"{"id":"p1","source":"t","detail-type":"Part","detail":{"job":"42","card":"4111111111111111"}}"#;

/// The setting for who reads by machine.
const JSON: (&str, &str) = ("FANIN_LOG_FORMAT", "json");

fn documents(lines: &[String]) -> Vec<serde_json::Value> {
    let document = |line: &String| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    lines.iter().map(document).collect()
}

#[test]
fn a_collector_of_logs_reads_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let mut dev = Dev::start(dir.path(), WORKFLOW, &[JSON, ("FANIN_LOG", "fanin=debug")]);
    dev.emit(PART);
    dev.until("a derived event");
    dev.until("a call is done");
    let lines = dev.stop();
    let documents = documents(&lines);
    for document in &documents {
        for field in ["timestamp", "level", "message", "target"] {
            assert!(document[field].is_string(), "{field}: {document}");
        }
    }
    let said = |text: &str| documents.iter().any(|d| d["message"].as_str().unwrap().starts_with(text));
    assert!(said("ready") && said("page ") && said("stopping"), "{lines:#?}");
    for (text, field, value) in [
        ("an event was taken", "reached", serde_json::json!(1)),
        ("a call begins", "rule", "pack".into()),
        ("a call is done", "calls", "packer".into()),
        ("a derived event", "event", "pack.done".into()),
    ] {
        assert!(documents.iter().any(|d| d["message"] == text && d[field] == value), "{text}: {lines:#?}");
    }
    assert!(
        !lines.iter().any(|line| line.contains(CARD)),
        "what events carry stays out of the log: {lines:#?}"
    );
    // The two writers agree about times: `2026-01-02T03:04:05.678901Z`.
    let long = |d: &serde_json::Value| d["timestamp"].as_str().unwrap().len();
    assert!(documents.iter().all(|d| long(d) == 27 && d["timestamp"].as_str().unwrap().ends_with('Z')));
}

#[test]
fn people_read_text() {
    let dir = tempfile::tempdir().unwrap();
    let lines = Dev::start(dir.path(), WORKFLOW, &[]).stop();
    assert!(lines.iter().any(|line| line.starts_with("ready: ")), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.starts_with('{')), "{lines:#?}");
}

/// What is logged of a call whose target refuses it with a card's number in its answer, up to the line that begins so.
fn lines_of_a_refused_call(log: &str, last: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let refusal = format!("{CARD} is no card of ours");
    let (url, called) = listener(Some(answer("402 Payment Required", &refusal)));
    let workflow = WORKFLOW.replace("{ respond: { packed: true } }", &format!("{{ http: '{url}' }}"));
    let mut dev = Dev::start(dir.path(), &workflow, &[JSON, ("FANIN_LOG", log)]);
    dev.emit(PART);
    called.recv_timeout(PATIENCE).unwrap();
    dev.until(last);
    // What follows from the failure has been logged too.
    dev.until("a derived event");
    dev.stop()
}

#[test]
fn what_a_failed_target_said_is_logged_at_debug_alone() {
    let lines = lines_of_a_refused_call("info", "a call failed");
    let documents = documents(&lines);
    let failed = documents.iter().find(|d| d["message"] == "a call failed").unwrap();
    assert_eq!((&failed["error"], &failed["rule"]), (&"Http.402".into(), &"pack".into()));
    assert!(!lines.iter().any(|line| line.contains(CARD)), "{lines:#?}");
    let lines = lines_of_a_refused_call("debug", "what a failed target said");
    assert!(lines.iter().any(|line| line.contains(CARD)), "{lines:#?}");
}

#[test]
fn an_error_is_a_document_too() {
    let dir = tempfile::tempdir().unwrap();
    let said = |args: &[&str], settings: &[(&str, &str)]| {
        let output = run(dir.path(), args, settings);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let nowhere = ["run", "nowhere.yaml", "--events", "-"];
    let misspelt = ["run", "--evnets", "-"];
    for (args, what) in [(nowhere.as_slice(), "nowhere.yaml"), (misspelt.as_slice(), "--evnets")] {
        let by_option = said(&[args, &["--log-format", "json"]].concat(), &[]);
        let by_setting = said(args, &[JSON]);
        for json in [by_option, by_setting] {
            let documents = documents(&json.lines().map(str::to_owned).collect::<Vec<_>>());
            let told = documents.iter().find(|d| d["message"].as_str().unwrap().contains(what)).unwrap();
            assert_eq!(told["level"], "ERROR", "{json}");
        }
        let text = said(&[args, &["--log-format", "text"]].concat(), &[JSON]);
        assert!(!text.starts_with('{') && text.contains(what), "{text}");
    }
    let help = run(dir.path(), &["--help"], &[JSON]);
    assert!(help.status.success() && help.stdout.starts_with(b"A serverless"), "{help:?}");
}
