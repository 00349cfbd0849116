//! What waits to be sent: its order, its speed, and what holds it back.

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use farm::{FarmPlace, Home, NewSubmission, Outbox};

use super::farm_room::{Farm, TOKEN};
use super::*;

/// Three jobs that wait because everything is held.
fn waiting(farm: &mut Farm) -> Outbox {
    let outbox = Outbox::open(&Home::at(farm.folder.path().join("home"))).unwrap();
    outbox.hold_all(true).unwrap();
    for name in ["Ant", "Bee", "Cat"] {
        let mut new = NewSubmission::new(name, "echo-sleep-test", Vec::new());
        new.place = FarmPlace::Studio { url: farm.url.clone(), token: Some(TOKEN.into()) };
        outbox.submit(new).unwrap();
    }
    until(&mut farm.window, "all three wait", |app| app.model.farm.outbox.queue.len() == 3);
    outbox
}

fn order(app: &App) -> Vec<&str> {
    app.model.farm.submissions.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn the_order_is_changed_by_key_and_by_hand() {
    let mut farm = Farm::open();
    let _outbox = waiting(&mut farm);
    assert_eq!(order(farm.window.state()), ["Ant", "Bee", "Cat"]);
    let grip = "Ant is sent as number 1 of 3; Shift and the arrows change it";
    farm.window.get_by_role_and_label(Role::Button, grip).focus();
    farm.window.step();
    farm.window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    until(&mut farm.window, "it goes second", |app| order(app) == ["Bee", "Ant", "Cat"]);

    let place = |farm: &Farm, name: &str| {
        let start = format!("{name} is sent");
        farm.window.get_by_label_contains(&start).rect().center()
    };
    let (from, to) = (place(&farm, "Cat"), place(&farm, "Bee"));
    farm.window.hover_at(from);
    farm.window.step();
    farm.window.drag_at(from);
    farm.window.step();
    // Over the upper half of the card.
    for pos in [from.lerp(to, 0.5), to - egui::vec2(0.0, 4.0), to - egui::vec2(0.0, 5.0)] {
        farm.window.hover_at(pos);
        farm.window.step();
    }
    farm.window.drop_at(to - egui::vec2(0.0, 5.0));
    until(&mut farm.window, "it goes first", |app| order(app) == ["Cat", "Bee", "Ant"]);
}

#[test]
fn everything_is_held_and_goes_on_and_uploads_are_limited() {
    let mut farm = Farm::open();
    let outbox = waiting(&mut farm);
    farm.window.get_by_label_contains("Nothing is sent until you go on");
    farm.press("Limit the speed of uploads");
    let is_limited = |app: &App| app.model.farm.outbox.upload_limit.is_some();
    farm.window.get_by_role_and_label(Role::CheckBox, "Send at most").click();
    until(&mut farm.window, "there is a limit", is_limited);
    assert_eq!(outbox.upload_limit().unwrap(), Some(10_000_000));
    farm.window.get_by_role_and_label(Role::CheckBox, "Send at most").click();
    until(&mut farm.window, "there is none", |app| !is_limited(app));

    farm.press("Go on sending everything");
    until(&mut farm.window, "the farm has them all", |app| app.model.farm.jobs.len() == 3);
    assert!(!outbox.holds_all().unwrap());
}
