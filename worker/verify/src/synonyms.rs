//! Words that say the same on forms: abbreviations, and singular and plural. Which they are is told by a rule file.

use rustc_hash::{FxHashMap, FxHashSet};

/// Which words say the same.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    /// The words that say the same, and for each word which of these groups it is in.
    groups: Vec<Vec<String>>,
    group_of: FxHashMap<String, usize>,
    /// Runs of words that say the same.
    phrases: Vec<Vec<Vec<String>>>,
    skipped: FxHashSet<String>,
    /// Whether a word and its plural are the same.
    with_plurals: bool,
}

/// No phrase is written in more ways.
const MOST_WAYS: usize = 24;

impl Synonyms {
    /// Groups of words and runs of words, each cut into its tokens, that say the same, and words that say nothing.
    pub fn new(groups: Vec<Vec<Vec<String>>>, skipped: Vec<String>) -> Self {
        let mut own = Self { with_plurals: true, skipped: skipped.into_iter().collect(), ..Self::default() };
        for group in groups {
            let words = group.iter().filter_map(|tokens| match tokens.as_slice() {
                [word] => Some(word.clone()),
                _ => None,
            });
            let words: Vec<_> = words.collect();
            let place = own.groups.len();
            own.group_of.extend(words.iter().map(|word| (word.clone(), place)));
            if words.len() < group.len() {
                // One word stands for all that say the same.
                let runs = group.into_iter().filter(|tokens| tokens.len() > 1);
                own.phrases
                    .push(words.first().map(|word| vec![word.clone()]).into_iter().chain(runs).collect());
            }
            own.groups.push(words);
        }
        let named = |run: &Vec<String>| run.iter().map(|word| own.first(word).to_owned()).collect();
        own.phrases = own.phrases.iter().map(|group| group.iter().map(named).collect()).collect();
        own
    }

    /// The words that say the same as `word`, one of which may be itself; without its own plural.
    pub fn all<'a>(&'a self, word: &'a str) -> Vec<&'a str> {
        let one = self.singular(word);
        let group = self.group_of.get(word).or_else(|| self.group_of.get(one?));
        let group = group.and_then(|group| self.groups.get(*group)).map(Vec::as_slice).unwrap_or_default();
        group.iter().map(String::as_str).chain(one).collect()
    }

    /// The word that stands for all that say the same.
    fn first<'a>(&'a self, word: &'a str) -> &'a str {
        let group = self.group_of.get(word).and_then(|group| self.groups.get(*group));
        group.and_then(|group| group.first()).map_or(word, String::as_str)
    }

    /// What `word` is the plural of, if it may be one.
    pub fn singular<'a>(&self, word: &'a str) -> Option<&'a str> {
        const SHORTEST: usize = 6;
        let one = word.strip_suffix('s').filter(|_| self.with_plurals && word.len() >= SHORTEST)?;
        (!one.ends_with(['s', 'u', 'i'])).then_some(one)
    }

    /// Whether a word says nothing.
    pub fn is_skipped(&self, word: &str) -> bool {
        self.skipped.contains(word)
    }

    /// Every way to write a phrase, itself the first: runs of its words replaced by others that say the same.
    pub fn ways(&self, phrase: &[String]) -> Vec<Vec<String>> {
        let said =
            phrase.iter().filter(|word| !self.is_skipped(word)).map(|word| self.first(word).to_owned());
        let mut ways: Vec<Vec<String>> = vec![said.collect()];
        for group in &self.phrases {
            for at in 0..ways.len() {
                let others = ways.get(at).map(|way| replaced(way, group)).unwrap_or_default();
                ways.extend(others);
            }
            ways.truncate(MOST_WAYS);
        }
        ways
    }
}

/// A phrase with the first run of its words that is one of `group` replaced by each other one.
fn replaced(phrase: &[String], group: &[Vec<String>]) -> Vec<Vec<String>> {
    let found = group.iter().find_map(|run| {
        let at = phrase.windows(run.len()).position(|words| words == run.as_slice())?;
        Some((at, run))
    });
    let Some((at, run)) = found else { return Vec::new() };
    let (before, rest) = phrase.split_at(at);
    let after = rest.get(run.len()..).unwrap_or_default();
    group.iter().filter(|other| *other != run).map(|other| [before, other, after].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokens;

    fn synonyms(groups: &[&[&str]]) -> Synonyms {
        let groups = groups.iter().map(|group| group.iter().map(|text| tokens(text)).collect());
        Synonyms::new(groups.collect(), vec!["and".to_owned()])
    }

    fn ways(synonyms: &Synonyms, phrase: &str) -> Vec<String> {
        synonyms.ways(&tokens(phrase)).into_iter().map(|way| way.join(" ")).collect()
    }

    #[test]
    fn phrases_are_written_in_all_ways() {
        let own =
            synonyms(&[&["number", "no"], &["withheld", "wh", "w h"], &["social security", "ss", "soc sec"]]);
        assert_eq!(ways(&own, "claim no"), ["claim number"]);
        assert_eq!(ways(&own, "wages and tips"), ["wages tips"]);
        assert_eq!(ways(&own, "tax wh"), ["tax withheld", "tax w h"]);
        assert_eq!(ways(&own, "soc sec no"), ["soc sec number", "ss number", "social security number"]);
        assert_eq!(ways(&own, "gross pay"), ["gross pay"]);
    }

    #[test]
    fn words_are_the_same_as_their_plurals_and_abbreviations() {
        let own = synonyms(&[&["number", "no", "num"], &["deposit", "dep"]]);
        assert_eq!(own.all("num"), ["number", "no", "num"]);
        assert_eq!(own.all("deposits"), ["deposit", "dep", "deposit"]);
        assert_eq!(own.all("credits"), ["credit"]);
        for word in ["rents", "address", "status", "basis", "credit"] {
            assert_eq!(own.all(word), [""; 0], "{word}");
        }
        assert!(own.is_skipped("and") && !own.is_skipped("or"));
    }

    #[test]
    fn without_a_list_every_word_is_itself() {
        let none = Synonyms::default();
        assert_eq!(none.all("credits"), [""; 0]);
        assert_eq!(ways(&none, "wages and tips"), ["wages and tips"]);
    }
}
