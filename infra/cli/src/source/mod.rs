//! How a verb reaches a store: a running host over HTTP, or the files of one that is not running.

mod api;
mod endpoint;
mod keys;

use std::path::{Path, PathBuf};

use anyhow::bail;

pub(crate) use api::{Api, Refused};
pub(crate) use endpoint::Endpoint;
pub(crate) use keys::Keys;

/// Where `fanin dev` listens unless it is told otherwise.
pub(crate) const USUAL: &str = "http://127.0.0.1:4800";

/// Which store a verb is about.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct At {
    /// The running host. Default: the one that has the state directory under ./.fanin, else http://127.0.0.1:4800.
    #[arg(long, value_name = "URL", env = "FANIN_URL")]
    pub(crate) to: Option<String>,
    /// The state directory of a host, running or not. Goes before --to.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// A stack on AWS instead, in the account and region of the environment.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME", env = "FANIN_STACK", conflicts_with_all = ["to", "dir"])]
    pub(crate) stack: Option<String>,
}

impl At {
    /// Whether a stack is meant.
    pub(crate) fn is_stack(&self) -> bool {
        #[cfg(feature = "aws")]
        return self.stack.is_some();
        #[cfg(not(feature = "aws"))]
        false
    }
}

/// A store that was found.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A running host.
    Live(Api),
    /// The directory of a host that is not running.
    Files(PathBuf),
}

impl Source {
    /// The store that the options name, or the one that is here.
    ///
    /// # Errors
    /// When there is none, or more than one, with what to do.
    pub(crate) fn find(at: &At) -> anyhow::Result<Source> {
        if let Some(dir) = &at.dir {
            if !holds_a_store(dir) {
                bail!(
                    "{} holds no state of fanin: name the directory that `fanin dev` says at its start",
                    dir.display()
                );
            }
            return Ok(Source::of(dir));
        }
        if let Some(url) = &at.to {
            return Ok(Source::Live(Api::at(url)));
        }
        match here()?.as_slice() {
            [one] => Ok(Source::of(one)),
            [] => {
                let usual = Api::at(USUAL);
                if usual.answers() {
                    return Ok(Source::Live(usual));
                }
                bail!(
                    "there is no state directory under ./.fanin, and no host answers at {USUAL}.\n  \
                     Start one with `fanin dev WORKFLOW`, or name a running one with --to URL (or FANIN_URL),\n  \
                     or name the state directory of one that is not running with --dir DIR"
                )
            }
            several => {
                let names: Vec<String> =
                    several.iter().map(|dir| format!("  --dir {}", dir.display())).collect();
                bail!("there are several state directories here; choose one:\n{}", names.join("\n"))
            }
        }
    }

    /// The host that has the directory open, else its files.
    fn of(dir: &Path) -> Source {
        match Endpoint::of(dir) {
            Some(endpoint) => Source::Live(Api::at(&endpoint.url)),
            None => Source::Files(dir.to_path_buf()),
        }
    }

    /// The state directory on this machine, to be read without a lock.
    ///
    /// # Errors
    /// When the host is on another machine, or does not say.
    pub(crate) fn directory(&self) -> anyhow::Result<PathBuf> {
        let api = match self {
            Source::Files(dir) => return Ok(dir.clone()),
            Source::Live(api) => api,
        };
        let status = api.get("/status?recent=0")?;
        let Some(dir) = status.get("dir").and_then(serde_json::Value::as_str).map(PathBuf::from) else {
            bail!("the host at {} does not say where its state lies; name the directory with --dir", api.url)
        };
        if !holds_a_store(&dir) {
            bail!(
                "the state of the host at {} lies in {}, which is not on this machine: run the command there, or copy \
                 the directory here and name it with --dir",
                api.url,
                dir.display()
            );
        }
        Ok(dir)
    }
}

/// The state directories under `./.fanin`.
fn here() -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(".fanin") else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && holds_a_store(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a directory holds a log: the lock or a segment tells.
fn holds_a_store(dir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name == "LOCK" || name.starts_with("log-")
    })
}
