//! Whatever is done to what a clean run has shown or left, the checker names it: one that finds nothing proves nothing.

mod left;

use fanin_event::Timestamp;
use serde_json::{Value, json};

use super::Shape;
use super::played::{Ground, Kept, PORT, Played};
use super::ports::Seen;
use super::workflow::Kind;
use crate::drive::End;
use crate::limits::MAX_LATE;
use crate::settings::Settings;
use crate::world::World;

/// Seeds that are played and tampered with.
const SEEDS: u64 = 100;
/// Fewer runs than this that have something of a kind, and the kind is not shown.
const FEWEST: usize = 5;

/// A run of the host in which nothing goes wrong.
pub(super) fn clean<S: Kept>(seed: u64, ground: Ground<S>) -> Played<S> {
    let settings = Settings::calm(seed);
    let played = Played::of((Shape::of(seed), &settings), false, ground, |host| host);
    let played = played.unwrap_or_else(|verdict| panic!("seed {seed}: {verdict:?}"));
    assert_eq!(played.end, End::Rest, "seed {seed}");
    played
}

/// What is wrong with what a run has left.
pub(super) fn left<S: Kept>(run: &Played<S>) -> Vec<String> {
    run.left(&run.judged(&run.calls).letters)
}

/// A run on the model behind the port.
type Clean = Played<World>;

impl Clean {
    /// The place of the first call that shows an outcome of the first condition: a timeout, or a firing.
    fn shown(&self, timeout: bool) -> Option<usize> {
        let name = if timeout { "first.timeout" } else { "first" };
        let name = format!(r#""detail-type":"{name}""#);
        let shows = |call: &Seen| &*call.rule == "see_first" && call.payload.contains(&name);
        self.calls.iter().position(shows)
    }
}

/// The calls with one payload changed, by a path into it; none where there is no such path.
fn changed(calls: &[Seen], place: usize, path: &str, to: impl Fn(&Value) -> Value) -> Option<Vec<Seen>> {
    let mut calls = calls.to_vec();
    let mut payload: Value = serde_json::from_str(&calls[place].payload).unwrap();
    let at = payload.pointer_mut(path)?;
    *at = to(at);
    calls[place].payload = payload.to_string().into();
    Some(calls)
}

fn without(calls: &[Seen], place: usize) -> Vec<Seen> {
    let mut less = calls.to_vec();
    less.remove(place);
    less
}

/// `calls`, and the one in `place` once more under another id.
fn again(calls: &[Seen], place: usize) -> Vec<Seen> {
    let mut more = calls.to_vec();
    more.push(Seen { id: "another".to_owned(), ..calls[place].clone() });
    more
}

fn earlier(moment: &Value) -> Value {
    let moment = Timestamp::parse(moment.as_str().unwrap()).unwrap();
    json!(Timestamp(moment.0 - 1).to_string())
}

/// Something that is done to a run; none where it has nothing of that kind.
type Deed = fn(&Clean) -> Option<Vec<Seen>>;

/// The same members in a second outcome. A firing without members cannot be told from one more.
fn members_once_more(clean: &Clean) -> Option<Vec<Seen>> {
    let place = clean.shown(false)?;
    let more = again(&clean.calls, place);
    let calls = changed(&more, clean.calls.len(), "/id", |_| json!("another"))?;
    calls[place].payload.contains(r#""id":"e"#).then_some(calls)
}

fn another_number(clean: &Clean) -> Option<Vec<Seen>> {
    let numbered = !matches!(clean.work.shape.kind, Kind::Watch { .. } | Kind::Follow { .. });
    let place = clean.shown(false).filter(|_| numbered)?;
    changed(&clean.calls, place, "/detail/count", |count| json!(count.as_u64().unwrap() + 1))
}

fn never_sent(clean: &Clean) -> Option<Vec<Seen>> {
    let (place, name) = (clean.shown(false)?, clean.work.shape.listens()[0]);
    changed(&clean.calls, place, &format!("/detail/members/{name}/0/id"), |_| json!("e999"))
}

fn late(clean: &Clean) -> Option<Vec<Seen>> {
    let (mut late, place) = (clean.calls.clone(), clean.shown(false)?);
    late[place].at += MAX_LATE + 1;
    Some(late)
}

/// A run's call of which a second form is seen.
fn two_forms(clean: &Clean) -> Option<Vec<Seen>> {
    let place = clean.calls.iter().position(|call| &*call.rule == "act")?;
    let mut more = clean.calls.clone();
    more.push(Seen { payload: "{}".into(), ..clean.calls[place].clone() });
    Some(more)
}

/// What is done, the words by which it is named, and of how many hundred times at least: where several outcomes are right, one
/// fewer may be.
const DEEDS: [(&str, Deed, &[&str], usize); 12] = [
    (
        "double: one outcome, two actions",
        |c| Some(again(&c.calls, c.shown(false)?)),
        &["shown by two actions"],
        100,
    ),
    ("double: the same members again", members_once_more, &["is in another outcome"], 100),
    ("content: never sent", never_sent, &["was not sent"], 100),
    ("content: another number", another_number, &["is no "], 100),
    ("content: one action, two payloads", two_forms, &["is made in two forms"], 100),
    (
        "key: another one",
        |c| changed(&c.calls, c.shown(false)?, "/detail/key/job", |_| json!("k9")),
        &["is of no key"],
        100,
    ),
    (
        "early: before its deadline",
        |c| changed(&c.calls, c.shown(true)?, "/time", earlier),
        &["before its deadline"],
        100,
    ),
    ("late: long after its moment", late, &["comes too late"], 100),
    (
        "missed: a timeout nobody saw",
        |c| Some(without(&c.calls, c.shown(true)?)),
        &["one outcome is right", "timeouts of", "follow from the first"],
        60,
    ),
    (
        "lost: a firing nobody saw",
        |c| Some(without(&c.calls, c.shown(false)?)),
        &["are right", "is right", "timeouts of", "has no cause", "follow from the first"],
        60,
    ),
    (
        "lost: a call of a run",
        |c| Some(without(&c.calls, c.calls.iter().position(|call| &*call.rule == "act")?)),
        &["run "],
        100,
    ),
    (
        "lost: the end of a run",
        |c| Some(without(&c.calls, c.calls.iter().position(|call| &*call.rule == "see_done")?)),
        &["ends and"],
        100,
    ),
];

#[test]
fn whatever_is_done_to_what_was_seen_is_named() {
    let runs: Vec<Clean> = (0..SEEDS).map(|seed| clean(seed, PORT)).collect();
    for (seed, run) in (0_u64..).zip(&runs) {
        assert_eq!(run.judged(&run.calls).problems, [""; 0], "seed {seed}");
        assert_eq!(left(run), [""; 0], "seed {seed}");
    }
    for (what, deed, words, least) in DEEDS {
        let (mut named, mut missed) = (0, Vec::new());
        for (seed, run) in (0_u64..).zip(&runs) {
            let Some(calls) = deed(run) else { continue };
            let problems = run.judged(&calls).problems;
            let names = |problem: &String| words.iter().any(|word| problem.contains(word));
            if problems.iter().any(names) {
                named += 1;
            } else {
                missed.push((seed, problems));
            }
        }
        let all = named + missed.len();
        println!("{what}: {named} of {all}");
        assert!(all >= FEWEST, "{what}: only {all} runs have something of that kind");
        assert!(named * 100 >= all * least, "{what}: {named} of {all}, not {missed:#?}");
    }
}
