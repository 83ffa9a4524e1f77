use proptest::prelude::*;
use serde_json::{Value, json};

use super::settings::testing::outcome_for;
use super::{
    CONNECTORS, DETECTOR, msk_connector_plaintext_destination as destination, msk_connector_plaintext_secret as secret,
    msk_connector_unencrypted_output as output, msk_connector_unverified_tls as tls,
};
use crate::engine::lookup::Lookup;
use crate::engine::outcome::Outcome;
use crate::language::Language;
use crate::rules::parity::{about_key, of_call, of_scan};
use crate::rules::testing::{CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY, answer, in_japanese, scanned};

const ARN: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1";
const WORKER: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1";

/// A connector, with members that `CreateConnector` and `DescribeConnector` share.
fn connector(encryption: &str, authentication: &str, logs: Option<bool>, settings: &Value) -> Value {
    json!({"connectorName": "orders",
        "kafkaClusterEncryptionInTransit": {"encryptionType": encryption},
        "kafkaClusterClientAuthentication": {"authenticationType": authentication},
        "logDelivery": logs.map(|enabled| json!({"workerLogDelivery": {"cloudWatchLogs": {"enabled": enabled}}})),
        "connectorConfiguration": settings})
}

fn described(state: &str, mut connector: Value) -> Value {
    connector["connectorArn"] = json!(ARN);
    connector["connectorState"] = json!(state);
    connector
}

fn jdbc(mode: &str) -> Value {
    json!({"connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector", "connection.password": "${secrets:db:password}",
        "connection.url": format!("jdbc:postgresql://db:5432/x?sslmode={mode}")})
}

#[test]
fn an_existing_connector_is_what_its_description_says() {
    let entry = json!({"connectorArn": ARN, "connectorName": "orders", "connectorState": "RUNNING"});
    let scan =
        |description: Value| scanned(&CONNECTORS, &entry, &[("kafkaconnect:DescribeConnector", description)], "");
    let right = connector("TLS", "IAM", Some(true), &jdbc("verify-full"));
    insta::assert_snapshot!(scan(described("RUNNING", right.clone())), @"
    compliant msk-connector-plaintext-destination: Compliant.
    compliant msk-connector-plaintext-kafka: Compliant.
    compliant msk-connector-plaintext-secret: Compliant.
    compliant msk-connector-unauthenticated-kafka: Compliant.
    compliant msk-connector-unverified-tls: Compliant.
    compliant msk-connector-without-logs: Compliant.
    ");
    let wrong = connector("PLAINTEXT", "NONE", None, &jdbc("disable"));
    insta::assert_snapshot!(scan(described("RUNNING", wrong.clone())), @"
    violation msk-connector-plaintext-destination: The connector `orders` (Confluent JDBC source and sink) connects without TLS. `connection.url` (jdbc:postgresql://db:5432 with sslmode=disable): data crosses the network unencrypted.
    violation msk-connector-plaintext-kafka: The connector `orders` connects to its Kafka cluster in plaintext. This cannot be changed later.
    compliant msk-connector-plaintext-secret: Compliant.
    violation msk-connector-unauthenticated-kafka: The connector `orders` uses its Kafka cluster without authentication. This cannot be changed later.
    compliant msk-connector-unverified-tls: Compliant.
    violation msk-connector-without-logs: The workers of the connector `orders` do not deliver their logs: TLS failures go unnoticed.
    ");
    assert_eq!(scan(described("FAILED", wrong.clone())), scan(described("RUNNING", wrong.clone())));
    assert_eq!(scan(described("CREATING", wrong.clone())), scan(described("RUNNING", wrong.clone())));
    assert_eq!(scan(described("DELETING", wrong.clone())), "");
    // the old settings, until the update is complete
    insta::assert_snapshot!(scan(described("UPDATING", wrong)), @"
    unverified msk-connector-plaintext-destination: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    violation msk-connector-plaintext-kafka: The connector `orders` connects to its Kafka cluster in plaintext. This cannot be changed later.
    unverified msk-connector-plaintext-secret: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    violation msk-connector-unauthenticated-kafka: The connector `orders` uses its Kafka cluster without authentication. This cannot be changed later.
    unverified msk-connector-unencrypted-output: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    unverified msk-connector-unverified-tls: Could not be verified: `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1` is still UPDATING.
    violation msk-connector-without-logs: The workers of the connector `orders` do not deliver their logs: TLS failures go unnoticed.
    ");
    insta::assert_snapshot!(scan(json!({"connectorArn": ARN})), @"
    unverified msk-connector-plaintext-destination: Could not be verified: the response contains no connector settings.
    unverified msk-connector-plaintext-kafka: Could not be verified: the answer of `DescribeConnector` does not show `kafkaClusterEncryptionInTransit.encryptionType`.
    unverified msk-connector-plaintext-secret: Could not be verified: the response contains no connector settings.
    unverified msk-connector-unauthenticated-kafka: Could not be verified: the answer of `DescribeConnector` does not show `kafkaClusterClientAuthentication.authenticationType`.
    unverified msk-connector-unencrypted-output: Could not be verified: the response contains no connector settings.
    unverified msk-connector-unverified-tls: Could not be verified: the response contains no connector settings.
    violation msk-connector-without-logs: The workers of the connector `orders` do not deliver their logs: TLS failures go unnoticed.
    ");
    insta::assert_snapshot!(scanned(&CONNECTORS, &entry, &[], ""), @"
    unverified msk-connector-plaintext-destination: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-plaintext-kafka: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-plaintext-secret: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-unauthenticated-kafka: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-unencrypted-output: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-unverified-tls: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    unverified msk-connector-without-logs: Could not be verified: no answer to `kafkaconnect:DescribeConnector` of `arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1`.
    ");
}

proptest! {
    #[test]
    fn a_new_connector_and_a_scan_of_it_have_the_same_outcomes(
        encryption in proptest::sample::select(&["TLS", "PLAINTEXT"][..]),
        authentication in proptest::sample::select(&["IAM", "NONE"][..]),
        logs: Option<bool>,
        mode in proptest::sample::select(&["disable", "prefer", "require", "verify-ca", "verify-full", "${env:MODE}"][..]),
        key in proptest::option::of(proptest::sample::select(&[CUSTOMER_KEY, DISABLED_KEY, UNKNOWN_KEY][..])),
        writes_to_s3: bool,
        worker in proptest::option::of(proptest::sample::select(&["http://vault", "https://vault"][..])),
        is_denied: bool,
    ) {
        let s3 = || match key {
            Some(key) => json!({"connector.class": "io.confluent.connect.s3.S3SinkConnector", "s3.ssea.name": "aws:kms",
                "s3.sse.kms.key.id": key}),
            None => json!({"connector.class": "io.confluent.connect.s3.S3SinkConnector"}),
        };
        let settings = if writes_to_s3 { s3() } else { jdbc(mode) };
        let mut request = connector(encryption, authentication, logs, &settings);
        request["workerConfiguration"] = json!(worker.map(|_| json!({"workerConfigurationArn": WORKER, "revision": 1})));
        let description = described("RUNNING", request.clone());
        request["connectorConfiguration"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
        let answers = |lookup: &Lookup| match lookup.call {
            "kafkaconnect:DescribeConnector" => Some(description.clone()),
            "kafkaconnect:DescribeWorkerConfiguration" if is_denied => None,
            "kafkaconnect:DescribeWorkerConfiguration" => {
                let lines = format!("config.providers.vault.param.address={}", worker.unwrap());
                let content = base64_simd::STANDARD.encode_to_string(lines);
                Some(json!({"latestRevision": {"revision": 1, "propertiesFileContent": content}}))
            }
            _ => about_key(lookup),
        };
        let event = of_call(&DETECTOR, "CreateConnector", &request, &json!({"connectorArn": ARN}), &answers);
        prop_assert_eq!(event, of_scan(&CONNECTORS, &json!({"connectorArn": ARN}), &answers));
    }
}

/// Each case is a rule and the settings of a connector, as `.properties` lines.
#[test]
fn what_people_read_in_japanese() {
    const JDBC: &str = "connector.class=io.confluent.connect.jdbc.JdbcSourceConnector\nconnection.url=";
    const MIRROR: &str = "connector.class=org.apache.kafka.connect.mirror.MirrorSourceConnector\n";
    const MONGO: &str = "connector.class=com.mongodb.kafka.connect.MongoSinkConnector\nconnection.uri=";
    const S3: &str = "connector.class=io.confluent.connect.s3.S3SinkConnector\ns3.ssea.name=";
    let cases = [
        (&destination::RULE, format!("{MIRROR}source.cluster.bootstrap.servers=b-1.example.com:9092")),
        (&destination::RULE, "producer.override.security.protocol=SASL_PLAINTEXT".to_owned()),
        (&destination::RULE, format!("{JDBC}jdbc:mysql://db.example.com/x?useSSL=false")),
        (&destination::RULE, "a.url=http://a.example.com,ftp://b.example.com\nb.url=http://c.example.com".to_owned()),
        (&destination::RULE, "connector.class=com.example.Sink".to_owned()),
        (&destination::RULE, format!("{JDBC}${{env:URL}}")),
        (&tls::RULE, format!("{JDBC}jdbc:postgresql://db.example.com/x")),
        (&tls::RULE, format!("{JDBC}jdbc:mysql://db.example.com/x?requireSSL=true")),
        (&tls::RULE, format!("{MONGO}mongodb://db.example.com/?tls=true&tlsAllowInvalidCertificates=true")),
        (&tls::RULE, "x.ssl.engine.factory.class=io.netty.handler.ssl.util.InsecureTrustManagerFactory".to_owned()),
        (&tls::RULE, "consumer.override.ssl.endpoint.identification.algorithm=".to_owned()),
        (&secret::RULE, "x.url=https://reader:tulip-41@h.example.com\nx.password=tulip-42".to_owned()),
        (&output::RULE, format!("{S3}\ns3.sse.kms.key.id={CUSTOMER_KEY}")),
        (&output::RULE, format!("{S3}AES256")),
        (&output::RULE, format!("{S3}aws:kms\ns3.sse.kms.key.id=${{env:KEY}}")),
        (&output::RULE, "connector.class=io.debezium.connector.mysql.MySqlConnector".to_owned()),
    ];
    let details = cases.iter().map(|(rule, lines)| in_japanese(&outcome_for(rule, lines)) + "\n");
    insta::assert_snapshot!(details.collect::<String>(), @"
    コネクタ `orders` (MirrorMaker 2 source and checkpoints) は TLS なしで接続します。`source.cluster.security.protocol` (未設定、デフォルトは PLAINTEXT,未設定、デフォルトは PLAINTEXT): データが暗号化されずにネットワークを流れます。
    コネクタ `orders` は TLS なしで接続します。`producer.override.security.protocol` (SASL_PLAINTEXT): データが暗号化されずにネットワークを流れます。
    コネクタ `orders` (Confluent JDBC source and sink) は TLS なしで接続します。`connection.url` (jdbc:mysql://db.example.com、useSSL=false): データが暗号化されずにネットワークを流れます。
    コネクタ `orders` は TLS なしで接続します。`a.url` (http://a.example.com,ftp://b.example.com): データが暗号化されずにネットワークを流れます。`b.url` (http://c.example.com): データが暗号化されずにネットワークを流れます。
    コネクタのクラス `com.example.Sink` は不明です。そのため、どのコネクタでも意味が同じ設定だけを評価し、問題は見つかりませんでした
    `connection.url` の値が示されていないか、認識できません
    コネクタ `orders` (Confluent JDBC source and sink) はサーバーを検証する TLS を必須にしていません。`connection.url` (jdbc:postgresql://db.example.com、モードの指定なし、デフォルトは sslmode=prefer): サーバーが TLS を提供しない場合、接続は平文になります。
    コネクタ `orders` (Confluent JDBC source and sink) はサーバーを検証する TLS を必須にしていません。`connection.url` (jdbc:mysql://db.example.com、requireSSL=true): REQUIRED と同等です。TLS はどの証明書でも受け入れるため、誰でもサーバーになりすますことができます。
    コネクタ `orders` (MongoDB source and sink) はサーバーを検証する TLS を必須にしていません。`connection.uri` (tlsAllowInvalidCertificates=true): ドライバーがこのオプションに対応している場合、TLS はどの証明書でも受け入れるため、誰でもサーバーになりすますことができます。
    コネクタ `orders` はサーバーを検証する TLS を必須にしていません。`x.ssl.engine.factory.class` (InsecureTrustManagerFactory): このクラスはクライアントの検証を置き換えます。TLS はどの証明書でも受け入れるため、誰でもサーバーになりすますことができます。
    コネクタ `orders` はサーバーを検証する TLS を必須にしていません。`consumer.override.ssl.endpoint.identification.algorithm` (空): TLS は証明書を検証しますが、ホスト名の検証が無効になっています。
    コネクタ `orders` の設定にシークレットが含まれています。`x.password`: 値が平文のシークレットです。コネクタの詳細情報を取得できるユーザーは誰でも読み取れます。`x.url`: アドレスに平文のパスワードが含まれています。コネクタの詳細情報を取得できるユーザーは誰でも読み取れます。
    コネクタ `orders` (Confluent S3 sink) は KMS キーなしで S3 に書き込みます。`s3.ssea.name` (未設定): s3.ssea.name=aws:kms がないため、キーを指定しても効果がありません。コネクタは KMS キーを指定しないため、バケットのデフォルトの暗号化が適用されます。
    コネクタ `orders` (Confluent S3 sink) は KMS キーなしで S3 に書き込みます。`s3.ssea.name` (AES256): オブジェクトは KMS キーではなく、S3 のキー (SSE-S3) で暗号化されます。
    `s3.sse.kms.key.id`: キーが設定プロバイダーから渡されるため、値がわかりません
    コネクタは S3 にオブジェクトを書き込みません
    ");
    let plaintext = connector("PLAINTEXT", "NONE", None, &json!({}));
    let call = |rule| answer(rule, "", &[], "CreateConnector", &plaintext, &json!({"connectorArn": ARN}));
    let details = DETECTOR.rules.iter().map(|rule| in_japanese(&call(rule)) + "\n");
    insta::assert_snapshot!(details.collect::<String>(), @"
    コネクタのクラスが不明です。そのため、どのコネクタでも意味が同じ設定だけを評価し、問題は見つかりませんでした
    コネクタ `orders` は Kafka クラスターに平文で接続します。この設定は後から変更できません。

    コネクタ `orders` は認証なしで Kafka クラスターを使用します。この設定は後から変更できません。
    コネクタのクラスが不明です
    コネクタのクラスが不明です。そのため、どのコネクタでも意味が同じ設定だけを評価し、問題は見つかりませんでした
    コネクタ `orders` のワーカーはログを配信していないため、TLS の失敗に気付けません。
    ");
}

/// Programs get English: only what people read has Japanese values.
#[test]
fn evidence_in_japanese() {
    let lines = "connector.class=io.debezium.connector.postgresql.PostgresConnector\ndatabase.hostname=db.example.com\n\
        a.ssl.endpoint.identification.algorithm=";
    let Outcome::Violation(violation) = outcome_for(&tls::RULE, lines) else { panic!("TLS is not verified") };
    let said = violation.in_language(Language::Japanese);
    insta::assert_snapshot!(said.map(|(path, value)| format!("{path}: {value}\n")).collect::<String>(), @r#"
    connectorConfiguration.database.sslmode: "未設定、デフォルトは sslmode=prefer"
    connectorConfiguration.a.ssl.endpoint.identification.algorithm: "空"
    "#);
    assert_eq!(violation.evidence[0].1, "not set, default sslmode=prefer");
}
