//! What a hot key asks of the table: its pages are played with the rules of the core ([`fanin_condition::pages`]) and events that
//! are made up, a batch after the other, and what is written and read is counted. A long life is played for a while and drawn out.

use std::collections::{BTreeMap, BTreeSet};

use fanin_condition::pages::{Node, Paging, Place, Report, samples};
use fanin_condition::{Chunking, Condition, Input, Instance, MemberEvent, Parts, apply};
use fanin_event::{Identity, Timestamp};
use fanin_store::state::Read;
use fanin_store::state::units::{read_halves, write_units};

use super::Workload;
use super::constants::{
    CHUNK_BYTES, CHUNK_NAME_BYTES, ITEM_BYTES, PAGE_SAMPLES, PLAYED, PLAYED_BATCHES, PLAYED_LEAST,
    REPORT_BYTES,
};
use super::model::{Asked, float};

/// What one life of an instance with so many events asks for.
pub(super) fn life(condition: &Condition, members: u64, workload: &Workload) -> Asked {
    let mut play = Play::new(condition);
    let played = members.min(PLAYED).min(workload.batch.saturating_mul(PLAYED_BATCHES).max(PLAYED_LEAST));
    // What had been asked for when half of them were there, and how many these were.
    let mut half: Option<(Asked, u64)> = None;
    let batch = usize::try_from(workload.batch.clamp(1, played.max(1))).unwrap_or(1);
    let mut done = 0;
    for batch in comers(played, workload).chunks(batch) {
        // They come as they happen.
        let come = batch.iter().map(|comer| comer.number).max().unwrap_or(0);
        play.batch(Timestamp(millis(come, workload)), batch);
        done += u64::try_from(batch.len()).unwrap_or(0);
        if half.is_none() && done >= played / 2 {
            half = Some((play.asked, done));
        }
    }
    let asked = play.asked;
    let (half, before) = half.filter(|(_, before)| *before < played).unwrap_or_default();
    let more = float(members - played) / float(played - before).max(1.0);
    let draw = |whole: f64, half: f64| whole + (whole - half) * more;
    Asked {
        commits: draw(asked.commits, half.commits),
        writes: draw(asked.writes, half.writes),
        halves: draw(asked.halves, half.halves),
        messages: draw(asked.messages, half.messages),
        deadline_writes: 0.0,
    }
}

/// An event that is made up.
#[derive(Clone, Debug)]
struct Comer {
    number: u64,
    id: String,
    identity: Identity,
    own: Timestamp,
}

fn millis(number: u64, workload: &Workload) -> i64 {
    i64::try_from(number.saturating_mul(1_000) / workload.rate.max(1)).unwrap_or(i64::MAX)
}

/// The events in the order in which they come: any within each stretch of the disorder.
fn comers(members: u64, workload: &Workload) -> Vec<Comer> {
    let made = |number: u64| {
        let id = number.to_string();
        let happened = millis(number, workload);
        // Whole seconds, as EventBridge and S3 write them.
        let own = Timestamp(happened - happened.rem_euclid(1_000));
        Comer { number, identity: Identity::of(&["cost", &id]), id, own }
    };
    let mut comers: Vec<Comer> = (0..members).map(made).collect();
    let stretch = usize::try_from(workload.disorder.max(1)).unwrap_or(usize::MAX);
    for some in comers.chunks_mut(stretch) {
        some.sort_by_key(|comer| comer.identity);
    }
    comers
}

/// What stands in a cell.
#[derive(Default)]
struct Stored {
    head: Vec<u8>,
    chunks: Vec<Vec<u8>>,
}

impl Stored {
    fn head_bytes(&self) -> usize {
        ITEM_BYTES + REPORT_BYTES + self.head.len() + self.chunks.len().saturating_mul(CHUNK_NAME_BYTES)
    }

    /// Halves of read units to load it.
    fn load(&self) -> u64 {
        let chunks: usize = self.chunks.iter().map(|chunk| chunk.len() + CHUNK_BYTES).sum();
        let chunks = if chunks == 0 { 0 } else { read_halves(chunks, Read::Stale) };
        read_halves(self.head_bytes(), Read::Stale) + chunks
    }

    /// Write units to put this in its place.
    fn put(&mut self, head: Vec<u8>, chunking: Chunking) -> u64 {
        let before = self.head_bytes();
        let had = self.chunks.len();
        self.head = head;
        match chunking {
            Chunking::Keep => {}
            Chunking::Append(chunk) => self.chunks.push(chunk),
            Chunking::Replace(chunks) => self.chunks = chunks,
        }
        let fresh = if self.chunks.len() > had { self.chunks.get(had..) } else { None };
        let chunks: u64 = fresh.unwrap_or_default().iter().map(|c| write_units(c.len() + CHUNK_BYTES)).sum();
        chunks + write_units(self.head_bytes().max(before))
    }
}

/// A key, as it stands.
struct Play<'a> {
    condition: &'a Condition,
    root: Instance,
    parts: Parts,
    stored: Stored,
    own: Vec<Timestamp>,
    paging: Option<Paging>,
    /// The groups it heard of.
    heard: BTreeSet<Place>,
    pages: BTreeMap<Place, Stored>,
    asked: Asked,
}

/// What goes to a page: numbers of events of the batch, with what decides between its children, and reports.
type Tasks = BTreeMap<Place, (Vec<(usize, u64)>, Vec<(String, Report)>)>;

/// The key that is played.
const KEY: &str = "key";

impl<'a> Play<'a> {
    fn new(condition: &'a Condition) -> Play<'a> {
        Play {
            condition,
            root: Instance::new(condition),
            parts: Parts::default(),
            stored: Stored::default(),
            own: Vec::new(),
            paging: None,
            heard: BTreeSet::new(),
            pages: BTreeMap::new(),
            asked: Asked::default(),
        }
    }

    /// A batch, and what follows from it until the root has heard all.
    fn batch(&mut self, come: Timestamp, batch: &[Comer]) {
        self.asked.halves += float(self.stored.load());
        let (mut tasks, mut counted) = (Tasks::new(), false);
        for (number, comer) in batch.iter().enumerate() {
            let captures = captures(self.condition, comer);
            let event = member(comer, come, &captures);
            if let Some(paging) = &self.paging {
                let turn = paging.turn(self.condition, KEY, &event, Some(comer.own)).unwrap_or(0);
                let first = paging.first(self.condition, Some(comer.own));
                tasks.entry(first).or_default().0.push((number, turn));
                continue;
            }
            apply(self.condition, KEY, &mut self.root, &Input::Event(event), &mut Vec::new());
            if self.own.len() < PAGE_SAMPLES && samples(self.condition, &self.root) {
                self.own.push(comer.own);
            }
            self.paging = Paging::begin(self.condition, &self.root, &self.own);
            counted = true;
        }
        if counted {
            self.write_root();
        }
        let mut reports = self.visit((come, batch), tasks);
        // Each step up is an invocation of its own, which reads the root first.
        while !reports.is_empty() {
            self.asked.messages += float(reports.len() as u64);
            self.asked.halves += float(self.stored.load());
            let mut tasks = Tasks::new();
            let mut to_root = false;
            for (from, report) in reports {
                match from.parent() {
                    Some(parent) => tasks.entry(parent).or_default().1.push((from.to_string(), report)),
                    None => to_root |= self.heard_by_root(from, report),
                }
            }
            if to_root {
                self.write_root();
            }
            reports = self.visit((come, &[]), tasks);
        }
    }

    /// Takes everything to its pages, down to where they are not frozen; gives what they report.
    fn visit(&mut self, (come, batch): (Timestamp, &[Comer]), mut tasks: Tasks) -> Vec<(Place, Report)> {
        let mut reports = Vec::new();
        while let Some((place, (comers, heard))) = tasks.pop_first() {
            let stored = self.pages.entry(place.clone()).or_default();
            let known = Node::from_parts(&stored.head, &stored.chunks).ok();
            let mut node = known.unwrap_or_else(|| Node::new(self.condition));
            self.asked.halves += float(stored.load());
            let mut changed = false;
            for (number, turn) in comers {
                let Some(comer) = batch.get(number) else { continue };
                let child = place.child(turn);
                if let (true, Some(child)) = (node.is_frozen(), &child) {
                    tasks.entry(child.clone()).or_default().0.push((number, turn));
                    continue;
                }
                let captures = captures(self.condition, comer);
                let event = member(comer, come, &captures);
                node.take((self.condition, KEY), &event, child.is_none(), &mut Vec::new());
                changed = true;
            }
            for (from, report) in heard {
                changed |= node.hear(&from, report);
            }
            if !changed {
                continue;
            }
            let report = node.report();
            if let Ok(split) = node.split() {
                self.asked.writes += float(stored.put(split.head, split.chunks));
                self.asked.commits += 1.0;
            }
            reports.push((place, report));
        }
        reports
    }

    fn heard_by_root(&mut self, from: Place, report: Report) -> bool {
        let new = self.paging.as_mut().is_some_and(|paging| paging.hear(&from.to_string(), report));
        self.heard.insert(from);
        new
    }

    fn write_root(&mut self) {
        let Ok(split) = self.root.split(&self.parts) else { return };
        // What it heard of its pages stands beside it.
        let mut head = split.head;
        head.resize(head.len() + self.heard.len() * REPORT_BYTES, 0);
        self.asked.writes += float(self.stored.put(head, split.chunks));
        self.asked.commits += 1.0;
        self.parts = split.parts;
    }
}

/// Each event brings a value of its own.
fn captures<'a>(condition: &Condition, comer: &'a Comer) -> Vec<&'a str> {
    let place = condition.members.first().and_then(|member| member.distinct);
    vec![comer.id.as_str(); place.map_or(0, |place| usize::from(place) + 1)]
}

fn member<'a>(comer: &'a Comer, come: Timestamp, captures: &'a [&'a str]) -> MemberEvent<'a> {
    MemberEvent {
        member: 0,
        identity: comer.identity,
        id: &comer.id,
        accepted: come,
        time: comer.own,
        captures,
        envelope: "{}",
        hops: 0,
        waived: None,
    }
}
