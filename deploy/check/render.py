"""Builds an overlay as `kustomize build` would, for machines without kustomize: no registry of packages has a recent one.

Knows what deploy/kustomize uses and refuses the rest. Where kustomize is to be had, check.py compares the two."""

import copy
from pathlib import Path

import yaml

CLUSTER_WIDE = {"Namespace"}


class Refused(Exception):
    """A file that cannot be built."""


class StrictLoader(yaml.CSafeLoader):
    """Refuses a key that stands twice, as the cluster would."""


def _mapping(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=deep) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise Refused(f"{node.start_mark.name}:{node.start_mark.line + 1}: key {twice[0]!r} stands twice")
    return yaml.CSafeLoader.construct_mapping(loader, node, deep)


StrictLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: _mapping(loader, node, deep=True))


def load(path):
    """All documents of a YAML file."""
    with open(path, encoding="utf-8") as stream:
        try:
            return [document for document in yaml.load_all(stream, StrictLoader) if document is not None]
        except yaml.YAMLError as error:
            raise Refused(str(error)) from error


def build(folder):
    """The resources of a kustomization, in its order."""
    return [copy.deepcopy(resource) for resource in _accumulate(Path(folder), [])]


def _accumulate(folder, resources):
    path = folder / "kustomization.yaml"
    if not path.exists():
        raise Refused(f"{path}: is not there")
    [kustomization] = load(path)
    steps = {"resources": _resources, "components": _components, "configMapGenerator": _config_maps, "patches": _patches,
             "namespace": _namespace, "labels": _labels, "images": _images}
    unknown = set(kustomization) - set(steps) - {"apiVersion", "kind"}
    if unknown:
        raise Refused(f"{path}: {', '.join(sorted(unknown))}: not known here; add it to deploy/check/render.py")
    for key, step in steps.items():
        if key in kustomization:
            resources = step(folder, resources, kustomization[key])
    return resources


def _resources(folder, resources, names):
    resources = list(resources)
    for name in names:
        path = folder / name
        if path.is_dir():
            resources += _accumulate(path, [])
        elif path.exists():
            resources += load(path)
        else:
            raise Refused(f"{folder}/kustomization.yaml: {name} is not there")
    return resources


def _components(folder, resources, names):
    for name in names:
        resources = _accumulate(folder / name, resources)
    return resources


def _config_maps(folder, resources, generators):
    resources = list(resources)
    for generator in generators:
        data = {}
        for name in generator.get("envs", []):
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
            data |= dict(line.split("=", 1) for line in lines if line.strip() and not line.startswith("#"))
        for entry in generator.get("files", []):
            key, _, name = entry.rpartition("=")
            data[key or name] = (folder / name).read_text(encoding="utf-8")
        if generator.get("behavior") == "merge":
            _one(resources, "ConfigMap", generator["name"])["data"] |= data
            continue
        metadata = {"name": generator["name"]}
        if labels := generator.get("options", {}).get("labels"):
            metadata["labels"] = dict(labels)
        resources.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    return resources


def _one(resources, kind, name):
    for resource in resources:
        if (resource["kind"], resource["metadata"]["name"]) == (kind, name):
            return resource
    raise Refused(f"a patch or a merge names {kind} {name}, which is not there")


def _patches(_, resources, patches):
    for patch in patches:
        resource = _one(resources, patch["target"]["kind"], patch["target"]["name"])
        for operation in yaml.load(patch["patch"], StrictLoader):
            _apply(resource, operation)
    return resources


def _apply(resource, operation):
    *way, last = operation["path"].lstrip("/").split("/")
    try:
        place = resource
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        last = int(last) if isinstance(place, list) else last
        if operation["op"] in ("replace", "remove"):
            place[last]  # must be there
        if operation["op"] == "remove":
            del place[last]
        elif operation["op"] in ("add", "replace") and isinstance(place, dict | list):
            place[last] = operation["value"]
        else:
            raise Refused(f"a patch does {operation['op']}, which is not known here")
    except (KeyError, IndexError, TypeError) as error:
        name = resource["metadata"]["name"]
        raise Refused(f"a patch of {resource['kind']} {name}: {operation['path']} is not there") from error


def _namespace(_, resources, namespace):
    for resource in resources:
        if resource["kind"] not in CLUSTER_WIDE:
            resource["metadata"]["namespace"] = namespace
    return resources


def _labels(_, resources, rules):
    for resource in resources:
        for rule in rules:
            resource["metadata"].setdefault("labels", {}).update(rule["pairs"])
            template = resource.get("spec", {}).get("template")
            if rule.get("includeTemplates") and template:
                template["metadata"].setdefault("labels", {}).update(rule["pairs"])
    return resources


def _images(_, resources, images):
    for resource in resources:
        for container in resource.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
            for image in images:
                if container["image"] == image["name"]:
                    version = f"@{image['digest']}" if "digest" in image else f":{image['newTag']}"
                    container["image"] = image["newName"] + version
    return resources
