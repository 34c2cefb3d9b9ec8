//! Whether a document's values satisfy its own constraints.

use rust_decimal::Decimal;
use zen_expression::expression::Standard;
use zen_expression::variable::VariableMap;
use zen_expression::vm::VM;
use zen_expression::{Expression, Scope, Variable};

use crate::field::Value;
use crate::rules::document_type::Constraint;
use crate::text::{likeness, spelled, tokens};

/// Whether the values of the fields decide whether it holds.
pub(super) fn is_of_values(constraint: &Constraint) -> bool {
    constraint.rule.same || !constraint.any_of.is_empty()
}

/// Whether one of the constraint's conditions is true of the values; `None` where a value that it needs is missing,
/// where it is not sure, or where it has no condition.
pub(super) fn holds<'a>(
    constraint: &Constraint,
    value_of: impl Fn(&str) -> Option<&'a Value>,
) -> Option<bool> {
    let superseded = constraint.rule.when_absent.iter().any(|name| value_of(name).is_some());
    if superseded { None } else { is_true(constraint, value_of) }
}

/// The same, whatever else is on the document that another constraint asks for instead.
pub(super) fn is_true<'a>(
    constraint: &Constraint,
    value_of: impl Fn(&str) -> Option<&'a Value>,
) -> Option<bool> {
    let needs = constraint.rule.needs.as_slice();
    if !is_of_values(constraint) {
        return None;
    }
    if let ([one, two], true) = (needs, constraint.rule.same) {
        return say_the_same(value_of(one)?, value_of(two)?);
    }
    let (scope, mut vm) = (scope(constraint, value_of)?, VM::new());
    let mut conditions = constraint.any_of.iter();
    Some(conditions.any(|condition| is_met(condition, &scope, &mut vm)))
}

/// Whether the first of the constraint's conditions is true of the values and no other one is.
pub(super) fn is_true_by_first_alone<'a>(
    constraint: &Constraint,
    value_of: impl Fn(&str) -> Option<&'a Value>,
) -> bool {
    let Some(scope) = scope(constraint, value_of) else { return false };
    let (mut conditions, mut vm) = (constraint.any_of.iter(), VM::new());
    conditions.next().is_some_and(|first| is_met(first, &scope, &mut vm))
        && !conditions.any(|other| is_met(other, &scope, &mut vm))
}

/// What is left over where none of the constraint's conditions is true; `None` where it does not say.
pub(super) fn remainder<'a>(
    constraint: &Constraint,
    value_of: impl Fn(&str) -> Option<&'a Value>,
) -> Option<Decimal> {
    let expression = constraint.remainder.as_ref()?;
    let Ok(Variable::Number(rest)) =
        expression.evaluate_with_scope(&scope(constraint, value_of)?, &mut VM::new())
    else {
        return None;
    };
    Some(rest)
}

/// The values that the constraint needs, as its conditions see them; `None` where one is missing.
fn scope<'a>(constraint: &Constraint, value_of: impl Fn(&str) -> Option<&'a Value>) -> Option<Scope> {
    let mut values = VariableMap::new();
    for name in &constraint.rule.needs {
        values.insert_str(name, variable(value_of(name)?));
    }
    Some(Scope::new(Variable::from_object(values)))
}

fn is_met(condition: &Expression<Standard>, scope: &Scope, vm: &mut VM) -> bool {
    matches!(condition.evaluate_with_scope(scope, vm), Ok(Variable::Bool(true)))
}

/// Whether two values say the same, however they are written; `None` where a reader's slip may lie between them.
pub(super) fn say_the_same(one: &Value, two: &Value) -> Option<bool> {
    /// Names of so many letters may have been cut where there was no more room.
    const CUT: usize = 10;
    match (one, two) {
        (Value::Name(one), Value::Name(two)) => {
            let (mut short, mut long) = (tokens(one), tokens(two));
            if short.len() > long.len() {
                (short, long) = (long, short);
            }
            let (one, two) = (spelled(one), spelled(two));
            let cut = one.len().min(two.len()) >= CUT && (one.starts_with(&two) || two.starts_with(&one));
            match one == two || cut || long.starts_with(&short) {
                false if likeness(&one, &two).is_some() => None,
                same => Some(same),
            }
        }
        (Value::Code(one), Value::Code(two)) => Some(spelled(one) == spelled(two)),
        (one, two) => Some(one == two),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_say_the_same_however_they_are_written() {
        let name = |words: &str| Value::Name(words.to_owned());
        let code = |signs: &str| Value::Code(signs.to_owned());
        let cases = [
            (name("MARIA ELENA"), name("Maria"), Some(true)),
            (name("LOPEZ-GARCIA"), name("LOPEZ GARCIA"), Some(true)),
            (name("MUÑOZ"), name("MUNOZ"), Some(true)),
            (name("CHRISTOPHERSON"), name("CHRISTOPHERS"), Some(true)),
            (name("ANA"), name("ANABEL"), Some(false)),
            (name("LOPEZ"), name("RUIZ"), Some(false)),
            (name("RAMIREZ"), name("RAMIRE2"), None),
            (code("123-456-789"), code("123456789"), Some(true)),
            (code("D1234567"), code("D1234568"), Some(false)),
            (Value::Choice("F".to_owned()), Value::Choice("M".to_owned()), Some(false)),
        ];
        for (one, two, expected) in cases {
            assert_eq!(say_the_same(&one, &two), expected, "{one} {two}");
            assert_eq!(say_the_same(&two, &one), expected, "{two} {one}");
        }
    }
}
