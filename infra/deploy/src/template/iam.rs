//! Statements of policies.

use serde_json::{Value, json};

/// One permission: these actions on these resources.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// What it is for: letters and digits.
    pub(super) sid: &'static str,
    pub(super) actions: Vec<&'static str>,
    pub(super) resources: Vec<Value>,
    pub(super) condition: Option<Value>,
}

impl Statement {
    pub(super) fn new(sid: &'static str, actions: &[&'static str], resources: Vec<Value>) -> Statement {
        Statement { sid, actions: actions.to_vec(), resources, condition: None }
    }

    pub(super) fn only(mut self, condition: Value) -> Statement {
        self.condition = Some(condition);
        self
    }

    pub(super) fn to_json(&self) -> Value {
        let mut statement = json!({
            "Sid": self.sid, "Effect": "Allow", "Action": self.actions, "Resource": self.resources,
        });
        if let (Value::Object(map), Some(condition)) = (&mut statement, &self.condition) {
            map.insert("Condition".to_owned(), condition.clone());
        }
        statement
    }
}

/// A role that Lambda takes on, with these permissions.
pub(super) fn role(name: &str, statements: &[Statement]) -> Value {
    let statements: Vec<Value> =
        statements.iter().filter(|s| !s.resources.is_empty()).map(Statement::to_json).collect();
    json!({
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
            }],
        },
        "Policies": [{
            "PolicyName": name,
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }],
    })
}
