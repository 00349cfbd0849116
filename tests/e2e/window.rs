//! The real window on a screen of its own, driven the way a person does.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use tests::http::Http;
use tests::screen::Screen;
use tests::{Finished, TestHome, program, sample, until_some, xdnd};

use crate::kill::{assert_submitted_once, files_below, kill_9};

/// The window's process; ended with the test.
struct Studio {
    process: Child,
}

impl Studio {
    fn start(home: &TestHome, screen: &Screen, arguments: &[&Path]) -> Self {
        Self::start_with(home, screen, arguments, &[])
    }

    fn start_with(home: &TestHome, screen: &Screen, arguments: &[&Path], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program("kiln-studio"));
        screen.host(&mut command).env("KILN_HOME", home.path()).args(arguments);
        command.envs(variables.iter().copied());
        let process = command.spawn().expect("the window's program starts");
        let (window, _) = until_some("the window is there", 60, || screen.window("Kiln"));
        // Not yet mapped, it refuses the keyboard.
        until_still(screen);
        screen.focus(window);
        Self { process }
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for a title with every one of these words.
fn until_title(screen: &Screen, words: &[&str]) {
    let mut last = String::new();
    until_some(&format!("a title with {words:?}"), 60, || {
        let (_, title) = screen.window("Kiln")?;
        let has_all = words.iter().all(|word| title.contains(word));
        last = title;
        has_all.then_some(())
    });
}

/// How many pixels of two pictures differ by more than dithering would.
fn n_different(a: &image::RgbImage, b: &image::RgbImage) -> usize {
    let far =
        |(p, q): &(&image::Rgb<u8>, &image::Rgb<u8>)| p.0.iter().zip(q.0).any(|(a, b)| a.abs_diff(b) > 8);
    a.pixels().zip(b.pixels()).filter(far).count()
}

#[test]
fn dropped_files_and_folders_make_a_list_and_turn_in_the_viewport() {
    let home = TestHome::new();
    let screen = Screen::new(1280, 800);
    let _studio = Studio::start(&home, &screen, &[]);
    let (window, _) = screen.window("Kiln").unwrap();

    let one = sample("building-small-c.glb");
    xdnd::drop_files(screen.display(), window, &[&one]).unwrap();
    until_title(&screen, &["building-small-c"]);

    let five: Vec<PathBuf> = (1..=5)
        .map(|i| {
            let path = home.path().join(format!("Stück {i} 模型.glb"));
            std::fs::copy(sample("table_long_decorated_C.glb"), &path).unwrap();
            path
        })
        .collect();
    let borrowed: Vec<&Path> = five.iter().map(PathBuf::as_path).collect();
    xdnd::drop_files(screen.display(), window, &borrowed).unwrap();
    until_title(&screen, &["6 models"]);

    let folder = sample("table_long_decorated_C.obj").parent().unwrap().to_owned();
    xdnd::drop_files(screen.display(), window, &[&folder]).unwrap();
    // The building is in the list already; the table comes as GLB and as OBJ.
    until_title(&screen, &["8 models"]);
}

#[test]
fn mouse_and_keys_turn_the_model_and_switch_its_passes() {
    let home = TestHome::new();
    let screen = Screen::new(1280, 800);
    let model = sample("building-small-c.glb");
    let _studio = Studio::start(&home, &screen, &[&model]);
    until_title(&screen, &["building-small-c"]);
    let before = until_still(&screen);
    screen.hand(["mousemove", "640", "400", "mousedown", "1"]);
    // A hand moves over several frames.
    let turned = until_some("the model turns", 30, || {
        screen.hand(["mousemove_relative", "--sync", "6", "2"]);
        let now = screen.picture();
        (n_different(&before, &now) > 5_000).then_some(now)
    });
    screen.hand(["mouseup", "1"]);
    let turned = settled_after(&screen, turned);
    let mut last = turned;
    for key in ["2", "3", "4", "5", "1"] {
        screen.hand(["key", key]);
        last = until_some(&format!("pass {key} shows"), 30, || {
            let now = screen.picture();
            (n_different(&last, &now) > 5_000).then_some(now)
        });
        last = settled_after(&screen, last);
    }
}

/// Mean red and mean blue of the middle of the viewport.
fn red_and_blue(picture: &image::RgbImage) -> [f64; 2] {
    let middle = image::imageops::crop_imm(picture, 540, 300, 200, 160).to_image();
    [0, 2].map(|c| middle.pixels().map(|p| f64::from(p.0[c])).sum::<f64>() / f64::from(200 * 160))
}

#[test]
fn a_dropped_picture_of_surroundings_lights_the_model() {
    let home = TestHome::new();
    let screen = Screen::new(1280, 800);
    let model = sample("table_long_decorated_C.glb");
    let _studio = Studio::start(&home, &screen, &[&model]);
    until_title(&screen, &["table_long_decorated_C"]);
    until_still(&screen);
    // A deep blue sky all around: Radiance's picture, pixels as mantissas and an exponent.
    let sky = home.path().join("evening sky.hdr");
    let mut bytes = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 32 +X 64\n".to_vec();
    bytes.extend([12, 16, 200, 129].repeat(64 * 32));
    std::fs::write(&sky, bytes).unwrap();
    let (window, _) = screen.window("Kiln").unwrap();
    xdnd::drop_files(screen.display(), window, &[&sky]).unwrap();
    until_some("the model turns blue", 60, || {
        let [red, blue] = red_and_blue(&screen.picture());
        (blue > 2.0 * red).then_some(())
    });
    // It is light, not another model.
    until_title(&screen, &["table_long_decorated_C"]);
}

/// The picture once two looks in a row agree.
fn until_still(screen: &Screen) -> image::RgbImage {
    let first = screen.picture();
    settled_after(screen, first)
}

fn settled_after(screen: &Screen, first: image::RgbImage) -> image::RgbImage {
    let mut last = first;
    let mut n_same = 0;
    until_some("the picture comes to rest", 60, || {
        let now = screen.picture();
        n_same = if n_different(&last, &now) == 0 { n_same + 1 } else { 0 };
        last.clone_from(&now);
        // Twenty looks are 400 ms: longer than any frame takes here.
        (n_same >= 20).then_some(now)
    })
}

#[test]
fn a_window_killed_after_submit_finds_its_results_when_opened_again() {
    let undisturbed = TestHome::new();
    let model = sample("building-small-c.glb");
    let expected_folder = undisturbed.out("results");
    let mut submit = undisturbed.kiln(["submit", "kiln-thumbnails", "--wait", "--results"]);
    Finished::of(submit.arg(&expected_folder).arg(&model)).ok();

    let home = TestHome::new();
    let copies = home.path().join("models");
    std::fs::create_dir_all(copies.join("Textures")).unwrap();
    let copy = copies.join("building-small-c.glb");
    std::fs::copy(&model, &copy).unwrap();
    std::fs::copy(sample("Textures/colormap.png"), copies.join("Textures/colormap.png")).unwrap();
    let screen = Screen::new(1280, 800);
    let mut studio = Studio::start(&home, &screen, &[&copy]);
    until_title(&screen, &["building-small-c"]);
    // The form opens, starts the farm and asks it for its job types; kiln-thumbnails comes first.
    screen.hand(["key", "alt+2"]);
    until_some("the farm answers", 60, || Http::new(home.farm()?).try_json("/api/v3/jobs/types"));
    until_still(&screen);
    screen.hand(["key", "ctrl+Return"]);
    until_some("the job has reached the farm", 60, || {
        let jobs = Http::new(home.farm()?).try_json("/api/v3/jobs")?;
        jobs["jobs"].as_array()?.first().map(|_| ())
    });
    kill_9(u64::from(studio.process.id()));
    studio.process.wait().unwrap();
    drop(studio);

    let _again = Studio::start(&home, &screen, &[]);
    let expected = files_below(&expected_folder);
    let results = until_some("every result is home", 90, || {
        let folder = results_folder(&copies)?;
        let files = files_below(&folder);
        (files.len() == expected.len()).then_some(files)
    });
    assert_eq!(
        results.values().collect::<Vec<_>>(),
        expected.values().collect::<Vec<_>>(),
        "{:?} and {:?}",
        results.keys(),
        expected.keys()
    );
    assert_submitted_once(&Http::new(home.farm().unwrap()), None);
}

/// The folder beside the model that the window's form proposes.
fn results_folder(models: &Path) -> Option<PathBuf> {
    let folder = models.join("kiln-results");
    folder.is_dir().then_some(folder)
}

#[test]
fn a_window_that_loses_its_device_comes_back_with_what_was_open() {
    let home = TestHome::new();
    let screen = Screen::new(1280, 800);
    let models = [sample("building-small-c.glb"), sample("table_long_decorated_C.glb")];
    let paths: Vec<&Path> = models.iter().map(PathBuf::as_path).collect();
    let loses = [("KILN_TEST_LOSE_DEVICE_AFTER_MS", "4000")];
    let studio = Studio::start_with(&home, &screen, &paths, &loses);
    until_title(&screen, &["building-small-c", "2 models"]);
    screen.hand(["key", "3"]);
    // The process stays, the program in it is a new one.
    until_some("the program starts anew", 60, || {
        let words = std::fs::read(format!("/proc/{}/cmdline", studio.process.id())).ok()?;
        String::from_utf8_lossy(&words).contains("--rescue").then_some(())
    });
    until_title(&screen, &["building-small-c", "2 models"]);
    until_still(&screen);
}
