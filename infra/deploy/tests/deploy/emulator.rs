//! Deploying to an emulator and back: every step twice, what is refused, and an event through the stack that was made. The
//! functions are scripts that take everything, so this needs no build.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::{compiled, example, project};
use fanin_deploy::aws::Aws;
use fanin_deploy::steps::{self, Code, Options, Outcome, Run, Step};
use fanin_deploy::{FunctionName, Names, Project, destroy};

/// Anything that is waited for comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A function that notes what it gets and takes it.
const FUNCTION: &str = r#"#!/usr/bin/python3
import json, os, urllib.request as web
api = 'http://%s/2018-06-01/runtime/invocation/' % os.environ['AWS_LAMBDA_RUNTIME_API']
while True:
    got = web.urlopen(api + 'next')
    body, request = got.read(), got.headers['Lambda-Runtime-Aws-Request-Id']
    with open('NOTES', 'ab') as notes:
        notes.write(os.environ['AWS_LAMBDA_FUNCTION_NAME'].encode() + b' ' + body.replace(b'\n', b' ') + b'\n')
    web.urlopen(web.Request(api + request + '/response', data=b'{"batchItemFailures":[]}', method='POST'))
"#;

struct Emulator {
    child: Child,
    endpoint: String,
    dir: tempfile::TempDir,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulator {
    /// None: it is not installed.
    fn start() -> Option<Emulator> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/ministack");
        if !program.exists() {
            assert!(
                std::env::var_os("FANIN_REQUIRE_AWS").is_none(),
                "{} is missing: make setup",
                program.display()
            );
            eprintln!("skipped: {} is missing: make setup", program.display());
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let log = std::fs::File::create(dir.path().join("emulator.log")).unwrap();
        // Functions inherit its environment: it gets nothing but what AWS would give them.
        let child = Command::new(program)
            .env_clear()
            .envs([
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("AWS_REGION", "us-east-1"),
                ("BIND_HOST", "127.0.0.1"),
            ])
            .envs([("AWS_ENDPOINT_URL", endpoint.as_str()), ("MINISTACK_HOST", "127.0.0.1")])
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .env("HOME", dir.path())
            .env("GATEWAY_PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the emulator does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Emulator { child, endpoint, dir })
    }

    async fn aws(&self) -> Aws {
        Aws::at("us-east-1", &self.endpoint).await.unwrap()
    }

    fn notes(&self) -> PathBuf {
        self.dir.path().join("notes")
    }

    /// The zip files of the functions.
    fn zips(&self) -> PathBuf {
        let dir = self.dir.path().join("zips");
        std::fs::create_dir_all(&dir).unwrap();
        let code = FUNCTION.replace("NOTES", self.notes().to_str().unwrap());
        for function in FunctionName::ALL {
            let path = dir.join(format!("{}.zip", function.binary()));
            let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n  i = zipfile.ZipInfo('bootstrap')\n  \
                          i.external_attr = 0o755 << 16\n  z.writestr(i, sys.argv[2])";
            let made = Command::new("python3").args(["-c", script]).arg(&path).arg(&code).status().unwrap();
            assert!(made.success());
        }
        dir
    }
}

fn options(zips: &Path) -> Options {
    Options {
        dry: false,
        adopt: false,
        code: Code::Zips(zips.to_path_buf()),
        alarm_topic: None,
        no_smoke: false,
    }
}

async fn deploy(aws: &Aws, project: &Project, options: &Options) -> anyhow::Result<Vec<Step>> {
    let done = Mutex::new(Vec::new());
    let run = Run { aws, project, options, tell: &|line| eprintln!("{line}") };
    steps::deploy(&run, &mut |step| done.lock().unwrap().push(step)).await?;
    Ok(done.into_inner().unwrap())
}

async fn take_back(aws: &Aws, names: &Names, data: bool) -> (bool, Vec<Step>) {
    let done = Mutex::new(Vec::new());
    let options = destroy::Options { data, dry: false };
    let any =
        destroy::destroy(aws, names, options, &|_| {}, &mut |step| done.lock().unwrap().push(step)).await;
    (any.unwrap(), done.into_inner().unwrap())
}

fn unchanged(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter(|s| s.outcome == Outcome::Unchanged).map(|s| s.what.as_str()).collect()
}

#[tokio::test]
async fn there_again_and_back() {
    let Some(emulator) = Emulator::start() else { return };
    let (aws, zips) = (emulator.aws().await, emulator.zips());
    let uploads = example("uploads");
    let mut options = options(&zips);

    // Refused before anything is changed: a bucket that is not there, then one that tells nobody.
    let error = deploy(&aws, &uploads, &options).await.unwrap_err().to_string();
    assert!(error.contains("--own-bucket uploads"), "{error}");
    aws.s3.create_bucket().bucket("uploads").send().await.unwrap();
    let error = deploy(&aws, &uploads, &options).await.unwrap_err().to_string();
    assert!(error.contains("--adopt"), "{error}");
    assert!(aws.cloudformation.describe_stacks().stack_name("uploads").send().await.is_err());

    // Looked at only: nothing is there after it either.
    options.adopt = true;
    options.dry = true;
    let would = deploy(&aws, &uploads, &options).await.unwrap();
    assert!(
        would.iter().any(|s| s.what == "stack uploads" && matches!(s.outcome, Outcome::Would(_))),
        "{would:?}"
    );
    assert!(aws.cloudformation.describe_stacks().stack_name("uploads").send().await.is_err());

    options.dry = false;
    let first = deploy(&aws, &uploads, &options).await.unwrap();
    assert!(
        matches!(&first.last().unwrap().outcome, Outcome::Done(road) if road.contains("went through")),
        "{first:?}"
    );
    let again = deploy(&aws, &uploads, &options).await.unwrap();
    let same = unchanged(&again);
    for what in [
        "stack uploads",
        "stack uploads-functions",
        "stack uploads-wiring",
        "code of uploads-timers",
        "bucket uploads",
    ] {
        assert!(same.contains(&what), "{what} is not unchanged: {again:?}");
    }

    // An upload goes the whole road.
    aws.s3
        .put_object()
        .bucket("uploads")
        .key("jobs/a/part-1-of-2.csv")
        .body(b"x".to_vec().into())
        .send()
        .await
        .unwrap();
    let begun = Instant::now();
    let arrived =
        || std::fs::read_to_string(emulator.notes()).unwrap_or_default().contains("part-1-of-2.csv");
    while !arrived() {
        assert!(begun.elapsed() < PATIENCE, "the upload did not arrive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // A change of the workflow is a change of the plan and of its rule.
    let text = "version: 1\nname: uploads\nevents:\n  part: { s3: \"uploads/jobs/{job}/{part}\" }\n  more: { match: { source: [shop] } }\n\
                conditions:\n  c: { all: [part, more], within: 1h }\n";
    let changed = deploy(&aws, &project(compiled(text)), &options).await.unwrap();
    let of = |what: &str| changed.iter().find(|s| s.what.starts_with(what)).map(|s| s.outcome.clone());
    assert!(
        matches!(of("stack uploads-wiring"), Some(Outcome::Done(c)) if c.contains("+OnMore")),
        "{changed:?}"
    );
    assert!(matches!(of("plan"), Some(Outcome::Done(_))), "{changed:?}");

    // Back, with the state kept; then all of it.
    let (any, kept) = take_back(&aws, &uploads.names, false).await;
    assert!(any && matches!(&kept[2].outcome, Outcome::Skipped(why) if why.contains("--data")), "{kept:?}");
    assert!(aws.dynamodb.describe_table().table_name("uploads-state").send().await.is_ok());
    let (any, gone) = take_back(&aws, &uploads.names, true).await;
    assert!(any, "{gone:?}");
    assert!(aws.dynamodb.describe_table().table_name("uploads-state").send().await.is_err());
    assert!(!take_back(&aws, &uploads.names, true).await.0, "nothing is left");
    assert!(aws.s3.head_bucket().bucket("uploads").send().await.is_ok(), "the user's bucket stays");
}

#[tokio::test]
async fn destinations_are_never_taken_from_another() {
    let Some(emulator) = Emulator::start() else { return };
    let (aws, zips) = (emulator.aws().await, emulator.zips());
    let mut counter = example("counter");
    counter.settings.asynchronous.insert("give-prize".to_owned());
    let mut options = options(&zips);
    let error = deploy(&aws, &counter, &options).await.unwrap_err().to_string();
    assert!(error.contains("no Lambda function `give-prize`"), "{error}");
    let zip = std::fs::read(zips.join("timers.zip")).unwrap();
    aws.lambda
        .create_function()
        .function_name("give-prize")
        .runtime("provided.al2023".into())
        .handler("bootstrap")
        .role("arn:aws:iam::000000000000:role/user")
        .code(aws_sdk_lambda::types::FunctionCode::builder().zip_file(zip.into()).build())
        .send()
        .await
        .unwrap();
    let error = deploy(&aws, &counter, &options).await.unwrap_err().to_string();
    assert!(error.contains("--adopt sets its destinations"), "{error}");
    options.adopt = true;
    let done = deploy(&aws, &counter, &options).await.unwrap();
    let of = done.iter().find(|s| s.what == "function give-prize").unwrap();
    assert!(matches!(&of.outcome, Outcome::Done(what) if what.contains("counter-rules")), "{done:?}");
    assert!(unchanged(&deploy(&aws, &counter, &options).await.unwrap()).contains(&"function give-prize"));

    // Another stack may not have them, whatever it says.
    counter.names = Names::new("second").unwrap();
    let error = deploy(&aws, &counter, &options).await.unwrap_err().to_string();
    assert!(error.contains("somebody else's") && error.contains("counter-rules"), "{error}");
}

#[tokio::test]
async fn a_function_that_does_not_work_is_told_by_the_smoke_event() {
    let Some(emulator) = Emulator::start() else { return };
    let (aws, zips) = (emulator.aws().await, emulator.zips());
    // The placeholder ends at once: so does a function that was built for something else.
    let broken = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/steps/placeholder.zip");
    std::fs::copy(broken, zips.join("rule-engine.zip")).unwrap();
    let error = deploy(&aws, &example("counter"), &options(&zips)).await.unwrap_err().to_string();
    assert!(error.contains("counter-rule-engine does not work"), "{error}");
}
