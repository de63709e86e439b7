//! What a function is on a host without AWS: the stand-in declared under `functions`.

use std::sync::Arc;

use fanin_event::Span;
use serde::{Deserialize, Serialize};

/// A function of the workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The name `invoke` uses.
    pub name: Arc<str>,
    /// How the embedded host calls it.
    pub kind: FunctionKind,
    /// One call may take so long, else `States.Timeout`. Default 60 s, at most 900 s as on Lambda.
    pub timeout: Span,
}

/// How the embedded host calls a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// A program, no shell: JSON on stdin, JSON on stdout.
    Command {
        /// Program and arguments; a relative program is relative to the workflow file's directory.
        argv: Vec<String>,
    },
    /// A Lambda Invoke endpoint (base URL), such as `cargo lambda watch`.
    Lambda {
        /// Base URL.
        url: String,
    },
    /// A bootstrap binary that speaks the Lambda Runtime API to us.
    Bootstrap {
        /// Path of the binary.
        path: String,
    },
    /// POST of the payload.
    Http {
        /// URL.
        url: String,
    },
    /// A stub.
    Respond {
        /// The answer.
        value: serde_json::Value,
        /// Answers with this error name instead.
        fail: Option<String>,
        /// After so long.
        after: Span,
    },
}
