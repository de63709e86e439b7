//! A rule made ready: its template and its path are compiled once and shared by all its runs.

use fanin_event::Identity;

use crate::action::{ActionId, Cause};
use crate::path::{Path, PathError};
use crate::rule::Rule;
use crate::template::{PayloadTemplate, TemplateError};

/// A rule with what it needs at run time.
#[derive(Clone, Debug)]
pub struct CompiledRule {
    rule: Rule,
    pub(crate) input: Option<PayloadTemplate>,
    pub(crate) items: Option<Path>,
}

/// A rule that cannot be made ready. `check` reports the same mistakes with their place in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Its `input`.
    #[error("rule `{rule}`: input: {error}")]
    Input {
        /// Name of the rule.
        rule: String,
        /// What is wrong.
        #[source]
        error: TemplateError,
    },
    /// Its `map.items`.
    #[error("rule `{rule}`: map.items: {error}")]
    Items {
        /// Name of the rule.
        rule: String,
        /// What is wrong.
        #[source]
        error: PathError,
    },
}

/// The identity of the run that the event `cause` starts: a function of workflow, rule and cause alone. The rule's version is
/// not part of it: an event that is delivered again after an edit of the workflow must not call again.
#[must_use]
pub fn run_identity(workflow: &str, rule: &str, cause: Identity) -> Identity {
    Identity::of(&[workflow, rule, &cause.to_uuid()])
}

impl CompiledRule {
    /// Compiles the template and the path of a rule.
    ///
    /// # Errors
    /// [`RuleError`]: the template or the path does not compile.
    pub fn new(rule: Rule) -> Result<CompiledRule, RuleError> {
        let name = || rule.name.to_string();
        let input = rule.input.as_ref().map(PayloadTemplate::compile).transpose();
        let input = input.map_err(|error| RuleError::Input { rule: name(), error })?;
        let items = rule.map.as_ref().map(|map| Path::compile(&map.items)).transpose();
        let items = items.map_err(|error| RuleError::Items { rule: name(), error })?;
        Ok(CompiledRule { rule, input, items })
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The identity of the run that `cause` starts, see [`run_identity`].
    #[must_use]
    pub fn run_identity(&self, cause: &Cause) -> Identity {
        run_identity(&self.rule.workflow, &self.rule.name, cause.identity)
    }

    /// The id of a run's action.
    pub(crate) fn action_id(&self, cause: &str, index: u32) -> ActionId {
        ActionId(Identity::of(&[&self.rule.workflow, &self.rule.name, cause, &index.to_string()]))
    }

    /// Calls in flight at once. A plan that says 0 would never move: it means 1.
    pub(crate) fn max_open(&self) -> u32 {
        self.rule.map.as_ref().map_or(1, |map| map.max_concurrency.max(1))
    }

    /// Whether `failed` of `total` actions is more than the rule tolerates.
    pub(crate) fn intolerable(&self, failed: u32, total: usize) -> bool {
        let tolerated = self.rule.map.as_ref().map_or(0.0, |map| map.tolerated_failure_percentage);
        #[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
        let allowed = tolerated * total as f64;
        // A tolerance that is no number tolerates nothing.
        failed > 0 && (allowed.is_nan() || f64::from(failed) * 100.0 > allowed)
    }
}
