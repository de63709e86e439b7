//! The environment, whole, and with each variable missing or wrong.

use std::collections::BTreeMap;

use fanin_lambda::limits::{INVOKE_TIMEOUT, OPERATION_TIMEOUT};
use fanin_lambda::{Clients, Config, ConfigError};

pub(crate) fn environment() -> BTreeMap<String, String> {
    [
        ("FANIN_WORKFLOW", "uploads"),
        ("FANIN_TABLE", "uploads-state"),
        ("FANIN_CONDITIONS_QUEUE", "https://sqs.eu-central-1.amazonaws.com/123456789012/uploads-conditions"),
        ("FANIN_RULES_QUEUE", "https://sqs.eu-central-1.amazonaws.com/123456789012/uploads-rules"),
        ("FANIN_BUCKET", "uploads-claims-123456789012-eu-central-1"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "very-secret"),
        ("AWS_SESSION_TOKEN", "secret-token"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

pub(crate) fn read(environment: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    Config::read(|name| environment.get(name).cloned())
}

fn with(name: &str, value: &str) -> Result<Config, ConfigError> {
    let mut environment = environment();
    environment.insert(name.to_owned(), value.to_owned());
    read(&environment)
}

#[test]
fn whole() {
    let config = read(&environment()).unwrap();
    assert_eq!(&*config.workflow, "uploads");
    assert!(config.asynchronous.is_empty() && config.functions.is_empty() && config.aws.endpoints.is_empty());
}

#[test]
fn each_missing_variable_is_named() {
    for name in environment().keys().filter(|name| *name != "AWS_SESSION_TOKEN") {
        for value in [None, Some("  ")] {
            let mut environment = environment();
            match value {
                None => environment.remove(name),
                Some(empty) => environment.insert(name.clone(), empty.to_owned()),
            };
            let error = read(&environment).unwrap_err().to_string();
            assert!(error.contains(&format!("{name} is not set, it has to be ")), "{error}");
            assert!(error.contains("fanin deploy WORKFLOW --stack NAME"), "{error}");
        }
    }
}

#[test]
fn all_that_is_missing_is_said_at_once() {
    let ConfigError(lines) = read(&BTreeMap::new()).unwrap_err();
    assert_eq!(lines.len(), 8, "{lines:?}");
}

#[test]
fn what_is_wrong_is_named() {
    for (name, value, expected) in [
        ("FANIN_RULES_QUEUE", "uploads-rules", "FANIN_RULES_QUEUE is `uploads-rules`, it has to be the URL"),
        ("FANIN_FUNCTIONS", "[1]", "FANIN_FUNCTIONS has to be a JSON object"),
        ("FANIN_FUNCTIONS", r#"{"a":1}"#, "FANIN_FUNCTIONS has to be a JSON object"),
        ("AWS_ENDPOINT_URL", "localhost:4566", "AWS_ENDPOINT_URL is `localhost:4566`, it has to be http://"),
        ("AWS_ENDPOINT_URL_SQS", "x", "AWS_ENDPOINT_URL_SQS is `x`"),
    ] {
        let ConfigError(lines) = with(name, value).unwrap_err();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with(expected), "{lines:?}");
    }
}

#[test]
fn names_of_functions() {
    let config = with("FANIN_ASYNC", " thumbnail, index ,").unwrap();
    assert_eq!(config.asynchronous.iter().collect::<Vec<_>>(), ["index", "thumbnail"]);
    let config = with("FANIN_FUNCTIONS", r#"{"thumbnail":"stack-thumbnail"}"#).unwrap();
    assert_eq!(config.functions["thumbnail"], "stack-thumbnail");
    let many = |n: usize| (0..n).map(|i| format!("f{i}")).collect::<Vec<_>>().join(",");
    assert_eq!(with("FANIN_ASYNC", &many(1_000)).unwrap().asynchronous.len(), 1_000);
    assert!(with("FANIN_ASYNC", &many(1_001)).unwrap_err().to_string().contains("at most 1000"));
}

#[test]
fn endpoints() {
    let mut environment = environment();
    environment.insert("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:4566".to_owned());
    environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), "http://127.0.0.1:8000".to_owned());
    let endpoints = read(&environment).unwrap().aws.endpoints;
    assert_eq!(endpoints["DYNAMODB"], "http://127.0.0.1:8000");
    assert_eq!(endpoints["SFN"], "http://127.0.0.1:4566");
    environment.insert("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS".to_owned(), "true".to_owned());
    assert!(read(&environment).unwrap().aws.endpoints.is_empty());
}

#[test]
fn certificates_of_ones_own_that_are_not_there() {
    let config = with("AWS_CA_BUNDLE", "/nowhere/ca.pem").unwrap();
    let error = Clients::new(config.aws).unwrap_err();
    assert!(error.contains("AWS_CA_BUNDLE names /nowhere/ca.pem"), "{error}");
    let config = with("AWS_CA_BUNDLE", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let error = Clients::new(config.aws).unwrap_err();
    assert!(error.contains("which has no certificates"), "{error}");
}

/// The limits of the other services once held for calls as well: a function that worked for 14 seconds had timed out.
#[test]
fn a_call_may_take_as_long_as_a_function_may_work() {
    let clients = Clients::new(read(&environment()).unwrap().aws).unwrap();
    let limits = clients.lambda().config().timeout_config().unwrap();
    assert_eq!(limits.operation_timeout(), Some(INVOKE_TIMEOUT));
    assert_eq!(limits.operation_attempt_timeout(), Some(INVOKE_TIMEOUT));
    assert_eq!(clients.sqs().config().timeout_config().unwrap().operation_timeout(), Some(OPERATION_TIMEOUT));
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", read(&environment()).unwrap());
    assert!(
        shown.contains("eu-central-1") && !shown.contains("secret") && !shown.contains("AKID"),
        "{shown}"
    );
}

#[test]
fn how_much_is_told_of_events() {
    use fanin_state_first::Telling;
    assert_eq!(read(&environment()).unwrap().events, Telling::Outcomes);
    for (word, meant) in [("off", Telling::Off), ("all", Telling::All), ("", Telling::Outcomes)] {
        assert_eq!(with("FANIN_EVENTS", word).unwrap().events, meant);
    }
    let error = with("FANIN_EVENTS", "some").unwrap_err().to_string();
    assert!(error.contains("FANIN_EVENTS is `some`") && error.contains("off, outcomes, all"), "{error}");
}
