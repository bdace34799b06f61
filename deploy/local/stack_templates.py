"""CloudFormation's template language, as far as our template uses it: parameters, conditions, functions, order."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

LIMIT_BYTES = 51_200
NO_VALUE = object()  # what AWS::NoValue resolves to; the property that has it is left out
_PLACEHOLDER = re.compile(r"\$\{(!?)([\w:.]+)\}")

GetAttribute = Callable[[str, str], Any]


class TemplateError(Exception):
    """The template or its parameters are not valid; the text is meant for people."""


class Template:
    """A template with the values of its parameters.

    Parameters
    ----------
    document : mapping
        The parsed template.
    given : mapping of str to str
        Parameter values; what is not given has its default.
    pseudo : mapping of str to str
        ``AWS::Region`` and so on.
    """

    def __init__(self, document: Mapping[str, Any], given: Mapping[str, str], pseudo: Mapping[str, str]) -> None:
        if not isinstance(document, Mapping) or not document.get("Resources"):
            raise TemplateError("Template format error: At least one Resources member must be defined.")
        self._document, self._pseudo = document, pseudo
        self.parameters = _parameters(document.get("Parameters") or {}, given)
        conditions = document.get("Conditions") or {}
        self._conditions = {name: self._holds(condition, conditions) for name, condition in conditions.items()}
        self.resources: dict[str, Any] = {
            name: resource for name, resource in document["Resources"].items() if self._is_on(resource)
        }
        self.description = str(document.get("Description", ""))

    def outputs(self, attribute: GetAttribute) -> dict[str, str]:
        """Return the outputs whose condition holds."""
        found = document.items() if (document := self._document.get("Outputs")) else ()
        return {name: str(self.resolve(about["Value"], attribute)) for name, about in found if self._is_on(about)}

    def properties(self, name: str, attribute: GetAttribute) -> dict[str, Any]:
        """Return a resource's properties with all functions resolved; ``attribute`` answers Ref (as "") and GetAtt."""
        return dict(self.resolve(self.resources[name].get("Properties") or {}, attribute))

    def order(self) -> list[str]:
        """Return the resources, each after those that it needs."""
        needs = {name: self._needs(resource) for name, resource in self.resources.items()}
        ordered: dict[str, None] = {}
        open_: list[str] = []

        def visit(name: str) -> None:
            if name in open_:
                raise TemplateError(f"Circular dependency between resources: [{', '.join(open_)}]")
            if name not in ordered:
                open_.append(name)
                for needed in sorted(needs[name]):
                    visit(needed)
                open_.pop()
                ordered[name] = None

        for name in needs:
            visit(name)
        return list(ordered)

    def resolve(self, value: Any, attribute: GetAttribute) -> Any:
        """Return ``value`` with all functions resolved."""
        if isinstance(value, list):
            found = [self.resolve(item, attribute) for item in value]
            return [item for item in found if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and ((name := next(iter(value))) == "Ref" or name.startswith("Fn::")):
            return self._call(name, value[name], attribute)
        resolved = {key: self.resolve(item, attribute) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _call(self, function: str, arguments: Any, attribute: GetAttribute) -> Any:
        if function == "Ref":
            return self._ref(arguments, attribute)
        if function == "Fn::GetAtt":
            name, _, rest = arguments.partition(".") if isinstance(arguments, str) else (arguments[0], "", arguments[1])
            self._check_name(name)
            return attribute(name, rest)
        if function == "Fn::Sub":
            return self._substitute(arguments, attribute)
        if function == "Fn::If":
            return self.resolve(arguments[1 if self._conditions[arguments[0]] else 2], attribute)
        arguments = self.resolve(arguments, attribute)
        match function:
            case "Fn::Join":
                return arguments[0].join(str(item) for item in arguments[1])
            case "Fn::Select":
                return arguments[1][int(arguments[0])]
            case "Fn::Split":
                return arguments[1].split(arguments[0])
            case "Fn::FindInMap":
                return self._document["Mappings"][arguments[0]][arguments[1]][arguments[2]]
            case "Fn::ToJsonString":
                return json.dumps(arguments)
            case "Fn::Equals":
                return str(arguments[0]) == str(arguments[1])
        raise TemplateError(f"Template error: the emulated cloud does not know the function {function}.")

    def _ref(self, name: str, attribute: GetAttribute) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        for values in (self._pseudo, self.parameters):
            if name in values:
                return values[name]
        self._check_name(name)
        return attribute(name, "")

    def _substitute(self, arguments: Any, attribute: GetAttribute) -> str:
        text, own = (arguments, {}) if isinstance(arguments, str) else arguments

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolve(own[name], attribute))
            if "." in name:
                return str(self._call("Fn::GetAtt", name, attribute))
            return str(self._ref(name, attribute))

        return _PLACEHOLDER.sub(replace, text)

    def _check_name(self, name: str) -> None:
        if name not in self.resources:
            raise TemplateError(f"Template format error: Unresolved resource dependencies [{name}] in the template")

    def _holds(self, condition: Any, conditions: Mapping[str, Any]) -> bool:
        ((function, arguments),) = condition.items()
        if function == "Condition":
            return self._holds(conditions[arguments], conditions)
        if function == "Fn::Equals":
            left, right = (self.resolve(item, _no_resources) for item in arguments)
            return str(left) == str(right)
        results = [self._holds(item, conditions) for item in arguments]
        return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[function]

    def _is_on(self, item: Mapping[str, Any]) -> bool:
        return "Condition" not in item or self._conditions[item["Condition"]]

    def _needs(self, resource: Mapping[str, Any]) -> set[str]:
        found: set[str] = set()
        self.resolve(resource.get("Properties") or {}, lambda name, attribute: found.add(name) or "")
        named = resource.get("DependsOn", [])
        found.update([named] if isinstance(named, str) else named)
        return found & self.resources.keys()


def _no_resources(name: str, attribute: str) -> Any:
    raise TemplateError(f"Template error: a condition cannot refer to the resource {name}.")


def _parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {name: given.get(name, about.get("Default")) for name, about in declared.items()}
    if missing := [name for name, value in values.items() if value is None]:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        about = declared[name]
        if "AllowedValues" in about and str(value) not in [str(allowed) for allowed in about["AllowedValues"]]:
            raise TemplateError(f"Template error: Parameter '{name}' must be one of AllowedValues")
        if "AllowedPattern" in about and not re.fullmatch(about["AllowedPattern"], str(value)):
            raise TemplateError(f"Template error: Parameter '{name}' must match pattern {about['AllowedPattern']}")
    return {name: str(value) for name, value in values.items()}
