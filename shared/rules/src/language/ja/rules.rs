//! Japanese: titles, details and reasons of the rules, but for those with an analyzer of their own.

pub(super) const TEXTS: super::Texts = &[
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
    // kinesis-stream
    ("Kinesis stream without encryption at rest", "保管時に暗号化されていない Kinesis ストリーム"),
    (
        "Encryption of the stream `{name}` was switched off: new records are stored in the clear.",
        "ストリーム `{name}` の暗号化が無効にされました。新しいレコードは平文で保存されます。",
    ),
    (
        "The stream `{name}` is not encrypted: records are stored in the clear.",
        "ストリーム `{name}` は暗号化されていません。レコードは平文で保存されます。",
    ),
    (
        "The stream `{name}` was created and is not encrypted: records are stored in the clear.",
        "作成されたストリーム `{name}` は暗号化されていません。レコードは平文で保存されます。",
    ),
];
