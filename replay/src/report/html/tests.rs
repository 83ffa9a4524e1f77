use proptest::prelude::*;
use sealwatch_rules::language::Language;
use serde_json::{Value, json};

use super::*;

fn finding(text: &str) -> Value {
    json!({
        "fingerprint": text, "rule": text, "outcome": "violation", "severity": "high", "title": text,
        "resource": {"type": text, "arn": text, "name": text}, "account": text, "region": text,
        "event": {"id": text, "name": text, "source": text, "time": text}, "detail": text,
        "actor": {"arn": text, "type": text, "role": text, "session": text, "source_ip": text, "invoked_by": text},
        "evidence": {text: text}, "references": [format!("https://{text}")],
        "links": {"resource": format!("https://{text}/"), "event": format!("https://{text}.console.aws.amazon.com/{text}")},
        "remediation": {"cli": text, "terraform": text, "console": text},
        "state": "resolved", "first_seen": text, "resolved_at": text, "until": text, "exception": text,
        "resolved_by": {"who": text, "call": text, "reason": text},
    })
}

/// A stream that is not encrypted, as the rules report it.
fn stream(name: &str, account: &str, time: &str) -> Value {
    let arn = format!("arn:aws:kinesis:eu-west-1:{account}:stream/{name}");
    let cli = format!("aws kinesis start-stream-encryption --stream-name {name} --region eu-west-1");
    json!({
        "fingerprint": "601e22f1e376711854b7d1fbfe5a750a", "rule": "kinesis-stream-unencrypted", "outcome": "violation",
        "severity": "high", "title": "Kinesis stream without encryption at rest", "account": account, "region": "eu-west-1",
        "resource": {"type": "AWS::Kinesis::Stream", "arn": arn, "name": name},
        "event": {"id": "e1", "name": "StopStreamEncryption", "source": "kinesis.amazonaws.com", "time": time},
        "actor": {"arn": format!("arn:aws:iam::{account}:user/mira"), "type": "IAMUser", "source_ip": "203.0.113.24"},
        "detail": format!("The stream `{name}` is not encrypted."), "evidence": {"encryptionType": "NONE"},
        "remediation": {"cli": cli, "terraform": "encryption_type = \"KMS\"", "console": format!("Kinesis > {name}")},
        "references": ["https://docs.aws.amazon.com/streams/latest/dev/what-is-sse.html"], "controls": [],
    })
}

fn page_of(findings: &[Value]) -> String {
    let items: Vec<Item> = findings.iter().map(|finding| Item::new(finding, Language::English)).collect();
    let head =
        Head { command: "replay", subject: "events".into(), time: "2026-11-23T07:04:05Z".into(), ..Head::default() };
    page(&head, &items)
}

fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    page.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn the_policy_allows_the_style_and_the_script_of_the_page() {
    let page = page_of(&[]);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let hash = |tag: &str| source_hash(between(&page, &format!("<{tag}>"), &format!("</{tag}>")));
    let want = format!("default-src 'none'; style-src '{}'; script-src '{}'; ", hash("style"), hash("script"));
    assert!(policy.starts_with(&want), "{policy}");
    // as `openssl dgst -sha256 -binary | base64` prints it
    assert_eq!(source_hash("abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    // both end with the first of these, wherever it stands
    for script in Language::ALL.map(script::script) {
        assert!(!STYLE.contains("</") && !script.contains("</") && !script.contains("<!--"));
    }
}

#[test]
fn nothing_to_report_is_said() {
    assert!(page_of(&[]).contains("<p class=none>Nothing to report."));
}

#[test]
fn with_many_days_a_bar_is_for_several_of_them() {
    let page = page_of(&[
        stream("a", "111122223333", "2026-08-01T00:00:00Z"),
        stream("b", "111122223333", "2026-08-02T00:00:00Z"),
        stream("c", "111122223333", "2026-11-28T00:00:00Z"), // 119 days later
    ]);
    let bars = between(&page, "<h2>Findings by ", "</svg>").replace("<svg", "\n<svg").replace("<g>", "\n<g>");
    insta::assert_snapshot!(bars, @r#"
    2 days</h2></figcaption>

    <svg role=img aria-label="3 findings from 2026-08-01 to 2026-11-28, the most, 2, on 2026-08-01" viewBox="0 0 720 72" width=2160 height=72 preserveAspectRatio=none>
    <g><title>2026-08-01: 2 high</title><rect class=high x=0 y=0 width=10 height=72 /></g>
    <g><title>2026-11-27: 1 high</title><rect class=high x=708 y=36 width=10 height=36 /></g>
    "#);
}

#[test]
fn findings_that_differ_in_the_resource_only_share_their_text() {
    let page = page_of(&[
        stream("orders", "111122223333", "2026-11-21T10:00:00Z"),
        stream("clicks", "444455556666", "2026-11-23T11:00:00Z"),
    ]);
    insta::assert_snapshot!(between(&page, "<main>\n", "</main>"), @r#"
    <section id=s0 class=high aria-labelledby=t0><h3 id=t0><b>high</b> Kinesis stream without encryption at rest</h3>
    <p class=rule><code>kinesis-stream-unencrypted</code> <span>2 findings</span> <a href="https://docs.aws.amazon.com/streams/latest/dev/what-is-sse.html" rel=noreferrer>AWS documentation</a>
    <div class=g>
    <div class=fix><details><summary>Fix for each of the 2 findings below</summary><h4>AWS CLI</h4><pre>aws kinesis start-stream-encryption --stream-name <var>name</var> --region eu-west-1</pre><h4>Terraform</h4><pre>encryption_type = "KMS"</pre><h4>Console</h4><pre>Kinesis &gt; <var>name</var></pre></details></div>
    <div class=same><p>The stream <code><var>name</var></code> is not encrypted.<pre>encryptionType = NONE</pre></div>
    <details><summary><i>arn:aws:kinesis:eu-west-1:111122223333:stream/<b>orders</b></i><span>mira
    StopStreamEncryption</span><time>2026-11-21 10:00</time></summary><p>caller 1, event e1, finding 601e22f1</details>
    <details><summary><i>arn:aws:kinesis:eu-west-1:444455556666:stream/<b>clicks</b></i><span>mira
    StopStreamEncryption</span><time>2026-11-23 11:00</time></summary><p>caller 2, event e1, finding 601e22f1</details>
    </div>
    </section>
    "#);
}

#[test]
fn a_finding_alone_has_all_its_text() {
    let page = page_of(&[stream("orders", "111122223333", "2026-11-21T10:00:00Z")]);
    insta::assert_snapshot!(between(&page, "<div class=g>\n", "</div>"), @r#"
    <details><summary><i>arn:aws:kinesis:eu-west-1:111122223333:stream/<b>orders</b></i><span>mira
    StopStreamEncryption</span><time>2026-11-21 10:00</time></summary><p>The stream <code>orders</code> is not encrypted.<pre>encryptionType = NONE</pre><p>caller 1, event e1, finding 601e22f1<h4>AWS CLI</h4><pre>aws kinesis start-stream-encryption --stream-name orders --region eu-west-1</pre><h4>Terraform</h4><pre>encryption_type = "KMS"</pre><h4>Console</h4><pre>Kinesis &gt; orders</pre></details>
    "#);
}

#[test]
fn the_overview_counts() {
    let mut unverified = stream("c", "444455556666", "2026-11-23T11:00:00Z");
    unverified["outcome"] = json!("unverified");
    let page = page_of(&[
        stream("a", "111122223333", "2026-11-21T10:00:00Z"),
        stream("b", "111122223333", "2026-11-21T23:59:59Z"),
        unverified,
    ]);
    insta::assert_snapshot!(between(&page, "<ul class=tiles>\n", "</ul>"), @r#"
    <li class=high><b>2</b> high
    <li class=unverified><b>1</b> unverified
    "#);
    insta::assert_snapshot!(between(&page, "<svg role=img ", " viewBox"), @r#"aria-label="3 findings from 2026-11-21 to 2026-11-23, the most, 2, on 2026-11-21""#);
    let bars = between(&page, " viewBox=", "</svg>").replace("<g>", "\n<g>");
    insta::assert_snapshot!(bars, @r#"
    "0 0 36 72" width=108 height=72 preserveAspectRatio=none>
    <g><title>2026-11-21: 2 high</title><rect class=high x=0 y=0 width=10 height=72 /></g>
    <g><title>2026-11-23: 1 unverified</title><rect class=unverified x=24 y=36 width=10 height=36 /></g>
    "#);
    insta::assert_snapshot!(between(&page, "<section class=places", "</table>").split_once("<thead>").unwrap().1, @r#"
    <tr><th scope=col>Account<th scope=col>Region<th scope=col class=n>high<th scope=col class=n>unverified</thead>
    <tbody>
    <tr><td>111122223333<td>eu-west-1<td class=n>2<td class=n>
    <tr><td>444455556666<td>eu-west-1<td class=n><td class=n>1
    </tbody>
    "#);
}

#[test]
fn the_ledger_says_what_became_of_a_finding() {
    let mut open = stream("a", "111122223333", "2026-11-21T10:00:00Z");
    open["state"] = json!("open");
    open["first_seen"] = json!("2026-11-21T10:00:00Z");
    let mut resolved = open.clone();
    resolved["state"] = json!("resolved");
    resolved["first_seen"] = json!("2026-11-20T10:00:00Z");
    resolved["resolved_at"] = json!("2026-11-22T10:00:00Z");
    resolved["resolved_by"] = json!({"who": "grace", "call": "StartStreamEncryption", "reason": "fixed"});
    let page = page_of(&[open, resolved]);
    assert_eq!(page.matches("First seen").count(), 1);
    assert!(page.contains("<span>1 open finding</span>") && page.contains("<b>resolved</b>"));
    insta::assert_snapshot!(between(&page, "<p>First seen", "<p>"), @" at 2026-11-20T10:00:00Z, Resolved at 2026-11-22T10:00:00Z: fixed, StartStreamEncryption by grace, severity high");
}

#[test]
fn what_is_incomplete_comes_before_the_findings() {
    let mut head = Head {
        summary: "1 file, 2 records\n1 input could not be read: see the messages above\n  1 high rule\n".into(),
        ..Head::default()
    };
    (0..102).for_each(|number| head.problems.add(format!("{number}: <b>")));
    let page = page(&head, &[]);
    assert!(page.contains("<li>0: &lt;b&gt;\n") && page.contains("<li>99: &lt;b&gt;\n<li>and 2 more\n"));
    assert_eq!(
        between(&page, "<ul class=summary>\n", "</ul>"),
        "<li>1 file, 2 records\n<li>1 input could not be read: see above\n"
    );
}

#[test]
fn a_value_that_is_part_of_other_words_is_no_placeholder() {
    let item = Item::new(&stream("s", "111122223333", ""), Language::English);
    assert_eq!(group::template("aws streams s-s 's' 1s", &item), "aws streams \u{2}-\u{2} '\u{2}' 1s");
}

/// Streams with links as the rules build them.
fn linked(count: usize) -> Vec<Value> {
    let with_links = |number: usize| {
        let mut stream = stream(&format!("orders-{number}"), "111122223333", "2026-11-21T10:00:00Z");
        let console = "https://eu-west-1.console.aws.amazon.com";
        stream["event"]["id"] = json!(format!("8bdc31a0-c720-493c-8d0e-db71ebae{number:04}"));
        stream["links"] = json!({
            "resource": format!("{console}/kinesis/home?region=eu-west-1#/streams/details/orders-{number}/monitoring"),
            "event": format!("{console}/cloudtrailv2/home?region=eu-west-1#/events/8bdc31a0-c720-493c-8d0e-db71ebae{number:04}"),
        });
        stream
    };
    (0..count).map(with_links).collect()
}

#[test]
fn findings_link_to_the_console() {
    let page = page_of(&linked(2));
    insta::assert_snapshot!(between(&page, "</time></summary>", "<p>caller"), @r#"<p><a href="https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders-0/monitoring" rel="noreferrer noopener">Resource in the console</a> <a href="https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/8bdc31a0-c720-493c-8d0e-db71ebae0000" rel="noreferrer noopener">Event in CloudTrail</a>"#);
    assert_eq!(page.matches(" rel=\"noreferrer noopener\">").count(), 4);
}

#[test]
fn a_large_page_has_links_for_the_first_findings_and_templates_for_all() {
    let page = page_of(&linked(1000));
    let links = page.matches(" rel=\"noreferrer noopener\">").count();
    assert!((20..1_800).contains(&links), "{links}");
    assert!((LIMIT - 1_000..=LIMIT).contains(&page.len()), "{}", page.len());
    let large = page_of(&linked(2_000));
    insta::assert_snapshot!(between(&large, "<div class=g", ">"), @r#" data-resource="https://{region}.console.aws.amazon.com/kinesis/home?region={region}#/streams/details/{name}/monitoring" data-event"#);
    assert!(script::script(Language::English).contains(link::EVENT));
    let all = page_of(&linked(100)).matches(" rel=\"noreferrer noopener\">").count();
    assert_eq!(all, 200);
}

#[test]
fn a_link_that_the_program_did_not_build_is_none() {
    let mut finding = stream("orders", "111122223333", "2026-11-21T10:00:00Z");
    for link in [
        "javascript:alert(1)",
        "https://evil.example/",
        "https://eu-west-1.console.aws.amazon.com.evil.example/x",
        "https://eu-west-1.console.aws.amazon.com/\"x",
    ] {
        finding["links"] = json!({"resource": link, "event": link});
        let page = page_of(&[finding.clone()]);
        assert!(!page.contains("noopener\">") && !page.contains("<div class=g "), "{link}");
    }
}

#[test]
fn a_page_in_japanese() {
    let items: Vec<Item> = linked(1).iter().map(|finding| Item::new(finding, Language::Japanese)).collect();
    let head = Head { command: "replay", language: Language::Japanese, ..Head::default() };
    let page = page(&head, &items);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"ja\">"));
    insta::assert_snapshot!(between(&page, "<h3 ", "<details>"), @r#"
    id=t0><b>高</b> 保管時に暗号化されていない Kinesis ストリーム</h3>
    <p class=rule><code>kinesis-stream-unencrypted</code> <span>検出結果 1 件</span> <a href="https://docs.aws.amazon.com/streams/latest/dev/what-is-sse.html" rel=noreferrer>AWS ドキュメント</a>
    <div class=g>
    "#);
    insta::assert_snapshot!(between(&page, "<pre>encryptionType = NONE</pre>", "<h4>"), @r#"<p><a href="https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders-0/monitoring" rel="noreferrer noopener">コンソールのリソース</a> <a href="https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/8bdc31a0-c720-493c-8d0e-db71ebae0000" rel="noreferrer noopener">CloudTrail のイベント</a><p>呼出元 1, イベント 8bdc31a0-c720-493c-8d0e-db71ebae0000, ID 601e22f1"#);
}

proptest! {
    /// The tags of a page and their attributes are those of the program, whatever the findings say.
    #[test]
    fn hostile_text_stays_text(text in "[<>&\"'a-z/=!\\-\u{1}\u{5}\u{202e}\n ]{0,24}") {
        // an empty text leaves a line out
        let text = format!("a{text}a");
        let tags = |text: &str, findings: usize| {
            let items = vec![Item::new(&finding(text), Language::English); findings];
            let mut head = Head { subject: text.into(), time: text.into(), summary: text.replace('\n', " "), ..Head::default() };
            head.problems.add(text.into());
            let page = page(&head, &items);
            let tags: Vec<usize> = page.split('<').skip(1).map(|tag| tag.split('>').next().unwrap().matches('"').count()).collect();
            (tags, page.matches('>').count(), page.matches(['\u{1}', '\u{5}', '\u{202e}']).count())
        };
        for findings in [1, 2] {
            prop_assert_eq!(tags(&text, findings), tags("a", findings));
        }
    }
}
