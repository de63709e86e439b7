//! What a stack has by its template and somebody deleted by hand: CloudFormation neither notices nor makes it again.

use anyhow::bail;

use super::Run;
use super::stack::Settled;
use crate::aws::{code_of, trouble};
use crate::names::Names;

/// Looks whether table and queues of a stack that was there before are still there.
///
/// # Errors
/// One is gone, with what mends it; or nobody may look.
pub(super) async fn look(run: &Run<'_>, state: &Settled) -> anyhow::Result<()> {
    // A stack that would only be made has no outputs yet.
    if state.outputs.is_empty() {
        return Ok(());
    }
    let names = &run.project.names;
    let table = names.table();
    let described = run.aws.dynamodb.describe_table().table_name(&table).send().await;
    if let Err(error) = described {
        if code_of(&error).ends_with("ResourceNotFoundException") {
            bail!("{}", gone("table", &table, names));
        }
        return Err(trouble(&format!("looking at the table {table}"), "dynamodb:DescribeTable", &error));
    }
    for queue in [names.conditions_queue(), names.rules_queue()] {
        for queue in [Names::dead_of(&queue), queue] {
            let Err(error) = run.aws.sqs.get_queue_url().queue_name(&queue).send().await else { continue };
            let code = code_of(&error);
            if code.contains("NonExistentQueue") || code.contains("QueueDoesNotExist") {
                bail!("{}", gone("queue", &queue, names));
            }
            return Err(trouble(&format!("looking at the queue {queue}"), "sqs:GetQueueUrl", &error));
        }
    }
    Ok(())
}

fn gone(what: &str, name: &str, names: &Names) -> String {
    let stack = names.stack();
    format!(
        "the {what} {name} is gone: it was deleted by hand, and CloudFormation, which still counts it to the stack {stack}, does not \
         make it again. `fanin destroy --stack {stack} --data`, and then this command once more, make all of it anew; what the \
         stack kept is lost"
    )
}
