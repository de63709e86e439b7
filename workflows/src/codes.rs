//! The table of diagnostic codes: one line each. Each has a page `docs/errors/CODE.md`; codes are never used again for
//! another meaning.

/// A stable code and its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `F001`
    pub id: &'static str,
    /// What it means, in a few words.
    pub title: &'static str,
}

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title };)*
        /// All of them, in order.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    SYNTAX = "F001", "the file is neither YAML nor JSON";
    LIMIT = "F002", "a limit is exceeded";
    DUPLICATE_KEY = "F003", "a key stands twice";
    UNSUPPORTED = "F004", "a part of YAML that is not used here";
    WRONG_TYPE = "F005", "a value of the wrong type";
    UNKNOWN_KEY = "F006", "an unknown key";
    MISSING_KEY = "F007", "a key is missing";
    VERSION = "F008", "an unknown version of the language";
    BAD_NAME = "F009", "not a name";
    NAME_TAKEN = "F010", "a name is used twice";
    UNKNOWN_EVENT = "F011", "no event has this name";
    BAD_DURATION = "F012", "not a duration";
    OUT_OF_RANGE = "F013", "a number out of its range";
    CONFLICT = "F014", "keys that exclude each other";
    MISPLACED = "F015", "a key that does not belong here";
    BAD_CHOICE = "F016", "not one of the words that are allowed";
    EVENT_FORM = "F020", "an event is not defined exactly once";
    BAD_PATTERN = "F021", "not an event pattern";
    BAD_CAPTURE = "F022", "not a capture";
    BAD_S3 = "F023", "not a bucket and key template";
    BAD_SCHEDULE = "F024", "not a schedule";
    CONDITION_KIND = "F030", "a condition without exactly one kind";
    NO_CAPTURE = "F031", "an event does not have this capture";
    BAD_MEMBERS = "F032", "a list of members that cannot work";
    BAD_REACH = "F033", "not a number to reach";
    BAD_WINDOW = "F034", "a window that cannot work";
    BAD_RETAIN = "F035", "remembered for less time than events are delivered again";
    CONDITION_CYCLE = "F036", "a condition that waits for itself";
    RULE_TARGET = "F040", "a rule without exactly one target";
    UNKNOWN_FUNCTION = "F041", "no function has this name";
    BAD_TEMPLATE = "F042", "not a payload template";
    BAD_ERRORS = "F043", "a list of errors that cannot work";
    BAD_PATH = "F044", "not a path";
    FUNCTION_KIND = "F050", "a function without exactly one kind";
    BAD_FUNCTION = "F051", "a function that cannot be called";
    TEST_STEP = "F060", "an entry of a test that is not one";
    EMPTY_TEST = "F061", "a test that expects nothing";
    TEST_CAPTURE = "F062", "an event of a test does not fit the workflow";
    OPEN_FOREVER = "F080", "a condition that can stay open for ever";
    UNUSED_FUNCTION = "F081", "a function that no rule calls";
    RULE_CYCLE = "F082", "rules and conditions that trigger each other";
    OR_IS_A_FIELD = "F083", "`$or` is read as the name of a field";
    SHORT_RETAIN = "F084", "remembered for less time than a queue may hold an event";
    NEVER_TRIGGERED = "F085", "a rule that only rules it triggers trigger";
    NEVER_HAPPENS = "F086", "a timeout that never comes";
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
