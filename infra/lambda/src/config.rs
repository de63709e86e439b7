//! What a function is told by its environment. Everything that is missing or wrong is said at once, by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use fanin_state_first::Telling;

use crate::limits::MAX_FUNCTIONS;

/// The configuration of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// The table.
    pub table: String,
    /// URL of the conditions queue.
    pub conditions_queue: String,
    /// URL of the rules queue.
    pub rules_queue: String,
    /// The bucket for payloads that are too large for a message.
    pub bucket: String,
    /// Functions of the workflow that are called without waiting; their answers come to the rules queue.
    pub asynchronous: BTreeSet<String>,
    /// Function of the workflow -> name or ARN of the Lambda function; where there is none the names are the same.
    pub functions: BTreeMap<String, String>,
    /// How much is told of what happens, in the log.
    pub events: Telling,
    /// Where and as whom the services are called.
    pub aws: Aws,
}

/// Where and as whom the services are called.
#[derive(Clone, PartialEq, Eq)]
pub struct Aws {
    /// The region.
    pub region: String,
    /// Access key id, secret access key, session token.
    pub credentials: (String, String, Option<String>),
    /// Service (`SQS`) -> endpoint; where there is none the service's own.
    pub endpoints: BTreeMap<&'static str, String>,
    /// A file of certificates to trust in place of the system's.
    pub ca_bundle: Option<String>,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws")
            .field("region", &self.region)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

impl Aws {
    /// The endpoint of a service, for people.
    #[must_use]
    pub fn endpoint(&self, service: &str) -> String {
        match self.endpoints.get(service) {
            Some(url) => url.clone(),
            None => format!("its endpoint in {}", self.region),
        }
    }
}

/// A configuration that cannot be used: one line for each variable, and what mends them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this function is not configured: {}; `fanin deploy WORKFLOW --stack NAME` sets them", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

/// Services an endpoint can be set for, by the ending of `AWS_ENDPOINT_URL_...`.
const SERVICES: [&str; 7] = ["DYNAMODB", "SQS", "S3", "LAMBDA", "SNS", "EVENTBRIDGE", "SFN"];

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Variables are missing or wrong.
    pub fn from_env() -> Result<Config, ConfigError> {
        Config::read(|name| std::env::var(name).ok())
    }

    /// Reads variables. An empty one counts as missing.
    ///
    /// # Errors
    /// Variables are missing or wrong: all of them are named.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let mut reader = Reader { get, wrong: Vec::new() };
        let config = Config {
            workflow: reader.needed("FANIN_WORKFLOW", "the name of the workflow").into(),
            table: reader.needed("FANIN_TABLE", "the name of the table, as `NAME-state`"),
            conditions_queue: reader.url("FANIN_CONDITIONS_QUEUE", "the URL of the conditions queue"),
            rules_queue: reader.url("FANIN_RULES_QUEUE", "the URL of the rules queue"),
            bucket: reader
                .needed("FANIN_BUCKET", "the name of the claims bucket, as `NAME-claims-ACCOUNT-REGION`"),
            asynchronous: reader.list("FANIN_ASYNC"),
            functions: reader.map("FANIN_FUNCTIONS"),
            events: reader.events(),
            aws: reader.aws(),
        };
        if reader.wrong.is_empty() { Ok(config) } else { Err(ConfigError(reader.wrong)) }
    }
}

struct Reader<G> {
    get: G,
    wrong: Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn needed(&mut self, name: &str, meaning: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.wrong.push(format!("{name} is not set, it has to be {meaning}"));
            String::new()
        })
    }

    fn url(&mut self, name: &str, meaning: &str) -> String {
        let value = self.needed(name, meaning);
        if !value.is_empty() && !is_url(&value) {
            self.wrong.push(format!("{name} is `{value}`, it has to be {meaning}, https://..."));
        }
        value
    }

    fn list(&mut self, name: &str) -> BTreeSet<String> {
        let names: BTreeSet<String> = self
            .optional(name)
            .unwrap_or_default()
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect();
        self.bounded(name, names.len());
        names
    }

    fn map(&mut self, name: &str) -> BTreeMap<String, String> {
        let Some(text) = self.optional(name) else { return BTreeMap::new() };
        match serde_json::from_str::<BTreeMap<String, String>>(&text) {
            Ok(map) => {
                self.bounded(name, map.len());
                map
            }
            Err(error) => {
                self.wrong.push(format!(
                    "{name} has to be a JSON object, names of functions to names or ARNs of Lambda functions ({error})"
                ));
                BTreeMap::new()
            }
        }
    }

    fn events(&mut self) -> Telling {
        let Some(word) = self.optional("FANIN_EVENTS") else { return Telling::Outcomes };
        Telling::of_word(&word).unwrap_or_else(|| {
            let words = Telling::WORDS.join(", ");
            self.wrong.push(format!("FANIN_EVENTS is `{word}`, it has to be one of {words}"));
            Telling::Outcomes
        })
    }

    fn bounded(&mut self, name: &str, count: usize) {
        if count > MAX_FUNCTIONS {
            self.wrong.push(format!("{name} has {count} names, at most {MAX_FUNCTIONS} are possible"));
        }
    }

    fn aws(&mut self) -> Aws {
        let region = self
            .optional("AWS_REGION")
            .or_else(|| self.optional("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| {
                self.wrong.push(
                    "AWS_REGION is not set, it has to be the stack's region, as `eu-central-1`".to_owned(),
                );
                String::new()
            });
        let role = "a key of the function's role, which Lambda sets by itself";
        let key = self.needed("AWS_ACCESS_KEY_ID", role);
        let secret = self.needed("AWS_SECRET_ACCESS_KEY", role);
        let token = self.optional("AWS_SESSION_TOKEN");
        let endpoints = if self.optional("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").as_deref() == Some("true") {
            BTreeMap::new()
        } else {
            SERVICES.iter().filter_map(|service| Some((*service, self.endpoint(service)?))).collect()
        };
        let ca_bundle = self.optional("AWS_CA_BUNDLE");
        Aws { region, credentials: (key, secret, token), endpoints, ca_bundle }
    }

    fn endpoint(&mut self, service: &str) -> Option<String> {
        let own = format!("AWS_ENDPOINT_URL_{service}");
        let (name, value) = match self.optional(&own) {
            Some(value) => (own.as_str(), value),
            None => ("AWS_ENDPOINT_URL", self.optional("AWS_ENDPOINT_URL")?),
        };
        if !is_url(&value) {
            let line = format!("{name} is `{value}`, it has to be http://HOST:PORT or https://HOST");
            if !self.wrong.contains(&line) {
                self.wrong.push(line);
            }
        }
        Some(value)
    }
}

fn is_url(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(' '))
    })
}
