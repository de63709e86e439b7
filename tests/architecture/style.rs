//! How files are cut and how they begin: the parts of the style that a machine can see.

use crate::arrows::metadata;
use crate::sources::{Source, code, files, line_of, report, root};

const MAX_LINES: usize = 400;
const MAX_LIB_LINES: usize = 80;
const MAX_MAIN_LINES: usize = 60;

fn too_long(sources: &[Source], limit: usize) -> Vec<String> {
    let lines = |s: &Source| s.text.lines().count();
    sources
        .iter()
        .filter(|s| lines(s) > limit)
        .map(|s| format!("{}: {} lines, at most {limit}", s.path, lines(s)))
        .collect()
}

#[test]
fn files_are_short() {
    report(
        &too_long(&files(&[".rs", ".py", ".sh"]), MAX_LINES),
        "keep the switch in the parent and give each case its file; tests over 100 lines live in a file beside",
    );
}

#[test]
fn lib_rs_is_a_page() {
    let mut libs = files(&["lib.rs"]);
    libs.retain(|s| s.path.ends_with("/lib.rs"));
    report(
        &too_long(&libs, MAX_LIB_LINES),
        "lib.rs explains the package and its central type and names the modules; code moves to a module",
    );
}

#[test]
fn binaries_are_wiring_only() {
    let root = root();
    let mut mains = Vec::new();
    for package in metadata().packages {
        for target in package.targets.iter().filter(|t| t.is_bin()) {
            let path = target.src_path.as_std_path();
            let text = std::fs::read_to_string(path).unwrap();
            mains.push(Source {
                path: path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
                text,
            });
        }
    }
    report(
        &too_long(&mains, MAX_MAIN_LINES),
        "a binary reads its arguments and calls its library; move the rest to a module of the library, with tests",
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut findings = Vec::new();
    for source in files(&[".rs"]) {
        if !source.text.starts_with("//! ") {
            findings.push(format!("{}: does not begin with `//! `", source.path));
        }
    }
    report(&findings, "begin the file with one line `//! ...` that says its purpose");
}

#[test]
fn imports_name_what_they_take() {
    let mut findings = Vec::new();
    for source in files(&[".rs"]) {
        let code = code(&source.text);
        for glob in [concat!("use crate::", "*"), concat!("pub use ", "self::*")] {
            for (at, _) in code.match_indices(glob) {
                findings.push(format!("{}:{}: `{glob}`", source.path, line_of(&code, at)));
            }
        }
    }
    report(&findings, "name the things you import: a reader sees where each comes from");
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
    let endings = [".rs", ".sh", ".py", ".yaml", ".yml", ".toml", ".md", "Makefile"];
    let mut findings = Vec::new();
    for source in files(&endings) {
        for (number, line) in source.text.lines().enumerate() {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric());
            if words.clone().any(|word| marks.contains(&word)) {
                findings.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    report(
        &findings,
        "finish it, or open an issue and say in a plain comment what is not handled and why that is safe",
    );
}

#[test]
fn scripts_stop_at_the_first_error() {
    let mut findings = Vec::new();
    for source in files(&[".sh", ".ci/run"]) {
        let bash = source.text.starts_with("#!/usr/bin/env bash\n");
        let strict = source.text.contains("\nset -euo pipefail\n");
        let posix = source.text.starts_with("#!/bin/sh\n") && source.text.contains("\nset -eu\n");
        if !(bash && strict || posix) {
            findings.push(source.path);
        }
    }
    report(
        &findings,
        "begin with `#!/usr/bin/env bash` and `set -euo pipefail` on a line of its own (or `#!/bin/sh` and `set -eu`)",
    );
}
