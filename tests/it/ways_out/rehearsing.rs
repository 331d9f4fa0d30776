//! Rehearsing: every mail, to whom and when, without one being sent.

both!(a_procedure_that_nobody_saved_can_be_rehearsed, |house| async move {
    let ada = house.set_up("many").await;
    let document = countersign::notice::procedure::Procedures::built_in_texts()
        .iter()
        .find(|text| text.contains("certificate_rotation"))
        .expect("a built-in procedure")
        .replace("next_level_after = \"2 business days\"", "next_level_after = \"1 business day\"");
    let played = ada.post("/api/v1/rehearsals", serde_json::json!({ "document": document })).await.is(200);
    let gates: Vec<&str> = played["in_time"].as_array().unwrap().iter().map(|g| g["gate"].as_str().unwrap()).collect();
    assert_eq!(gates, ["assess", "schedule", "close"]);
    let silence = played["silence"].as_array().unwrap();
    let rungs: std::collections::BTreeSet<&str> = silence.iter().map(|mail| mail["rung"].as_str().unwrap()).collect();
    for rung in ["overdue", "last_days"] {
        assert!(rungs.contains(rung), "silence never reaches {rung}: {rungs:?}");
    }
    assert!(rungs.contains("vacant"), "nobody holds a level here, and the administrator is not told: {rungs:?}");
    assert!(silence.iter().all(|mail| mail["to"]["name"].as_str().is_some_and(|name| !name.is_empty())));
    assert_eq!(house.outbox().await.iter().filter(|d| d.template != "invitation").count(), 0, "a rehearsal sent mails");
    ada.post("/api/v1/rehearsals", serde_json::json!({ "document": "nonsense" })).await.is(422);
});
