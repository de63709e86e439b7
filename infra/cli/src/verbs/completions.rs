//! `fanin completions`: the script that makes a shell ask for completions.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use clap_complete::env::Shells;

use crate::console::{Exit, data};

/// `fanin completions`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The script only asks: what is offered comes from this program, so names of conditions, events and tests are those of the \
workflow as it is.

  bash        source <(fanin completions bash)                        in ~/.bashrc
  zsh         source <(fanin completions zsh)                         in ~/.zshrc, after compinit
  fish        fanin completions fish | source                         in ~/.config/fish/config.fish
  elvish      eval (fanin completions elvish | slurp)                 in ~/.config/elvish/rc.elv
  powershell  fanin completions powershell | Out-String | Invoke-Expression    in $PROFILE

Examples:
  fanin completions bash > fanin.bash
  fanin completions zsh > fanin.zsh")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// A shell that can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// 4.4 or newer.
    Bash,
    /// With compinit.
    Zsh,
    /// 3 or newer.
    Fish,
    /// 0.18 or newer.
    Elvish,
    /// 5.1 or newer.
    Powershell,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Elvish => "elvish",
            Shell::Powershell => "powershell",
        }
    }
}

/// The variable by which the script tells that it asks.
const VARIABLE: &str = "COMPLETE";
/// The name of the command that is completed.
const COMMAND: &str = "fanin";

pub(crate) fn run(args: &Completions) -> anyhow::Result<Exit> {
    let shells = Shells::builtins();
    let shell = shells.completer(args.shell.name()).context("this shell is not supported")?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, COMMAND, COMMAND, &program(), &mut script)?;
    data(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Done)
}

/// What the script calls: the name alone if it was found by the search path, so that an update is found too; else the place.
fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_else(|| PathBuf::from(COMMAND));
    let called = match std::env::current_dir() {
        Ok(here) if called.components().count() > 1 => here.join(called),
        _ => called,
    };
    Path::new(&called).display().to_string()
}
