"""Checks AWS CLI commands against the API models of botocore: services, operations, options and their values."""

import json
from pathlib import Path

import awscli
import botocore.session
from awscli.shorthand import BackCompatVisitor, ShorthandParseError, ShorthandParser
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.validate import ParamValidator

# Services that the AWS CLI names differently from botocore.
SERVICES = {"configservice": "config", "deploy": "codedeploy", "s3api": "s3"}
GLOBAL_OPTIONS = set(json.loads((Path(awscli.__file__).parent / "data/cli.json").read_text())["options"])
# Options that supply the whole input of an operation, so that required options may be missing.
INPUT_OPTIONS = {"cli-input-json", "cli-input-yaml", "generate-cli-skeleton"}
# The value of a `$( )`.
SUBSTITUTED = "SUBSTITUTED"
# Other programs that texts may use to make the value of an option. Every system with the AWS CLI has them.
UTILITIES = {"base64", "tr"}

SESSION = botocore.session.get_session()


class Reader:
    """Reads shell commands by recursive descent; raises ValueError. Knows only the syntax that our texts use."""

    def __init__(self, script):
        self.script, self.at = script, 0
        self.found = []

    def error(self, problem, at):
        return ValueError(f"{problem}: {self.script[at:at + 40]!r}")

    def next(self):
        """The next character, or an empty string at the end."""
        return self.script[self.at:self.at + 1]

    def commands(self):
        """Adds the commands up to the end, or up to the `)` that closes a `$(`, to `found`."""
        words = []
        while self.next() not in ("", ")"):
            if self.script.startswith("\\\n", self.at):  # continues the line
                self.at += 2
            elif self.next() in " \t":
                self.at += 1
            elif self.next() in ";&|\n":
                self.at += 1
                self.end(words)
                words = []
            elif self.next() == "<" and words and words[0] in UTILITIES:  # a file as input
                self.at += 1
            elif self.next() == "#":
                end = self.script.find("\n", self.at)
                self.at = len(self.script) if end < 0 else end
            else:
                words.append(self.word())
        self.end(words)

    def end(self, words):
        if words:
            self.found.append(words)

    def word(self):
        word = ""
        while self.next() not in ("", *" \t\n;&|)"):
            char = self.next()
            if char == "'":
                word += self.single_quoted()
            elif char == '"':
                word += self.double_quoted()
            elif char == "\\":
                word += self.escaped()
            elif self.script.startswith("$(", self.at):
                word += self.substitution()
            elif char in "<>(`":
                raise self.error("unsupported syntax", self.at)
            else:
                word += char
                self.at += 1
        return word

    def single_quoted(self):
        start, end = self.at, self.script.find("'", self.at + 1)
        if end < 0:
            raise self.error("a quote is never closed", start)
        self.at = end + 1
        return self.script[start + 1:end]

    def double_quoted(self):
        start, text = self.at, ""
        self.at += 1
        while self.next() != '"':
            if self.next() == "":
                raise self.error("a quote is never closed", start)
            if self.script.startswith("$(", self.at):
                text += self.substitution()
            elif self.script[self.at:self.at + 2] in ('\\"', "\\\\", "\\$", "\\`", "\\\n"):
                text += self.escaped()
            else:
                text += self.next()
                self.at += 1
        self.at += 1
        return text

    def escaped(self):
        char = self.script[self.at + 1:self.at + 2]
        if char == "":
            raise self.error("nothing follows a backslash", self.at)
        self.at += 2
        return "" if char == "\n" else char

    def substitution(self):
        start = self.at
        self.at += 2
        self.commands()
        if self.next() != ")":
            raise self.error("`$(` is never closed", start)
        self.at += 1
        return SUBSTITUTED


def commands(script):
    """The commands of a shell script as lists of words, including those inside `$( )`; raises ValueError."""
    reader = Reader(script)
    reader.commands()
    if reader.next():
        raise reader.error("unexpected `)`", reader.at)
    return reader.found


def script_problems(script):
    """What is wrong with a shell script that calls the AWS CLI."""
    try:
        found = commands(script)
    except ValueError as problem:
        return [str(problem)]
    problems = [] if found else ["no command"]
    for words in found:
        problems += command_problems(words)
    return problems


def command_problems(words):
    """What is wrong with one command: its service, its operation, its options and their values."""
    if words[0] in UTILITIES:
        return []
    if words[0] != "aws":
        return [f"`{words[0]}` is not the AWS CLI"]
    if len(words) < 3 or words[1].startswith("-") or words[2].startswith("-"):
        return [f"no service and operation: {' '.join(words)}"]
    _, service, operation, *rest = words
    called = f"aws {service} {operation}"
    try:
        model = SESSION.get_service_model(SERVICES.get(service, service))
    except UnknownServiceError:
        return [f"{called}: unknown service"]
    names = {xform_name(name).replace("_", "-"): name for name in model.operation_names}
    if operation not in names:
        return [f"{called}: unknown operation"]
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(name).replace("_", "-"): name for name in shape.members} if shape else {}

    problems, given = [], {}
    for word in rest:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            option = name
            given[option] = [value] if equals else []
        elif given:
            given[option].append(word)
        else:
            problems.append(f"{called}: unexpected argument {word!r}")
    for option, values in given.items():
        negated = option.removeprefix("no-")
        if option in members:
            member = shape.members[members[option]]
            problems += [f"{called}: --{option}: {problem}" for problem in value_problems(member, values)]
        elif negated in members and shape.members[members[negated]].type_name == "boolean":
            problems += [f"{called}: --{option} takes no value"] if values else []
        elif option not in GLOBAL_OPTIONS | INPUT_OPTIONS:
            problems.append(f"{called}: unknown option --{option}")
    if shape and not given.keys() & INPUT_OPTIONS:
        options = {name: option for option, name in members.items()}
        missing = [options[name] for name in shape.required_members if options[name] not in given]
        problems += [f"{called}: missing option --{option}" for option in missing]
    return problems


def value_problems(shape, values):
    """What is wrong with the values of an option, by the shape of its member."""
    if shape.type_name == "boolean":
        return [f"takes no value, and has {values}"] if values else []
    if not values:
        return ["has no value"]
    if values[0].startswith(("file://", "fileb://")):
        return []  # a file that the user supplies
    if shape.type_name in ("structure", "map", "list"):
        try:
            value = structured(shape, values)
        except (ValueError, ShorthandParseError) as problem:
            return [str(problem)]
    elif len(values) > 1:
        return [f"has {len(values)} values"]
    elif SUBSTITUTED in values[0]:
        return []
    else:
        try:
            value = {"integer": int, "long": int, "float": float, "double": float}.get(shape.type_name, str)(values[0])
        except ValueError:
            return [f"is not of the type {shape.type_name}: {values[0]!r}"]
    report = ParamValidator().validate(value, shape)
    return ([report.generate_report()] if report.has_errors() else []) + list(enum_problems(shape, value))


def structured(shape, values):
    """A value in JSON, or in the shorthand syntax of the AWS CLI."""
    if values[0][:1] in ("{", "["):
        return json.loads(" ".join(values))
    if shape.type_name == "list" and "=" not in values[0]:
        return values
    parsed = [ShorthandParser().parse(value) for value in values]
    value = parsed if shape.type_name == "list" else parsed[0]
    BackCompatVisitor().visit(value, shape)
    return value


def enum_problems(shape, value):
    """Strings that are not in the enum of their shape. ParamValidator does not check this."""
    if shape.type_name == "structure":
        for name, one in value.items():
            if name in shape.members:
                yield from enum_problems(shape.members[name], one)
    elif shape.type_name == "list":
        for one in value:
            yield from enum_problems(shape.member, one)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{value!r} is not one of {', '.join(shape.enum)}"
