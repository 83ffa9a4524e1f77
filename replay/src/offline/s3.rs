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

        /// Nothing was listed.
        pub(crate) fn list_calls(&self) -> usize {
            0
        }
    }
}

#[expect(dead_code, reason = "nothing is ever listed")]
pub(crate) mod objects {
    use std::io;
    use std::path::PathBuf;

    use crate::input::input_file::InputFile;
    use crate::input::prefix::Prefix;
    use crate::input::s3::connection::S3;

    /// What is listed.
    #[derive(Debug)]
    pub(crate) enum Listed {
        Object(InputFile, Option<Fetch>),
        Elsewhere,
        OtherExtension,
        SkippedByPath,
        Problem(io::Error),
        End,
    }

    /// Never exists, because its connection does not.
    #[derive(Debug)]
    pub(crate) struct Objects;

    impl Objects {
        /// Lists nothing.
        pub(crate) fn start(_: &S3, _: Vec<Prefix>, _: Option<usize>) -> Objects {
            Objects
        }

        /// Fetches nothing.
        pub(crate) fn start_listed(_: &S3, _: Vec<PathBuf>, _: usize) -> Objects {
            Objects
        }

        /// `None`: there are no objects.
        pub(crate) fn next(&mut self) -> Option<Listed> {
            None
        }

        /// 0: nothing is done.
        pub(crate) fn position(&self) -> f64 {
            0.0
        }
    }

    /// Never exists.
    #[derive(Debug)]
    pub(crate) struct Fetch;

    impl Fetch {
        /// Fails: nothing was fetched.
        pub(crate) fn wait(self) -> io::Result<Vec<u8>> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}
