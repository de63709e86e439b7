//! One account in an emulator, and the commands a user has.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

use crate::emulator::Emulator;
use crate::process;

/// No command may take longer.
const LONGEST: Duration = Duration::from_secs(300);

/// An account in an emulator.
#[derive(Clone, Debug)]
pub struct Stack {
    endpoint: String,
    account: String,
    /// The workflow file.
    workflow: PathBuf,
    name: String,
    /// Set over what the commands find otherwise.
    settings: Vec<(String, String)>,
}

impl Stack {
    /// A stack `name` of `workflow` (a path from the repository's root), in an account of its own: emulators keep the accounts of
    /// different access keys apart.
    #[must_use]
    pub fn new(emulator: &Emulator, name: &str, workflow: &str) -> Stack {
        let digits = name.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
        let account = format!("{:012}", 100_000_000_000 + digits % 900_000_000_000);
        let workflow = process::root().join(workflow);
        Stack {
            endpoint: emulator.endpoint().to_owned(),
            account,
            workflow,
            name: name.to_owned(),
            settings: Vec::new(),
        }
    }

    /// The same stack for commands that find one setting different, or empty.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Stack {
        let mut other = self.clone();
        other.settings.push((name.to_owned(), value.to_owned()));
        other
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `fanin` with these arguments; `{workflow}` and `{stack}` stand for the stack's own. Gives what it printed.
    ///
    /// # Errors
    /// It ends with another code than 0: with all it said.
    pub async fn fanin(&self, arguments: &[&str]) -> Result<String> {
        let output = self.fanin_output(arguments).await?;
        if !output.status.success() {
            bail!("fanin {arguments:?} ended with {}:\n{}", output.status, said(&output));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// As [`Stack::fanin`], with whatever code it ends.
    ///
    /// # Errors
    /// It cannot be run, or takes too long.
    pub async fn fanin_output(&self, arguments: &[&str]) -> Result<Output> {
        let program = std::env::var_os("FANIN").map_or_else(
            || process::root().join(format!("target/debug/fanin{}", std::env::consts::EXE_SUFFIX)),
            PathBuf::from,
        );
        let workflow = self.workflow.display().to_string();
        let arguments = arguments.iter().map(|argument| match *argument {
            "{workflow}" => workflow.clone(),
            "{stack}" => self.name.clone(),
            other => other.to_owned(),
        });
        let mut command = Command::new(program);
        command.args(arguments);
        self.run(command).await
    }

    /// Runs `cargo lambda` with these arguments against the emulator.
    ///
    /// # Errors
    /// It ends with another code than 0: with all it said.
    pub async fn cargo_lambda(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new("cargo");
        command.arg("lambda").args(arguments).args([
            "--endpoint-url",
            &self.endpoint,
            "--region",
            process::REGION,
        ]);
        let output = self.run(command).await?;
        if !output.status.success() {
            bail!("cargo lambda {arguments:?} ended with {}:\n{}", output.status, said(&output));
        }
        Ok(())
    }

    /// Asks boto3: a line of Python in which `client(service)` gives a client and `say(value)` answers JSON.
    ///
    /// # Errors
    /// The line fails: with what Python said.
    pub async fn client(&self, code: &str) -> Result<Value> {
        let mut command = Command::new(process::root().join(".tools/aws-emulator/bin/python3"));
        let head = "import boto3, io, json, sys, time, zipfile\nfrom botocore.config import Config\n\
                    def client(service): return boto3.client(service, config=Config(s3={'addressing_style': 'path'}))\n\
                    def say(value): print(json.dumps(value, default=str))\n";
        command.arg("-c").arg(format!("{head}{code}"));
        let output = self.run(command).await?;
        if !output.status.success() {
            bail!("the client failed:\n{code}\n{}", said(&output));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"))
    }

    /// Asks again until `enough`, at most `patience`.
    ///
    /// # Errors
    /// The client fails, or it is never enough: with the last answer.
    pub async fn wait_for(
        &self,
        code: &str,
        patience: Duration,
        enough: impl Fn(&Value) -> bool + Send,
    ) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let answer = self.client(code).await?;
            if enough(&answer) {
                return Ok(answer);
            }
            if begun.elapsed() > patience {
                bail!("after {patience:?} still: {answer}");
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    async fn run(&self, mut command: Command) -> Result<Output> {
        let tools = process::root().join(".tools/bin");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .current_dir(process::root())
            .env("PATH", format!("{}:{path}", tools.display()))
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", process::REGION)
            .env("AWS_DEFAULT_REGION", process::REGION)
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let shown = format!("{command:?}");
        tokio::time::timeout(LONGEST, command.output())
            .await
            .with_context(|| format!("longer than {LONGEST:?}: {shown}"))?
            .with_context(|| format!("cannot be run: {shown}"))
    }
}

/// All that a command said.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
