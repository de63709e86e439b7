//! What is missing or wrong is named by the verbs, with the command that mends it; and that command does.

use anyhow::{Result, ensure};
use fanin_tests_emulator::Stack;

use crate::DEPLOY;

/// Wrong settings, then a table and a queue that somebody deleted by hand.
pub(crate) async fn refusals(stack: &Stack) -> Result<()> {
    let status = ["status", "--stack", "{stack}"];
    refused(
        stack,
        &["status", "--stack", "nobodys"],
        &["\"nobodys\"", "fanin deploy WORKFLOW --stack nobodys"],
    )
    .await?;
    let elsewhere = stack.with("AWS_REGION", "eu-west-3");
    refused(&elsewhere, &status, &["eu-west-3", "AWS_REGION"]).await?;
    let silent = stack.with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    refused(&silent, &status, &["http://127.0.0.1:9 does not answer", "AWS_ENDPOINT_URL"]).await?;
    let nobody = stack.with("AWS_ACCESS_KEY_ID", "").with("AWS_SECRET_ACCESS_KEY", "");
    refused(&nobody, &status, &["no credentials are found", "AWS_PROFILE"]).await?;
    let nowhere = stack.with("AWS_REGION", "").with("AWS_DEFAULT_REGION", "");
    refused(&nowhere, &status, &["no region is set", "AWS_REGION="]).await?;

    let queue =
        "q = client('sqs')\nq.delete_queue(QueueUrl=q.get_queue_url(QueueName='flow-rules')['QueueUrl'])";
    gone_by_hand(stack, queue, "the queue flow-rules is gone").await?;
    let table = "client('dynamodb').delete_table(TableName='flow-state')";
    stack.client(table).await?;
    let why = ["explain", "job_complete", "--key", "gamma", "--stack", "{stack}"];
    refused(stack, &why, &["there is no table flow-state", "us-east-1", "fanin deploy"]).await?;
    gone_by_hand(stack, "", "the table flow-state is gone").await
}

/// A deployment refuses, and says what to do; done, the stack takes uploads again.
async fn gone_by_hand(stack: &Stack, deed: &str, said: &str) -> Result<()> {
    stack.client(deed).await?;
    refused(stack, &DEPLOY, &[said, "fanin destroy --stack flow --data"]).await?;
    stack.fanin(&["destroy", "--stack", "{stack}", "--data", "--yes"]).await?;
    let again = stack.fanin(&DEPLOY).await?;
    ensure!(again.contains("an event went through the queue"), "{again}");
    Ok(())
}

async fn refused(stack: &Stack, arguments: &[&str], parts: &[&str]) -> Result<()> {
    let output = stack.fanin_output(arguments).await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(2), "fanin {arguments:?} ended with {}: {said}", output.status);
    for part in parts {
        ensure!(said.contains(part), "{part} is not in what fanin {arguments:?} said: {said}");
    }
    ensure!(!said.contains(" { "), "no structure of the SDK: {said}");
    Ok(())
}
