//! Counts in pages: what a page takes, when it freezes, and how the root fires by what pages tell.

use fanin_condition::limits::{MAX_PAGE_IDS, MAX_UNPAGED_IDS, MAX_UNPAGED_REACH, PAGED_FROM};
use fanin_condition::pages::{self, Node, Paging, Place, Report, Totals};
use fanin_condition::{
    Chunking, CodecError, Collect, Condition, Effect, Fire, Kind, MemberEvent, Parts, Verdict, Window,
};
use fanin_event::{Identity, Timestamp};

use crate::world::{HOUR, START, World, condition, count, span, windowed};

fn plain(reach: u64) -> Condition {
    Condition { collect: Collect::None, within: Some(span(HOUR)), ..count(Some(reach)) }
}

/// The event `n` as it comes to a page.
fn with_event<T>(n: i64, value: &str, take: impl FnOnce(&MemberEvent<'_>) -> T) -> T {
    let id = format!("p{n}");
    take(&MemberEvent {
        member: 0,
        identity: Identity::of(&["test", &id]),
        id: &id,
        accepted: Timestamp(START + n),
        time: Timestamp(START + n),
        captures: &[value],
        envelope: "{}",
        hops: 2,
        waived: None,
    })
}

/// A root with so many ids, and its pages.
fn root(reach: u64, ids: usize) -> (World, Option<Paging>) {
    let mut world = World::new(plain(reach));
    for n in 0..i64::try_from(ids).unwrap() {
        world.event(n, &format!("part p{n} {n}"));
    }
    let paging = Paging::begin(&world.condition, &world.instance, &[]);
    (world, paging)
}

fn report(version: u64, counted: u64) -> Report {
    let (first_at, last_at) = (Timestamp(START - 5), Timestamp(START + 9_000));
    Report { version, totals: Totals { counted, first_at, last_at, touched_at: last_at, hops: 7 } }
}

#[test]
fn only_counts_that_fire_once_and_keep_nothing_have_pages() {
    assert!(
        pages::applies(&plain(9)) && pages::applies(&Condition { collect: Collect::None, ..count(None) })
    );
    assert!(!pages::applies(&count(Some(9))), "it keeps its members");
    assert!(!pages::applies(&Condition { fire: Fire::Every, ..plain(9) }));
    assert!(!pages::applies(&Condition { collect: Collect::None, ..condition(Kind::All, &["a", "b"]) }));
    let window = Window::Tumbling(span(HOUR));
    assert!(!pages::applies(&Condition { collect: Collect::None, fire: Fire::Once, ..windowed(9, window) }));
}

#[test]
fn pages_begin_at_the_limit() {
    assert!(root(MAX_UNPAGED_REACH + 1, PAGED_FROM - 1).1.is_none());
    assert!(root(MAX_UNPAGED_REACH + 1, PAGED_FROM).1.is_some());
    assert!(root(MAX_UNPAGED_REACH, 2_000).1.is_none(), "it never needs many");
    let mut unknown = World::new(Condition { collect: Collect::None, ..count(None) });
    for n in 0..i64::try_from(MAX_UNPAGED_IDS).unwrap() {
        assert!(Paging::begin(&unknown.condition, &unknown.instance, &[]).is_none());
        unknown.event(n, &format!("part p{n} {n}"));
    }
    assert!(Paging::begin(&unknown.condition, &unknown.instance, &[]).is_some());
    unknown.event(9_999, "manifest m 2000");
    assert!(Paging::begin(&unknown.condition, &unknown.instance, &[]).is_none(), "now it is known");
}

#[test]
fn the_first_page_follows_from_what_never_changes() {
    let (world, paging) = root(9_999, PAGED_FROM);
    let first = |condition: &Condition, own| paging.as_ref().unwrap().first(condition, own).to_string();
    let at = |ms| Some(Timestamp(ms));
    assert_eq!(first(&world.condition, at(0)), first(&world.condition, at(999)));
    assert_ne!(first(&world.condition, at(0)), first(&world.condition, at(5_000)));
    assert_eq!(first(&world.condition, None), "n");
    let mut distinct = world.condition;
    distinct.members[0].distinct = Some(0);
    assert_eq!(first(&distinct, at(0)), "n", "a value may come at any time");
}

#[test]
fn the_rate_of_events_tells_how_long_a_while_shares_a_page() {
    let (world, _) = root(9_999, PAGED_FROM);
    let own: Vec<Timestamp> =
        (0..16).map(|n| Timestamp(n * 16 * 20)).chain([Timestamp(-9_999_999)]).collect();
    let paging = Paging::begin(&world.condition, &world.instance, &own).unwrap();
    let place = |ms| paging.first(&world.condition, Some(Timestamp(ms))).to_string();
    assert_eq!(place(0), place(9_000), "events of the past, 20 ms apart: about 12 s");
    assert_ne!(place(0), place(15_000));
}

#[test]
fn a_page_counts_knows_and_freezes() {
    let condition = plain(9_999);
    let mut page = Node::new(&condition);
    let mut effects = Vec::new();
    let most = i64::try_from(MAX_PAGE_IDS).unwrap();
    for n in 0..most {
        assert!(!page.is_frozen());
        let verdict = with_event(n, "v", |e| page.take((&condition, "k"), e, false, &mut effects));
        assert_eq!(verdict, Verdict::Waiting);
    }
    assert!(page.is_frozen() && with_event(7, "v", |e| page.knows(&condition, "k", e)));
    assert!(!with_event(most, "v", |e| page.knows(&condition, "k", e)));
    let told = page.report();
    assert_eq!((told.version, told.totals.counted, told.totals.hops), (1, MAX_PAGE_IDS as u64, 2));
    assert_eq!(told.totals.last_at, Timestamp(START + most - 1));
    assert!(page.hear("m1/0", report(3, 40)) && !page.hear("m1/0", report(2, 30)));
    assert_eq!(page.report().totals.counted, MAX_PAGE_IDS as u64 + 40);

    let split = page.split().unwrap();
    let Chunking::Append(chunk) = split.chunks else { panic!("a full page has a chunk") };
    assert!(split.head.len() + chunk.len() < 64 * 1024);
    let mut back = Node::from_parts(&split.head, std::slice::from_ref(&chunk)).unwrap();
    assert_eq!((back.report(), back.is_frozen()), (page.report(), true));
    assert!(Node::from_parts(&split.head, &[]).is_err());
    let mut newer = split.head;
    assert_eq!(&newer[..3], [0x84, 1, 1], "array of four, format 1, minimal reader 1");
    newer[2] = 2;
    assert!(matches!(Node::from_parts(&newer, &[chunk]), Err(CodecError::Newer { min_reader: 2, .. })));

    let mut last = Node::new(&condition);
    for n in 0..=most {
        with_event(n, "v", |e| last.take((&condition, "k"), e, true, &mut effects));
    }
    assert!(!last.is_frozen(), "there is nobody below it");
}

#[test]
fn a_value_is_known_whoever_brought_it() {
    let mut condition = plain(9_999);
    condition.members[0].distinct = Some(0);
    let mut page = Node::new(&condition);
    with_event(1, "red", |e| page.take((&condition, "k"), e, false, &mut Vec::new()));
    assert!(with_event(2, "red", |e| page.knows(&condition, "k", e)));
    assert!(!with_event(2, "blue", |e| page.knows(&condition, "k", e)));
    let paging = root(9_999, PAGED_FROM).1.unwrap();
    let turn = |n, value| {
        with_event(n, value, |e| paging.turn(&condition, "k", e, Some(Timestamp(START + n * 60_000))))
    };
    assert_eq!(turn(1, "red"), turn(2, "red"));
}

#[test]
fn a_page_that_is_too_long_has_children_by_time() {
    let (world, _) = root(9_999, PAGED_FROM);
    // The first events came in disorder, from all of a minute: a page would have some three minutes.
    let own: Vec<Timestamp> = (0..16).map(|n| Timestamp(START + n * 4_000)).collect();
    let paging = Paging::begin(&world.condition, &world.instance, &own).unwrap();
    let way = |n: i64, own: i64| {
        let own = Timestamp(START + own);
        let turn = with_event(n, "v", |e| paging.turn(&world.condition, "k", e, Some(own))).unwrap();
        let page = paging.first(&world.condition, Some(own));
        let child = page.child(turn).unwrap();
        (page.to_string(), child.to_string(), child.child(turn).unwrap().to_string())
    };
    let (one, same, later) = (way(1, 3_000), way(2, 3_000), way(3, 33_000));
    assert_eq!(one.0, later.0, "one page");
    assert_eq!(one.1, same.1, "what happens together goes one way");
    assert_ne!(one.1, later.1);
    let without = |n| with_event(n, "v", |e| paging.turn(&world.condition, "k", e, None));
    assert_ne!(without(1), without(2), "without a time by identity");
}

#[test]
fn pages_that_were_begun_before_they_divided_by_time_go_on_by_identity() {
    // span 60 s, nothing settled, no children: as it was written then.
    let before: Paging = minicbor::decode(&[0xa3, 0, 0x19, 0xea, 0x60, 1, 0, 2, 0xa0]).unwrap();
    let now: Paging = minicbor::decode(&[0xa4, 0, 0x19, 0xea, 0x60, 1, 0, 2, 0xa0, 3, 0xf5]).unwrap();
    let condition = plain(9_999);
    let turn = |paging: &Paging, own: Option<i64>| {
        let own = own.map(Timestamp);
        with_event(1, "v", |e| paging.turn(&condition, "k", e, own)).unwrap()
    };
    assert_eq!(turn(&before, Some(START)), turn(&before, None));
    assert_ne!(turn(&now, Some(START)), turn(&now, None));
}

#[test]
fn the_root_fires_once_by_what_its_pages_tell() {
    let reach = MAX_UNPAGED_REACH + 100;
    let (mut world, paging) = root(reach, 3_000);
    let mut paging = paging.unwrap();
    let mut effects = Vec::new();
    assert!(paging.hear("h0", report(1, 60)));
    let mut settle = |paging: &mut Paging, world: &mut World| {
        paging.settle(&world.condition, &world.key, &mut world.instance, &mut effects)
    };
    assert_eq!(settle(&mut paging, &mut world), Verdict::Waiting);
    assert_eq!(settle(&mut paging, &mut world), Verdict::Ignored, "nothing new");
    assert_eq!(world.due(), Some(HOUR - 5), "a page had the first one");
    world.event(3_001, "part given x");
    assert!(paging.hear("h0", report(2, 98)) && !paging.hear("h0", report(1, 60)));
    assert_eq!(settle(&mut paging, &mut world), Verdict::Waiting, "98 and one that came to the root itself");
    assert!(paging.hear("n", report(1, 50)));
    assert_eq!(settle(&mut paging, &mut world), Verdict::Fired);
    assert!(paging.hear("n", report(2, 70)));
    assert_eq!(settle(&mut paging, &mut world), Verdict::Ignored, "it is over");
    let [Effect::Derived(derived)] = &effects[..] else { panic!("one firing") };
    assert!(derived.envelope.contains(&format!("\"count\":{reach},")), "{}", derived.envelope);
    assert_eq!((derived.hops, derived.at), (8, Timestamp(START + 9_000)));
    assert!(world.instance.split(&Parts::default()).is_ok());
    assert!(Place::parse("h0").is_some());
}
