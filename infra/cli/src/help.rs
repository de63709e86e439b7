//! How the command line is read and explained: the help's first page has the verbs in groups, in the order in which somebody
//! meets them.

use clap::{Command, CommandFactory, FromArgMatches, ValueEnum};

use crate::args::{Args, LogFormat};
use crate::console;

/// The option that says how standard error is written, and the variable where it does not stand.
const LOG_FORMAT: (&str, &str) = ("--log-format", "FANIN_LOG_FORMAT");

/// The groups and their verbs. A verb that is not built in is left out; one that stands in no group comes last.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Author", &["init", "check", "fmt", "schema", "graph"]),
    ("Run", &["run", "dev", "test", "emit", "match"]),
    ("Inspect", &["explain", "state", "events", "dead", "replay", "backtest"]),
    ("AWS", &["template", "deploy", "destroy", "status", "logs", "cost"]),
    ("Other", &["doctor", "completions", "help"]),
];

/// Reads the command line; wrong usage and requests for help end the program.
pub(crate) fn parse() -> Args {
    let read = command().try_get_matches().and_then(|matches| Args::from_arg_matches(&matches));
    read.unwrap_or_else(|error| refuse(&error))
}

/// Says what is wrong with the command line, or gives the help that it asks for. Whoever reads standard error by machine gets
/// a document there, as of any other error.
fn refuse(error: &clap::Error) -> ! {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let format = format_asked(&words, std::env::var(LOG_FORMAT.1).ok().as_deref());
    if !error.use_stderr() || format == LogFormat::Text {
        error.exit();
    }
    console::write_as(format);
    let told = error.to_string();
    console::complain(told.trim_end().trim_start_matches("error: "));
    std::process::exit(error.exit_code())
}

/// The form of standard error that a command line asks for that could not be read: the last that it names, else the variable's.
fn format_asked(words: &[String], variable: Option<&str>) -> LogFormat {
    let options = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let named = words.iter().enumerate().take(options).rev().find_map(|(at, word)| {
        match word.strip_prefix(LOG_FORMAT.0)? {
            "" => words.get(at + 1).map(String::as_str),
            joined => joined.strip_prefix('='),
        }
    });
    named.or(variable).and_then(|name| LogFormat::from_str(name, false).ok()).unwrap_or(LogFormat::Text)
}

/// The command with its verbs in groups.
fn command() -> Command {
    let mut command = Args::command();
    // Only a built command knows its verb `help`.
    let mut built = command.clone();
    built.build();
    let verbs: Vec<(String, String)> = built
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .map(|verb| {
            (verb.get_name().to_owned(), verb.get_about().map(ToString::to_string).unwrap_or_default())
        })
        .collect();
    let width = verbs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let header = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (title, names) in grouped(&verbs) {
        text.push_str(&format!("\n{header}{title}:{header:#}\n"));
        for (name, about) in names {
            let pad = " ".repeat(width - name.len());
            text.push_str(&format!("  {literal}{name}{literal:#}{pad}  {about}\n"));
        }
    }
    text.push_str(&format!("\n{header}Options:{header:#}\n{{options}}{{after-help}}"));
    command = command.help_template(text);
    command
}

type Verbs<'a> = Vec<(&'a str, &'a str)>;

/// The groups that have a verb, with their verbs; what is in none goes to the last.
fn grouped(verbs: &[(String, String)]) -> Vec<(&'static str, Verbs<'_>)> {
    let find =
        |name: &str| verbs.iter().find(|(verb, _)| verb == name).map(|(v, a)| (v.as_str(), a.as_str()));
    let mut groups: Vec<(&'static str, Verbs<'_>)> = GROUPS
        .iter()
        .map(|(title, names)| (*title, names.iter().filter_map(|name| find(name)).collect()))
        .collect();
    let stray =
        verbs.iter().filter(|(verb, _)| !GROUPS.iter().any(|(_, names)| names.contains(&verb.as_str())));
    if let Some((_, last)) = groups.last_mut() {
        last.extend(stray.map(|(verb, about)| (verb.as_str(), about.as_str())));
    }
    groups.retain(|(_, verbs)| !verbs.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_an_error_is_known_without_the_command_line() {
        let asked = |line: &str, variable| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            format_asked(&words, variable) == LogFormat::Json
        };
        assert!(!asked("fanin", None) && asked("fanin", Some("json")) && !asked("fanin", Some("jsn")));
        for line in ["--log-format json", "--log-format=json", "--log-format text --log-format json -- x"] {
            assert!(asked(line, None) && asked(line, Some("text")), "{line}");
        }
        for line in ["--log-format", "--log-formats=json", "--log-format=jsn", "-- --log-format json"] {
            assert!(!asked(line, None), "{line}");
        }
        assert!(!asked("--log-format text", Some("json")));
    }

    #[test]
    fn every_verb_stands_in_a_group() {
        let command = Args::command();
        for verb in command.get_subcommands() {
            let grouped = GROUPS.iter().filter(|(_, names)| names.contains(&verb.get_name())).count();
            assert_eq!(grouped, 1, "`{}` stands in {grouped} groups of help.rs", verb.get_name());
            assert!(
                verb.get_about().is_some_and(|about| about.to_string().len() <= 110),
                "{}",
                verb.get_name()
            );
        }
    }

    #[test]
    fn the_first_page_has_groups_and_every_verb_once() {
        let page = command().render_help().to_string();
        for title in ["\nAuthor:\n", "\nRun:\n", "\nOther:\n", "\nOptions:\n"] {
            assert!(page.contains(title), "{page}");
        }
        for verb in Args::command().get_subcommands() {
            let lines = page.lines().filter(|line| line.split_whitespace().next() == Some(verb.get_name()));
            assert_eq!(lines.count(), 1, "{}\n{page}", verb.get_name());
        }
    }

    #[test]
    fn the_options_are_consistent() {
        command().debug_assert();
    }
}
