//! `fanin check --explain CODE`: the page of a code, which is part of the program.

use include_dir::{Dir, include_dir};
use serde_json::json;

use crate::args::{Global, Output};
use crate::console::{Exit, complain, data};

/// The pages, as they are in the repository.
static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

/// Prints the page of a code: one of files (`F031`) or one of events (`not-json`), which is a part of a page.
pub(super) fn print(global: &Global, code: &str) -> Exit {
    let Some(page) = page(code) else {
        let all = known();
        let near = all.iter().find(|known| known.eq_ignore_ascii_case(code));
        let help = match near {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("codes of files are F001 to {}; codes of events are {}", last(&all), words(&all)),
        };
        complain(&format!("there is no code `{code}`; {help}"));
        return Exit::NotFound;
    };
    match global.output {
        Output::Text => data(page.trim_end()),
        Output::Json => data(&format!("{:#}", json!({ "code": code, "page": page }))),
        Output::Jsonl => data(&json!({ "code": code, "page": page }).to_string()),
    }
    Exit::Done
}

/// The page of a code, or its part of the page on which it stands.
fn page(code: &str) -> Option<String> {
    let code =
        if is_number(&code.to_ascii_uppercase()) { code.to_ascii_uppercase() } else { code.to_owned() };
    if let Some(file) = PAGES.get_file(format!("{code}.md")).filter(|_| is_number(&code)) {
        return file.contents_utf8().map(str::to_owned);
    }
    PAGES.files().filter_map(include_dir::File::contents_utf8).find_map(|text| part(text, &code))
}

/// The part of a page below the heading of a code.
fn part(text: &str, code: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| heading(line) != Some(code));
    let first = lines.next()?;
    let rest = lines.take_while(|line| !line.starts_with("## "));
    Some(std::iter::once(first.trim_start_matches('#').trim()).chain(rest).collect::<Vec<_>>().join("\n"))
}

fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("## ").map(|heading| heading.trim().trim_matches('`'))
}

fn is_number(code: &str) -> bool {
    matches!(code.as_bytes(), [b'F' | b'S', digits @ ..] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))
}

/// Every code that has a page or a part of one.
fn known() -> Vec<String> {
    let stems = PAGES.files().filter_map(|file| file.path().file_stem()?.to_str());
    let mut all: Vec<String> = stems.filter(|stem| is_number(stem)).map(str::to_owned).collect();
    let texts = PAGES.files().filter_map(include_dir::File::contents_utf8);
    let parts = texts.flat_map(|text| text.lines().filter_map(heading));
    all.extend(parts.filter(|code| !code.contains(' ')).map(str::to_owned));
    all.sort();
    all
}

fn last(all: &[String]) -> &str {
    all.iter().rfind(|code| code.starts_with('F') && is_number(code)).map_or("F001", String::as_str)
}

fn words(all: &[String]) -> String {
    let words: Vec<&str> =
        all.iter().map(String::as_str).filter(|c| c.contains('-') && !c.contains('.')).take(5).collect();
    format!("{} and so on", words.join(", "))
}
