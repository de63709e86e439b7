//! Correlation keys on the command line: `--key job=42`, several parts with several options or commas.

use std::collections::BTreeMap;

use anyhow::bail;

/// The parts of a key that were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// By name.
    pub(crate) named: BTreeMap<String, String>,
    /// The only part, without its name.
    pub(crate) alone: Option<String>,
}

impl Keys {
    /// Reads what stood behind `--key`.
    ///
    /// # Errors
    /// When a part is given twice, or one without a name stands beside others.
    pub(crate) fn read(given: &[String]) -> anyhow::Result<Keys> {
        let mut keys = Keys::default();
        for text in given {
            // A value may hold commas: a comma divides only if a name follows.
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let end = rest
                    .match_indices(',')
                    .map(|(place, _)| place)
                    .find(|place| rest.get(place + 1..).is_some_and(begins_with_a_name))
                    .unwrap_or(rest.len());
                keys.part(rest.get(..end).unwrap_or_default())?;
                rest = rest.get(end + 1..).unwrap_or_default();
            }
        }
        if keys.alone.is_some() && !keys.named.is_empty() {
            bail!("write every part of the key with its name: --key name=value");
        }
        Ok(keys)
    }

    fn part(&mut self, text: &str) -> anyhow::Result<()> {
        match text.split_once('=') {
            Some((name, value)) if is_name(name) => {
                if self.named.insert(name.to_owned(), value.to_owned()).is_some() {
                    bail!("the part `{name}` of the key is given twice");
                }
            }
            _ if self.alone.is_some() => bail!("write every part of the key with its name: --key name=value"),
            _ => self.alone = Some(text.to_owned()),
        }
        Ok(())
    }

    /// By name, for a condition that joins `by` these captures.
    ///
    /// # Errors
    /// When a part has a name the condition does not have, or is missing although all are needed.
    pub(crate) fn resolve(&self, by: &[impl AsRef<str>]) -> anyhow::Result<BTreeMap<String, String>> {
        let names: Vec<&str> = by.iter().map(AsRef::as_ref).collect();
        if let Some(value) = &self.alone {
            return match names.as_slice() {
                [one] => Ok([((*one).to_owned(), value.clone())].into()),
                _ => bail!("the key has the parts {}: write --key name=value for each", names.join(", ")),
            };
        }
        if let Some(other) = self.named.keys().find(|name| !names.contains(&name.as_str())) {
            bail!("the key has no part `{other}`; its parts are {}", names.join(", "));
        }
        Ok(self.named.clone())
    }

    /// Whether nothing was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.alone.is_none() && self.named.is_empty()
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn begins_with_a_name(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[&str]) -> anyhow::Result<Keys> {
        Keys::read(&given.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn parts_come_by_option_or_by_comma() {
        let both = read(&["job=42,part=1"]).unwrap();
        assert_eq!(both, read(&["job=42", "part=1"]).unwrap());
        assert_eq!(both.named["part"], "1");
        assert_eq!(read(&["note=a, b,part=1"]).unwrap().named["note"], "a, b");
        assert_eq!(read(&["42"]).unwrap().resolve(&["job"]).unwrap()["job"], "42");
        assert_eq!(read(&["a=b"]).unwrap().resolve(&["a"]).unwrap()["a"], "b");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(read(&["job=1", "job=2"]).is_err());
        assert!(read(&["job=1", "7"]).is_err());
        assert!(read(&["6", "7"]).is_err());
        assert!(read(&["jbo=1"]).unwrap().resolve(&["job"]).is_err());
        assert!(read(&["7"]).unwrap().resolve(&["job", "part"]).is_err());
    }
}
