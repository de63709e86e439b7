//! The code of the functions: built by cargo-lambda from fanin's own source, or zip files that are there.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::stack::{self, PLACEHOLDER_KEY};
use super::watch::wait;
use super::{Outcome, Run};
use crate::aws::{code_of, trouble};
use crate::limits::{MAX_POLLS, MAX_ZIP_BYTES};
use crate::names::FunctionName;
use crate::settings::Arch;

/// Where the functions' code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A directory with `NAME.zip` or `NAME/bootstrap.zip` for each function.
    Zips(PathBuf),
    /// A workspace of fanin, built by cargo-lambda.
    Source(PathBuf),
}

/// The workspace of fanin at or above a directory.
#[must_use]
pub fn find_source(from: &Path) -> Option<PathBuf> {
    let is = |dir: &&Path| dir.join("infra/lambda/Cargo.toml").is_file() && dir.join("Cargo.lock").is_file();
    from.ancestors().find(is).map(Path::to_path_buf)
}

/// Builds the code; gives the directory with the zip files. None: it would have to be built, and this is only a look.
pub(super) async fn build(run: &Run<'_>) -> anyhow::Result<Option<(PathBuf, Outcome)>> {
    match &run.options.code {
        Code::Zips(dir) => {
            for function in FunctionName::ALL {
                zip_of(dir, function)?;
            }
            Ok(Some((dir.clone(), Outcome::Unchanged)))
        }
        Code::Source(_) if run.options.dry => Ok(None),
        Code::Source(source) => {
            let processor = match run.project.settings.arch {
                Arch::Arm64 => "--arm64",
                Arch::X86 => "--x86-64",
            };
            let arguments = [
                "build",
                "-p",
                "fanin-lambda",
                "--profile",
                "function",
                processor,
                "--locked",
                "--output-format",
                "zip",
            ];
            cargo_lambda(run, source, &arguments).await?;
            let built = lambda_dir(source);
            let what = format!("built in {}", built.display());
            Ok(Some((built, Outcome::Done(what))))
        }
    }
}

/// Where cargo-lambda puts what it builds.
fn lambda_dir(source: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| source.join("target"), PathBuf::from);
    target.join("lambda")
}

/// Runs cargo-lambda, without a shell. What it says goes to standard error.
async fn cargo_lambda(run: &Run<'_>, source: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    (run.tell)(&format!("  cargo lambda {}", arguments.join(" ")));
    let mut command = Command::new("cargo");
    command.arg("lambda").args(arguments).current_dir(source).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command
        .kill_on_drop(true)
        .status()
        .await
        .context("cargo cannot be run: install Rust from https://rustup.rs, or give the zip files with --functions DIR")?;
    // Cargo ends with 101 for a subcommand it does not have, too; it has said so itself.
    ensure!(
        status.success(),
        "`cargo lambda {}` ended with {status}. Is it installed? `pip install cargo-lambda==1.9.2`; or give the zip files with --functions DIR",
        arguments.join(" ")
    );
    Ok(())
}

/// The zip file of a function in a directory.
fn zip_of(dir: &Path, function: FunctionName) -> anyhow::Result<PathBuf> {
    let name = function.binary();
    let places = [dir.join(format!("{name}.zip")), dir.join(name).join("bootstrap.zip")];
    let Some(path) = places.iter().find(|path| path.is_file()) else {
        bail!(
            "there is no {name}.zip and no {name}/bootstrap.zip in {}: build them with `cargo lambda build -p fanin-lambda --profile function --output-format zip`",
            dir.display()
        )
    };
    Ok(path.clone())
}

/// Puts the code that stands in a function until its own comes where the stack of the functions expects it.
pub(super) async fn placeholder(run: &Run<'_>) -> anyhow::Result<()> {
    if run.options.dry || stack::find(run.aws, &run.project.names.functions_stack()).await?.is_some() {
        return Ok(());
    }
    let bucket = run.project.names.bucket(&run.aws.account, &run.aws.region);
    let body = include_bytes!("placeholder.zip").to_vec();
    let put = run.aws.s3.put_object().bucket(&bucket).key(PLACEHOLDER_KEY).body(body.into()).send().await;
    put.map_err(|error| trouble(&format!("writing into the bucket {bucket}"), "s3:PutObject", &error))?;
    Ok(())
}

/// Gives a function its code, unless it has it.
pub(super) async fn upload(
    run: &Run<'_>,
    function: FunctionName,
    zips: Option<&Path>,
) -> anyhow::Result<Outcome> {
    let Some(dir) = zips else { return Ok(Outcome::Would("upload what was built".to_owned())) };
    let path = zip_of(dir, function)?;
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let size = bytes.len() as u64;
    ensure!(size <= MAX_ZIP_BYTES, "{} has {size} bytes and Lambda takes {MAX_ZIP_BYTES}", path.display());
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes));
    let name = run.project.names.function(function);
    let there = run.aws.lambda.get_function_configuration().function_name(&name).send().await;
    match there {
        Ok(there) if there.code_sha256() == Some(digest.as_str()) => return Ok(Outcome::Unchanged),
        Ok(_) => {}
        Err(error) if run.options.dry && code_of(&error) == "ResourceNotFoundException" => {}
        Err(error) => {
            return Err(trouble(
                &format!("looking at the function {name}"),
                "lambda:GetFunctionConfiguration",
                &error,
            ));
        }
    }
    let what = format!("{} KB", size.div_ceil(1_000));
    if run.options.dry {
        return Ok(Outcome::Would(format!("upload {what}")));
    }
    match &run.options.code {
        Code::Zips(_) => {
            let update = run.aws.lambda.update_function_code().function_name(&name).zip_file(bytes.into());
            let update = update.architectures(run.project.settings.arch.as_str().into()).send().await;
            let doing = format!("uploading the code of {name}");
            update.map_err(|error| trouble(&doing, "lambda:UpdateFunctionCode", &error))?;
        }
        Code::Source(source) => by_cargo_lambda(run, source, function).await?,
    }
    ready(run, &name).await?;
    Ok(Outcome::Done(format!("uploaded {what}")))
}

/// cargo-lambda takes a zip file as it is when it finds it in its own directory, so its digest is known beforehand.
async fn by_cargo_lambda(run: &Run<'_>, source: &Path, function: FunctionName) -> anyhow::Result<()> {
    let built = lambda_dir(source);
    let dir = built.to_str().context("the way to the zip files is no text")?;
    let name = run.project.names.function(function);
    let binary = function.binary();
    let mut arguments =
        vec!["deploy", &name, "--lambda-dir", dir, "--binary-name", binary, "--region", &run.aws.region];
    if let Some(endpoint) = &run.aws.endpoint {
        arguments.extend(["--endpoint-url", endpoint]);
    }
    cargo_lambda(run, source, &arguments).await
}

/// Waits until a function runs its new code.
async fn ready(run: &Run<'_>, name: &str) -> anyhow::Result<()> {
    for look in 0..MAX_POLLS {
        let there = run.aws.lambda.get_function_configuration().function_name(name).send().await;
        let there = there.map_err(|error| {
            trouble(&format!("looking at the function {name}"), "lambda:GetFunctionConfiguration", &error)
        })?;
        match there.last_update_status().map_or("", |s| s.as_str()) {
            "InProgress" => wait(look).await,
            "Failed" => bail!(
                "the code of {name} was not taken: {}",
                there.last_update_status_reason().unwrap_or("Lambda does not say why")
            ),
            _ => return Ok(()),
        }
    }
    bail!(
        "the function {name} is not ready: look with `aws lambda get-function-configuration --function-name {name}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_files_are_found_in_both_places() {
        let dir = tempfile::tempdir().unwrap();
        let error = zip_of(dir.path(), FunctionName::Timers).unwrap_err().to_string();
        assert!(error.contains("timers.zip") && error.contains("cargo lambda build"), "{error}");
        std::fs::create_dir(dir.path().join("timers")).unwrap();
        std::fs::write(dir.path().join("timers/bootstrap.zip"), b"x").unwrap();
        assert!(zip_of(dir.path(), FunctionName::Timers).unwrap().ends_with("timers/bootstrap.zip"));
        std::fs::write(dir.path().join("timers.zip"), b"x").unwrap();
        assert!(zip_of(dir.path(), FunctionName::Timers).unwrap().ends_with("timers.zip"));
    }

    #[test]
    fn the_source_is_found_from_below() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(find_source(&here.join("src")).unwrap().join("infra/deploy").is_dir());
        assert_eq!(find_source(tempfile::tempdir().unwrap().path()), None);
    }
}
