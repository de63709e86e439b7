//! The names of everything a stack has. They follow from the stack's name, so that nobody has to be told them.

use crate::limits::MAX_STACK_NAME;

/// One of the three functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionName {
    /// Decides: events in, firings out.
    ConditionEngine,
    /// Calls.
    RuleEngine,
    /// Wakes what is due.
    Timers,
}

impl FunctionName {
    /// All of them, in the order in which they are deployed.
    pub const ALL: [FunctionName; 3] =
        [FunctionName::ConditionEngine, FunctionName::RuleEngine, FunctionName::Timers];

    /// The name of its binary, and the end of its name.
    #[must_use]
    pub fn binary(self) -> &'static str {
        match self {
            FunctionName::ConditionEngine => "condition-engine",
            FunctionName::RuleEngine => "rule-engine",
            FunctionName::Timers => "timers",
        }
    }

    /// Its name within a template.
    pub(crate) fn logical(self) -> &'static str {
        match self {
            FunctionName::ConditionEngine => "ConditionEngine",
            FunctionName::RuleEngine => "RuleEngine",
            FunctionName::Timers => "Timers",
        }
    }
}

/// A stack's name that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` cannot be the name of a stack: {why}. Choose another with --stack NAME (lower-case letters, digits and hyphens, at most {MAX_STACK_NAME} characters)"
)]
pub struct BadName {
    /// What was given.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// The names of a stack's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    stack: String,
}

impl Names {
    /// The names of the stack `stack`.
    ///
    /// # Errors
    /// A name that a stack, a bucket or a queue could not have.
    pub fn new(stack: &str) -> Result<Names, BadName> {
        let bad = |why: &str| Err(BadName { name: stack.to_owned(), why: why.to_owned() });
        if !stack.starts_with(|c: char| c.is_ascii_lowercase()) {
            return bad("it does not begin with a lower-case letter");
        }
        if let Some(odd) =
            stack.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-'))
        {
            return bad(&format!("it has {odd:?}"));
        }
        if stack.ends_with('-') {
            return bad("it ends with a hyphen");
        }
        if stack.len() > MAX_STACK_NAME {
            return bad(&format!("it has {} characters", stack.len()));
        }
        Ok(Names { stack: stack.to_owned() })
    }

    /// The names of the stack that a workflow has when nobody says another.
    ///
    /// # Errors
    /// As [`Names::new`].
    pub fn of_workflow(workflow: &str) -> Result<Names, BadName> {
        let stack: String =
            workflow.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
        Names::new(stack.trim_matches('-'))
    }

    /// The stack itself, which holds the state.
    #[must_use]
    pub fn stack(&self) -> &str {
        &self.stack
    }

    /// The stack of the functions.
    #[must_use]
    pub fn functions_stack(&self) -> String {
        format!("{}-functions", self.stack)
    }

    /// The stack of the wiring.
    #[must_use]
    pub fn wiring_stack(&self) -> String {
        format!("{}-wiring", self.stack)
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> String {
        format!("{}-state", self.stack)
    }

    /// The queue of what instances decide about.
    #[must_use]
    pub fn conditions_queue(&self) -> String {
        format!("{}-conditions", self.stack)
    }

    /// The queue of what runs decide about.
    #[must_use]
    pub fn rules_queue(&self) -> String {
        format!("{}-rules", self.stack)
    }

    /// The dead-letter queue of a queue.
    #[must_use]
    pub fn dead_of(queue: &str) -> String {
        format!("{queue}-dlq")
    }

    /// A function.
    #[must_use]
    pub fn function(&self, function: FunctionName) -> String {
        format!("{}-{}", self.stack, function.binary())
    }

    /// The log group of a function.
    #[must_use]
    pub fn log_group(&self, function: FunctionName) -> String {
        format!("/aws/lambda/{}", self.function(function))
    }

    /// The bucket of what was put aside.
    #[must_use]
    pub fn bucket(&self, account: &str, region: &str) -> String {
        format!("{}-claims-{account}-{region}", self.stack)
    }

    /// The stack's own bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_both_sides_of_the_limits() {
        assert!(Names::new(&"a".repeat(MAX_STACK_NAME)).is_ok());
        for bad in [&"a".repeat(MAX_STACK_NAME + 1), "", "A", "1a", "a_b", "a-", "a.b", "ä"] {
            let error = Names::new(bad).unwrap_err().to_string();
            assert!(error.contains("--stack NAME"), "{error}");
        }
        assert_eq!(Names::of_workflow("Video_Parts").unwrap().stack(), "video-parts");
        assert_eq!(Names::of_workflow("_x").unwrap().stack(), "x");
    }

    #[test]
    fn names_follow_from_the_stack() {
        let names = Names::new("shop").unwrap();
        assert_eq!(names.table(), "shop-state");
        assert_eq!(names.function(FunctionName::RuleEngine), "shop-rule-engine");
        assert_eq!(names.bucket("123456789012", "eu-west-1"), "shop-claims-123456789012-eu-west-1");
        assert_eq!(Names::dead_of(&names.rules_queue()), "shop-rules-dlq");
    }
}
