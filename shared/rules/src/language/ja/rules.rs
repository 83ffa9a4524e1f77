//! Japanese: details and reasons of the rules, but for those with an analyzer of their own.

pub(super) mod cloudtrail;
pub(super) mod kms;
pub(super) mod lookups;
pub(super) mod msk;
pub(super) mod streams;

pub(super) const TEXTS: super::Texts = &[
    // cloudtrail
    ("CloudTrail left out the body that holds `{field}`", "`{field}` を含む本体を CloudTrail が省略しました"),
    ("`{field}` has a value of an unexpected type", "`{field}` の値が想定外の型です"),
    ("`{field}` is redacted in the record", "`{field}` は記録の中でマスクされています"),
    ("the record does not say `{field}`", "記録に `{field}` がありません"),
    // configuration
    ("AWS rotates its managed keys every year", "AWS マネージドキーは AWS が毎年ローテーションします"),
    ("KMS did not return `ConnectionState`", "KMS は `ConnectionState` を返しませんでした"),
    (
        "`propertiesFileContent` is truncated or not base64",
        "`propertiesFileContent` が途中で切れているか、base64 ではありません",
    ),
    ("a customer managed key", "カスタマーマネージドキー"),
    ("a key in a CloudHSM key store", "CloudHSM キーストアのキー"),
    (
        "a replica of a multi-Region key rotates with its primary",
        "マルチリージョンキーのレプリカはプライマリとともにローテーションされます",
    ),
    ("an AWS managed key", "AWS マネージドキー"),
    ("an AWS owned key", "AWS 所有のキー"),
    ("has the usage {usage}", "用途が {usage} です"),
    ("is asymmetric ({spec})", "非対称キー ({spec}) です"),
    ("is disabled", "無効です"),
    ("is in another Region ({region})", "別のリージョン ({region}) にあります"),
    ("is pending deletion", "削除保留中です"),
    ("is pending import of its key material", "キーマテリアルのインポート待ちです"),
    ("is unavailable: its key store is disconnected", "キーストアが切断されているため利用できません"),
    (
        "keys with imported material or in a key store do not rotate automatically",
        "キーマテリアルがインポートされたキーとキーストアのキーは自動ではローテーションされません",
    ),
    ("left out", "除外"),
    ("only symmetric encryption keys rotate automatically", "自動でローテーションされるのは対称暗号化キーだけです"),
    ("recorded", "記録"),
    ("records mention the key `{key}`, but not its spec", "キー `{key}` は記録に出てきますが、キー仕様はわかりません"),
    (
        "records mention the key `{key}`, but not its state at that time",
        "キー `{key}` は記録に出てきますが、その時点の状態はわかりません",
    ),
    ("records mention the key `{key}`, but not its usage", "キー `{key}` は記録に出てきますが、用途はわかりません"),
    (
        "the answer of `DescribeDeliveryStream` does not show `{path}`",
        "`DescribeDeliveryStream` の応答に `{path}` が含まれていません",
    ),
    (
        "the answer of `DescribeStreamSummary` has no `EncryptionType`",
        "`DescribeStreamSummary` の応答に `EncryptionType` がありません",
    ),
    ("the call shows no settings of the connector", "呼び出しからコネクタの設定はわかりません"),
    ("the connector was not looked up", "コネクタは参照されていません"),
    (
        "the latest change of its server-side encryption ended as {status}, and the description does not show whether it was encrypted before",
        "サーバー側の暗号化の最後の変更は {status} で終わり、その前に暗号化されていたかは応答からわかりません",
    ),
    ("the worker configuration was not looked up", "ワーカー設定は参照されていません"),
    (
        "this version does not know the key type `{key_type}`",
        "このバージョンはキータイプ `{key_type}` を認識できません",
    ),
    (
        "this version does not know the status `{status}` of server-side encryption",
        "このバージョンはサーバー側の暗号化の状態 `{status}` を認識できません",
    ),
    ("unknown", "不明"),
    // engine
    ("Compliant.", "準拠しています。"),
    ("Not applicable: {why}.", "対象外: {why}。"),
    ("Could not be verified: {why}.", "検証できませんでした: {why}。"),
    ("{detail} Remediated at {time}.", "{detail}{time} に修正されました。"),
    (
        "{detail} An exception for it ended on {until} ({reason}).",
        "{detail}この例外は {until} に期限が切れました ({reason})。",
    ),
    (
        "the resource belongs to the account {owner}: its own record of the call is evaluated, not this copy for the caller",
        "リソースはアカウント {owner} のものです。評価するのは所有者側の記録で、呼び出し元に届いたこのコピーではありません",
    ),
    ("the resource was deleted meanwhile", "リソースはその後削除されました"),
    (
        "the resource is still {status}: its final encryption is not known yet",
        "リソースの状態はまだ {status} で、最終的な暗号化はまだわかりません",
    ),
    ("the answer of `{call}` does not show it", "`{call}` の応答に含まれていません"),
    ("the answer of `{call}` does not show `{path}`", "`{call}` の応答に `{path}` が含まれていません"),
    ("`{given}` is not a key reference of KMS", "`{given}` は KMS キーの指定として正しくありません"),
    (
        "a document is checked without AWS: name its accounts in `keys.trusted_accounts`",
        "文書は AWS に接続せずに評価されます。組織のアカウントを `keys.trusted_accounts` に指定してください",
    ),
    ("another part of the resource is evaluated here", "評価するのはリソースの別の部分です"),
    ("no data about key `{given}`: {command}", "キー `{given}` の情報がありません。{command}"),
    (
        "run `aws organizations list-accounts` in its management account and pass its output with --facts",
        "組織の管理アカウントで `aws organizations list-accounts` を実行し、その出力を --facts で渡してください",
    ),
    (
        "run `aws {command} {option}{resource}` and pass its output with --facts",
        "`aws {command} {option}{resource}` を実行し、その出力を --facts で渡してください",
    ),
    (
        "the account {account} may belong to the organization, whose accounts are not known: {why}",
        "アカウント {account} は組織に属する可能性がありますが、組織のアカウントがわかりません: {why}",
    ),
    (
        "the alias `{given}` pointed to no key when the call named it",
        "呼び出しの時点で、エイリアス `{given}` はどのキーも指していませんでした",
    ),
    ("the call", "呼び出し"),
    ("the call deletes the resource", "呼び出しはリソースを削除します"),
    ("the call sets something else", "呼び出しが設定するのは別の項目です"),
    ("the key `{key}` does not exist", "キー `{key}` は存在しません"),
    ("the resource exists and is not pending deletion", "リソースは存在し、削除保留中ではありません"),
    ("the resource has no policy", "リソースにポリシーがありません"),
    ("unexpected response for `{arn}`", "`{arn}` に対する応答が想定外です"),
    // rules
    ("The key `{key}` of `{name}` {problem}: {consequence}.", "`{name}` のキー `{key}` は{problem}。{consequence}。"),
    ("data encrypted with it cannot be read or written", "このキーで暗号化されたデータは読み書きできません"),
    ("not given", "指定なし"),
    ("no key is named", "キーが指定されていません"),
    ("the answer of `{call}` holds no description", "`{call}` の応答にリソースの説明が含まれていません"),
    (
        "the origin of the material of the key `{key}` is not known",
        "キー `{key}` のキーマテリアルのオリジンがわかりません",
    ),
    ("the service cannot encrypt with it", "サービスはこのキーで暗号化できません"),
    ("{found}; {required} is required", "「{found}」 (必要なのは「{required}」)"),
    ("{why}: {command}", "{why}。{command}"),
    (" and ", "、"),
];
