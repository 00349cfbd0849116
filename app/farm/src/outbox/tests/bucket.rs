//! Results that come home from a bucket, of a real S3 server.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flamenco::ClientError;
use flamenco::wire::{Audience, platform};
use rusty_s3::S3Action;

use crate::outbox::Outbox;
use crate::outbox::collect::collect;
use crate::outbox::source::Source;
use crate::studio_of_tests::{Studio, bring_home, converted, files_below};
use crate::{
    BucketAccess, BucketPlace, Farm, FarmError, Home, StorageMap, StoragePlace, StorageStore, SubmissionId,
};

const SECRET: &str = "a secret of the test";

/// A real S3 server over a folder: VersityGW, or what takes its arguments.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// `None`: nobody says where there is one. Each folder in `root` is a bucket.
    async fn start(root: &Path) -> Option<Self> {
        let Some(program) = std::env::var_os("KILN_S3_SERVER") else {
            println!("SKIPPED: KILN_S3_SERVER names no program");
            return None;
        };
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = Command::new(program)
            .args(["--port", &free.to_string(), "--access", "artist", "--secret", SECRET, "posix"])
            .arg(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while tokio::net::TcpStream::connect(free).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(Self { process, url: format!("http://{free}") })
    }

    async fn put(&self, key: &str, content: Vec<u8>) {
        let url = self.url.parse().unwrap();
        let bucket = rusty_s3::Bucket::new(url, rusty_s3::UrlStyle::Path, "renders", "us-east-1").unwrap();
        let credentials = rusty_s3::Credentials::new("artist", SECRET);
        let url = bucket.put_object(Some(&credentials), key).sign(Duration::from_secs(60));
        let answer = flamenco::reqwest::Client::new().put(url).body(content).send().await.unwrap();
        assert!(answer.status().is_success(), "{key}: {}", answer.status());
    }
}

/// A studio whose storage is copied to a bucket now and then.
struct Mirrored {
    studio: Studio,
    outbox: Outbox,
    home: Home,
    place: BucketPlace,
    server: Server,
}

const PREFIX: &str = "our farm/jobs";

impl Mirrored {
    async fn open() -> Option<Self> {
        let studio = Studio::open().await;
        let buckets = studio.folder.path().join("buckets");
        std::fs::create_dir_all(buckets.join("renders")).unwrap();
        let server = Server::start(&buckets).await?;
        let place = BucketPlace {
            endpoint: server.url.clone(),
            bucket: "renders".into(),
            prefix: PREFIX.into(),
            region: "us-east-1".into(),
            access: Some(BucketAccess { key: "artist".into(), secret: SECRET.into() }),
            certificate: None,
        };
        let home = Home::at(studio.folder.path().join("home"));
        Some(Self { outbox: studio.outbox(), home, place, server, studio })
    }

    fn results(&self) -> PathBuf {
        self.studio.folder.path().join("manager/storage/jobs/kiln-results")
    }

    async fn mirror(&self) {
        for (name, content) in files_below(&self.results()) {
            self.server.put(&format!("{PREFIX}/kiln-results/{name}"), content).await;
        }
    }

    async fn map(&self, place: BucketPlace) {
        let farm = Farm::at(&self.studio.url, Some(crate::studio_of_tests::TOKEN)).unwrap();
        let there = farm.client().shared_storage(Audience::Workers, platform()).await.unwrap().location;
        let map = StorageMap { manager: self.studio.url.clone(), there, here: StoragePlace::Bucket(place) };
        StorageStore::of(&self.home).set(map).unwrap();
    }

    /// Fetches what the farm's only job has made, as if its Manager handed out nothing.
    async fn fetch(&self, id: &SubmissionId, folder: &Path) -> Result<Vec<(String, Vec<u8>)>, FarmError> {
        let farm = Farm::at(&self.studio.url, Some(crate::studio_of_tests::TOKEN)).unwrap();
        let job = farm.client().jobs().await?.remove(0);
        let store = &self.outbox.store;
        let mut source = Source::on_storage(farm.client(), &self.home, &job).await?.unwrap();
        let outputs = source.outputs(farm.client(), store, &job).await?;
        store.forget_results(id)?;
        std::fs::create_dir_all(folder).unwrap();
        store.set_results_dir(id, folder)?;
        collect(&source, &outputs, &self.home, store, &store.get(id)?, &store.plan(id)?).await?;
        Ok(files_below(folder))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_come_home_from_a_bucket() {
    let Some(mirrored) = Mirrored::open().await else { return };
    let studio = &mirrored.studio;
    let models = [studio.model("a chair + more.obj", b"v 1 0 0\n"), studio.model("b.obj", b"v 2 0 0\n")];
    let id = mirrored.outbox.submit(studio.submission(&models)).unwrap();
    let done = bring_home(studio, &mirrored.outbox, &id).await;
    let expected = files_below(&done.results_dir.unwrap());
    assert_eq!(expected.len(), 2);
    mirrored.mirror().await;
    let job = &studio.jobs().await[0].id;
    mirrored
        .server
        .put(&format!("{PREFIX}/kiln-results/{job}/.half.part"), b"a program is at it".to_vec())
        .await;
    mirrored.map(mirrored.place.clone()).await;

    let folder = studio.folder.path().join("first");
    assert_eq!(mirrored.fetch(&id, &folder).await.unwrap(), expected);
    let hashes: Vec<String> =
        mirrored.outbox.get(&id).unwrap().results.into_iter().map(|it| it.sha256).collect();
    assert!(hashes.iter().all(|it| it.len() == 64) && hashes[0] != hashes[1], "{hashes:?}");
    assert_eq!(mirrored.fetch(&id, &folder).await.unwrap(), expected, "what is here is known by its hash");

    // A task that was repeated made something else.
    let (name, _) =
        files_below(&mirrored.results()).into_iter().find(|(name, _)| name.ends_with("b.glb")).unwrap();
    std::fs::write(mirrored.results().join(name), converted(b"v 3 0 0\n")).unwrap();
    mirrored.mirror().await;
    let folder = studio.folder.path().join("second");
    let found = mirrored.fetch(&id, &folder).await.unwrap();
    assert!(found.iter().any(|(_, content)| *content == converted(b"v 3 0 0\n")), "{found:?}");
    println!(
        "INTEROP | our client → VersityGW (S3) | results listed, fetched, hashed once, fetched anew when they change | ok |"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_refuses_is_told_in_its_words() {
    let Some(mirrored) = Mirrored::open().await else { return };
    let studio = &mirrored.studio;
    let id = mirrored.outbox.submit(studio.submission(&[studio.model("b.obj", b"v 2 0 0\n")])).unwrap();
    bring_home(studio, &mirrored.outbox, &id).await;
    mirrored.mirror().await;
    let folder = studio.folder.path().join("none");
    for (place, expected) in [
        (
            BucketPlace {
                access: Some(BucketAccess { key: "artist".into(), secret: "wrong".into() }),
                ..mirrored.place.clone()
            },
            403,
        ),
        (BucketPlace { bucket: "nowhere".into(), ..mirrored.place.clone() }, 404),
    ] {
        mirrored.map(place).await;
        let error = mirrored.fetch(&id, &folder).await.unwrap_err();
        let FarmError::Manager(ClientError::Refused { status, message }) = &error else { panic!("{error}") };
        assert_eq!(*status, expected, "{message}");
        // Who may ask again with what we print?
        assert!(!error.to_string().contains(SECRET) && !error.to_string().contains("Signature="), "{error}");
    }
}
