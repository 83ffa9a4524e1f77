//! Japanese: what rules on Firehose and Kinesis say.

pub(in crate::language::ja) const TEXTS: super::super::Texts = &[
    // firehose-stream
    (
        "The Firehose stream `{name}` gets {members} inline instead of from Secrets Manager.",
        "Firehose ストリーム `{name}` に {members} が、Secrets Manager を使わずに直接渡されています。",
    ),
    (
        "The Firehose stream `{name}` had its server-side encryption stopped: its buffered records are stored in the clear.",
        "Firehose ストリーム `{name}` のサーバー側の暗号化が停止されました。バッファ内のレコードは平文で保存されます。",
    ),
    (
        "The Firehose stream `{name}` has no server-side encryption: its buffered records are stored in the clear.",
        "Firehose ストリーム `{name}` はサーバー側で暗号化されていません。バッファ内のレコードは平文で保存されます。",
    ),
    (
        "The Firehose stream `{name}` is encrypted with {found}; {required} is required.",
        "Firehose ストリーム `{name}` は「{found}」で暗号化されています。「{required}」が必要です。",
    ),
    (
        "The Firehose stream `{name}` no longer gets its credentials from Secrets Manager.",
        "Firehose ストリーム `{name}` は Secrets Manager から認証情報を取得しなくなりました。",
    ),
    (
        "The Firehose stream `{name}` reads from `{source}`, which is not encrypted.",
        "Firehose ストリーム `{name}` の読み取り元 `{source}` は暗号化されていません。",
    ),
    (
        "The Firehose stream `{name}` reads from its database without TLS.",
        "Firehose ストリーム `{name}` は TLS なしでデータベースから読み取っています。",
    ),
    (
        "The Firehose stream `{name}` sends to {endpoint} without TLS.",
        "Firehose ストリーム `{name}` は TLS なしで {endpoint} に送信しています。",
    ),
    (
        "The Firehose stream `{name}` was created without server-side encryption: its buffered records are stored in the clear.",
        "作成された Firehose ストリーム `{name}` はサーバー側で暗号化されていません。バッファ内のレコードは平文で保存されます。",
    ),
    (
        "The Firehose stream `{name}` writes to S3 without the required key in one place; {required} is required.",
        "Firehose ストリーム `{name}` は 1 か所で、必要なキーを使わずに S3 に書き込んでいます。「{required}」が必要です。",
    ),
    (
        "The Firehose stream `{name}` writes to S3 without the required key in {count} places; {required} is required.",
        "Firehose ストリーム `{name}` は {count} か所で、必要なキーを使わずに S3 に書き込んでいます。「{required}」が必要です。",
    ),
    ("SSE is not changed", "サーバー側の暗号化 (SSE) は変更されません"),
    (
        "`DescribeDeliveryStream` never shows `{member}`, and Secrets Manager does not supply the credentials of `{place}`",
        "`DescribeDeliveryStream` は `{member}` を返さず、`{place}` の認証情報は Secrets Manager から提供されていません",
    ),
    ("`DescribeDeliveryStream` was not asked", "`DescribeDeliveryStream` は呼び出されていません"),
    (
        "`StartDeliveryStreamEncryption` named the key, and is evaluated itself",
        "キーを指定した `StartDeliveryStreamEncryption` は別に評価されます",
    ),
    (
        "a stream that reads from MSK or a database has no SSE of its own",
        "MSK またはデータベースから読み取るストリームには独自の SSE がありません",
    ),
    ("(not shown)", "(非表示)"),
    ("no KMS key", "KMS キーなし"),
    ("no credentials of a destination are set", "送信先の認証情報は設定されません"),
    (
        "no data about the source stream `{source}`: {command}",
        "読み取り元のストリーム `{source}` の情報がありません。{command}",
    ),
    ("no such source or endpoint is named", "該当する読み取り元やエンドポイントは指定されていません"),
    ("the data stream that it reads from was deleted", "読み取り元のデータストリームは削除されました"),
    ("the encryption of S3 objects is not changed", "S3 オブジェクトの暗号化は変更されません"),
    ("the record does not show the source of the stream", "ストリームの読み取り元が記録にありません"),
    ("the stream has no SSE", "ストリームは SSE を使用していません"),
    (
        "the update leaves the URL of the endpoint as it is, which may hold a credential",
        "更新はエンドポイントの URL を変更せず、その URL に認証情報が含まれている可能性があります",
    ),
    (
        "the update leaves the encryption of other S3 objects as it is",
        "更新はほかの S3 オブジェクトの暗号化を変更しません",
    ),
    (
        "the update switches the backup on, and does not say `{path}`",
        "更新はバックアップを有効にしますが、`{path}` がありません",
    ),
    ("this version does not know the destination `{name}`", "このバージョンは送信先 `{name}` を認識できません"),
    ("this version does not know the source of the stream", "このバージョンはストリームの読み取り元を認識できません"),
    ("{level}: {key}", "{level}: {key}"),
    ("{why} of `{path}`", "{why} (`{path}`)"),
    // kinesis-channel
    (
        "The Kinesis channel `{name}` encrypts nothing that it delivers. The encryption of a channel cannot be changed later.",
        "Kinesis チャネル `{name}` は、配信するデータを暗号化しません。チャネルの暗号化は後から変更できません。",
    ),
    (
        "The Kinesis channel `{name}` encrypts with {found}; {required} is required. The key of a channel cannot be changed later.",
        "Kinesis チャネル `{name}` は「{found}」で暗号化します。「{required}」が必要です。チャネルのキーは後から変更できません。",
    ),
    (
        "The Kinesis channel `{name}` names no key: it delivers data that keys of Amazon S3 encrypt (SSE-S3); {required} is required. The key of a channel cannot be changed later.",
        "Kinesis チャネル `{name}` にキーが指定されていません。配信されるデータは Amazon S3 のキーで暗号化されます (SSE-S3)。「{required}」が必要です。チャネルのキーは後から変更できません。",
    ),
    ("the channel encrypts nothing", "チャネルは暗号化を行いません"),
    (
        "this version does not know the type of encryption `{type_name}`",
        "このバージョンは暗号化タイプ `{type_name}` を認識できません",
    ),
    // kinesis-stream
    (
        "Encryption of the stream `{name}` was switched off: new records are stored in the clear.",
        "ストリーム `{name}` の暗号化が無効にされました。新しいレコードは平文で保存されます。",
    ),
    (
        "The stream `{name}` is encrypted with {found}; {required} is required.",
        "ストリーム `{name}` は「{found}」で暗号化されています。「{required}」が必要です。",
    ),
    (
        "The stream `{name}` is not encrypted: records are stored in the clear.",
        "ストリーム `{name}` は暗号化されていません。レコードは平文で保存されます。",
    ),
    (
        "The stream `{name}` was created and is not encrypted: records are stored in the clear.",
        "作成されたストリーム `{name}` は暗号化されていません。レコードは平文で保存されます。",
    ),
    (
        "`StartStreamEncryption` named the key, and is evaluated itself",
        "キーを指定した `StartStreamEncryption` は別に評価されます",
    ),
    ("the stream is not encrypted", "ストリームは暗号化されていません"),
    // titles: firehose-stream
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
    // titles: kinesis-channel
    ("Kinesis channel delivers below the required key level", "必要なレベルに満たないキーで配信する Kinesis チャネル"),
    ("Kinesis channel delivers unencrypted records", "レコードを暗号化せずに配信する Kinesis チャネル"),
    ("Kinesis channel names a key that cannot be used", "使用できないキーを指定した Kinesis チャネル"),
    // titles: kinesis-stream
    (
        "Kinesis stream encrypted below the required key level",
        "必要なレベルに満たないキーで暗号化された Kinesis ストリーム",
    ),
    ("Kinesis stream names a key that cannot be used", "使用できないキーを指定した Kinesis ストリーム"),
    ("Kinesis stream open to a foreign account", "外部アカウントに公開された Kinesis ストリーム"),
    ("Kinesis stream open to anyone", "誰にでも公開された Kinesis ストリーム"),
    ("Kinesis stream without encryption at rest", "保管時に暗号化されていない Kinesis ストリーム"),
];
