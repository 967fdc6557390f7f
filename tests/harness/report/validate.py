"""Says what in JSON files is against a JSON schema: validate.py SCHEMA FILE..."""

import json
import sys

import jsonschema


def main():
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    wrong = False
    for path in sys.argv[2:]:
        with open(path) as file:
            document = json.load(file)
        for error in validator.iter_errors(document):
            wrong = True
            print(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    sys.exit(1 if wrong else 0)


main()
