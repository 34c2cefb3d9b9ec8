//! Conditions and templates of rule files, compiled and checked against the names they may use.
//! What those names stand for on a document is left to `check`.

use std::rc::Rc;

use zen_expression::expression::Standard;
use zen_expression::functions::FunctionKind;
use zen_expression::intellisense::diagnostic::Severity;
use zen_expression::intellisense::{IntelliSense, ReadDependency};
use zen_expression::parser::Node;
use zen_expression::variable::VariableType;
use zen_expression::vm::VM;
use zen_expression::{DateValue, Expression, Scope, Variable};

use super::file::{Problems, Sited};

/// A compiled expression and the names it reads.
#[derive(Debug, Clone)]
pub struct Formula {
    code: Expression<Standard>,
    reads: Vec<Vec<String>>,
}

/// A text with holes: `pay date {pay_date}, limit {table.limit}`.
#[derive(Debug, Clone)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Hole(Formula),
}

/// What a hole shows whose value is not known.
const UNKNOWN: &str = "?";

/// The functions that expressions may use. Others read the clock, throw dice, or compile patterns at every call.
const FUNCTIONS: [&str; 21] = [
    "abs",
    "ceil",
    "contains",
    "endsWith",
    "floor",
    "len",
    "lower",
    "max",
    "min",
    "number",
    "round",
    "startsWith",
    "string",
    "sum",
    "trim",
    "trunc",
    "upper",
    "all",
    "some",
    "none",
    "count",
];

/// What conditions over the values of a document may call besides: there dates are texts, and become days by `d`.
const OF_DATES: [&str; 4] = ["d", "add", "sub", "diff"];

/// Says what is wrong with a condition over the values of a document, which may use the names in `vocabulary` and must come to
/// a `wanted`.
pub(super) fn check(
    text: &str,
    vocabulary: &VariableType,
    wanted: &VariableType,
    complain: &mut dyn FnMut(usize, String),
) {
    if text.replace(' ', "").contains("d()") {
        complain(0, "'d()' is the day on which it is judged: say the day of what".to_owned());
    }
    let vocabularies = std::slice::from_ref(vocabulary);
    Formula::compile_at(text, vocabularies, Some(wanted), &OF_DATES, complain);
}

impl Formula {
    /// Compiles `text`, which may use the names in each of `vocabularies` and must come to a `wanted`, and says what
    /// is wrong with it where it does not.
    pub(super) fn compile(
        text: &Sited,
        vocabularies: &[VariableType],
        wanted: Option<&VariableType>,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let at = text.defined;
        Self::compile_at(&text.value, vocabularies, wanted, &[], &mut |offset, problem| {
            problems.add_within(at, &text.value, offset, problem);
        })
    }

    fn compile_at(
        text: &str,
        vocabularies: &[VariableType],
        wanted: Option<&VariableType>,
        more: &[&str],
        complain: &mut dyn FnMut(usize, String),
    ) -> Option<Self> {
        let mut analyst = IntelliSense::new().with_strict(true);
        let mut sound = true;
        for vocabulary in vocabularies {
            let analysis = analyst.analyze(text, vocabulary);
            let errors = analysis.diagnostics.iter().filter(|found| found.severity != Severity::Hint);
            for error in errors {
                complain(error.span.0 as usize, format!("in '{text}': {}", error.message));
                sound = false;
            }
            if sound && wanted.is_some_and(|wanted| !fits(&analysis.return_type, wanted)) {
                let kind = if wanted == Some(&VariableType::Number) { "a number" } else { "true or false" };
                complain(0, format!("'{text}' must come to {kind}"));
                sound = false;
            }
            for path in unknown_names(&analysis.reads, vocabulary) {
                complain(path.1, format!("unknown name '{}'", path.0));
                sound = false;
            }
            if !sound {
                break;
            }
        }
        for function in functions(&mut analyst, text) {
            if !FUNCTIONS.contains(&function.as_str()) && !more.contains(&function.as_str()) {
                let all = [&FUNCTIONS, more].concat().join(", ");
                complain(0, format!("'{function}' may not be used here; use one of {all}"));
                sound = false;
            }
        }
        if !sound {
            return None;
        }
        let code =
            zen_expression::compile_expression(text).map_err(|error| complain(0, error.to_string())).ok()?;
        let mut reads: Vec<_> =
            analyst.reads(text).iter().flat_map(direct_paths).map(|(path, _)| path).collect();
        reads.sort();
        reads.dedup();
        Some(Self { code, reads })
    }

    /// The names it reads, each as its parts: `days.pay_date` as `["days", "pay_date"]`.
    pub fn reads(&self) -> &[Vec<String>] {
        &self.reads
    }

    /// What it comes to; null where it cannot be told.
    pub fn evaluate(&self, scope: &Scope, vm: &mut VM) -> Variable {
        self.code.evaluate_with_scope(scope, vm).unwrap_or(Variable::Null)
    }
}

impl Template {
    /// Compiles `text`, whose holes may use the names in each of `vocabularies`.
    pub(super) fn compile(
        text: &Sited,
        vocabularies: &[VariableType],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        if text.value.trim().is_empty() {
            problems.add(text.defined, "this text is empty");
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = text.value.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(Part::Text(before.to_owned()));
            let Some((hole, remaining)) = after.split_once('}') else {
                problems.add(text.defined, "a '{' has no '}'");
                return None;
            };
            let offset = text.value.len() - after.len();
            let compiled = Formula::compile_at(hole, vocabularies, None, &[], &mut |within, problem| {
                problems.add_within(text.defined, &text.value, offset + within, problem);
            });
            parts.push(Part::Hole(compiled?));
            rest = remaining;
        }
        parts.push(Part::Text(rest.to_owned()));
        Some(Self(parts))
    }

    /// The text with its holes filled.
    pub fn fill(&self, scope: &Scope, vm: &mut VM) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Hole(formula) => text.push_str(&shown(&formula.evaluate(scope, vm))),
            }
        }
        text
    }

    /// The names its holes read.
    pub fn reads(&self) -> impl Iterator<Item = &Vec<String>> {
        self.0.iter().flat_map(|part| match part {
            Part::Text(_) => [].iter(),
            Part::Hole(formula) => formula.reads().iter(),
        })
    }
}

/// The vocabulary with these names.
pub(crate) fn names<'a>(members: impl IntoIterator<Item = (&'a str, VariableType)>) -> VariableType {
    let members = members.into_iter().map(|(name, kind)| (Rc::from(name), kind));
    VariableType::Object(Rc::new(std::cell::RefCell::new(members.collect())))
}

fn shown(value: &Variable) -> String {
    match value {
        Variable::Null | Variable::Array(_) | Variable::Object(_) => UNKNOWN.to_owned(),
        Variable::Bool(true) => "yes".to_owned(),
        Variable::Bool(false) => "no".to_owned(),
        Variable::Number(number) => number.to_string(),
        Variable::String(text) => text.to_string(),
        Variable::Dynamic(_) => match DateValue::source_text(value) {
            Some(Variable::String(text)) => text.as_str().split('T').next().unwrap_or(UNKNOWN).to_owned(),
            _ => UNKNOWN.to_owned(),
        },
    }
}

fn fits(found: &VariableType, wanted: &VariableType) -> bool {
    if let VariableType::Nullable(inner) = found {
        return fits(inner, wanted);
    }
    *found == VariableType::Any || found == wanted
}

/// The paths that are read outright, with the place of their first part.
fn direct_paths(read: &ReadDependency) -> Vec<(Vec<String>, usize)> {
    let owned = |path: &[Rc<str>]| path.iter().map(ToString::to_string).collect::<Vec<_>>();
    match read {
        ReadDependency::Direct { path, span, .. } | ReadDependency::Unresolved { path, span } => {
            vec![(owned(path), span.0 as usize)]
        }
        ReadDependency::Iteration { collection, span, reads, .. } => {
            let mut paths: Vec<_> = reads.iter().flat_map(direct_paths).collect();
            paths.push((owned(collection), span.0 as usize));
            paths
        }
    }
}

fn unknown_names(reads: &[ReadDependency], vocabulary: &VariableType) -> Vec<(String, usize)> {
    let paths = reads.iter().flat_map(direct_paths);
    paths.filter(|(path, _)| !is_known(path, vocabulary)).map(|(path, at)| (path.join("."), at)).collect()
}

fn is_known(path: &[String], vocabulary: &VariableType) -> bool {
    match (path.split_first(), vocabulary) {
        (None, _) => true,
        (Some((first, rest)), VariableType::Object(members)) => {
            first == "#" || members.borrow().get(first.as_str()).is_some_and(|member| is_known(rest, member))
        }
        (Some(_), VariableType::Nullable(inner)) => is_known(path, inner),
        (Some(_), VariableType::Any) => true,
        (Some(_), _) => false,
    }
}

/// The functions and methods that an expression calls.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "two of the many kinds of nodes of another crate are calls"
)]
fn functions(analyst: &mut IntelliSense, text: &str) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    let _ = analyst.with_ast(text, false, |root, _| {
        root.walk(|node| {
            let called = match node {
                Node::FunctionCall { kind, .. } => Some(name_of(kind)),
                Node::MethodCall { kind, .. } => Some(kind.to_string()),
                _ => None,
            };
            found.borrow_mut().extend(called);
        });
    });
    found.into_inner()
}

fn name_of(kind: &FunctionKind) -> String {
    match kind {
        FunctionKind::Internal(function) => function.to_string(),
        FunctionKind::Deprecated(function) => function.to_string(),
        FunctionKind::Closure(function) => function.to_string(),
    }
}
