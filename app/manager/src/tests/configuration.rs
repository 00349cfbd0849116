use super::*;

#[tokio::test]
async fn settings_are_shown_without_what_lets_people_in_and_paths_are_judged() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let (status, file) = farm.get("/configuration/file").await;
    assert_eq!((status, &file["task_timeout"], &file["_meta"]["version"]), (200, &json!("10m0s"), &json!(3)));
    assert_eq!(file["variables"]["blender"]["values"][0]["value"], "blender");
    assert!(!file.to_string().contains(TOKEN));

    let judge = async |path: &str| {
        let (status, answer) = farm.post("/configuration/check/shared-storage", json!({"path": path})).await;
        assert_eq!((status, &answer["path"]), (200, &json!(path)));
        answer["is_usable"].as_bool().unwrap()
    };
    assert!(judge(home.path().to_str().unwrap()).await);
    for path in ["", "here", "//server/share", "\\\\server\\share", "/no/such/folder"] {
        assert!(!judge(path).await, "{path}");
    }
    let left = std::fs::read_dir(home.path()).unwrap().filter_map(Result::ok);
    assert!(left.into_iter().all(|it| !it.file_name().to_string_lossy().contains("probe")));

    let program = home.path().join("blender");
    let check = async || farm.post("/configuration/check/blender", json!({"path": program})).await.1;
    assert_eq!(check().await["is_usable"], false);
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        assert_eq!(
            (&check().await["is_usable"], &check().await["source"]),
            (&json!(true), &json!("input_path"))
        );
    }
    assert_eq!(farm.get("/configuration/check/blender").await.0, 200);

    let tag = async |name: &str| farm.post("/worker-mgt/tags", json!({"name": name})).await.1;
    let (first, _) = (tag("one").await, tag("two").await);
    let path = format!("/worker-mgt/tag/{}", first["id"].as_str().unwrap());
    let rename = farm.ask(Method::PUT, &path).json(&json!({"name": "two"})).send().await.unwrap();
    assert_eq!(rename.status(), 400, "two tags of one name");
}
