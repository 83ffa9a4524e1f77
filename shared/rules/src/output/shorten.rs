//! Shortens the JSON of findings, in Sealwatch's format or in OCSF, until a message has room for all of them.
//!
//! No step removes a finding, its rule, severity, resource, account or detail. What a step cuts carries a mark. A message
//! about many events [reduces](reduce) them further.

use serde_json::{Map, Value, json};

/// The mark in place of what was cut.
const CUT: &str = "[cut]";

/// Shortens one finding.
pub(super) type Step = fn(&mut Value);

/// What is cut first, second and so on. Each step builds on those before it.
pub(super) const STEPS: [Step; 12] = [
    |finding| {
        for name in ["corrected_statement", "further_corrected_statements"] {
            replace(evidence(finding).and_then(|evidence| evidence.get_mut(name)));
        }
    },
    |finding| replace(finding.pointer_mut("/remediation/terraform")),
    |finding| evidence(finding).into_iter().for_each(|evidence| cap_lists(evidence, 16)),
    |finding| evidence(finding).into_iter().for_each(|evidence| cap_members(evidence, 16)),
    |finding| evidence(finding).into_iter().for_each(|evidence| *evidence = json!({CUT: "all members"})),
    remove_links,
    |finding| cap_texts(finding, 16_384),
    |finding| cap_texts(finding, 4_096),
    |finding| cap_texts(finding, 1_024),
    |finding| cap_texts(finding, 256),
    |finding| cap_texts(finding, 128),
    |finding| cap_texts(finding, 64),
];

/// Shortens findings step by step until the text that `write` makes of them takes at most `room` bytes of a message; `write`
/// is told whether something was cut. Returns the text, and whether it fits.
pub(super) fn fit(
    findings: &mut [Value],
    steps: &[Step],
    room: usize,
    write: impl Fn(&[Value], bool) -> String,
) -> (String, bool) {
    let mut steps = steps.iter();
    let mut truncated = false;
    loop {
        let text = write(findings, truncated);
        let fits = fits(&text, room);
        match steps.next() {
            Some(step) if !fits => findings.iter_mut().for_each(step),
            _ => return (text, fits),
        }
        truncated = true;
    }
}

/// As [`fit`], but leaves out the last findings if that is not enough. `write` is told how many.
pub(super) fn fit_most(
    mut findings: Vec<Value>,
    steps: &[Step],
    room: usize,
    write: impl Fn(&[Value], bool, usize) -> String,
) -> String {
    let (mut text, mut is_done) = fit(&mut findings, steps, room, |findings, truncated| write(findings, truncated, 0));
    let mut left_out = 0;
    while !is_done && !findings.is_empty() {
        let kept = findings.len() / 2;
        left_out += findings.len() - kept;
        findings.truncate(kept);
        text = write(&findings, true, left_out);
        is_done = fits(&text, room);
    }
    text
}

/// True if a text takes at most `room` bytes as a member of a message. It is JSON inside JSON: its length after both escapes
/// is measured, not estimated.
fn fits(text: &str, room: usize) -> bool {
    text.len() <= room && serde_json::to_string(text).unwrap_or_default().len() + r#""default":,"#.len() <= room
}

/// Keeps what identifies a finding and its state: for a message that has to hold very many of them.
pub(super) fn reduce(finding: &mut Value) {
    const OWN: [&str; 11] = [
        "id",
        "fingerprint",
        "rule",
        "severity",
        "resource",
        "account",
        "region",
        "state",
        "first_seen",
        "resolved_at",
        "event",
    ];
    // what the class requires, and what says which finding it is: <https://schema.ocsf.io/1.6.0/classes/compliance_finding>
    const OCSF: [&str; 12] = [
        "activity_id",
        "category_uid",
        "class_uid",
        "type_uid",
        "time",
        "severity_id",
        "severity",
        "status_id",
        "metadata",
        "finding_info",
        "compliance",
        "resources",
    ];
    let is_ocsf = finding.get("class_uid").is_some();
    let Some(members) = finding.as_object_mut() else { return };
    let kept: &[&str] = if is_ocsf { &OCSF } else { &OWN };
    members.retain(|name, _| kept.contains(&name.as_str()));
    if let Some(info) = members.get_mut("finding_info").and_then(Value::as_object_mut) {
        info.retain(|name, _| name == "uid" || name.ends_with("_time"));
    }
    if let Some(compliance) = members.get_mut("compliance").and_then(Value::as_object_mut) {
        compliance.retain(|name, _| ["control", "status_id", "status"].contains(&name.as_str()));
    }
}

/// The evidence of a finding, if there is any.
fn evidence(finding: &mut Value) -> Option<&mut Value> {
    let path = if finding.get("class_uid").is_some() { "/evidences/0/data" } else { "/evidence" };
    finding.pointer_mut(path).filter(|evidence| evidence.as_object().is_some_and(|members| !members.is_empty()))
}

/// Removes the links: a part of one leads nowhere.
fn remove_links(finding: &mut Value) {
    for (path, link) in [("", "links"), ("/finding_info", "src_url")] {
        if let Some(members) = finding.pointer_mut(path).and_then(Value::as_object_mut) {
            members.remove(link);
        }
    }
}

fn replace(value: Option<&mut Value>) {
    if let Some(value) = value {
        *value = json!(CUT);
    }
}

/// Caps each list in a value.
fn cap_lists(value: &mut Value, most: usize) {
    match value {
        Value::Array(entries) => {
            let more = entries.len().saturating_sub(most);
            entries.truncate(most);
            entries.iter_mut().for_each(|entry| cap_lists(entry, most));
            if more > 0 {
                entries.push(json!(format!("[cut: {more} more]")));
            }
        }
        Value::Object(members) => members.values_mut().for_each(|member| cap_lists(member, most)),
        _ => {}
    }
}

/// Caps the members of each object in a value, and its texts.
fn cap_members(value: &mut Value, most: usize) {
    if let Value::Object(members) = value {
        let more = members.len().saturating_sub(most);
        *members = std::mem::take(members).into_iter().take(most).collect::<Map<String, Value>>();
        members.values_mut().for_each(|member| cap_members(member, most));
        if more > 0 {
            members.insert(CUT.to_owned(), json!(format!("{more} more members")));
        }
    }
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| cap_members(entry, most)),
        Value::String(_) => cap_texts(value, 1_024),
        _ => {}
    }
}

/// Caps each text in a value, so that it takes about `room` bytes of the message.
fn cap_texts(value: &mut Value, room: usize) {
    match value {
        Value::String(text) => cap_text(text, room),
        Value::Array(entries) => entries.iter_mut().for_each(|entry| cap_texts(entry, room)),
        Value::Object(members) => members.values_mut().for_each(|member| cap_texts(member, room)),
        _ => {}
    }
}

fn cap_text(text: &mut String, room: usize) {
    let end = text.char_indices().scan(0, |bytes, (at, c)| {
        *bytes += bytes_in_message(c);
        Some((at, *bytes))
    });
    let end = end.skip_while(|(_, bytes)| *bytes <= room).map(|(at, _)| at).next();
    if let Some(end) = end {
        text.truncate(end);
        if !text.ends_with(CUT) {
            *text += " [cut]";
        }
    }
}

/// The length of a character in a message: it is JSON inside JSON, so it is escaped twice.
fn bytes_in_message(c: char) -> usize {
    match c {
        '"' | '\\' => 4,      // `\\\"`, `\\\\`
        '\0'..='\u{1f}' => 7, // `\\u0001` at most
        _ => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a finding after this number of steps.
    fn after(steps: usize, finding: &Value) -> Value {
        let mut finding = finding.clone();
        STEPS.iter().take(steps).for_each(|step| step(&mut finding));
        finding
    }

    #[test]
    fn steps_cut_the_correction_then_terraform_then_lists_then_members_then_texts() {
        let long = "y".repeat(20_000);
        let many: Map<String, Value> = (0..20).map(|number| (format!("m{number:02}"), json!(number))).collect();
        let finding = json!({"rule": "a-rule", "severity": "high", "account": "111122223333",
            "resource": {"arn": null, "name": "n"}, "detail": long,
            "remediation": {"cli": "c", "terraform": "t", "console": "o"}, "links": {"resource": "https://x.example/"},
            "evidence": {"corrected_statement": {"Sid": long}, "list": vec!["e"; 100], "map": many}});
        let cut = after(1, &finding);
        assert_eq!(cut["evidence"]["corrected_statement"], "[cut]");
        assert_eq!(
            (&cut["remediation"], &cut["evidence"]["list"]),
            (&finding["remediation"], &finding["evidence"]["list"])
        );
        assert_eq!(after(2, &finding)["remediation"], json!({"cli": "c", "terraform": "[cut]", "console": "o"}));
        let lists = after(3, &finding);
        assert_eq!(lists["evidence"]["list"].as_array().unwrap().len(), 17);
        assert_eq!(lists["evidence"]["list"][16], "[cut: 84 more]");
        assert_eq!(lists["evidence"]["map"], finding["evidence"]["map"]);
        let members = after(4, &finding);
        assert_eq!(members["evidence"]["map"]["[cut]"], "4 more members");
        assert_eq!(members["evidence"]["map"].as_object().unwrap().len(), 17);
        let evidence = after(5, &finding);
        assert_eq!(
            (&evidence["evidence"], &evidence["detail"]),
            (&json!({"[cut]": "all members"}), &finding["detail"])
        );
        assert_eq!((after(5, &finding).get("links"), after(6, &finding).get("links")), (finding.get("links"), None));
        let all = after(STEPS.len(), &finding);
        assert_eq!(all["detail"], format!("{} [cut]", "y".repeat(64)));
        for member in ["rule", "severity", "account", "resource"] {
            assert_eq!(all[member], finding[member]);
        }
    }

    #[test]
    fn the_evidence_of_ocsf_is_found() {
        let finding = json!({"class_uid": 2003, "evidences": [{"data": {"corrected_statement": [1]}}],
            "finding_info": {"uid": "u", "src_url": "https://x.example/"}});
        assert_eq!(after(6, &finding)["finding_info"], json!({"uid": "u"}));
        assert_eq!(after(1, &finding)["evidences"][0]["data"]["corrected_statement"], "[cut]");
    }

    #[test]
    fn texts_are_measured_as_the_message_writes_them() {
        for c in ['"', '\\', '\u{1}', '\n', 'a', '\u{416}', '\u{1f512}'] {
            let once = json!(c).to_string();
            let twice = json!(once).to_string();
            let quotes = json!(json!("").to_string()).to_string().len();
            assert!(twice.len() - quotes <= bytes_in_message(c), "{c:?}: {twice}");
        }
    }
}
