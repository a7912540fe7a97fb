//! The window: the web application, embedded as it was built, and how a browser gets its pass.
//!
//! The files of `web/dist` have stable names, so that a change of one is a change of one file. Browsers see them under the
//! number of the build, `/a/<build>/app.js`, and may keep them for ever; a page of an older build gets 404 for what is gone,
//! never something else under its name. Nothing here needs a pass but what gives one: the files hold nobody's words.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use events::Code;
use events::payload::AccessRole;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::body;
use super::guard::Guard;
use super::peer::{self, MaybePeer};

/// The longest body that asks for a pass.
const MAX_ASK: usize = 4_096;

/// Nothing from elsewhere, nothing in line, and no markup from strings (`require-trusted-types-for`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types aico";

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// Every file of the build.
        const FILES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../../web/dist/", $name)))),*];
    };
}

embedded!(
    "BUILD.json",
    "a/app.css",
    "a/app.js",
    "a/inter.woff2",
    "a/later.js",
    "icon-maskable.svg",
    "icon.svg",
    "index.html",
    "manifest.webmanifest",
    "sw.js",
);

fn file(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

/// The number of the build, as `BUILD.json` has it.
fn build() -> String {
    let stamp: Value = file("BUILD.json").and_then(|b| serde_json::from_slice(b).ok()).unwrap_or_default();
    stamp["build"].as_str().unwrap_or("0").to_owned()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// What every handler shares.
#[derive(Clone)]
struct Window {
    guard: Guard,
    build: String,
}

/// The routes of the window.
pub(super) fn routes(guard: Guard) -> Router {
    let top = |name: &'static str| {
        get(move |State(window): State<Window>, headers: HeaderMap| async move { window.give(&headers, name, false) })
    };
    Router::new()
        .route("/", top("index.html"))
        .route("/sw.js", top("sw.js"))
        .route("/manifest.webmanifest", top("manifest.webmanifest"))
        .route("/icon.svg", top("icon.svg"))
        .route("/icon-maskable.svg", top("icon-maskable.svg"))
        .route("/a/{build}/{file}", get(asset))
        .route("/window/ticket", post(ticket))
        .route("/window/pass", post(pass))
        .with_state(Window { build: build(), guard })
}

async fn asset(
    State(window): State<Window>,
    Path((build, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if build != window.build {
        let what = "this file is of another build of the window: load the page anew";
        return Refusal::new(StatusCode::NOT_FOUND, Code::BadRequest, what).into_response();
    }
    window.give(&headers, &format!("a/{name}"), true)
}

impl Window {
    /// A pass is the owner's, so only the owner gets one, or a ticket for one.
    fn owner(&self, headers: &HeaderMap, peer: MaybePeer) -> Result<(), Refusal> {
        let caller = self.guard.admit(headers, &peer::of(peer))?;
        if caller.role == AccessRole::Owner {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden, "a window is opened by the owner"))
    }

    fn give(&self, headers: &HeaderMap, name: &str, immutable: bool) -> Response {
        if let Err(refusal) = self.guard.check_place(headers) {
            return refusal.into_response();
        }
        let Some(bytes) = file(name) else {
            return Refusal::new(StatusCode::NOT_FOUND, Code::BadRequest, "there is no such file").into_response();
        };
        // The page and the worker name the other files; only they know of the build.
        let mut response = match name {
            "index.html" | "sw.js" => {
                let text = String::from_utf8_lossy(bytes);
                let text = text.replace("./a/", &format!("/a/{}/", self.build)).replace("__BUILD__", &self.build);
                Response::new(Body::from(text))
            }
            _ => Response::new(Body::from(bytes)),
        };
        let cache = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let set = [
            (header::CONTENT_TYPE, media_type(name)),
            (header::CACHE_CONTROL, cache),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ];
        for (header, value) in set {
            response.headers_mut().insert(header, HeaderValue::from_static(value));
        }
        let opener = header::HeaderName::from_static("cross-origin-opener-policy");
        response.headers_mut().insert(opener, HeaderValue::from_static("same-origin"));
        response
    }
}

/// POST /window/ticket, with the token or a pass: a ticket for one more browser.
async fn ticket(State(window): State<Window>, headers: HeaderMap, peer: MaybePeer) -> Result<Response, Refusal> {
    window.owner(&headers, peer)?;
    Ok(axum::Json(json!({ "ticket": window.guard.ticket() })).into_response())
}

/// POST /window/pass, with `{"ticket": "..."}`, or with a pass that is to be renewed: a pass.
async fn pass(State(window): State<Window>, request: Request) -> Result<Response, Refusal> {
    let headers = request.headers();
    window.guard.check_place(headers)?;
    super::graphql::check_content_type(headers)?;
    let peer = request.extensions().get().cloned().map(axum::Extension);
    let known = window.owner(headers, peer).is_ok();
    let asked: Value = serde_json::from_slice(&body::read(request, MAX_ASK).await?)
        .map_err(|e| Refusal::bad_request(format!("not JSON: {e}")))?;
    if !known && !asked["ticket"].as_str().is_some_and(|ticket| window.guard.redeem(ticket)) {
        let what = "this link was used already, or is too old: `aico open` makes a new one";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, Code::Unauthorised, what));
    }
    let (pass, until) = window.guard.pass();
    Ok(axum::Json(json!({ "pass": pass, "until": until.to_string() })).into_response())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What the build reads, and what it makes. Where the test runs, not where it was built.
    const ROOT: &str = "web";

    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => walk(&path, found),
                path => found.push(path.strip_prefix(ROOT).unwrap().to_str().unwrap().replace('\\', "/")),
            }
        }
    }

    #[test]
    fn the_window_was_built_from_the_sources_beside_it() {
        let mut names: Vec<String> =
            ["index.html", "package-lock.json", "vite.config.ts", "tsconfig.json"].map(Into::into).into();
        walk(&Path::new(ROOT).join("src"), &mut names);
        walk(&Path::new(ROOT).join("public"), &mut names);
        names.sort();
        // FNV-1a with 64 bits over each name and its content, as tools/stamp.mjs counts it.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut eat = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for name in &names {
            eat(name.as_bytes());
            eat(&[0]);
            eat(&std::fs::read(Path::new(ROOT).join(name)).unwrap());
            eat(&[0]);
        }
        let stamp: Value = serde_json::from_slice(file("BUILD.json").unwrap()).unwrap();
        let what =
            "web/dist is older than its sources: run `npm ci && npm run build` in api/web, and commit web/dist";
        assert_eq!(stamp["sources"], json!(format!("{hash:016x}")), "{what}");
    }

    #[test]
    fn every_file_of_the_build_is_embedded() {
        let mut built = vec![];
        walk(&Path::new(ROOT).join("dist"), &mut built);
        built.sort();
        let embedded: Vec<String> = FILES.iter().map(|(name, _)| format!("dist/{name}")).collect();
        assert_eq!(built, embedded);
    }

    #[test]
    fn the_window_asks_nothing_of_anybody_else() {
        // Names of markup languages, and where the authors of a library want to hear of a fault: no places to load from.
        let names = ["http://www.w3.org/", "https://github.com/markedjs/marked"];
        for (name, bytes) in FILES.iter().filter(|(name, _)| !name.ends_with("woff2")) {
            let text = String::from_utf8_lossy(bytes);
            for (at, _) in text.match_indices("://") {
                let start = text[..at].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |i| i + 1);
                let rest: String = text[start..].chars().take(60).collect();
                let followed =
                    rest.split_once("://").is_some_and(|(_, host)| host.starts_with(char::is_alphanumeric));
                let known = names.iter().any(|n| rest.starts_with(n));
                assert!(!followed || known, "{name} names {rest}");
            }
        }
    }

    #[test]
    fn the_page_names_its_files_under_the_build() {
        let window = Window { guard: Guard::new("t", vec![]), build: build() };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        let page = window.give(&headers, "index.html", false);
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
        assert!(page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
        assert!(String::from_utf8_lossy(file("index.html").unwrap()).contains("./a/app.js"));
        headers.insert(header::HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(window.give(&headers, "index.html", false).status(), StatusCode::FORBIDDEN);
    }
}
