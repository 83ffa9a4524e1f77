//! The proxies that the environment names, for the command line.
//!
//! The HTTP client of the SDK reads the same variables. It ignores a proxy that it cannot use, and no error of it says that
//! a proxy was used: both are said here.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use hyper_util::client::proxy::matcher::Matcher;

/// The variables that name a proxy. The first one that is set counts.
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
/// The hosts that are reached without a proxy.
const NO: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A variable, and its value, which may hold a password: it is never printed.
type Set = Option<(&'static str, String)>;

/// The proxies that the environment names.
#[derive(Debug)]
pub(crate) struct Proxies {
    /// Which requests use a proxy.
    matcher: Matcher,
    /// The variables that name the proxies for `https:` and for `http:` URLs.
    https: Option<&'static str>,
    http: Option<&'static str>,
    /// True if no host is reached by a proxy.
    is_off: bool,
}

impl Proxies {
    /// Reads the variables.
    ///
    /// # Errors
    /// Names the variable that holds no usable proxy, and what it must be. A proxy that no request would use is not checked.
    pub(crate) fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Proxies, String> {
        let first =
            |names: [&'static str; 2]| -> Set { names.into_iter().find_map(|name| Some((name, variable(name)?))) };
        let (https, http, all) = (first(HTTPS).or_else(|| first(ALL)), first(HTTP).or_else(|| first(ALL)), first(ALL));
        let no = first(NO).map(|(_, hosts)| hosts).unwrap_or_default();
        // the client takes `*` for all names, but not for all addresses
        let is_off = no.split(',').any(|host| host.trim() == "*");
        if !is_off {
            for (name, value) in https.iter().chain(&http) {
                check(name, value)?;
            }
        }
        let value = |set: Set| set.map(|(_, value)| value).unwrap_or_default();
        let names = (https.as_ref().map(|(name, _)| *name), http.as_ref().map(|(name, _)| *name));
        let matcher = Matcher::builder().https(value(https)).http(value(http)).all(value(all)).no(no).build();
        Ok(Proxies { matcher, https: names.0, http: names.1, is_off })
    }

    /// The same proxies, as the HTTP client reads them from the environment.
    pub(crate) fn config(&self) -> ProxyConfig {
        if self.is_off { ProxyConfig::disabled() } else { ProxyConfig::from_env() }
    }

    /// A client whose errors say which proxy was used.
    pub(crate) fn named_in_errors_of(self, client: SharedHttpClient) -> SharedHttpClient {
        let proxies = Arc::new(self);
        http_client_fn(move |settings, components| {
            let connector = client.http_connector(settings, components);
            SharedHttpConnector::new(NamingProxies { connector, proxies: Arc::clone(&proxies) })
        })
    }

    /// The proxy of requests to a URL, in words without user and password; `None` if none is used.
    fn used_for(&self, url: &str) -> Option<String> {
        let url = url.parse().ok().filter(|_| !self.is_off)?;
        let proxy = self.matcher.intercept(&url)?;
        let variable = if url.scheme_str() == Some("https") { self.https } else { self.http };
        Some(format!("through the proxy {} that {} names", proxy.uri().authority()?, variable?))
    }
}

/// Fails if the HTTP client would ignore a proxy, or not know how to talk to it.
fn check(name: &str, value: &str) -> Result<(), String> {
    let matcher = Matcher::builder().http(value.to_owned()).build();
    let proxy = "http://example.com/".parse().ok().and_then(|url| matcher.intercept(&url));
    match proxy {
        Some(proxy) if matches!(proxy.uri().scheme_str(), Some("http" | "https")) => Ok(()),
        _ => Err(format!(
            "{name} does not name a proxy that can be used: set it to `http://HOST:PORT` or `https://HOST:PORT`, with \
             `USER:PASSWORD@` before the host if the proxy asks for them (characters other than letters and digits \
             percent-encoded), or unset it"
        )),
    }
}

/// A connector whose errors name the proxy.
#[derive(Debug)]
struct NamingProxies {
    connector: SharedHttpConnector,
    proxies: Arc<Proxies>,
}

impl HttpConnector for NamingProxies {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let proxy = self.proxies.used_for(request.uri());
        let response = self.connector.call(request);
        match proxy {
            None => response,
            Some(proxy) => {
                HttpConnectorFuture::new(async move { response.await.map_err(|error| naming(error, proxy)) })
            }
        }
    }
}

/// The same error, which names the proxy.
fn naming(error: ConnectorError, proxy: String) -> ConnectorError {
    let connection = error.connection_metadata().cloned();
    let (is_timeout, is_io, is_user, kind) = (error.is_timeout(), error.is_io(), error.is_user(), error.as_other());
    let source = Box::new(ThroughProxy { proxy, source: error.into_source() });
    let named = match () {
        () if is_timeout => ConnectorError::timeout(source),
        () if is_io => ConnectorError::io(source),
        () if is_user => ConnectorError::user(source),
        () => ConnectorError::other(source, kind),
    };
    match connection {
        Some(connection) => named.with_connection(connection),
        None => named,
    }
}

/// An error of a request that a proxy was to pass on.
#[derive(Debug)]
struct ThroughProxy {
    proxy: String,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for ThroughProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.proxy)
    }
}

impl Error for ThroughProxy {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Proxies, String> {
        let value = |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        Proxies::from_variables(&value)
    }

    #[test]
    fn errors_name_the_proxy_and_the_variable_without_password() {
        let (aws, local, address) = ("https://logs.s3.amazonaws.com/a", "http://s3.test:9/a", "http://127.0.0.1:9/");
        let by = |proxy: &str, variable: &str| Some(format!("through the proxy {proxy} that {variable} names"));
        for (set, url, want) in [
            (&[][..], aws, None),
            (&[("HTTPS_PROXY", "http://me:secret@proxy:3128")], aws, by("proxy:3128", "HTTPS_PROXY")),
            (&[("HTTPS_PROXY", "http://proxy:3128")], local, None),
            (&[("http_proxy", "proxy:3128")], local, by("proxy:3128", "http_proxy")),
            (&[("http_proxy", "http://a:1"), ("HTTP_PROXY", "http://b:2")], local, by("b:2", "HTTP_PROXY")),
            (&[("HTTP_PROXY", "http://a:1"), ("ALL_PROXY", "https://b:2")], aws, by("b:2", "ALL_PROXY")),
            (&[("HTTP_PROXY", "http://a:1"), ("ALL_PROXY", "https://b:2")], local, by("a:1", "HTTP_PROXY")),
            (&[("ALL_PROXY", "http://a:1"), ("NO_PROXY", "amazonaws.com")], aws, None),
            (&[("ALL_PROXY", "http://a:1"), ("NO_PROXY", "x, *")], address, None),
            (&[("ALL_PROXY", "http://a:1"), ("no_proxy", "*")], aws, None),
        ] {
            assert_eq!(read(set).unwrap().used_for(url), want, "{set:?} {url}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_rejected() {
        for value in ["ftp://me:secret@proxy", "http://[bad", "socks5://me:secret@proxy:1080", "http://a b", "/path"] {
            for name in HTTPS.iter().chain(&HTTP).chain(&ALL) {
                let error = read(&[(name, value)]).unwrap_err();
                assert!(error.starts_with(&format!("{name} does not name a proxy")), "{value}: {error}");
                assert!(!error.contains("secret"), "{error}");
            }
            assert!(read(&[("ALL_PROXY", value), ("NO_PROXY", "*")]).is_ok(), "no request uses it");
            let others = [("ALL_PROXY", value), ("HTTPS_PROXY", "http://a:1"), ("http_proxy", "http://a:1")];
            assert!(read(&others).is_ok(), "no request uses it");
        }
    }
}
