"""Writes aws-provider.json: arguments, blocks and attributes of the AWS resources that deploy/terraform uses.

    .venv/bin/python deploy/check/provider_schema.py

Terraform's providers come from no registry of packages, so `terraform validate` cannot run everywhere. The npm package
@cdktf/provider-aws is made from the provider's own schema; this takes the part we need, so that the check need not
fetch all of it. Run it again when deploy/terraform names a resource that it did not name before."""

import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from terraform import TOOLS, parse, used_types

HERE = Path(__file__).parent
PACKAGE = "@cdktf/provider-aws@21.22.1"

INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.M | re.S)
ARGUMENT = re.compile(r"#(\w+) \w+#\1\}(?:(?!readonly).)*?readonly \w+(\??): ([^;]+);", re.S)
GETTER = re.compile(r"^    get (\w+)\(\):", re.M)


def arguments(name, interfaces):
    """Of an interface: {argument: {"needed": …, "block": the arguments of a nested block, or null}}."""
    found = {}
    for argument, optional, kind in ARGUMENT.findall(interfaces[name]):
        block = next((word for word in re.findall(r"\w+", kind) if word in interfaces), None)
        found[argument] = {"needed": not optional, "block": arguments(block, interfaces) if block else None}
    return found


def schema(text):
    """Of one resource, from its declaration in TypeScript."""
    interfaces = dict(INTERFACE.findall(text))
    config = next(name for name in interfaces if name.endswith("Config") and "TerraformMetaArguments" in
                  re.search(rf"interface {name}[^{{]*", text).group())
    main = text[text.index("tfResourceType"):]
    computed = {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() for name in GETTER.findall(main)}
    return {"arguments": arguments(config, interfaces), "attributes": sorted(computed)}


def main():
    wanted = used_types(parse(HERE.parent / "terraform"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([TOOLS / "npm", "pack", "--silent", "--pack-destination", folder, PACKAGE], check=True,
                       stdout=subprocess.DEVNULL)
        [archive] = Path(folder).glob("*.tgz")
        resources = {}
        with tarfile.open(archive) as package:
            for block, kind in sorted(wanted):
                name = ("data_" if block == "data" else "") + kind
                folder_name = name.replace("data_aws_", "data-aws-").removeprefix("aws_").replace("_", "-")
                text = package.extractfile(f"package/lib/{folder_name}/index.d.ts").read().decode()
                resources[name] = schema(text)
    (HERE / "aws-provider.json").write_text(
        json.dumps({"made_from": PACKAGE, "resources": resources}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
