//! Golden documents: rewritten with `FANIN_REWRITE=1`.

use std::path::Path;

/// Compares a document with the file of this name.
pub(crate) fn check(name: &str, document: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(document).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/looking/golden").join(name);
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == wanted, "{} differs (FANIN_REWRITE=1 rewrites it); now:\n{text}", path.display());
}
