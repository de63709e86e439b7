//! A stack in numbers: its functions, its queues, its plan, its dead letters.

use aws_sdk_sqs::types::QueueAttributeName;
use fanin_runtime::documents::DeadFilter;
use serde::Serialize;

use super::Stack;
use crate::aws::{code_of, trouble};
use crate::limits::MAX_DEAD_COUNTED;
use crate::names::{FunctionName, Names};

/// A stack in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct StackStatus {
    /// Its name.
    pub stack: String,
    /// Account, region, endpoint.
    pub place: String,
    /// The workflow.
    pub workflow: String,
    /// The version that opens instances.
    pub version: String,
    /// Older versions that only finish what they opened.
    pub draining: Vec<String>,
    /// The functions.
    pub functions: Vec<FunctionStatus>,
    /// The queues.
    pub queues: Vec<QueueStatus>,
    /// Dead letters in the table; counting ends at a limit.
    pub dead_letters: usize,
    /// There are more than that.
    pub more_dead_letters: bool,
    /// What needs a person.
    pub troubles: Vec<String>,
}

/// One function.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionStatus {
    /// Its name.
    pub name: String,
    /// `Active`, or why not.
    pub state: String,
    /// When its code or settings were changed.
    pub modified: String,
    /// Bytes of its archive.
    pub code_bytes: i64,
}

/// One queue.
#[derive(Clone, Debug, Serialize)]
pub struct QueueStatus {
    /// Its name.
    pub name: String,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are worked on.
    pub in_flight: u64,
    /// Messages that are not due yet: timers and retries.
    pub delayed: u64,
}

impl Stack {
    /// The stack in numbers.
    ///
    /// # Errors
    /// A part of the stack is not there or may not be looked at.
    pub fn status(&self) -> anyhow::Result<StackStatus> {
        let (letters, more) = self.dead(&DeadFilter::default(), MAX_DEAD_COUNTED)?;
        let (functions, queues) = self.runtime.block_on(async {
            let mut functions = Vec::new();
            for function in FunctionName::ALL {
                functions.push(self.function_status(function).await?);
            }
            let mut queues = Vec::new();
            for queue in [self.names.conditions_queue(), self.names.rules_queue()] {
                queues.push(self.queue_status(&queue).await?);
                queues.push(self.queue_status(&Names::dead_of(&queue)).await?);
            }
            anyhow::Ok((functions, queues))
        })?;
        let troubles = troubles(self.names.stack(), &functions, &queues, letters.len());
        Ok(StackStatus {
            stack: self.names.stack().to_owned(),
            place: self.aws.place(),
            workflow: self.workflow.clone(),
            version: self.plans.newest.plan.version.clone(),
            draining: self.plans.older.iter().map(|plan| plan.plan.version.clone()).collect(),
            functions,
            queues,
            dead_letters: letters.len(),
            more_dead_letters: more,
            troubles,
        })
    }

    async fn function_status(&self, function: FunctionName) -> anyhow::Result<FunctionStatus> {
        let name = self.names.function(function);
        let asked = self.aws.lambda.get_function_configuration().function_name(&name).send().await;
        let found = match asked {
            Ok(found) => found,
            Err(error) if code_of(&error).contains("NotFound") => {
                let state = "missing: `fanin deploy` makes it".to_owned();
                return Ok(FunctionStatus { name, state, modified: String::new(), code_bytes: 0 });
            }
            Err(error) => {
                let what = format!("looking at the function {name}");
                return Err(trouble(&what, "lambda:GetFunctionConfiguration", &error));
            }
        };
        let state = found.state().map_or_else(|| "Active".to_owned(), |state| state.as_str().to_owned());
        let state = match found.state_reason() {
            Some(reason) if state != "Active" => format!("{state}: {reason}"),
            _ => state,
        };
        let modified = found.last_modified().unwrap_or_default().to_owned();
        Ok(FunctionStatus { name, state, modified, code_bytes: found.code_size() })
    }

    async fn queue_status(&self, name: &str) -> anyhow::Result<QueueStatus> {
        let what = || format!("looking at the queue {name}");
        let url = self.aws.sqs.get_queue_url().queue_name(name).send().await;
        let url = url.map_err(|error| trouble(&what(), "sqs:GetQueueUrl", &error))?;
        let asked = self
            .aws
            .sqs
            .get_queue_attributes()
            .queue_url(url.queue_url().unwrap_or_default())
            .attribute_names(QueueAttributeName::All);
        let found = asked.send().await.map_err(|error| trouble(&what(), "sqs:GetQueueAttributes", &error))?;
        let number = |name: &QueueAttributeName| {
            let value = found.attributes().and_then(|all| all.get(name));
            value.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        Ok(QueueStatus {
            name: name.to_owned(),
            waiting: number(&QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(&QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: number(&QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        })
    }
}

/// What needs a person, each with the command that helps.
fn troubles(stack: &str, functions: &[FunctionStatus], queues: &[QueueStatus], dead: usize) -> Vec<String> {
    let mut troubles = Vec::new();
    for function in functions.iter().filter(|function| function.state != "Active") {
        troubles.push(format!("the function {} is {}", function.name, function.state));
    }
    for queue in queues.iter().filter(|queue| queue.name.ends_with("-dlq") && queue.waiting > 0) {
        troubles.push(format!(
            "{} messages lie in {}: a function failed on each of them again and again. `fanin logs --stack {stack}` says why; \
             once it is mended move them back: aws sqs start-message-move-task",
            queue.waiting, queue.name
        ));
    }
    if dead > 0 {
        troubles.push(format!("dead letters wait for a person: fanin dead list --stack {stack}"));
    }
    troubles
}
