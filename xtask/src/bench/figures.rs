//! What `palabre bench --json` told, and medians of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::section::Key;

/// One run, as far as it is compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    /// Server CPU: seconds per million deliveries, which is microseconds for
    /// each.
    pub(super) cpu: Option<f64>,
    pub(super) per_second: Option<f64>,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    pub(super) p999_ms: Option<f64>,
    pub(super) max_ms: Option<f64>,
    pub(super) lost: u64,
    /// Memory of an idle connection.
    pub(super) bytes: Option<f64>,
    /// CPU of a connect, the median of the rounds in it.
    pub(super) connect_us: Option<f64>,
    /// Memory with all connected, in the last round over the second: 1 is flat.
    pub(super) growth: Option<f64>,
    /// The same once all have left.
    pub(super) growth_left: Option<f64>,
}

/// One of them.
pub(super) type Figure = fn(&Figures) -> Option<f64>;

#[derive(Deserialize)]
struct Told {
    closed: u64,
    traffic: Option<Traffic>,
    #[serde(default)]
    rounds: Vec<Round>,
    server: Option<Server>,
}

#[derive(Deserialize)]
struct Traffic {
    deliveries_per_second: f64,
    lost: u64,
    repeated: u64,
    latency_us: Latency,
}

#[derive(Deserialize)]
struct Latency {
    p50: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

#[derive(Deserialize)]
struct Round {
    connect_cpu_us: Option<f64>,
    bytes_per_connection: Option<f64>,
    connected: Option<Memory>,
    left: Option<Memory>,
}

#[derive(Deserialize)]
struct Memory {
    anonymous_bytes: f64,
}

#[derive(Deserialize)]
struct Server {
    cpu_seconds_per_million: Option<f64>,
}

impl Figures {
    /// Reads one line of JSON.
    pub(super) fn parse(json: &str) -> anyhow::Result<Self> {
        let told: Told = serde_json::from_str(json)?;
        let rounds = &told.rounds;
        let mut figures = Self {
            cpu: told.server.and_then(|it| it.cpu_seconds_per_million),
            lost: told.closed,
            bytes: rounds
                .iter()
                .filter_map(|it| it.bytes_per_connection)
                .reduce(f64::max),
            connect_us: median(rounds.iter().filter_map(|it| it.connect_cpu_us)),
            growth: growth(rounds, |it| it.connected.as_ref()),
            growth_left: growth(rounds, |it| it.left.as_ref()),
            ..Self::default()
        };
        if let Some(traffic) = told.traffic {
            let ms = |us: f64| Some(us / 1e3);
            figures.per_second = Some(traffic.deliveries_per_second);
            figures.lost += traffic.lost + traffic.repeated;
            figures.p50_ms = ms(traffic.latency_us.p50);
            figures.p99_ms = ms(traffic.latency_us.p99);
            figures.p999_ms = ms(traffic.latency_us.p999);
            figures.max_ms = ms(traffic.latency_us.max);
        }
        Ok(figures)
    }

    /// A run, on one line.
    pub(super) fn summary(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |figure: Option<f64>, what: &str, digits: usize| {
            if let Some(figure) = figure {
                parts.push(format!("{figure:.digits$} {what}"));
            }
        };
        add(self.cpu, "µs each", 3);
        add(self.per_second, "/s", 0);
        add(self.p99_ms, "ms p99", 2);
        add(self.bytes, "bytes each", 0);
        add(self.connect_us, "µs a connect", 1);
        if self.lost > 0 {
            parts.push(format!("{} LOST", self.lost));
        }
        parts.join(", ")
    }

    /// The median of each figure; what was lost is added up.
    fn median(runs: &[Self]) -> Self {
        let of = |figure: Figure| median(runs.iter().filter_map(figure));
        Self {
            cpu: of(|it| it.cpu),
            per_second: of(|it| it.per_second),
            p50_ms: of(|it| it.p50_ms),
            p99_ms: of(|it| it.p99_ms),
            p999_ms: of(|it| it.p999_ms),
            max_ms: of(|it| it.max_ms),
            lost: runs.iter().map(|it| it.lost).sum(),
            bytes: of(|it| it.bytes),
            connect_us: of(|it| it.connect_us),
            growth: of(|it| it.growth),
            growth_left: of(|it| it.growth_left),
        }
    }
}

/// What the last round took over what the second did; the first finds a server
/// that has not done anything yet.
fn growth(rounds: &[Round], memory: fn(&Round) -> Option<&Memory>) -> Option<f64> {
    let (_first, later) = rounds.split_first()?;
    let [second, .., last] = later else {
        return None;
    };
    Some(memory(last)?.anonymous_bytes / memory(second)?.anonymous_bytes)
}

/// The middle one; of an even number the lower of the two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// All runs: by section and contender, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Results {
    runs: BTreeMap<(Key, String), Vec<Figures>>,
    /// What did not come to an end.
    pub(super) failures: Vec<String>,
}

impl Results {
    pub(super) fn add(&mut self, key: Key, contender: &str, figures: Figures) {
        let runs = self.runs.entry((key, contender.to_owned())).or_default();
        runs.push(figures);
    }

    /// The medians of a contender in a section, if it was measured.
    pub(super) fn median(&self, key: Key, contender: &str) -> Option<Figures> {
        let runs = self.runs.get(&(key, contender.to_owned()))?;
        Some(Figures::median(runs))
    }

    /// Each run of each contender in a section.
    pub(super) fn of(&self, key: Key) -> impl Iterator<Item = (&str, &[Figures])> {
        let of_section = move |((of, _), _): &(&(Key, String), &Vec<Figures>)| *of == key;
        self.runs
            .iter()
            .filter(of_section)
            .map(|((_, contender), runs)| (contender.as_str(), runs.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tool_tells_is_read() {
        let json = r#"{"bench":"fanout","closed":1,"server":{"cpu_seconds_per_million":0.5},
            "traffic":{"deliveries_per_second":1000.0,"lost":2,"repeated":3,
            "latency_us":{"p50":1000,"p90":1,"p99":2000,"p999":3000,"max":4000}}}"#;
        let figures = Figures::parse(json).unwrap();
        assert_eq!((figures.cpu, figures.lost), (Some(0.5), 6));
        assert_eq!((figures.p50_ms, figures.max_ms), (Some(1.0), Some(4.0)));
        assert_eq!((figures.bytes, figures.growth), (None, None));
    }

    #[test]
    fn rounds_tell_the_most_memory_the_usual_connect_and_the_growth() {
        let round = |us: f64, bytes: f64, all: f64| {
            format!(
                r#"{{"connect_cpu_us":{us},"bytes_per_connection":{bytes},
                "connected":{{"anonymous_bytes":{all}}},
                "left":{{"anonymous_bytes":{us}}}}}"#
            )
        };
        let rounds = [
            round(9.0, 1.0, 1.0),
            round(5.0, 3.0, 100.0),
            round(6.0, 2.0, 150.0),
        ];
        let json = format!(r#"{{"closed":0,"rounds":[{}]}}"#, rounds.join(","));
        let figures = Figures::parse(&json).unwrap();
        assert_eq!(figures.connect_us, Some(6.0));
        assert_eq!((figures.bytes, figures.growth), (Some(3.0), Some(1.5)));
        assert_eq!(figures.growth_left, Some(1.2));
    }

    #[test]
    fn the_median_of_several_runs_is_by_figure_and_losses_add_up() {
        let run = |cpu: f64, lost| Figures {
            cpu: Some(cpu),
            lost,
            ..Figures::default()
        };
        let mut results = Results::default();
        for figures in [run(3.0, 0), run(1.0, 2), run(2.0, 1)] {
            results.add(Key::Echo, "a", figures);
        }
        let median = results.median(Key::Echo, "a").unwrap();
        assert_eq!(
            (median.cpu, median.lost, median.bytes),
            (Some(2.0), 3, None)
        );
        assert_eq!(results.median(Key::Paced, "a"), None);
        assert_eq!(super::median([].into_iter()), None);
        assert_eq!(super::median([2.0, 1.0].into_iter()), Some(1.0));
    }
}
