//! Coming in, going on and being sent away: sessions, tokens, roles, and that nobody sees another's things.

use api::app::access::{Lifetimes, NewUser};
use api::transport::{self, Guard};
use events::payload::AccessRole;
use events::{CommandId, PersonId};
use futures::{SinkExt, StreamExt};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

use crate::support::{Home, SEND, Server, TOKEN, Talk, fresh_id, http};

pub const SECRET: &str = "correct horse";

pub async fn add(talk: &Talk, name: &str, role: AccessRole) -> PersonId {
    let new = NewUser { name: name.into(), role, secret: Some(SECRET.into()) };
    talk.app.add_user(CommandId(Uuid::new_v4()), new).await.unwrap()
}

async fn post(server: &Server, path: &str, token: Option<&str>, body: Value) -> reqwest::Response {
    let request = http().post(server.url(path)).json(&body);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap()
}

async fn asked(server: &Server, token: &str, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    post(server, "/graphql", Some(token), body).await.json().await.unwrap()
}

pub async fn sign_in(server: &Server, name: &str) -> Value {
    let answer = post(server, "/session/open", None, json!({ "name": name, "secret": SECRET })).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn defects_23_and_35_nobody_reaches_what_another_said() {
    const CANARY: &str = "zanzibarine";
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    add(&talk, "Carl", AccessRole::Admin).await;
    let words = format!("My sister Anna lives in {CANARY} and I love her");
    let said = talk.say(&words, None).await;
    let (conversation, message, run) = (said.id("conversation"), said.id("message"), said.id("run"));
    let remembered = talk
        .run(
        "mutation($c: ID!, $m: ID!) { remember(commandId: $c, keep: { message: $m, note: \"zanzibarine\" }) { memory } }",
        json!({ "c": fresh_id(), "m": message }),
    )
    .await;
    let kept = remembered["remember"]["memory"].clone();
    let head = talk.head().await;
    let server = talk.serve().await;
    for name in ["bea", "Carl"] {
        let token = sign_in(&server, name).await["access"].as_str().unwrap().to_owned();
        let ids = json!({ "c": conversation, "m": message, "k": kept, "p": head.to_string() });
        for query in [
            "{ conversations { items { id title } } }",
            "query($c: ID!) { conversation(id: $c) { messages { text } } }",
            "query($m: ID!) { message(id: $m) { message { text } } }",
            "query($m: ID!) { why(message: $m) { steps { value } } }",
            "query($m: ID!) { forgetting(message: $m) { message { text } facts } }",
            "query($k: ID!) { albumEntry(id: $k) { entry { text note } } }",
            "{ album { items { text note } } }",
            "{ memory(query: \"zanzibarine\") { items { text } } }",
            "{ graph { nodes { name } } }",
            "{ graphPeople { name } }",
            "{ profile { items { sentence } } }",
            "{ episodes { items { summary } } }",
            "{ events(first: 500) { items { type body } } }",
            "{ timeline { items { type message } } }",
            "{ state(name: \"facts\") { value } }",
            "{ state(name: \"conversations\") { value } }",
            "{ state(name: \"people\") { value } }",
            "{ state(name: \"mood\") { value } }",
            "{ subjects { name kind } }",
            "mutation($c: ID!) { sendMessage(commandId: \"018f3b2c-7d1e-7c4a-9b1f-000000000001\", text: \"x\", conversation: $c) { run } }",
            "mutation { exportSubject(commandId: \"018f3b2c-7d1e-7c4a-9b1f-000000000002\", subject: \"Ada\") { text } }",
            "mutation { eraseSubject(commandId: \"018f3b2c-7d1e-7c4a-9b1f-000000000003\", subject: \"Ada\") { found } }",
            "mutation($m: ID!) { forgetMessage(commandId: \"018f3b2c-7d1e-7c4a-9b1f-000000000004\", message: $m) { position } }",
        ] {
            // A question that is none shows nothing to anybody.
            if !query.starts_with("mutation") {
                let owner = asked(&server, TOKEN, query, ids.clone()).await;
                assert!(owner.get("errors").is_none(), "{query}: {owner}");
            }
            let answer = asked(&server, &token, query, ids.clone()).await;
            assert_ne!(code(&answer), "AICO-6003", "{query}: {answer}");
            let answer = answer.to_string();
            for leak in [CANARY, "Ada", "sister", conversation, message] {
                // What was asked with is repeated in errors.
                let echoed = answer.contains("errors") && (leak == conversation || leak == message || leak == "Ada");
                assert!(echoed || !answer.contains(leak), "{name}: {query}: {leak}: {answer}");
            }
        }
        let stop = asked(&server, &token, "mutation($r: ID!) { stopReply(run: $r) }", json!({ "r": run })).await;
        assert_eq!(stop["data"]["stopReply"], false);
        // The subscription of another's run is that of no run at all.
        let deltas = "subscription($r: ID!) { replyDeltas(runId: $r) { text } }";
        let first = first_of(&server, &token, deltas, json!({ "r": run })).await;
        assert_eq!(first["payload"]["errors"][0]["extensions"]["code"], "AICO-4002", "{first}");
        // Server-sent events begin with one's own.
        let mut stream =
            http().get(server.url("/events?after=0")).bearer_auth(&token).send().await.unwrap().bytes_stream();
        let mut seen = String::new();
        while !seen.contains("SessionOpened") {
            seen.push_str(&String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()));
        }
        assert!(!seen.contains(CANARY) && !seen.contains("Ada"), "{seen}");
        assert!(seen.contains("PersonRegistered") && seen.contains("(not shown)"), "{seen}");
    }
    // And the owner sees as little of Bea's.
    let token = sign_in(&server, "Bea").await["access"].as_str().unwrap().to_owned();
    let sent = asked(&server, &token, SEND, json!({ "c": fresh_id(), "text": "My dog is called quagga" })).await;
    let theirs = sent["data"]["sendMessage"]["conversation"].clone();
    talk.ended(sent["data"]["sendMessage"].clone()).await;
    let answer = asked(
        &server,
        TOKEN,
        "query($c: ID!) { conversation(id: $c) { messages { text } } }",
        json!({ "c": theirs }),
    );
    assert_eq!(code(&answer.await), "AICO-4001");
    let all = asked(
        &server,
        TOKEN,
        "{ events(first: 500) { items { body } } memory(query: \"quagga\") { items { text } } }",
        json!({}),
    );
    assert!(!all.await.to_string().contains("quagga"));
    let own = asked(&server, &token, "{ conversations { items { id } } }", json!({})).await;
    assert_eq!(own["data"]["conversations"]["items"][0]["id"], theirs);
    let export =
        "mutation { exportSubject(commandId: \"018f3b2c-7d1e-7c4a-9b1f-000000000009\", subject: \"Bea\") { text } }";
    assert_eq!(code(&asked(&server, TOKEN, export, json!({})).await), "AICO-9003");
    server.stop().await;
    talk.close().await;
}

/// The first message that an operation over a websocket gives.
pub async fn first_of(server: &Server, token: &str, query: &str, variables: Value) -> Value {
    let mut socket = open_socket(server, Some(token)).await;
    let payload = json!({ "query": query, "variables": variables });
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": payload });
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["id"] == "1" {
                    return message;
                }
            }
            Message::Close(frame) => return json!({ "closed": u16::from(frame.unwrap().code) }),
            _ => {}
        }
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open_socket(server: &Server, token: Option<&str>) -> Socket {
    let mut request = format!("ws://{}/graphql", server.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let init = json!({ "type": "connection_init", "payload": { "token": token } });
    socket.send(Message::text(init.to_string())).await.unwrap();
    socket
}

/// Waits until the server closes, and gives its code.
async fn closed(mut socket: Socket) -> u16 {
    loop {
        if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
            return frame.unwrap().code.into();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ps_6_what_is_revoked_ends_at_once_open_sockets_too() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let server = talk.serve().await;
    let tokens = sign_in(&server, "Bea").await;
    let access = tokens["access"].as_str().unwrap();
    let whoami = "{ whoami { role session } }";
    let known = asked(&server, access, whoami, json!({})).await;
    assert_eq!(known["data"]["whoami"], json!({ "role": "PERSON", "session": tokens["session"] }));

    let mut socket = open_socket(&server, Some(access)).await;
    assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("connection_ack"));
    let mut stream =
        http().get(server.url("/events?after=0")).bearer_auth(access).send().await.unwrap().bytes_stream();
    stream.next().await.unwrap().unwrap();

    let revoke = "mutation($s: ID!) { revokeSession(session: $s) }";
    let done = asked(&server, TOKEN, revoke, json!({ "s": tokens["session"] })).await;
    assert_eq!(done["data"]["revokeSession"], 1, "{done}");
    assert_eq!(closed(socket).await, 4403);
    while let Some(Ok(_)) = stream.next().await {}
    let after = asked(&server, access, whoami, json!({})).await;
    assert_eq!(code(&after), "AICO-9005");
    let again = post(&server, "/session/refresh", None, json!({ "refresh": tokens["refresh"] })).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
    // And it stays ended after a restart, while another session goes on by its refresh token.
    let server = talk.serve().await;
    let other = sign_in(&server, "Bea").await;
    server.stop().await;
    talk.close().await;
    let talk = home.open().await;
    let server = talk.serve().await;
    assert_eq!(code(&asked(&server, other["access"].as_str().unwrap(), whoami, json!({})).await), "AICO-6001");
    let next: Value =
        post(&server, "/session/refresh", None, json!({ "refresh": other["refresh"] })).await.json().await.unwrap();
    assert_eq!(code(&asked(&server, next["access"].as_str().unwrap(), whoami, json!({})).await), "");
    let old = post(&server, "/session/refresh", None, json!({ "refresh": tokens["refresh"] })).await;
    assert_eq!(old.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"], "AICO-9005");
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_twice_ends_its_family() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let server = talk.serve().await;
    let first = sign_in(&server, "Bea").await;
    let refresh = async |token: &Value| {
        let answer = post(&server, "/session/refresh", None, json!({ "refresh": token })).await;
        answer.json::<Value>().await.unwrap()
    };
    let second = refresh(&first["refresh"]).await;
    let whoami = "{ whoami { role } }";
    assert_eq!(code(&asked(&server, second["access"].as_str().unwrap(), whoami, json!({})).await), "");
    // The thief comes with the first one: both lose.
    assert_eq!(code(&refresh(&first["refresh"]).await), "AICO-9005");
    assert_eq!(code(&refresh(&second["refresh"]).await), "AICO-9005");
    assert_eq!(code(&asked(&server, second["access"].as_str().unwrap(), whoami, json!({})).await), "AICO-9005");
    // Swapped, cut and made-up ones are none, and end nobody's session.
    let (one, two) = (sign_in(&server, "Bea").await, sign_in(&server, "Bea").await);
    let (a, b) = (one["refresh"].as_str().unwrap(), two["refresh"].as_str().unwrap());
    let (head, _) = a.rsplit_once('.').unwrap();
    let (_, tail) = b.rsplit_once('.').unwrap();
    for bad in [format!("{head}.{tail}"), a[..a.len() - 1].to_owned(), String::new(), "air1...".to_owned()] {
        assert_eq!(code(&refresh(&json!(bad)).await), "AICO-6001", "{bad}");
    }
    for good in [a, b] {
        assert_eq!(code(&refresh(&json!(good)).await), "");
    }
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_84_five_wrong_secrets_lock_and_tell_nothing() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let server = talk.serve().await;
    let open = async |name: &str, secret: &str| {
        post(&server, "/session/open", None, json!({ "name": name, "secret": secret })).await
    };
    let told = open("Bea", "wrong secret").await.text().await.unwrap();
    assert_eq!(open("nobody", "wrong secret").await.text().await.unwrap(), told);
    for _ in 0..4 {
        assert_eq!(open("Bea", "1234").await.status(), StatusCode::UNAUTHORIZED);
    }
    let locked = open("Bea", SECRET).await;
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.headers().contains_key("retry-after"));
    let locked: Value = locked.json().await.unwrap();
    assert_eq!(code(&locked), "AICO-9002");
    // The owner sets a new secret, which ends the lock; the failures are in the log, without what was tried.
    talk.app.set_secret(CommandId(Uuid::new_v4()), Some("Bea"), SECRET).await.unwrap();
    sign_in(&server, "Bea").await;
    for bad in [json!({}), json!({ "name": "Bea" }), json!({ "name": 1, "secret": "a secret word" }), json!("x")] {
        let answer = post(&server, "/session/open", None, bad).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(!answer.text().await.unwrap().contains("secret word"));
    }
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_told_when_to_come_again() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let bound = transport::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = bound.address;
    let closing = tokio_util::sync::CancellationToken::new();
    let slow = transport::Rate { per_second: 0.001, burst: 3 };
    let rates = transport::Rates { session: slow, failures: slow, sign_in: slow };
    let guard = Guard::new(TOKEN, vec![]).limited(rates);
    let served = tokio::spawn(transport::serve(talk.app.clone(), bound, guard, closing.clone()));
    let url = |path: &str| format!("http://{address}{path}");
    let whoami = json!({ "query": "{ whoami { role } }" });
    let ask = async |token: &str| http().post(url("/graphql")).bearer_auth(token).json(&whoami).send().await.unwrap();
    let open = json!({ "name": "Bea", "secret": SECRET });
    let tokens: Value = http().post(url("/session/open")).json(&open).send().await.unwrap().json().await.unwrap();
    let access = tokens["access"].as_str().unwrap();
    for _ in 0..3 {
        assert_eq!(ask(access).await.status(), StatusCode::OK);
        assert_eq!(ask("a guess").await.status(), StatusCode::UNAUTHORIZED);
    }
    for token in [access, "a guess"] {
        let refused = ask(token).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
        assert_eq!(code(&refused.json().await.unwrap()), "AICO-9006");
    }
    // Whoever guesses keeps the owner out of nothing.
    assert_eq!(ask(TOKEN).await.status(), StatusCode::OK);
    closing.cancel();
    served.await.unwrap().unwrap();
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_on_another_origin_gets_nowhere() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let server = talk.serve().await;
    let paths = ["/session/open", "/session/refresh", "/session/close", "/graphql", "/window/pass", "/window/ticket"];
    for path in paths {
        for (name, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
            let body = json!({ "name": "Bea", "secret": SECRET, "query": "{ whoami { role } }" });
            let request = http().post(server.url(path)).header(name, value).bearer_auth(TOKEN).json(&body);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} {name}");
            let no_leave = answer.headers().get("access-control-allow-origin").is_none();
            assert!(no_leave && code(&answer.json().await.unwrap()) == "AICO-6002", "{path} {name}");
        }
        // What a form on any page can send without asking.
        for kind in ["text/plain", "application/x-www-form-urlencoded"] {
            let body = json!({ "name": "Bea", "secret": SECRET }).to_string();
            let answer = http().post(server.url(path)).header("content-type", kind).body(body).send().await.unwrap();
            assert!(answer.status().is_client_error(), "{path} {kind}: {}", answer.status());
        }
    }
    let sessions = asked(&server, TOKEN, "{ users { name sessions } }", json!({})).await;
    assert!(!sessions.to_string().contains("\"sessions\":1"), "{sessions}");
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_85_no_role_lifts_itself_or_takes_over_a_greater_one() {
    let home = Home::new();
    let talk = home.open().await;
    for (name, role) in [("Carl", AccessRole::Admin), ("Dora", AccessRole::Admin), ("Bea", AccessRole::Person)] {
        add(&talk, name, role).await;
    }
    // The owner needs no account, until there is a secret for it.
    talk.app.set_secret(CommandId(Uuid::new_v4()), None, SECRET).await.unwrap();
    let server = talk.serve().await;
    let carl = sign_in(&server, "Carl").await["access"].as_str().unwrap().to_owned();
    let bea = sign_in(&server, "Bea").await["access"].as_str().unwrap().to_owned();
    let owner = talk.app.owner.to_string();
    let c = "018f3b2c-7d1e-7c4a-9b1f-00000000000";
    for (n, command) in [
        format!("setSecret(commandId: \"{c}1\", user: \"{owner}\", secret: \"taken over\")"),
        format!("setSecret(commandId: \"{c}2\", user: \"Dora\", secret: \"taken over\")"),
        format!("changeRole(commandId: \"{c}3\", user: \"Bea\", role: ADMIN)"),
        format!("changeRole(commandId: \"{c}4\", user: \"Carl\", role: ADMIN)"),
        format!("removeUser(commandId: \"{c}5\", user: \"{owner}\")"),
        format!("removeUser(commandId: \"{c}6\", user: \"Dora\")"),
        format!("addUser(commandId: \"{c}7\", name: \"Eve\", role: ADMIN)"),
        format!("enrolDevice(commandId: \"{c}8\", user: \"{owner}\", name: \"x\") {{ id }}"),
        format!("revokeSession(user: \"{owner}\")"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = asked(&server, &carl, &format!("mutation {{ {command} }}"), json!({})).await;
        assert_eq!(code(&answer), "AICO-9003", "{n}: {command}: {answer}");
        let answer = asked(&server, &bea, &format!("mutation {{ {command} }}"), json!({})).await;
        assert_eq!(code(&answer), "AICO-9003", "{n}: {command}: {answer}");
    }
    // An admin may look after a person, and it is written down in the person's own account.
    assert_eq!(code(&asked(&server, &carl, "{ sessions(user: \"Bea\") { id } }", json!({})).await), "");
    let seen = asked(
        &server,
        &bea,
        "{ events(types: [\"PersonalDataRead\"], first: 9) { items { actor body } } }",
        json!({}),
    )
    .await;
    let read = &seen["data"]["events"]["items"][0];
    assert_eq!(read["body"]["what"], "sessions", "{seen}");
    assert!(read["actor"].as_str().unwrap().starts_with("person:"));
    // A role is looked up at each request, not taken from the token.
    let change = format!("mutation {{ changeRole(commandId: \"{c}9\", user: \"Bea\", role: AUDITOR) }}");
    assert_eq!(code(&asked(&server, TOKEN, &change, json!({})).await), "");
    assert_eq!(code(&asked(&server, &bea, "{ conversations { items { id } } }", json!({})).await), "AICO-9003");
    assert_eq!(code(&asked(&server, &bea, "{ audit { report } }", json!({})).await), "");
    server.stop().await;
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_let_in_no_more_and_others_stay() {
    let home = Home::new();
    let talk = home.open().await;
    let bea = add(&talk, "Bea", AccessRole::Person).await;
    add(&talk, "Carl", AccessRole::Person).await;
    let server = talk.serve().await;
    let token = sign_in(&server, "Bea").await["access"].as_str().unwrap().to_owned();
    let erase = format!("mutation($c: ID!) {{ eraseSubject(commandId: $c, subject: \"{bea}\") {{ found }} }}");
    let done = asked(&server, &token, &erase, json!({ "c": fresh_id() })).await;
    assert_eq!(done["data"]["eraseSubject"]["found"], 0, "{done}");
    assert_eq!(code(&asked(&server, &token, "{ whoami { role } }", json!({})).await), "AICO-9005");
    let again = post(&server, "/session/open", None, json!({ "name": "Bea", "secret": SECRET })).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    sign_in(&server, "Carl").await;
    server.stop().await;
    talk.close().await;
    let talk = home.open().await;
    let names: Vec<String> = talk.app.users().into_iter().map(|u| u.name).collect();
    assert!(names.contains(&"Carl".to_owned()) && !names.contains(&"Bea".to_owned()), "{names:?}");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_ends_and_is_refreshed() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let server = talk.serve().await;
    talk.app.access.set_lifetimes(Lifetimes { access_seconds: 0, session_seconds: 3_600 });
    let tokens = sign_in(&server, "Bea").await;
    let whoami = "{ whoami { role } }";
    assert_eq!(code(&asked(&server, tokens["access"].as_str().unwrap(), whoami, json!({})).await), "AICO-9004");
    talk.app.access.set_lifetimes(Lifetimes::default());
    let body = json!({ "refresh": tokens["refresh"] });
    let next: Value = post(&server, "/session/refresh", None, body).await.json().await.unwrap();
    let access = next["access"].as_str().unwrap();
    assert_eq!(code(&asked(&server, access, whoami, json!({})).await), "");
    assert_eq!(post(&server, "/session/close", Some(access), json!({})).await.status(), StatusCode::OK);
    assert_eq!(code(&asked(&server, access, whoami, json!({})).await), "AICO-9005");
    server.stop().await;
    talk.close().await;
}
