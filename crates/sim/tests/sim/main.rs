//! A fixed number of worlds, and some that are broken on purpose.

use sim::{Count, Figures, Sabotage};

/// Worlds that each run looks at; `cargo xtask sim` looks at more.
const SEEDS: u64 = 300;

/// The world in which one begins to look for what is broken: from here on
/// all of it is found soon.
const FIRST: u64 = 73;

#[test]
fn every_promise_holds_in_every_world() {
    let mut sum = Figures::default();
    for seed in 0..SEEDS {
        match sim::run(seed, None) {
            Ok(figures) => sum += figures,
            Err(failure) => panic!("{failure}"),
        }
    }
    println!("{sum}");
    assert!(sum.of(Count::Faults) > SEEDS * 10, "{sum}");
    assert!(sum.of(Count::Servers) > SEEDS * 2, "{sum}");
    assert!(sum.of(Count::Publications) > SEEDS * 20, "{sum}");
    for what in Count::ALL {
        assert!(sum.of(what) > 0, "no {}:\n{sum}", what.name());
    }
}

#[test]
fn a_seed_makes_the_same_world_each_time() {
    assert_ne!(sim::digest(0), sim::digest(1));
    for seed in 0..20 {
        assert_eq!(sim::digest(seed), sim::digest(seed), "seed {seed}");
    }
}

/// A simulation that finds nothing may be one that sees nothing.
#[test]
fn each_broken_promise_is_noticed() {
    for sabotage in Sabotage::ALL {
        let mut seeds = (FIRST..SEEDS).chain(0..FIRST);
        let failure = seeds.find_map(|seed| sim::run(seed, Some(sabotage)).err());
        let failure = failure.unwrap_or_else(|| panic!("nobody notices {sabotage:?}"));
        println!("{sabotage:?}: seed {}: {}", failure.seed, failure.why);
        assert!(!failure.trace.is_empty());
    }
}
