//! Whether a document's values satisfy its own constraints.

use zen_expression::Variable;
use zen_expression::variable::VariableMap;

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
    let values = Variable::from_object(values);
    let true_of = |condition: &zen_expression::Expression<zen_expression::expression::Standard>| {
        matches!(condition.evaluate(values.clone()), Ok(Variable::Bool(true)))
    };
    Some(constraint.any_of.iter().any(|condition| true_of(condition)))
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
