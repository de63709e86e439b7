//! The table of diagnostic codes: one line each. Each has a page `docs/errors/CODE.md`; codes are never used again for
//! another meaning.

use crate::diagnostic::Severity;

/// A stable code and its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `F001`
    pub id: &'static str,
    /// What it means, in a few words.
    pub title: &'static str,
    /// Whether a plan is made in spite of it. Only a warning can be silenced.
    pub severity: Severity,
}

/// The code with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter().find(|code| code.id == id)
}

macro_rules! codes {
    ($($severity:ident $name:ident = $id:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title, severity: Severity::$severity };)*
        /// All of them, in order.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    Error SYNTAX = "F001", "the file is neither YAML nor JSON";
    Error LIMIT = "F002", "a limit is exceeded";
    Error DUPLICATE_KEY = "F003", "a key stands twice";
    Error UNSUPPORTED = "F004", "a part of YAML that is not used here";
    Error WRONG_TYPE = "F005", "a value of the wrong type";
    Error UNKNOWN_KEY = "F006", "an unknown key";
    Error MISSING_KEY = "F007", "a key is missing";
    Error VERSION = "F008", "an unknown version of the language";
    Error BAD_NAME = "F009", "not a name";
    Error NAME_TAKEN = "F010", "a name is used twice";
    Error UNKNOWN_EVENT = "F011", "no event has this name";
    Error BAD_DURATION = "F012", "not a duration";
    Error OUT_OF_RANGE = "F013", "a number out of its range";
    Error CONFLICT = "F014", "keys that exclude each other";
    Error MISPLACED = "F015", "a key that does not belong here";
    Error BAD_CHOICE = "F016", "not one of the words that are allowed";
    Warning SILENCES_NOTHING = "F017", "an `allow` that silences nothing";
    Error EVENT_FORM = "F020", "an event is not defined exactly once";
    Error BAD_PATTERN = "F021", "not an event pattern";
    Error BAD_CAPTURE = "F022", "not a capture";
    Error BAD_S3 = "F023", "not a bucket and key template";
    Error BAD_SCHEDULE = "F024", "not a schedule";
    Error CONDITION_KIND = "F030", "a condition without exactly one kind";
    Error NO_CAPTURE = "F031", "an event does not have this capture";
    Error BAD_MEMBERS = "F032", "a list of members that cannot work";
    Error BAD_REACH = "F033", "not a number to reach";
    Error BAD_WINDOW = "F034", "a window that cannot work";
    Error BAD_RETAIN = "F035", "remembered for less time than events are delivered again";
    Error CONDITION_CYCLE = "F036", "a condition that waits for itself";
    Error RULE_TARGET = "F040", "a rule without exactly one target";
    Error UNKNOWN_FUNCTION = "F041", "no function has this name";
    Error BAD_TEMPLATE = "F042", "not a payload template";
    Error BAD_ERRORS = "F043", "a list of errors that cannot work";
    Error BAD_PATH = "F044", "not a path";
    Error FUNCTION_KIND = "F050", "a function without exactly one kind";
    Error BAD_FUNCTION = "F051", "a function that cannot be called";
    Error TEST_STEP = "F060", "an entry of a test that is not one";
    Error EMPTY_TEST = "F061", "a test that expects nothing";
    Error TEST_CAPTURE = "F062", "an event of a test does not fit the workflow";
    Error CONTRADICTION = "F063", "a test that contradicts itself";
    Warning CANNOT_COME = "F064", "a test expects what cannot come in it";
    Warning TEST_TWICE = "F065", "two tests of one name";
    Error NO_WORKFLOW = "F066", "the workflow of a test file cannot be used";
    Warning OPEN_FOREVER = "F080", "a condition that can stay open for ever";
    Warning UNUSED_FUNCTION = "F081", "a function that no rule calls";
    Warning RULE_CYCLE = "F082", "rules and conditions that trigger each other";
    Warning OR_IS_A_FIELD = "F083", "`$or` is read as the name of a field";
    Warning SHORT_RETAIN = "F084", "remembered for less time than a queue may hold an event";
    Warning NEVER_TRIGGERED = "F085", "a rule that only rules it triggers trigger";
    Warning NEVER_HAPPENS = "F086", "a timeout that never comes";
    Warning MATCHES_NOTHING = "F087", "a pattern that matches nothing";
    Warning CAPTURE_NEVER = "F088", "a capture that the pattern rules out";
    Warning TOGETHER = "F089", "two names for one event";
    Warning NEVER_COMPLETES = "F090", "a condition that can never complete";
    Warning AWS_LIMIT = "F091", "more than AWS takes";
    Warning UNREACHED_HANDLER = "F092", "an entry of `retry` or `catch` that is never reached";
    Warning FINDS_NOTHING = "F093", "a path that finds nothing";
    Warning TOO_MANY_MEMBERS = "F094", "a firing that cannot carry all of its members";
    Warning PATH_AS_TEXT = "F095", "a path that would be sent as text";
    Warning ODD_KEY = "F096", "a key that uploads do not have";
    Warning NEVER_DUE = "F097", "a schedule that is never due";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_in_order_and_has_a_page() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        for code in ALL {
            let path = format!("{}/../docs/errors/{}.md", env!("CARGO_MANIFEST_DIR"), code.id);
            let page = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no page {path}"));
            assert!(page.starts_with(&format!("# {}: {}\n", code.id, code.title)), "the title of {path}");
            assert!(page.contains("```"), "{path} has no example");
        }
    }
}
