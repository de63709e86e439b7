//! The uploads example from end to end, as a user deploys it: uploads by boto3 -> notification -> queue -> function -> table ->
//! queue -> function -> the user's function, and its answer joined again.

use std::time::Duration;

use anyhow::Result;
use fanin_tests_emulator::{Emulator, Place, Stack, root};

/// From an upload to what follows from it, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why this cannot run here, if it cannot. Where everything has to be there, that is a failure.
fn missing() -> Option<String> {
    let needed = [
        (".tools/aws-emulator/bin/ministack", "infra/scripts/setup.sh aws"),
        ("target/functions/condition-engine/bootstrap.zip", "infra/scripts/functions.sh"),
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
    functions.create_function(FunctionName=name, Runtime='python3.11', Handler='function.handler', Timeout=30,
        Role='arn:aws:iam::000000000000:role/user', Code={'ZipFile': zipped.getvalue()})
";

/// Parts out of order, one twice, of one job not all.
const UPLOAD: &str = "
s3 = client('s3')
for key in ('beta/part-2-of-3', 'alpha/part-2-of-2', 'beta/part-1-of-3', 'alpha/part-2-of-2', 'alpha/part-1-of-2',
            'gamma/part-1-of-2', 'beta/part-3-of-3'):
    s3.put_object(Bucket='uploads', Key=f'jobs/{key}.csv', Body=b'a,b\\n1,2\\n')
for job in ('alpha', 'beta'): s3.put_object(Bucket='uploads', Key=f'jobs/{job}/manifest.json', Body=b'{}')
";

const RESULTS: &str = "
say(sorted(o['Key'].rsplit('/', 1)[0] for o in client('s3').list_objects_v2(Bucket='results').get('Contents', [])))
";

/// What has to be there in the end, once each.
const EXPECTED: [&str; 4] =
    ["results/announce/alpha", "results/announce/beta", "results/assemble/alpha", "results/assemble/beta"];

async fn uploads_end_to_end(place: Place) -> Result<()> {
    let emulator = Emulator::start(place).await?;
    let stack = Stack::new(&emulator, "flow", "tests/aws/emulator/flow/workflow.yaml");
    stack.client(PREPARE).await?;
    let deploy =
        ["deploy", "{workflow}", "--stack", "{stack}", "--functions", "target/functions", "--adopt", "--yes"];
    stack.fanin(&deploy).await?;
    stack.client(UPLOAD).await?;
    let enough = |keys: &serde_json::Value| keys.as_array().is_some_and(|keys| keys.len() >= EXPECTED.len());
    stack.wait_for(RESULTS, PATIENCE, enough).await?;
    // A second call would come now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let results = stack.client(RESULTS).await?;
    assert_eq!(results, serde_json::json!(EXPECTED), "each job once, gamma not at all");
    let explained =
        stack.fanin_output(&["explain", "job_complete", "--key", "gamma", "--stack", "{stack}"]).await?;
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("1 of 2"), "{explained}");
    let again = stack.fanin(&deploy).await?;
    assert!(again.contains("unchanged"), "a repeated deployment changes nothing: {again}");
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

#[cfg(feature = "container")]
#[tokio::test]
async fn uploads_end_to_end_in_a_container() {
    if let Some(why) = missing() {
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
