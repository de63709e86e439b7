//! AWS settings as the SDKs would find them, without asking anybody: profile, region, endpoints, where credentials come from.
//!
//! No secret is shown: of an access key its last four characters, of an address what stands behind its user and password.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::ini::{self, Ini};
use super::report::Check;

const AREA: &str = "aws";
/// Of an access key so many characters are shown, and only of one that is several times as long.
const SHOWN: usize = 4;

/// What was found.
pub(super) struct Examined {
    pub(super) checks: Vec<Check>,
    pub(super) facts: Value,
}

/// The variables and the two shared files.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) config: Ini,
    pub(super) credentials: Ini,
}

impl Surroundings {
    pub(super) fn of_the_process() -> Surroundings {
        let named = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("AWS_"))?;
            Some((name, value.into_string().ok()?))
        };
        let variables: BTreeMap<String, String> = std::env::vars_os().filter_map(named).collect();
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default().join(".aws");
        let read = |variable: &str, usual: &str| {
            let path = variables.get(variable).map_or_else(|| home.join(usual), PathBuf::from);
            ini::parse(&std::fs::read_to_string(path).unwrap_or_default())
        };
        let config = read("AWS_CONFIG_FILE", "config");
        let credentials = read("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        Surroundings { variables, config, credentials }
    }

    /// A variable that is set and not empty.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn profile(&self) -> &str {
        self.variable("AWS_PROFILE").unwrap_or("default")
    }

    fn has_profile(&self) -> bool {
        let name = self.profile();
        self.credentials.contains_key(name) || self.section().is_some()
    }

    fn section(&self) -> Option<&BTreeMap<String, String>> {
        let name = self.profile();
        self.config
            .get(&format!("profile {name}"))
            .or_else(|| self.config.get(name).filter(|_| name == "default"))
    }

    /// A setting of the profile, from either file.
    fn setting(&self, key: &str) -> Option<&str> {
        let of_credentials = self.credentials.get(self.profile()).and_then(|pairs| pairs.get(key));
        of_credentials.or_else(|| self.section()?.get(key)).map(String::as_str)
    }
}

pub(super) fn examine(around: &Surroundings) -> Examined {
    let mut checks = vec![profile(around), region(around)];
    checks.extend(endpoints(around));
    checks.push(credentials(around));
    let endpoints: BTreeMap<&str, String> = endpoint_settings(around).collect();
    let facts = json!({
        "profile": around.profile(), "region": region_of(around).map(|(region, _)| region),
        "endpoints": endpoints, "credentials": source(around).map(|(source, _)| source),
    });
    Examined { checks, facts }
}

fn profile(around: &Surroundings) -> Check {
    match around.variable("AWS_PROFILE") {
        None => Check::ok(AREA, "profile default (AWS_PROFILE is not set)"),
        Some(name) if around.has_profile() => Check::ok(AREA, format!("profile {name} (AWS_PROFILE)")),
        Some(name) => Check::warning(
            AREA,
            format!("AWS_PROFILE is {name}, and the shared files have no such profile"),
            "correct AWS_PROFILE, or add the profile with `aws configure --profile NAME`",
        ),
    }
}

fn region_of(around: &Surroundings) -> Option<(&str, &'static str)> {
    let of_variable = |name| around.variable(name).map(|region| (region, name));
    let of_profile = || around.setting("region").map(|region| (region, "the profile"));
    of_variable("AWS_REGION").or_else(|| of_variable("AWS_DEFAULT_REGION")).or_else(of_profile)
}

fn region(around: &Surroundings) -> Check {
    match region_of(around) {
        Some((region, from)) => Check::ok(AREA, format!("region {region} (from {from})")),
        None => Check::ok(AREA, "no region is set; calls to AWS need AWS_REGION or one in the profile"),
    }
}

/// The variables of endpoints, without what could be a password in them.
fn endpoint_settings(around: &Surroundings) -> impl Iterator<Item = (&str, String)> {
    let set = around.variables.iter().filter(|(name, value)| {
        !value.is_empty() && (name.as_str() == "AWS_ENDPOINT_URL" || name.starts_with("AWS_ENDPOINT_URL_"))
    });
    let of_profile = around.setting("endpoint_url").map(|url| ("endpoint_url", without_user(url)));
    set.map(|(name, value)| (name.as_str(), without_user(value))).chain(of_profile)
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.split('@').next_back().unwrap_or("").to_owned();
    };
    let host_ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_ends);
    let path = path.split(['?', '#']).next().unwrap_or("");
    format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host))
}

fn endpoints(around: &Surroundings) -> Vec<Check> {
    let check = |(name, url): (&str, String)| {
        if url.starts_with("http://") || url.starts_with("https://") {
            return Check::ok(AREA, format!("{name} is {url}: calls go there"));
        }
        Check::warning(
            AREA,
            format!("{name} is {url}, which is no URL"),
            "write http://HOST:PORT, or unset it",
        )
    };
    let mut checks: Vec<Check> = endpoint_settings(around).map(check).collect();
    if checks.is_empty() {
        checks.push(Check::ok(AREA, "no AWS_ENDPOINT_URL: calls go to AWS itself"));
    }
    checks
}

/// Where credentials would come from: a word for programs, and a sentence. The order is that of the SDKs.
fn source(around: &Surroundings) -> Option<(&'static str, String)> {
    let set = |name| around.variable(name).is_some();
    if let (Some(key), true) = (around.variable("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
        let session = if set("AWS_SESSION_TOKEN") { ", with a session token" } else { "" };
        return Some(("environment", format!("the environment: access key {}{session}", last_of(key))));
    }
    let name = around.profile();
    let of_profile = |key: &str| around.setting(key);
    if let Some(role) = of_profile("role_arn") {
        return Some(("role", format!("profile {name}, which assumes role {role}")));
    }
    if let Some(key) = of_profile("aws_access_key_id") {
        return Some((
            "shared_file",
            format!("the shared files, profile {name}: access key {}", last_of(key)),
        ));
    }
    if of_profile("sso_session").or(of_profile("sso_start_url")).is_some() {
        return Some(("sso", format!("single sign-on, profile {name}; `aws sso login` renews it")));
    }
    if of_profile("credential_process").is_some() {
        return Some(("process", format!("a program that profile {name} names")));
    }
    if set("AWS_WEB_IDENTITY_TOKEN_FILE") && set("AWS_ROLE_ARN") {
        return Some(("web_identity", "the token file of a web identity".to_owned()));
    }
    if set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || set("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        return Some(("container", "the container's own endpoint".to_owned()));
    }
    let disabled =
        around.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    (!disabled).then(|| ("instance", "the instance's metadata, if this is one: it was not asked".to_owned()))
}

fn credentials(around: &Surroundings) -> Check {
    let half =
        around.variable("AWS_ACCESS_KEY_ID").is_some() != around.variable("AWS_SECRET_ACCESS_KEY").is_some();
    match source(around) {
        _ if half => Check::warning(
            AREA,
            "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: neither is used",
            "set both, or none",
        ),
        Some((_, text)) => Check::ok(AREA, format!("credentials would come from {text}")),
        None => Check::ok(AREA, "no credentials are set; calls to AWS need some"),
    }
}

/// The end of an access key, enough to recognize it.
fn last_of(key: &str) -> String {
    let count = key.chars().count();
    if count < 4 * SHOWN {
        return "(not shown)".to_owned();
    }
    format!("...{}", key.chars().skip(count - SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests;
