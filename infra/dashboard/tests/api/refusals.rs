//! Whoever calls the server by another name, or from another site, is refused on every route.

use crate::world::World;

const GET: [&str; 15] = [
    "/",
    "/static/index.html",
    "/api/live",
    "/api/graph",
    "/api/keys",
    "/api/stream",
    "/api/stream/1",
    "/api/forms",
    "/api/test?seq=1",
    "/api/runs",
    "/api/runs/1",
    "/api/workflow",
    "/metrics",
    "/status",
    "/dead",
];
const CHANGING: [&str; 7] = [
    "POST /api/stream/1/resend",
    "POST /api/compose",
    "POST /api/send",
    "PUT /api/upload/files/k",
    "POST /events",
    "POST /dead/redrive",
    "POST /instances/parts/operate",
];

#[test]
fn a_foreign_host_gets_nothing() {
    let world = World::new();
    let requests = GET.iter().map(|path| format!("GET {path}")).chain(CHANGING.map(str::to_owned));
    for request in requests {
        let said = world.ask(&request, "Host: evil.example\r\n", b"");
        assert_eq!(said.code(), (403, "foreign-host".to_owned()), "{request}");
        assert!(said.head.contains("x-content-type-options: nosniff"), "{request}: {}", said.head);
    }
}

#[test]
fn another_site_changes_nothing() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    for request in CHANGING {
        for header in
            ["Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"]
        {
            let said = world.ask(request, header, b"{}");
            assert_eq!(said.code(), (403, "foreign-origin".to_owned()), "{request} {header}");
        }
    }
    assert_eq!(world.get("/api/stream")["newest"], 1);
    let own = world.ask("POST /api/stream/1/resend", "Origin: http://localhost\r\n", b"");
    assert_eq!(own.status, 200, "{}", own.body);
}

#[test]
fn an_unknown_parameter_is_named() {
    let world = World::new();
    for path in ["live", "graph", "keys", "stream", "test", "runs", "workflow"] {
        let said = world.ask(&format!("GET /api/{path}?colour=red"), "", b"");
        assert_eq!(said.code(), (400, "malformed".to_owned()), "{path}");
        assert!(said.body.contains("colour"), "{path}: {}", said.body);
    }
    for path in ["keys?sort=size", "keys?limit=x", "stream?kind=odd", "runs?state=odd", "stream?before=-1"] {
        assert_eq!(world.refused(&format!("/api/{path}")), (400, "malformed".to_owned()), "{path}");
    }
}
