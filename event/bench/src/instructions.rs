//! What valgrind counted beside the table in the repository: what has moved, and the table anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, bail};

use crate::prepared::EVENTS;
use crate::rules::KINDS;

/// The columns: their names, and how their folders begin.
const COLUMNS: [(&str, &str); 3] = [
    ("trusted, 10 patterns", "trusted.ten_"),
    ("trusted, 1,000 patterns", "trusted.thousand_"),
    ("validating, 10 patterns", "validated.ten_"),
];
/// A change of one part in so many is reported.
const PART: u64 = 20;

const HEAD: &str = "# Instructions for one event

Counted by valgrind over 200 events with the index warm. `make bench-instructions` counts again and fails when a count has moved by
more than 5 %; `FANIN_REWRITE=1 make bench-instructions` rewrites this file, and the difference belongs into the commit that made it.
The counts are those of the release profile; another compiler gives others.
";

type Counts = BTreeMap<String, Vec<Option<u64>>>;

/// Compares the counts in a folder with a table and says what has moved by more than a twentieth; or rewrites the table.
///
/// # Errors
/// Counts are missing, the table cannot be written, or, where it is not rewritten, a count has moved too far.
pub fn compare(folder: &Path, table: &Path, rewrite: bool, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let new = counted(folder)?;
    let old = read(&std::fs::read_to_string(table).unwrap_or_default());
    let moved = moved(&old, &new);
    moved.iter().for_each(|line| say(line));
    if rewrite {
        std::fs::write(table, write(&new)?).with_context(|| table.display().to_string())?;
        say(&format!("{} is rewritten, {} counts have moved by more than 5 %", table.display(), moved.len()));
        return Ok(());
    }
    if !moved.is_empty() {
        bail!(
            "{} counts have moved by more than 5 %: if they should, FANIN_REWRITE=1 make bench-instructions",
            moved.len()
        );
    }
    say("no count has moved by more than 5 %");
    Ok(())
}

/// The counts for one event, by kind.
fn counted(folder: &Path) -> anyhow::Result<Counts> {
    let mut totals = BTreeMap::new();
    collect(folder, &mut totals)?;
    let mut all = Counts::new();
    for (place, kind) in KINDS.iter().enumerate() {
        let columns = COLUMNS.iter().map(|(_, start)| totals.get(&format!("{start}{place}")).copied());
        let columns: Vec<_> = columns.map(|total| total.map(|total| total / EVENTS as u64)).collect();
        if columns.iter().any(Option::is_none) {
            bail!("no counts of {} below {}", kind.name, folder.display());
        }
        all.insert(kind.name.to_owned(), columns);
    }
    Ok(all)
}

/// The totals of all of callgrind's files, by the name of their folder.
fn collect(folder: &Path, totals: &mut BTreeMap<String, u64>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, totals)?;
        } else if path.extension().is_some_and(|end| end == "out") {
            let text = std::fs::read_to_string(&path)?;
            let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
            let count = total.and_then(|all| all.split_whitespace().next()?.parse().ok());
            let name =
                path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            if let (Some(count), Some(name)) = (count, name) {
                totals.insert(name, count);
            }
        }
    }
    Ok(())
}

/// What a table says.
fn read(table: &str) -> Counts {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let counts = cells.filter_map(|row| {
        let (kind, counts) = row.split_first()?;
        Some((kind.clone(), counts.iter().map(|count| count.replace(',', "").parse().ok()).collect()))
    });
    counts.collect()
}

fn write(counts: &Counts) -> anyhow::Result<String> {
    let mut text = HEAD.to_owned();
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    writeln!(text, "\n| kind | {} |\n|---|{}", names.join(" | "), "---:|".repeat(names.len()))?;
    for kind in KINDS {
        let row = counts.get(kind.name).into_iter().flatten();
        let row: Vec<String> = row.map(|count| count.map_or("-".to_owned(), grouped)).collect();
        writeln!(text, "| {} | {} |", kind.name, row.join(" | "))?;
    }
    Ok(text)
}

/// A number with commas.
fn grouped(count: u64) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", grouped(count / 1_000), count % 1_000) }
}

/// A line for each count that has moved too far, or was not there before.
fn moved(old: &Counts, new: &Counts) -> Vec<String> {
    let mut lines = Vec::new();
    for (kind, counts) in new {
        for (place, count) in counts.iter().enumerate() {
            let before = old.get(kind).and_then(|row| row.get(place).copied().flatten());
            let (Some(count), Some((column, _))) = (*count, COLUMNS.get(place)) else { continue };
            match before {
                Some(before) if before.abs_diff(count) * PART <= before => {}
                Some(before) => lines.push(format!("{kind}, {column}: {before} -> {count}")),
                None => lines.push(format!("{kind}, {column}: new, {count}")),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(exact: u64) -> Counts {
        Counts::from([("exact".to_owned(), vec![Some(exact), Some(1_234_567), Some(7)])])
    }

    #[test]
    fn a_table_says_what_was_written() {
        let text = write(&counts(999)).unwrap();
        assert!(text.contains("| exact | 999 | 1,234,567 | 7 |"), "{text}");
        assert_eq!(read(&text).get("exact"), counts(999).get("exact"));
    }

    #[test]
    fn a_twentieth_may_go_more_may_not() {
        assert!(moved(&counts(1_000), &counts(1_050)).is_empty());
        assert!(moved(&counts(1_000), &counts(950)).is_empty());
        assert_eq!(moved(&counts(1_000), &counts(1_051)), ["exact, trusted, 10 patterns: 1000 -> 1051"]);
        assert_eq!(moved(&counts(1_000), &counts(949)).len(), 1);
        assert_eq!(moved(&Counts::new(), &counts(1)).len(), 3);
    }
}
