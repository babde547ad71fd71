//! One tab with RSC Lab in it, and the two ways to reach it: JavaScript expressions and commands of
//! the DevTools protocol.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chromiumoxide::cdp::browser_protocol::page::FrameId;
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::types::{Command, Method, MethodId};
use chromiumoxide::{Browser, Page};
use serde::Serialize;
use serde_json::{Value, json};

use super::monitor::Monitor;
use super::site::{ServedFolder, WorkerPrelude};

/// RSC Lab, open in a tab.
pub(crate) struct Lab {
    pub(super) page: Page,
    pub(super) browser: Arc<Browser>,
    /// Script that runs in workers before their own.
    pub(crate) worker_prelude: WorkerPrelude,
    /// What the server hands out.
    pub(crate) folder: ServedFolder,
    /// Faults and requests of all tabs and their workers.
    pub(crate) monitor: Monitor,
    /// Whether its pages may register service workers.
    pub(super) service_workers: bool,
    /// The frame that expressions are about; `None` is the page itself.
    pub(super) frame: Option<FrameId>,
}

/// A command of the DevTools protocol by its name. chromiumoxide's own types leave out empty lists,
/// which some commands require.
#[derive(Debug, Clone, Serialize)]
struct NamedCommand {
    #[serde(skip)]
    method: &'static str,
    #[serde(flatten)]
    parameters: Value,
}

impl Method for NamedCommand {
    fn identifier(&self) -> MethodId {
        self.method.into()
    }
}

impl Command for NamedCommand {
    type Response = Value;
}

/// Before the page's own scripts: a browser without service workers. What they keep would come between the page and
/// a server that a test changes.
const NO_SERVICE_WORKERS: &str = "delete Navigator.prototype.serviceWorker";

impl Lab {
    /// From now on pages in this tab find no service workers.
    pub(super) async fn without_service_workers(&self) -> Result<()> {
        self.page
            .evaluate_on_new_document(NO_SERVICE_WORKERS)
            .await?;
        Ok(())
    }

    /// Sends a command of the DevTools protocol.
    pub(crate) async fn command<T: Command>(&self, command: T) -> Result<T::Response> {
        Ok(self.page.execute(command).await?.result)
    }

    /// Sends a command of the DevTools protocol by its name, and returns the answer.
    pub(crate) async fn named_command(
        &self,
        method: &'static str,
        parameters: Value,
    ) -> Result<Value> {
        self.command(NamedCommand { method, parameters }).await
    }

    /// The value of a JavaScript expression on the page; a promise is awaited.
    pub(crate) async fn evaluate(&self, expression: &str) -> Result<Value> {
        let mut call = EvaluateParams::new(expression);
        if let Some(frame) = &self.frame {
            call.context_id = self.page.frame_execution_context(frame.clone()).await?;
            ensure!(call.context_id.is_some(), "the frame is gone");
        }
        let result = self.page.evaluate_expression(call).await;
        let result = result.with_context(|| format!("on the page: {expression}"))?;
        Ok(result.value().cloned().unwrap_or(Value::Null))
    }

    /// Whether an expression is `true`.
    pub(crate) async fn holds(&self, expression: &str) -> Result<bool> {
        Ok(self.evaluate(expression).await? == true)
    }

    /// The value of an expression about `element`; null where there is no such element.
    pub(crate) async fn evaluate_on(&self, testid: &str, expression: &str) -> Result<Value> {
        let selector = json!(selector(testid));
        self.evaluate(&format!(
            "(element => element ? ({expression}) : null)(document.querySelector({selector}))"
        ))
        .await
    }

    /// Goes to the view that an element lies in and unfolds what it is folded into, as a visitor does before the
    /// pointer can reach it.
    pub(crate) async fn reveal(&self, testid: &str) -> Result<()> {
        self.with_element(
            testid,
            "const view = element.closest('[data-view]:not(:root)')?.dataset.view; \
             if (view && document.documentElement.dataset.view !== view) \
                 document.querySelector(`[data-testid=\"to-view-${view}\"]`).click(); \
             const around = element.closest('summary')?.parentElement ?? element; \
             for (let it = around.parentElement; it; it = it.parentElement) \
                 if (it.tagName === 'DETAILS') it.open = true;",
        )
        .await?;
        Ok(())
    }

    /// Runs the statements of `body` with the element in `element`, and returns what they return.
    /// An error where there is no such element.
    pub(super) async fn with_element(&self, testid: &str, body: &str) -> Result<Value> {
        let selector = json!(selector(testid));
        let expression = format!(
            "(() => {{ const element = document.querySelector({selector}); \
             if (!element) return {{ missing: true }}; \
             const value = (() => {{ {body} }})(); return {{ value }}; }})()"
        );
        let answer = self.evaluate(&expression).await?;
        ensure!(
            answer["missing"] != Value::Bool(true),
            "the page has no element `{testid}`"
        );
        Ok(answer["value"].clone())
    }
}

/// The CSS selector of a `data-testid`.
pub(super) fn selector(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}
