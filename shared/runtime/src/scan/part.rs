//! One part of a scan: what it hands on to the next one.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use sealwatch_rules::engine::finding::digest;
use sealwatch_rules::output::scan::{Gaps, document, id, is_reported, severity};
use sealwatch_rules::util::time::{DAY, Seconds};
use sealwatch_rules::{Finding, Language, Settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scan::gap::Gap;
use crate::scan::{Counts, Cursor};

/// What one part may hand on of its findings: a schedule takes 256 KiB, and so does SNS.
const MAX_CARRIED_BYTES: usize = 150_000;

/// How many fingerprints of open findings one part may hand on: a schedule takes 256 KiB. The scan does not close the others:
/// it does on another day.
const MAX_UNSEEN: usize = 4_000;

/// The event of a part. The schedule sends only the time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Part {
    /// When the scan began, RFC 3339.
    pub(super) scan: String,
    /// The number of the part, from 0.
    #[serde(default)]
    pub(super) part: u32,
    /// The account to go on with; the function's own if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// Where to go on in that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Cursor>,
    /// What was found in that account before.
    #[serde(default)]
    pub(super) found: Found,
    /// With a ledger: the fingerprints of what was open in that account, and was evaluated by no part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unseen: Option<BTreeSet<String>>,
    /// With a ledger: the detectors of which not everything could be seen.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) incomplete: BTreeSet<String>,
}

/// What was found in one account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    pub(super) counts: Counts,
    /// Critical and high findings, the most severe first, in the format of the settings.
    #[serde(default)]
    pub(super) findings: Vec<Value>,
    /// The findings that there was no room for.
    #[serde(default)]
    pub(super) left_out: usize,
    #[serde(default)]
    pub(super) unverified: usize,
    /// What could not be seen.
    #[serde(default)]
    pub(super) gaps: Vec<String>,
    /// The same in the language of the settings, unless that is English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) translated_gaps: Vec<String>,
}

impl Found {
    pub(super) fn add(&mut self, finding: &Finding<'_>, settings: &Settings) {
        if is_reported(finding, settings) {
            self.findings.push(document(finding, settings));
        }
    }

    pub(super) fn add_gaps<'g>(&mut self, gaps: impl Iterator<Item = &'g Gap>, language: Language) {
        for words in gaps.map(Gap::in_words) {
            if language != Language::English {
                self.translated_gaps.push(words.in_language(language).into_owned());
            }
            self.gaps.push(words.to_string());
        }
        for gaps in [&mut self.gaps, &mut self.translated_gaps] {
            gaps.sort();
            gaps.dedup();
        }
    }

    pub(super) fn gaps(&self) -> Gaps<'_> {
        Gaps { english: &self.gaps, translated: &self.translated_gaps }
    }

    /// Keeps the most severe findings that there is room for.
    pub(super) fn shorten(&mut self) {
        self.findings.sort_by_cached_key(|finding| (Reverse(severity(finding)), id(finding).to_owned()));
        let mut room = MAX_CARRIED_BYTES;
        let all = self.findings.len();
        let fit = self.findings.iter().take_while(|finding| {
            let bytes = finding.to_string().len();
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        let fit = fit.count();
        self.findings.truncate(fit);
        self.left_out += all - fit;
    }
}

/// Keeps as many fingerprints as a part may hand on: others each day.
pub(super) fn forget(unseen: &mut BTreeSet<String>, now: Seconds) {
    let too_many = unseen.len().saturating_sub(MAX_UNSEEN);
    if too_many == 0 {
        return;
    }
    tracing::warn!(findings = too_many, "more findings are open than a part hands on: the scan does not close these");
    let first = digest(&[&(now / DAY).to_string()]);
    let after = unseen.split_off(&first);
    let kept = after.into_iter().chain(std::mem::take(unseen)).take(MAX_UNSEEN);
    *unseen = kept.collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::problem::Problem;
    use serde_json::json;

    #[test]
    fn the_most_severe_findings_are_kept_and_the_others_counted() {
        let finding = |id: usize, severity: &str| json!({"id": format!("{id:04}"), "severity": severity, "detail": "x".repeat(1_000)});
        let mut found = Found::default();
        found.findings.extend((0..200).map(|id| finding(id, "high")));
        found.findings.extend((200..210).map(|id| finding(id, "critical")));
        found.shorten();
        let kept = found.findings.len();
        assert!((130..150).contains(&kept), "{kept}");
        assert_eq!(found.left_out, 210 - kept);
        assert!(found.findings.iter().take(10).all(|finding| finding["severity"] == "critical"));
        let before = found.clone();
        found.shorten();
        assert_eq!(found, before, "shortening again changes nothing");
        let part = Part { scan: "2026-11-26T05:00:00Z".to_owned(), part: 3, found, ..Part::default() };
        let text = serde_json::to_string(&part).unwrap();
        assert!(text.len() < 200_000);
        let read: Part = serde_json::from_str(&text).unwrap();
        assert_eq!((read.part, read.found.left_out), (3, before.left_out));
    }

    #[test]
    fn a_part_hands_on_as_many_fingerprints_as_a_schedule_takes_others_each_day() {
        let all: BTreeSet<String> = (0..20_000).map(|number: u32| digest(&[&number.to_string()])).collect();
        let mut seen = BTreeSet::new();
        for day in 0..60 {
            let mut unseen = all.clone();
            forget(&mut unseen, day * DAY);
            assert_eq!(unseen.len(), MAX_UNSEEN);
            let part = Part { unseen: Some(unseen.clone()), ..Part::default() };
            assert!(serde_json::to_string(&part).unwrap().len() < 150_000);
            seen.extend(unseen);
        }
        assert_eq!(seen.len(), all.len());
        let mut few = BTreeSet::from(["a".to_owned()]);
        forget(&mut few, 0);
        assert_eq!(few.len(), 1);
    }

    #[test]
    fn gaps_are_written_in_english_and_in_the_language_of_the_settings() {
        let gap = |first: &str| Gap {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            action: "kms:GetKeyPolicy",
            problem: Problem::Denied,
            resources: 1,
            first: first.to_owned(),
        };
        let mut english = Found::default();
        english.add_gaps([gap("key/a")].iter(), Language::English);
        assert_eq!(english.translated_gaps, Vec::<String>::new());
        let mut found = Found::default();
        found.add_gaps([gap("key/a"), gap("key/b"), gap("key/a")].iter(), Language::Japanese);
        assert_eq!((&found.gaps[0], found.gaps.len()), (&english.gaps[0], 2));
        let translated =
            "111122223333 eu-west-1: `kms:GetKeyPolicy` が拒否されました。`key/a` のスキャンは不完全です。";
        assert!(found.translated_gaps[0].starts_with(translated), "{:?}", found.translated_gaps);
    }

    #[test]
    fn the_schedule_sends_only_the_time() {
        let part: Part = serde_json::from_str(r#"{"scan": "2026-11-26T05:00:00Z"}"#).unwrap();
        assert_eq!((part.scan.as_str(), part.part, part.account, part.cursor), ("2026-11-26T05:00:00Z", 0, None, None));
    }
}
