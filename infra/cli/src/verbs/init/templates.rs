//! The templates: the project's own examples, one copy of each, built in.
//!
//! The files are listed one by one. Taking in whole folders was not chosen: a folder in which somebody has run an
//! example also holds its state.

/// A project to begin with.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) name: &'static str,
    /// What it shows, in one line.
    pub(crate) about: &'static str,
    pub(crate) files: &'static [File],
}

/// One file of a template.
#[derive(Debug)]
pub(crate) struct File {
    /// Below the directory, with `/`.
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    pub(crate) executable: bool,
    /// What the README says of it.
    pub(crate) about: &'static str,
}

/// The three files that every template has.
macro_rules! files {
    ($name:literal $(, $path:literal: $about:literal)*) => {
        &[
            File {
                path: "workflow.yaml",
                text: include_str!(concat!("../../../../../examples/", $name, "/workflow.yaml")),
                executable: false,
                about: "the workflow: events, conditions, rules, functions",
            },
            File {
                path: "workflow.test.yaml",
                text: include_str!(concat!("../../../../../examples/", $name, "/workflow.test.yaml")),
                executable: false,
                about: "its tests",
            },
            File {
                path: "events.jsonl",
                text: include_str!(concat!("../../../../../examples/", $name, "/events.jsonl")),
                executable: false,
                about: "sample events, one a line",
            },
            $(File {
                path: $path,
                text: include_str!(concat!("../../../../../examples/", $name, "/", $path)),
                executable: true,
                about: $about,
            },)*
        ]
    };
}

/// All of them; the first is the one that is taken when none is named.
pub(crate) const TEMPLATES: [Template; 6] = [
    Template {
        name: "uploads",
        about: "the parts of a job are uploaded in any order, some twice; one call when the last is there",
        files: files!("uploads", "functions/assemble.py": "the function that is called, a program for local runs"),
    },
    Template {
        name: "counter",
        about: "every third event of a key, round after round",
        files: files!("counter"),
    },
    Template {
        name: "quorum",
        about: "two of three have to agree within a week; else a reminder names who is missing",
        files: files!("quorum"),
    },
    Template {
        name: "map",
        about: "one call per item of a list, then one call with all the answers",
        files: files!("map"),
    },
    Template {
        name: "absence",
        about: "what does not happen: a device falls silent, an order stays unpaid",
        files: files!("absence"),
    },
    Template {
        name: "sequence",
        about: "ordered, paid, packed: in the order of the events' own time, however they arrive",
        files: files!("sequence"),
    },
];

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    /// What only `make run` and the documents need.
    const NOT_TAKEN: [&str; 3] = ["run.sh", "report.py", "parts"];

    fn files_below(dir: &Path, root: &Path, files: &mut Vec<(String, bool)>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if NOT_TAKEN.contains(&name.as_str()) || name.starts_with('.') || name.contains("__pycache__") {
                continue;
            }
            if path.is_dir() {
                files_below(&path, root, files);
            } else {
                files.push((name, path.metadata().unwrap().permissions().mode() & 0o111 != 0));
            }
        }
    }

    #[test]
    fn templates_are_the_examples_whole() {
        for template in &TEMPLATES {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(template.name);
            let mut there = Vec::new();
            files_below(&root, &root, &mut there);
            let mut built_in: Vec<(String, bool)> =
                template.files.iter().map(|file| (file.path.to_owned(), file.executable)).collect();
            there.sort();
            built_in.sort();
            assert_eq!(built_in, there, "{}: list its files in templates.rs", template.name);
        }
    }
}
