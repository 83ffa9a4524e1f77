//! Reads the documents of findings, in Sealwatch's format or in OCSF.

use serde_json::Value;

use crate::engine::links::is_link;
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
pub(super) fn label(document: &Value) -> String {
    severity(document).map_or("UNKNOWN", Severity::name).to_uppercase()
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

/// What is wrong.
pub(super) fn detail(document: &Value) -> &str {
    text(document, "/detail", "/finding_info/desc")
}
