//! A farm driven at random, held against the rules after every step.
//!
//! Workers here are as bad as real ones: they crash and ask again, go on with tasks that were given to
//! others, report late, vanish for minutes. People set every status that the protocol lets them set.

mod checks;
mod hands;
mod people;
mod rules;
mod world;

use world::World;

/// Worlds of each test; together more than 100,000 steps.
const N_WORLDS: u64 = 52;
const N_STEPS: usize = 500;

fn run(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut world = World::new(seed);
        for _ in 0..N_STEPS {
            world.step();
        }
        world.drain();
    }
}

#[test]
fn a_random_farm_keeps_the_rules_1() {
    run(0..N_WORLDS);
}

#[test]
fn a_random_farm_keeps_the_rules_2() {
    run(N_WORLDS..2 * N_WORLDS);
}

#[test]
fn a_random_farm_keeps_the_rules_3() {
    run(2 * N_WORLDS..3 * N_WORLDS);
}

#[test]
fn a_random_farm_keeps_the_rules_4() {
    run(3 * N_WORLDS..4 * N_WORLDS);
}
