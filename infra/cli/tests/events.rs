//! `fanin events`: searched, shown and followed, in files and on a running host.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod looking;

use looking::Project;

fn ids(out: &str) -> Vec<String> {
    let id = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
    };
    out.lines().map(id).collect()
}

#[test]
fn files_and_a_running_host_answer_alike() {
    let project = Project::new();
    let questions: [&[&str]; 7] = [
        &["events", "-o", "jsonl"],
        &["events", "search", "--kind", "event,fired", "--key", "job=alpha", "-o", "jsonl"],
        &["events", "search", "--name", "assem", "-o", "jsonl"],
        &[
            "events",
            "search",
            "--pattern",
            r#"{"detail":{"object":{"key":[{"prefix":"jobs/beta"}]}}}"#,
            "-o",
            "jsonl",
        ],
        &["events", "search", "--text", "jobs/gamma", "--kind", "event", "-o", "jsonl"],
        &["events", "tail", "-n", "2", "-o", "jsonl"],
        &["events", "show", "1779..01", "-o", "json"],
    ];
    let files: Vec<String> = questions.iter().map(|q| project.fanin(q).out).collect();
    assert_eq!(ids(&files[1]).len(), 5, "four parts and a firing: {}", files[1]);
    assert_eq!(ids(&files[4]).len(), 1);
    assert_eq!(ids(&files[5]).len(), 2);
    let host = project.serve();
    for (question, told) in questions.iter().zip(&files) {
        let live = project.fanin(question);
        assert!(
            live.out == *told,
            "{question:?}: {}: {}",
            live.err,
            live.out.chars().take(500).collect::<String>()
        );
    }
    drop(host);
}

#[test]
fn what_is_not_there_and_what_cannot_be_asked() {
    let project = Project::new();
    for (asked, code) in [
        (&["events", "search", "--name", "nobody"][..], 4),
        (&["events", "show", "nobody"], 4),
        (&["events", "search", "--kind", "nonsense"], 2),
        (&["events", "search", "--pattern", "{"], 2),
        (&["events", "search", "--since", "soon"], 2),
        (&["events", "search", "--until", "2020-01-01"], 4),
        (&["events", "search", "--since", "10m ago"], 0),
        (&["events", "--sent"], 0),
    ] {
        let said = project.fanin(asked);
        assert_eq!(said.code, code, "{asked:?}: {}{}", said.out, said.err);
    }
}

#[test]
fn what_was_sent_is_shown_in_both_forms() {
    let project = Project::new();
    let line = r#"{"action":"a-1","workflow":"uploads","rule":"page","target":{"kind":"sqs","name":"ops"},"payload":{"n":1},"at":"2026-01-02T03:04:05Z"}"#;
    project.write(".fanin/uploads/sent.jsonl", &format!("{line}\n"));
    for form in [&["events", "--sent"][..], &["events", "search", "--sent"]] {
        let said = project.fanin(form);
        assert_eq!(said.out, "2026-01-02T03:04:05Z  sqs ops  by page  a-1  {\"n\":1}\n", "{}", said.err);
    }
    assert_eq!(project.fanin(&["events", "--sent", "-o", "jsonl"]).out, format!("{line}\n"));
}

#[test]
fn following_a_host_goes_on_after_its_restart() {
    let project = Project::new();
    let host = project.serve();
    let tail = project.follow(&[
        "events",
        "tail",
        "-f",
        "-n",
        "1",
        "--kind",
        "event",
        "--kind",
        "fired",
        "--to",
        &host.url(),
    ]);
    tail.wait_for("1779..06");
    project.emit(&host, &looking::part("live-1", "solo", "1-of-1.csv"));
    tail.wait_for("job_complete          [job=solo]");
    let port = host.port;
    drop(host);
    let host = project.serve_at(port);
    project.emit(&host, &looking::part("live-2", "duo", "1-of-1.csv"));
    tail.wait_for("job_complete          [job=duo]");
    let heard = tail.stop();
    assert_eq!(heard.matches("live-1").count(), 1, "{heard}");
    assert_eq!(heard.matches("live-2").count(), 1, "{heard}");
    drop(host);
}

#[test]
fn following_files_hears_what_another_process_writes() {
    let project = Project::new();
    let tail = project.follow(&["events", "tail", "-f", "-n", "1"]);
    tail.wait_for("assembly.done");
    project.write("new.jsonl", &looking::part("new-1", "solo", "1-of-1.csv"));
    project.run("new.jsonl");
    tail.wait_for("assembly.done         [job=solo]");
    let heard = tail.stop();
    assert_eq!(heard.matches("new-1").count(), 1, "{heard}");
}
