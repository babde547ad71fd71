//! The GPU of the tests that need one.

use std::fmt::Display;

/// The GPU, if one was opened; one must be where `RSC_REQUIRE_GPU` is set.
pub(crate) fn if_any<T>(opened: Result<T, impl Display>) -> Option<T> {
    match opened {
        Ok(opened) => Some(opened),
        Err(error) => {
            let required = std::env::var_os("RSC_REQUIRE_GPU").is_some();
            assert!(
                !required,
                "RSC_REQUIRE_GPU is set, and no GPU opens: {error}"
            );
            println!("skipped: {error}");
            None
        }
    }
}
