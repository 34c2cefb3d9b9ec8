//! The settings in force as a settings file, with where each comes from, and without what is secret.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use serde_saphyr::Commented;

use super::options::{DEFAULT_DELIVERIES, DEFAULT_GRACE, DEFAULT_LEASE};
use super::{NotifyOptions, OperateOptions, RemoteOptions, Seconds, Settings, SettingsFile, WorkOptions};

/// What stands where something is hidden.
const HIDDEN: &str = "***";

/// A part of the file: a section, or a value and where it comes from.
enum Shown {
    Section(Vec<(String, Shown)>),
    Value(Value, &'static str),
}

/// Where a value may come from, first the one that goes before the others.
const SOURCES: [&str; 3] = ["command line or environment", "settings file", "default"];

impl Settings {
    /// All settings that have a value. Given back as a settings file they are the same, but for what is hidden.
    ///
    /// # Errors
    /// If a path is no text.
    pub fn shown(
        &self,
        work: &WorkOptions,
        operate: &OperateOptions,
        notify: &NotifyOptions,
        processors: NonZeroUsize,
    ) -> anyhow::Result<String> {
        let asked = SettingsFile {
            work: work.clone(),
            operate: operate.clone(),
            notify: notify.clone(),
            ..self.asked.clone()
        };
        let layers = [asked, self.file.clone(), self.defaults(processors)];
        let layers = layers.map(|layer| Ok::<_, anyhow::Error>(serde_json::to_value(layer.printable()?)?));
        let [asked, file, defaults] = layers;
        let shown = Shown::of([Some(&asked?), Some(&file?), Some(&defaults?)]);
        Ok(shown.map_or_else(|| Ok(String::new()), |shown| serde_saphyr::to_string(&shown))?)
    }

    /// What holds where nothing was said, as far as it is known before the work begins.
    fn defaults(&self, processors: NonZeroUsize) -> SettingsFile {
        let is_local = !self.remote.is_set();
        SettingsFile {
            data: self.data.clone().filter(|_| is_local),
            rules: self.rules().ok().map(PathBuf::from),
            models: self.models().map(PathBuf::from),
            tessdata: None,
            readers: Some(self.readers),
            isolation: Some(self.isolation),
            log: Some(self.log.clone()),
            log_format: Some(self.log_format),
            // That buckets are not named in paths would say that there are some.
            remote: RemoteOptions { path_style: (!is_local).then_some(false), ..RemoteOptions::default() },
            work: WorkOptions {
                workers: Some(processors),
                lease: Some(Seconds(DEFAULT_LEASE)),
                grace: Some(Seconds(DEFAULT_GRACE)),
                // Each process has a name of its own.
                name: None,
            },
            operate: OperateOptions::default(),
            notify: NotifyOptions { deliveries: Some(DEFAULT_DELIVERIES), ..NotifyOptions::default() },
        }
    }
}

impl SettingsFile {
    /// Without secrets, and with paths that mean the same from anywhere.
    fn printable(self) -> anyhow::Result<Self> {
        let path = |path: Option<PathBuf>| path.map(std::path::absolute).transpose();
        let url = |url: Option<String>| url.as_deref().map(hidden);
        Ok(Self {
            data: path(self.data)?,
            rules: path(self.rules)?,
            models: path(self.models)?,
            tessdata: path(self.tessdata)?,
            remote: RemoteOptions {
                queue: url(self.remote.queue),
                backlog_queue: url(self.remote.backlog_queue),
                verdict_queue: url(self.remote.verdict_queue),
                webhook_queue: url(self.remote.webhook_queue),
                dead_letter_queue: url(self.remote.dead_letter_queue),
                endpoint: url(self.remote.endpoint),
                ..self.remote
            },
            operate: OperateOptions { traces: url(self.operate.traces), ..self.operate },
            notify: NotifyOptions {
                webhook: url(self.notify.webhook),
                webhook_secret_file: path(self.notify.webhook_secret_file)?,
                ..self.notify
            },
            ..self
        })
    }
}

/// A URL without who asks, and without what is asked: either may be a password.
fn hidden(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let (place, asked) = match rest.find(['?', '#']).and_then(|end| rest.split_at_checked(end)) {
        Some((place, asked)) => (place, asked),
        None => (rest, ""),
    };
    let place = match place.rsplit_once('@') {
        Some((_, host)) => format!("{HIDDEN}@{host}"),
        None => place.to_owned(),
    };
    let asked = asked.chars().next().map(|mark| format!("{mark}{HIDDEN}")).unwrap_or_default();
    format!("{scheme}{place}{asked}")
}

impl Shown {
    /// The values of the first layer that has them.
    fn of(layers: [Option<&Value>; 3]) -> Option<Self> {
        let sections = layers.map(|layer| layer.and_then(Value::as_object));
        if sections.iter().any(Option::is_some) {
            return Self::section(sections);
        }
        let mut found = layers.into_iter().zip(SOURCES);
        found.find_map(|(value, source)| Some(Self::Value(value.filter(|it| !it.is_null())?.clone(), source)))
    }

    fn section(layers: [Option<&Map<String, Value>>; 3]) -> Option<Self> {
        let keys = layers.into_iter().flatten().flat_map(Map::keys);
        let keys: std::collections::BTreeSet<&String> = keys.collect();
        let part = |key: &String| {
            Some((key.clone(), Self::of(layers.map(|layer| layer.and_then(|section| section.get(key))))?))
        };
        let parts: Vec<_> = keys.into_iter().filter_map(part).collect();
        (!parts.is_empty()).then_some(Self::Section(parts))
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Section(parts) => to.collect_map(parts.iter().map(|(key, part)| (key, part))),
            Self::Value(value, source) => Commented(value, (*source).to_owned()).serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_hidden() {
        for (url, shown) in [
            ("https://portal.example/hooks", "https://portal.example/hooks"),
            ("https://ana:secret@portal.example:8443/hooks", "https://***@portal.example:8443/hooks"),
            ("https://ana:se/cr@et@portal.example", "https://***@portal.example"),
            ("https://portal.example/hooks?key=secret#secret", "https://portal.example/hooks?***"),
            ("https://portal.example#secret", "https://portal.example#***"),
            ("https://***@portal.example/?***", "https://***@portal.example/?***"),
            ("ana:secret@portal.example", "***@portal.example"),
            ("submissions", "submissions"),
            ("", ""),
        ] {
            assert_eq!(hidden(url), shown);
        }
    }
}
