//! Devices with certificates of our own authority, and sockets without end.

use api::transport::{self, Guard, MAX_CONNECTIONS};
use events::CommandId;
use events::payload::AccessRole;
use reqwest::{Certificate, Identity, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::access::add;
use crate::support::{Home, TOKEN, http};

fn client(authority: &str, identity: Option<&str>) -> reqwest::Client {
    let _the_first_one_stays = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().tls_certs_only([Certificate::from_pem(authority.as_bytes()).unwrap()]);
    let builder = match identity {
        Some(pem) => builder.identity(Identity::from_pem(pem.as_bytes()).unwrap()),
        None => builder,
    };
    builder.build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ps_2_and_defect_22_only_enrolled_devices_get_through_and_each_with_its_own_token() {
    let home = Home::new();
    let talk = home.open().await;
    add(&talk, "Bea", AccessRole::Person).await;
    let enrol = async |who: Option<&str>, name: &str| {
        talk.app.issue_device(CommandId(Uuid::new_v4()), who, name, 30).await.unwrap()
    };
    let (kitchen, study) = (enrol(Some("Bea"), "Kitchen").await, enrol(None, "Study").await);
    let pem = |d: &api::app::access::IssuedDevice| format!("{}{}", d.certificate, d.key);
    let (kitchens, studys) = (pem(&kitchen), pem(&study));

    let tls = talk.app.authority().unwrap().server(&["127.0.0.1".into(), "localhost".into()]).unwrap();
    let bound = transport::bind("127.0.0.1:0".parse().unwrap()).await.unwrap().encrypted(tls);
    let url = |path: &str| format!("https://127.0.0.1:{}{path}", bound.address.port());
    let (open, refresh, ask) = (url("/alive"), url("/session/refresh"), url("/graphql"));
    let closing = CancellationToken::new();
    let served = tokio::spawn(transport::serve(talk.app.clone(), bound, Guard::new(TOKEN, vec![]), closing.clone()));

    // Without a certificate, with one of another install, or trusting another authority: no connection.
    let other = Home::new();
    let stranger = other.open().await;
    let foreign = stranger.app.issue_device(CommandId(Uuid::new_v4()), None, "Foreign", 30).await.unwrap();
    assert!(client(&kitchen.authority, None).get(&open).send().await.is_err());
    assert!(client(&kitchen.authority, Some(&pem(&foreign))).get(&open).send().await.is_err());
    assert!(client(&foreign.authority, Some(&kitchens)).get(&open).send().await.is_err());
    assert!(http().get(open.replace("https", "http")).send().await.is_err());
    stranger.close().await;

    let (in_kitchen, in_study) =
        (client(&kitchen.authority, Some(&kitchens)), client(&kitchen.authority, Some(&studys)));
    let tokens = async |from: &reqwest::Client, token: &str| {
        let answer = from.post(&refresh).json(&json!({ "refresh": token })).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    // A token that was carried to another device is none there.
    assert_eq!(tokens(&in_study, &kitchen.admitted.refresh).await.0, StatusCode::UNAUTHORIZED);
    let (status, got) = tokens(&in_kitchen, &kitchen.admitted.refresh).await;
    assert_eq!(status, StatusCode::OK, "{got}");
    let access = got["access"].as_str().unwrap();
    let asked = async |from: &reqwest::Client, token: &str, query: &str| {
        let answer = from.post(&ask).bearer_auth(token).json(&json!({ "query": query })).send().await.unwrap();
        let status = answer.status();
        (status, answer.json::<Value>().await.unwrap())
    };
    let whoami = "{ whoami { role person } }";
    let (_, known) = asked(&in_kitchen, access, whoami).await;
    assert_eq!(known["data"]["whoami"]["role"], "DEVICE", "{known}");
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(code(&asked(&in_kitchen, access, "{ events { items { type } } }").await.1), "AICO-9003");
    assert_eq!(code(&asked(&in_kitchen, access, "{ conversations { items { id } } }").await.1), "");
    assert_eq!(asked(&in_study, access, whoami).await.0, StatusCode::UNAUTHORIZED);
    // The token of the folder is for the machine that has the folder.
    assert_eq!(asked(&in_kitchen, TOKEN, whoami).await.0, StatusCode::UNAUTHORIZED);

    talk.app.revoke_device(CommandId(Uuid::new_v4()), kitchen.device).await.unwrap();
    let (status, refused) = asked(&in_kitchen, access, whoami).await;
    assert_eq!((status, code(&refused).as_str()), (StatusCode::FORBIDDEN, "AICO-9011"));
    assert_ne!(tokens(&in_kitchen, got["refresh"].as_str().unwrap()).await.0, StatusCode::OK);
    assert_eq!(tokens(&in_study, &study.admitted.refresh).await.0, StatusCode::OK);

    // The authority's key is not readable in the folder.
    let key = std::fs::read_to_string(home.path().join("tls/authority.key.json")).unwrap();
    assert!(!key.contains("PRIVATE KEY"));
    closing.cancel();
    served.await.unwrap().unwrap();
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_sockets_are_refused_clearly_and_nothing_is_lost() {
    const TRIED: usize = 10_000;
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("Remember the number 4711", None).await;
    let server = talk.serve().await;
    let mut held = Vec::new();
    let (mut refused, mut cut) = (0usize, 0usize);
    for _ in 0..TRIED {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        if held.len() < MAX_CONNECTIONS {
            // The head of a request that never ends.
            socket.write_all(b"GET /alive HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
            held.push(socket);
            continue;
        }
        let mut answer = String::new();
        match socket.read_to_string(&mut answer).await {
            Ok(_) if answer.contains("503 Service Unavailable") => {
                assert!(answer.contains("retry-after: 5") && answer.contains("AICO-9006"), "{answer}");
                refused += 1;
            }
            // Closed before the answer was read; the system may do that under a flood.
            _ => cut += 1,
        }
    }
    assert_eq!(refused + cut, TRIED - MAX_CONNECTIONS);
    assert!(refused > (TRIED - MAX_CONNECTIONS) / 2, "{refused} told, {cut} cut");
    drop(held);
    // As soon as they are gone, everything is there as before.
    let mut alive = http().get(server.url("/alive")).send().await;
    while !alive.as_ref().is_ok_and(|a| a.status() == StatusCode::OK) {
        tokio::task::yield_now().await;
        alive = http().get(server.url("/alive")).send().await;
    }
    server.stop().await;
    let messages = talk.messages(said.id("conversation"), None, None).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["text"], "Remember the number 4711");
    talk.close().await;
}
