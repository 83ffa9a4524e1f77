//! Japanese: what the analyzer of connector settings and its rules say.

pub(super) const TEXTS: super::Texts = &[
    // connector
    (",", ","),
    (", and ", "。また、"),
    (
        "TLS accepts any certificate, so anyone can impersonate the server",
        "TLS はどの証明書でも受け入れるため、誰でもサーバーになりすますことができます",
    ),
    (
        "TLS verifies the certificate, but hostname verification is disabled",
        "TLS は証明書を検証しますが、ホスト名の検証が無効になっています",
    ),
    (
        "TLS verifies the certificate, but this mode does not verify the hostname",
        "TLS は証明書を検証しますが、このモードではホスト名を検証しません",
    ),
    ("a MongoDB address without tls=true", "MongoDB のアドレスに tls=true がありません"),
    ("a config provider supplies the algorithm", "アルゴリズムが設定プロバイダーから渡されるため、値がわかりません"),
    ("a config provider supplies the key", "キーが設定プロバイダーから渡されるため、値がわかりません"),
    ("a header contains a secret in clear text", "ヘッダーに平文のシークレットが含まれています"),
    (
        "a key alone has no effect without {algorithm}={value}: {consequence}",
        "{algorithm}={value} がないため、キーを指定しても効果がありません。{consequence}",
    ),
    ("a member of the JSON contains a secret in clear text", "JSON のメンバーに平文のシークレットが含まれています"),
    ("a parameter contains a secret in clear text", "パラメータに平文のシークレットが含まれています"),
    ("an address without a scheme means http", "スキームのないアドレスは http とみなされます"),
    ("blank", "空"),
    ("data crosses the network unencrypted", "データが暗号化されずにネットワークを流れます"),
    ("equivalent to REQUIRED", "REQUIRED と同等です"),
    ("equivalent to VERIFY_CA", "VERIFY_CA と同等です"),
    ("equivalent to prefer", "prefer と同等です"),
    ("equivalent to verify-ca", "verify-ca と同等です"),
    ("if the driver supports the option, {sentence}", "ドライバーがこのオプションに対応している場合、{sentence}"),
    ("its value does not look like a KMS key", "値が KMS キーの形式ではありません"),
    ("its value is also the secret of another setting", "値が別の設定のシークレットと同じです"),
    ("not set", "未設定"),
    ("not set, default {word}", "未設定、デフォルトは {word}"),
    (
        "objects are encrypted with a key from the settings (SSE-C), not with a KMS key",
        "オブジェクトは KMS キーではなく、設定内のキー (SSE-C) で暗号化されます",
    ),
    (
        "objects are encrypted with a key of S3 (SSE-S3), not with a KMS key",
        "オブジェクトは KMS キーではなく、S3 のキー (SSE-S3) で暗号化されます",
    ),
    ("on its own equivalent to PREFERRED", "これだけでは PREFERRED と同等です"),
    (
        "over plain TCP, only native network encryption can protect the data",
        "TLS を使わない TCP では、データを保護できるのはネイティブネットワーク暗号化だけです",
    ),
    (
        "s3.sse.enabled is not a setting of this connector and has no effect: {consequence}",
        "s3.sse.enabled はこのコネクタの設定ではなく、効果がありません。{consequence}",
    ),
    ("set", "設定あり"),
    (
        "the Kerberos client ignores splunk.hec.ssl.validate.certs",
        "Kerberos クライアントは splunk.hec.ssl.validate.certs を無視します",
    ),
    ("the address contains a password in clear text", "アドレスに平文のパスワードが含まれています"),
    (
        "the catalog decides where and how the connector writes files",
        "コネクタがファイルを書き込む場所と方法は、カタログによって決まります",
    ),
    ("the class replaces the verification of the client", "このクラスはクライアントの検証を置き換えます"),
    ("the class replaces the verification of the driver", "このクラスはドライバーの検証を置き換えます"),
    (
        "the connection falls back to plaintext if the server does not offer TLS",
        "サーバーが TLS を提供しない場合、接続は平文になります",
    ),
    (
        "the connector accepts the value but sends no encryption header for it: {consequence}",
        "コネクタはこの値を受け入れますが、暗号化ヘッダーを送信しません。{consequence}",
    ),
    (
        "the connector has no encryption setting, so the bucket's default encryption applies",
        "コネクタには暗号化の設定がないため、バケットのデフォルトの暗号化が適用されます",
    ),
    (
        "the connector requests no KMS key, so the bucket's default encryption applies",
        "コネクタは KMS キーを指定しないため、バケットのデフォルトの暗号化が適用されます",
    ),
    (
        "the connector settings are not an object of names and values",
        "コネクタの設定が、名前と値からなるオブジェクトではありません",
    ),
    ("the connector settings are redacted", "コネクタの設定がマスクされています"),
    (
        "the default in the code is false, although the documentation says true",
        "ドキュメントでは true とされていますが、コードのデフォルトは false です",
    ),
    ("the driver encrypts only the login", "ドライバーが暗号化するのはログインだけです"),
    ("the factory verifies the certificate in every mode", "このファクトリはどのモードでも証明書を検証します"),
    ("the login configuration contains a password in clear text", "ログイン設定に平文のパスワードが含まれています"),
    ("the response contains no connector settings", "応答にコネクタの設定が含まれていません"),
    (
        "the settings request SSE-KMS, but the connector has no setting for the key, and its 3.x code sends the value in another header",
        "設定は SSE-KMS を指定していますが、コネクタにはキーの設定がなく、3.x のコードはこの値を別のヘッダーで送信します",
    ),
    ("the value contains a private key in clear text", "値に平文の秘密鍵が含まれています"),
    ("the value is a secret in clear text", "値が平文のシークレットです"),
    ("with IAM authentication equivalent to prefer", "IAM 認証では prefer と同等です"),
    (
        "{algorithm} without {key} sends no encryption header: {consequence}",
        "{key} のない {algorithm} では、暗号化ヘッダーが送信されません。{consequence}",
    ),
    ("{note}: {sentence}", "{note}。{sentence}"),
    ("{url} with {parameter}", "{url}、{parameter}"),
    ("{url} without a mode, default {mode}", "{url}、モードの指定なし、デフォルトは {mode}"),
    (
        "{what}, readable by everyone who can describe the connector",
        "{what}。コネクタの詳細情報を取得できるユーザーは誰でも読み取れます",
    ),
    (
        "{what}, readable by everyone who can describe the worker configuration",
        "{what}。ワーカー設定の詳細情報を取得できるユーザーは誰でも読み取れます",
    ),
    // rules: connect.rs
    ("; ", "。"),
    ("`{property}` ({value}): {why}", "`{property}` ({value}): {why}"),
    ("`{property}`: {why}", "`{property}`: {why}"),
    ("the answer of `{call}` does not show `{arn}`", "`{call}` の応答に `{arn}` が含まれていません"),
    ("the value of {names} is hidden or not recognized", "{names} の値が示されていないか、認識できません"),
    ("{problem} {reasons}.", "{problem}{reasons}。"),
    ("{values}; {more}", "{values}、{more}"),
    // rules/msk_connector
    (
        "The connector `{name}` connects to its Kafka cluster in plaintext. This cannot be changed later.",
        "コネクタ `{name}` は Kafka クラスターに平文で接続します。この設定は後から変更できません。",
    ),
    (
        "The connector `{name}` encrypts its S3 objects with {found}.",
        "コネクタ `{name}` は S3 オブジェクトを {found} で暗号化します。",
    ),
    (
        "The connector `{name}` uses its Kafka cluster without authentication. This cannot be changed later.",
        "コネクタ `{name}` は認証なしで Kafka クラスターを使用します。この設定は後から変更できません。",
    ),
    ("The connector {connector} connects without TLS.", "コネクタ {connector} は TLS なしで接続します。"),
    (
        "The connector {connector} does not enforce verified TLS.",
        "コネクタ {connector} はサーバーを検証する TLS を必須にしていません。",
    ),
    (
        "The connector {connector} has a secret in its settings.",
        "コネクタ {connector} の設定にシークレットが含まれています。",
    ),
    (
        "The connector {connector} writes to S3 without a KMS key.",
        "コネクタ {connector} は KMS キーなしで S3 に書き込みます。",
    ),
    (
        "The workers of the connector `{name}` do not deliver their logs: TLS failures go unnoticed.",
        "コネクタ `{name}` のワーカーはログを配信していないため、TLS の失敗に気付けません。",
    ),
    ("an update cannot change authentication", "更新では認証を変更できません"),
    ("an update cannot change encryption in transit", "更新では転送中の暗号化を変更できません"),
    ("an update cannot change log delivery", "更新ではログの配信を変更できません"),
    ("none enabled", "有効な配信先なし"),
    ("the connector class `{class}` is not known", "コネクタのクラス `{class}` は不明です"),
    ("the connector class is not known", "コネクタのクラスが不明です"),
    (
        "the connector runs with an older revision of its worker configuration, which AWS does not show",
        "コネクタは古いリビジョンのワーカー設定で動作しており、AWS はその内容を表示しません",
    ),
    ("the connector writes no objects to S3", "コネクタは S3 にオブジェクトを書き込みません"),
    ("the new worker configuration is not known: {command}", "新しいワーカー設定の内容がわかりません。{command}"),
    (
        "the update changes neither the settings nor the worker configuration",
        "この更新は設定もワーカー設定も変更しません",
    ),
    (
        "{unknown_class}, so only settings that mean the same in every connector were evaluated, without a finding",
        "{unknown_class}。そのため、どのコネクタでも意味が同じ設定だけを評価し、問題は見つかりませんでした",
    ),
    // rules/msk_worker_configuration
    (
        "The worker configuration `{name}` does not enforce verified TLS. Every connector on it inherits this.",
        "ワーカー設定 `{name}` はサーバーを検証する TLS を必須にしていません。これを使用するすべてのコネクタに引き継がれます。",
    ),
    (
        "The worker configuration `{name}` has a secret in its properties. Every connector on it inherits this.",
        "ワーカー設定 `{name}` のプロパティにシークレットが含まれています。これを使用するすべてのコネクタに引き継がれます。",
    ),
    (
        "The worker configuration `{name}` opens connections without TLS. Every connector on it inherits this.",
        "ワーカー設定 `{name}` は TLS なしの接続を行います。これを使用するすべてのコネクタに引き継がれます。",
    ),
    ("the worker configuration sets no property", "ワーカー設定にプロパティがありません"),
];
