//! Reads the documents of findings, in Sealwatch's format or in OCSF.

use serde_json::Value;

use crate::engine::links::is_link;
use crate::language::{Language, Text};
use crate::output::severity_label;
use crate::util::severity::Severity;

/// The severity of a finding's document.
pub(super) fn severity(document: &Value) -> Option<Severity> {
    let name = document.get("severity")?.as_str()?;
    Severity::ALL.into_iter().find(|severity| severity.name().eq_ignore_ascii_case(name))
}

/// The id of a finding's document.
pub(super) fn id(document: &Value) -> &str {
    text(document, "/id", "/metadata/uid")
}

/// A text of a document: in Sealwatch's format, or else in OCSF.
pub(super) fn text<'d>(document: &'d Value, own: &str, ocsf: &str) -> &'d str {
    document.pointer(own).or_else(|| document.pointer(ocsf)).and_then(Value::as_str).unwrap_or_default()
}

/// The severity as the word that a message to people begins with.
pub(super) fn label(document: &Value) -> Text {
    severity_or_unknown(severity(document))
}

pub(super) fn severity_or_unknown(severity: Option<Severity>) -> Text {
    severity.map_or(Text::literal("UNKNOWN"), severity_label)
}

/// The id of the rule.
pub(super) fn rule(document: &Value) -> &str {
    text(document, "/rule", "/compliance/control")
}

/// The ARN, or the name of what has none.
pub(super) fn resource(document: &Value) -> &str {
    match text(document, "/resource/arn", "/resources/0/uid") {
        "" => text(document, "/resource/name", "/resources/0/name"),
        arn => arn,
    }
}

/// The link that a reader needs first: to the resource, or else to the event. OCSF has room for one only.
pub(super) fn link(document: &Value) -> Option<&str> {
    let paths = ["/links/resource", "/links/event", "/finding_info/src_url"];
    paths.iter().find_map(|path| document.pointer(path)?.as_str().filter(|link| is_link(link)))
}

/// What is wrong, in a language if the document has it.
pub(super) fn detail(document: &Value, language: Language) -> &str {
    let translated = language.member("detail").and_then(|member| document.get(member)?.as_str());
    translated.unwrap_or_else(|| {
        let english = text(document, "/detail", "/finding_info/desc");
        language.translation(english).unwrap_or(english)
    })
}

/// Removes the details that only people read.
pub(super) fn remove_translations(document: &mut Value) {
    if let Some(members) = document.as_object_mut() {
        let details = Language::ALL.into_iter().filter_map(|language| language.member("detail"));
        details.for_each(|member| drop(members.remove(&member)));
    }
}
