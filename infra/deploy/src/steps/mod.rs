//! The steps of a deployment, in their order: each looks first, says what it would do, and does it unless it is already so.

mod asynchronous;
mod buckets;
mod code;
mod plan;
mod present;
mod smoke;
pub(crate) mod stack;
mod watch;

use crate::aws::Aws;
use crate::settings::Project;
use crate::template::Part;

pub use code::{Code, find_source};
pub(crate) use plan::now;
pub(crate) use watch::gone;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was so already.
    Unchanged,
    /// It was done: what changed.
    Done(String),
    /// It would be done.
    Would(String),
    /// It was left out, and why.
    Skipped(String),
}

/// A step that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a person decided about this deployment.
#[derive(Clone, Debug)]
pub struct Options {
    /// Look only: say what would be done.
    pub dry: bool,
    /// Set destinations and notifications on functions and buckets that are not the stack's.
    pub adopt: bool,
    /// Where the functions' code comes from.
    pub code: Code,
    /// The topic that is told of alarms.
    pub alarm_topic: Option<String>,
    /// Leave the synthetic event out.
    pub no_smoke: bool,
}

/// A deployment in progress.
pub struct Run<'a> {
    /// The services.
    pub aws: &'a Aws,
    /// The workflow.
    pub project: &'a Project,
    /// What a person decided.
    pub options: &'a Options,
    /// Is told of progress within a step: for people.
    pub tell: &'a (dyn Fn(&str) + Sync),
}

/// The titles of the steps, for somebody who has no account at hand.
#[must_use]
pub fn outline(project: &Project, options: &Options) -> Vec<String> {
    let names = &project.names;
    let mut lines = vec![
        match &options.code {
            Code::Zips(dir) => format!("code: the zip files in {}", dir.display()),
            Code::Source(dir) => format!("code: cargo lambda build in {}", dir.display()),
        },
        format!("stack {}: table, queues, buckets, bus", names.stack()),
        format!("stack {}: the three functions with their roles and logs", names.functions_stack()),
    ];
    for function in crate::FunctionName::ALL {
        lines.push(format!("code of {}", names.function(function)));
    }
    for (function, lambda) in project.lambdas() {
        let how = if project.settings.asynchronous.contains(&*function) {
            "exists, and its destinations are the queue of the rules"
        } else {
            "exists"
        };
        lines.push(format!("function {lambda}: {how}"));
    }
    for bucket in crate::bus::buckets(project) {
        lines.push(format!("bucket {bucket}: its uploads go to EventBridge"));
    }
    lines.push(format!("plan {}", project.plan.version));
    lines.push(format!("stack {}: rules, event sources, alarms", names.wiring_stack()));
    lines.push("smoke event".to_owned());
    lines
}

/// Carries out the steps and tells of each as it ends. Repeated, it does what is still missing.
///
/// # Errors
/// The first thing that cannot be done; what was done before stays.
pub async fn deploy(run: &Run<'_>, done: &mut (dyn FnMut(Step) + Send)) -> anyhow::Result<()> {
    let names = &run.project.names;
    let mut tell = |what: String, outcome: Outcome| done(Step { what, outcome });
    // Looked at first: what is refused here is refused before anything was changed.
    let users = asynchronous::look(run).await?;
    for bucket in crate::bus::buckets(run.project) {
        buckets::look(run, &bucket).await?;
    }
    let zips = match code::build(run).await? {
        Some((zips, outcome)) => {
            tell("code".to_owned(), outcome);
            Some(zips)
        }
        None => {
            tell("code".to_owned(), Outcome::Would("build the functions".to_owned()));
            None
        }
    };
    let roles = users.iter().filter_map(|user| user.answering_role()).collect();
    let state = stack::state(run, roles).await?;
    tell(format!("stack {}", names.stack()), state.outcome.clone());
    present::look(run, &state).await?;
    code::placeholder(run).await?;
    let functions = stack::functions(run, &state).await?;
    tell(format!("stack {}", names.functions_stack()), functions.outcome.clone());
    for function in crate::FunctionName::ALL {
        let outcome = code::upload(run, function, zips.as_deref()).await?;
        tell(format!("code of {}", names.function(function)), outcome);
    }
    for user in &users {
        tell(format!("function {}", user.lambda), asynchronous::connect(run, user).await?);
    }
    for bucket in crate::bus::buckets(run.project) {
        tell(format!("bucket {bucket}"), buckets::connect(run, &bucket).await?);
    }
    tell(format!("plan {}", run.project.plan.version), plan::publish(run).await?);
    let wiring = stack::wiring(run).await?;
    tell(format!("stack {}", names.wiring_stack()), wiring.outcome);
    tell("smoke event".to_owned(), smoke::send(run, &state).await?);
    Ok(())
}

/// The part's template as text.
fn body(project: &Project, part: Part) -> anyhow::Result<serde_json::Value> {
    crate::template::template(project, part)
}
