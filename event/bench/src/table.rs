//! What is printed: a table in Markdown.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

/// Rounds of one cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    median: f64,
    low: f64,
    high: f64,
}

impl Cell {
    pub(crate) fn of(mut rates: Vec<f64>) -> Cell {
        rates.sort_by(f64::total_cmp);
        let at = |place: usize| rates.get(place).copied().unwrap_or_default();
        Cell { median: at(rates.len() / 2), low: at(0), high: at(rates.len().saturating_sub(1)) }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "**{}** [{}-{}]", short(self.median), short(self.low), short(self.high))
    }
}

fn short(rate: f64) -> String {
    match rate {
        r if r >= 1e6 => format!("{:.2}M", r / 1e6),
        r if r >= 1e4 => format!("{:.0}k", r / 1e3),
        r if r >= 1e3 => format!("{:.1}k", r / 1e3),
        r => format!("{r:.0}"),
    }
}

pub(crate) fn title(name: &str, events: usize, bytes: usize) {
    println!("\n## {name}: {events} events of {bytes} bytes on average\n");
}

pub(crate) fn bound(name: &str, cell: &Cell) {
    println!("- {name}: {cell}/s");
}

pub(crate) fn header() {
    println!(
        "\n| kind | patterns | trusted | validating | quamina | trusted / quamina | built in | matches an event |"
    );
    println!("|---|---|---|---|---|---|---|---|");
}

pub(crate) fn line(
    (name, count): (&str, usize),
    ours: &[Cell],
    rival: Option<&Cell>,
    (built, matches): (f64, f64),
) {
    let cell = |n: usize| ours.get(n).cloned().unwrap_or_default();
    let (theirs, ratio) = match rival {
        Some(rival) => (rival.to_string(), format!("{:.1}", cell(0).median / rival.median)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    println!(
        "| {name} | {count} | {} | {} | {theirs} | {ratio} | {:.1} ms | {matches:.2} |",
        cell(0),
        cell(1),
        built * 1e3
    );
}
