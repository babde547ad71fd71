//! `cargo lab test`: all tests of the workspace, with what they need.
//!
//! Every call selects the whole workspace. Cargo unifies features over what is selected, so any
//! other selection would compile Burn a second time.

use anyhow::Result;

use crate::report::Report;
use crate::wasm::Flavor;
use crate::workspace::Workspace;
use crate::{bundle, process, site, tools};

/// Runs the native tests and, unless told otherwise, the page in a browser.
pub(crate) fn run(workspace: &Workspace, native_only: bool) -> Result<()> {
    let mut report = Report::default();
    let result = stages(workspace, native_only, &mut report);
    report.print();
    result
}

fn stages(workspace: &Workspace, native_only: bool, report: &mut Report) -> Result<()> {
    // Tools first: what is missing is better said before half an hour of tests than after it.
    tools::vulkan(report)?;
    let for_browser = if native_only {
        None
    } else {
        Some((
            tools::wasm_toolchain(workspace, report)?,
            tools::chromium(report)?,
        ))
    };

    report.loud("compile the tests", || {
        process::run(process::cargo(workspace).args(["test", "--workspace", "--no-run"]))
    })?;
    report.loud("native tests", || {
        let all = ["test", "--workspace", "--", "--include-ignored"];
        process::run(process::cargo(workspace).args(all))
    })?;

    if let Some((toolchain, chrome)) = for_browser {
        let site = site::build(workspace, &toolchain, Flavor::Release, report)?;
        let folder = workspace.site_target().join("test-site");
        bundle::write(&site, &folder)?;
        report.loud("the page in a browser", || {
            process::run(
                process::cargo(workspace)
                    .args([
                        "test",
                        "--workspace",
                        "--test",
                        "browser",
                        "--",
                        "--include-ignored",
                    ])
                    .env("RSC_SITE", &folder)
                    .env("CHROME", &chrome),
            )
        })?;
    }
    Ok(())
}
