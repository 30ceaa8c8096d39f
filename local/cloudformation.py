"""CloudFormation's YAML as plain data, and what an expression in it speaks of."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

Expression = Any
"""A value in a template: a plain one, or `{"Ref": …}`, `{"Fn::GetAtt": …}`, `{"Fn::Sub": …}`."""


def load(text: str) -> dict[str, Any]:
    """A template with its short tags (`!Ref`) in their long form (`{"Ref": …}`)."""
    body = yaml.load(text, _Loader)  # noqa: S506 - a safe loader, with our tags
    if not isinstance(body, dict) or "Resources" not in body:
        raise ValueError("the template declares no Resources")
    return body


def references(expression: Expression) -> Iterator[str]:
    """The resources and parameters an expression speaks of, without pseudo parameters such as AWS::Region."""
    match expression:
        case {"Ref": str(name)}:
            yield from [name] if not name.startswith("AWS::") else []
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{([A-Za-z0-9]+)[.}]", text)
        case dict():
            for value in expression.values():
                yield from references(value)
        case list():
            for value in expression:
                yield from references(value)


class _Loader(yaml.SafeLoader):
    """Knows the short tags, and leaves `2012-10-17` the text it is in a policy."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _long_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value = _value(loader, node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


def _value(loader: _Loader, node: yaml.Node) -> Any:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
    raise TypeError(f"unexpected YAML node {node!r}")


_Loader.add_multi_constructor("!", _long_form)
