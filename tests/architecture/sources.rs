//! Finding and reading the files of the repository, and the part of a Rust file that is production code.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are no sources.
const SKIPPED: [&str; 7] = ["target", ".git", ".tools", ".fanin", "node_modules", "__pycache__", ".venv"];

/// A file of the repository.
pub(crate) struct Source {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The repository's root: the folder above this package.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every text file with one of these endings, sorted by path. `Makefile` is an ending too.
pub(crate) fn files(endings: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_symlink() || SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push(Source { path: relative, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The Rust files below one of `folders`, without files that hold only tests.
pub(crate) fn production(folders: &[&str]) -> Vec<Source> {
    let mut sources = files(&[".rs"]);
    sources.retain(|s| folders.iter().any(|f| s.path.starts_with(f)) && !is_test_file(&s.path));
    sources
}

fn is_test_file(path: &str) -> bool {
    let inner = path.strip_prefix("tests/").unwrap_or(path);
    inner.contains("/tests/") || inner.ends_with("tests.rs") || inner.starts_with("tests/")
}

/// The code of a Rust file up to its test module: comments are gone, texts stay. Lines keep their numbers.
pub(crate) fn code(text: &str) -> String {
    const TEST: &str = "#[cfg(test)]\nmod ";
    // Where a file of its own is only named, the code goes on.
    let is_here = |at: &usize| {
        let name = text.get(at + TEST.len()..).unwrap_or_default();
        name.find(['{', ';']).is_some_and(|end| name.get(end..).is_some_and(|rest| rest.starts_with('{')))
    };
    let end = text.match_indices(TEST).map(|(at, _)| at).find(is_here);
    let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut in_text = false;
    let mut depth = 0_u32;
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            '/' if !in_text && next == Some('*') => {
                depth += 1;
                rest.next();
            }
            '*' if depth > 0 && next == Some('/') => {
                depth -= 1;
                rest.next();
            }
            '\n' => out.push(c),
            _ if depth > 0 => {}
            '/' if !in_text && next == Some('/') => {
                while rest.peek().is_some_and(|c| *c != '\n') {
                    rest.next();
                }
            }
            '\\' => {
                out.push(c);
                out.extend(rest.next());
            }
            '\'' if !in_text && next == Some('"') => {
                out.push(c);
                out.extend(rest.next());
            }
            '"' => {
                in_text = !in_text;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Fails with all findings at once and what to do about them.
pub(crate) fn report(findings: &[String], what_to_do: &str) {
    assert!(findings.is_empty(), "\n{}\n=> {what_to_do}\n", findings.join("\n"));
}

/// The line number of a byte offset.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

#[test]
fn comments_and_test_modules_are_no_code() {
    let text =
        "//! top\nlet a = \"// text\"; // gone\n/* gone\n */ b('\"');\n#[cfg(test)]\nmod tests { gone }\n";
    assert_eq!(code(text), "\nlet a = \"// text\"; \n\n b('\"');\n");
    let text = "#[cfg(test)]\nmod tests;\nlet a = 1;\n#[cfg(test)]\nmod more { gone }\n";
    assert_eq!(code(text), "#[cfg(test)]\nmod tests;\nlet a = 1;\n");
}

#[test]
fn the_scan_sees_this_repository() {
    let sources = files(&[".rs"]);
    assert!(sources.iter().any(|s| s.path == "tests/architecture/sources.rs"));
    assert!(sources.iter().any(|s| s.path == "event/src/lib.rs"));
    assert!(!sources.iter().any(|s| s.path.starts_with("target/")));
    assert!(is_test_file("event/src/json/tests.rs") && is_test_file("event/tests/patterns.rs"));
    assert!(is_test_file("tests/tests/stores.rs") && !is_test_file("tests/src/lib.rs"));
}
