//! `--language` and the setting `language` with the real binary.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const EVENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/kinesis-stream/stop-encryption.json");

fn sealwatch(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = sealwatch(folder, arguments);
    assert!(output.status.code() < Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_option_wins_over_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let is_japanese = |arguments: &[&str]| !printed(folder.path(), arguments).is_ascii();
    let commands: [&[&str]; 4] = [
        &["replay", EVENT],
        &["replay", "--format", "html", EVENT],
        &["replay", "--format", "sns", EVENT],
        &["explain", "kms-key-deleted"],
    ];
    let with = |command: &[&'static str], language| is_japanese(&[command, &["--language", language]].concat());
    for command in commands {
        assert!(!is_japanese(command) && with(command, "ja"), "{command:?}");
    }
    fs::write(folder.path().join("sealwatch.toml"), "language = 'ja'\n").unwrap();
    for command in commands {
        assert!(is_japanese(command) && !with(command, "en"), "{command:?}");
    }
    for format in ["json", "ocsf", "sarif"] {
        assert!(!is_japanese(&["replay", "--format", format, EVENT]), "{format}");
    }
    assert!(!is_japanese(&["explain", "--format", "json", "kms-key-deleted"]));
}

#[test]
fn a_mistake_in_the_settings_does_not_keep_a_rule_from_being_explained() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sealwatch.toml"), "language = 'ja'\n[rules]\nnope.enabled = false\n").unwrap();
    let output = sealwatch(folder.path(), &["explain", "kms-key-deleted"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"kms-key-deleted: KMS key deleted"));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("`nope`") && message.contains("so this is English"), "{message}");
}

#[test]
fn a_report_in_japanese() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(printed(folder.path(), &["replay", "--language", "ja", EVENT]), @r#"
    payments  AWS::Kinesis::Stream  111122223333 eu-west-1
    arn:aws:kinesis:eu-west-1:111122223333:stream/payments
      2026-11-21T09:07:49Z に StopStreamEncryption を実行: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0a1b2c3d4e5f6a7b/mira@example.com (203.0.113.24 から)
        高              kinesis-stream-unencrypted
                        ストリーム `payments` の暗号化が無効にされました。新しいレコードは平文で保存されます。
                        eventName = "StopStreamEncryption"
                        修正方法: aws kinesis start-stream-encryption --stream-name payments --encryption-type KMS --key-id alias/your-key --region eu-west-1

    ファイル 1 個、レコード 1 件: 評価 1、スキップ 0 (失敗した呼び出し 0、監視対象外 0、重複 0)、読み取り不可 0
    評価結果 5 件: 準拠 0 件、違反 1 件、未検証 0 件、対象外 4 件
    違反 1 件: 報告 1 件 (重大 0 件、高 1 件、中 0 件、低 0 件)、例外 0 件
      1  高          kinesis-stream-unencrypted
    違反 1 件 (高 1 件)、未検証 0 件。終了ステータス 1
    "#);
}

#[test]
fn errors_stay_english() {
    let folder = tempfile::tempdir().unwrap();
    let output = sealwatch(folder.path(), &["replay", "--language", "ja", "missing.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.is_ascii(), "{}", String::from_utf8_lossy(&output.stderr));
}
