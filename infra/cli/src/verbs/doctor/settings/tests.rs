//! The order of the sources, and that nothing secret is shown.

use super::{Surroundings, examine, without_user};
use crate::verbs::doctor::ini;
use crate::verbs::doctor::report::Level;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn around(variables: &[(&str, &str)], config: &str, credentials: &str) -> Surroundings {
    Surroundings {
        variables: variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        config: ini::parse(config),
        credentials: ini::parse(credentials),
    }
}

fn source(variables: &[(&str, &str)], config: &str, credentials: &str) -> String {
    let found = examine(&around(variables, config, credentials));
    let said = format!("{:?} {}", found.checks, found.facts);
    assert!(!said.contains(SECRET) && !said.contains(KEY), "a secret is shown: {said}");
    found.facts["credentials"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn sources_in_the_order_of_the_sdks() {
    let keys = format!("[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n");
    let env = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    assert_eq!(source(&env, "", &keys), "environment");
    assert_eq!(source(&[], "", &keys), "shared_file");
    assert_eq!(source(&[("AWS_PROFILE", "dev")], "[profile dev]\nsso_session = x\n", &keys), "sso");
    let role = "[profile dev]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n";
    assert_eq!(source(&[("AWS_PROFILE", "dev")], role, &keys), "role");
    assert_eq!(source(&[], "[default]\ncredential_process = /bin/x --secret y\n", ""), "process");
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn")];
    assert_eq!(source(&web, "", ""), "web_identity");
    assert_eq!(source(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://h")], "", ""), "container");
    assert_eq!(source(&[], "", ""), "instance");
    assert_eq!(source(&[("AWS_EC2_METADATA_DISABLED", "true")], "", ""), "none");
}

#[test]
fn an_access_key_is_shown_by_its_end_and_a_short_one_not_at_all() {
    let said = |key: &str| {
        let env = [("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", SECRET)];
        examine(&around(&env, "", "")).checks.last().unwrap().what.clone()
    };
    assert!(said(KEY).ends_with("...MPLE"), "{}", said(KEY));
    assert!(said("test").ends_with("(not shown)"));
}

#[test]
fn addresses_are_shown_without_user_and_password() {
    for (url, shown) in [
        ("http://localhost:4566", "http://localhost:4566"),
        ("https://me:secret@host:1/path?token=x", "https://host:1/path"),
        ("me:secret@host", "host"),
        ("https://a@b@host/x@y", "https://host/x@y"),
    ] {
        assert_eq!(without_user(url), shown);
    }
}

#[test]
fn what_cannot_work_is_a_warning() {
    let warns = |variables: &[(&str, &str)]| {
        let checks = examine(&around(variables, "", "")).checks;
        checks.iter().filter(|check| check.level == Level::Warning).count()
    };
    assert_eq!(warns(&[]), 0);
    assert_eq!(warns(&[("AWS_PROFILE", "nobody")]), 1);
    assert_eq!(warns(&[("AWS_ACCESS_KEY_ID", KEY)]), 1);
    assert_eq!(warns(&[("AWS_ENDPOINT_URL_S3", "localhost:9000")]), 1);
    assert_eq!(warns(&[("AWS_ENDPOINT_URL_S3", "http://localhost:9000")]), 0);
}

#[test]
fn region_from_variables_then_from_the_profile() {
    let config = "[profile dev]\nregion = eu-west-1\n";
    let region = |variables: &[(&str, &str)]| {
        examine(&around(variables, config, "")).facts["region"].as_str().map(str::to_owned)
    };
    assert_eq!(region(&[("AWS_PROFILE", "dev")]).as_deref(), Some("eu-west-1"));
    assert_eq!(region(&[("AWS_PROFILE", "dev"), ("AWS_REGION", "us-east-1")]).as_deref(), Some("us-east-1"));
    assert_eq!(region(&[("AWS_DEFAULT_REGION", "us-west-2")]).as_deref(), Some("us-west-2"));
    assert_eq!(region(&[]), None);
}
