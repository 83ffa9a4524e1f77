use proptest::prelude::*;
use serde_json::{Value, json};

use super::settings::testing::outcome_for;
use super::{DETECTOR, WORKERS};
use crate::engine::outcome::Outcome;
use crate::engine::rule::Rule;
use crate::rules::parity::{of_call, of_scan};
use crate::rules::testing::{in_japanese, scanned};

const ARN: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1";

fn described(state: &str, lines: &str) -> Value {
    let content = base64_simd::STANDARD.encode_to_string(lines);
    json!({"workerConfigurationArn": ARN, "workerConfigurationState": state,
        "latestRevision": {"revision": 1, "propertiesFileContent": content}})
}

#[test]
fn an_existing_worker_configuration_is_what_its_description_says() {
    let entry = json!({"workerConfigurationArn": ARN, "name": "small", "workerConfigurationState": "ACTIVE"});
    let scan = |description: Value| {
        scanned(&WORKERS, &entry, &[("kafkaconnect:DescribeWorkerConfiguration", description)], "")
    };
    let lines = "producer.security.protocol=PLAINTEXT\nconfig.providers.vault.param.token=s.hunter2hunter2";
    insta::assert_snapshot!(scan(described("ACTIVE", lines)), @"
    violation msk-worker-plaintext-endpoint: The worker configuration `small` opens connections without TLS. Every connector on it inherits this. `producer.security.protocol` (PLAINTEXT): data crosses the network unencrypted.
    violation msk-worker-plaintext-secret: The worker configuration `small` has a secret in its properties. Every connector on it inherits this. `config.providers.vault.param.token`: the value is a secret in clear text, readable by everyone who can describe the worker configuration.
    compliant msk-worker-unverified-tls: Compliant.
    ");
    insta::assert_snapshot!(scan(described("ACTIVE", "key.converter=org.apache.kafka.connect.storage.StringConverter")), @"
    compliant msk-worker-plaintext-endpoint: Compliant.
    compliant msk-worker-plaintext-secret: Compliant.
    compliant msk-worker-unverified-tls: Compliant.
    ");
    insta::assert_snapshot!(scan(json!({"workerConfigurationArn": ARN})), @"
    unverified msk-worker-plaintext-endpoint: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1`: `latestRevision.propertiesFileContent` is missing, truncated or not base64.
    unverified msk-worker-plaintext-secret: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1`: `latestRevision.propertiesFileContent` is missing, truncated or not base64.
    unverified msk-worker-unverified-tls: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1`: `latestRevision.propertiesFileContent` is missing, truncated or not base64.
    ");
    insta::assert_snapshot!(scanned(&WORKERS, &entry, &[], ""), @"
    unverified msk-worker-plaintext-endpoint: Could not be verified: no answer to `kafkaconnect:DescribeWorkerConfiguration` of `arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1`.
    unverified msk-worker-plaintext-secret: Could not be verified: no answer to `kafkaconnect:DescribeWorkerConfiguration` of `arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1`.
    unverified msk-worker-unverified-tls: Could not be verified: no answer to `kafkaconnect:DescribeWorkerConfiguration` of `arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1`.
    ");
    assert_eq!(scan(described("DELETING", lines)), "");
}

proptest! {
    #[test]
    fn a_new_worker_configuration_and_a_scan_of_it_have_the_same_outcomes(
        lines in proptest::sample::subsequence(&[
            "producer.security.protocol=PLAINTEXT",
            "consumer.ssl.endpoint.identification.algorithm=",
            "config.providers.vault.param.token=s.hunter2hunter2",
            "config.providers.vault.param.address=${env:VAULT}",
            "value.converter.schema.registry.url=http://sr.example.com",
        ][..], 0..=5),
    ) {
        let description = described("ACTIVE", &lines.join("\n"));
        let answers = |_: &_| Some(description.clone());
        let request = json!({"name": "small", "propertiesFileContent": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        let response = json!({"workerConfigurationArn": ARN});
        let event = of_call(&DETECTOR, "CreateWorkerConfiguration", &request, &response, &answers);
        prop_assert_eq!(event, of_scan(&WORKERS, &json!({"workerConfigurationArn": ARN}), &answers));
    }
}

#[test]
fn what_people_read_in_japanese() {
    let lines = "producer.security.protocol=PLAINTEXT\nconsumer.ssl.endpoint.identification.algorithm=\n\
        config.providers.vault.param.token=s.tulip-41\nconfig.providers.vault.param.address=http://vault.example.com";
    let details = |outcome: &dyn Fn(&Rule) -> Outcome| -> String {
        DETECTOR.rules.iter().map(|rule| in_japanese(&outcome(rule)) + "\n").collect()
    };
    insta::assert_snapshot!(details(&|rule| outcome_for(rule, lines)), @"
    ワーカー設定 `small` は TLS なしの接続を行います。これを使用するすべてのコネクタに引き継がれます。`config.providers.vault.param.address` (http://vault.example.com): データが暗号化されずにネットワークを流れます。`producer.security.protocol` (PLAINTEXT): データが暗号化されずにネットワークを流れます。
    ワーカー設定 `small` のプロパティにシークレットが含まれています。これを使用するすべてのコネクタに引き継がれます。`config.providers.vault.param.token`: 値が平文のシークレットです。ワーカー設定の詳細情報を取得できるユーザーは誰でも読み取れます。
    ワーカー設定 `small` はサーバーを検証する TLS を必須にしていません。これを使用するすべてのコネクタに引き継がれます。`consumer.ssl.endpoint.identification.algorithm` (空): TLS は証明書を検証しますが、ホスト名の検証が無効になっています。
    ");
    insta::assert_snapshot!(in_japanese(&outcome_for(DETECTOR.rules[0], "# nothing is set")), @"ワーカー設定にプロパティがありません");
    let hidden = outcome_for(DETECTOR.rules[0], "admin.security.protocol=${env::PROTOCOL}");
    insta::assert_snapshot!(in_japanese(&hidden), @"`admin.security.protocol` の値が示されていないか、認識できません");
}
