use flamenco::kiln::{Chunk, MAX_CHUNK_BYTES, sha_of_hex};
use flamenco::wire::{ShamanCheckout, ShamanFile};
use flamenco::{Assembled, Client, Meter};
use sha2::{Digest, Sha256};

use super::{Farmhouse, TOKEN};
use crate::job_types::hex;

fn chunk(bytes: &[u8]) -> Chunk {
    Chunk { sha: hex(&Sha256::digest(bytes)), size: u32::try_from(bytes.len()).unwrap() }
}

fn pack(pieces: &[&[u8]]) -> Vec<u8> {
    let with_head = |piece: &&[u8]| {
        let chunk = chunk(piece);
        [&sha_of_hex(&chunk.sha).unwrap()[..], &chunk.size.to_le_bytes(), piece].concat()
    };
    pieces.iter().flat_map(with_head).collect()
}

fn client_of(farm: &Farmhouse) -> Client {
    Client::new(&farm.url).unwrap().with_token(TOKEN).unwrap()
}

async fn assemble(client: &Client, pieces: &[&[u8]]) -> Assembled {
    let whole = pieces.concat();
    let chunks = pieces.iter().map(|it| chunk(it)).collect();
    client.assemble(&chunk(&whole).sha, whole.len() as u64, chunks).await.unwrap()
}

fn n_packs(home: &std::path::Path) -> usize {
    std::fs::read_dir(home.join("storage/file-store/packs")).unwrap().count()
}

#[tokio::test]
async fn a_file_is_put_together_from_pieces_of_this_and_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(folder.path()).await;
    let client = client_of(&farm);
    let (a, b, c) = ([1_u8; 5000], [2_u8; 70_000], [3_u8; 300]);
    let all = || vec![chunk(&a), chunk(&b), chunk(&a)];
    assert_eq!(client.missing_chunks(all()).await.unwrap(), [chunk(&a), chunk(&b)]);
    assert!(client.send_pack(pack(&[&a]), &Meter::default()).await.unwrap());
    assert_eq!(assemble(&client, &[&a, &b, &a]).await, Assembled::Incomplete);
    let meter = Meter::default();
    assert!(client.send_pack(pack(&[&b]), &meter).await.unwrap());
    assert_eq!(meter.n_sent(), 70_036);
    assert_eq!(assemble(&client, &[&a, &b, &a]).await, Assembled::Stored);
    assert_eq!(n_packs(folder.path()), 0, "what a stored file holds is not kept twice");

    // After a new start, pieces are found in the stored file.
    farm.manager.shutdown().await;
    let farm = Farmhouse::start(folder.path()).await;
    let client = client_of(&farm);
    assert_eq!(client.missing_chunks(vec![chunk(&b), chunk(&c)]).await.unwrap(), [chunk(&c)]);
    client.send_pack(pack(&[&c]), &Meter::default()).await.unwrap();
    assert_eq!(assemble(&client, &[&b, &c]).await, Assembled::Stored);
    let whole = [&b[..], &c].concat();
    let file = ShamanFile { sha: chunk(&whole).sha, size: whole.len() as u64, path: "in/robot.glb".into() };
    let checkout = ShamanCheckout { files: vec![file], checkout_path: "robot".into() };
    client.shaman_checkout(&checkout).await.unwrap();
    assert!(std::fs::read(folder.path().join("storage/jobs/robot/in/robot.glb")).unwrap() == whole);
}

#[tokio::test]
async fn a_stored_file_that_was_damaged_is_not_built_upon() {
    let folder = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(folder.path()).await;
    let client = client_of(&farm);
    let (a, b) = ([1_u8; 5000], [2_u8; 5000]);
    client.send_pack(pack(&[&a, &b]), &Meter::default()).await.unwrap();
    assert_eq!(assemble(&client, &[&a, &b]).await, Assembled::Stored);
    let sha = chunk(&[a, b].concat()).sha;
    let blob =
        folder.path().join("storage/file-store/stored").join(&sha[..2]).join(&sha[2..]).join("10000.blob");
    std::fs::write(&blob, [9_u8; 10_000]).unwrap();
    assert_eq!(assemble(&client, &[&b, &a]).await, Assembled::Incomplete);
    assert_eq!(client.missing_chunks(vec![chunk(&b)]).await.unwrap(), [chunk(&b)]);
    // The whole file gone: all of its pieces are asked for at once.
    std::fs::remove_file(&blob).unwrap();
    client.send_pack(pack(&[&b]), &Meter::default()).await.unwrap();
    assert_eq!(assemble(&client, &[&b, &a]).await, Assembled::Incomplete);
    client.send_pack(pack(&[&a]), &Meter::default()).await.unwrap();
    assert_eq!(assemble(&client, &[&b, &a]).await, Assembled::Stored);
}

#[tokio::test]
async fn pieces_that_are_not_what_they_say_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(folder.path()).await;
    let client = client_of(&farm);
    let good = pack(&[b"one", b"two"]);
    let mut other = good.clone();
    *other.last_mut().unwrap() = b'x';
    let mut endless = good.clone();
    endless[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    for bad in [other, endless, good[..good.len() - 1].to_vec(), good[..20].to_vec()] {
        assert!(!client.send_pack(bad, &Meter::default()).await.unwrap());
    }
    assert_eq!(n_packs(folder.path()), 0);
    assert_eq!(std::fs::read_dir(folder.path().join("storage/file-store/uploading")).unwrap().count(), 0);

    client.send_pack(good, &Meter::default()).await.unwrap();
    let pieces = vec![chunk(b"one"), chunk(b"two")];
    let lie = client.assemble(&chunk(b"twoone").sha, 6, pieces.clone()).await.unwrap();
    assert_eq!(lie, Assembled::Changed);
    assert_eq!(client.assemble(&chunk(b"onetwo").sha, 7, pieces).await.unwrap(), Assembled::Changed);
    let odd = |sha: &str, size| client.missing_chunks(vec![Chunk { sha: sha.into(), size }]);
    for (sha, size) in [("..", 1), (&"A".repeat(64), 1), (&"a".repeat(64), MAX_CHUNK_BYTES + 1)] {
        assert!(odd(sha, size).await.is_err(), "{sha} {size}");
    }
}
