//! Everything a user can set, gathered once from the command line, the environment and a settings file, in this
//! order of precedence. What the settings do is left to the commands; nothing below `main` reads the environment.

mod options;
mod places;
mod remote;
mod shown;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use ocr::Readers;
use options::layered;
pub use options::{
    DEFAULT_DELIVERIES, DEFAULT_GRACE, DEFAULT_LEASE, NotifyOptions, OperateOptions, RemoteOptions, Seconds,
    WorkOptions,
};
use places::Places;
#[cfg(feature = "aws")]
pub use remote::Remote;

/// The options that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Where queue, readings and verdicts are kept [default: $XDG_DATA_HOME/vouch or ~/.local/share/vouch]
    #[arg(long, global = true, value_name = "DIR", env = "VOUCH_DATA")]
    data: Option<PathBuf>,

    /// The rule files [default: ./rules, else ../share/vouch/rules from the program, else rules beside or above it]
    #[arg(long, global = true, value_name = "DIR", env = "VOUCH_RULES")]
    rules: Option<PathBuf>,

    /// Trained data beyond Tesseract's own: mrz.traineddata [default: models, looked for as rules are]
    #[arg(long, global = true, value_name = "DIR", env = "VOUCH_MODELS")]
    models: Option<PathBuf>,

    /// Tesseract's own trained data [default: where Debian keeps it]
    #[arg(long, global = true, value_name = "DIR", env = "VOUCH_TESSDATA")]
    tessdata: Option<PathBuf>,

    /// Which readers read pictures; one alone is for measuring it [default: both]
    #[arg(long, global = true, value_name = "WHICH", env = "VOUCH_READERS", value_parser = readers)]
    readers: Option<Readers>,

    /// What to do where the kernel cannot lock in the processes that read documents [default: prefer]
    #[arg(long, global = true, value_name = "HOW", env = "VOUCH_ISOLATION")]
    isolation: Option<Isolation>,

    /// What to log on standard error: off, error, warn, info, debug, trace, or a filter such as `warn,pipeline=debug`
    /// [default: warn]
    #[arg(long, global = true, value_name = "FILTER", env = "VOUCH_LOG")]
    log: Option<String>,

    /// How to log [default: text]
    #[arg(long, global = true, value_name = "FORMAT", env = "VOUCH_LOG_FORMAT")]
    log_format: Option<LogFormat>,

    /// Log more: -v is `--log info`, -vv is `--log debug`
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// A YAML file with any of data, rules, models, tessdata, readers, isolation, log and log_format, and the options
    /// of `remote`, `work`, `operate` and `notify` that `vouch config` shows; its paths are relative to itself
    #[arg(long, global = true, value_name = "FILE", env = "VOUCH_SETTINGS")]
    settings: Option<PathBuf>,

    #[command(flatten)]
    remote: RemoteOptions,
}

/// Everything a user can set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    data: Option<PathBuf>,
    rules: Places,
    models: Places,
    /// Tesseract's own trained data, where it is not where Debian keeps it.
    pub tessdata: Option<PathBuf>,
    /// Which readers read pictures.
    pub readers: Readers,
    /// Whether documents are read without full isolation.
    pub isolation: Isolation,
    /// A filter as `tracing-subscriber` reads it.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Where queues and store are, if not in the data folder.
    pub remote: RemoteOptions,
    /// What the command line and the environment say of options that every command takes.
    asked: SettingsFile,
    /// What the settings file says, of all options.
    file: SettingsFile,
}

/// Whether documents are read where the kernel lacks landlock or seccomp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// With what there is; what is missing is said at the start.
    #[default]
    Prefer,
    /// Not at all.
    Require,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object a line, for machines.
    Json,
}

/// What the surroundings contribute; gathered by `main`, so that the rest can be tested without them.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The names of all environment variables.
    pub variables: Vec<OsString>,
    /// `$XDG_DATA_HOME`, if it is an absolute path.
    pub data_home: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The folder that the program was started in.
    pub current: PathBuf,
    /// The program's own file.
    pub program: PathBuf,
}

fn readers(name: &str) -> Result<Readers, String> {
    match name {
        "both" => Ok(Readers::Both),
        "tesseract" => Ok(Readers::Tesseract),
        "neural" => Ok(Readers::Neural),
        _ => Err("one of both, tesseract, neural".to_owned()),
    }
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The settings file is no YAML, or has an unknown key or a wrong value.
    #[error("settings file {path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A variable that looks like a setting and is none.
    #[error("environment variable {name} is no setting of vouch; `vouch --help` lists them")]
    UnknownVariable {
        /// Its name.
        name: String,
    },
    /// There is no place to keep anything.
    #[error("no home folder to keep data in; say where with --data DIR or VOUCH_DATA")]
    NoData,
    /// The command works on a data folder, and there is none.
    #[error("this command works on a data folder; queues and buckets are looked at with their own tools")]
    Elsewhere,
    /// There are no rules.
    #[error("no rule files in {looked_in}; say where they are with --rules DIR or VOUCH_RULES")]
    NoRules {
        /// Where they were looked for.
        looked_in: String,
    },
}

/// The settings file holds no more than this many bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// One layer of settings: what the file says, or what goes before it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    data: Option<PathBuf>,
    rules: Option<PathBuf>,
    models: Option<PathBuf>,
    tessdata: Option<PathBuf>,
    readers: Option<Readers>,
    isolation: Option<Isolation>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    #[serde(default)]
    remote: RemoteOptions,
    #[serde(default)]
    work: WorkOptions,
    #[serde(default)]
    operate: OperateOptions,
    #[serde(default)]
    notify: NotifyOptions,
}

impl Settings {
    /// The settings in force. `known_variables` are those that some option of the program reads.
    ///
    /// # Errors
    /// If the settings file cannot be used, or if an unknown `VOUCH_` variable is set.
    pub fn gather(
        args: &GlobalArgs,
        surroundings: &Surroundings,
        known_variables: &[String],
    ) -> Result<Self, SettingsError> {
        refuse_unknown(&surroundings.variables, known_variables)?;
        let file = args.settings.as_deref().map_or_else(|| Ok(SettingsFile::default()), read_file)?;
        let verbose = match args.verbose {
            0 => None,
            1 => Some("info"),
            _ => Some("debug"),
        };
        let asked = SettingsFile {
            data: args.data.clone(),
            rules: args.rules.clone(),
            models: args.models.clone(),
            tessdata: args.tessdata.clone(),
            readers: args.readers,
            isolation: args.isolation,
            log: verbose.map(str::to_owned).or_else(|| args.log.clone()),
            log_format: args.log_format,
            remote: args.remote.clone(),
            ..SettingsFile::default()
        };
        let path =
            |of: fn(&SettingsFile) -> &Option<PathBuf>| of(&asked).clone().or_else(|| of(&file).clone());
        Ok(Self {
            data: path(|layer| &layer.data).or_else(|| places::data(surroundings)),
            rules: Places::new("rules", path(|layer| &layer.rules), surroundings),
            models: Places::new("models", path(|layer| &layer.models), surroundings),
            tessdata: path(|layer| &layer.tessdata),
            readers: asked.readers.or(file.readers).unwrap_or_default(),
            isolation: asked.isolation.or(file.isolation).unwrap_or_default(),
            log: asked.log.clone().or_else(|| file.log.clone()).unwrap_or_else(|| "warn".to_owned()),
            log_format: asked.log_format.or(file.log_format).unwrap_or_default(),
            remote: layered(&asked.remote, &file.remote),
            asked,
            file,
        })
    }

    /// How to work: what was asked for, and what the settings file says of the rest.
    pub fn work(&self, asked: &WorkOptions) -> WorkOptions {
        layered(asked, &self.file.work)
    }

    /// How to be watched, likewise.
    pub fn operate(&self, asked: &OperateOptions) -> OperateOptions {
        layered(asked, &self.file.operate)
    }

    /// Whom to tell of verdicts, likewise.
    pub fn notify(&self, asked: &NotifyOptions) -> NotifyOptions {
        layered(asked, &self.file.notify)
    }

    /// The folder of queue, readings and verdicts; it may not exist yet.
    ///
    /// # Errors
    /// If none was named and there is no home folder, or if queues and store are elsewhere.
    pub fn data(&self) -> anyhow::Result<&Path> {
        if self.remote.is_set() {
            return Err(SettingsError::Elsewhere).context(Exit::Usage);
        }
        self.data.as_deref().ok_or(SettingsError::NoData).context(Exit::Usage)
    }

    /// The folder that holds the rule files, in `documents` and `proofs`.
    ///
    /// # Errors
    /// If none of the places has both.
    pub fn rules(&self) -> anyhow::Result<&Path> {
        let holds_rules = |place: &Path| place.join("documents").is_dir() && place.join("proofs").is_dir();
        let found = self.rules.first(holds_rules);
        found.ok_or_else(|| SettingsError::NoRules { looked_in: self.rules.to_string() }).context(Exit::Usage)
    }

    /// The folder that holds `mrz.traineddata`, if there is one.
    pub fn models(&self) -> Option<&Path> {
        self.models.first(|place| place.join("mrz.traineddata").is_file())
    }
}

/// The environment variables that some option of the program reads.
pub fn known_variables(program: &clap::Command) -> Vec<String> {
    let own = program.get_arguments().filter_map(|option| option.get_env()?.to_str().map(str::to_owned));
    own.chain(program.get_subcommands().flat_map(known_variables)).collect()
}

/// Refuses a `VOUCH_` variable that sets nothing: a typing error would pass in silence. Kubernetes sets some of its
/// own for a service of the name `vouch`, which are not ours to refuse.
fn refuse_unknown(variables: &[OsString], known: &[String]) -> Result<(), SettingsError> {
    let from_kubernetes = |name: &str| {
        name.ends_with("_SERVICE_HOST")
            || name.contains("_SERVICE_PORT")
            || name.ends_with("_PORT")
            || name.contains("_PORT_")
    };
    let unknown = variables.iter().filter_map(|name| name.to_str()).find(|name| {
        name.starts_with("VOUCH_") && !from_kubernetes(name) && !known.iter().any(|it| it == name)
    });
    unknown.map_or(Ok(()), |name| Err(SettingsError::UnknownVariable { name: name.to_owned() }))
}

fn read_file(path: &Path) -> Result<SettingsFile, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let malformed = |message| SettingsError::Malformed { path: path.to_owned(), message };
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(malformed(format!("larger than {MAX_FILE_BYTES} bytes")));
    }
    let file: SettingsFile = serde_saphyr::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    let beside = |named: PathBuf| path.parent().unwrap_or(Path::new("")).join(named);
    Ok(SettingsFile {
        data: file.data.map(beside),
        rules: file.rules.map(beside),
        models: file.models.map(beside),
        tessdata: file.tessdata.map(beside),
        notify: NotifyOptions {
            webhook_secret_file: file.notify.webhook_secret_file.map(beside),
            ..file.notify
        },
        ..file
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        global: GlobalArgs,
    }

    fn gather(args: &[&str], surroundings: &Surroundings) -> Settings {
        let line = Line::try_parse_from(["vouch"].iter().chain(args)).unwrap();
        Settings::gather(&line.global, surroundings, &[]).unwrap()
    }

    #[test]
    fn the_command_line_goes_before_the_file_and_the_file_before_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vouch.yaml").display().to_string();
        std::fs::write(&file, "data: kept\nlog: error\n").unwrap();
        let kept = folder.path().join("kept");
        let at_home = Surroundings { home: Some("/home/ana".into()), ..Surroundings::default() };
        let with_xdg = Surroundings { data_home: Some("/data".into()), ..at_home.clone() };
        let cases: &[(&[&str], &Surroundings, &Path, &str)] = &[
            (&[], &at_home, Path::new("/home/ana/.local/share/vouch"), "warn"),
            (&[], &with_xdg, Path::new("/data/vouch"), "warn"),
            (&["--settings", &file], &with_xdg, &kept, "error"),
            (&["--settings", &file, "--data", "here"], &with_xdg, Path::new("here"), "error"),
            (&["--settings", &file, "--log", "off"], &with_xdg, &kept, "off"),
            (&["--settings", &file, "-v"], &with_xdg, &kept, "info"),
            (&["-vv"], &with_xdg, Path::new("/data/vouch"), "debug"),
        ];
        for (args, surroundings, data, log) in cases {
            let settings = gather(args, surroundings);
            assert_eq!((settings.data().unwrap(), settings.log.as_str()), (*data, *log), "{args:?}");
        }
    }

    #[test]
    fn what_is_missing_is_said_with_the_option_that_names_it() {
        let nowhere = gather(&["--rules", "/nowhere"], &Surroundings::default());
        for (error, says) in [
            (nowhere.data().unwrap_err(), "say where with --data DIR or VOUCH_DATA"),
            (nowhere.rules().unwrap_err(), "no rule files in /nowhere; say where they are with --rules"),
        ] {
            assert_eq!(Exit::of_error(&error), Exit::Usage);
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
    }
}
