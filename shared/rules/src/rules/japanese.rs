//! The documents of the rules in Japanese: one file for each detector, with a chapter for each rule.
//!
//! Only the command line shows them, so functions do not contain them.

use crate::engine::rule::Rule;

/// The file of each detector.
const FILES: [&str; 14] = [
    include_str!("cloudtrail_event_data_store/ja.md"),
    include_str!("cloudtrail_trail/ja.md"),
    include_str!("firehose_stream/ja.md"),
    include_str!("kinesis_channel/ja.md"),
    include_str!("kinesis_stream/ja.md"),
    include_str!("kms_alias/ja.md"),
    include_str!("kms_key_lifecycle/ja.md"),
    include_str!("kms_key_policy/ja.md"),
    include_str!("kms_key_store/ja.md"),
    include_str!("msk_channel/ja.md"),
    include_str!("msk_cluster/ja.md"),
    include_str!("msk_connector/ja.md"),
    include_str!("msk_replicator/ja.md"),
    include_str!("msk_worker_configuration/ja.md"),
];

/// The document of a rule in Japanese, as Markdown; `None` if there is none.
pub fn document(rule: &Rule) -> Option<String> {
    let (_, document) = documents().find(|(id, _)| *id == rule.id)?;
    let references: Vec<String> = rule.references().iter().map(|page| format!("- <{page}>")).collect();
    Some(format!("{document}\n\n## 参考資料\n{}", references.join("\n")))
}

/// The ids of all rules with a document, and the documents without references.
pub fn documents() -> impl Iterator<Item = (&'static str, &'static str)> {
    let chapters = FILES.into_iter().flat_map(|file| file.strip_prefix("# ").unwrap_or(file).split("\n# "));
    chapters.map(|chapter| chapter.split_once('\n').unwrap_or((chapter, ""))).map(|(id, text)| (id.trim(), text.trim()))
}
