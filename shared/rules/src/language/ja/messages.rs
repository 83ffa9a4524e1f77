//! Japanese: notifications.

pub(super) const TEXTS: super::Texts = &[
    // engine: who made a call
    ("unknown caller", "不明な呼び出し元"),
    ("{caller} from {address}", "{caller} ({address} から)"),
    ("{caller} through {service}", "{caller} ({service} 経由)"),
    // output: labels and counts
    ("CRITICAL", "重大"),
    ("HIGH", "高"),
    ("LOW", "低"),
    ("MEDIUM", "中"),
    ("RESOLVED", "解決済み"),
    ("UNKNOWN", "不明"),
    ("UNVERIFIED", "未検証"),
    ("critical", "重大"),
    ("high", "高"),
    ("low", "低"),
    ("medium", "中"),
    ("{count} critical", "重大 {count} 件"),
    ("{count} high", "高 {count} 件"),
    ("{count} low", "低 {count} 件"),
    ("{count} medium", "中 {count} 件"),
    ("{count} more", "ほか {count} 件"),
    // output: fields and headings of an e-mail
    ("Account", "アカウント"),
    ("Call", "API"),
    ("Console", "コンソール"),
    ("Event", "イベント"),
    ("Fix (AWS CLI):", "修正方法 (AWS CLI):"),
    ("Resource", "リソース"),
    ("Rule", "ルール"),
    ("Seen", "検出元"),
    ("State", "状態"),
    ("Who", "呼び出し元"),
    ("[cut: the command is too long for this message]", "[省略: コマンドが長すぎて、このメッセージに収まりません]"),
    ("The command is too long for this message.", "コマンドが長すぎて、このメッセージに収まりません。"),
    ("by a scan at {time}", "スキャン ({time})"),
    ("finding", "検出結果"),
    ("fingerprint", "フィンガープリント"),
    ("{call} at {time}", "{call} ({time})"),
    ("{remark}. {detail}", "{remark}。{detail}"),
    ("{verdict} (and {count} more below)", "{verdict} (下にほか {count} 件)"),
    // output: what the ledger knows
    ("An exception accepts it: {reason}", "例外として許容されています: {reason}"),
    (
        "Cannot be verified any more: it was reported as open on {reported}",
        "検証できなくなりました: {reported} に未解決として報告済み",
    ),
    ("Changed: open since {opened}", "変更あり: {opened} から未解決"),
    ("Changed: open since {opened} (it was {severity})", "変更あり: {opened} から未解決 (以前の重大度: {severity})"),
    ("Fixed by {who} with {call}.", "{who} が {call} で修正しました。"),
    ("How it was resolved is not known.", "どのように解決されたかは不明です。"),
    ("Its rule is not evaluated any more.", "このルールは評価されなくなりました。"),
    ("KMS deleted the key at the end of its waiting period.", "待機期間が終了し、KMS がキーを削除しました。"),
    ("Open again: it was resolved on {resolved}", "再発: {resolved} に一度解決済み"),
    (
        "The daily scan found it right. Who fixed it is not known.",
        "毎日のスキャンで、修正済みであることを確認しました。修正した人は不明です。",
    ),
    (
        "The daily scan found that the resource is gone. Who deleted it is not known.",
        "毎日のスキャンで、リソースがなくなったことを確認しました。削除した人は不明です。",
    ),
    ("The finding that the ledger has stored cannot be read.", "台帳に保存されている検出結果を読み取れません。"),
    (
        "The resource is gone: a look-up after {call} by {who} did not find it.",
        "リソースはすでにありません。{who} による {call} の後に参照しましたが、見つかりませんでした。",
    ),
    ("The resource was deleted by {who} with {call}.", "{who} が {call} でリソースを削除しました。"),
    ("Verified now: it was unverified since {opened}", "検証済み: {opened} から未検証でした"),
    ("an unknown time", "不明"),
    ("{count} d", "{count} 日"),
    ("{count} h", "{count} 時間"),
    ("{count} min", "{count} 分"),
    ("{count} s", "{count} 秒"),
    ("{larger} {smaller}", "{larger} {smaller}"),
    // output: what is resolved
    ("How", "解決方法"),
    ("It said", "検出内容"),
    ("RESOLVED {what} after {time} {account} {region}", "解決済み: {what} {account} {region} ({time})"),
    ("RESOLVED {what} {account} {region}", "解決済み: {what} {account} {region}"),
    ("Resolved", "解決日時"),
    ("Was", "以前の状態"),
    ("at an unknown time", "不明"),
    ("open for {time}, since {opened}", "未解決の期間: {time} ({opened} から)"),
    (
        "unverified for {time}, since {opened}; it is verified now",
        "未検証の期間: {time} ({opened} から)、現在は検証済み",
    ),
    (
        "{count} more. All of them, with credentials of this account:",
        "ほか {count} 件。すべての一覧 (このアカウントの認証情報で実行):",
    ),
    ("{severity}, {duration}", "{severity}、{duration}"),
    ("{what}: {duration}. {how}", "{what}: {duration}。{how}"),
    // output: storms
    ("All of them, with credentials of this account:", "すべての一覧 (このアカウントの認証情報で実行):"),
    ("Count", "件数"),
    ("The first 10 resources:", "最初の 10 件のリソース:"),
    ("The resources:", "リソース:"),
    ("What", "内容"),
    ("{count} Regions", "{count} リージョン"),
    ("{count} changed", "変更 {count} 件"),
    ("{count} more: the command above lists them", "ほか {count} 件: 上のコマンドで一覧できます"),
    ("{count} new", "新規 {count} 件"),
    ("{count} open again", "再発 {count} 件"),
    ("{count} resolved", "解決済み {count} 件"),
    ("{count} unverified", "未検証 {count} 件"),
    ("{rule}: {count} more", "{rule}: ほか {count} 件"),
    ("{rule}: {count} more by {by}", "{rule}: ほか {count} 件 ({by})"),
    ("{severities} ({kinds})", "{severities} ({kinds})"),
    ("{text} (part {number} of {count})", "{text} ({number}/{count})"),
    // output: reminders
    (
        "All that is open, and how to fix each, with credentials of this account:",
        "未解決の検出結果と修正方法の一覧 (このアカウントの認証情報で実行):",
    ),
    ("Open for {time}, since {opened}.", "未解決の期間: {time} ({opened} から)。"),
    ("Reminder of {account} {region}: {open}", "リマインダー {account} {region}: {open}"),
    ("{counts} open", "未解決: {counts}"),
    ("{counts} open for up to {time}", "未解決: {counts} (最長 {time})"),
    // output: scans
    (
        "All of them, and how to fix each, with credentials of this account:",
        "すべての検出結果と修正方法の一覧 (このアカウントの認証情報で実行):",
    ),
    ("Not everything could be looked at:", "確認できなかったもの:"),
    ("Scan of {account} {region} on {day}: {counts}", "スキャン {account} {region} ({day}): {counts}"),
    ("and {count} more, in the log of the function", "ほか {count} 件は関数のログにあります"),
    ("{count} more: the command above lists them.", "ほか {count} 件: 上のコマンドで一覧できます。"),
    // runtime: what a scan could not see
    ("its resources were not scanned", "リソースはスキャンされていません"),
    ("so `{resource}` is not scanned completely", "`{resource}` のスキャンは不完全です"),
    (
        "so {count} resources are not scanned completely, the first is `{resource}`",
        "{count} 件のリソース (最初は `{resource}`) のスキャンは不完全です",
    ),
    (
        "{place}: `{action}` failed, {of}: {why}: scan again",
        "{place}: `{action}` が失敗しました ({why})。{of}。再度スキャンしてください",
    ),
    (
        "{place}: `{action}` found nothing, {of}: scan again",
        "{place}: `{action}` で何も見つかりませんでした。{of}。再度スキャンしてください",
    ),
    ("{place}: `{action}` is not offered there", "{place}: `{action}` はこのリージョンで提供されていません"),
    (
        "{place}: `{action}` was denied, {of}: allow it in the policy of the caller and, for a key, in the key policy; \
         `sealwatch scan --print-policy` prints all permissions",
        "{place}: `{action}` が拒否されました。{of}。呼び出し元のポリシーと、キーの場合はキーポリシーでも許可してください。\
         必要なアクセス許可は `sealwatch scan --print-policy` で表示できます",
    ),
    (
        "{place}: `{action}` was denied, {of}: allow it in the policy of the caller; `sealwatch scan --print-policy` \
         prints all permissions",
        "{place}: `{action}` が拒否されました。{of}。呼び出し元のポリシーで許可してください。\
         必要なアクセス許可は `sealwatch scan --print-policy` で表示できます",
    ),
    (
        "{place}: `{action}` was throttled again and again, {of}: scan again when the account makes fewer calls, or raise \
         its quota",
        "{place}: `{action}` が繰り返しスロットリングされました。{of}。アカウントの呼び出しが少ないときに再度スキャンするか、\
         クォータを引き上げてください",
    ),
    (
        "{place}: the account has not enabled this Region, or its credentials are not valid there: enable the Region, or \
         leave it out",
        "{place}: アカウントでこのリージョンが有効になっていないか、認証情報がこのリージョンで有効ではありません。\
         リージョンを有効にするか、対象から外してください",
    ),
    // runtime: messages to the operations topic
    ("Sealwatch cannot list the accounts of the organization", "Sealwatch は組織のアカウントを一覧できません"),
    ("Sealwatch cannot scan account {account}", "Sealwatch はアカウント {account} をスキャンできません"),
    (
        "Sealwatch cannot see everything in account {account}",
        "Sealwatch がアカウント {account} で確認できなかったものがあります",
    ),
    ("Sealwatch does not know the members of the hub", "Sealwatch はハブのメンバーを取得できません"),
    (
        "`{call}`: {problem}; only the hub's own account is scanned",
        "`{call}`: {problem}。ハブ自身のアカウントだけをスキャンします",
    ),
    ("denied", "拒否されました"),
    ("disabled", "リージョンが有効になっていません"),
    ("notfound", "見つかりません"),
    ("notoffered", "リージョンで提供されていません"),
    ("throttled again and again", "繰り返しスロットリングされました"),
    ("{variable} is not set", "{variable} が設定されていません"),
];
