//! Settings in an S3 object. One signed request reads it, because the client of S3 would not fit: see [`crate::signed`].

use aws_config::SdkConfig;
use aws_sdk_kms::error::ProvideErrorMetadata;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sealwatch_rules::aws::partition;
use sealwatch_rules::util::text::{plain, shell};

use crate::aws_error::describe;
use crate::signed::{BUCKET_REGION, Request, endpoint_url, send};

/// What stays in a path: the unreserved characters of RFC 3986, and the slash between the parts of a key.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The text of the object `s3://BUCKET/KEY`.
///
/// # Errors
/// Names bucket and key, and says what to do.
pub(crate) async fn read_object(url: &str, config: &SdkConfig) -> Result<String, String> {
    let parts = url.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    let (bucket, key) = parts.filter(|(bucket, key)| is_bucket(bucket) && !key.is_empty()).ok_or_else(|| {
        format!("`{}` names no object: write `s3://BUCKET/KEY`, with a bucket of 3 to 63 lower-case letters, digits, `-` and `.`", plain(url))
    })?;
    let own = config.region().map_or("us-east-1", |region| region.as_ref());
    let mut result = send(config, request(config, own, bucket, key)).await;
    if let Err(error) = &result
        && let Some(region) = error.as_service_error().and_then(|error| error.meta().extra(BUCKET_REGION))
        && region != own
        && partition::is_region(region)
    {
        result = send(config, request(config, region, bucket, key)).await;
    }
    let body = result.map_err(|error| {
        format!(
            "the object `{}` in the bucket `{bucket}` cannot be read: {}{}",
            plain(key),
            describe(&error),
            what_to_do(error.code(), bucket, key)
        )
    })?;
    String::from_utf8(body)
        .map_err(|_| format!("the object `{}` in the bucket `{bucket}` is not UTF-8 text", plain(key)))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
}

fn request(config: &SdkConfig, region: &str, bucket: &str, key: &str) -> Request {
    let key = utf8_percent_encode(key, IN_PATH);
    let (endpoint, path) = match endpoint_url(config, "S3") {
        Some(endpoint) => (endpoint, format!("/{bucket}/{key}")),
        // no certificate covers a bucket with a dot
        None if bucket.contains('.') => (format!("https://{}", host(config, region)), format!("/{bucket}/{key}")),
        None => (format!("https://{bucket}.{}", host(config, region)), format!("/{key}")),
    };
    Request {
        service: "s3",
        operation: "GetObject",
        region: region.to_owned(),
        method: "GET",
        endpoint,
        path,
        headers: Vec::new(),
        body: String::new(),
    }
}

/// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
fn host(config: &SdkConfig, region: &str) -> String {
    let fips = if config.use_fips().unwrap_or_default() { "-fips" } else { "" };
    let dual_stack = if config.use_dual_stack().unwrap_or_default() { ".dualstack" } else { "" };
    format!("s3{fips}{dual_stack}.{region}.{}", partition::dns_suffix(partition::of_region(region), false))
}

fn what_to_do(code: Option<&str>, bucket: &str, key: &str) -> String {
    match code {
        Some("AccessDenied") => {
            "; check that it exists, allow `s3:GetObject` on it in the policy of the function's role, and \
            `kms:Decrypt` if a KMS key encrypts it; if the bucket is in another account, its policy must allow it, too"
                .to_owned()
        }
        Some("NoSuchKey" | "NoSuchBucket") => {
            format!("; upload the settings with `aws s3 cp sealwatch.toml {}`", shell(&format!("s3://{bucket}/{key}")))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_an_address_in_each_partition() {
        let at = |region: &'static str, bucket: &str, key: &str, fips: bool, dual_stack: bool| {
            let config = SdkConfig::builder().use_fips(fips).use_dual_stack(dual_stack).build();
            let request = request(&config, region, bucket, key);
            format!("{}{}", request.endpoint, request.path)
        };
        assert_eq!(
            at("eu-west-1", "acme", "a/b c+ü.toml", false, false),
            "https://acme.s3.eu-west-1.amazonaws.com/a/b%20c%2B%C3%BC.toml"
        );
        assert_eq!(
            at("eu-west-1", "acme.settings", "a", false, false),
            "https://s3.eu-west-1.amazonaws.com/acme.settings/a"
        );
        assert_eq!(
            at("us-gov-west-1", "acme", "a", true, true),
            "https://acme.s3-fips.dualstack.us-gov-west-1.amazonaws.com/a"
        );
        assert_eq!(at("cn-north-1", "acme", "a", false, false), "https://acme.s3.cn-north-1.amazonaws.com.cn/a");
    }

    #[test]
    fn an_address_without_bucket_or_key_is_not_sent() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let config = SdkConfig::builder().build();
        for url in ["s3://", "s3://acme", "s3://acme/", "s3:///settings.toml", "s3://evil.example#/a", "s3://ACME/a"] {
            let problem = runtime.block_on(read_object(url, &config)).unwrap_err();
            assert!(problem.contains("s3://BUCKET/KEY"), "{url}: {problem}");
        }
    }
}
