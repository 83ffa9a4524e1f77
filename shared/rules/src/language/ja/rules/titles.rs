//! Japanese: the titles of all rules.

pub(in crate::language::ja) const TEXTS: super::super::Texts = &[
    // cloudtrail-event-data-store
    (
        "CloudTrail event data store open to a foreign account",
        "外部アカウントに公開された CloudTrail イベントデータストア",
    ),
    ("CloudTrail event data store open to anyone", "誰にでも公開された CloudTrail イベントデータストア"),
    ("Event data store deleted", "イベントデータストアの削除"),
    (
        "Event data store encrypted below the required key level",
        "必要なレベルに満たないキーで暗号化されたイベントデータストア",
    ),
    ("Event data store leaves KMS events out", "KMS のイベントを除外しているイベントデータストア"),
    ("Event data store names a key that cannot be used", "使用できないキーを指定したイベントデータストア"),
    ("Event data store no longer ingests events", "イベントを取り込まなくなったイベントデータストア"),
    // cloudtrail-trail
    ("Trail deleted", "証跡の削除"),
    ("Trail does not record events", "イベントを記録していない証跡"),
    ("Trail encrypted below the required key level", "必要なレベルに満たないキーで暗号化された証跡"),
    ("Trail leaves KMS events out", "KMS のイベントを除外している証跡"),
    ("Trail names a key that cannot be used", "使用できないキーを指定した証跡"),
    ("Trail of one Region", "1 つのリージョンだけの証跡"),
    ("Trail without SSE-KMS", "SSE-KMS を使用していない証跡"),
    ("Trail without log file validation", "ログファイルの検証が無効な証跡"),
    // firehose-stream
    ("Firehose destination names a key that cannot be used", "使用できないキーを指定した Firehose の送信先"),
    ("Firehose destination with inline credentials", "認証情報が直接渡された Firehose の送信先"),
    ("Firehose moves data without TLS", "TLS なしの Firehose のデータ転送"),
    (
        "Firehose stream encrypted below the required key level",
        "必要なレベルに満たないキーで暗号化された Firehose ストリーム",
    ),
    ("Firehose stream names a key that cannot be used", "使用できないキーを指定した Firehose ストリーム"),
    ("Firehose stream without encryption at rest", "保管時に暗号化されていない Firehose ストリーム"),
    (
        "Firehose writes to S3 below the required key level",
        "必要なレベルに満たないキーでの Firehose から S3 への書き込み",
    ),
    // kinesis-channel
    ("Kinesis channel delivers below the required key level", "必要なレベルに満たないキーで配信する Kinesis チャネル"),
    ("Kinesis channel delivers unencrypted records", "レコードを暗号化せずに配信する Kinesis チャネル"),
    ("Kinesis channel names a key that cannot be used", "使用できないキーを指定した Kinesis チャネル"),
    // kinesis-stream
    (
        "Kinesis stream encrypted below the required key level",
        "必要なレベルに満たないキーで暗号化された Kinesis ストリーム",
    ),
    ("Kinesis stream names a key that cannot be used", "使用できないキーを指定した Kinesis ストリーム"),
    ("Kinesis stream open to a foreign account", "外部アカウントに公開された Kinesis ストリーム"),
    ("Kinesis stream open to anyone", "誰にでも公開された Kinesis ストリーム"),
    ("Kinesis stream without encryption at rest", "保管時に暗号化されていない Kinesis ストリーム"),
    // kms-alias
    ("Alias points below the required key level", "必要なレベルに満たないキーを指すエイリアス"),
    ("Alias points to a key that cannot be used", "使用できないキーを指すエイリアス"),
    // kms-key-lifecycle
    ("Imported key material deleted", "インポートされたキーマテリアルの削除"),
    ("Imported key material will expire", "有効期限のあるインポートされたキーマテリアル"),
    ("KMS key deleted", "KMS キーの削除"),
    ("KMS key disabled", "KMS キーの無効化"),
    ("KMS key rotates too rarely", "KMS キーの長すぎるローテーション間隔"),
    ("KMS key scheduled for deletion", "KMS キーの削除予定"),
    ("KMS key without rotation", "キーローテーションが無効な KMS キー"),
    // kms-key-policy
    ("KMS grant of every operation", "すべてのオペレーションを許可する KMS グラント"),
    ("KMS grant to a foreign account", "外部アカウントへの KMS グラント"),
    ("KMS key administered and used by one identity", "1 つのアイデンティティが管理も使用もする KMS キー"),
    ("KMS key administered by a service", "サービスが管理できる KMS キー"),
    ("KMS key open to a foreign account", "外部アカウントに公開された KMS キー"),
    ("KMS key open to a service for any customer", "どの利用者の代理のサービスにも使用される KMS キー"),
    ("KMS key open to anyone", "誰にでも公開された KMS キー"),
    ("KMS key open to the whole account", "アカウント全体に公開された KMS キー"),
    ("KMS key out of the account's control", "アカウントが制御できない KMS キー"),
    ("KMS key with grants for anyone", "誰にでもグラントを作成できる KMS キー"),
    // kms-key-store
    ("Custom key store disconnected", "カスタムキーストアの切断"),
    ("External key store uses another proxy", "別のプロキシを使用する外部キーストア"),
    // msk-channel
    ("MSK channel delivers below the required key level", "必要なレベルに満たないキーで配信する MSK チャネル"),
    ("MSK channel names a key that cannot be used", "使用できないキーを指定した MSK チャネル"),
    // msk-cluster
    ("MSK Serverless cluster without a choice of key", "キーを選択できない MSK Serverless クラスター"),
    ("MSK brokers replicate in plaintext", "平文でレプリケートする MSK ブローカー"),
    ("MSK cluster accepts clients in plaintext", "平文のクライアント接続を受け付ける MSK クラスター"),
    ("MSK cluster accepts clients without authentication", "認証なしのクライアントを受け付ける MSK クラスター"),
    ("MSK cluster encrypted below the required key level", "必要なレベルに満たないキーで暗号化された MSK クラスター"),
    ("MSK cluster names a key that cannot be used", "使用できないキーを指定した MSK クラスター"),
    ("MSK cluster open to a foreign account", "外部アカウントに公開された MSK クラスター"),
    ("MSK cluster open to the internet", "インターネットに公開された MSK クラスター"),
    ("MSK cluster policy open to anyone", "ポリシーが誰にでも公開された MSK クラスター"),
    // msk-connector
    ("Connector connects to Kafka in plaintext", "Kafka に平文で接続するコネクタ"),
    ("Connector connects to its source or sink in plaintext", "ソースまたはシンクに平文で接続するコネクタ"),
    ("Connector does not verify TLS", "TLS を検証しないコネクタ"),
    ("Connector settings contain a secret", "シークレットを含むコネクタの設定"),
    ("Connector uses Kafka without authentication", "Kafka を認証なしで使用するコネクタ"),
    ("Connector without worker logs", "ワーカーのログがないコネクタ"),
    ("Connector writes to S3 without a KMS key", "KMS キーなしで S3 に書き込むコネクタ"),
    // msk-replicator
    ("MSK replicator connects without TLS", "TLS なしで接続する MSK レプリケーター"),
    // msk-worker-configuration
    ("Worker configuration connects without TLS", "TLS なしで接続するワーカー設定"),
    ("Worker configuration contains a secret", "シークレットを含むワーカー設定"),
    ("Worker configuration does not verify TLS", "TLS を検証しないワーカー設定"),
];
