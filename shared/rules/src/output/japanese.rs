//! What people who read Japanese get, and that programs get English.

use serde_json::{Value, json};

use crate::engine::change::Event;
use crate::engine::evaluate::evaluate;
use crate::engine::facts::Facts;
use crate::engine::finding::Finding;
use crate::language::Language;
use crate::ledger::{By, Entry, Notice, Reason};
use crate::output::ledger::{document, gathered, reminder, resolved};
use crate::output::scan::{Gaps, notification, stored_document};
use crate::output::sns::{self, Notification, Report, report_with};
use crate::output::testing::{
    ORDINARY, Origin, answered, entries_in, fixer, machine, published, resolved as close, text, texts, told, violation,
    with_findings, within_limits_of,
};
use crate::output::{asff, scan};
use crate::rules::RULE_IDS;
use crate::settings::Settings;
use crate::util::columns::{columns, is_wide};
use crate::util::time::time;

const CHAT: &str = "language = 'ja'\n[notify]\nchat = true";
const OCSF: &str = "language = 'ja'\n[notify]\nchat = true\nformat = 'ocsf'";

fn settings(text: &str) -> Settings {
    Settings::parse(text, &RULE_IDS).unwrap()
}

/// Runs a check on the finding of a stream whose encryption was switched off.
fn stopped<T>(settings: &Settings, check: impl FnOnce(&[Finding<'_>]) -> T) -> T {
    let text = json!({"eventName": "StopStreamEncryption", "eventSource": "kinesis.amazonaws.com", "eventID": "e-1",
        "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "sourceIPAddress": "192.0.2.1", "userIdentity": {"type": "IAMUser", "arn": ORDINARY.caller},
        "requestParameters": {"streamName": "orders", "encryptionType": "KMS", "keyId": "alias/k"}})
    .to_string();
    let event = Event::parse(&text).unwrap();
    let change = event.changes().remove(0);
    let facts = Facts::default();
    let mut findings = evaluate(&change, &facts, settings);
    findings.retain(|finding| finding.rule.id == "kinesis-stream-unencrypted");
    check(&findings)
}

/// Its entry, told.
fn entry() -> Entry {
    let settings = settings(CHAT);
    stopped(&settings, |findings| told(entries_in(findings, Language::Japanese).remove(0)))
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(is_wide)
}

/// Checks what holds for all messages, and returns the texts.
fn checked(notification: &Notification) -> Value {
    within_limits_of(notification, Language::Japanese);
    let texts = texts(notification);
    assert!(!is_japanese(text(&texts, "default")), "{texts}");
    assert!(notification.attributes.iter().all(|(_, value)| value.is_ascii()));
    has_no_wide_line(text(&texts, "email"));
    texts
}

/// Commands and links are never wrapped.
fn has_no_wide_line(email: &str) {
    let is_wide = |line: &&str| columns(line) > 72;
    let is_whole =
        |line: &str| ["https://", "aws ", "sealwatch "].iter().any(|text| line.trim_start().starts_with(text));
    assert_eq!(email.lines().find(|line| is_wide(line) && !is_whole(line)), None, "{email}");
}

fn chat(texts: &Value) -> Value {
    serde_json::from_str(text(texts, "https")).unwrap()
}

#[test]
fn a_violation() {
    let settings = settings(CHAT);
    let notification = stopped(&settings, |findings| sns::notification("kinesis-stream", findings, &settings).unwrap());
    let texts = checked(&notification);
    insta::assert_snapshot!(notification.subject, @"[HIGH] kinesis-stream-unencrypted orders (111122223333 eu-west-1)");
    insta::assert_snapshot!(text(&texts, "sms"), @"高 保管時に暗号化されていない Kinesis ストリーム orders 111122223333 eu-west-1");
    insta::assert_snapshot!(text(&texts, "email"), @"
    高: ストリーム `orders` の暗号化が無効にされました。新しいレコードは平文
        で保存されます。
    https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring

    呼び出し元 arn:aws:iam::111122223333:user/dev (192.0.2.1 から)
    API        StopStreamEncryption (2026-11-22T10:00:00Z)
               https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1
    リソース   arn:aws:kinesis:eu-west-1:111122223333:stream/orders
    アカウント 111122223333 eu-west-1

    修正方法 (AWS CLI):
      aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id alias/your-key --region eu-west-1
    コンソール Kinesis > Data streams > orders > Configuration > Server-side
               encryption

    ルール     kinesis-stream-unencrypted - 保管時に暗号化されていない
               Kinesis ストリーム
      https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html
      https://docs.aws.amazon.com/securityhub/latest/userguide/kinesis-controls.html
      検出結果 c48a9c75c60c30833a2006c0e11d3d11
    ");
    let chat = chat(&texts);
    insta::assert_json_snapshot!([&chat["content"], &chat["metadata"]], @r#"
    [
      {
        "description": "*高* ストリーム 'orders' の暗号化が無効にされました。新しいレコードは平文で保存されます。\nリソース: https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring\nイベント: https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1",
        "nextSteps": [
          "`aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id alias/your-key --region eu-west-1`"
        ],
        "textType": "client-markdown",
        "title": "高 保管時に暗号化されていない Kinesis ストリーム"
      },
      {
        "additionalContext": {
          "account": "111122223333",
          "region": "eu-west-1",
          "severity": "high"
        },
        "eventType": "kinesis-stream-unencrypted",
        "relatedResources": [
          "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"
        ],
        "summary": "ストリーム 'orders' の暗号化が無効にされました。新しいレコードは平文で保存されます。",
        "threadId": "21408020e3787e0ba85c179cd7a6190a"
      }
    ]
    "#);
}

#[test]
fn what_the_ledger_knows() {
    let settings = settings(CHAT);
    let mut reopened = close(&entry(), Reason::Fixed, &fixer());
    assert!(reopened.confirm("i-2", 86_400));
    let texts = stopped(&settings, |findings| {
        let entries = [(findings[0].fingerprint(), (Notice::Reopened, &reopened))].into();
        checked(published(&report_with("kinesis-stream", findings, &entries, &settings).unwrap()))
    });
    let state = text(&texts, "email").lines().find(|line| line.starts_with("状態"));
    insta::assert_snapshot!(state.unwrap(), @"状態       再発: 2026-11-22T13:12:00Z に一度解決済み");
    let chat = chat(&texts);
    insta::assert_snapshot!(chat["content"]["description"].as_str().unwrap().lines().next().unwrap(), @"*高* 再発: 2026-11-22T13:12:00Z に一度解決済み。ストリーム 'orders' の暗号化が無効にされました。新しいレコードは平文で保存されます。");
}

#[test]
fn what_is_resolved() {
    let reports = resolved(&[close(&entry(), Reason::Fixed, &fixer())], &settings(CHAT));
    let notification = published(&reports[0]);
    let texts = checked(notification);
    insta::assert_snapshot!(notification.subject, @"[RESOLVED] kinesis-stream-unencrypted orders (111122223333 eu-west-1)");
    insta::assert_snapshot!(text(&texts, "sms"), @"解決済み: 保管時に暗号化されていない Kinesis ストリーム orders 111122223333 eu-west-1 (3 時間…");
    insta::assert_snapshot!(text(&texts, "email"), @"
    解決済み: kinesis-stream-unencrypted orders
    https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring

    解決方法   arn:aws:iam::111122223333:user/mira (192.0.2.2 から) が
               UpdateTrail で修正しました。
    解決日時   2026-11-22T13:12:00Z
               https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-2
    以前の状態 高、未解決の期間: 3 時間 12 分 (2026-11-22T10:00:00Z から)
    検出内容   ストリーム `orders` の暗号化が無効にされました。新しいレコー
               ドは平文で保存されます。
    リソース   arn:aws:kinesis:eu-west-1:111122223333:stream/orders
    アカウント 111122223333 eu-west-1
      検出結果 5b4e1080d4129b874c9e9e44825b8e23
      フィンガープリント 21408020e3787e0ba85c179cd7a6190a
    ");
    insta::assert_snapshot!(chat(&texts)["content"]["description"].as_str().unwrap(), @"*解決済み* kinesis-stream-unencrypted orders: 未解決の期間: 3 時間 12 分 (2026-11-22T10:00:00Z から)。arn:aws:iam::111122223333:user/mira (192.0.2.2 から) が UpdateTrail で修正しました。 https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring");
}

#[test]
fn why_there_is_no_violation() {
    let how = |reason: Reason, by: By| {
        let how = crate::output::state::how(&close(&entry(), reason, &by));
        how.in_language(Language::Japanese).into_owned()
    };
    let call = |name: &str| By { call: name.to_owned(), ..fixer() };
    insta::assert_snapshot!([
        how(Reason::Fixed, fixer()),
        how(Reason::Fixed, By::default()),
        how(Reason::Deleted, call("DeleteStream")),
        how(Reason::Deleted, call("KMS CMK Deletion")),
        how(Reason::Deleted, call("UpdateTrail")),
        how(Reason::Deleted, By::default()),
        how(Reason::Excepted, By { exception: "sandbox".to_owned(), ..fixer() }),
        how(Reason::Excepted, fixer()),
    ].join("\n"), @"
    arn:aws:iam::111122223333:user/mira (192.0.2.2 から) が UpdateTrail で修正しました。
    毎日のスキャンで、修正済みであることを確認しました。修正した人は不明です。
    arn:aws:iam::111122223333:user/mira (192.0.2.2 から) が DeleteStream でリソースを削除しました。
    待機期間が終了し、KMS がキーを削除しました。
    リソースはすでにありません。arn:aws:iam::111122223333:user/mira (192.0.2.2 から) による UpdateTrail の後に参照しましたが、見つかりませんでした。
    毎日のスキャンで、リソースがなくなったことを確認しました。削除した人は不明です。
    例外として許容されています: sandbox
    このルールは評価されなくなりました。
    ");
}

#[test]
fn storms_and_reminders() {
    let (settings, entries) = (settings(CHAT), [entry(), entry()]);
    let storm = gathered(&[(Notice::Opened, &entries[0]), (Notice::Changed, &entries[1])], &settings);
    let storm = checked(published(&storm[0]));
    insta::assert_snapshot!(text(&storm, "sms"), @"高 kinesis-stream-unencrypted: ほか 2 件 (user/dev) 111122223333 eu-west-1");
    insta::assert_snapshot!(text(&storm, "email"), @"
    高: kinesis-stream-unencrypted: ほか 2 件 (user/dev)

    呼び出し元 arn:aws:iam::111122223333:user/dev (192.0.2.1 から)
    件数       高 2 件 (新規 1 件、変更 1 件)
    内容       保管時に暗号化されていない Kinesis ストリーム
    アカウント 111122223333 eu-west-1

    すべての一覧 (このアカウントの認証情報で実行):
      sealwatch findings --account 111122223333 --since 2026-11-22T10:00:00Z

    リソース:
      高 arn:aws:kinesis:eu-west-1:111122223333:stream/orders
          https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
      高 arn:aws:kinesis:eu-west-1:111122223333:stream/orders - 変更あり:
          2026-11-22T10:00:00Z から未解決
          https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
    ");
    let now = time("2026-11-26T12:00:00Z").unwrap();
    let report = reminder("111122223333", "eu-west-1", &entries[..1], now, &settings).unwrap();
    insta::assert_snapshot!(published(&report).subject, @"[HIGH] Reminder: 1 high open for up to 4 d 2 h (111122223333 eu-west-1)");
    let reminder = checked(published(&report));
    insta::assert_snapshot!(text(&reminder, "sms"), @"リマインダー 111122223333 eu-west-1: 未解決: 高 1 件 (最長 4 日 2 時間)");
    insta::assert_snapshot!(text(&reminder, "email"), @"
    リマインダー 111122223333 eu-west-1: 未解決: 高 1 件 (最長 4 日 2 時間)

    未解決の検出結果と修正方法の一覧 (このアカウントの認証情報で実行):
      sealwatch findings --account 111122223333

    ------------------------------------------------------------------------
    高: ストリーム `orders` の暗号化が無効にされました。新しいレコードは平文
        で保存されます。
    https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
    状態       未解決の期間: 4 日 2 時間 (2026-11-22T10:00:00Z から)。
    呼び出し元 arn:aws:iam::111122223333:user/dev (192.0.2.1 から)
    リソース   arn:aws:kinesis:eu-west-1:111122223333:stream/orders
    ルール     kinesis-stream-unencrypted
      検出結果 c48a9c75c60c30833a2006c0e11d3d11
    ");
}

#[test]
fn scans() {
    for format in [CHAT, OCSF] {
        let settings = settings(format);
        let live = stopped(&settings, |findings| scan::document(&findings[0], &settings));
        let documents = [live, stored_document(&entry(), &settings)];
        let (english, translated) = (["denied".to_owned()], ["拒否されました".to_owned()]);
        let gaps = Gaps { english: &english, translated: &translated };
        let message = notification("111122223333", "2026-11-26", &documents, 3, gaps, &settings).unwrap();
        let texts = checked(&message);
        if format == OCSF {
            assert_eq!(text(&texts, "email").matches("無効にされました").count(), 2);
            continue;
        }
        insta::assert_snapshot!(message.subject, @"[HIGH] Scan of 111122223333 eu-west-1 on 2026-11-26: 2 high, 3 more");
        insta::assert_snapshot!(text(&texts, "sms"), @"スキャン 111122223333 eu-west-1 (2026-11-26): 高 2 件、ほか 3 件");
        insta::assert_snapshot!(text(&texts, "email"), @"
        スキャン 111122223333 eu-west-1 (2026-11-26): 高 2 件、ほか 3 件

        すべての検出結果と修正方法の一覧 (このアカウントの認証情報で実行):
          sealwatch scan --region eu-west-1 --resource-policies

        高 kinesis-stream-unencrypted: 2

        ------------------------------------------------------------------------
        高: ストリーム `orders` の暗号化が無効にされました。新しいレコードは平文
            で保存されます。
        https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
        リソース   arn:aws:kinesis:eu-west-1:111122223333:stream/orders
        ルール     kinesis-stream-unencrypted
          検出結果 c48a9c75c60c30833a2006c0e11d3d11

        ------------------------------------------------------------------------
        高: ストリーム `orders` の暗号化が無効にされました。新しいレコードは平文
            で保存されます。
        https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
        リソース   arn:aws:kinesis:eu-west-1:111122223333:stream/orders
        ルール     kinesis-stream-unencrypted
          検出結果 c48a9c75c60c30833a2006c0e11d3d11

        ------------------------------------------------------------------------
        ほか 3 件: 上のコマンドで一覧できます。

        ------------------------------------------------------------------------
        確認できなかったもの:
          拒否されました
        ");
        insta::assert_snapshot!(chat(&texts)["content"]["description"].as_str().unwrap(), @"
        *高* ストリーム 'orders' の暗号化が無効にされました。新しいレコードは平文で保存されます。 https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
        *高* ストリーム 'orders' の暗号化が無効にされました。新しいレコードは平文で保存されます。 https://eu-west-1.console.aws.amazon.com/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
        ほか 3 件
        ");
    }
}

#[test]
fn only_stored_documents_have_both_languages() {
    let (entry, hub) = (entry(), asff::Hub { partition: "aws", region: "eu-west-1" });
    let stored: Value = serde_json::from_str(&entry.finding).unwrap();
    insta::assert_snapshot!(stored["detail"].as_str().unwrap(), @"Encryption of the stream `orders` was switched off: new records are stored in the clear.");
    insta::assert_snapshot!(stored["detail_ja"].as_str().unwrap(), @"ストリーム `orders` の暗号化が無効にされました。新しいレコードは平文で保存されます。");
    for text in ["", CHAT, OCSF] {
        let document = document(&entry, &settings(text));
        assert!(!is_japanese(&document.to_string()) && document.get("detail_ja").is_none(), "{text}");
    }
    let closed = close(&entry, Reason::Fixed, &fixer());
    for entry in [&entry, &closed] {
        assert!(!is_japanese(&asff::finding(entry, hub, "t").unwrap().to_string()));
    }
    // who reads English gets nothing else, whoever stored it; and what was stored before is in English
    let english = resolved(std::slice::from_ref(&closed), &settings("notify.chat = true"));
    assert!(!is_japanese(&published(&english[0]).message));
    let mut before = closed;
    before.finding = stopped(&Settings::default(), |findings| findings[0].to_json().to_string());
    let texts = checked(published(&resolved(&[before], &settings(CHAT))[0]));
    assert!(text(&texts, "email").contains("検出内容   Encryption of the stream `orders` was switched off"), "{texts}");
}

#[test]
fn text_from_outside_begins_no_line() {
    let headings = ["修正方法 (AWS CLI):", "解決済み", "ルール", "高: ", "────────", "－－－－－", "-----"];
    for hostile in headings {
        for padding in 0..80 {
            let detail = format!("{}。{}{hostile} 誤検知です {hostile}", "x".repeat(padding % 7), "あ".repeat(padding));
            let text_of = |settings: &str| {
                let settings = self::settings(settings);
                with_findings(
                    &Origin { trail: &detail, caller: &detail, ..ORDINARY },
                    vec![violation(&detail, "aws x")],
                    |findings| texts(&sns::notification("d", findings, &settings).unwrap()),
                )
            };
            let texts = text_of(CHAT);
            let email = text(&texts, "email");
            let count = email.lines().filter(|line| line.starts_with(hostile)).count();
            let wanted = usize::from(["修正方法 (AWS CLI):", "ルール", "高: "].contains(&hostile));
            assert_eq!(count, wanted, "{email}");
            let is_rule = |line: &&str| line.trim_start().starts_with(['-', '─', '－']);
            assert_eq!(email.lines().find(is_rule), None, "{email}");
            if !hostile.starts_with(['-', '─', '－']) {
                has_no_wide_line(email);
            }
        }
    }
}

#[test]
fn a_short_message_has_room_in_one() {
    let long = "注文\u{1f512}".repeat(50);
    let settings = settings(CHAT);
    with_findings(&Origin { trail: &long, ..ORDINARY }, vec![violation("d", "c")], |findings| {
        let notification = sns::notification("d", findings, &settings).unwrap();
        within_limits_of(&notification, Language::Japanese);
        let texts = texts(&notification);
        let sms = text(&texts, "sms");
        assert!(sms.starts_with("高 ") && sms.ends_with('…'), "{sms}");
        assert!((69..=70).contains(&sms.encode_utf16().count()), "{sms}");
        let Some(Report::Publish(english)) = sns::report("d", findings, &Settings::default()) else { panic!() };
        assert_eq!(text(&self::texts(&english), "sms").chars().count(), 140);
    });
}

#[test]
fn an_entry_that_changed_says_what_it_was() {
    let entry = entry();
    let wrong = crate::ledger::Answer::Wrong {
        severity: crate::util::severity::Severity::Critical,
        evidence: "other".to_owned(),
        finding: entry.finding.clone(),
    };
    let changed = answered(&entry, 60, wrong, &fixer());
    let remark = crate::output::state::remark(changed.notice().unwrap(), &changed).unwrap();
    insta::assert_snapshot!(remark.in_language(Language::Japanese), @"変更あり: 2026-11-22T10:00:00Z から未解決 (以前の重大度: 高)");
    assert!(
        machine(published(&gathered(&[(Notice::Changed, &changed)], &settings(OCSF))[0]))["findings"][0]["class_uid"]
            == 2003
    );
}
