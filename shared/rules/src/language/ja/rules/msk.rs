//! Japanese: what rules on MSK say.

pub(in crate::language::ja) const TEXTS: super::super::Texts = &[
    // msk-channel
    (
        "The MSK channel `{name}` encrypts with {found}; {required} is required. The key of a channel cannot be changed later.",
        "MSK チャネル `{name}` は「{found}」で暗号化します。「{required}」が必要です。チャネルのキーは後から変更できません。",
    ),
    (
        "The MSK channel `{name}` names no key: the destination bucket decides how its data is encrypted; {required} is required. The key of a channel cannot be changed later.",
        "MSK チャネル `{name}` にキーが指定されていません。データの暗号化は配信先のバケットによります。「{required}」が必要です。チャネルのキーは後から変更できません。",
    ),
    // msk-cluster
    (
        "The brokers of the cluster `{name}` get public addresses and can be reached from the internet.",
        "クラスター `{name}` のブローカーにパブリックアドレスが割り当てられ、インターネットから到達できます。",
    ),
    (
        "The brokers of the cluster `{name}` replicate to each other in plaintext. This cannot be changed later.",
        "クラスター `{name}` のブローカーは相互に平文でレプリケートしています。これは後から変更できません。",
    ),
    (
        "The cluster `{name}` accepts clients only in plaintext.",
        "クラスター `{name}` はクライアントの接続を平文でのみ受け付けます。",
    ),
    (
        "The cluster `{name}` accepts clients over TLS and in plaintext.",
        "クラスター `{name}` はクライアントの接続を TLS と平文の両方で受け付けます。",
    ),
    (
        "The cluster `{name}` accepts clients without authentication.",
        "クラスター `{name}` は認証なしのクライアントを受け付けます。",
    ),
    (
        "The cluster `{name}` is serverless and encrypted with an AWS owned key; {required} is required.",
        "サーバーレスクラスター `{name}` は AWS 所有のキーで暗号化されています。「{required}」が必要です。",
    ),
    (
        "The cluster `{name}` opens the plaintext port, on which it accepts clients without authentication.",
        "クラスター `{name}` は平文のポートを開いており、そのポートで認証なしのクライアントを受け付けます。",
    ),
    (
        "The volumes of the cluster `{name}` are encrypted with {found}; {required} is required. The key of a cluster cannot be changed later.",
        "クラスター `{name}` のボリュームは「{found}」で暗号化されています。「{required}」が必要です。クラスターのキーは後から変更できません。",
    ),
    ("a serverless cluster accepts only IAM", "サーバーレスクラスターが受け付けるのは IAM だけです"),
    ("a serverless cluster accepts only TLS", "サーバーレスクラスターが受け付けるのは TLS だけです"),
    ("a serverless cluster has no choice of key", "サーバーレスクラスターではキーを選択できません"),
    ("a serverless cluster has no public access", "サーバーレスクラスターにパブリックアクセスはありません"),
    ("a serverless cluster has no such setting", "サーバーレスクラスターにこの設定はありません"),
    ("an update cannot change the key of a cluster", "更新ではクラスターのキーを変更できません"),
    ("an update cannot change the type of a cluster", "更新ではクラスターのタイプを変更できません"),
    ("the update does not set encryption between brokers", "更新はブローカー間の暗号化を設定しません"),
    (
        "the update does not set encryption between clients and brokers",
        "更新はクライアントとブローカーの間の暗号化を設定しません",
    ),
    ("the update does not set public access", "更新はパブリックアクセスを設定しません"),
    ("the update does not set unauthenticated access", "更新は認証なしのアクセスを設定しません"),
    ("the update does not set whether the plaintext port is open", "更新は平文のポートの開放を設定しません"),
    // msk-replicator
    (
        "The replicator `{name}` connects without TLS to {to}.",
        "レプリケーター `{name}` は TLS なしで {to} に接続しています。",
    ),
    (
        "`{endpoint}` is neither an `https:` nor an `http:` address",
        "`{endpoint}` は `https:` のアドレスでも `http:` のアドレスでもありません",
    ),
    ("a Kafka cluster", "Kafka クラスター"),
    (
        "the replicator connects only to MSK clusters, over TLS",
        "レプリケーターは MSK クラスターにのみ TLS で接続します",
    ),
    // titles: msk-channel
    ("MSK channel delivers below the required key level", "必要なレベルに満たないキーで配信する MSK チャネル"),
    ("MSK channel names a key that cannot be used", "使用できないキーを指定した MSK チャネル"),
    // titles: msk-cluster
    ("MSK Serverless cluster without a choice of key", "キーを選択できない MSK Serverless クラスター"),
    ("MSK brokers replicate in plaintext", "平文でレプリケートする MSK ブローカー"),
    ("MSK cluster accepts clients in plaintext", "平文のクライアント接続を受け付ける MSK クラスター"),
    ("MSK cluster accepts clients without authentication", "認証なしのクライアントを受け付ける MSK クラスター"),
    ("MSK cluster encrypted below the required key level", "必要なレベルに満たないキーで暗号化された MSK クラスター"),
    ("MSK cluster names a key that cannot be used", "使用できないキーを指定した MSK クラスター"),
    ("MSK cluster open to a foreign account", "外部アカウントに公開された MSK クラスター"),
    ("MSK cluster open to the internet", "インターネットに公開された MSK クラスター"),
    ("MSK cluster policy open to anyone", "ポリシーが誰にでも公開された MSK クラスター"),
    // titles: msk-connector
    ("Connector connects to Kafka in plaintext", "Kafka に平文で接続するコネクタ"),
    ("Connector connects to its source or sink in plaintext", "ソースまたはシンクに平文で接続するコネクタ"),
    ("Connector does not verify TLS", "TLS を検証しないコネクタ"),
    ("Connector settings contain a secret", "シークレットを含むコネクタの設定"),
    ("Connector uses Kafka without authentication", "Kafka を認証なしで使用するコネクタ"),
    ("Connector without worker logs", "ワーカーのログがないコネクタ"),
    ("Connector writes to S3 without a KMS key", "KMS キーなしで S3 に書き込むコネクタ"),
    // titles: msk-replicator
    ("MSK replicator connects without TLS", "TLS なしで接続する MSK レプリケーター"),
    // titles: msk-worker-configuration
    ("Worker configuration connects without TLS", "TLS なしで接続するワーカー設定"),
    ("Worker configuration contains a secret", "シークレットを含むワーカー設定"),
    ("Worker configuration does not verify TLS", "TLS を検証しないワーカー設定"),
];
