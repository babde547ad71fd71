//! Nothing from outside is executed, and nothing is sent anywhere, whatever code on the page tries:
//! the content security policy and `guard.js`. (Every test checks that no other host is asked.)

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::lab::{LOAD, Lab, SOON, visit, visit_with_headers};

/// Markup with an effect: scripts, event handlers, requests, and what a parser may read as such.
const HARMFUL: [&str; 20] = [
    "<img src=x onerror='hit = 1'>",
    r#"<img src="x" onerror="hit = 1">"#,
    r#"<b onclick="hit = 1">press</b>"#,
    r#"<svg onload="hit = 1"></svg>"#,
    r#"<svg><animate onbegin="hit = 1"></animate></svg>"#,
    "<script>hit = 1</script>",
    r#"<script src="https://example.org/x.js"></script>"#,
    r#"<iframe srcdoc="hit"></iframe>"#,
    r#"<a href="javascript:hit = 1">press</a>"#,
    r#"<a href="java&#115;cript:hit = 1">press</a>"#,
    r#"<p style="background: url(https://example.org)">styled</p>"#,
    r#"<form action="https://example.org"><input></form>"#,
    r#"<link rel="stylesheet" href="https://example.org/x.css">"#,
    r#"<meta http-equiv="refresh" content="0; url=https://example.org">"#,
    "<math><mtext><style><!--</style><img title=\"--><img src=x onerror=hit>\">",
    r#"<textarea><b title="</textarea><img src=x onerror=hit>"></textarea>"#,
    r#"<p class=<!---->"<img src=x onerror=hit>">"#,
    r#"<b title="<img src=x onerror=hit>">"#,
    "<!-- <b> -->",
    "half a <b",
];

/// Markup of the page itself: formulas, and parts of its views.
const HARMLESS: [&str; 6] = [
    "plain & simple",
    r#"<p class="hint">1 &lt; 2</p>"#,
    r#"<math displaystyle="true"><mrow><mi>p</mi><mo>=</mo><mn>0.5</mn></mrow></math>"#,
    "<p>one<!---->two</p>",
    r#"<path d="M0,0 L0,8 L7,4 z" fill="context-stroke"></path>"#,
    r#"<a href="https://arxiv.org/abs/2007.02454" target="_blank" rel="noreferrer">paper</a>"#,
];

/// Runs statements on the page. Returns `done` or the name of the error.
async fn attempt(lab: &Lab, act: &str) -> Result<Value> {
    let act = format!(
        "(() => {{ try {{ {act}; return 'done'; }} catch (error) {{ return error.name; }} }})()"
    );
    lab.evaluate(&act).await
}

#[tokio::test(flavor = "multi_thread")]
async fn text_becomes_elements_only_where_it_can_do_nothing() -> Result<()> {
    visit("guard-markup", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.evaluate("globalThis.hit = 0, globalThis.place = document.createElement('div'), 0")
            .await?;
        for markup in HARMFUL {
            let text = json!(markup);
            for act in [
                format!("place.innerHTML = {text}"),
                format!("document.createElement('template').innerHTML = {text}"),
                format!("place.insertAdjacentHTML('beforeend', {text})"),
                format!("document.createRange().createContextualFragment({text})"),
                format!("new DOMParser().parseFromString({text}, 'text/html')"),
                format!("document.write({text})"),
            ] {
                let outcome = attempt(lab, &act).await?;
                ensure!(outcome == "TypeError", "{act}: {outcome}");
            }
        }
        for markup in HARMLESS {
            let act = format!("place.innerHTML = {}", json!(markup));
            let outcome = attempt(lab, &act).await?;
            ensure!(outcome == "done", "{act}: {outcome}");
        }
        let unharmed = "hit === 0 && !place.querySelector('img, script')";
        ensure!(lab.holds(unharmed).await?, "something came in");
        Ok(())
    })
    .await
}

/// The guard accepts all markup in the page's modules, also that of views that no test opens.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_no_markup_that_is_refused() -> Result<()> {
    visit("guard-module", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.evaluate(
            "(async () => { \
             const urls = new Set(performance.getEntriesByType('resource').map(entry => entry.name) \
                 .filter(name => /(page-[0-9a-f]+|split_deferred)\\.wasm$/.test(name))); \
             let text = ''; \
             for (const url of urls) text += new TextDecoder('latin1') \
                 .decode(await (await fetch(url)).arrayBuffer()); \
             const tags = new Set(text.match(/<[a-z][a-z0-9]*(?: [a-zA-Z:-]+=\"[^\"<>]*\")*>/g)); \
             const known = tag => { \
                 const name = tag.match(/[a-z0-9]+/)[0]; \
                 return ['http://www.w3.org/1999/xhtml', 'http://www.w3.org/2000/svg'].some(space => { \
                     const made = document.createElementNS(space, name); \
                     return made.constructor !== HTMLUnknownElement \
                         && made.constructor !== HTMLElement && made.constructor !== SVGElement; }); }; \
             const refused = [...tags].filter(known).filter(tag => { \
                 try { document.createElement('template').innerHTML = tag; return false; } \
                 catch { return true; } }); \
             globalThis.markup = { seen: tags.size, refused }; })(), 0",
        )
        .await?;
        lab.wait_until("the module's markup", LOAD, async || {
            lab.holds("globalThis.markup !== undefined").await
        })
        .await?;
        let markup = lab.evaluate("markup").await?;
        ensure!(markup["seen"].as_u64() > Some(20), "{markup}");
        ensure!(markup["refused"] == json!([]), "{markup}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_starts_but_the_pages_own() -> Result<()> {
    visit("guard-scripts", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.evaluate("globalThis.hit = 0").await?;
        for act in [
            "new Worker('data:text/javascript,postMessage(1)')",
            "new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])))",
            "new Worker(location.href)",
            "new Worker('https://example.org/worker.js')",
            "document.createElement('script').src = 'https://example.org/x.js'",
        ] {
            let outcome = attempt(lab, act).await?;
            ensure!(outcome == "TypeError", "{act}: {outcome}");
        }
        // In a task of its own: what a debugger evaluates may evaluate in turn.
        for act in [
            "eval('hit = 1')",
            "new Function('hit = 1')()",
            "setTimeout('hit = 1')",
            "document.createElement('script').text = 'hit = 1'",
            "document.body.setAttribute('onclick', 'hit = 1'); document.body.click()",
        ] {
            let later = format!(
                "globalThis.outcome = '', setTimeout(() => {{ \
                 try {{ {act}; outcome = 'done'; }} catch (error) {{ outcome = error.name; }} }}), 0"
            );
            lab.evaluate(&later).await?;
            lab.wait_until("an outcome", SOON, async || {
                lab.holds("outcome !== ''").await
            })
            .await?;
        }
        ensure!(lab.evaluate("hit").await? == 0, "a text was run");
        // The browser says what it refused, and nothing else was said.
        lab.monitor.discard(|fault| {
            ["Content Security Policy", "TrustedScript", "unsafe-eval", "requires 'Trusted"]
                .iter()
                .any(|part| fault.contains(part))
        });
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_anyone_else() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let elsewhere = format!("http://{}/", listener.local_addr()?);
    visit("guard-requests", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        lab.evaluate(
            "globalThis.broken = [], document.addEventListener('securitypolicyviolation', \
             event => broken.push(event.effectiveDirective)), 0",
        )
        .await?;
        for act in [
            format!("fetch('{elsewhere}').catch(() => 0)"),
            format!("navigator.sendBeacon('{elsewhere}', 'x')"),
            format!("new EventSource('{elsewhere}')"),
            format!("new Image().src = '{elsewhere}'"),
            format!(
                "document.head.append(Object.assign(document.createElement('link'), \
                 {{ rel: 'stylesheet', href: '{elsewhere}' }}))"
            ),
            format!(
                "document.body.append(Object.assign(document.createElement('iframe'), \
                 {{ src: '{elsewhere}' }}))"
            ),
        ] {
            attempt(lab, &act).await?;
        }
        for directive in ["connect-src", "img-src", "style-src-elem", "frame-src"] {
            let seen = format!("broken.includes('{directive}')");
            lab.wait_until(directive, SOON, async || lab.holds(&seen).await)
                .await?;
        }
        // A browser may open a connection before it asks the policy; nothing goes through it.
        let mut sent = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(Duration::from_millis(500)))?;
            // Ends with what has come, or with the connection.
            let _ = stream.take(1000).read_to_end(&mut sent);
        }
        let text = String::from_utf8_lossy(&sent);
        ensure!(sent.is_empty(), "somebody was sent {text}");
        lab.monitor.discard(|fault| {
            fault.contains("Content Security Policy") || fault.contains(&elsewhere)
        });
        Ok(())
    })
    .await
}

/// Under the headers of `cargo lab serve` the worker has the policy too, and the page is isolated.
#[tokio::test(flavor = "multi_thread")]
async fn page_and_worker_run_under_the_servers_headers() -> Result<()> {
    visit_with_headers("guard-headers", "?device=cpu", async |lab| {
        lab.wait_until_ready().await?;
        ensure!(lab.holds("crossOriginIsolated").await?, "not isolated");
        lab.click_step(1).await
    })
    .await
}
