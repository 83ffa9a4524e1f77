//! Findings as one HTML page: no scripts, and nothing that a browser would have to load.

use std::collections::BTreeMap;
use std::fmt::Write;

use sealwatch_rules::util::text::plain;
use serde_json::Value;

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#1b1f24;background:#fff}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.4em .6em;border-bottom:1px solid #d0d7de;overflow-wrap:anywhere}\
th{border-bottom:2px solid #1b1f24}\
code{font:12px ui-monospace,monospace}\
.critical{color:#8a00a3}.high{color:#b3001b}.medium{color:#7a5200}.low{color:#0b4f9e}.unverified{color:#00636b}\
.resolved{color:#116329}td.critical,td.high,td.medium,td.low,td.unverified,td.resolved{font-weight:bold}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th{border-color:#e6edf3}td{border-color:#30363d}\
.critical{color:#e29bff}.high{color:#ff8f87}.medium{color:#e3b341}.low{color:#79c0ff}.unverified{color:#56d4dd}.resolved{color:#7ee787}}";

/// The SHA-256 digest of [`STYLE`]: the browser uses no other style.
///
/// <https://www.w3.org/TR/CSP3/#framework-directive-source-list>
const STYLE_HASH: &str = "sha256-wTO87TfkbPnWvljXcmlyzykRH3POZaJtLCSYvRzRi14=";

/// The labels of findings, worst first.
const LABELS: [&str; 6] = ["critical", "high", "medium", "low", "unverified", "resolved"];

/// A page about these findings, in the JSON of `docs/finding.schema.json`, in their order.
pub(crate) fn page(name: &str, time: &str, findings: &[Value]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; \
         form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Sealwatch findings: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Sealwatch findings</h1>\n\
         <p>{name} at {time}</p>\n{}",
        summary(findings),
        name = escaped(name),
        time = escaped(time),
    );
    if !findings.is_empty() {
        page += "<table>\n<thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Finding</th><th scope=\"col\">Resource</th>\
                 <th scope=\"col\">Account, Region</th><th scope=\"col\">First seen</th><th scope=\"col\">By</th>\
                 <th scope=\"col\">Fingerprint</th></tr></thead>\n<tbody>\n";
        findings.iter().for_each(|finding| page += &row(finding));
        page += "</tbody>\n</table>\n";
    }
    page + "</body>\n</html>\n"
}

/// How many findings there are of each label.
fn summary(findings: &[Value]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    findings.iter().for_each(|finding| *counts.entry(label(finding)).or_default() += 1);
    let counts = LABELS.into_iter().filter_map(|label| Some((label, counts.get(label)?)));
    let counts: Vec<String> =
        counts.map(|(label, count)| format!("<span class=\"{label}\">{count} {label}</span>")).collect();
    if counts.is_empty() { "<p>Nothing is open.</p>\n".to_owned() } else { format!("<p>{}</p>\n", counts.join(", ")) }
}

fn row(finding: &Value) -> String {
    let label = label(finding);
    let severity = match (label, text(finding, "/severity")) {
        ("unverified" | "resolved", severity) => format!("{label}<br>{}", escaped(severity)),
        _ => label.to_owned(),
    };
    let first = |pointers: &[&str]| pointers.iter().map(|pointer| text(finding, pointer)).find(|text| !text.is_empty());
    let first_seen = first(&["/first_seen", "/event/time", "/at"]).unwrap_or_default();
    let arn = first(&["/resource/arn", "/resource/name"]).unwrap_or_default();
    let mut row = format!("<tr><td class=\"{label}\">{severity}</td>");
    let cells = [
        format!("{}<br><code>{}</code>", escaped(text(finding, "/detail")), escaped(text(finding, "/rule"))),
        format!("<code>{}</code>", escaped(arn)),
        [text(finding, "/account"), text(finding, "/region")].map(escaped).join("<br>"),
        escaped(first_seen),
        by(finding),
        format!("<code>{}</code>", escaped(text(finding, "/fingerprint"))),
    ];
    for cell in cells {
        let _ = write!(row, "<td>{cell}</td>"); // a String takes everything
    }
    row + "</tr>\n"
}

/// Whose call made it wrong, and whose call resolved it.
fn by(finding: &Value) -> String {
    let lines = |lines: &[&str]| {
        let lines = lines.iter().filter(|line| !line.is_empty()).map(|line| escaped(line));
        lines.collect::<Vec<_>>().join("<br>")
    };
    let [call, who] = match text(finding, "/seen") {
        "scan" => ["seen by a scan", ""],
        _ => [text(finding, "/event/name"), text(finding, "/actor/arn")],
    };
    match text(finding, "/resolved_at") {
        "" => lines(&[call, who]),
        at => {
            let at = format!("resolved at {at}");
            lines(&[call, who, &at, text(finding, "/resolved_by/call"), text(finding, "/resolved_by/who")])
        }
    }
}

/// One of [`LABELS`].
fn label(finding: &Value) -> &'static str {
    let severity = text(finding, "/severity");
    match (text(finding, "/state"), text(finding, "/outcome")) {
        ("resolved", _) => "resolved",
        (_, "unverified") => "unverified",
        _ => LABELS.into_iter().take(4).find(|label| *label == severity).unwrap_or("low"),
    }
}

fn text<'a>(finding: &'a Value, pointer: &str) -> &'a str {
    finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Text that is text wherever it stands in the page.
///
/// <https://html.spec.whatwg.org/multipage/syntax.html#syntax-charref>
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in plain(text).chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use sha2::{Digest, Sha256};

    fn finding(text: &str) -> Value {
        json!({
            "fingerprint": text, "rule": text, "outcome": "violation", "severity": "high",
            "resource": {"type": text, "arn": text, "name": text}, "account": text, "region": text,
            "event": {"id": text, "name": text, "source": text, "time": text}, "actor": {"arn": text}, "detail": text,
            "state": "open", "first_seen": text, "resolved_by": {"who": text, "call": text, "reason": text},
        })
    }

    /// After a change of the style, this prints the digest that `STYLE_HASH` needs.
    #[test]
    fn the_policy_allows_the_style_of_the_page() {
        let digest = base64_simd::STANDARD.encode_to_string(Sha256::digest(STYLE));
        assert_eq!(STYLE_HASH, format!("sha256-{digest}"));
    }

    #[test]
    fn a_page_has_a_summary_and_a_row_for_each_finding() {
        let mut resolved = finding("b");
        resolved["state"] = json!("resolved");
        resolved["resolved_at"] = json!("2026-11-21T03:04:05Z");
        resolved["resolved_by"] = json!({"who": "grace", "call": "StartStreamEncryption", "reason": "fixed"});
        let mut unverified = finding("c");
        unverified["outcome"] = json!("unverified");
        let page = page("sealwatch-ledger", "2026-11-23T07:04:05Z", &[finding("a"), unverified, resolved]);
        insta::assert_snapshot!(page.replace(STYLE, "…").replace(STYLE_HASH, "sha256-…"), @r#"
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-…'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width">
        <title>Sealwatch findings: sealwatch-ledger</title>
        <style>…</style>
        </head>
        <body>
        <h1>Sealwatch findings</h1>
        <p>sealwatch-ledger at 2026-11-23T07:04:05Z</p>
        <p><span class="high">1 high</span>, <span class="unverified">1 unverified</span>, <span class="resolved">1 resolved</span></p>
        <table>
        <thead><tr><th scope="col">Severity</th><th scope="col">Finding</th><th scope="col">Resource</th><th scope="col">Account, Region</th><th scope="col">First seen</th><th scope="col">By</th><th scope="col">Fingerprint</th></tr></thead>
        <tbody>
        <tr><td class="high">high</td><td>a<br><code>a</code></td><td><code>a</code></td><td>a<br>a</td><td>a</td><td>a<br>a</td><td><code>a</code></td></tr>
        <tr><td class="unverified">unverified<br>high</td><td>c<br><code>c</code></td><td><code>c</code></td><td>c<br>c</td><td>c</td><td>c<br>c</td><td><code>c</code></td></tr>
        <tr><td class="resolved">resolved<br>high</td><td>b<br><code>b</code></td><td><code>b</code></td><td>b<br>b</td><td>b</td><td>b<br>b<br>resolved at 2026-11-21T03:04:05Z<br>StartStreamEncryption<br>grace</td><td><code>b</code></td></tr>
        </tbody>
        </table>
        </body>
        </html>
        "#);
    }

    #[test]
    fn nothing_open_is_said() {
        assert!(page("t", "now", &[]).contains("<p>Nothing is open.</p>"));
    }

    proptest! {
        /// The tags of a page are those of the program, whatever the findings say.
        #[test]
        fn hostile_text_stays_text(text in "[<>&\"'a-z/=!\\-\u{202e}\n ]{0,24}") {
            // an empty text leaves a line out
            let text = format!("a{text}");
            let tags = |text: &str| {
                let mut finding = finding(text);
                finding["resolved_at"] = json!(text);
                page(text, text, &[finding]).matches(['<', '>', '"']).count()
            };
            prop_assert_eq!(tags(&text), tags("a"));
        }
    }
}
