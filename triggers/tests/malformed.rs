//! Malformed events and what is said of them: `tests/malformed/NAME.json` (or `.txt`) and `NAME.json.txt`, one line for
//! each answer. `FANIN_REWRITE=1 cargo nextest run -p fanin-triggers --test malformed` writes the lines anew.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fanin_event::Timestamp;
use fanin_triggers::{Context, Format, Raw, Rejected, codes, decode, limits};

const NOW: Timestamp = Timestamp(1_767_323_045_000); // 2026-01-02T03:04:05Z

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed")
}

/// Payloads too large or too regular to be kept as files.
fn made() -> Vec<(String, Vec<u8>)> {
    let event = r#"{"source":"shop","detail-type":"Order"}"#;
    let deep = |n: usize| {
        format!(r#"{{"source":"s","detail-type":"t","detail":{{"x":{}{}}}}}"#, "[".repeat(n), "]".repeat(n))
    };
    let large = format!(
        r#"{{"id":"1","source":"s","detail-type":"t","detail":{{"x":"{}"}}}}"#,
        "y".repeat(limits::MAX_EVENT_BYTES)
    );
    [
        ("made-too-large.json", large),
        ("made-too-deep.json", deep(limits::MAX_DEPTH)),
        ("made-much-too-deep.json", deep(5_000)),
        ("made-too-many.json", format!("[{}]", vec![event; limits::MAX_EVENTS_PER_REQUEST + 1].join(","))),
        (
            "made-long-id.json",
            event.replace('{', &format!(r#"{{"id":"{}","#, "i".repeat(limits::MAX_ID_BYTES + 1))),
        ),
        ("made-request-too-large.json", " ".repeat(limits::MAX_REQUEST_BYTES + 1)),
    ]
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .to_vec()
}

/// Every payload: its name and its bytes.
fn payloads() -> Vec<(String, Vec<u8>)> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let shown = name.ends_with(".json.txt") || name.ends_with(".txt.txt");
        (!shown).then(|| (name, std::fs::read(&path).unwrap()))
    };
    let mut all: Vec<_> = std::fs::read_dir(folder()).unwrap().filter_map(read).collect();
    all.extend(made());
    all.sort();
    all
}

fn answers(raw: &Raw<'_>) -> Vec<Result<(), Rejected>> {
    let mut made = 0;
    let mut fresh = || {
        made += 1;
        format!("fresh-{made}")
    };
    decode(raw, &mut Context::new(NOW, &mut fresh)).into_iter().map(|answer| answer.map(|_| ())).collect()
}

/// What is said: `code: reason`, a line for each event.
fn shown(answers: &[Result<(), Rejected>]) -> String {
    let line = |answer: &Result<(), Rejected>| match answer {
        Ok(()) => "accepted\n".to_owned(),
        Err(refused) => {
            let whole = if refused.whole { " (the whole request)" } else { "" };
            format!("{}{whole}: {}\n", refused.code, refused.reason)
        }
    };
    if answers.is_empty() { "no event in it\n".to_owned() } else { answers.iter().map(line).collect() }
}

#[test]
fn what_is_said_of_malformed_events() {
    let payloads = payloads();
    assert!(payloads.len() >= 40, "only {} payloads", payloads.len());
    let rewrite = std::env::var_os("FANIN_REWRITE").is_some();
    let mut wrong = Vec::new();
    for (name, body) in payloads {
        let said = shown(&answers(&Raw::detect(&body)));
        let path = folder().join(format!("{name}.txt"));
        if rewrite {
            std::fs::write(&path, &said).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != said {
            wrong.push(format!("{name} now gives\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nFANIN_REWRITE=1 writes them anew", wrong.join("\n"));
}

#[test]
fn every_reason_says_what_to_do() {
    for (name, body) in payloads() {
        for refused in answers(&Raw::detect(&body)).into_iter().filter_map(Result::err) {
            let advice = [
                "write",
                "send",
                "put ",
                "give",
                "leave",
                "close",
                "delete",
                "subscribe",
                "flatten",
                "upgrade",
            ];
            let reason = refused.reason.to_lowercase();
            assert!(advice.iter().any(|word| reason.contains(word)), "{name}: {}", refused.reason);
            assert!(refused.payload.len() <= limits::MAX_REJECTED_PAYLOAD_BYTES, "{name}");
        }
    }
}

/// The headings of the page of codes.
fn headings() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors/events.md");
    let text = std::fs::read_to_string(page).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect()
}

#[test]
fn every_code_has_an_example_and_a_place_on_the_page() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (_, body) in payloads() {
        seen.extend(answers(&Raw::detect(&body)).into_iter().filter_map(|a| a.err().map(|r| r.code)));
    }
    let headings = headings();
    for code in codes::ALL {
        assert!(seen.contains(code), "no malformed event for {code}");
        assert!(headings.contains(code), "docs/errors/events.md has no `## {code}`");
    }
}

#[test]
fn a_form_that_is_asked_for_is_refused_in_the_same_words() {
    let forms = [
        Format::Envelope,
        Format::PutEvents,
        Format::CloudEvent,
        Format::S3Notification,
        Format::Sqs,
        Format::Sns,
        Format::Kinesis,
    ];
    for (name, body) in payloads() {
        for form in forms {
            for refused in answers(&Raw::of(form, &body)).into_iter().filter_map(Result::err) {
                assert!(
                    codes::ALL.contains(&refused.code) && !refused.reason.is_empty(),
                    "{name} as {form:?}"
                );
            }
        }
    }
}
