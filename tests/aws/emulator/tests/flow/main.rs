//! The uploads example from end to end, as a user deploys it: uploads by boto3 -> notification -> queue -> function -> table ->
//! queue -> function -> the user's function, and its answer joined again.

#![expect(clippy::indexing_slicing, reason = "tests")]

mod look;
mod refusals;

use std::time::Duration;

use anyhow::Result;
use fanin_tests_emulator::{Emulator, Place, Stack, root};

/// From an upload to what follows from it, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// As a user deploys; everything that happens is told in the functions' logs.
pub(crate) const DEPLOY: [&str; 10] = [
    "deploy",
    "{workflow}",
    "--stack",
    "{stack}",
    "--functions",
    "target/functions",
    "--adopt",
    "--yes",
    "--events",
    "all",
];

/// Why this cannot run here, if it cannot. Where everything has to be there, that is a failure.
fn missing() -> Option<String> {
    let needed = [
        (".tools/aws-emulator/bin/ministack", "infra/scripts/setup.sh aws"),
        ("target/functions/condition-engine/bootstrap.zip", "infra/scripts/lambda-build.sh --test"),
        ("target/debug/fanin", "cargo build -p fanin-cli"),
    ];
    let (path, mend) = needed.iter().find(|(path, _)| !root().join(path).exists())?;
    let why = format!("{path} is missing: {mend}, or make test-aws");
    assert!(std::env::var_os("FANIN_REQUIRE_AWS").is_none(), "{why}");
    Some(why)
}

/// The user's side: two buckets, two functions.
const PREPARE: &str = "
s3, functions = client('s3'), client('lambda')
for bucket in ('uploads', 'results'): s3.create_bucket(Bucket=bucket)
zipped = io.BytesIO()
with zipfile.ZipFile(zipped, 'w') as z: z.write('tests/aws/emulator/flow/function.py', 'function.py')
for name in ('assemble', 'announce'):
    functions.create_function(FunctionName=name, Runtime='python3.11', Handler='function.handler', Timeout=120,
        Role='arn:aws:iam::000000000000:role/user', Code={'ZipFile': zipped.getvalue()})
";

/// Parts out of order, one twice, of one job not all; and one that cannot be taken.
const UPLOAD: &str = "
s3 = client('s3')
for key in ('beta/part-2-of-3', 'alpha/part-2-of-2', 'beta/part-1-of-3', 'alpha/part-2-of-2', 'alpha/part-1-of-2',
            'gamma/part-1-of-2', 'beta/part-3-of-3'):
    s3.put_object(Bucket='uploads', Key=f'jobs/{key}.csv', Body=b'a,b\\n1,2\\n')
for job in ('alpha', 'beta'): s3.put_object(Bucket='uploads', Key=f'jobs/{job}/manifest.json', Body=b'{}')
s3.put_object(Bucket='uploads', Key='jobs/delta/part-1-of-two.csv', Body=b'')
";

const RESULTS: &str = "
say(sorted(o['Key'].rsplit('/', 1)[0] for o in client('s3').list_objects_v2(Bucket='results').get('Contents', [])))
";

/// What has to be there in the end, once each.
const EXPECTED: [&str; 4] =
    ["results/announce/alpha", "results/announce/beta", "results/assemble/alpha", "results/assemble/beta"];

/// Each function's code with cargo-lambda alone, as its owner brings it up to date.
async fn code_alone(stack: &Stack) -> Result<()> {
    for function in ["condition-engine", "rule-engine", "timers"] {
        let name = format!("flow-{function}");
        stack
            .cargo_lambda(&["deploy", &name, "--binary-name", function, "--lambda-dir", "target/functions"])
            .await?;
    }
    Ok(())
}

const MORE: &str = "
s3 = client('s3')
for name in ('part-1-of-2.csv', 'part-2-of-2.csv', 'manifest.json'):
    s3.put_object(Bucket='uploads', Key=f'jobs/omega/{name}', Body=b'')
";

/// Waits for so many results. When they do not come: with what the stack says has happened.
async fn results(stack: &Stack, count: usize) -> Result<()> {
    let enough = |keys: &serde_json::Value| keys.as_array().is_some_and(|keys| keys.len() >= count);
    let Err(error) = stack.wait_for(RESULTS, PATIENCE, enough).await else { return Ok(()) };
    let told = stack.fanin_output(&["events", "--stack", "{stack}", "--limit", "200"]).await?;
    Err(error.context(String::from_utf8_lossy(&told.stdout).into_owned()))
}

async fn uploads_end_to_end(place: Place) -> Result<()> {
    let emulator = Emulator::start(place).await?;
    let stack = Stack::new(&emulator, "flow", "tests/aws/emulator/flow/workflow.yaml");
    stack.client(PREPARE).await?;
    stack.fanin(&DEPLOY).await?;
    stack.client(UPLOAD).await?;
    results(&stack, EXPECTED.len()).await?;
    // A second call would come now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let found = stack.client(RESULTS).await?;
    assert_eq!(found, serde_json::json!(EXPECTED), "each job once, gamma not at all");
    look::look(&stack).await?;
    let again = stack.fanin(&DEPLOY).await?;
    assert!(again.contains("unchanged"), "a repeated deployment changes nothing: {again}");
    code_alone(&stack).await?;
    stack.client(MORE).await?;
    results(&stack, EXPECTED.len() + 2).await?;
    refusals::refusals(&stack).await?;
    stack.fanin(&["destroy", "--stack", "{stack}", "--yes"]).await?;
    Ok(())
}

#[tokio::test]
async fn uploads_end_to_end_in_a_process() {
    if let Some(why) = missing() {
        eprintln!("skipped: {why}");
        return;
    }
    uploads_end_to_end(Place::Process).await.unwrap();
}

#[tokio::test]
async fn uploads_end_to_end_in_a_container() {
    let why = match fanin_tests_emulator::image() {
        None => Some("no container engine that could be used: make test-localstack says why".to_owned()),
        Some(_) => missing(),
    };
    if let Some(why) = why {
        eprintln!("skipped: {why}");
        return;
    }
    uploads_end_to_end(Place::Container).await.unwrap();
}

#[tokio::test]
async fn uploads_end_to_end_at_the_endpoint() {
    if std::env::var_os("AWS_ENDPOINT_URL").is_none() {
        eprintln!("skipped: AWS_ENDPOINT_URL names no endpoint");
        return;
    }
    uploads_end_to_end(Place::Endpoint).await.unwrap();
}
