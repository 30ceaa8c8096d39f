"""superjson's envelope, both ways. The real package is asked in tests/clients."""

import contextlib
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import superjson
from kernel.errors import InvalidInput
from kernel.superjson import UNDEFINED
from kernel.trpc_fields import JsDate, Output

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
NEW_YEAR_TEXT = "2026-01-01T00:00:00.000Z"


def decode(value: Any, values: Any, **meta: Any) -> Any:
    return superjson.decode({"json": value, "meta": {"values": values, **meta}})


@pytest.mark.parametrize("envelope", [None, 5, "text", [], {}, {"id": 1}, {"meta": {"values": ["Date"]}}])
def test_what_is_no_envelope_says_nothing(envelope: Any) -> None:
    assert superjson.decode(envelope) is UNDEFINED


@pytest.mark.parametrize("meta", [None, {}, {"values": None}, {"v": 1}, {"referentialEqualities": {"a": ["b"]}}, 7])
def test_meta_without_values_changes_nothing(meta: Any) -> None:
    assert superjson.decode({"json": {"a": None}, "meta": meta}) == {"a": None}


def test_undefined_is_absent_and_null_is_not() -> None:
    """A client cleared a field with null, another did not mention it; both lost what was there."""
    assert decode({"limit": None, "search": None}, {"limit": ["undefined"]}) == {"search": None}
    assert decode([1, None], {"1": ["undefined"]}) == [1, UNDEFINED]
    assert decode(None, ["undefined"]) is UNDEFINED


@pytest.mark.parametrize("annotations", [{"a": {"d": ["Date"]}}, {"a.d": ["Date"]}])
def test_flat_and_nested_annotations_mean_the_same(annotations: Any) -> None:
    assert decode({"a": {"d": NEW_YEAR_TEXT}}, annotations) == {"a": {"d": NEW_YEAR}}


@pytest.mark.parametrize(
    ("key", "path", "version"),
    [
        ("a.b", "a\\.b", {}),
        ("a.b", "a\\.b", {"v": 1}),
        ("a\\", "a\\\\", {"v": 1}),
        ("a\\\\", "a\\\\", {}),
        ("a\\b", "a\\b", {}),
        ("a\\b", "a\\\\b", {"v": 1}),
        ("a\\.b", "a\\\\.b", {}),
        ("a\\.b", "a\\\\\\.b", {"v": 1}),
        ("", "", {}),
        ("ü", "ü", {}),
    ],
)
def test_dots_and_backslashes_in_keys_are_read_as_their_version_writes_them(
    key: str, path: str, version: dict[str, int]
) -> None:
    assert decode({key: NEW_YEAR_TEXT}, {path: ["Date"]}, **version) == {key: NEW_YEAR}


@pytest.mark.parametrize(
    "path", ["b", "a.b", "a.0", "list.2", "list.-1", "list.x", "list.²", "text.0", "a.b.c.d", "a."]
)
def test_a_path_that_leads_nowhere_is_passed_over(path: str) -> None:
    value = {"a": None, "list": [1, 2], "text": "text"}
    assert decode(dict(value), {path: ["Date"]}) == value


def test_numbers_sets_and_maps_come_as_python_has_them() -> None:
    value = {"n": "NaN", "i": "-Infinity", "z": "-0", "b": "9007199254740993", "s": [NEW_YEAR_TEXT], "m": [["k", "1"]]}
    kinds = {
        "n": ["number"],
        "i": ["number"],
        "z": ["number"],
        "b": ["bigint"],
        "s": ["set", {"0": ["Date"]}],
        "m": ["map", {"0.1": ["bigint"]}],
    }
    read = decode(value, kinds)
    assert math.isnan(read.pop("n"))
    assert math.copysign(1, read["z"]) == -1
    assert read == {"i": -math.inf, "z": 0, "b": 9007199254740993, "s": [NEW_YEAR], "m": [["k", 1]]}


@pytest.mark.parametrize(
    "kind",
    [
        "regexp",
        "URL",
        "Error",
        ["typed-array", "Uint8Array"],
        ["custom", "x"],
        ["class", "x"],
        ["symbol", "x"],
        "date",
        1,
    ],
)
def test_other_types_are_refused(kind: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^input\.a: "):
        decode({"a": "x"}, {"a": [kind]})


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "Date"),
        (0, "Date"),
        ("yesterday", "Date"),
        ("2026-01-01", "Date"),
        ("2026-01-01T00:00:00.000", "Date"),
        ("2026-02-30T00:00:00.000Z", "Date"),
        ("+010000-01-01T00:00:00.000Z", "Date"),
        ("0001-01-01T00:00:00.000+23:00", "Date"),
        ("1", "number"),
        ("1.5", "bigint"),
        ("9" * 41, "bigint"),
        ("x", "set"),
        ({"a": 1}, "map"),
    ],
)
def test_a_value_that_is_not_of_its_annotated_type_is_refused(value: Any, kind: str) -> None:
    """In JavaScript a Date on null is 1970, and one without a zone is local time."""
    with pytest.raises(InvalidInput, match=r"^input\.a: "):
        decode({"a": value}, {"a": [kind]})


@pytest.mark.parametrize("annotations", [[], ["set", 1], ["set", {}, {}], "Date", 5, {"a": "Date"}, {"a": None}])
def test_annotations_without_sense_are_refused(annotations: Any) -> None:
    with pytest.raises(InvalidInput):
        decode({"a": []}, annotations)


@pytest.mark.parametrize("key", ["__proto__", "constructor", "prototype"])
def test_keys_that_poison_javascript_objects_are_refused(key: str) -> None:
    """A later reader in JavaScript merged such a key into every object it had."""
    for envelope in (
        {"json": {"a": [{key: 1}]}},
        {"json": {"a": 1}, "meta": {"values": {key: ["Date"]}}},
        {"json": {"a": {"b": 1}}, "meta": {"values": {f"a.{key}.x": ["Date"]}}},
    ):
        with pytest.raises(InvalidInput, match=key):
            superjson.decode(envelope)


def test_deep_nesting_is_refused_in_the_value_and_in_its_annotations() -> None:
    value: Any = []
    annotations: Any = ["undefined"]
    for _ in range(superjson.DEEPEST):
        value, annotations = [value], {"0": annotations}
    assert superjson.decode({"json": value}) == value
    with pytest.raises(InvalidInput, match="nested"):
        superjson.decode({"json": [value]})
    with pytest.raises(InvalidInput, match="nested"):
        decode([value], {"0": annotations})


@pytest.mark.parametrize("value", ["\ud83d", {"\udc00": 1}, ["é\udfff"]])
def test_half_a_surrogate_pair_is_refused(value: Any) -> None:
    """The table cannot store it: an internal error long after the input was taken."""
    with pytest.raises(InvalidInput, match="surrogate"):
        superjson.decode({"json": value})


def test_a_number_that_overflows_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too large"):
        superjson.decode(json.loads('{"json": 1e400}'))


def test_a_datetime_is_written_in_utc_with_milliseconds() -> None:
    """Microseconds were cut by the client, and a time without a zone was five hours late in New York."""
    tokyo = timezone(timedelta(hours=9))
    instant = datetime(2026, 1, 1, 9, 0, 0, 999_999, tzinfo=tokyo)
    assert superjson.encode({"at": instant}) == {
        "json": {"at": "2026-01-01T00:00:00.999Z"},
        "meta": {"values": {"at": ["Date"]}},
    }
    assert superjson.encode(NEW_YEAR) == {"json": NEW_YEAR_TEXT, "meta": {"values": ["Date"]}}


def test_null_is_never_annotated_and_undefined_always() -> None:
    assert superjson.encode({"a": None}) == {"json": {"a": None}}
    assert superjson.encode(UNDEFINED) == {"json": None, "meta": {"values": ["undefined"]}}
    assert superjson.encode([UNDEFINED]) == {"json": [None], "meta": {"values": {"0": ["undefined"]}}}


def test_a_model_is_written_in_camel_case_without_what_is_not_set() -> None:
    class Inner(Output):
        ends_at: JsDate | None

    class Outer(Output):
        first_name: str
        not_given: str | None = None
        inner: list[Inner]

    outer = Outer(first_name="Ada", inner=[Inner(ends_at=None), Inner(ends_at=NEW_YEAR)])
    assert superjson.encode([outer]) == {
        "json": [{"firstName": "Ada", "inner": [{"endsAt": None}, {"endsAt": NEW_YEAR_TEXT}]}],
        "meta": {"values": {"0.inner.1.endsAt": ["Date"]}},
    }


@pytest.mark.parametrize("value", [2**53, -(2**53), NEW_YEAR.replace(tzinfo=None), object()])
def test_what_a_client_would_read_wrongly_is_not_written(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        superjson.encode({"a": value})


KEYS = st.text(max_size=6).filter(lambda key: key not in superjson.POISONOUS and not key.endswith("\\"))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(VALUES)
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    assert superjson.decode(json.loads(json.dumps(superjson.encode(value), allow_nan=False))) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
ANNOTATIONS = st.recursive(
    st.sampled_from([["Date"], ["undefined"], ["set"], ["map"], ["number"], ["regexp"], []]) | JSON,
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "0", "a.b", "", "1.0", "__proto__"]), inner, max_size=3)
        | inner.map(lambda children: ["set", children])
    ),
    max_leaves=6,
)


@given(JSON, ANNOTATIONS)
def test_any_envelope_is_read_or_refused_and_nothing_else(value: Any, annotations: Any) -> None:
    with contextlib.suppress(InvalidInput):
        decode(value, annotations)
