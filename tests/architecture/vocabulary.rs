//! A provider's name appears only in decoders, sources, targets, its store and infra.

use crate::sources::{code, line_of, production, report};

/// Names of providers and of their services, as words.
const PROVIDERS: [&str; 19] = [
    "aws",
    "amazon",
    "s3",
    "sqs",
    "sns",
    "dynamodb",
    "kinesis",
    "eventbridge",
    "lambda",
    "cloudwatch",
    "cloudformation",
    "azure",
    "gcp",
    "pubsub",
    "nats",
    "jetstream",
    "kafka",
    "redis",
    "postgres",
];

/// The part of the house that speaks of no provider.
const NEUTRAL: [&str; 6] = [
    "event/src/",
    "condition-engine/src/",
    "condition-engine/store/",
    "condition-engine/store-embedded/",
    "rule-engine/src/",
    "workflows/plan/src/",
];

/// Where the language itself has the word: a target of `send`, the kind of a function, the name of the pattern language.
const SPOKEN_BY_THE_LANGUAGE: [(&str, &[&str]); 3] = [
    ("rule-engine/src/rule.rs", &["sqs", "sns", "eventbridge"]),
    ("rule-engine/src/function.rs", &["lambda"]),
    ("event/src/", &["eventbridge"]),
];

/// The words of a code text, lower case, with their offsets: `SendTarget::Sqs`, `send_sqs` and "sqs" all have `sqs`.
fn words(code: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut before = ' ';
    for (at, c) in code.char_indices() {
        if c.is_ascii_alphanumeric() {
            let starts =
                !before.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && before.is_ascii_lowercase());
            match found.last_mut() {
                Some((_, word)) if !starts => word.push(c.to_ascii_lowercase()),
                _ => found.push((at, c.to_ascii_lowercase().to_string())),
            }
        }
        before = c;
    }
    found
}

#[test]
fn the_engines_speak_of_no_provider() {
    let mut findings = Vec::new();
    for source in production(&NEUTRAL) {
        let code = code(&source.text);
        for (at, word) in words(&code) {
            let spoken =
                |(path, may): &(&str, &[&str])| source.path.starts_with(path) && may.contains(&word.as_str());
            if PROVIDERS.contains(&word.as_str()) && !SPOKEN_BY_THE_LANGUAGE.iter().any(spoken) {
                findings.push(format!("{}:{}: `{word}`", source.path, line_of(&code, at)));
            }
        }
    }
    report(
        &findings,
        "say what it is to us (a queue, an object, a function), or move the code to a decoder, a source, a target or \
         infra. A word of the language itself goes into SPOKEN_BY_THE_LANGUAGE of tests/architecture/vocabulary.rs",
    );
}

#[test]
fn words_are_found_in_every_spelling() {
    let found: Vec<String> =
        words("SendTarget::Sqs send_sqs \"aws.s3\" laws").into_iter().map(|(_, w)| w).collect();
    assert_eq!(found, ["send", "target", "sqs", "send", "sqs", "aws", "s3", "laws"]);
}
