//! Entries of the ledger as text for people.

use anstyle::Style;
use sealwatch_rules::language::words::{list as list_of, of_severity, severity};
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::ledger::{Entry, State, Told};
use sealwatch_rules::text;
use sealwatch_rules::util::columns::columns;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::Seconds;
use serde_json::Value;

use crate::commands::findings::item::{Item, ending, source};
use crate::report::page::Page;
use crate::report::text::{GOOD, UNKNOWN, severity_style};
use crate::report::words::pad;

/// The columns before the details of a finding.
const INDENT: &str = "            ";

/// The list, and how many there are.
pub(super) fn list(items: &[Item], now: Seconds, language: Language) -> Page {
    let mut page = Page::default();
    for item in items {
        head(&mut page, item, now, language);
        page.end_line();
    }
    page.line(&counts(items, language));
    page
}

/// All about one finding.
pub(super) fn item(item: &Item, now: Seconds, language: Language) -> Page {
    let mut page = Page::default();
    head(&mut page, item, now, language);
    times(&mut page, &item.entry, language);
    details(&mut page, item, language);
    history(&mut page, &item.entry, language);
    page
}

/// What it is, where, how long it is open, and since whose call.
fn head(page: &mut Page, item: &Item, now: Seconds, language: Language) {
    let subject = &item.entry.subject;
    let (label, style) = label(&item.entry);
    page.styled(style, &pad(&label.in_language(language), 10)).line(&format!("  {}", subject.rule));
    page.line(&format!("{INDENT}{}", subject.resource));
    let severity = match item.entry.state {
        State::Open => None, // it is the label
        State::Unverified | State::Resolved => Some(severity(item.entry.severity)),
    };
    let place: Text = format!("{} {}", subject.account, subject.region).into();
    indented(page, &list_of([Some(place), severity, Some(item.age(now))].into_iter().flatten()), language);
    for text in [item.cause(), item.end()].into_iter().flatten() {
        indented(page, &text, language);
    }
    page.line(&format!("{INDENT}{}", subject.fingerprint));
}

fn indented(page: &mut Page, text: &Text, language: Language) {
    page.line(&format!("{INDENT}{}", text.in_language(language)));
}

fn times(page: &mut Page, entry: &Entry, language: Language) {
    if let Some(first_seen) = &entry.first_seen {
        indented(page, &text!("first seen at {first_seen}", first_seen), language);
    }
    if let Some(opened_at) = entry.opened_at.as_ref().filter(|opened_at| entry.first_seen.as_ref() != Some(opened_at)) {
        indented(page, &text!("opened again at {opened_at}", opened_at), language);
    }
}

/// What is wrong, the evidence, how to fix it.
fn details(page: &mut Page, item: &Item, language: Language) {
    if item.finding.is_null() {
        let why = match item.is_finding() {
            true => Text::literal(
                "the stored finding is not JSON: delete the item, and the next event or scan stores it again",
            ),
            false => Text::literal(
                "no violation is stored: it was right whenever it was evaluated, or before anybody was told",
            ),
        };
        page.end_line().line(&why.in_language(language));
        return;
    }
    page.end_line().line(item.title(language)).line(item.detail(language));
    if let Some(Value::Object(evidence)) = item.finding.get("evidence") {
        for (path, value) in evidence {
            page.line(&format!("  {path} = {value}"));
        }
    }
    let fix = format!("{} ", language.text("fix:"));
    let further = " ".repeat(columns(&fix));
    for (index, line) in item.stored("/remediation/cli").lines().enumerate() {
        page.line(&format!("{}{line}", if index == 0 { &fix } else { &further }));
    }
    for reference in item.finding.get("references").and_then(Value::as_array).into_iter().flatten() {
        let see = text!("see {reference}", reference = reference.as_str().unwrap_or_default());
        page.line(&see.in_language(language));
    }
}

/// What was told, oldest first.
fn history(page: &mut Page, entry: &Entry, language: Language) {
    let line = |page: &mut Page, text: &Text| {
        page.line(&format!("  {}", text.in_language(language)));
    };
    page.end_line().styled(Style::new().bold(), language.text("Told")).end_line();
    if entry.history.is_empty() {
        line(page, &Text::literal("nothing yet"));
    }
    if entry.history.len() == Entry::HISTORY {
        line(page, &text!("the last {count} messages:", count = Entry::HISTORY));
    }
    for told in &entry.history {
        let what = text!("{said}: {source}", said = said(told), source = source(&told.by));
        page.line(&format!("  {}  {}", told.at, what.in_language(language)));
    }
    if entry.notice().is_some() {
        line(page, &Text::literal("the newest change is still to be told"));
    }
}

/// What a message said.
fn said(told: &Told) -> Text {
    let severity = severity(told.holds.severity);
    match told.holds.state {
        State::Open => text!("open, {severity}", severity),
        State::Unverified => text!("unverified, {severity}", severity),
        State::Resolved => ending(told.by.reason),
    }
}

fn label(entry: &Entry) -> (Text, Style) {
    match entry.state {
        State::Open => (severity(entry.severity), severity_style(entry.severity)),
        State::Unverified => (Text::literal("unverified"), UNKNOWN),
        State::Resolved => (Text::literal("resolved"), GOOD),
    }
}

/// `3 open (1 critical, 2 high), 1 unverified`.
pub(super) fn counts(items: &[Item], language: Language) -> String {
    let count = |wanted: &dyn Fn(&Entry) -> bool| items.iter().filter(|item| wanted(&item.entry)).count();
    let in_state = |state: State| count(&|entry| entry.state == state);
    let of_severities = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (count(&|entry| entry.state == State::Open && entry.severity == severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| of_severity(count, severity));
    let (open, unverified, resolved) = (in_state(State::Open), in_state(State::Unverified), in_state(State::Resolved));
    let open = match open {
        0 => text!("{open} open", open),
        open => text!("{open} open ({severities})", open, severities = list_of(of_severities)),
    };
    let unverified = (unverified > 0).then(|| text!("{unverified} unverified", unverified));
    let resolved = (resolved > 0).then(|| text!("{resolved} resolved", resolved));
    list_of([Some(open), unverified, resolved].into_iter().flatten()).in_language(language).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::findings::testing::{START, ended, right, stream, untold, unverified};
    use sealwatch_rules::ledger::Reason;
    use sealwatch_rules::util::time::DAY;

    const EN: Language = Language::English;
    const NOW: Seconds = START + 3 * DAY + 4 * 3600;

    /// Without styles, as a pipe gets it.
    fn plain(page: &Page) -> String {
        anstream::adapter::strip_str(page.as_str()).to_string()
    }

    #[test]
    fn the_list_says_what_where_how_long_who_and_counts() {
        let items = [
            stream("orders"),
            unverified("clicks"),
            ended("a", Reason::Fixed, "StartStreamEncryption"),
            ended("b", Reason::Deleted, "DeleteStream"),
            ended("c", Reason::Excepted, "PutRecord"),
            ended("d", Reason::Fixed, ""),
        ]
        .map(Item::new);
        insta::assert_snapshot!(plain(&list(&items, NOW, EN)), @r"
        high        kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/orders
                    111122223333 eu-west-1, open for 3 d 4 h
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    6a655ef25c231e1e7448578f9b3ec8df

        unverified  kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/clicks
                    111122223333 eu-west-1, high, unverified for 3 d 3 h
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    efe79b665d6d87b082ff71e58f6a0c00

        resolved    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/a
                    111122223333 eu-west-1, high, was open for 1 d
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    resolved at 2026-11-21T03:04:05Z. Fixed by arn:aws:sts::111122223333:assumed-role/ops/grace from 198.51.100.8 with StartStreamEncryption.
                    ae6121c88ba555f64c3d812123eb799d

        resolved    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/b
                    111122223333 eu-west-1, high, was open for 1 d
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    resolved at 2026-11-21T03:04:05Z. The resource was deleted by arn:aws:sts::111122223333:assumed-role/ops/grace from 198.51.100.8 with DeleteStream.
                    1af4648d195dc1d33afa27c3fd0fa648

        resolved    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/c
                    111122223333 eu-west-1, high, was open for 1 d
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    resolved at 2026-11-21T03:04:05Z. An exception accepts it: sandbox data only
                    eca8daf67b07b6ecd9f8150603b0dbb3

        resolved    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/d
                    111122223333 eu-west-1, high, was open for 1 d
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    resolved at 2026-11-21T03:04:05Z. The daily scan found it right. Who fixed it is not known.
                    8dc05452fade6a05b33f761f0211a29d

        1 open (1 high), 1 unverified, 4 resolved
        ");
        insta::assert_snapshot!(plain(&list(&[], NOW, EN)), @"0 open");
    }

    #[test]
    fn one_finding_has_its_evidence_its_fix_and_its_history() {
        let ended = Item::new(ended("orders", Reason::Fixed, "StartStreamEncryption"));
        insta::assert_snapshot!(plain(&item(&ended, NOW, EN)), @r#"
        resolved    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/orders
                    111122223333 eu-west-1, high, was open for 1 d
                    StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7 at 2026-11-20T03:04:05Z
                    resolved at 2026-11-21T03:04:05Z. Fixed by arn:aws:sts::111122223333:assumed-role/ops/grace from 198.51.100.8 with StartStreamEncryption.
                    6a655ef25c231e1e7448578f9b3ec8df
                    first seen at 2026-11-20T03:04:05Z

        A Kinesis data stream is not encrypted
        The stream orders is not encrypted.
          requestParameters.encryptionType = "NONE"
        fix: aws kinesis start-stream-encryption \
               --key-id alias/k
        see https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html

        Told
          2026-11-20T03:04:05Z  open, high: StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7
          2026-11-21T03:04:05Z  fixed: StartStreamEncryption by arn:aws:sts::111122223333:assumed-role/ops/grace from 198.51.100.8
        "#);
        insta::assert_snapshot!(plain(&item(&Item::new(untold("orders")), NOW, EN)).rsplit("\n\n").next().unwrap(), @r"
        Told
          nothing yet
          the newest change is still to be told
        ");
        insta::assert_snapshot!(plain(&item(&Item::new(right("orders")), NOW, EN)), @r"
        resolved    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/orders
                    111122223333 eu-west-1, low, was never open
                    6a655ef25c231e1e7448578f9b3ec8df

        no violation is stored: it was right whenever it was evaluated, or before anybody was told

        Told
          nothing yet
        ");
    }

    #[test]
    fn one_finding_in_japanese() {
        let ended = Item::new(ended("orders", Reason::Fixed, "StartStreamEncryption"));
        insta::assert_snapshot!(plain(&item(&ended, NOW, Language::Japanese)), @r#"
        解決済み    kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/orders
                    111122223333 eu-west-1、高、解決までの期間 1 日
                    2026-11-20T03:04:05Z に StopStreamEncryption を実行: arn:aws:sts::111122223333:assumed-role/admin/ada (198.51.100.7 から)
                    2026-11-21T03:04:05Z に解決。arn:aws:sts::111122223333:assumed-role/ops/grace (198.51.100.8 から) が StartStreamEncryption で修正しました。
                    6a655ef25c231e1e7448578f9b3ec8df
                    最初の検出: 2026-11-20T03:04:05Z

        A Kinesis data stream is not encrypted
        The stream orders is not encrypted.
          requestParameters.encryptionType = "NONE"
        修正方法: aws kinesis start-stream-encryption \
                    --key-id alias/k
        参考: https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html

        通知の履歴
          2026-11-20T03:04:05Z  未解決、高: StopStreamEncryption を実行: arn:aws:sts::111122223333:assumed-role/admin/ada (198.51.100.7 から)
          2026-11-21T03:04:05Z  修正済み: StartStreamEncryption を実行: arn:aws:sts::111122223333:assumed-role/ops/grace (198.51.100.8 から)
        "#);
        let items = [stream("orders"), unverified("clicks")].map(Item::new);
        assert_eq!(counts(&items, Language::Japanese), "未解決 1 件 (高 1 件)、未検証 1 件");
    }

    #[test]
    fn what_is_stored_cannot_move_the_cursor() {
        let mut hostile = stream("a\u{1b}[2Jb\n\u{202e}c");
        let strange = "x\u{1b}]0;y\u{7}\r\nsealwatch: all is well";
        hostile.subject.account = strange.to_owned();
        hostile.subject.rule = strange.to_owned();
        for told in &mut hostile.history {
            told.by.who = strange.to_owned();
            told.at = strange.to_owned();
        }
        let hostile = Item::new(hostile);
        for page in [item(&hostile, NOW, EN), list(&[hostile], NOW, EN)] {
            let page = plain(&page);
            assert_eq!(sealwatch_rules::util::text::plain_lines(&page), page);
            assert!(!page.lines().any(|line| line.starts_with("sealwatch:")), "{page}");
        }
    }

    #[test]
    fn a_finding_that_is_not_json_is_still_shown() {
        let mut broken = stream("orders");
        broken.finding = "{".to_owned();
        insta::assert_snapshot!(plain(&item(&Item::new(broken), NOW, EN)), @r"
        high        kinesis-stream-unencrypted
                    arn:aws:kinesis:eu-west-1:111122223333:stream/orders
                    111122223333 eu-west-1, open for 3 d 4 h
                    6a655ef25c231e1e7448578f9b3ec8df
                    first seen at 2026-11-20T03:04:05Z

        the stored finding is not JSON: delete the item, and the next event or scan stores it again

        Told
          2026-11-20T03:04:05Z  open, high: StopStreamEncryption by arn:aws:sts::111122223333:assumed-role/admin/ada from 198.51.100.7
        ");
    }
}
