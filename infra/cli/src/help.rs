//! The first page of the help: the verbs in groups, in the order in which somebody meets them.

use clap::{Command, CommandFactory, FromArgMatches};

use crate::args::Args;

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
    let read = Args::from_arg_matches(&command().get_matches());
    read.unwrap_or_else(|error| error.exit())
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
