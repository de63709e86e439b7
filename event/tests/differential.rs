//! The index against the model on texts of every kind: repeated members, escapes, number forms, odd layouts, all operators.

mod model;

use fanin_event::limits::MAX_JSON_DEPTH;
use fanin_event::{Pattern, PatternIndex, Scratch};
use model::{Json, Model};
use proptest::prelude::*;

/// Ways to write the same tree: where escapes, spaces and other forms of numbers go.
struct Style(u64);

impl Style {
    fn one_in(&mut self, n: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.is_multiple_of(n)
    }

    fn space(&mut self, out: &mut String) {
        for _ in 0..3 {
            if self.one_in(5) {
                out.push_str(if self.one_in(2) { " " } else { "\n\t" });
            }
        }
    }

    fn text(&mut self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' if self.one_in(2) => out.push_str("\\n"),
                '/' if self.one_in(2) => out.push_str("\\/"),
                c if c < ' ' || self.one_in(9) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&if self.one_in(2) {
                            format!("\\u{unit:04x}")
                        } else {
                            format!("\\u{unit:04X}")
                        });
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }

    fn write(&mut self, json: &Json, out: &mut String) {
        self.space(out);
        match json {
            Json::Object(members) => {
                out.push('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.space(out);
                    self.text(name, out);
                    self.space(out);
                    out.push(':');
                    self.write(value, out);
                }
                self.space(out);
                out.push('}');
            }
            Json::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.write(element, out);
                }
                self.space(out);
                out.push(']');
            }
            Json::Text(text) => self.text(text, out),
            Json::Number(text) => out.push_str(text),
            Json::True => out.push_str("true"),
            Json::False => out.push_str("false"),
            Json::Null => out.push_str("null"),
        }
        self.space(out);
    }

    fn of(seed: u64, json: &Json) -> String {
        let mut out = String::new();
        Style(seed | 1).write(json, &mut out);
        out
    }
}

fn choose(from: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(from).prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    choose(&["a", "a", "b", "c", "a.b", "", "é", "a-name-that-is-longer-than-one-word", "\u{1f600}"])
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => choose(&[
            "", "x", "xy", "Y", "y", "xxy", "straße", "STRASSE", "10.0.0.1", "010.0.0.1", "10.0.0.256", "::1", "0:0:0:0:0:0:0:1",
            "::ffff:10.0.0.1", "::ffff:a00:1", "a\"b", "a\\b", "*", "x*y", "line\nbreak", "\u{1f600}", "é", "e\u{301}", "ǅ", "Σ", "ς",
            "a text that is longer than one block of what is compared at once, and longer still",
        ]),
        1 => "[a-cxyXY*\\\\\"/]{0,12}",
        1 => "\\PC{0,6}",
    ]
}

fn number() -> impl Strategy<Value = String> {
    choose(&[
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "1e0",
        "10e-1",
        "100E-2",
        "-3",
        "2.5",
        "25e-1",
        "300",
        "3e2",
        "3.0E+2",
        "0.1",
        "1e23",
        "0.30000000000000004",
        "9007199254740992",
        "9007199254740993",
        "12345678901234567890",
        "1e309",
        "1e-400",
        "5e-324",
        "1e-7",
        "3.1415926535897932",
        "1.7976931348623157e308",
    ])
}

fn leaf() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => text().prop_map(Json::Text),
        3 => number().prop_map(Json::Number),
        1 => prop::sample::select(vec![Json::True, Json::False, Json::Null]),
    ]
}

fn one(name: &str, argument: Json) -> Json {
    Json::Object(vec![(name.to_owned(), argument)])
}

fn glob() -> impl Strategy<Value = Json> {
    prop_oneof![
        choose(&["*", "x*", "*y", "x*y", "*x*", "*a*b*", "\\*", "x\\*y", "*\\\\*", "", "a*long*once"]),
        "[xy*ab]{0,6}"
    ]
    .prop_filter("two stars", |glob| !glob.contains("**"))
    .prop_map(Json::Text)
}

fn blocks() -> impl Strategy<Value = Json> {
    choose(&["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/31", "::/1", "::1/127", "::ffff:a00:0/104", "fe80::/10"])
        .prop_map(Json::Text)
}

fn matcher() -> impl Strategy<Value = Json> {
    let folded = || text().prop_map(|t| one("equals-ignore-case", Json::Text(t)));
    let names = || text().prop_map(Json::Text);
    let spared = prop_oneof![
        names(),
        number().prop_map(Json::Number),
        prop::collection::vec(names(), 1..4).prop_map(Json::Array),
        prop::collection::vec(number().prop_map(Json::Number), 1..4).prop_map(Json::Array),
        (choose(&["prefix", "suffix", "equals-ignore-case"]), names()).prop_map(|(n, v)| one(&n, v)),
        (choose(&["prefix", "suffix", "equals-ignore-case"]), prop::collection::vec(names(), 1..4))
            .prop_map(|(n, v)| one(&n, Json::Array(v))),
        glob().prop_map(|g| one("wildcard", g)),
        prop::collection::vec(glob(), 1..3).prop_map(|g| one("wildcard", Json::Array(g))),
    ];
    let sign = |text: &str| Json::Text(text.to_owned());
    prop_oneof![
        5 => leaf(),
        1 => names().prop_map(|v| one("exactly", v)),
        1 => (choose(&["prefix", "suffix"]), names()).prop_map(|(n, v)| one(&n, v)),
        1 => (choose(&["prefix", "suffix"]), folded()).prop_map(|(n, v)| one(&n, v)),
        1 => folded(),
        1 => glob().prop_map(|g| one("wildcard", g)),
        1 => blocks().prop_map(|b| one("cidr", b)),
        2 => spared.prop_map(|v| one("anything-but", v)),
        1 => (choose(&["=", "<", "<=", ">", ">="]), number())
            .prop_map(move |(s, n)| one("numeric", Json::Array(vec![sign(&s), Json::Number(n)]))),
        1 => (choose(&[">", ">="]), number(), choose(&["<", "<="]), number()).prop_map(move |(a, lo, b, hi)| {
            one("numeric", Json::Array(vec![sign(&a), Json::Number(lo), sign(&b), Json::Number(hi)]))
        }),
        1 => Just(one("exists", Json::True)),
        1 => Just(one("exists", Json::False)),
    ]
}

fn pattern() -> impl Strategy<Value = Json> {
    let list = || prop::collection::vec(matcher(), 1..4).prop_map(Json::Array);
    let flat = prop::collection::vec((name(), list()), 1..4).prop_map(Json::Object);
    flat.prop_recursive(3, 16, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4).prop_map(Json::Array);
        prop_oneof![
            3 => prop::collection::vec((name(), inner.clone()), 1..4).prop_map(Json::Object),
            1 => (prop::collection::vec((name(), inner), 0..3), several, any::<bool>()).prop_map(|(mut members, several, first)| {
                let at = if first { 0 } else { members.len() };
                members.insert(at, ("$or".to_owned(), several));
                Json::Object(members)
            }),
        ]
    })
}

fn event() -> impl Strategy<Value = Json> {
    let value = leaf().prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec((name(), inner.clone()), 0..5).prop_map(Json::Object),
            prop::collection::vec(inner, 0..5).prop_map(Json::Array),
        ]
    });
    prop::collection::vec((name(), value), 0..6).prop_map(Json::Object)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_says_what_the_model_says(
        patterns in prop::collection::vec((pattern(), any::<u64>()), 1..10),
        events in prop::collection::vec((event(), any::<u64>()), 1..5),
        gone in any::<u16>(),
    ) {
        let texts: Vec<String> = patterns.iter().map(|(pattern, seed)| Style::of(*seed, pattern)).collect();
        let mut index = PatternIndex::new();
        // What the language does not allow (an empty range, a number that is none) is not inserted.
        let valid: Vec<_> = texts.iter().filter_map(|text| Pattern::parse(text).ok().map(|p| (text, index.insert(p)))).collect();
        let kept: Vec<_> = valid.iter().enumerate().filter(|(i, (_, id))| gone & (1 << i) == 0 || !index.remove(*id)).map(|(_, v)| *v).collect();
        let models: Vec<_> = kept.iter().map(|(text, id)| (Model::of(text), *id)).collect();
        let mut scratch = Scratch::new();
        for (event, seed) in &events {
            let text = Style::of(*seed, event);
            let read = Json::read(&text);
            prop_assert_eq!(read.as_ref(), Some(event), "the text is not the tree: {}", text);
            prop_assert!(event.depth() <= MAX_JSON_DEPTH);
            let trusted = index.matches_trusted(&text, &mut scratch).unwrap().to_vec();
            prop_assert_eq!(index.matches(text.as_bytes(), &mut scratch).unwrap(), &trusted);
            let expected: Vec<_> = models.iter().filter(|(model, _)| model.matches(event)).map(|(_, id)| *id).collect();
            prop_assert_eq!(trusted, expected, "{} on {:#?}", text, kept);
        }
    }
}
