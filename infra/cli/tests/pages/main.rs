//! The pages that show the command line are run: every command in them, in order, and what it printed is compared.
//!
//! A page is played in one shell in an empty directory. A block is fenced as `console`, or `console N` when its last command
//! ends with exit code N. A line that begins with `$ ` is a command, `> ` goes on with it, the rest is what it prints, both
//! streams together. What differs from run to run (moments, ids, ports, measured times) may differ from the page; everything
//! else may not. `...` on a line of its own stands for any lines. `FANIN_REWRITE=1` writes the pages anew.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod examples;
mod page;
mod same;
mod shell;

use std::path::{Path, PathBuf};

/// The pages.
const PAGES: [&str; 2] = ["docs/cli.md", "docs/cli-json.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

#[test]
fn pages_show_what_happens() {
    let mut wrong = Vec::new();
    for page in PAGES {
        let path = root().join(page);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{page}: {e}"));
        let (written, differences) = page::play(page, &text);
        if std::env::var_os("FANIN_REWRITE").is_some() {
            std::fs::write(&path, written).unwrap();
        } else {
            wrong.extend(differences);
        }
    }
    assert!(wrong.is_empty(), "{}\nFANIN_REWRITE=1 writes the pages anew", wrong.join("\n"));
}
