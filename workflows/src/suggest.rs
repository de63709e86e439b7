//! "Did you mean": the known word nearest to what was written.

/// The nearest of `known` that is near enough to be a slip.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let near = |k: &&'k str| {
        let distance = strsim::damerau_levenshtein(&lower, &k.to_lowercase());
        let length = word.chars().count().max(k.chars().count());
        let most = (length / 3).max(1);
        (distance <= most && distance < length).then_some(distance)
    };
    known
        .into_iter()
        .filter(|k| k.len() <= word.len() + 64)
        .filter_map(|k| near(&k).map(|distance| (distance, k)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

/// "did you mean `x`?", if there is one.
pub(crate) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(word, known).map(|k| format!("did you mean `{k}`?"))
}

/// `a`, `b` and `c`; of many the first ones.
pub(crate) fn list<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    const SHOWN: usize = 12;
    let words: Vec<&str> = words.into_iter().collect();
    let quoted: Vec<String> = words.iter().take(SHOWN).map(|w| format!("`{w}`")).collect();
    if words.len() > SHOWN {
        return format!("{} and {} more", quoted.join(", "), words.len() - SHOWN);
    }
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["manifest", "part", "parts_complete", "vote"];
        for (word, expected) in [
            ("manifset", Some("manifest")),
            ("Part", Some("part")),
            ("parts_complet", Some("parts_complete")),
            ("votes", Some("vote")),
            ("invoice", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(nearest("h", ["f"]), None);
        assert_eq!(nearest("F", ["f"]), Some("f"));
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(list([]), "none");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        let many: Vec<String> = (0..14).map(|n| n.to_string()).collect();
        assert!(list(many.iter().map(String::as_str)).ends_with("`11` and 2 more"));
    }
}
