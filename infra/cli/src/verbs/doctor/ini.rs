//! The shared files of AWS tools: sections in brackets, `key = value` below them.

use std::collections::BTreeMap;

/// Sections by their names, as they stand in the brackets.
pub(super) type Ini = BTreeMap<String, BTreeMap<String, String>>;

/// Reads what is there; lines that are neither a section nor a pair are passed over, as are nested ones.
pub(super) fn parse(text: &str) -> Ini {
    let mut sections = Ini::new();
    let mut section = String::new();
    for line in text.lines() {
        let nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || nested {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(section.clone()).or_default();
        } else if let Some((key, value)) = line.split_once('=') {
            let pairs = sections.entry(section.clone()).or_default();
            pairs.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sections_and_pairs() {
        let ini = parse(
            "# c\n[default]\nregion = eu-central-1\ns3 =\n  addressing_style = path\n\n[profile  dev]\nSSO_Session=x\n",
        );
        assert_eq!(ini["default"]["region"], "eu-central-1");
        assert_eq!(ini["profile dev"]["sso_session"], "x");
        assert!(!ini["default"].contains_key("addressing_style"));
    }
}
