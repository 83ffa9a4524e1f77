//! Japanese: what rules on CloudTrail say.

pub(in crate::language::ja) const TEXTS: super::super::Texts = &[
    (
        "a channel lets a partner send events, and shows none",
        "チャネルはパートナーにイベントの送信を許可するもので、イベントを見せることはありません",
    ),
    // cloudtrail-event-data-store
    (
        "The event data store `{name}` ingests no events: what happens from now on, it does not show. If it was created for copies of earlier events only, add an exception for it.",
        "イベントデータストア `{name}` はイベントを取り込んでいません。今後の出来事は記録されません。過去のイベントのコピー専用に作成したものであれば、例外を追加してください。",
    ),
    (
        "The event data store `{name}` is pending deletion: it records nothing, and its events are lost unless it is restored within 7 days of its deletion.",
        "イベントデータストア `{name}` は削除保留中です。何も記録されず、削除から 7 日以内に復元しなければイベントは失われます。",
    ),
    (
        "The event data store `{name}` leaves out KMS read events, such as `Decrypt`: it does not show who uses a key.",
        "イベントデータストア `{name}` は `Decrypt` などの KMS の読み取りイベントを除外しています。誰がキーを使用したかがわかりません。",
    ),
    (
        "The event data store `{name}` leaves out KMS write events: it does not show who disables, deletes or shares a key.",
        "イベントデータストア `{name}` は KMS の書き込みイベントを除外しています。誰がキーを無効化、削除、共有したかがわかりません。",
    ),
    (
        "The event data store `{name}` leaves out all KMS events: it does not show who uses or changes a key.",
        "イベントデータストア `{name}` は KMS のすべてのイベントを除外しています。誰がキーを使用、変更したかがわかりません。",
    ),
    (
        "The event data store `{name}` no longer ingests events: what happens from now on, it does not show.",
        "イベントデータストア `{name}` はイベントを取り込まなくなりました。今後の出来事は記録されません。",
    ),
    (
        "The event data store `{name}` was deleted: it records nothing, and its events are lost unless it is restored within 7 days of {time}.",
        "イベントデータストア `{name}` が削除されました。何も記録されず、7 日以内 (起点: {time}) に復元しなければイベントは失われます。",
    ),
    (
        "The events in the event data store `{name}` are encrypted with {found}; {required} is required.",
        "イベントデータストア `{name}` のイベントは「{found}」で暗号化されています。「{required}」が必要です。",
    ),
    (
        "conditions of the event selectors that this version does not understand decide whether they leave KMS events out",
        "KMS のイベントが除外されるかどうかは、このバージョンが解釈できないイベントセレクタの条件によります",
    ),
    (
        "the answer does not show whether the restored event data store ingests events",
        "復元されたイベントデータストアがイベントを取り込んでいるかは、応答からわかりません",
    ),
    ("the call creates the event data store", "呼び出しはイベントデータストアを作成します"),
    ("the call deletes the event data store", "呼び出しはイベントデータストアを削除します"),
    ("the call does not change the event selectors", "呼び出しはイベントセレクタを変更しません"),
    ("the call does not stop the ingestion of events", "呼び出しはイベントの取り込みを停止しません"),
    ("the call names no key", "呼び出しはキーを指定していません"),
    (
        "the event data store collects no management events, and so no use of keys",
        "イベントデータストアは管理イベントを収集しないため、キーの使用も記録されません",
    ),
    ("the event data store was deleted meanwhile", "イベントデータストアはその後削除されました"),
    (
        "the status of the event data store does not show whether it ingests events",
        "イベントデータストアがイベントを取り込んでいるかは、その状態からわかりません",
    ),
    ("the update does not change the event selectors", "更新はイベントセレクタを変更しません"),
    // cloudtrail-trail
    (
        "The event selectors of the trail `{name}` leave out KMS read events, such as `Decrypt`: nobody can tell who uses a key.",
        "証跡 `{name}` のイベントセレクタは `Decrypt` などの KMS の読み取りイベントを除外しています。誰がキーを使用したかがわかりません。",
    ),
    (
        "The event selectors of the trail `{name}` leave out KMS write events: nobody can tell who disables, deletes or shares a key.",
        "証跡 `{name}` のイベントセレクタは KMS の書き込みイベントを除外しています。誰がキーを無効化、削除、共有したかがわかりません。",
    ),
    (
        "The event selectors of the trail `{name}` leave out all KMS events: nobody can tell who uses or changes a key.",
        "証跡 `{name}` のイベントセレクタは KMS のすべてのイベントを除外しています。誰がキーを使用、変更したかがわかりません。",
    ),
    (
        "The log files of the trail `{name}` are encrypted with {found}; {required} is required.",
        "証跡 `{name}` のログファイルは「{found}」で暗号化されています。「{required}」が必要です。",
    ),
    (
        "The log files of the trail `{name}` are not encrypted with a KMS key.",
        "証跡 `{name}` のログファイルは KMS キーで暗号化されていません。",
    ),
    (
        "The trail `{name}` is stopped: it records no events.",
        "証跡 `{name}` は停止しています。イベントは記録されません。",
    ),
    (
        "The trail `{name}` leaves out global services, such as IAM.",
        "証跡 `{name}` は IAM などのグローバルサービスを除外しています。",
    ),
    (
        "The trail `{name}` records one Region only, and misses the use of keys in all others.",
        "証跡 `{name}` は 1 つのリージョンしか記録せず、ほかのリージョンでのキーの使用が記録されません。",
    ),
    (
        "The trail `{name}` records one Region only, and no global services, such as IAM.",
        "証跡 `{name}` は 1 つのリージョンしか記録せず、IAM などのグローバルサービスも記録しません。",
    ),
    (
        "The trail `{name}` was created and nobody started it: it records no events.",
        "作成された証跡 `{name}` は開始されていません。イベントは記録されません。",
    ),
    (
        "The trail `{name}` was deleted: it no longer records who uses and changes keys.",
        "証跡 `{name}` が削除されました。誰がキーを使用、変更したかは、この証跡に記録されなくなりました。",
    ),
    (
        "The trail `{name}` was deleted: no trail records {region} any more, and Sealwatch gets no calls from there.",
        "証跡 `{name}` が削除されました。{region} を記録する証跡はもうなく、そこでの呼び出しは Sealwatch に届きません。",
    ),
    (
        "The trail `{name}` was deleted: the remaining trails may leave out Regions or events.",
        "証跡 `{name}` が削除されました。残りの証跡には記録されないリージョンやイベントがある可能性があります。",
    ),
    (
        "The trail `{name}` was deleted: the trail `{other}` remains, which records all Regions.",
        "証跡 `{name}` が削除されました。すべてのリージョンを記録する証跡 `{other}` は残っています。",
    ),
    (
        "The trail `{name}` was stopped: it records no events.",
        "証跡 `{name}` が停止されました。イベントは記録されません。",
    ),
    (
        "The trail `{name}` writes no digest files: nobody would notice changed or removed log files.",
        "証跡 `{name}` はダイジェストファイルを作成していません。ログファイルが変更、削除されても誰も気付けません。",
    ),
    ("the Region", "このリージョン"),
    ("the answer of `GetTrailStatus` has no `IsLogging`", "`GetTrailStatus` の応答に `IsLogging` がありません"),
    ("the call does not change log file validation", "呼び出しはログファイルの検証を変更しません"),
    ("the call does not change the key", "呼び出しはキーを変更しません"),
    ("the call does not change which Regions the trail records", "呼び出しは証跡が記録するリージョンを変更しません"),
    ("the call does not delete the trail", "呼び出しは証跡を削除しません"),
    ("the call neither starts nor stops the trail", "呼び出しは証跡を開始も停止もしません"),
    ("the status of the trail was not looked up", "証跡の状態は参照されていません"),
    ("the trail was listed", "証跡は一覧に含まれています"),
    ("the update does not change log file validation", "更新はログファイルの検証を変更しません"),
    ("the update does not change the key", "更新はキーを変更しません"),
    ("the update does not change which Regions the trail records", "更新は証跡が記録するリージョンを変更しません"),
    (
        "{detail} The trail `{other}` records all management events.",
        "{detail}証跡 `{other}` はすべての管理イベントを記録しています。",
    ),
    // titles: cloudtrail-event-data-store
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
    // titles: cloudtrail-trail
    ("Trail deleted", "証跡の削除"),
    ("Trail does not record events", "イベントを記録していない証跡"),
    ("Trail encrypted below the required key level", "必要なレベルに満たないキーで暗号化された証跡"),
    ("Trail leaves KMS events out", "KMS のイベントを除外している証跡"),
    ("Trail names a key that cannot be used", "使用できないキーを指定した証跡"),
    ("Trail of one Region", "1 つのリージョンだけの証跡"),
    ("Trail without SSE-KMS", "SSE-KMS を使用していない証跡"),
    ("Trail without log file validation", "ログファイルの検証が無効な証跡"),
];
