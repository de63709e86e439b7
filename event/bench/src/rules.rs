//! The rule sets: for each kind of operator, as many patterns as asked for, which some of the events match.

use serde_json::{Value, json};

use crate::data::{Data, SOURCES, STATES, STREETS, TENANTS, letters, parcel_number, tenant};
use crate::random::Random;

/// A kind of rule set.
pub struct Kind {
    /// Its name in the tables.
    pub name: &'static str,
    /// The events it is for.
    pub data: Data,
    /// The rival has the operator.
    pub rival: bool,
    /// The `n`th pattern.
    pub pattern: fn(u64, &mut Random) -> Value,
}

fn property(name: &str, matcher: Value) -> Value {
    json!({ "properties": { name: [matcher] } })
}

fn street(random: &mut Random) -> &'static str {
    let name: &&'static str = random.pick(&STREETS);
    name
}

/// A piece of a street's name at one of its ends, with a letter more the more patterns there are.
fn piece(n: u64, random: &mut Random, end: bool) -> String {
    let name = street(random);
    let length = 2 + (n % 4) as usize;
    let text = if end { name.get(name.len().saturating_sub(length)..) } else { name.get(..length) };
    let text = text.unwrap_or(name);
    if n < 100 {
        return text.to_owned();
    }
    if end { format!("{n}{text}") } else { format!("{text}{n}") }
}

fn some_parcel(random: &mut Random) -> String {
    parcel_number(random.below(200_000))
}

fn wildcard(n: u64, random: &mut Random) -> String {
    let lot = some_parcel(random);
    let part = |from: usize, to: usize| lot.get(from..to).unwrap_or_default();
    match n % 4 {
        0 => format!("{}*", part(0, 5)),
        1 => format!("*{}", part(3, 7)),
        2 => format!("{}*{}*{}", part(0, 2), part(3, 4), part(5, 7)),
        _ => format!("*{}*", part(1, 6)),
    }
}

fn mixed(n: u64, random: &mut Random) -> Value {
    let source = random.pick(&SOURCES);
    let state = random.pick(&STATES);
    let tenant = tenant(random.below(TENANTS));
    let detail = match n % 7 {
        0 => {
            json!({ "tenant": [tenant], "amount": [{ "numeric": [">", random.below(90_000), "<=", 95_000] }] })
        }
        1 => json!({ "tenant": [{ "prefix": tenant.get(..11) }], "state": [state] }),
        2 => json!({ "tenant": [tenant], "key": [{ "suffix": ".csv" }] }),
        3 => json!({ "key": [{ "wildcard": format!("jobs/{}*/part-*.csv", random.below(100_000)) }] }),
        4 => json!({ "tenant": [tenant], "state": [{ "anything-but": [state] }] }),
        5 => json!({ "tenant": [tenant.to_uppercase()], "trace": { "parent": [{ "exists": true }] } }),
        _ => json!({ "tenant": [{ "equals-ignore-case": tenant.to_uppercase() }] }),
    };
    json!({ "source": [source], "detail": detail })
}

fn exact_envelope(n: u64, random: &mut Random) -> Value {
    let tenant = tenant(random.below(TENANTS));
    let mut detail = json!({ "tenant": [tenant] });
    if n.is_multiple_of(2) {
        detail = json!({ "tenant": [tenant], "state": [random.pick(&STATES), random.pick(&STATES)] });
    }
    let kind = random.pick(&["EC2 Instance State Change", "Order State Change", "Parcel State Change"]);
    json!({ "source": [random.pick(&SOURCES)], "detail-type": [kind], "detail": detail })
}

/// All kinds.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "exact",
        data: Data::Parcels,
        rival: true,
        pattern: |_, r| property("MAPBLKLOT", json!(some_parcel(r))),
    },
    Kind {
        name: "wildcard",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| property("MAPBLKLOT", json!({ "wildcard": wildcard(n, r) })),
    },
    Kind {
        name: "prefix",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| property("STREET", json!({ "prefix": piece(n, r, false) })),
    },
    Kind {
        name: "suffix",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| property("STREET", json!({ "suffix": piece(n, r, true) })),
    },
    Kind {
        name: "ignore-case",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| {
            let name = street(r).to_lowercase();
            property(
                "STREET",
                json!({ "equals-ignore-case": if n < 100 { name } else { format!("{name}{n}") } }),
            )
        },
    },
    Kind {
        name: "prefix-ignore-case",
        data: Data::Parcels,
        rival: false,
        pattern: |n, r| {
            property(
                "STREET",
                json!({ "prefix": { "equals-ignore-case": piece(n, r, false).to_lowercase() } }),
            )
        },
    },
    Kind {
        name: "numeric",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| {
            let low = 122.36 + r.below(150_000) as f64 / 1e6;
            if n.is_multiple_of(2) {
                return property(
                    "LEVY",
                    json!({ "numeric": [">=", r.below(9_000), "<", 9_000 + r.below(1_000)] }),
                );
            }
            json!({ "geometry": { "firstCoordinates": { "x": [{ "numeric": [">", -low - 0.001, "<", -low] }] } } })
        },
    },
    Kind {
        name: "anything-but",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| json!({ "properties": { "STREET": [{ "anything-but": [street(r), format!("X{n}")] }], "MAPBLKLOT": [some_parcel(r)] } }),
    },
    Kind {
        name: "anything-but-prefix",
        data: Data::Parcels,
        rival: false,
        pattern: |n, r| json!({ "properties": { "STREET": [{ "anything-but": { "prefix": piece(n, r, false) } }], "MAPBLKLOT": [some_parcel(r)] } }),
    },
    Kind {
        name: "anything-but-suffix",
        data: Data::Parcels,
        rival: false,
        pattern: |n, r| json!({ "properties": { "STREET": [{ "anything-but": { "suffix": piece(n, r, true) } }], "MAPBLKLOT": [some_parcel(r)] } }),
    },
    Kind {
        name: "anything-but-wildcard",
        data: Data::Parcels,
        rival: false,
        pattern: |n, r| json!({ "properties": { "STREET": [{ "anything-but": { "wildcard": format!("*{}*", piece(n, r, true)) } }], "MAPBLKLOT": [some_parcel(r)] } }),
    },
    Kind {
        name: "anything-but-only",
        data: Data::Parcels,
        rival: true,
        pattern: |n, r| {
            property("STREET", json!({ "anything-but": [street(r), street(r), format!("X{n}")] }))
        },
    },
    Kind {
        name: "exists",
        data: Data::Parcels,
        rival: true,
        pattern: |_, r| json!({ "properties": { "OWNER": [{ "exists": true }], "MAPBLKLOT": [some_parcel(r)] } }),
    },
    Kind {
        name: "complex-arrays",
        data: Data::Parcels,
        rival: true,
        pattern: |_, r| {
            let (west, south) =
                (122.36 + r.below(150_000) as f64 / 1e6, 37.70 + r.below(110_000) as f64 / 1e6);
            json!({ "geometry": { "type": ["Polygon"], "coordinates": {
                "x": [{ "numeric": [">", -west - 0.01, "<", -west] }],
                "y": [{ "numeric": [">", south, "<", south + 0.01] }], "z": [0] } } })
        },
    },
    Kind {
        name: "broad",
        data: Data::Envelopes,
        rival: true,
        pattern: |n, r| json!({ "source": [{ "prefix": r.pick(&["aws.", "shop.", "sensors."]) }], "detail": { "state": [r.pick(&STATES), r.pick(&STATES)], "priority": [{ "numeric": [">=", n % 10] }] } }),
    },
    Kind { name: "exact-envelope", data: Data::Envelopes, rival: true, pattern: exact_envelope },
    Kind { name: "mix", data: Data::Envelopes, rival: true, pattern: mixed },
    Kind {
        name: "wildcard-stars",
        data: Data::Lines,
        rival: true,
        pattern: |_, r| {
            let stars = letters(3, r).chars().fold("*".to_owned(), |all, letter| format!("{all}{letter}*"));
            json!({ "line": [{ "wildcard": stars }] })
        },
    },
];
