//! What is told of a text because of the texts before it is what the grammar tells, whatever was learnt.

mod found;
mod rows;

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::json::fields::{Fields, Value};
use crate::json::scan::{scan_bytes, validate};
use crate::json::trie::Trie;
use crate::json::{JsonError, JsonErrorKind};
use crate::limits::{MAX_HABIT_DEPTH, MAX_HABIT_NEXT};
use crate::{Pattern, PatternIndex, Scratch};

/// Paths, and what is known of texts for them.
struct Reader {
    trie: Trie,
    fields: Fields,
    trusted: bool,
}

impl Reader {
    fn new(paths: &[&str], slots: &[&[&str]], trusted: bool) -> Reader {
        let mut trie = Trie::new();
        for path in paths {
            trie.add_path(&Arc::from(*path));
        }
        for slot in slots {
            trie.add_slot(slot);
        }
        Reader { trie, fields: Fields::default(), trusted }
    }

    /// Of texts in which nobody asks for anything.
    fn strict() -> Reader {
        Reader::new(&[], &[], false)
    }

    fn tells(&mut self, text: &[u8]) -> Known {
        self.fields.reset(self.trie.path_count(), self.trie.slot_count(), self.trie.node_count());
        follow(text, &self.trie, &mut self.fields, self.trusted)
    }

    fn learn(&mut self, text: &[u8]) {
        self.fields.habits().learn(text, &self.trie, self.trusted);
    }

    fn habit(&mut self) -> &mut Habit {
        let Reader { trie, fields, trusted } = self;
        fields.habits().find(trie, *trusted).unwrap()
    }

    /// The fields, captures and elements that were found.
    fn found(&self, text: &str) -> String {
        let Fields { list, side, slots, elements, arrays, .. } = &self.fields;
        let value = |value: &Value| (value.kind, value.bytes(text.as_bytes(), side).to_vec());
        let fields: Vec<_> =
            list.iter().map(|(path, f)| (path, value(&f.value), f.element, f.next)).collect();
        let slots: Vec<_> = slots.iter().map(value).collect();
        format!("{fields:?} {slots:?} {elements:?} {arrays:?}")
    }
}

/// What is told of each text after all of them were learnt, twice over, right or not.
fn judge(texts: &[String]) -> Result<Vec<Known>, TestCaseError> {
    let mut reader = Reader::strict();
    for text in texts.iter().chain(texts) {
        let right = validate(text).is_ok() && text.trim_start().starts_with('{');
        let known = reader.tells(text.as_bytes());
        prop_assert!(known == Known::Nothing || right, "{} is told to be right", text);
        prop_assert!(known == Known::Nothing || (known == Known::Ascii) == text.is_ascii(), "{}", text);
        reader.learn(text.as_bytes());
    }
    Ok(texts.iter().map(|text| reader.tells(text.as_bytes())).collect())
}

fn told(texts: &[&str]) -> Vec<Known> {
    judge(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn what_is_written_as_before_is_told() {
    let row = |n: usize| format!("{{\"rows\": [{}]}}", vec!["{\"x\": -1.5, \"y\": \"a\"}"; n].join(", "));
    let mut habit = Reader::strict();
    for n in 1..4 {
        habit.tells(row(n).as_bytes());
        habit.learn(row(n).as_bytes());
    }
    for n in 2..40 {
        habit.habit().vain = 0;
        assert_eq!(habit.tells(row(n).as_bytes()), Known::Ascii);
        let other = row(n)
            .replace("-1.5", "120")
            .replace("\"a\"", "\"a longer text than a window has, \\u00e9 \\\\\"");
        assert_eq!(habit.tells(other.as_bytes()), Known::Ascii, "{other}");
        assert_eq!(habit.tells(other.replace("text", "t\u{e9}xt").as_bytes()), Known::Object);
        for wrong in ["1.", "01", "-", "1e5", "tru", "1.5.5", "\"a", "\"\\x\"", "\"\t\"", "[1", "{}", ""] {
            assert_eq!(habit.tells(row(n).replacen("-1.5", wrong, 1).as_bytes()), Known::Nothing, "{wrong}");
        }
        assert_eq!(habit.tells(format!("{} ", row(n)).as_bytes()), Known::Nothing);
        assert_eq!(habit.tells(&row(n).as_bytes()[..row(n).len() - 1]), Known::Nothing);
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_never_told() {
    let name = |len: usize| format!("{{\"{}\":1}}", "n".repeat(len));
    let deep = |depth: usize| format!("{{\"a\":{}1{}}}", "[ 1, ".repeat(depth), "]".repeat(depth));
    let blind = |depth: usize| {
        format!("{{\"a\":{}1,{}{}{}}}", "[".repeat(depth), "[".repeat(9), "]".repeat(9), "]".repeat(depth))
    };
    assert_eq!(told(&[&name(MAX_HABIT_GAP_BYTES - 4)]), [Known::Ascii]);
    assert_eq!(told(&[&name(MAX_HABIT_GAP_BYTES - 3)]), [Known::Nothing]);
    // The object is open too.
    assert_eq!(told(&[&deep(MAX_HABIT_DEPTH - 1)]), [Known::Ascii]);
    assert_eq!(told(&[&deep(MAX_HABIT_DEPTH), &deep(70)]), [Known::Nothing; 2]);
    for depth in MAX_HABIT_DEPTH - 15..MAX_HABIT_DEPTH + 2 {
        told(&[&blind(depth), &blind(depth - 1), &blind(depth).replacen("]", "", 1), &deep(depth)]);
    }
}

#[test]
fn what_is_always_new_is_soon_looked_at_seldom() {
    let mut habit = Reader::strict();
    for n in 0..100_000_u32 {
        let text = format!("{{\"n{n}\":{{\"m{n}\":[1,2]}}}}");
        let tried = habit.habit().vain < VAIN;
        assert_eq!(habit.tells(text.as_bytes()), Known::Nothing);
        assert!(habit.habit().gaps.len() <= MAX_HABIT_GAPS && (n < 100 || !tried));
        habit.learn(text.as_bytes());
    }
    // It is found out when that changes.
    let same = |n: u32| habit_text(n);
    let found = (0..100_000_u32).find(|n| {
        let known = habit.tells(same(*n).as_bytes());
        habit.learn(same(*n).as_bytes());
        known != Known::Nothing && habit.habit().vain < VAIN
    });
    assert!(found.is_some_and(|n| n < 1_000), "{found:?}");
}

#[test]
fn a_gap_that_begins_another_does_not_hide_it() {
    let texts = [
        r#"{"a":null,"z":1}"#,
        r#"{"a":{"b":1},"z":1}"#,
        r#"{"a":{},"z":1}"#,
        r#"{"a":"b","z":1}"#,
        r#"{"z":{"rows":[1],"n":2}}"#,
        r#"{"z":{"rows":[],"n":2}}"#,
        r#"{"z":{"rows":[[2]],"n":2}}"#,
        r#"{"z":{"rows":[{"n":"rows"}],"n":2}}"#,
        "{\"e\":[1]}",
        "{\"e\":[1]}\n",
        "{\"e\":[1]} \n\n",
    ];
    for a in texts {
        for b in texts {
            assert_eq!(told(&[a, b]), [Known::Ascii; 2], "{a} and {b}");
        }
    }
    // What is null now and then does not switch it off.
    let mut habit = Reader::strict();
    for n in 0..1_000 {
        let text = if n % 3 == 0 { texts[0] } else { texts[1] }.replace('1', &n.to_string());
        let known = habit.tells(text.as_bytes());
        assert_eq!(known == Known::Nothing, n < 2, "{text}");
        habit.learn(text.as_bytes());
    }
}

#[test]
fn an_exponent_is_not_told_and_hides_nothing() {
    let (whole, part) = ([r#"{"v":1e5}"#, r#"{"v":1}"#], [r#"{"v":[2.5E-3,"a"]}"#, r#"{"v":[2.5,"a"]}"#]);
    assert_eq!(told(&whole), [Known::Nothing, Known::Ascii]);
    assert_eq!(told(&part), [Known::Nothing, Known::Ascii]);
    let mut habit = Reader::strict();
    for text in whole.iter().chain(&part) {
        habit.tells(text.as_bytes());
        habit.learn(text.as_bytes());
        assert!(habit.habit().gaps.iter().skip(1).all(|gap| gap.len > 0), "{text}");
    }
}

#[test]
fn past_so_many_gaps_all_are_forgotten() {
    // A gap for each member, one behind the last, and the one before all texts.
    let members =
        |n: usize| format!("{{{}}}", (0..n).map(|n| format!("\"m{n}\":1")).collect::<Vec<_>>().join(","));
    assert_eq!(told(&[&members(MAX_HABIT_GAPS - 2)]), [Known::Ascii]);
    assert_eq!(told(&[&members(MAX_HABIT_GAPS - 1)]), [Known::Nothing]);
    let mut habit = Reader::strict();
    let mut learnt = |text: &str| {
        habit.tells(text.as_bytes());
        habit.learn(text.as_bytes());
        (habit.habit().gaps.len(), habit.tells(text.as_bytes()))
    };
    assert_eq!(learnt(&members(MAX_HABIT_GAPS - 2)), (MAX_HABIT_GAPS, Known::Ascii));
    assert_eq!(learnt(r#"{"other":1}"#), (0, Known::Nothing));
    assert_eq!(learnt(r#"{"other":1}"#), (3, Known::Ascii));
}

#[test]
fn past_so_many_followers_the_oldest_is_forgotten() {
    let texts: Vec<String> = (0..=MAX_HABIT_NEXT).map(|n| format!("{{\"n{n}\":1}}")).collect();
    assert_eq!(judge(&texts[1..]).unwrap(), [Known::Ascii; MAX_HABIT_NEXT]);
    let known = judge(&texts).unwrap();
    assert_eq!(known[0], Known::Nothing);
    assert_eq!(known[1..], [Known::Ascii; MAX_HABIT_NEXT]);
}

#[test]
fn what_is_learnt_of_bytes_that_are_no_text_makes_them_none() {
    let mut index = PatternIndex::new();
    let id = index.insert(Pattern::parse(r#"{"a":["b"]}"#).unwrap());
    let wrongs: [(&[u8], usize); 4] = [
        (b"{\"\xff\":1}", 2),
        (b"{\"a\":\"\xff\"}", 6),
        (b"{\"a\":\"b\",\"\xc3\":1}", 10),
        (b"{\"\xc3\":1,\"\xa9\":2}", 2),
    ];
    let right = [r#"{"a":"b"}"#, r#"{"a":"b","c":1}"#, "{\"\u{e9}\":1}", "{\"a\":\"\u{e9}\"}"];
    let (mut reader, mut scratch) = (Reader::new(&["a"], &[], false), Scratch::new());
    for round in 0..3 {
        for (bytes, at) in wrongs {
            assert_eq!(reader.tells(bytes), if round == 0 { Known::Nothing } else { Known::Object }, "{at}");
            reader.learn(bytes);
            let error = JsonError::at(at, JsonErrorKind::NotUtf8);
            assert_eq!(scan_bytes(bytes, &reader.trie, &mut reader.fields), Err(error));
            assert_eq!(index.matches(bytes, &mut scratch).map(<[_]>::to_vec), Err(error));
        }
        for text in right {
            assert_eq!(scan_bytes(text.as_bytes(), &reader.trie, &mut reader.fields), Ok(()));
            let matching = if text.contains(r#""b""#) { vec![id] } else { vec![] };
            assert_eq!(index.matches(text.as_bytes(), &mut scratch), Ok(matching.as_slice()), "{text}");
        }
    }
}

fn habit_text(n: u32) -> String {
    format!("{{\"n\": {n}}}")
}

/// Texts of few tokens, so that they are often right, and of the same gaps.
fn text() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "-0.5",
        "\"a\"",
        "\"\u{e9}\"",
        "null",
        "true",
        "{}",
        "[ ]",
        "1e5",
        "\"\\n\"",
        "\", \"",
        "\": \"",
        "\"}\"",
        "\"},\"",
        "\"{]\"",
    ]);
    let value = leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        let name = prop::sample::select(vec!["a", "b", "\u{e9}", "\\u0061", "a.b", "k"]);
        let space = prop::sample::select(vec!["", " ", "\n"]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 1..4), space.clone())
                .prop_map(|(list, space)| format!("[{}]", list.join(&format!(",{space}")))),
            (prop::collection::vec((name, inner), 1..4), space).prop_map(|(members, space)| {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{space}{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    value.prop_map(|value| format!("{{\"k\":{value}}}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_as_the_grammar_tells_it(
        texts in prop::collection::vec(text(), 1..10),
        spoils in prop::collection::vec(any::<(u8, u16, u8, u8)>(), 0..40),
    ) {
        let mut all = texts.clone();
        for (which, at, how, byte) in spoils {
            let mut text: Vec<char> = texts[which as usize % texts.len()].chars().collect();
            let other: Vec<char> = texts[byte as usize % texts.len()].chars().collect();
            let at = at as usize % text.len();
            let new = ['{', '}', '[', ']', ',', ':', '"', '1', '.', '-', '0', ' ', 'n', '\\', 'e'][byte as usize % 15];
            match how % 4 {
                0 => text[at] = new,
                1 => text.insert(at, new),
                2 => { text.remove(at); }
                // The beginning of one and the end of another.
                _ => text.splice(at.., other[at.min(other.len())..].iter().copied()).for_each(drop),
            }
            all.push(text.into_iter().collect());
        }
        judge(&all)?;
    }
}
