#!/usr/bin/env python3
"""schema.py SCHEMA [FILE]...: whether JSON files are what a JSON Schema says.

Prints "yes FILE" or "no FILE: why" for each. Knows the words that the schema of
specs is made of, and fails where it meets another one.
"""

import json
import re
import sys

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
NOTES = {"$schema", "title", "description", "definitions"}


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def names(word):
    return word if isinstance(word, list) else [word]


def matches(root, schema, value):
    return why(root, schema, value) is None


def why_object(root, schema, value):
    known = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            return f"no {key}"
    for key, child in value.items():
        if not matches(root, schema.get("propertyNames", {}), key):
            return f"name {key}"
        fits = [s for p, s in schema.get("patternProperties", {}).items()
                if re.search(p, key)]
        if key in known:
            fits.append(known[key])
        if not fits:
            other = schema.get("additionalProperties", True)
            if other is False:
                return f"unknown {key}"
            fits = [{} if other is True else other]
        for part in fits:
            reason = why(root, part, child)
            if reason:
                return f"{key}: {reason}"
    return None


def why_array(root, schema, value):
    if len(value) < schema.get("minItems", 0):
        return "too short"
    for item in value:
        reason = why(root, schema.get("items", {}), item)
        if reason:
            return reason
    return None


def why(root, schema, value):
    """the reason why value is not what schema says, or None"""
    for word in schema:
        if word not in NOTES | {
                "$ref", "type", "pattern", "anyOf", "oneOf", "properties",
                "patternProperties", "additionalProperties", "propertyNames",
                "required", "items", "minItems"}:
            raise ValueError(f"{word} is not known here")
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].split("/")[1:]:
            target = target[step]
        reason = why(root, target, value)
        if reason:
            return reason
    if "type" in schema and not any(is_type(value, name)
                                    for name in names(schema["type"])):
        return f"{value!r} is no {schema['type']}"
    if ("pattern" in schema and isinstance(value, str)
            and not re.search(schema["pattern"], value)):
        return f"{value!r} is not {schema['pattern']}"
    if "anyOf" in schema and not any(matches(root, part, value)
                                     for part in schema["anyOf"]):
        return f"{value!r} is none of several"
    if "oneOf" in schema and sum(matches(root, part, value)
                                 for part in schema["oneOf"]) != 1:
        return f"{value!r} is not one of several"
    if isinstance(value, dict):
        return why_object(root, schema, value)
    if isinstance(value, list):
        return why_array(root, schema, value)
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        root = json.load(file)
    if len(sys.argv) == 2:
        print("\n".join(root["properties"]))
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as file:
            reason = why(root, root, json.load(file))
        print(f"no {name}: {reason}" if reason else f"yes {name}")


main()
