//! What each JDBC driver makes of its parameters: plaintext, opportunistic, unverified or verified.

use super::grade::{Grade, Origin};
use super::jdbc::Param;
use super::settings::REFERENCE;
use Grade::{Fine, NameOff, NameUnchecked, Open, Opportunistic, Plaintext, Unknown, Unverified};

/// How a driver writes parameters into its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `?a=b&c=d`.
    Query,
    /// `;a=b;c=d`.
    Semicolon,
    /// `:a=b;c=d;`.
    Colon,
    /// `/a=b,c=d`.
    Slash,
    /// `(KEY=value)` and `?a=b`.
    Oracle,
}

/// One driver.
pub(super) struct Driver {
    /// The words after `jdbc:`.
    pub(super) names: &'static [&'static str],
    pub(super) form: Form,
    /// A parameter in the URL beats the property of the same name.
    pub(super) url_wins: bool,
    /// PostgreSQL's driver takes parameter names literally.
    case_sensitive: bool,
    /// The parameters to write.
    pub(super) better: &'static [(&'static str, &'static str)],
    judge: fn(&Params<'_>) -> Verdict,
    /// Where the facts come from.
    pub(super) source: &'static str,
}

/// What a driver does.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) grade: Grade,
    /// The connector property that decided, where one was set.
    pub(super) property: Option<String>,
    /// What stood there: a word of our tables.
    pub(super) value: String,
    pub(super) origin: Origin,
    /// What people get wrong here.
    pub(super) note: &'static str,
}

struct Params<'a> {
    list: &'a [Param<'a>],
    case_sensitive: bool,
}

type Modes = &'static [(&'static str, Grade)];

const BASE: Driver = Driver {
    names: &[],
    form: Form::Query,
    url_wins: true,
    case_sensitive: false,
    better: &[],
    judge: |_| found(Unknown, None, "", ""),
    source: "",
};

pub(super) static DRIVERS: &[Driver] = &[
    Driver {
        names: &["mysql"],
        better: &[("sslMode", "VERIFY_IDENTITY")],
        judge: mysql,
        source: "mysql/mysql-connector-j 8.0.13 and later: PropertyDefinitions.java, LocalizedErrorMessages.properties",
        ..BASE
    },
    Driver {
        names: &["mariadb"],
        better: &[("sslMode", "verify-full")],
        judge: mariadb,
        source: "mariadb-corporation/mariadb-connector-j 3.x: Configuration.java, export/SslMode.java",
        ..BASE
    },
    Driver {
        names: &["postgresql"],
        case_sensitive: true,
        better: &[("sslmode", "verify-full")],
        judge: postgresql,
        source: "pgjdbc/pgjdbc 42.x: SslMode.java, LibPQFactory.java",
        ..BASE
    },
    Driver {
        names: &["redshift"],
        better: &[("sslmode", "verify-full")],
        judge: redshift,
        source: "aws/amazon-redshift-jdbc-driver 2.x: SslMode.java, RedshiftProperty.java",
        ..BASE
    },
    Driver {
        names: &["sqlserver"],
        form: Form::Semicolon,
        url_wins: false,
        better: &[("encrypt", "true"), ("trustServerCertificate", "false")],
        judge: sqlserver,
        source: "microsoft/mssql-jdbc 10.2 and later: SQLServerDriver.java, SQLServerConnection.java",
        ..BASE
    },
    Driver {
        names: &["oracle"],
        form: Form::Oracle,
        better: &[("oracle.net.ssl_server_dn_match", "true")],
        judge: oracle,
        source: "docs.oracle.com: Database Security Guide, JDBC Developer's Guide",
        ..BASE
    },
    Driver {
        names: &["clickhouse", "ch"],
        better: &[("ssl", "true")],
        judge: clickhouse,
        source: "ClickHouse/clickhouse-java: JdbcConfiguration.java, ClickHouseClientOption.java",
        ..BASE
    },
    Driver {
        names: &["db2", "informix-sqli"],
        form: Form::Colon,
        better: &[("sslConnection", "true")],
        judge: db2,
        source: "ibm.com: IBM Data Server Driver for JDBC, sslConnection",
        ..BASE
    },
    Driver {
        names: &["as400"],
        form: Form::Semicolon,
        better: &[("secure", "true")],
        judge: |p| p.mode("secure", SWITCH).unwrap_or(by_default(Plaintext, "secure=false")),
        source: "IBM Toolbox for Java: JDBC properties",
        ..BASE
    },
    Driver {
        names: &["snowflake"],
        better: &[("ssl", "on")],
        judge: |p| {
            p.mode("ssl", &[("off", Plaintext), ("false", Plaintext), ("on", Fine), ("true", Fine)])
                .unwrap_or(by_default(Fine, "ssl=on"))
        },
        source: "snowflakedb/snowflake-jdbc: SnowflakeConnectString.java",
        ..BASE
    },
    Driver {
        names: &["vertica"],
        better: &[("TLSmode", "verify-full")],
        judge: |p| p.mode("tlsmode", LIBPQ).unwrap_or(by_default(Plaintext, "TLSmode=disable")),
        source: "vertica.com: JDBC connection properties, TLSmode",
        ..BASE
    },
    Driver {
        names: &["sap"],
        better: &[("encrypt", "true"), ("validateCertificate", "true")],
        judge: sap,
        source: "SAP HANA Client Interface Programming Reference: JDBC connection properties",
        ..BASE
    },
    Driver {
        names: &["teradata"],
        form: Form::Slash,
        better: &[("SSLMODE", "VERIFY-FULL")],
        judge: |p| p.mode("sslmode", LIBPQ).unwrap_or(by_default(Opportunistic, "SSLMODE=PREFER")),
        source: "docs.teradata.com: SSLMODE",
        ..BASE
    },
    Driver {
        names: &["h2"],
        form: Form::Semicolon,
        better: &[],
        judge: |p| {
            p.mode("scheme", &[("tcp:", Plaintext), ("ssl:", Fine), ("embedded", Fine)])
                .unwrap_or(by_default(Unknown, ""))
        },
        source: "h2database.com: database URL overview",
        ..BASE
    },
    Driver {
        names: &["sqlite", "derby", "hsqldb", "duckdb"],
        judge: |p| p.mode("scheme", &[("embedded", Fine)]).unwrap_or(by_default(Unknown, "")),
        source: "embedded: a file or memory, no network",
        ..BASE
    },
];

const SWITCH: Modes = &[
    ("true", Fine),
    ("yes", Fine),
    ("1", Fine),
    ("on", Fine),
    ("false", Plaintext),
    ("no", Plaintext),
    ("0", Plaintext),
    ("off", Plaintext),
];

const LIBPQ: Modes = &[
    ("disable", Plaintext),
    ("allow", Opportunistic),
    ("prefer", Opportunistic),
    ("require", Unverified),
    ("verify-ca", NameUnchecked),
    ("verify-full", Fine),
];

/// Every driver: its names in a URL, and where the facts come from.
pub fn drivers() -> impl Iterator<Item = (&'static [&'static str], &'static str)> {
    DRIVERS.iter().map(|driver| (driver.names, driver.source))
}

/// Finds a driver by its name in a URL.
pub(super) fn driver(name: &str) -> Option<&'static Driver> {
    DRIVERS.iter().find(|driver| driver.names.contains(&name))
}

fn found(grade: Grade, param: Option<&Param<'_>>, value: &str, note: &'static str) -> Verdict {
    Verdict {
        grade,
        property: param.map(|param| param.property.to_owned()),
        value: value.to_owned(),
        origin: Origin::Setting,
        note,
    }
}

fn by_default(grade: Grade, value: &'static str) -> Verdict {
    Verdict { origin: Origin::Default, ..found(grade, None, value, "") }
}

impl Driver {
    /// Judges a connection by its parameters, the strongest first.
    pub(super) fn judge(&self, list: &[Param<'_>]) -> Verdict {
        let verdict = (self.judge)(&Params { list, case_sensitive: self.case_sensitive });
        // Whole parameters come from a config provider: what is not set here may be set there.
        let supplied = verdict.origin == Origin::Default && list.iter().any(|param| param.key.contains(REFERENCE));
        if supplied { by_default(Unknown, "") } else { verdict }
    }
}

impl Params<'_> {
    fn get(&self, key: &str) -> Option<&Param<'_>> {
        self.list
            .iter()
            .find(|param| if self.case_sensitive { param.key == key } else { param.key.eq_ignore_ascii_case(key) })
    }

    fn is(&self, key: &str, values: &[&str]) -> bool {
        self.get(key).is_some_and(|param| values.iter().any(|value| param.value.trim().eq_ignore_ascii_case(value)))
    }

    fn on(&self, key: &str) -> bool {
        self.is(key, &["true", "yes", "1", "on", ""])
    }

    fn off(&self, key: &str) -> bool {
        self.is(key, &["false", "no", "0", "off"])
    }

    /// Grades a parameter by a list of values; a reference or an unknown word is `Unknown`.
    fn mode(&self, key: &'static str, modes: Modes) -> Option<Verdict> {
        let param = self.get(key)?;
        let value = param.value.trim();
        let known = modes.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
        Some(match known {
            Some((word, grade)) => found(*grade, Some(param), &format!("{key}={word}"), ""),
            None => found(Unknown, Some(param), key, ""),
        })
    }

    /// A verdict that the parameter `key` decided.
    fn by(&self, key: &'static str, grade: Grade, value: &'static str, note: &'static str) -> Verdict {
        found(grade, self.get(key), value, note)
    }

    fn unknown(&self, keys: &[&'static str]) -> Option<Verdict> {
        let key = keys.iter().find(|key| self.get(key).is_some_and(|param| param.value.contains(REFERENCE)))?;
        Some(self.by(key, Unknown, key, ""))
    }
}

fn mysql(p: &Params<'_>) -> Verdict {
    const MODES: Modes = &[
        ("DISABLED", Plaintext),
        ("PREFERRED", Opportunistic),
        ("REQUIRED", Unverified),
        ("VERIFY_CA", NameUnchecked),
        ("VERIFY_IDENTITY", Fine),
    ];
    if p.get("permitMysqlScheme").is_some() {
        return mariadb(p); // MariaDB's driver answers to jdbc:mysql: only with this parameter
    }
    let legacy = || {
        if p.off("useSSL") {
            p.by("useSSL", Plaintext, "useSSL=false", "")
        } else if p.on("verifyServerCertificate") {
            p.by("verifyServerCertificate", NameUnchecked, "verifyServerCertificate=true", "it means VERIFY_CA: ")
        } else if p.on("requireSSL") {
            p.by("requireSSL", Unverified, "requireSSL=true", "it means REQUIRED: ")
        } else if p.on("useSSL") {
            p.by("useSSL", Opportunistic, "useSSL=true", "alone it means PREFERRED: ")
        } else {
            by_default(Opportunistic, "sslMode=PREFERRED")
        }
    };
    p.mode("sslMode", MODES)
        .or_else(|| p.unknown(&["useSSL", "verifyServerCertificate", "requireSSL"]))
        .unwrap_or_else(legacy)
}

fn mariadb(p: &Params<'_>) -> Verdict {
    const MODES: Modes = &[
        ("disable", Plaintext),
        ("DISABLED", Plaintext),
        ("0", Plaintext),
        ("false", Plaintext),
        ("trust", Unverified),
        ("REQUIRED", Unverified),
        ("verify-ca", NameUnchecked),
        ("VERIFY_CA", NameUnchecked),
        ("verify-full", Fine),
        ("VERIFY_FULL", Fine),
        ("VERIFY_IDENTITY", Fine),
        ("1", Fine),
        ("true", Fine),
    ];
    let legacy = || {
        if !p.on("useSsl") {
            by_default(Plaintext, "sslMode=disable")
        } else if p.on("trustServerCertificate") {
            p.by("trustServerCertificate", Unverified, "trustServerCertificate=true", "")
        } else if p.on("disableSslHostnameVerification") {
            p.by("disableSslHostnameVerification", NameUnchecked, "disableSslHostnameVerification=true", "")
        } else {
            p.by("useSsl", Fine, "useSsl=true", "")
        }
    };
    let verdict =
        p.mode("sslMode", MODES).or_else(|| p.unknown(&["useSsl", "trustServerCertificate"])).unwrap_or_else(legacy);
    // Authentication with an IAM token demands TLS and raises DISABLE to VERIFY_FULL.
    if verdict.grade == Plaintext && p.is("credentialType", &["AWS-IAM"]) {
        p.by("credentialType", Fine, "credentialType=AWS-IAM", "")
    } else {
        verdict
    }
}

fn postgresql(p: &Params<'_>) -> Verdict {
    if p.is("gssEncMode", &["require"]) {
        return p.by("gssEncMode", Fine, "gssEncMode=require", "");
    }
    let legacy = || match p.get("ssl") {
        Some(_) if p.on("ssl") => p.by("ssl", Fine, "ssl=true", ""),
        Some(_) if p.off("ssl") => p.by("ssl", Opportunistic, "ssl=false", "it means prefer: "),
        _ => by_default(Opportunistic, "sslmode=prefer"),
    };
    let verdict = p.mode("sslmode", LIBPQ).or_else(|| p.unknown(&["ssl"])).unwrap_or_else(legacy);
    trusting_factory(p, verdict, "org.postgresql.ssl.NonValidatingFactory")
}

/// A socket factory that trusts everybody undoes every mode that would verify.
fn trusting_factory(p: &Params<'_>, verdict: Verdict, factory: &'static str) -> Verdict {
    let undone = verdict.grade > Unverified && p.is("sslfactory", &[factory]);
    if undone {
        p.by("sslfactory", Unverified, "sslfactory=NonValidatingFactory", "the factory trusts every certificate: ")
    } else {
        verdict
    }
}

fn redshift(p: &Params<'_>) -> Verdict {
    let legacy = || match p.get("ssl") {
        Some(_) if p.off("ssl") && p.on("IAMAuth") => {
            p.by("ssl", Opportunistic, "ssl=false", "with IAM it means prefer: ")
        }
        Some(_) if p.off("ssl") => p.by("ssl", Plaintext, "ssl=false", ""),
        Some(_) if p.on("ssl") => p.by("ssl", NameUnchecked, "ssl=true", "it means verify-ca: "),
        Some(_) => p.by("ssl", Unknown, "ssl", ""),
        None => by_default(NameUnchecked, "sslmode=verify-ca"),
    };
    let mode = p.mode("sslmode", LIBPQ).or_else(|| p.mode("authmech", LIBPQ));
    trusting_factory(p, mode.unwrap_or_else(legacy), "com.amazon.redshift.ssl.NonValidatingFactory")
}

fn sqlserver(p: &Params<'_>) -> Verdict {
    const MODES: Modes = &[
        ("false", Plaintext),
        ("no", Plaintext),
        ("optional", Plaintext),
        ("true", Open),
        ("yes", Open),
        ("mandatory", Open),
        ("strict", Fine),
    ];
    let encrypt = p.mode("encrypt", MODES).unwrap_or(by_default(Open, "encrypt=true"));
    match encrypt.grade {
        Plaintext => Verdict { note: "only the login is encrypted: ", ..encrypt },
        Open if p.on("trustServerCertificate") => {
            p.by("trustServerCertificate", Unverified, "trustServerCertificate=true", "")
        }
        Open => p.unknown(&["trustServerCertificate"]).unwrap_or(Verdict { grade: Fine, ..encrypt }),
        Unknown if p.on("trustServerCertificate") => {
            p.by("trustServerCertificate", Unverified, "trustServerCertificate=true", "")
        }
        _ => encrypt,
    }
}

fn oracle(p: &Params<'_>) -> Verdict {
    const PROTOCOLS: Modes = &[("tcp", Plaintext), ("tcps", Fine)];
    const NATIVE: Modes =
        &[("REQUIRED", Fine), ("REQUESTED", Opportunistic), ("ACCEPTED", Opportunistic), ("REJECTED", Plaintext)];
    let plain = p
        .list
        .iter()
        .any(|param| param.key.eq_ignore_ascii_case("protocol") && param.value.eq_ignore_ascii_case("tcp"));
    if plain {
        // No TLS; native network encryption is the other way to seal the connection.
        let native = p.mode("oracle.net.encryption_client", NATIVE);
        return native.unwrap_or(Verdict {
            note: "plain TCP, where only native network encryption is left: ",
            ..by_default(Opportunistic, "PROTOCOL=tcp")
        });
    }
    if p.mode("protocol", PROTOCOLS).is_none_or(|found| found.grade != Fine) {
        return by_default(Unknown, "PROTOCOL"); // an entry of tnsnames.ora or of a directory
    }
    let keys = [
        "ssl_server_dn_match",
        "tls_server_dn_match",
        "oracle.net.ssl_server_dn_match",
        "oracle.net.tls_server_dn_match",
    ];
    match keys.into_iter().find(|key| p.get(key).is_some()) {
        Some(key) if p.on(key) => p.by(key, Fine, "ssl_server_dn_match=yes", ""),
        Some(key) if p.off(key) => p.by(key, NameOff, "ssl_server_dn_match=no", ""),
        Some(key) => p.by(key, Unknown, key, ""),
        None => by_default(NameUnchecked, "ssl_server_dn_match=no"),
    }
}

fn clickhouse(p: &Params<'_>) -> Verdict {
    let trusting = [("sslmode", "none"), ("ssl_mode", "trust")].into_iter().find(|(key, value)| p.is(key, &[value]));
    let ssl = if p.is("scheme", &["https:"]) {
        by_default(Fine, "https")
    } else {
        p.mode("ssl", SWITCH).unwrap_or(by_default(Plaintext, "ssl=false"))
    };
    match trusting {
        Some((key, _)) if ssl.grade != Plaintext => {
            p.by(key, Unverified, if key == "sslmode" { "sslmode=none" } else { "ssl_mode=trust" }, "")
        }
        _ => ssl,
    }
}

fn db2(p: &Params<'_>) -> Verdict {
    p.mode("sslConnection", SWITCH).unwrap_or(by_default(Plaintext, "sslConnection=false"))
}

fn sap(p: &Params<'_>) -> Verdict {
    let encrypt = p.mode("encrypt", SWITCH).unwrap_or(by_default(Plaintext, "encrypt=false"));
    if encrypt.grade != Plaintext && p.off("validateCertificate") {
        p.by("validateCertificate", Unverified, "validateCertificate=false", "")
    } else {
        encrypt
    }
}
