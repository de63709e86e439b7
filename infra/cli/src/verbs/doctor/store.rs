//! The state of one directory: who holds it, room on its disk, what is in it, what is damaged.

use std::path::Path;

use fanin_runtime::SEMANTICS;
use fanin_store_embedded::{Costs, Diagnosis, FileKind, FileStore};

use super::contents;
use super::report::{Check, counted};

const AREA: &str = "state";
/// Below it the next segments and the next snapshot may not find room.
const LITTLE_ROOM: u64 = 1 << 30;
/// Below it the host will stop soon.
const NO_ROOM: u64 = 128 << 20;

/// What was found.
pub(super) struct Examined {
    pub(super) checks: Vec<Check>,
    pub(super) diagnosis: Diagnosis,
}

/// Whether a directory holds a state.
pub(super) fn is_one(dir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.any(|name| {
        name == "LOCK" || name == "MANIFEST" || name.starts_with("log-") || name.starts_with("snapshot-")
    })
}

pub(super) fn examine(dir: &Path) -> anyhow::Result<Examined> {
    let mut checks = vec![Check::ok(AREA, format!("directory {}", dir.display())), holder(dir)];
    checks.extend(room(dir));
    let diagnosis = FileStore::diagnose(dir)?;
    checks.push(inventory(&diagnosis));
    checks.extend(versions(&diagnosis));
    if let Some(torn) = &diagnosis.torn {
        let what =
            format!("the log ends with {} bytes of a write that was not finished or is going on", torn.bytes);
        checks.push(Check::ok(
            AREA,
            format!("{what}; nobody was told that it was accepted, the next start cuts it off"),
        ));
    }
    checks.extend(damages(dir, &diagnosis));
    if diagnosis.refusal.is_none() && diagnosis.hopeless.is_none() {
        checks.extend(contents::examine(dir));
    }
    Ok(Examined { checks, diagnosis })
}

fn holder(dir: &Path) -> Check {
    match FileStore::holder(dir) {
        None => Check::ok(AREA, "not in use by any process"),
        Some(holder) => {
            let who = holder.pid.map_or_else(|| "another process".to_owned(), process);
            Check::ok(AREA, format!("in use by {who}"))
        }
    }
}

/// A process by its number, with its name where the system tells it.
pub(super) fn process(pid: u32) -> String {
    match std::fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => format!("process {pid} ({})", name.trim()),
        Err(_) => format!("process {pid}"),
    }
}

fn room(dir: &Path) -> Option<Check> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let what = format!("{} free on its disk", bytes(free));
    let todo = "free space there, or move the state with --dir";
    Some(match free {
        _ if free < NO_ROOM => Check::problem(AREA, what, todo),
        _ if free < LITTLE_ROOM => Check::warning(AREA, what, todo),
        _ => Check::ok(AREA, what),
    })
}

fn inventory(found: &Diagnosis) -> Check {
    let sum = |kind: FileKind| -> (usize, u64) {
        let of_kind: Vec<u64> =
            found.files.iter().filter(|file| file.kind == kind).map(|file| file.bytes).collect();
        (of_kind.len(), of_kind.iter().sum())
    };
    let ((segments, log), (snapshots, states)) = (sum(FileKind::Segment), sum(FileKind::Snapshot));
    let frames = if found.last >= found.first {
        format!("frames {} to {}", found.first, found.last)
    } else {
        "no frames".to_owned()
    };
    let newest = found.snapshot.map_or_else(String::new, |at| format!(", the newest at frame {at}"));
    Check::ok(
        AREA,
        format!(
            "{frames} in {} ({}), {} ({}){newest}",
            counted(segments as u64, "segment"),
            bytes(log),
            counted(snapshots as u64, "snapshot"),
            bytes(states)
        ),
    )
}

/// What was written by a fanin too new or too old, and is needed.
fn versions(found: &Diagnosis) -> Option<Check> {
    let after = found.snapshot.unwrap_or(0);
    let needed = found.segments.iter().filter(|s| s.last > after && s.last >= s.first);
    let state = found.snapshots.iter().filter(|s| Some(s.at) == found.snapshot).filter_map(|s| s.semantics);
    let all: Vec<u32> = needed.map(|segment| segment.semantics).chain(state).collect();
    if let Some(newer) = all.iter().find(|number| **number > SEMANTICS) {
        let what = format!("it was written with semantics {newer}, this program reads up to {SEMANTICS}");
        return Some(Check::problem(AREA, what, "use the version of fanin that wrote it, or a later one"));
    }
    let older = all.iter().find(|number| number.saturating_add(1) < SEMANTICS)?;
    let what = format!("it was written with semantics {older}, too old for this program to continue");
    Some(Check::problem(
        AREA,
        what,
        "start a version in between, let it take a snapshot and stop, then this one",
    ))
}

fn damages(dir: &Path, found: &Diagnosis) -> Vec<Check> {
    let command = repair_command(dir);
    let todo = match (&found.hopeless, &found.plan) {
        (Some(why), _) => why.clone(),
        (None, Some(_)) => format!("`{command}` shows what a repair does and loses"),
        (None, None) => "look again once the host has stopped".to_owned(),
    };
    let mut checks: Vec<Check> = Vec::new();
    for damage in &found.damages {
        let what = format!("{damage}; {}", damage.costs);
        let level = match damage.costs {
            Costs::State => Check::problem,
            // A start gets over it; the file stays as it is until somebody looks.
            Costs::Nothing | Costs::History if found.refusal.is_none() => Check::warning,
            Costs::Nothing | Costs::History => Check::problem,
        };
        checks.push(level(AREA, what, todo.clone()));
    }
    match (&found.refusal, found.damages.is_empty()) {
        (Some(_), _) => checks.push(Check::problem(AREA, "a start from this directory is refused", todo)),
        (None, true) => checks.push(Check::ok(AREA, "every file was read to its end: nothing is damaged")),
        (None, false) => checks.push(Check::ok(AREA, "a start from this directory succeeds nevertheless")),
    }
    checks
}

/// What to type for a repair.
pub(super) fn repair_command(dir: &Path) -> String {
    format!("fanin doctor --dir {} --repair", quoted(&dir.display().to_string()))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A size as people read it.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let mut size = count as f64;
    let mut unit = "bytes";
    for next in UNITS {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, next);
    }
    if unit == "bytes" { format!("{count} bytes") } else { format!("{size:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_words() {
        assert_eq!(
            [0, 1023, 1024, 5 << 20, 1 << 40].map(bytes),
            ["0 bytes", "1023 bytes", "1.0 KB", "5.0 MB", "1.0 TB"]
        );
        assert_eq!(quoted(".fanin/uploads"), ".fanin/uploads");
        assert_eq!(quoted("my jobs/it's"), r"'my jobs/it'\''s'");
    }
}
