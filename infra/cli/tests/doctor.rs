//! `fanin doctor` as somebody with a healthy, a damaged, a busy or no state runs it.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fanin_store_embedded::FileStore;
use serde_json::Value;
use tempfile::TempDir;

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t] }, capture: { $.detail.job: '{job}' } }
conditions:
  both: { count: part, by: job, reach: 2, within: 1h }
rules:
  call: { when: both, invoke: f }
functions:
  f: { respond: null }
";

/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:9";

fn fanin(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if name.starts_with("AWS_") || name.starts_with("FANIN_") {
            command.env_remove(name);
        }
    }
    // Ports that nobody takes, whatever else runs on this machine.
    command.env("FANIN_PORT", "48911").env("FANIN_S3_PORT", "48912").env("HOME", dir);
    command.current_dir(dir).args(arguments).output().unwrap()
}

fn doctor(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let out = fanin(dir, &[&["doctor", "--to", NOBODY], arguments].concat());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap(), text(&out.stdout), text(&out.stderr))
}

fn json(dir: &Path, arguments: &[&str]) -> (i32, Value) {
    let (code, out, err) = doctor(dir, &[&["-o", "json"], arguments].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}\n{err}")))
}

/// A project in which 400 events were taken in, in two lives of a host.
fn worked() -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("workflow.yaml"), WORKFLOW).unwrap();
    for life in 0..2 {
        let line = |n: u32| {
            format!(
                "{{\"id\":\"{n}\",\"source\":\"t\",\"detail-type\":\"x\",\"detail\":{{\"job\":\"j{n}\"}}}}\n"
            )
        };
        let events: String = (life * 200..life * 200 + 200).map(line).collect();
        std::fs::write(dir.path().join("events.jsonl"), events).unwrap();
        let out = fanin(dir.path(), &["run", "workflow.yaml", "--events", "events.jsonl"]);
        assert_eq!(out.status.code(), Some(3), "{out:?}");
    }
    dir
}

fn state(dir: &Path) -> PathBuf {
    dir.join(".fanin/jobs")
}

fn files(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(state(dir)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix)).collect();
    found.sort();
    found
}

fn flip(file: &Path, offset: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[offset] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

/// The snapshots and the manifest go: the whole log is needed, and a bad frame in it costs what follows.
fn without_snapshots(dir: &Path) {
    for file in files(dir, "snapshot-").into_iter().chain(files(dir, "MANIFEST")) {
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_healthy_state_is_healthy() {
    let dir = worked();
    let (code, out, err) = doctor(dir.path(), &[]);
    assert_eq!(code, 0, "{out}{err}");
    for part in [
        "directory .fanin/jobs",
        "not in use by any process",
        "nothing is damaged",
        "history from the very beginning: 40",
        "writes file format 1 with semantics",
        "free on its disk",
        "no host runs at http://127.0.0.1:9",
        "port 48911 is free",
        "no problems",
    ] {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    assert!(err.is_empty(), "{err}");
    let (code, found) = json(dir.path(), &[]);
    assert_eq!((code, &found["healthy"]), (0, &Value::Bool(true)));
    assert_eq!(found["stores"][0]["damages"], Value::Array(Vec::new()));
    assert_eq!(found["stores"][0]["bases"][0], 0);
    assert_eq!(found["endpoint"]["answers"], false);
    let (code, out, _) = doctor(dir.path(), &["-o", "jsonl"]);
    assert!(code == 0 && out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let (code, out, _) = doctor(dir.path(), &["--repair", "--yes"]);
    assert_eq!((code, out.trim()), (0, "nothing is damaged, nothing to repair"));
}

#[test]
fn a_directory_without_a_state() {
    let dir = TempDir::new().unwrap();
    let (code, out, _) = doctor(dir.path(), &[]);
    assert!(code == 0 && out.contains("nothing has run in this directory"), "{out}");
    let (code, out, _) = doctor(dir.path(), &["--dir", "nowhere"]);
    assert!(code == 4 && out.contains("there is no state in nowhere"), "{out}");
    assert_eq!(doctor(dir.path(), &["--repair"]).0, 4);
    assert_eq!(doctor(dir.path(), &["--yes"]).0, 2, "--yes alone says nothing");
    assert!(!dir.path().join(".fanin").exists() && !dir.path().join("nowhere").exists());
}

#[test]
fn several_states_are_all_looked_at_and_none_is_repaired_unnamed() {
    let dir = worked();
    let other = dir.path().join(".fanin/other");
    std::fs::create_dir(&other).unwrap();
    for file in files(dir.path(), "") {
        if file.is_file() {
            std::fs::copy(&file, other.join(file.file_name().unwrap())).unwrap();
        }
    }
    let (code, found) = json(dir.path(), &[]);
    assert_eq!((code, found["stores"].as_array().unwrap().len()), (0, 2));
    let (code, _, err) = doctor(dir.path(), &["--repair"]);
    assert!(code == 2 && err.contains("--dir") && err.contains(".fanin/other"), "{err}");
}

#[test]
fn damage_is_told_then_shown_then_repaired() {
    let dir = worked();
    without_snapshots(dir.path());
    // In the first life: the second one proves that it was durable.
    let segment = files(dir.path(), "log-")[0].clone();
    flip(&segment, std::fs::metadata(&segment).unwrap().len() as usize - 100);
    let name = segment.file_name().unwrap().to_str().unwrap();

    // What the host says is what one types.
    let refused = fanin(dir.path(), &["run", "workflow.yaml", "--events", "events.jsonl"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    let command =
        said.split('`').find(|part| part.starts_with("fanin doctor")).unwrap_or_else(|| panic!("{said}"));
    let words: Vec<&str> = command.split(' ').skip(2).collect();
    let (code, out, _) = doctor(dir.path(), &words);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains(name) && out.contains("costs acknowledged events"), "{out}");
    let command = out.split('`').find(|part| part.contains("--repair")).unwrap_or_else(|| panic!("{out}"));
    let words: Vec<&str> = command.split(' ').skip(2).collect();

    let before = std::fs::read(&segment).unwrap();
    let (code, out, err) = doctor(dir.path(), &words);
    assert_eq!(code, 1);
    assert!(err.contains("nothing was done") && err.contains("--yes"), "{err}");
    assert!(
        out.contains("a repair would, deleting nothing") && out.contains("lost of the state: frames"),
        "{out}"
    );
    let told = out.contains("afterwards: the state of 20") || out.contains("afterwards: an empty state");
    assert!(told, "it says of when: {out}");
    assert_eq!(std::fs::read(&segment).unwrap(), before);
    let announced = FileStore::diagnose(state(dir.path())).unwrap().plan.unwrap();

    let (code, out, err) = doctor(dir.path(), &[words.as_slice(), &["--yes"]].concat());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("damaged-1"), "{out}");
    assert!(state(dir.path()).join("damaged-1").join(name).exists());
    assert_eq!(doctor(dir.path(), &[]).0, 0);
    assert_eq!(FileStore::inspect(state(dir.path())).unwrap().report().last, announced.last);
    let out = fanin(dir.path(), &["run", "workflow.yaml", "--events", "events.jsonl"]);
    assert_eq!(out.status.code(), Some(3), "the host goes on: {out:?}");
}

#[test]
fn a_damaged_snapshot_is_a_warning_and_its_repair_loses_nothing() {
    let dir = worked();
    flip(files(dir.path(), "snapshot-").last().unwrap(), 40);
    let (code, out, _) = doctor(dir.path(), &[]);
    assert!(code == 0 && out.contains("warning") && out.contains("succeeds nevertheless"), "{out}");
    let (code, found) = json(dir.path(), &["--repair", "--yes"]);
    assert_eq!((code, &found["done"], &found["plan"]["lost"]), (0, &Value::Bool(true), &Value::Null));
    assert_eq!(found["after"]["damages"], Value::Array(Vec::new()));
    assert_eq!(found["before"]["last"], found["after"]["last"]);
}

#[test]
fn what_cannot_be_repaired_is_said() {
    let dir = worked();
    without_snapshots(dir.path());
    std::fs::remove_file(&files(dir.path(), "log-")[0]).unwrap();
    let (code, out, _) = doctor(dir.path(), &[]);
    assert!(code == 1 && out.contains("Restore the directory from a backup"), "{out}");
    let (code, _, err) = doctor(dir.path(), &["--repair", "--yes"]);
    assert!(code == 1 && err.contains("backup"), "{err}");
}

#[test]
fn a_state_in_use_is_looked_at_and_never_repaired() {
    let dir = worked();
    flip(files(dir.path(), "snapshot-").first().unwrap(), 40);
    let options = fanin_store_embedded::Options::new(fanin_runtime::SEMANTICS);
    let opened = FileStore::open(state(dir.path()), options).unwrap();
    let (code, out, _) = doctor(dir.path(), &[]);
    assert!(out.contains(&format!("in use by process {}", std::process::id())), "{out}");
    assert_eq!(code, 0, "{out}");
    let (code, _, err) = doctor(dir.path(), &["--repair", "--yes"]);
    assert!(code == 1 && err.contains("stop that process first"), "{err}");
    drop(opened);
    assert_eq!(doctor(dir.path(), &["--repair", "--yes"]).0, 0);
}

#[test]
fn contents_that_the_engine_refuses_are_told() {
    use fanin_store::Journal;
    let dir = TempDir::new().unwrap();
    std::fs::create_dir_all(state(dir.path())).unwrap();
    let options = fanin_store_embedded::Options::new(fanin_runtime::SEMANTICS);
    let (mut journal, checkpoint, _) = FileStore::open(state(dir.path()), options).unwrap();
    journal.append(&[b"\xffno record"]).unwrap();
    drop((journal, checkpoint));
    let (code, out, _) = doctor(dir.path(), &[]);
    assert!(code == 1 && out.contains("frame 1 is whole, and was refused"), "{out}");
}

#[test]
fn no_secret_is_ever_shown() {
    let dir = TempDir::new().unwrap();
    let aws = dir.path().join(".aws");
    std::fs::create_dir(&aws).unwrap();
    std::fs::write(
        aws.join("credentials"),
        "[default]\naws_access_key_id = AKIAFILEFILEFILEKEYS\naws_secret_access_key = filesecret\n",
    )
    .unwrap();
    for form in ["text", "json", "jsonl"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
        command.env_remove("AWS_PROFILE").env("HOME", dir.path());
        command.env("AWS_ACCESS_KEY_ID", "AKIAENVENVENVENVKEYS").env("AWS_SECRET_ACCESS_KEY", "envsecret");
        command
            .env("AWS_SESSION_TOKEN", "envtoken")
            .env("AWS_ENDPOINT_URL", "http://user:urlsecret@localhost:1");
        let out =
            command.current_dir(dir.path()).args(["doctor", "--to", NOBODY, "-o", form]).output().unwrap();
        let all = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        for secret in ["envsecret", "envtoken", "urlsecret", "filesecret", "AKIAENV", "AKIAFILE"] {
            assert!(!all.contains(secret), "{secret} is shown: {all}");
        }
        assert!(form == "json" || all.contains("...KEYS"), "{all}");
    }
}
