//! What a person may choose about a stack, and the workflow it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanin_plan::Plan;
use fanin_rule::{Function, FunctionKind, SendTarget, Target};
use fanin_state_first::Telling;

use crate::limits::{MAX_TIMEOUT_S, MIN_RULES_TIMEOUT_S, RULES_MARGIN_S};
use crate::names::Names;

/// The processor the functions run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arch {
    /// Graviton: a fifth cheaper.
    #[default]
    Arm64,
    /// Intel and AMD.
    X86,
}

impl Arch {
    /// As Lambda and cargo-lambda write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Arch::Arm64 => "arm64",
            Arch::X86 => "x86_64",
        }
    }
}

/// The bus on which the workflow's own events come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BusChoice {
    /// A bus of the stack, with its name.
    #[default]
    Own,
    /// A bus that is there, `default` too.
    Named(String),
}

/// What a person may choose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The processor of the functions.
    pub arch: Arch,
    /// Where events come in that are not a service's of AWS; those come on the default bus, always.
    pub bus: BusChoice,
    /// Widen the bus's rules to the sources, so that near misses are seen.
    pub observe: bool,
    /// Messages of one batch of events.
    pub batch: u32,
    /// Seconds a batch of more than ten may wait to fill.
    pub window_s: u32,
    /// Functions of one kind at once.
    pub concurrency: u32,
    /// Lambda names or ARNs of functions that are not called as the workflow calls them.
    pub functions: BTreeMap<String, String>,
    /// Functions of the workflow that are invoked asynchronously; their answers come by their destinations.
    pub asynchronous: BTreeSet<String>,
    /// Buckets that the stack makes, instead of somebody else.
    pub own_buckets: BTreeSet<String>,
    /// Days the logs are kept.
    pub log_days: u32,
    /// How much the functions tell of what happens, in their logs.
    pub events: Telling,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            arch: Arch::default(),
            bus: BusChoice::default(),
            observe: false,
            batch: 100,
            window_s: 1,
            concurrency: 50,
            functions: BTreeMap::new(),
            asynchronous: BTreeSet::new(),
            own_buckets: BTreeSet::new(),
            log_days: 30,
            events: Telling::Outcomes,
        }
    }
}

/// A workflow on its way to AWS.
#[derive(Clone, Debug)]
pub struct Project {
    /// The workflow.
    pub plan: Plan,
    /// What its stack's resources are called.
    pub names: Names,
    /// What a person chose.
    pub settings: Settings,
}

/// What a rule's call goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callee {
    /// A Lambda function, by name or ARN.
    Lambda {
        /// What the workflow calls it.
        function: Arc<str>,
        /// Its name or ARN.
        lambda: String,
    },
    /// A queue, by name, URL or ARN.
    Queue(String),
    /// A topic, by name or ARN.
    Topic(String),
    /// A bus, by name or ARN.
    Bus(String),
    /// A state machine, by name or ARN.
    StateMachine(String),
    /// A web address.
    Http(String),
    /// The log.
    Log,
}

impl Project {
    /// Whom the workflow's rules call, each once.
    #[must_use]
    pub fn callees(&self) -> BTreeSet<Callee> {
        self.plan.rules.iter().map(|rule| self.callee(&rule.target)).collect()
    }

    fn callee(&self, target: &Target) -> Callee {
        match target {
            Target::Invoke { function } => match self.function(function).map(|f| &f.kind) {
                Some(FunctionKind::Http { url }) => Callee::Http(url.clone()),
                _ => Callee::Lambda { function: function.clone(), lambda: self.lambda_of(function) },
            },
            Target::Send(SendTarget::Sqs(to)) => Callee::Queue(to.clone()),
            Target::Send(SendTarget::Sns(to)) => Callee::Topic(to.clone()),
            Target::Send(SendTarget::Eventbridge(to)) => Callee::Bus(to.clone()),
            Target::Send(SendTarget::StepFunctions(to)) => Callee::StateMachine(to.clone()),
            Target::Send(SendTarget::Http(to)) => Callee::Http(to.clone()),
            Target::Send(SendTarget::Log(_)) => Callee::Log,
        }
    }

    /// The Lambda name or ARN of a function of the workflow.
    #[must_use]
    pub fn lambda_of(&self, function: &str) -> String {
        self.settings.functions.get(function).cloned().unwrap_or_else(|| function.to_owned())
    }

    fn function(&self, name: &str) -> Option<&Function> {
        self.plan.functions.iter().find(|f| &*f.name == name)
    }

    /// The functions that are Lambda functions on AWS, by what the workflow calls them.
    #[must_use]
    pub fn lambdas(&self) -> BTreeMap<Arc<str>, String> {
        self.callees()
            .into_iter()
            .filter_map(|callee| match callee {
                Callee::Lambda { function, lambda } => Some((function, lambda)),
                _ => None,
            })
            .collect()
    }

    /// Seconds the rule engine may work on one batch: the longest call it waits for, and some.
    #[must_use]
    pub fn rules_timeout_s(&self) -> u32 {
        let waited = self.plan.rules.iter().filter_map(|rule| match &rule.target {
            Target::Invoke { function } if !self.settings.asynchronous.contains(&**function) => {
                self.function(function).map(|f| f.timeout.0 / 1_000)
            }
            _ => None,
        });
        let longest = u32::try_from(waited.max().unwrap_or(0)).unwrap_or(MAX_TIMEOUT_S);
        longest.saturating_add(RULES_MARGIN_S).clamp(MIN_RULES_TIMEOUT_S, MAX_TIMEOUT_S)
    }

    /// What somebody who deploys this should know: choices that mean something else than they seem to.
    ///
    /// # Errors
    /// A choice that names what the workflow does not have.
    pub fn notes(&self) -> anyhow::Result<Vec<String>> {
        let lambdas = self.lambdas();
        let known = || lambdas.keys().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        for named in self.settings.asynchronous.iter().chain(self.settings.functions.keys()) {
            anyhow::ensure!(
                lambdas.contains_key(named.as_str()),
                "`{named}` is no Lambda function that a rule of `{}` calls; there are: {}",
                self.plan.workflow,
                if lambdas.is_empty() { "none".to_owned() } else { known() }
            );
        }
        let mut notes = Vec::new();
        for (name, lambda) in &lambdas {
            if let Some(FunctionKind::Respond { .. }) = self.function(name).map(|f| &f.kind) {
                notes.push(format!(
                    "`{name}` is a stub in the file; on AWS the Lambda function `{lambda}` is called"
                ));
            }
        }
        for callee in self.callees() {
            let Callee::Http(url) = callee else { continue };
            if ["http://127.", "http://localhost", "http://[::1]"].iter().any(|here| url.starts_with(here)) {
                notes.push(format!("{url} is an address of this machine; from AWS nothing answers there"));
            }
        }
        Ok(notes)
    }
}
