//! A page: its blocks, its commands, and what it says they print.

use crate::same::same;
use crate::shell::Shell;

/// A command and what the page shows of it.
struct Shown {
    line: usize,
    /// As it stands on the page.
    source: Vec<String>,
    command: String,
    prints: Vec<String>,
}

/// Plays a page; gives it as it should be, and what is different.
pub(crate) fn play(name: &str, text: &str) -> (String, Vec<String>) {
    let mut shell = Shell::new();
    let (mut written, mut wrong) = (String::new(), Vec::new());
    let mut lines = text.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        written.push_str(line);
        written.push('\n');
        let Some(code) = exit_code(line) else { continue };
        let mut block = Vec::new();
        for (number, line) in lines.by_ref() {
            if line.starts_with("```") {
                break;
            }
            block.push((number + 1, line.to_owned()));
        }
        let commands = commands(&block);
        let last = commands.len().saturating_sub(1);
        for (n, shown) in commands.into_iter().enumerate() {
            let place = format!("{name}:{}", shown.line);
            let (printed, exit) = shell.run(&shown.command);
            let wanted = if n == last { code } else { 0 };
            if exit != wanted {
                wrong.push(format!(
                    "{place}: `{}` ended with {exit}, not {wanted}:\n{}",
                    shown.command,
                    printed.join("\n")
                ));
            }
            let right = same(&shown.prints, &printed);
            if !right {
                wrong.push(format!(
                    "{place}: `{}` prints\n{}\nand the page shows\n{}",
                    shown.command,
                    printed.join("\n"),
                    shown.prints.join("\n")
                ));
            }
            for line in shown.source.iter().chain(if right { &shown.prints } else { &printed }) {
                written.push_str(line);
                written.push('\n');
            }
        }
        written.push_str("```\n");
    }
    (written, wrong)
}

/// The exit code of a block to run, if the line opens one.
fn exit_code(line: &str) -> Option<i32> {
    let rest = line.strip_prefix("```console")?;
    if rest.is_empty() { Some(0) } else { rest.trim().parse().ok() }
}

fn commands(block: &[(usize, String)]) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    for (number, line) in block {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(Shown {
                line: *number,
                source: vec![line.clone()],
                command: command.to_owned(),
                prints: Vec::new(),
            });
            continue;
        }
        let Some(last) = commands.last_mut() else { panic!("line {number}: a block begins with a command") };
        match line.strip_prefix("> ").or_else(|| (line == ">").then_some("")) {
            Some(more) if last.prints.is_empty() => {
                last.source.push(line.clone());
                last.command.push('\n');
                last.command.push_str(more);
            }
            _ => last.prints.push(line.clone()),
        }
    }
    commands
}
