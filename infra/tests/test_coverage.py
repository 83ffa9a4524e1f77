"""docs/coverage.md answers every operation and every sensitive member of AWS's API models. UPDATE_COVERAGE=1 rewrites it."""

import re

import pytest

from api_coverage import PAGE, Coverage, Service, coverage, is_read, page
from models import held_equal


@pytest.fixture(scope="module")
def found():
    return coverage()


def test_every_operation_and_every_sensitive_member_has_an_answer(found):
    if found.problems:
        pytest.fail("\n".join([*found.problems, 'CONTRIBUTING.md says how to answer: "How do I follow AWS?"']), pytrace=False)


def test_the_page_is_up_to_date(found):
    held_equal(PAGE, page(found), "UPDATE_COVERAGE")


# The checks themselves, with a small model.

class Lake(Service):
    """A service with one operation that a rule watches, one that none does, and one that only reads."""

    def __init__(self, closing=(), **more):
        self.closing = set(closing)
        self.name, self.event_source, self.events = "lake", "lake.amazonaws.com", []
        self.operations = {"CreateLake": "CreateLakeInput", "DrainLake": None, **more}
        self.shapes = {
            "CreateLakeInput": {"type": "structure", "members": {
                "Name": {"shape": "Text"},
                "Storage": {"shape": "Storages"},
                "PartitionKey": {"shape": "Text"},
                "FileKey": {"shape": "Hidden"},
                "Shore": {"shape": "Hidden"},
            }},
            "Storages": {"type": "list", "member": {"shape": "Storage"}},
            "Storage": {"type": "structure", "members": {
                "KmsKeyArn": {"shape": "Text"},
                "Encryption": {"shape": "Mode"},
                "Next": {"shape": "Storage"},
            }},
            "Mode": {"type": "structure", "members": {"Enabled": {"shape": "Flag"}}},
            "Flag": {"type": "boolean"},
            "Text": {"type": "string"},
            "Hidden": {"type": "string", "sensitive": True},
        }


CREATE, MOVE = ("lake.amazonaws.com", "CreateLake"), ("lake.amazonaws.com", "MoveLake")
RULES = {CREATE: {"lake-plaintext", "lake-moved"}}
ANSWERED = {CREATE: {"lake-plaintext"}}
READ = {"storage", "kmsKeyArn", "encryption", "enabled", "fileKey"}
DRAIN = {"DrainLake": "Decides nothing: the water is gone."}
SHORE = {"CreateLakeInput.Shore": "Decides nothing: a colour."}


def problems(rules=RULES, answered=ANSWERED, operations=DRAIN, members=SHORE, read=READ, **more):
    reasons = {"lake": {"operations": operations, "members": members}}
    return Coverage([Lake(**more)], rules, answered, reasons, lambda source, operation: read).problems


def test_members_are_found_by_name_by_shape_and_by_what_is_around_them():
    assert Lake().sensitive_members("CreateLake") == {
        "CreateLakeInput.FileKey": [("FileKey",)],
        "CreateLakeInput.Shore": [("Shore",)],
        "Mode.Enabled": [("Storage", "Encryption", "Enabled")],
        "Storage.KmsKeyArn": [("Storage", "KmsKeyArn")],
    }
    assert Lake().sensitive_members("DrainLake") == {}


def test_a_member_is_read_if_every_name_on_every_path_is_known():
    assert is_read([("Storage", "KMSKey"), ("Key",)], {"storage", "kMSKey", "key"})
    assert not is_read([("Storage", "KMSKey"), ("Key",)], {"storage", "kMSKey"})
    assert not is_read([("Storage", "KMSKey")], {"Storage", "KMSKey"})


def test_an_answered_model_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize("change, expected", [
    ({"DamLake": None}, "lake:DamLake: no rule watches it, and coverage.toml gives no reason"),
    ({"operations": {**DRAIN, "FillLake": "Left out: water."}}, "lake:FillLake: .* the API model has no such writing operation"),
    ({"operations": {"CreateLake": "Left out: water.", **DRAIN}}, "lake:CreateLake: .* but these do: lake-moved, lake-plaintext"),
    ({"rules": {**RULES, MOVE: {"lake-moved"}}}, "lake:MoveLake: a rule watches it, but"),
    ({"answered": {}}, "lake:CreateLake: rules are asked about it, but none has an answer for any sample"),
    ({"members": {}}, "lake:CreateLakeInput.Shore: a sensitive member of CreateLake: no rule reads it"),
    ({"read": READ - {"enabled"}}, "lake:Mode.Enabled: a sensitive member of CreateLake: no rule reads it"),
    ({"read": READ | {"shore"}}, "lake:CreateLakeInput.Shore: .* no watched operation has such a sensitive member that is not read"),
    ({"members": {"*.Shore": "Left out: sand.", **SHORE}}, "lake:CreateLakeInput.Shore: coverage.toml answers it twice"),
    ({"closing": ["DrainLake"]}, "lake:DrainLake: it is a closing call of a detector: its sentence must begin with"),
    ({"operations": {"DrainLake": "Only ends findings: no water."}}, "lake:DrainLake: .* it is no closing call of a detector"),
    ({"operations": {"DrainLake": "Because."}}, "lake:DrainLake: the reason must begin with one of"),
    ({"DamLake": None, "operations": {**DRAIN, "DamLake": "Left out: water."}}, "lake:operations: .* is not sorted"),
], ids=str)
def test_what_is_not_answered_is_named(change, expected):
    found = problems(**change)
    assert [problem for problem in found if re.match(expected, problem)], found
