//! `fanin explain` and `fanin events` as a user meets them: the binary, a project, files and a running host.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod looking;

use looking::Project;

#[test]
fn an_instance_from_files_and_from_a_running_host_is_the_same() {
    let project = Project::new();
    let asked = ["explain", "job_complete", "--key", "job=alpha", "-o", "json"];
    let files = project.fanin(&asked);
    assert_eq!(files.code, 0, "{}", files.err);
    let host = project.serve();
    let live = project.fanin(&asked);
    assert_eq!(live.code, 0, "{}", live.err);
    let (mut files, mut live) = (files.json(), live.json());
    // The clock of a running host goes on.
    for told in [&mut files, &mut live] {
        told["now"] = serde_json::Value::Null;
        told["explanation"]["deadline_in"] = serde_json::Value::Null;
    }
    assert_eq!(files, live);
    assert_eq!(files["explanation"]["state"], "fired");
    assert_eq!(files["rounds"][0]["because"]["members"].as_array().unwrap().len(), 3);
    drop(host);
}

#[test]
fn the_exit_code_says_how_it_stands() {
    let project = Project::new();
    for (asked, code) in [
        (&["explain", "job_complete", "--key", "alpha"][..], 0),
        (&["explain", "job_complete", "--key", "gamma"], 3),
        (&["explain", "job_complete", "--key", "nobody"], 4),
        (&["explain", "nothing", "--key", "x"], 4),
        (&["explain", "job_complete", "--key", "jbo=alpha"], 2),
        (&["explain", "job_complete"], 2),
        (&["explain"], 2),
        (&["explain", "--event", "nobody"], 4),
        (&["explain", "--event", "1779"], 2),
    ] {
        let said = project.fanin(asked);
        assert_eq!(said.code, code, "{asked:?}: {}{}", said.out, said.err);
    }
    let host = project.serve();
    for (asked, code) in [
        (&["explain", "job_complete", "--key", "alpha"][..], 0),
        (&["explain", "job_complete", "--key", "gamma"], 3),
        (&["explain", "job_complete", "--key", "nobody"], 4),
        (&["explain", "nothing", "--key", "x"], 4),
        (&["explain", "--event", "nobody"], 4),
    ] {
        let said = project.fanin(asked);
        assert_eq!(said.code, code, "{asked:?}: {}{}", said.out, said.err);
    }
    drop(host);
}

#[test]
fn an_event_from_files_and_from_a_running_host_has_the_same_story() {
    let project = Project::new();
    let files = project.fanin(&["explain", "--event", "1779..01", "-o", "json"]);
    assert_eq!(files.code, 0, "{}", files.err);
    let told = files.json();
    assert_eq!(told["answer"], "story");
    assert_eq!(told["effects"][0]["then"]["event"]["names"][0]["name"], "job_complete");
    let host = project.serve();
    let live = project.fanin(&["explain", "--event", "1779..01", "-o", "json"]);
    assert_eq!(told, live.json());
    drop(host);
}

#[test]
fn near_misses_are_there_after_a_restart() {
    let project = Project::new();
    project.write("near.jsonl", &looking::part("near-1", "gamma", "2-of-4.CSV"));
    project.run("near.jsonl");
    let asked = ["explain", "job_complete", "--key", "gamma"];
    let files = project.fanin(&asked);
    assert!(
        files.out.contains("near misses\n  event near-1  key \"jobs/gamma/part-2-of-4.CSV\""),
        "{}",
        files.out
    );
    let host = project.serve();
    let live = project.fanin(&asked);
    assert!(live.out.contains("event near-1"), "{}", live.out);
    drop(host);
}
