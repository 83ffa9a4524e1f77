//! Japanese: what rules on aliases, on the life of keys and on key stores say.

pub(in crate::language::ja) const TEXTS: super::super::Texts = &[
    // kms-alias
    (
        "The alias `{name}` now points to the key `{key}`, which {problem}: every use of the alias fails.",
        "エイリアス `{name}` の指す先がキー `{key}` に変わりました。このキーは{problem}。エイリアスの使用はすべて失敗します。",
    ),
    (
        "The alias `{name}` now points to {found}; {required} is required.",
        "エイリアス `{name}` の指す先が「{found}」に変わりました。「{required}」が必要です。",
    ),
    (
        "The alias `{name}` points to the key `{key}`, which {problem}: every use of the alias fails.",
        "エイリアス `{name}` はキー `{key}` を指しています。このキーは{problem}。エイリアスの使用はすべて失敗します。",
    ),
    ("asymmetric {usage}", "非対称 {usage}"),
    ("is for {now}, not for {before} like the key before", "用途 (「{now}」) が以前のキー (「{before}」) と異なります"),
    (
        "only a move takes those who name the alias to another level",
        "エイリアスを指定する利用者のキーのレベルが変わるのは、指す先が変わったときだけです",
    ),
    (
        "services cannot encrypt with the key: it is no symmetric encryption key",
        "対称暗号化キーではないため、サービスはこのキーで暗号化できません",
    ),
    ("symmetric {usage}", "対称 {usage}"),
    ("the alias belongs to AWS", "エイリアスは AWS のものです"),
    ("the alias was created again for the same key", "エイリアスは同じキーに対して再び作成されました"),
    ("the deleted alias points to no other key", "削除されたエイリアスはほかのキーを指していません"),
    (
        "the record does not say which key the alias pointed to before",
        "エイリアスが以前どのキーを指していたかが記録にありません",
    ),
    // kms-key-lifecycle
    ("AWS manages the key", "キーは AWS が管理しています"),
    (
        "KMS deleted the key `{name}` at the end of its waiting period: what only this key encrypted can never be decrypted again, unless a related multi-Region key is left in another Region.",
        "待機期間が終わり、KMS がキー `{name}` を削除しました。このキーだけで暗号化されたデータは、関連するマルチリージョンキーが別のリージョンに残っていない限り、二度と復号できません。",
    ),
    (
        "KMS deleted the key `{name}` at the end of its waiting period: what only this key encrypted can never be decrypted again.",
        "待機期間が終わり、KMS がキー `{name}` を削除しました。このキーだけで暗号化されたデータは二度と復号できません。",
    ),
    ("KMS derives no shared secret with it", "KMS はこのキーで共有シークレットを導出できません"),
    ("KMS did not return the rotation period", "KMS はローテーション期間を返しませんでした"),
    ("KMS did not return when the material expires", "KMS はキーマテリアルの有効期限を返しませんでした"),
    ("KMS neither computes nor verifies a MAC with it", "KMS はこのキーで MAC の生成も検証もできません"),
    ("KMS neither signs nor verifies with it", "KMS はこのキーで署名も検証もできません"),
    ("Rotation of the key `{name}` was switched off.", "キー `{name}` のキーローテーションが無効にされました。"),
    (
        "The imported material of the key `{name}` expired, so KMS deleted it: the key cannot be used until the material is imported again.",
        "キー `{name}` のインポートされたキーマテリアルが有効期限を過ぎ、KMS に削除されました。キーマテリアルを再びインポートするまで、キーは使用できません。",
    ),
    (
        "The imported material of the key `{name}` expires at {day}: KMS then deletes it, and the key cannot be used until the same material is imported again.",
        "キー `{name}` のインポートされたキーマテリアルの有効期限は {day} です。期限が過ぎると KMS が削除し、同じキーマテリアルを再びインポートするまで、キーは使用できません。",
    ),
    (
        "The imported material of the key `{name}` was deleted: the key cannot be used until the material is imported again.",
        "キー `{name}` のインポートされたキーマテリアルが削除されました。キーマテリアルを再びインポートするまで、キーは使用できません。",
    ),
    (
        "The key `{name}` can rotate, and its rotation is switched off.",
        "キー `{name}` はローテーションできますが、キーローテーションが無効です。",
    ),
    ("The key `{name}` is disabled: {consequence}.", "キー `{name}` は無効です。{consequence}。"),
    (
        "The key `{name}` is scheduled for deletion. The deletion can be canceled for {days} days after the deletion of its last replica.",
        "キー `{name}` の削除が予定されています。最後のレプリカの削除後 {days} 日間は、削除をキャンセルできます。",
    ),
    (
        "The key `{name}` is scheduled for deletion. The deletion can be canceled for {days} days after {time}.",
        "キー `{name}` の削除が予定されています。{days} 日間 (起点: {time}) は、削除をキャンセルできます。",
    ),
    (
        "The key `{name}` is scheduled for deletion. The deletion can be canceled until the end of its waiting period.",
        "キー `{name}` の削除が予定されています。待機期間が終わるまで、削除をキャンセルできます。",
    ),
    (
        "The key `{name}` is scheduled for deletion. The deletion can be canceled until {until}.",
        "キー `{name}` の削除が予定されています。{until} まで、削除をキャンセルできます。",
    ),
    (
        "The key `{name}` rotates every {days} days; at most {most} are allowed.",
        "キー `{name}` のローテーションは {days} 日ごとです。許容されるのは {most} 日までです。",
    ),
    (
        "The key `{name}` was created and its rotation is not switched on.",
        "作成されたキー `{name}` のキーローテーションが有効になっていません。",
    ),
    ("The key `{name}` was disabled: {consequence}.", "キー `{name}` が無効にされました。{consequence}。"),
    ("no cryptographic operation can use it", "暗号化オペレーションでこのキーを使用できません"),
    ("the call does not change rotation", "呼び出しはキーローテーションを変更しません"),
    ("the call does not delete a key", "呼び出しはキーを削除しません"),
    ("the call does not delete key material", "呼び出しはキーマテリアルを削除しません"),
    ("the call does not disable the key", "呼び出しはキーを無効にしません"),
    ("the call does not enable rotation", "呼び出しはキーローテーションを有効にしません"),
    ("the call does not schedule a deletion", "呼び出しは削除を予定しません"),
    ("the call imports no key material", "呼び出しはキーマテリアルをインポートしません"),
    ("the call imports other key material", "呼び出しは別のキーマテリアルをインポートします"),
    (
        "the call keeps an earlier rotation period: {command}",
        "呼び出しは以前のローテーション期間を変更しません。{command}",
    ),
    ("the call keeps an earlier rotation period; {why}", "呼び出しは以前のローテーション期間を変更しません。{why}"),
    ("the key does not rotate", "キーはローテーションされません"),
    ("the key exists", "キーは存在します"),
    ("the key has no imported key material", "キーにインポートされたキーマテリアルはありません"),
    (
        "the key has no key material, and KMS does not say whether it was deleted or never imported",
        "キーにキーマテリアルがなく、削除されたのか一度もインポートされていないのかは KMS からわかりません",
    ),
    ("the key is scheduled for deletion", "キーの削除が予定されています"),
    (
        "the key is still in the state {state}, which ends by itself",
        "キーの状態はまだ {state} で、この状態は自然に終わります",
    ),
    ("the key was not looked up", "キーは参照されていません"),
    (
        "the new key material does not expire, and says nothing about earlier material",
        "新しいキーマテリアルには有効期限がありませんが、以前のキーマテリアルについてはわかりません",
    ),
    ("the rotation of the key was not looked up", "キーローテーションは参照されていません"),
    (
        "this version does not know the expiration model `{model}`",
        "このバージョンは有効期限モデル `{model}` を認識できません",
    ),
    // kms-key-store
    (
        "KMS now reaches the keys of the external key store `{name}` through another proxy. If another key manager answers there, data encrypted before cannot be decrypted.",
        "KMS は外部キーストア `{name}` のキーに別のプロキシ経由でアクセスするようになりました。そこで別のキーマネージャーが応答する場合、以前に暗号化されたデータは復号できません。",
    ),
    (
        "The custom key store `{name}` is disconnected: no key in it can be used until it is connected.",
        "カスタムキーストア `{name}` は切断されています。接続するまで、その中のキーは使用できません。",
    ),
    (
        "The custom key store `{name}` is not connected, because that failed ({code}): no key in it can be used until it is connected.",
        "カスタムキーストア `{name}` は接続に失敗したため ({code})、接続されていません。接続するまで、その中のキーは使用できません。",
    ),
    (
        "The custom key store `{name}` was disconnected, and connecting it again failed ({code}): no key in it can be used until it is connected again.",
        "カスタムキーストア `{name}` が切断され、再接続に失敗しました ({code})。再び接続するまで、その中のキーは使用できません。",
    ),
    (
        "The custom key store `{name}` was disconnected: no key in it can be used until it is connected again.",
        "カスタムキーストア `{name}` が切断されました。再び接続するまで、その中のキーは使用できません。",
    ),
    ("only a call shows that the proxy changed", "プロキシの変更がわかるのは呼び出しからだけです"),
    ("the attempt to connect the key store has not succeeded yet", "キーストアの接続はまだ成功していません"),
    ("the call does not change how KMS reaches the proxy", "呼び出しは KMS からプロキシへの到達方法を変更しません"),
    ("the call does not change the settings of the key store", "呼び出しはキーストアの設定を変更しません"),
    ("the call does not disconnect the key store", "呼び出しはキーストアを切断しません"),
    (
        "the key store is still {status}: whether it can be connected is not known yet",
        "キーストアの状態はまだ {status} で、接続できるかはまだわかりません",
    ),
    ("the key store was not described", "キーストアは参照されていません"),
    // titles: kms-alias
    ("Alias points below the required key level", "必要なレベルに満たないキーを指すエイリアス"),
    ("Alias points to a key that cannot be used", "使用できないキーを指すエイリアス"),
    // titles: kms-key-lifecycle
    ("Imported key material deleted", "インポートされたキーマテリアルの削除"),
    ("Imported key material will expire", "有効期限のあるインポートされたキーマテリアル"),
    ("KMS key deleted", "KMS キーの削除"),
    ("KMS key disabled", "KMS キーの無効化"),
    ("KMS key rotates too rarely", "KMS キーの長すぎるローテーション間隔"),
    ("KMS key scheduled for deletion", "KMS キーの削除予定"),
    ("KMS key without rotation", "キーローテーションが無効な KMS キー"),
    // titles: kms-key-policy
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
    // titles: kms-key-store
    ("Custom key store disconnected", "カスタムキーストアの切断"),
    ("External key store uses another proxy", "別のプロキシを使用する外部キーストア"),
];
