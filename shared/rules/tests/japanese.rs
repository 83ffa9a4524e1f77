//! What people read in Japanese about the sample events under `events/`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test may read files and panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use sealwatch_rules::cloudtrail::extract::{self, Found};
use sealwatch_rules::rules::{DETECTORS, is_cli_output, rules};
use sealwatch_rules::{Event, Facts, Finding, Language, Settings, evaluate};

/// Detectors whose details come from an analyzer. The tests of their rules have the Japanese ones.
const ANALYZERS: [&str; 3] = ["kms-key-policy", "msk-connector", "msk-worker-configuration"];

/// Also from an analyzer: what rules on the policies of other resources say.
const ON_POLICIES: &str = "-policy-";

fn samples(detector: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(detector);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// The AWS CLI output in a sample; `None` for an event.
fn insert(text: &str, facts: &mut Facts) -> Option<()> {
    let mut inserted = None;
    extract::each(text, &mut |_, found| {
        if let Found::Document(output) = found
            && is_cli_output(output)
        {
            facts.insert_cli_output(&serde_json::from_str(output.get()).unwrap()).unwrap();
            inserted = Some(());
        }
    });
    inserted
}

/// Calls `check` with each finding about the samples: with all facts of the samples, and without any.
fn each_finding(check: &mut dyn FnMut(&Finding<'_>)) {
    let mut known = Facts::default();
    let folders = DETECTORS.iter().map(|detector| detector.name).chain(["facts"]);
    let texts: Vec<String> = folders.flat_map(samples).collect();
    let events: Vec<_> = texts.iter().filter(|text| insert(text, &mut known).is_none()).collect();
    let settings = Settings::default();
    for facts in [&known, &Facts::default()] {
        for text in &events {
            let event = Event::parse(text).unwrap();
            for change in event.changes() {
                evaluate(&change, facts, &settings).iter().for_each(&mut *check);
            }
        }
    }
}

/// True for a finding whose detail comes from the analyzer of policies or of connector settings.
fn is_analyzed(finding: &Finding<'_>) -> bool {
    ANALYZERS.contains(&finding.change.detector.name) || finding.rule.id.contains(ON_POLICIES)
}

/// The first Japanese detail of each rule among the findings that `includes` names, each detail once.
fn first_details(includes: fn(&Finding<'_>) -> bool) -> String {
    let mut first = BTreeMap::new();
    each_finding(&mut |finding| {
        if includes(finding) && !is_analyzed(finding) {
            let detail = finding.detail().in_language(Language::Japanese).into_owned();
            first.entry(finding.rule.id).or_insert(detail);
        }
    });
    let mut seen = BTreeSet::new();
    let mut lines = String::new();
    for (rule, detail) in first.into_iter().filter(|(_, detail)| seen.insert(detail.clone())) {
        writeln!(lines, "{rule}: {detail}").unwrap();
    }
    lines
}

/// Two English words in a row outside of code; `None` if there are none.
fn english(text: &str) -> Option<String> {
    let is_word = |word: &&str| {
        let word = word.trim_end_matches([',', ';', ':', '.']);
        word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    text.split('`').step_by(2).find_map(|prose| {
        let words: Vec<&str> = prose.split(' ').collect();
        words.windows(2).find(|pair| pair.iter().all(is_word)).map(|pair| pair.join(" "))
    })
}

#[test]
fn no_detail_is_partly_english() {
    let mut count = 0;
    each_finding(&mut |finding| {
        let detail = finding.detail();
        let japanese = detail.in_language(Language::Japanese);
        assert_eq!(english(&japanese), None, "{}: {japanese}", finding.rule.id);
        assert!(!japanese.is_ascii(), "{}: {japanese}", finding.rule.id);
        count += 1;
    });
    assert!(count > 500, "only {count} findings: are there no samples?");
}

#[test]
fn every_title_is_japanese() {
    for rule in rules() {
        let title = Language::Japanese.text(rule.title);
        assert!(!title.is_ascii(), "{title}");
        assert!(!title.ends_with('。'), "{title} is a headline, not a sentence");
    }
}

#[test]
fn violations_in_japanese() {
    insta::assert_snapshot!(first_details(|finding| finding.is_violation()), @"
    cloudtrail-event-data-store-deleted: イベントデータストア `0ca9796f-29fb-5681-90c8-ccfc3fe74fbb` が削除されました。何も記録されず、7 日以内 (起点: 2026-11-21T10:26:01Z) に復元しなければイベントは失われます。
    cloudtrail-event-data-store-stopped: イベントデータストア `feb627e2-9151-50d5-a40d-c0820a53216a` はイベントを取り込まなくなりました。今後の出来事は記録されません。
    cloudtrail-event-data-store-unusable-key: `vault` のキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    cloudtrail-event-data-store-without-customer-key: イベントデータストア `reports` のイベントは「AWS マネージドキー」で暗号化されています。「カスタマーマネージドキー」が必要です。
    cloudtrail-event-data-store-without-kms-events: イベントデータストア `cheap` は KMS のすべてのイベントを除外しています。誰がキーを使用、変更したかがわかりません。
    cloudtrail-trail-deleted: 証跡 `legacy` が削除されました。誰がキーを使用、変更したかは、この証跡に記録されなくなりました。
    cloudtrail-trail-not-logging: 作成された証跡 `local` は開始されていません。イベントは記録されません。
    cloudtrail-trail-single-region: 証跡 `local` は 1 つのリージョンしか記録せず、ほかのリージョンでのキーの使用が記録されません。
    cloudtrail-trail-unusable-key: `dark` のキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    cloudtrail-trail-without-customer-key: 証跡 `basic` のログファイルは「AWS マネージドキー」で暗号化されています。「カスタマーマネージドキー」が必要です。
    cloudtrail-trail-without-kms: 証跡 `quick` のログファイルは KMS キーで暗号化されていません。
    cloudtrail-trail-without-kms-events: 証跡 `objects` のイベントセレクタは KMS のすべてのイベントを除外しています。誰がキーを使用、変更したかがわかりません。
    cloudtrail-trail-without-log-validation: 証跡 `quick` はダイジェストファイルを作成していません。ログファイルが変更、削除されても誰も気付けません。
    firehose-destination-unusable-key: `metrics` のキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    firehose-destination-without-customer-key: Firehose ストリーム `lake` は 1 か所で、必要なキーを使わずに S3 に書き込んでいます。「カスタマーマネージドキー」が必要です。
    firehose-inline-secret: Firehose ストリーム `warehouse` に `password` が、Secrets Manager を使わずに直接渡されています。
    firehose-plaintext-endpoint: Firehose ストリーム `cdc` は TLS なしでデータベースから読み取っています。
    firehose-stream-unencrypted: 作成された Firehose ストリーム `web-logs` はサーバー側で暗号化されていません。バッファ内のレコードは平文で保存されます。
    firehose-stream-without-customer-key: Firehose ストリーム `web-logs` は「AWS 所有のキー」で暗号化されています。「カスタマーマネージドキー」が必要です。
    kinesis-channel-unencrypted: Kinesis チャネル `returns-to-s3` は、配信するデータを暗号化しません。チャネルの暗号化は後から変更できません。
    kinesis-channel-unusable-key: `orders-to-s3` のキー `c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    kinesis-channel-without-customer-key: Kinesis チャネル `orders-to-s3` にキーが指定されていません。配信されるデータは Amazon S3 のキーで暗号化されます (SSE-S3)。「カスタマーマネージドキー」が必要です。チャネルのキーは後から変更できません。
    kinesis-stream-unencrypted: 作成されたストリーム `orders` は暗号化されていません。レコードは平文で保存されます。
    kinesis-stream-unusable-key: `audit` のキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    kinesis-stream-without-customer-key: ストリーム `clicks` は「AWS マネージドキー」で暗号化されています。「カスタマーマネージドキー」が必要です。
    kms-alias-below-key-level: エイリアス `alias/exports` の指す先が「AWS マネージドキー」に変わりました。「カスタマーマネージドキー」が必要です。
    kms-alias-unusable-key: エイリアス `alias/refunds` の指す先がキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` に変わりました。このキーは無効です。エイリアスの使用はすべて失敗します。
    kms-key-deleted: 待機期間が終わり、KMS がキー `4c1f7a90-8d2e-4b6f-93a5-71e0c9b2d612` を削除しました。このキーだけで暗号化されたデータは二度と復号できません。
    kms-key-deletion-scheduled: キー `c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` の削除が予定されています。Nov 28, 2026, 9:40:00 AM まで、削除をキャンセルできます。
    kms-key-disabled: キー `c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` が無効にされました。このキーで暗号化されたデータは読み書きできません。
    kms-key-material-deleted: キー `b9e8d7c6-5a4b-4c3d-8e2f-1a0b9c8d7e07` のインポートされたキーマテリアルが削除されました。キーマテリアルを再びインポートするまで、キーは使用できません。
    kms-key-material-expires: キー `70f4b2d8-1c6a-4e93-b5d7-9a83e0c4f115` のインポートされたキーマテリアルの有効期限は 2027-03-20T09:00:00Z です。期限が過ぎると KMS が削除し、同じキーマテリアルを再びインポートするまで、キーは使用できません。
    kms-key-rotation-disabled: 作成されたキー `f7d2b8c6-1a3e-4f9d-8c5b-3e0d9f8a6b05` のキーローテーションが有効になっていません。
    kms-key-rotation-too-rare: キー `5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01` のローテーションは 2560 日ごとです。許容されるのは 365 日までです。
    kms-key-store-disconnected: カスタムキーストア `cks-3d2c1b0a9f8e7d6c5` が切断されました。再び接続するまで、その中のキーは使用できません。
    kms-key-store-redirected: KMS は外部キーストア `cks-3d2c1b0a9f8e7d6c5` のキーに別のプロキシ経由でアクセスするようになりました。そこで別のキーマネージャーが応答する場合、以前に暗号化されたデータは復号できません。
    msk-channel-unusable-key: `orders-to-s3` のキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    msk-channel-without-customer-key: MSK チャネル `orders-to-s3` にキーが指定されていません。データの暗号化は配信先のバケットによります。「カスタマーマネージドキー」が必要です。チャネルのキーは後から変更できません。
    msk-cluster-plaintext-brokers: クラスター `sandbox` のブローカーは相互に平文でレプリケートしています。これは後から変更できません。
    msk-cluster-plaintext-clients: クラスター `telemetry` はクライアントの接続を TLS と平文の両方で受け付けます。
    msk-cluster-public-access: クラスター `ledger` のブローカーにパブリックアドレスが割り当てられ、インターネットから到達できます。
    msk-cluster-serverless-key: サーバーレスクラスター `events` は AWS 所有のキーで暗号化されています。「カスタマーマネージドキー」が必要です。
    msk-cluster-unauthenticated-clients: クラスター `telemetry` は平文のポートを開いており、そのポートで認証なしのクライアントを受け付けます。
    msk-cluster-unusable-key: `archive` のキー `arn:aws:kms:eu-west-1:111122223333:key/c2b7e9f4-6d1a-4e0b-b2c9-9a7e4d3f1b03` は無効です。このキーで暗号化されたデータは読み書きできません。
    msk-cluster-without-customer-key: クラスター `sandbox` のボリュームは「AWS マネージドキー」で暗号化されています。「カスタマーマネージドキー」が必要です。クラスターのキーは後から変更できません。
    msk-replicator-plaintext: レプリケーター `ledger-tokens` は TLS なしで http://id.ledger.example:8080 に接続しています。
    ");
}

#[test]
fn reasons_in_japanese() {
    insta::assert_snapshot!(first_details(|finding| finding.is_unverified()), @"
    cloudtrail-event-data-store-unusable-key: 検証できませんでした: キー `arn:aws:kms:eu-west-1:111122223333:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01` の情報がありません。`aws kms describe-key --key-id arn:aws:kms:eu-west-1:111122223333:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01` を実行し、その出力を --facts で渡してください。
    cloudtrail-trail-without-kms-events: 検証できませんでした: `eventSelectors` を含む本体を CloudTrail が省略しました。
    firehose-destination-without-customer-key: 検証できませんでした: 更新はバックアップを有効にしますが、`extendedS3DestinationUpdate.s3BackupUpdate.encryptionConfiguration` がありません。
    firehose-stream-unencrypted: 検証できませんでした: 記録に `keyType` がありません (`deliveryStreamEncryptionConfigurationInput`)。
    firehose-stream-unusable-key: 検証できませんでした: 記録に `keyType` がありません。
    kinesis-channel-unencrypted: 検証できませんでした: 記録に `encryptionConfiguration.encryptionType` がありません。
    kinesis-channel-unusable-key: 検証できませんでした: 記録に `encryptionConfiguration.keyId` がありません。
    kinesis-stream-unusable-key: 検証できませんでした: キー `arn:aws:kms:eu-west-1:444455556666:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06` の情報がありません。`aws kms describe-key --key-id arn:aws:kms:eu-west-1:444455556666:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06` を実行し、その出力を --facts で渡してください。
    kms-alias-below-key-level: 検証できませんでした: キー `alias/retired` の情報がありません。`aws kms describe-key --key-id alias/retired` を実行し、その出力を --facts で渡してください。
    msk-channel-unusable-key: 検証できませんでした: 記録に `encryptionConfiguration.kmsKeyArn` がありません。
    msk-cluster-unauthenticated-clients: 検証できませんでした: 記録に `clientAuthentication.unauthenticated.enabled` がありません。
    ");
}
