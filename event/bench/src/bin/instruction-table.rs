//! Compares what valgrind counted with the table in the repository, and fails when a count has moved by more than a twentieth.
//!
//! `instruction-table COUNTS TABLE [--rewrite]`: the folder with the counts, the Markdown file, and whether it is rewritten.
#![expect(clippy::print_stdout, reason = "what has moved is what this program is for")]

use std::path::Path;

use anyhow::bail;
use fanin_event_bench::instructions::compare;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (counts, table, rewrite) = match &*args {
        [counts, table] => (counts, table, false),
        [counts, table, flag] if flag == "--rewrite" => (counts, table, true),
        _ => bail!("usage: instruction-table COUNTS TABLE [--rewrite]"),
    };
    compare(Path::new(counts), Path::new(table), rewrite, &mut |line| println!("{line}"))
}
