//! The JDBC drivers: names, URL syntax, recommended parameters and sources.

use super::classify;
use super::params::{Classification, Param, Params, by_default};
use crate::connector::report::{Origin, TlsLevel};

/// How a driver's URL contains parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlSyntax {
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
pub(crate) struct Driver {
    /// The words that may follow `jdbc:`.
    pub(crate) names: &'static [&'static str],
    pub(crate) syntax: UrlSyntax,
    /// A parameter in the URL takes precedence over the property of the same name.
    pub(crate) url_wins: bool,
    /// Without a host, the driver connects to the worker itself.
    pub(crate) default_host_is_local: bool,
    /// PostgreSQL's driver takes parameter names literally.
    case_sensitive: bool,
    /// The parameters for verified TLS.
    pub(crate) recommended: &'static [(&'static str, &'static str)],
    classify: fn(&Params<'_>) -> Classification,
    /// Where the facts come from.
    source: &'static str,
}

/// What most drivers have in common.
const BASE: Driver = Driver {
    names: &[],
    syntax: UrlSyntax::Query,
    url_wins: true,
    default_host_is_local: false,
    case_sensitive: false,
    recommended: &[],
    classify: classify::embedded,
    source: "",
};

static DRIVERS: &[Driver] = &[
    Driver {
        names: &["mysql"],
        default_host_is_local: true,
        recommended: &[("sslMode", "VERIFY_IDENTITY")],
        classify: classify::mysql,
        source: "mysql/mysql-connector-j 8.0.13 and later: PropertyDefinitions.java, LocalizedErrorMessages.properties",
        ..BASE
    },
    Driver {
        names: &["mariadb"],
        default_host_is_local: true,
        recommended: &[("sslMode", "verify-full")],
        classify: classify::mariadb,
        source: "mariadb-corporation/mariadb-connector-j 3.x: Configuration.java, export/SslMode.java",
        ..BASE
    },
    Driver {
        names: &["postgresql"],
        default_host_is_local: true,
        case_sensitive: true,
        recommended: &[("sslmode", "verify-full")],
        classify: classify::postgresql,
        source: "pgjdbc/pgjdbc 42.x: SslMode.java, LibPQFactory.java",
        ..BASE
    },
    Driver {
        names: &["redshift"],
        recommended: &[("sslmode", "verify-full")],
        classify: classify::redshift,
        source: "aws/amazon-redshift-jdbc-driver 2.x: SslMode.java, RedshiftProperty.java",
        ..BASE
    },
    Driver {
        names: &["sqlserver"],
        syntax: UrlSyntax::Semicolon,
        url_wins: false,
        recommended: &[("encrypt", "true"), ("trustServerCertificate", "false")],
        classify: classify::sqlserver,
        source: "microsoft/mssql-jdbc 10.2 and later: SQLServerDriver.java, SQLServerConnection.java",
        ..BASE
    },
    Driver {
        names: &["oracle"],
        syntax: UrlSyntax::Oracle,
        recommended: &[("oracle.net.ssl_server_dn_match", "true")],
        classify: classify::oracle,
        source: "docs.oracle.com: Database Security Guide, JDBC Developer's Guide",
        ..BASE
    },
    Driver {
        names: &["clickhouse", "ch"],
        recommended: &[("ssl", "true")],
        classify: classify::clickhouse,
        source: "ClickHouse/clickhouse-java: JdbcConfiguration.java, ClickHouseClientOption.java",
        ..BASE
    },
    Driver {
        names: &["db2", "informix-sqli"],
        syntax: UrlSyntax::Colon,
        recommended: &[("sslConnection", "true")],
        classify: classify::db2,
        source: "ibm.com: IBM Data Server Driver for JDBC, sslConnection",
        ..BASE
    },
    Driver {
        names: &["as400"],
        syntax: UrlSyntax::Semicolon,
        recommended: &[("secure", "true")],
        classify: classify::as400,
        source: "IBM Toolbox for Java: JDBC properties",
        ..BASE
    },
    Driver {
        names: &["snowflake"],
        recommended: &[("ssl", "on")],
        classify: classify::snowflake,
        source: "snowflakedb/snowflake-jdbc: SnowflakeConnectString.java",
        ..BASE
    },
    Driver {
        names: &["vertica"],
        recommended: &[("TLSmode", "verify-full")],
        classify: classify::vertica,
        source: "vertica.com: JDBC connection properties, TLSmode",
        ..BASE
    },
    Driver {
        names: &["sap"],
        recommended: &[("encrypt", "true"), ("validateCertificate", "true")],
        classify: classify::sap,
        source: "SAP HANA Client Interface Programming Reference: JDBC connection properties",
        ..BASE
    },
    Driver {
        names: &["teradata"],
        syntax: UrlSyntax::Slash,
        recommended: &[("SSLMODE", "VERIFY-FULL")],
        classify: classify::teradata,
        source: "docs.teradata.com: SSLMODE",
        ..BASE
    },
    Driver {
        names: &["h2"],
        syntax: UrlSyntax::Semicolon,
        classify: classify::h2,
        source: "h2database.com: database URL overview",
        ..BASE
    },
    Driver {
        names: &["sqlite", "derby", "hsqldb", "duckdb"],
        classify: classify::embedded,
        source: "embedded: a file or memory, no network",
        ..BASE
    },
];

/// Every driver: its names in a URL, and where the facts come from.
pub fn drivers() -> impl Iterator<Item = (&'static [&'static str], &'static str)> {
    DRIVERS.iter().map(|driver| (driver.names, driver.source))
}

/// Finds a driver by its name in a URL.
pub(crate) fn find(name: &str) -> Option<&'static Driver> {
    DRIVERS.iter().find(|driver| driver.names.contains(&name))
}

impl Driver {
    /// Classifies a connection by its parameters, the ones with precedence first.
    pub(crate) fn classify(&self, list: &[Param<'_>]) -> Classification {
        let params = Params { list, case_sensitive: self.case_sensitive };
        let found = classify::with_classes(&params, (self.classify)(&params));
        if found.origin == Origin::Default && params.may_have_more() {
            by_default(TlsLevel::Unknown, "")
        } else {
            found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_about_each_driver() {
        let facts = DRIVERS.iter().map(|driver| {
            let flags = [
                (driver.url_wins, "URL wins"),
                (driver.default_host_is_local, "local by default"),
                (driver.case_sensitive, "case-sensitive"),
            ];
            let flags: Vec<&str> = flags.into_iter().filter_map(|(is_set, words)| is_set.then_some(words)).collect();
            let recommended: Vec<String> =
                driver.recommended.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} ({}) {}", driver.names.join(" "), flags.join(", "), recommended.join(" "))
        });
        insta::assert_snapshot!(facts.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"), @r"
        mysql (URL wins, local by default) sslMode=VERIFY_IDENTITY
        mariadb (URL wins, local by default) sslMode=verify-full
        postgresql (URL wins, local by default, case-sensitive) sslmode=verify-full
        redshift (URL wins) sslmode=verify-full
        sqlserver () encrypt=true trustServerCertificate=false
        oracle (URL wins) oracle.net.ssl_server_dn_match=true
        clickhouse ch (URL wins) ssl=true
        db2 informix-sqli (URL wins) sslConnection=true
        as400 (URL wins) secure=true
        snowflake (URL wins) ssl=on
        vertica (URL wins) TLSmode=verify-full
        sap (URL wins) encrypt=true validateCertificate=true
        teradata (URL wins) SSLMODE=VERIFY-FULL
        h2 (URL wins)
        sqlite derby hsqldb duckdb (URL wins)
        ");
    }
}
