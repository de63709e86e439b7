//! Templates: what they render, and what they refuse.

use serde_json::{Value, json};

use super::*;
use crate::errors::{DATA_LIMIT_EXCEEDED, INTRINSIC_FAILURE, PARAMETER_PATH_FAILURE};
use crate::limits::{MAX_INTRINSIC_DEPTH, MAX_PAYLOAD_BYTES, MAX_RANGE_ELEMENTS};

fn event() -> Value {
    json!({
        "id": "e1", "detail-type": "Order",
        "detail": { "n": 7, "f": 2.5, "name": "A'b", "ok": true, "none": null,
                    "lines": [{"sku": "x", "q": 1}, {"sku": "y", "q": 2}], "json": "{\"a\":[1]}", "csv": "1,2,,3" }
    })
}

fn context() -> Value {
    json!({"Action": {"Id": "a-1"}, "Rule": {"Name": "r"}, "Workflow": {"Name": "w"},
           "Map": {"Item": {"Index": 3, "Value": {"sku": "x"}}}})
}

fn render_one(expression: &str) -> Result<Value, PathFailure> {
    let template = PayloadTemplate::compile(&json!({ "v.$": expression })).unwrap();
    template.render(&event(), &context()).map(|mut value| value["v"].take())
}

fn refused(template: Value) -> TemplateError {
    PayloadTemplate::compile(&template).unwrap_err()
}

#[test]
fn renders_at_any_depth_in_the_order_written() {
    let template = json!({
        "z.$": "$.detail.n", "keep": {"$": "as is", "deep": [1, {"id.$": "$$.Action.Id"}]},
        "a.$": "$.detail.lines[*].sku", "type.$": "$.detail-type", "item.$": "$$.Map.Item.Value.sku",
        "plain": "$.detail.n"
    });
    let template = PayloadTemplate::compile(&template).unwrap();
    assert!(template.uses_map_item());
    assert_eq!(
        template.render(&event(), &context()).unwrap().to_string(),
        r#"{"z":7,"keep":{"$":"as is","deep":[1,{"id":"a-1"}]},"a":["x","y"],"type":"Order","item":"x","plain":"$.detail.n"}"#
    );
}

#[test]
fn a_whole_template_may_be_an_expression_or_a_literal() {
    let render =
        |template: Value| PayloadTemplate::compile(&template).unwrap().render(&event(), &context()).unwrap();
    assert_eq!(render(json!("$.detail.n")), json!(7));
    assert_eq!(render(json!("States.ArrayLength($.detail.lines)")), json!(2));
    assert_eq!(render(json!("text")), json!("text"));
    assert_eq!(render(json!([1, {"a": null}])), json!([1, {"a": null}]));
}

#[test]
fn a_path_that_finds_nothing_fails_and_says_where() {
    let template = PayloadTemplate::compile(&json!({"a": {"b/c.$": "$.detail.nope"}})).unwrap();
    let failure = template.render(&event(), &context()).unwrap_err();
    assert_eq!(failure.error, PARAMETER_PATH_FAILURE);
    assert!(failure.message.starts_with("/a/b~1c.$ `$.detail.nope`: "), "{}", failure.message);
    assert_eq!(render_one("$.nope[*].a").unwrap_err().error, PARAMETER_PATH_FAILURE);
    assert_eq!(render_one("$.detail.lines[?(@.q > 9)]").unwrap(), json!([]));
    assert_eq!(render_one("$.detail.none").unwrap(), Value::Null);
}

#[test]
fn intrinsic_functions() {
    let cases = [
        ("States.Format('{} of {}: {} {}', $.detail.n, 'x', null, true)", json!("7 of x: null true")),
        (r"States.Format('\{{}\} it\'s \\ {}', $.detail.name, 1.5)", json!(r"{A'b} it's \ 1.5")),
        ("States.Format('{}', States.Array(1, 'a'))", json!(r#"[1,"a"]"#)),
        ("States.StringToJson($.detail.json)", json!({"a": [1]})),
        ("States.JsonToString($.detail.lines[0])", json!(r#"{"sku":"x","q":1}"#)),
        ("States.StringSplit($.detail.csv, ',')", json!(["1", "2", "3"])),
        ("States.Array()", json!([])),
        ("States.Array( $.detail.lines[?(@.q > 1)] , -3 )", json!([[{"sku": "y", "q": 2}], -3])),
        ("States.ArrayLength($.detail.lines)", json!(2)),
        ("States.ArrayGetItem($.detail.lines[*].sku, 1)", json!("y")),
        ("States.ArrayContains($.detail.lines[*].sku, 'y')", json!(true)),
        ("States.ArrayContains($.detail.lines[*].sku, 'z')", json!(false)),
        ("States.ArrayUnique(States.Array(1, '1', 1))", json!([1, "1"])),
        ("States.ArrayRange(1, 9, 4)", json!([1, 5, 9])),
        ("States.ArrayRange(3, 1, -1)", json!([3, 2, 1])),
        ("States.ArrayPartition(States.Array(1, 2, 3), 2)", json!([[1, 2], [3]])),
        ("States.MathAdd($.detail.n, -8)", json!(-1)),
        ("States.MathAdd($.detail.f, 0)", json!(3)),
        ("States.Base64Encode('a\\\\b')", json!("YVxi")),
        ("States.Base64Decode('YVxi')", json!("a\\b")),
        ("States.JsonMerge($.detail.lines[0], $.detail.lines[1], false)", json!({"sku": "y", "q": 2})),
        (
            "States.Hash('abc', 'SHA-256')",
            json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ),
        ("States.Format('{}/{}', $$.Rule.Name, $$.Map.Item.Index)", json!("r/3")),
    ];
    for (expression, expected) in cases {
        assert_eq!(render_one(expression).unwrap(), expected, "{expression}");
    }
}

#[test]
fn intrinsic_functions_fail_on_wrong_values() {
    for expression in [
        "States.StringToJson($.detail.name)",
        "States.StringToJson($.detail.n)",
        "States.ArrayLength($.detail.n)",
        "States.ArrayGetItem($.detail.lines, 2)",
        "States.ArrayGetItem($.detail.lines, -1)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayPartition($.detail.lines, 0)",
        "States.MathAdd($.detail.name, 1)",
        "States.MathAdd(9223372036854775807, 1)",
        "States.MathAdd(1e300, 1)",
        "States.Base64Decode('a')",
        "States.Base64Decode('/w==')",
        "States.Format($.detail.name, 1)",
        "States.Hash('a', $.detail.name)",
        "States.JsonMerge($.detail.n, $.detail, false)",
    ] {
        assert_eq!(render_one(expression).unwrap_err().error, INTRINSIC_FAILURE, "{expression}");
    }
}

#[test]
fn limits_of_functions() {
    let range = |last: usize| render_one(&format!("States.ArrayRange(1, {last}, 1)"));
    assert_eq!(range(MAX_RANGE_ELEMENTS).unwrap().as_array().unwrap().len(), MAX_RANGE_ELEMENTS);
    assert_eq!(range(MAX_RANGE_ELEMENTS + 1).unwrap_err().error, INTRINSIC_FAILURE);

    let template = PayloadTemplate::compile(&json!({"v.$": "States.Format('{}{}', $.a, 'x')"})).unwrap();
    let long = |bytes: usize| template.render(&json!({"a": "a".repeat(bytes)}), &Value::Null);
    assert!(long(MAX_PAYLOAD_BYTES - 1).is_ok());
    assert_eq!(long(MAX_PAYLOAD_BYTES).unwrap_err().error, DATA_LIMIT_EXCEEDED);

    let nested =
        |depth: usize| json!({"v.$": format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth))});
    assert!(PayloadTemplate::compile(&nested(MAX_INTRINSIC_DEPTH)).is_ok());
    assert!(refused(nested(MAX_INTRINSIC_DEPTH + 1)).message.contains("nested"));

    let many = |n: usize| Value::Array((0..n).map(|_| json!({"v.$": "$.a"})).collect());
    assert!(PayloadTemplate::compile(&many(MAX_TEMPLATE_EXPRESSIONS)).is_ok());
    assert!(refused(many(MAX_TEMPLATE_EXPRESSIONS + 1)).message.contains("more than"));
}

#[test]
fn refuses_at_compile_time_with_the_place() {
    let cases = [
        (json!({"a": [{"b.$": 1}]}), "/a/0/b.$", "must be a text"),
        (json!({"b.$": "detail.id"}), "/b.$", "neither a path"),
        (json!({".$": "$.a"}), "/.$", "needs a name"),
        (json!({"a": 1, "a.$": "$.a"}), "/a.$", "stands beside"),
        (json!({"a.$": "$.a["}), "/a.$", "is not a JSONPath"),
        (json!({"a.$": "$$.Execution.Id"}), "/a.$", "no `Execution`"),
        (json!({"a.$": "States.UUID()"}), "/a.$", "$$.Action.Id"),
        (json!({"a.$": "States.Nope($.a)"}), "/a.$", "there is no function"),
        (json!({"a.$": "States.Format"}), "/a.$", "parentheses"),
        (json!({"a.$": "States.Format('{} {}', 1)"}), "/a.$", "2 `{}` and 1 values"),
        (json!({"a.$": "States.Format('{')"}), "/a.$", "a single `{`"),
        (json!({"a.$": "States.Format(1)"}), "/a.$", "is a text"),
        (json!({"a.$": "States.ArrayLength()"}), "/a.$", "does not take 0"),
        (json!({"a.$": "States.ArrayLength($.a) x"}), "/a.$", "is left after"),
        (json!({"a.$": "States.ArrayLength($.a"}), "/a.$", "is missing"),
        (json!({"a.$": "States.Array('a)"}), "/a.$", "no closing '"),
        (json!({"a.$": r"States.Array('\n')"}), "/a.$", "is no escape"),
        (json!({"a.$": "States.Array(b)"}), "/a.$", "is no argument"),
        (json!({"a.$": "States.Array(,)"}), "/a.$", "is no argument"),
        (json!({"a.$": "States.Hash('a', 'MD5')"}), "/a.$", "SHA-256"),
        (json!({"a.$": "States.JsonMerge($.a, $.b, true)"}), "/a.$", "deep merge"),
        (json!("$.["), "", "is not a JSONPath"),
    ];
    for (template, pointer, part) in cases {
        let error = refused(template.clone());
        assert_eq!(error.pointer, pointer, "{template}");
        assert!(error.message.contains(part), "{template}: {}", error.message);
    }
}

#[test]
fn arbitrary_expressions_never_panic() {
    use proptest::prelude::*;
    proptest!(|(text in r"(\$|\$\$|States\.(Format|Array|MathAdd)\()?[ a-zA-Z0-9.,'\\\\(){}\[\]*?@$-]{0,40}")| {
        if let Ok(template) = PayloadTemplate::compile(&json!({"a.$": text})) {
            let _ = template.render(&event(), &context());
        }
    });
}
