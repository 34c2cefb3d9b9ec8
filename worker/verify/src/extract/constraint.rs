//! Whether a document's values satisfy its own constraints.

use zen_expression::variable::VariableMap;
use zen_expression::vm::VM;
use zen_expression::{Scope, Variable};

use crate::field::Value;
use crate::rules::document_type::Constraint;

/// Whether one of the constraint's conditions is true of the values; `None` where a value that it needs is missing, or
/// where it has no condition.
pub(super) fn holds<'a>(
    constraint: &Constraint,
    value_of: impl Fn(&str) -> Option<&'a Value>,
) -> Option<bool> {
    let mut values = VariableMap::new();
    for name in &constraint.rule.needs {
        values.insert_str(name, variable(value_of(name)?));
    }
    let superseded = constraint.rule.when_absent.iter().any(|name| value_of(name).is_some());
    if constraint.any_of.is_empty() || superseded {
        return None;
    }
    let (scope, mut vm) = (Scope::new(Variable::from_object(values)), VM::new());
    let mut conditions = constraint.any_of.iter();
    Some(
        conditions.any(|condition| {
            matches!(condition.evaluate_with_scope(&scope, &mut vm), Ok(Variable::Bool(true)))
        }),
    )
}

/// The value as a condition sees it: amounts and numbers as decimals, all else as text.
fn variable(value: &Value) -> Variable {
    match value {
        Value::Money(number) | Value::Number(number) => Variable::Number(*number),
        Value::Date(date) => Variable::String(date.to_string().as_str().into()),
        Value::Name(text)
        | Value::Address(text)
        | Value::Ssn(text)
        | Value::Code(text)
        | Value::Choice(text)
        | Value::Text(text) => Variable::String(text.as_str().into()),
    }
}
