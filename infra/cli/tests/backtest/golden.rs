//! Runs the binary and compares everything it shows with a golden text.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What was shown.
pub(crate) struct Shown {
    pub(crate) code: i32,
    pub(crate) stdout: String,
}

/// Runs `fanin` in `dir`. The golden text lies in `tests/KIND/NAME.txt`; `FANIN_REWRITE=1` writes it.
pub(crate) fn shown(kind: &str, name: &str, dir: &Path, args: &[&str]) -> Shown {
    let output = Command::new(env!("CARGO_BIN_EXE_fanin"))
        .current_dir(dir)
        .args(args)
        .env_remove("FANIN_URL")
        .output()
        .unwrap();
    let code = output.status.code().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&*dir.to_string_lossy(), "DIR");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let mut told = format!("$ fanin {}\n{stdout}", args.join(" "));
    if !stderr.is_empty() {
        told.push_str(&format!("[on standard error]\n{stderr}"));
    }
    told.push_str(&format!("[exit code {code}]\n"));
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", kind, &format!("{name}.txt")].iter().collect();
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(told, golden, "{} (FANIN_REWRITE=1 writes it)", path.display());
    Shown { code, stdout }
}
