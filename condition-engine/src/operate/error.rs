//! Why a person's wish cannot be carried out, and what to do instead.

use crate::limits::MAX_WAIVED_VALUES;

/// Why a person's wish cannot be carried out. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperateError {
    /// No condition of this name, in no version that is in use.
    #[error("there is no condition {0:?} in this workflow")]
    NoCondition(String),
    /// No instance of this key.
    #[error(
        "{condition} has no instance for key {key:?}: nothing was seen of it, or it is forgotten already"
    )]
    NoInstance {
        /// The condition.
        condition: String,
        /// The key, canonical text.
        key: String,
    },
    /// No round is under way.
    #[error("nothing is open for key {key:?} of {condition}: {state}")]
    NotOpen {
        /// The condition.
        condition: String,
        /// The key, canonical text.
        key: String,
        /// Where it is instead.
        state: &'static str,
    },
    /// An `absent` with `after` that has seen only what it awaits.
    #[error(
        "{condition} waits for {after}, so there is no deadline to end; `fanin state drop` forgets the instance"
    )]
    NothingRuns {
        /// The condition.
        condition: String,
        /// The name it waits for.
        after: String,
    },
    /// The condition has no such member.
    #[error("{condition} has no member {member:?}; its members are {members}")]
    NoMember {
        /// The condition.
        condition: String,
        /// What was asked for.
        member: String,
        /// What there is.
        members: String,
    },
    /// A capture that decides something was not given.
    #[error("{member} needs a value for `{capture}`, {reason}: give it with --set {capture}=VALUE")]
    NeedsValue {
        /// The member.
        member: String,
        /// The capture.
        capture: String,
        /// What it is needed for.
        reason: &'static str,
    },
    /// A value was given for something that is no free capture of the member.
    #[error("{member} has no free value `{capture}`; {free}")]
    NoValue {
        /// The member.
        member: String,
        /// What was given.
        capture: String,
        /// What could be.
        free: String,
    },
    /// Nothing is missing there.
    #[error("{member} is not missing for key {key:?} of {condition}: {reason}")]
    NotMissing {
        /// The condition.
        condition: String,
        /// The key, canonical text.
        key: String,
        /// The member.
        member: String,
        /// Why it would change nothing.
        reason: String,
    },
    /// A text is too long, or missing.
    #[error("{what} must have 1 to {limit} bytes")]
    Text {
        /// Which.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Too many values.
    #[error("at most {MAX_WAIVED_VALUES} values can be given")]
    TooMany,
}

impl OperateError {
    /// Stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            OperateError::NoCondition(_) => "no-such-condition",
            OperateError::NoInstance { .. } => "no-such-instance",
            OperateError::NotOpen { .. } | OperateError::NothingRuns { .. } => "not-open",
            OperateError::NoMember { .. } => "no-such-member",
            OperateError::NeedsValue { .. } => "value-needed",
            OperateError::NoValue { .. } => "no-such-value",
            OperateError::NotMissing { .. } => "not-missing",
            OperateError::Text { .. } | OperateError::TooMany => "too-much",
        }
    }
}
