//! `s3://` paths of a program without the feature `aws`: they are recognized, and refused.

#[path = "../input/s3/url.rs"]
pub(crate) mod url;

pub(crate) mod connection {
    use crate::error::CliError;

    /// Never exists: [`S3::connect`] fails.
    #[derive(Debug)]
    pub(crate) struct S3;

    impl S3 {
        /// Fails: nothing can be read.
        pub(crate) fn connect(_: Option<&str>) -> Result<S3, String> {
            Err(CliError::WithoutAws("reading from S3").to_string())
        }

        /// Fails, too.
        pub(crate) fn connect_to_bucket(&mut self, _: &str) -> Result<(), String> {
            Err(CliError::WithoutAws("reading from S3").to_string())
        }
    }
}

pub(crate) mod listing {
    use crate::input::filter::Filter;
    use crate::input::input_file::InputFile;
    use crate::input::s3::connection::S3;

    /// The objects below a prefix.
    #[derive(Default)]
    pub(crate) struct Listing {
        pub(crate) objects: Vec<InputFile>,
        pub(crate) skipped_by_path: usize,
        pub(crate) calls: usize,
    }

    /// Lists nothing.
    pub(crate) fn list(_: &mut S3, _: &str, _: &str, _: &Filter) -> Result<Listing, String> {
        Ok(Listing::default())
    }
}

pub(crate) mod prefetch {
    use std::io;

    use crate::input::input_file::InputFile;
    use crate::input::s3::connection::S3;

    /// Never exists, because its connection does not.
    pub(crate) struct Prefetch;

    impl Prefetch {
        /// Fetches nothing.
        pub(crate) fn new(_: &S3, _: &[InputFile], _: usize) -> Prefetch {
            Prefetch
        }

        /// `None`, as for a local file.
        pub(crate) fn take(&self, _: usize) -> Option<io::Result<Vec<u8>>> {
            None
        }
    }
}
