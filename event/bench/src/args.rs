//! The options.

use clap::Parser;

/// What to measure, and for how long.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// Events of each kind.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) events: usize,
    /// Rounds of each cell.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// CPU time of a round, milliseconds.
    #[arg(long, default_value_t = 150)]
    pub(crate) round_ms: u64,
    /// Numbers of patterns.
    #[arg(long, value_delimiter = ',', default_value = "1,10,100,1000,10000,100000")]
    pub(crate) patterns: Vec<usize>,
    /// Only kinds whose name contains this.
    #[arg(long, default_value = "")]
    pub(crate) kind: String,
    /// Only this one, for a profile: 0 trusted, 1 validating, 2 the rival; no bounds.
    #[arg(long)]
    pub(crate) only: Option<usize>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}
